/// Reads one XML document into a tree of elements with line and column.
///
/// Grammar (XML 1.0, "Namespaces in XML"): declaration, comments, processing instructions, elements, attributes, text,
/// CDATA sections, character references and the five predefined entities.
///
/// Nothing outside the document is ever read, and nothing in it can grow: a DOCTYPE with declarations of its own is
/// refused, one that only names a DTD is passed over, and no other entity exists. Sizes are checked before memory is
/// taken for them. Encodings: UTF-8, US-ASCII and ISO-8859-1.
package struct XMLReader {
    var scanner: XMLScanner
    let limits: XMLLimits
    var nodes = 0

    /// - Throws: ``XMLError`` with the place of the first thing that is wrong.
    package static func read(_ bytes: [UInt8], limits: XMLLimits = XMLLimits()) throws(XMLError) -> XMLElement {
        guard bytes.count <= limits.size else {
            throw XMLError(
                position: TextPosition(line: 1, column: 1), message: "the file has more than \(limits.size) bytes")
        }
        let text = try XMLEncoding.decode(bytes)
        var reader = XMLReader(scanner: try XMLScanner(text.unicodeScalars), limits: limits)
        return try reader.document()
    }

    // MARK: The document

    private mutating func document() throws(XMLError) -> XMLElement {
        try self.declaration()
        try self.passOver(doctypeAllowed: true)
        guard self.scanner.peek == "<" else {
            throw self.wrong(
                self.scanner.isAtEnd ? "the file has no element" : "only a comment or a tag can stand here")
        }
        let root = try self.element(depth: 1, scope: ["": "", "xml": XMLNamespaces.xml])
        try self.passOver(doctypeAllowed: false)
        guard self.scanner.isAtEnd else { throw self.wrong("nothing may follow </\(root.name)>") }
        return root
    }

    private mutating func declaration() throws(XMLError) {
        guard
            self.scanner.starts(with: "<?xml ") || self.scanner.starts(with: "<?xml\n")
                || self.scanner.starts(with: "<?xml\t")
        else { return }
        let position = self.scanner.position
        guard let text = self.scanner.text(upTo: "?>") else {
            throw XMLError(position: position, message: "the XML declaration does not end with ?>")
        }
        // The encoding was looked at before; the version alone matters here.
        guard text.contains("version=\"1.") || text.contains("version='1.") else {
            throw XMLError(position: position, message: "the XML declaration names no version 1.x")
        }
    }

    /// Goes past spaces, comments, processing instructions and, where allowed, one DOCTYPE.
    private mutating func passOver(doctypeAllowed: Bool) throws(XMLError) {
        var doctypeAllowed = doctypeAllowed
        while true {
            self.scanner.skipSpaces()
            if self.scanner.starts(with: "<!--") {
                try self.comment()
            } else if self.scanner.starts(with: "<?") {
                try self.instruction()
            } else if self.scanner.starts(with: "<!DOCTYPE") {
                guard doctypeAllowed else { throw self.wrong("a DOCTYPE cannot stand here") }
                try self.doctype()
                doctypeAllowed = false
            } else {
                return
            }
        }
    }

    mutating func comment() throws(XMLError) {
        let position = self.scanner.position
        _ = self.scanner.skip("<!--")
        guard self.scanner.text(upTo: "--") != nil else {
            throw XMLError(position: position, message: "this comment does not end with -->")
        }
        guard self.scanner.skip(">") else { throw self.wrong("-- cannot stand within a comment") }
    }

    mutating func instruction() throws(XMLError) {
        let position = self.scanner.position
        _ = self.scanner.skip("<?")
        let name = try self.rawName("processing instruction")
        guard name.lowercased() != "xml" else {
            throw XMLError(position: position, message: "an XML declaration can only stand at the start of the file")
        }
        guard self.scanner.text(upTo: "?>") != nil else {
            throw XMLError(position: position, message: "this processing instruction does not end with ?>")
        }
    }

    /// `<!DOCTYPE name PUBLIC "..." "...">`: the DTD that it names is not read.
    private mutating func doctype() throws(XMLError) {
        let position = self.scanner.position
        _ = self.scanner.skip("<!DOCTYPE")
        var quote: Unicode.Scalar?
        while let scalar = self.scanner.peek {
            if quote == nil, scalar == "[" {
                throw self.wrong("declarations in a DOCTYPE are refused: write out what their entities stand for")
            }
            _ = self.scanner.next()
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == "\"" || scalar == "'" {
                quote = scalar
            } else if scalar == ">" {
                return
            }
        }
        throw XMLError(position: position, message: "this DOCTYPE does not end with >")
    }

    // MARK: Pieces

    func wrong(_ message: String) -> XMLError { XMLError(position: self.scanner.position, message: message) }

    mutating func count() throws(XMLError) {
        self.nodes += 1
        guard self.nodes <= self.limits.nodes else {
            throw self.wrong("the file has more than \(self.limits.nodes) elements and texts")
        }
    }

    mutating func rawName(_ what: String) throws(XMLError) -> String {
        guard let first = self.scanner.peek, XMLCharacters.isNameStart(first) else {
            throw self.wrong("the name of \(Self.article(what)) \(what) must stand here")
        }
        var name = String.UnicodeScalarView()
        var size = 0
        while let scalar = self.scanner.peek, XMLCharacters.isName(scalar) || scalar == ":" {
            size += UTF8.width(scalar)
            guard size <= self.limits.name else { throw self.wrong("a name of more than \(self.limits.name) bytes") }
            name.append(scalar)
            _ = self.scanner.next()
        }
        return String(name)
    }

    private static func article(_ word: String) -> String { "aeiou".contains(word.prefix(1)) ? "an" : "a" }

    /// `&#10;`, `&#xA;` or one of the five predefined entities.
    mutating func reference() throws(XMLError) -> Unicode.Scalar {
        let position = self.scanner.position
        _ = self.scanner.next()
        var text = ""
        while let scalar = self.scanner.peek, scalar != ";" {
            guard text.utf8.count < 32, XMLCharacters.isName(scalar) || scalar == "#" || scalar == ":" else {
                throw XMLError(
                    position: position, message: "& begins no reference; write &amp; for the character itself")
            }
            text.unicodeScalars.append(scalar)
            _ = self.scanner.next()
        }
        guard self.scanner.skip(";") else {
            throw XMLError(position: position, message: "& begins no reference; write &amp; for the character itself")
        }
        if text.hasPrefix("#") { return try Self.character(text.dropFirst(), at: position) }
        switch text {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "apos": return "'"
        case "quot": return "\""
        default:
            throw XMLError(
                position: position,
                message:
                    "the entity &\(text); does not exist: only lt, gt, amp, apos and quot do, and none can be declared")
        }
    }

    private static func character(_ text: Substring, at position: TextPosition) throws(XMLError) -> Unicode.Scalar {
        let isHexadecimal = text.hasPrefix("x")
        let digits = isHexadecimal ? text.dropFirst() : text
        let areDigits = !digits.isEmpty && digits.utf8.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }
        guard areDigits, let value = UInt32(digits, radix: isHexadecimal ? 16 : 10),
            let scalar = Unicode.Scalar(value), XMLCharacters.isAllowed(scalar)
        else { throw XMLError(position: position, message: "&#\(text); is no character that XML allows") }
        return scalar
    }
}
