/// JSON of values that are already text (RFC 8259).
package enum JSONText {
    /// - Parameter fields: names in order, each with the JSON text of its value.
    package static func object(_ fields: [(String, String)]) -> String {
        "{\(fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ","))}"
    }

    package static func array(_ values: [String]) -> String { "[\(values.joined(separator: ","))]" }

    package static func integer(_ value: Int64?) -> String { value.map { "\($0)" } ?? "null" }

    package static func quoted(_ text: String?) -> String { text.map { self.quoted($0) } ?? "null" }

    /// RFC 8259, section 7.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                result += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
            case let other: result.unicodeScalars.append(other)
            }
        }
        return result + "\""
    }
}
