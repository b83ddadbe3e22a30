/// The small JSON of the column `message.headers`: what we write ourselves, and what an operator may have edited.
enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

/// Writes objects member by member (RFC 8259), without building a tree.
struct JSONObjectWriter {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    var isEmpty: Bool { self.bytes.count == 1 }

    mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        self.name(name)
        self.string(value)
    }

    mutating func member(_ name: StaticString, _ value: Int64) {
        self.name(name)
        self.bytes.append(contentsOf: String(value).utf8)
    }

    /// Written only where true: absence reads as false.
    mutating func flag(_ name: StaticString, _ value: Bool) {
        guard value else { return }
        self.name(name)
        self.bytes.append(contentsOf: "true".utf8)
    }

    /// Written only where not empty.
    mutating func member(_ name: StaticString, _ values: [String]) {
        guard !values.isEmpty else { return }
        self.name(name)
        for (index, value) in values.enumerated() {
            self.bytes.append(UInt8(ascii: index == 0 ? "[" : ","))
            self.string(value)
        }
        self.bytes.append(UInt8(ascii: "]"))
    }

    mutating func member(_ name: StaticString, _ object: consuming JSONObjectWriter) {
        self.name(name)
        self.bytes.append(contentsOf: object.finished())
    }

    consuming func finished() -> [UInt8] {
        self.bytes.append(UInt8(ascii: "}"))
        return self.bytes
    }

    private mutating func name(_ name: StaticString) {
        if !self.isEmpty { self.bytes.append(UInt8(ascii: ",")) }
        self.bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { self.bytes.append(contentsOf: $0) }
        self.bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: ":")])
    }

    private mutating func string(_ value: String) {
        self.bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                self.bytes.append(UInt8(ascii: "\\"))
                self.bytes.append(byte)
            case 0..<0x20:
                self.bytes.append(contentsOf: "\\u00\(Hexadecimal.text([byte]))".utf8)
            default:
                self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }
}

/// Reads one JSON text (RFC 8259). Numbers must be integers: no others are written.
struct JSONReader {
    struct Malformed: Error, Hashable {
        let offset: Int
    }

    private let bytes: [UInt8]
    private var position = 0
    /// Containers that may stand in each other; deeper ones would be an attack on the stack.
    private static let maximumDepth = 16

    static func read(_ text: String) throws(Malformed) -> JSONValue {
        var reader = JSONReader(bytes: Array(text.utf8))
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == reader.bytes.count else { throw reader.malformed }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var malformed: Malformed { Malformed(offset: self.position) }

    private var next: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    private mutating func skipSpace() {
        while let byte = self.next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { self.position += 1 }
    }

    /// Skips space, then takes `byte` if it comes.
    private mutating func take(_ byte: UInt8) -> Bool {
        self.skipSpace()
        guard self.next == byte else { return false }
        self.position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Malformed) -> JSONValue {
        guard depth < Self.maximumDepth else { throw self.malformed }
        self.skipSpace()
        switch self.next {
        case UInt8(ascii: "{"): return try self.object(depth: depth)
        case UInt8(ascii: "["): return try self.array(depth: depth)
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        default: return .integer(try self.integer())
        }
    }

    private mutating func object(depth: Int) throws(Malformed) -> JSONValue {
        self.position += 1
        var members: [String: JSONValue] = [:]
        if self.take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            self.skipSpace()
            let name = try self.string()
            guard self.take(UInt8(ascii: ":")) else { throw self.malformed }
            members[name] = try self.value(depth: depth + 1)
        } while self.take(UInt8(ascii: ","))
        guard self.take(UInt8(ascii: "}")) else { throw self.malformed }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Malformed) -> JSONValue {
        self.position += 1
        var values: [JSONValue] = []
        if self.take(UInt8(ascii: "]")) { return .array(values) }
        repeat { values.append(try self.value(depth: depth + 1)) } while self.take(UInt8(ascii: ","))
        guard self.take(UInt8(ascii: "]")) else { throw self.malformed }
        return .array(values)
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Malformed) -> JSONValue {
        guard self.bytes[self.position...].starts(with: Array(word.description.utf8)) else { throw self.malformed }
        self.position += word.utf8CodeUnitCount
        return value
    }

    private mutating func integer() throws(Malformed) -> Int64 {
        let start = self.position
        while let byte = self.next, byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte) { self.position += 1 }
        guard let value = Int64(String(decoding: self.bytes[start..<self.position], as: UTF8.self)) else {
            throw self.malformed
        }
        return value
    }

    private mutating func string() throws(Malformed) -> String {
        guard self.next == UInt8(ascii: "\"") else { throw self.malformed }
        self.position += 1
        var units: [UInt8] = []
        while let byte = self.next {
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): units.append(contentsOf: try self.escape())
            default: units.append(byte)
            }
        }
        throw self.malformed
    }

    private mutating func escape() throws(Malformed) -> [UInt8] {
        guard let byte = self.next else { throw self.malformed }
        self.position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try self.unicodeEscape()
        default: throw self.malformed
        }
    }

    private mutating func unicodeEscape() throws(Malformed) -> [UInt8] {
        let high = try self.hexUnit()
        var units = [high]
        let isPair = (0xd800..<0xdc00).contains(high) && self.next == UInt8(ascii: "\\")
        if isPair {
            self.position += 1
            guard self.next == UInt8(ascii: "u") else { throw self.malformed }
            self.position += 1
            units.append(try self.hexUnit())
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    private mutating func hexUnit() throws(Malformed) -> UInt16 {
        let end = self.position + 4
        guard end <= self.bytes.count,
            let unit = UInt16(String(decoding: self.bytes[self.position..<end], as: UTF8.self), radix: 16)
        else { throw self.malformed }
        self.position = end
        return unit
    }
}
