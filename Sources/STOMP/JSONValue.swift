/// JSON (RFC 8259) that a client sent, its objects in their order.
enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As it was spelt.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Hashable, Sendable {
        let name: String
        let value: JSONValue
    }

    /// Arrays and objects within each other.
    static let depthLimit = 32

    /// Nil for anything that is not one JSON value.
    init?(parsing bytes: [UInt8]) {
        var parser = JSONParser(bytes)
        guard let value = parser.document() else { return nil }
        self = value
    }

    static func write(_ text: String, into json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                json.append(UInt8(ascii: "\\"))
                json.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                json += "\\u00".utf8
                json.append(digits[Int(byte >> 4)])
                json.append(digits[Int(byte & 15)])
            default: json.append(byte)
            }
        }
        json.append(UInt8(ascii: "\""))
    }
}

private struct JSONParser {
    private let bytes: [UInt8]
    private var next = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() -> JSONValue? {
        guard let value = self.value(depth: 0) else { return nil }
        self.skipSpace()
        return self.next == self.bytes.count ? value : nil
    }

    private mutating func skipSpace() {
        while self.next < self.bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(self.bytes[self.next]) { self.next += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        self.skipSpace()
        guard self.next < self.bytes.count, self.bytes[self.next] == UInt8(ascii: character) else { return false }
        self.next += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard self.bytes[self.next...].starts(with: word.utf8) else { return false }
        self.next += word.utf8.count
        return true
    }

    private mutating func value(depth: Int) -> JSONValue? {
        guard depth < JSONValue.depthLimit else { return nil }
        self.skipSpace()
        guard self.next < self.bytes.count else { return nil }
        switch self.bytes[self.next] {
        case UInt8(ascii: "{"): return self.object(depth)
        case UInt8(ascii: "["): return self.array(depth)
        case UInt8(ascii: "\""): return self.string().map { .string($0) }
        case UInt8(ascii: "t"): return self.take(word: "true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return self.take(word: "false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return self.take(word: "null") ? .null : nil
        default: return self.number()
        }
    }

    private mutating func number() -> JSONValue? {
        let start = self.next
        while self.next < self.bytes.count, "0123456789+-.eE".utf8.contains(self.bytes[self.next]) { self.next += 1 }
        let text = String(decoding: self.bytes[start..<self.next], as: UTF8.self)
        return Double(text) == nil ? nil : .number(text)
    }

    private mutating func array(_ depth: Int) -> JSONValue? {
        self.next += 1
        var values: [JSONValue] = []
        if self.take("]") { return .array(values) }
        while let value = self.value(depth: depth + 1) {
            values.append(value)
            if self.take("]") { return .array(values) }
            guard self.take(",") else { return nil }
        }
        return nil
    }

    private mutating func object(_ depth: Int) -> JSONValue? {
        self.next += 1
        var members: [JSONValue.Member] = []
        if self.take("}") { return .object(members) }
        while true {
            self.skipSpace()
            guard let name = self.string(), self.take(":"), let value = self.value(depth: depth + 1) else {
                return nil
            }
            members.append(.init(name: name, value: value))
            if self.take("}") { return .object(members) }
            guard self.take(",") else { return nil }
        }
    }

    private mutating func string() -> String? {
        guard self.next < self.bytes.count, self.bytes[self.next] == UInt8(ascii: "\"") else { return nil }
        self.next += 1
        var units: [UInt8] = []
        while self.next < self.bytes.count {
            let byte = self.bytes[self.next]
            self.next += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): guard self.escape(into: &units) else { return nil }
            case 0..<0x20: return nil
            default: units.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(into units: inout [UInt8]) -> Bool {
        guard self.next < self.bytes.count else { return false }
        let byte = self.bytes[self.next]
        self.next += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0c)
        case UInt8(ascii: "n"): units.append(0x0a)
        case UInt8(ascii: "r"): units.append(0x0d)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "u"):
            guard var code = self.unit() else { return false }
            if (0xd800..<0xdc00).contains(code), self.take(word: "\\u") {
                guard let low = self.unit(), (0xdc00..<0xe000).contains(low) else { return false }
                code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00))
            }
            let scalar = Unicode.Scalar(code) ?? "\u{fffd}"
            units += String(Character(scalar)).utf8
        default: return false
        }
        return true
    }

    private mutating func unit() -> UInt32? {
        guard self.next + 4 <= self.bytes.count else { return nil }
        let digits = self.bytes[self.next..<(self.next + 4)]
        guard digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }) else { return nil }
        self.next += 4
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
