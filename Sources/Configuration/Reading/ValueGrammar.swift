/// The grammar of attribute values, as ActiveMQ reads them.
package enum ValueGrammar {
    /// Why `text` is no value of `kind`, in words that say what is; nil where it is one.
    package static func complaint(_ text: String, _ kind: ValueKind) -> String? {
        switch kind {
        case .text: nil
        case .boolean: self.boolean(text) == nil ? "is neither true nor false" : nil
        case .integer: self.integer(text) == nil ? "is no whole number from -2147483648 to 2147483647" : nil
        case .long:
            self.long(text) == nil ? "is no whole number; times are in milliseconds and have no unit" : nil
        case .decimal: self.decimal(text) == nil ? "is no number such as 0.5" : nil
        case .size:
            self.size(text) == nil ? "is no size; write bytes, or a number with kb, mb or gb, such as 64 mb" : nil
        }
    }

    package static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    package static func integer(_ text: String) -> Int32? { self.isInteger(text) ? Int32(text) : nil }

    package static func long(_ text: String) -> Int64? { self.isInteger(text) ? Int64(text) : nil }

    package static func decimal(_ text: String) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let digits = parts.enumerated().allSatisfy { index, part in
            let unsigned = index == 0 && part.hasPrefix("-") ? part.dropFirst() : part
            return !unsigned.isEmpty && unsigned.utf8.allSatisfy { self.isDigit($0) }
        }
        guard digits, parts.count <= 2, text.utf8.count <= 32 else { return nil }
        return Double(text)
    }

    /// Bytes: a number, spaces, and one of `b`, `k`, `kb`, `m`, `mb`, `g`, `gb` in any case, or none.
    package static func size(_ text: String) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let unsigned = isNegative ? text.dropFirst() : text[...]
        let digits = unsigned.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits) else { return nil }
        let unit: Int64
        switch unsigned.dropFirst(digits.count).drop(while: { $0 == " " }).lowercased() {
        case "", "b": unit = 1
        case "k", "kb": unit = 1 << 10
        case "m", "mb": unit = 1 << 20
        case "g", "gb": unit = 1 << 30
        default: return nil
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : isNegative ? -bytes : bytes
    }

    private static func isInteger(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { self.isDigit($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
