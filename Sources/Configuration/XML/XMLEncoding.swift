/// Bytes of a document as text.
enum XMLEncoding {
    /// - Throws: where the bytes are not what the document says of itself.
    static func decode(_ bytes: [UInt8]) throws(XMLError) -> String {
        let start = TextPosition(line: 1, column: 1)
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) || bytes.prefix(4).contains(0) {
            throw XMLError(position: start, message: "the file is UTF-16 or UTF-32: save it as UTF-8")
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        let name = self.declaredName(content)
        switch name?.lowercased() {
        case nil, "utf-8", "utf8", "us-ascii", "ascii":
            guard let text = String(validating: content, as: UTF8.self) else {
                throw XMLError(
                    position: self.firstInvalid(content),
                    message: "this is not UTF-8: save the file as UTF-8, or name its encoding in its first line")
            }
            return text
        case "iso-8859-1", "latin1":
            var text = String.UnicodeScalarView()
            for byte in content { text.append(Unicode.Scalar(byte)) }
            return String(text)
        default:
            throw XMLError(
                position: start, message: "the encoding \(name ?? "") is not read here: save the file as UTF-8")
        }
    }

    /// The value of `encoding` in the declaration.
    private static func declaredName(_ bytes: ArraySlice<UInt8>) -> String? {
        let head = String(decoding: bytes.prefix(200), as: UTF8.self)
        guard head.hasPrefix("<?xml"), let end = head.firstRange(of: "?>") else { return nil }
        let declaration = head[..<end.lowerBound]
        guard let found = declaration.firstRange(of: "encoding") else { return nil }
        let rest = declaration[found.upperBound...].drop { $0 == "=" || $0.isWhitespace }
        guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
        return String(rest.dropFirst().prefix { $0 != quote })
    }

    private static func firstInvalid(_ bytes: ArraySlice<UInt8>) -> TextPosition {
        var (line, column) = (1, 1)
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        return TextPosition(line: line, column: column)
    }
}
