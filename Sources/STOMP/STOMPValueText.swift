import BrokerCore

/// Values of JMS types as texts: those of headers, and those of maps in XStream's form, which names the type.
enum STOMPValueText {
    static func text(of value: PropertyValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .byte(let value): String(value)
        case .char(let unit): String(decoding: [unit], as: UTF16.self)
        case .short(let value): String(value)
        case .int(let value): String(value)
        case .long(let value): String(value)
        case .double(let value): self.text(of: value)
        case .float(let value): self.text(of: value)
        case .string(let text), .bigString(let text): text.string
        case .bytes(let bytes): self.base64(bytes)
        case .map(let map):
            "{" + map.entries.map { "\($0.name.string)=\(self.text(of: $0.value))" }.joined(separator: ", ") + "}"
        case .list(let values): "[" + values.map { self.text(of: $0) }.joined(separator: ", ") + "]"
        }
    }

    /// Infinities and NaN under Java's names.
    private static func text(of value: some BinaryFloatingPoint & CustomStringConvertible) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }

    /// XStream's name for the type; nil for maps and lists.
    static func typeName(of value: PropertyValue) -> String? {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .byte: "byte"
        case .char: "char"
        case .short: "short"
        case .int: "int"
        case .long: "long"
        case .double: "double"
        case .float: "float"
        case .string, .bigString: "string"
        case .bytes: "byte-array"
        case .map, .list: nil
        }
    }

    /// The value of that type that `text` spells; nil where it spells none.
    static func value(_ text: String, type: String) -> PropertyValue? {
        switch type {
        case "string": return .text(text)
        case "null": return .null
        case "boolean": return text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case "byte": return Int8(text).map { .byte($0) }
        case "short": return Int16(text).map { .short($0) }
        case "int": return Int32(text).map { .int($0) }
        case "long": return Int64(text).map { .long($0) }
        case "double": return self.floating(text).map { .double($0) }
        case "float": return self.floating(text).map { .float(Float($0)) }
        case "char":
            let units = Array(text.utf16)
            return units.count == 1 ? .char(units[0]) : nil
        case "byte-array": return self.bytes(base64: text).map { .bytes($0) }
        default: return nil
        }
    }

    private static func floating(_ text: String) -> Double? {
        switch text {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default:
            let isPlain = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
            return isPlain ? Double(text) : nil
        }
    }

    // MARK: Base64 (RFC 4648)

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var value: UInt32 = 0
            for byte in group { value = value << 8 | UInt32(byte) }
            value <<= UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                text.append(
                    index <= group.count
                        ? self.alphabet[Int(value >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func bytes(base64 text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (value, bits): (UInt32, UInt32) = (0, 0)
        for byte in text.utf8 where byte > 0x20 && byte != UInt8(ascii: "=") {
            guard let digit = self.alphabet.firstIndex(of: byte) else { return nil }
            value = value << 6 | UInt32(digit)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: value >> bits))
            value &= (1 << bits) - 1
        }
        return bytes
    }
}
