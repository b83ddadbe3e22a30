/// A JSON value, and just enough of a reader for the comment lines of the vectors.
enum JSON: Hashable, CustomStringConvertible {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    enum Failure: Error { case malformed(at: Int) }

    static func parse(_ text: some Collection<UInt8>) throws -> JSON {
        var parser = Parser(bytes: Array(text))
        let value = try parser.value()
        guard parser.position == parser.bytes.count else { throw Failure.malformed(at: parser.position) }
        return value
    }

    subscript(key: String) -> JSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// Without what the comments leave out: members that are null, false, 0 or arrays of nothing else.
    var trimmed: JSON {
        switch self {
        case .object(let members): .object(members.mapValues(\.trimmed).filter { !$0.value.isDefault })
        case .array(let elements): .array(elements.map(\.trimmed))
        default: self
        }
    }

    private var isDefault: Bool {
        switch self {
        case .null, .bool(false), .int(0): true
        case .array(let elements): elements.allSatisfy(\.isDefault)
        default: false
        }
    }

    var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): "\"\(value)\""
        case .array(let elements): "[\(elements.map(\.description).joined(separator: ","))]"
        case .object(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
        }
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0

        mutating func value() throws -> JSON {
            switch try self.peek() {
            case UInt8(ascii: "{"): return .object(try self.object())
            case UInt8(ascii: "["): return .array(try self.array())
            case UInt8(ascii: "\""): return .string(try self.string())
            case UInt8(ascii: "t"): return try self.word("true", .bool(true))
            case UInt8(ascii: "f"): return try self.word("false", .bool(false))
            case UInt8(ascii: "n"): return try self.word("null", .null)
            default: return try self.number()
            }
        }

        private func peek() throws -> UInt8 {
            guard self.position < self.bytes.count else { throw Failure.malformed(at: self.position) }
            return self.bytes[self.position]
        }

        private mutating func expect(_ character: Unicode.Scalar) throws {
            guard try self.peek() == UInt8(ascii: character) else { throw Failure.malformed(at: self.position) }
            self.position += 1
        }

        private mutating func word(_ word: String, _ value: JSON) throws -> JSON {
            guard self.bytes[self.position...].starts(with: word.utf8) else {
                throw Failure.malformed(at: self.position)
            }
            self.position += word.utf8.count
            return value
        }

        private mutating func number() throws -> JSON {
            let digits = self.bytes[self.position...].prefix { Array("+-.0123456789eE".utf8).contains($0) }
            let text = String(decoding: digits, as: UTF8.self)
            self.position += digits.count
            if let value = Int64(text) { return .int(value) }
            if let value = Double(text) { return .double(value) }
            throw Failure.malformed(at: self.position)
        }

        private mutating func object() throws -> [String: JSON] {
            var members: [String: JSON] = [:]
            try self.expect("{")
            while try self.peek() != UInt8(ascii: "}") {
                if !members.isEmpty { try self.expect(",") }
                let key = try self.string()
                try self.expect(":")
                members[key] = try self.value()
            }
            try self.expect("}")
            return members
        }

        private mutating func array() throws -> [JSON] {
            var elements: [JSON] = []
            try self.expect("[")
            while try self.peek() != UInt8(ascii: "]") {
                if !elements.isEmpty { try self.expect(",") }
                elements.append(try self.value())
            }
            try self.expect("]")
            return elements
        }

        private mutating func string() throws -> String {
            try self.expect("\"")
            var units: [UInt16] = []
            while try self.peek() != UInt8(ascii: "\"") {
                let byte = try self.peek()
                self.position += 1
                guard byte == UInt8(ascii: "\\") else {
                    guard byte < 0x80 else { throw Failure.malformed(at: self.position) }
                    units.append(UInt16(byte))
                    continue
                }
                units.append(try self.escape())
            }
            try self.expect("\"")
            return String(decoding: units, as: UTF16.self)
        }

        private mutating func escape() throws -> UInt16 {
            let byte = try self.peek()
            self.position += 1
            switch byte {
            case UInt8(ascii: "n"): return 10
            case UInt8(ascii: "r"): return 13
            case UInt8(ascii: "t"): return 9
            case UInt8(ascii: "b"): return 8
            case UInt8(ascii: "f"): return 12
            case UInt8(ascii: "u"):
                let digits = String(decoding: self.bytes[self.position...].prefix(4), as: UTF8.self)
                guard digits.utf8.count == 4, let unit = UInt16(digits, radix: 16) else {
                    throw Failure.malformed(at: self.position)
                }
                self.position += 4
                return unit
            default: return UInt16(byte)
            }
        }
    }
}
