/// Java's property files: `name=value`, `name: value` or `name value`, comments with `#` and `!`, escapes with `\`.
package enum PropertyFile {
    /// Bytes are ISO-8859-1 unless they are UTF-8. Every file is one: what makes no sense is part of a name or value.
    package static func read(_ bytes: [UInt8]) -> [String: String] {
        let text =
            String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        var properties: [String: String] = [:]
        for line in self.lines(of: text) {
            let (name, value) = self.parts(of: line)
            properties[name] = value
        }
        return properties
    }

    /// Logical lines: without comments, and joined where a line ends with an odd number of backslashes.
    private static func lines(of text: String) -> [[Unicode.Scalar]] {
        var lines: [[Unicode.Scalar]] = []
        var open: [Unicode.Scalar]?
        for natural in text.unicodeScalars.split(
            omittingEmptySubsequences: true, whereSeparator: { $0 == "\n" || $0 == "\r" })
        {
            var line = Array(natural.drop { self.isSpace($0) })
            if open == nil, line.isEmpty || line[0] == "#" || line[0] == "!" { continue }
            line = (open ?? []) + line
            if line.reversed().prefix(while: { $0 == "\\" }).count % 2 == 1 {
                open = line.dropLast()
            } else {
                open = nil
                lines.append(line)
            }
        }
        if let open { lines.append(open) }
        return lines
    }

    private static func parts(of line: [Unicode.Scalar]) -> (name: String, value: String) {
        var end = 0
        while end < line.count, !self.isSpace(line[end]), line[end] != "=", line[end] != ":" {
            end += line[end] == "\\" ? 2 : 1
        }
        end = min(end, line.count)
        var start = end
        while start < line.count, self.isSpace(line[start]) { start += 1 }
        if start < line.count, line[start] == "=" || line[start] == ":" {
            start += 1
            while start < line.count, self.isSpace(line[start]) { start += 1 }
        }
        return (self.unescaped(line[..<end]), self.unescaped(line[start...]))
    }

    private static func unescaped(_ text: ArraySlice<Unicode.Scalar>) -> String {
        var result = String.UnicodeScalarView()
        var rest = text
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escaped = rest.popFirst() else {
                if scalar != "\\" { result.append(scalar) }
                continue
            }
            switch escaped {
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "t": result.append("\t")
            case "f": result.append("\u{C}")
            case "u":
                let digits = String(String.UnicodeScalarView(rest.prefix(4)))
                rest = rest.dropFirst(4)
                result.append(UInt32(digits, radix: 16).flatMap { Unicode.Scalar($0) } ?? "\u{FFFD}")
            default: result.append(escaped)
            }
        }
        return String(result)
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\u{C}"
    }
}
