/// Namespaces that need no declaration.
enum XMLNamespaces {
    static let xml = "http://www.w3.org/XML/1998/namespace"
    static let xmlns = "http://www.w3.org/2000/xmlns/"
}

extension XMLReader {
    private struct RawAttribute {
        let prefix: String
        let local: String
        let value: String
        let position: TextPosition
    }

    /// An element from its `<` to the end of its closing tag.
    ///
    /// - Parameter scope: what each prefix stands for outside it.
    mutating func element(depth: Int, scope: [String: String]) throws(XMLError) -> XMLElement {
        let position = self.scanner.position
        guard depth <= self.limits.depth else {
            throw self.wrong("elements stand more than \(self.limits.depth) deep in each other")
        }
        try self.count()
        _ = self.scanner.next()
        let written = try self.rawName("element")
        let raw = try self.attributes(of: written)
        let scope = try self.scope(declaredBy: raw, within: scope)
        let name = try Self.name(written, at: position, default: scope[""] ?? "", scope)
        let attributes = try self.named(raw, scope)
        if self.scanner.skip("/>") {
            return XMLElement(name: name, attributes: attributes, children: [], position: position)
        }
        _ = self.scanner.next()
        let children = try self.content(of: written, openedAt: position, depth: depth, scope)
        return XMLElement(name: name, attributes: attributes, children: children, position: position)
    }

    // MARK: Attributes

    /// Up to the `>` or `/>`, which is next after it.
    private mutating func attributes(of element: String) throws(XMLError) -> [RawAttribute] {
        var attributes: [RawAttribute] = []
        var seen: Set<String> = []
        while true {
            let spaced = self.scanner.skipSpaces()
            if self.scanner.starts(with: ">") || self.scanner.starts(with: "/>") { return attributes }
            guard !self.scanner.isAtEnd else { throw self.wrong("the tag <\(element) does not end with >") }
            guard spaced else { throw self.wrong("a space, > or /> must stand here in the tag <\(element)") }
            guard attributes.count < self.limits.attributes else {
                throw self.wrong("<\(element)> has more than \(self.limits.attributes) attributes")
            }
            let position = self.scanner.position
            let written = try self.rawName("attribute")
            guard seen.insert(written).inserted else {
                throw XMLError(position: position, message: "<\(element)> has the attribute \(written) twice")
            }
            self.scanner.skipSpaces()
            guard self.scanner.skip("=") else { throw self.wrong("= and a value must follow the attribute \(written)") }
            self.scanner.skipSpaces()
            let value = try self.value(of: written)
            let parts = try Self.parts(of: written, at: position)
            attributes.append(RawAttribute(prefix: parts.prefix, local: parts.local, value: value, position: position))
        }
    }

    private mutating func value(of attribute: String) throws(XMLError) -> String {
        let position = self.scanner.position
        guard let quote = self.scanner.peek, quote == "\"" || quote == "'" else {
            throw self.wrong("the value of \(attribute) must stand in quotes")
        }
        _ = self.scanner.next()
        var value = String.UnicodeScalarView()
        while let scalar = self.scanner.peek {
            switch scalar {
            case quote:
                _ = self.scanner.next()
                return String(value)
            case "<":
                throw self.wrong(
                    "< cannot stand in the value of \(attribute); write &lt; (or is a quote missing before?)")
            case "&": value.append(try self.reference())
            default:
                _ = self.scanner.next()
                // XML 1.0 §3.3.3: written white space counts as spaces.
                value.append(scalar == "\n" || scalar == "\t" ? " " : scalar)
            }
        }
        throw XMLError(position: position, message: "the value of \(attribute) does not end with its quote")
    }

    // MARK: Namespaces

    private func scope(
        declaredBy attributes: [RawAttribute], within outer: [String: String]
    ) throws(XMLError) -> [String: String] {
        var scope = outer
        for attribute in attributes {
            if attribute.prefix == "xmlns" {
                guard attribute.local != "xmlns", !attribute.value.isEmpty else {
                    throw XMLError(
                        position: attribute.position, message: "xmlns:\(attribute.local) cannot be declared so")
                }
                scope[attribute.local] = attribute.value
                guard scope.count <= self.limits.prefixes else {
                    throw XMLError(
                        position: attribute.position, message: "more than \(self.limits.prefixes) prefixes are declared"
                    )
                }
            } else if attribute.prefix.isEmpty, attribute.local == "xmlns" {
                scope[""] = attribute.value
            }
        }
        return scope
    }

    private func named(
        _ raw: [RawAttribute], _ scope: [String: String]
    ) throws(XMLError) -> [XMLAttribute] {
        var attributes: [XMLAttribute] = []
        for attribute in raw {
            if attribute.prefix == "xmlns" || attribute.prefix.isEmpty && attribute.local == "xmlns" { continue }
            let written = attribute.prefix.isEmpty ? attribute.local : "\(attribute.prefix):\(attribute.local)"
            let name = try Self.name(written, at: attribute.position, default: "", scope)
            let isDouble = attributes.contains { $0.name.local == name.local && $0.name.namespace == name.namespace }
            guard !isDouble else {
                throw XMLError(position: attribute.position, message: "the attribute \(name) stands here twice")
            }
            attributes.append(XMLAttribute(name: name, value: attribute.value, position: attribute.position))
        }
        return attributes
    }

    private static func parts(
        of written: String, at position: TextPosition
    ) throws(XMLError) -> (prefix: String, local: String) {
        let parts = written.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return ("", written) }
        guard parts.count == 2, !parts[0].isEmpty, let start = parts[1].unicodeScalars.first,
            XMLCharacters.isNameStart(start)
        else {
            throw XMLError(position: position, message: "\(written) is no name: it may have one colon, in the middle")
        }
        return (String(parts[0]), String(parts[1]))
    }

    private static func name(
        _ written: String, at position: TextPosition, default standard: String, _ scope: [String: String]
    ) throws(XMLError) -> XMLName {
        let (prefix, local) = try self.parts(of: written, at: position)
        if prefix.isEmpty { return XMLName(prefix: "", local: local, namespace: standard) }
        guard let namespace = scope[prefix] else {
            throw XMLError(position: position, message: "the prefix \(prefix) of \(written) is declared nowhere")
        }
        return XMLName(prefix: prefix, local: local, namespace: namespace)
    }

    // MARK: Content

    private mutating func content(
        of element: String, openedAt position: TextPosition, depth: Int, _ scope: [String: String]
    ) throws(XMLError) -> [XMLElement.Child] {
        var children: [XMLElement.Child] = []
        var text = String.UnicodeScalarView()
        var textStart = self.scanner.position
        func finished(_ text: inout String.UnicodeScalarView, _ start: TextPosition) -> XMLElement.Child? {
            defer { text = String.UnicodeScalarView() }
            return text.isEmpty ? nil : .text(XMLText(value: String(text), position: start))
        }
        while let scalar = self.scanner.peek {
            if text.isEmpty { textStart = self.scanner.position }
            if scalar == "&" {
                text.append(try self.reference())
            } else if scalar != "<" {
                guard !self.scanner.starts(with: "]]>") else { throw self.wrong("]]> ends no CDATA section here") }
                if let next = self.scanner.next() { text.append(next) }
            } else if self.scanner.starts(with: "<!--") {
                try self.comment()
            } else if self.scanner.starts(with: "<![CDATA[") {
                text.append(contentsOf: try self.characterData().unicodeScalars)
            } else if self.scanner.starts(with: "<?") {
                try self.instruction()
            } else {
                if let child = finished(&text, textStart) {
                    try self.count()
                    children.append(child)
                }
                if self.scanner.starts(with: "</") {
                    try self.closingTag(of: element, openedAt: position)
                    return children
                }
                children.append(.element(try self.element(depth: depth + 1, scope: scope)))
            }
        }
        throw XMLError(position: position, message: "<\(element)> is never closed")
    }

    private mutating func characterData() throws(XMLError) -> String {
        let position = self.scanner.position
        _ = self.scanner.skip("<![CDATA[")
        guard let text = self.scanner.text(upTo: "]]>") else {
            throw XMLError(position: position, message: "this CDATA section does not end with ]]>")
        }
        return text
    }

    private mutating func closingTag(of element: String, openedAt position: TextPosition) throws(XMLError) {
        let start = self.scanner.position
        _ = self.scanner.skip("</")
        let name = try self.rawName("element")
        guard name == element else {
            throw XMLError(
                position: start, message: "</\(name)> cannot close <\(element)> of line \(position.line)")
        }
        self.scanner.skipSpaces()
        guard self.scanner.skip(">") else { throw self.wrong("> must end </\(name)") }
    }
}
