/// JSON for what commands print, put together by hand: a few flat objects.
enum JSONLine {
    static func object(_ fields: [(String, String)]) -> String {
        "{\(fields.map { "\(self.quoted($0.0)):\($0.1)" }.joined(separator: ","))}"
    }

    static func array(_ values: [String]) -> String { "[\(values.joined(separator: ","))]" }

    /// RFC 8259, section 7.
    static func quoted(_ text: String) -> String {
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
