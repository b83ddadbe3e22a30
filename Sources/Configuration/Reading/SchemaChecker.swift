/// Checks elements against ActiveMQ's schema: names, places and values. Everything wrong is reported, not only the first.
struct SchemaChecker {
    let schema: Schema
    var placeholders: Placeholders
    var diagnostics: Diagnostics

    init(file: String, schema: Schema, placeholders: Placeholders) {
        self.schema = schema
        self.placeholders = placeholders
        self.diagnostics = Diagnostics(file: file)
    }

    static func question(_ nearest: String?) -> String {
        nearest.map { "; did you mean \($0)?" } ?? ""
    }

    /// The element with all that is in it; nil where its name is unknown, which is reported.
    mutating func element(_ element: XMLElement) -> ConfiguredElement? {
        let name = element.name.local
        guard let own = self.schema.elements[name] else {
            guard self.diagnostics.takesErrors else { return nil }
            let nearest = NearestName.to(name, among: self.schema.elements.keys)
            self.diagnostics.error(
                element.position, "<\(name)> is no element of ActiveMQ's" + Self.question(nearest.map { "<\($0)>" }))
            return nil
        }
        var attributes = self.attributes(of: element, own)
        var parts: [String: ConfiguredElement.Part] = [:]
        for child in element.children {
            switch child {
            case .text(let text):
                if !text.isBlank { self.diagnostics.error(text.position, "text cannot stand in <\(name)>") }
            case .element(let child):
                self.child(child, of: element, own, &attributes, &parts)
            }
        }
        return ConfiguredElement(name: name, position: element.position, attributes: attributes, parts: parts)
    }

    // MARK: Attributes

    private mutating func attributes(of element: XMLElement, _ own: ElementSchema) -> [String: ConfiguredValue] {
        var values: [String: ConfiguredValue] = [:]
        for attribute in element.attributes {
            // `xsi:schemaLocation` and the like are for other readers.
            guard Namespaces.isActiveMQ(attribute.name.namespace) else { continue }
            let name = attribute.name.local
            if name == "id" { continue }
            guard let kind = Self.kind(of: name, own) else {
                self.unknownAttribute(name, of: element, own, at: attribute.position)
                continue
            }
            values[name] = self.value(attribute.value, kind, at: attribute.position, name, of: element, own)
        }
        return values
    }

    /// Parts can be written as attributes too: a reference to a bean, or their text.
    private static func kind(of name: String, _ own: ElementSchema) -> ValueKind? {
        own.attributes[name] ?? (own.parts[name] == nil ? nil : .text)
    }

    private mutating func unknownAttribute(
        _ name: String, of element: XMLElement, _ own: ElementSchema, at position: TextPosition
    ) {
        guard self.diagnostics.takesErrors else { return }
        let owner = element.name.local
        let nearest = NearestName.to(name, among: Array(own.attributes.keys) + Array(own.parts.keys))
        self.diagnostics.error(position, "<\(owner)> has no attribute \(name)" + Self.question(nearest))
    }

    /// The value with its placeholders resolved; nil where it is no value, which is reported.
    private mutating func value(
        _ written: String, _ kind: ValueKind, at position: TextPosition, _ name: String, of element: XMLElement,
        _ own: ElementSchema
    ) -> ConfiguredValue? {
        let what = "\(name) of <\(element.name.local)>"
        let text: String
        do throws(Placeholders.Failure) {
            text = try self.placeholders.resolve(written)
        } catch {
            self.diagnostics.error(position, "\(what): \(error)")
            return nil
        }
        guard !text.contains("#{") else {
            self.diagnostics.error(position, "\(what): expressions such as \(text) are not evaluated; write the value")
            return nil
        }
        let trimmed = kind == .text ? text : Self.trimmed(text)
        if let complaint = ValueGrammar.complaint(trimmed, kind) {
            self.diagnostics.error(position, "\(what): \"\(text)\" \(complaint)")
            return nil
        }
        // A destination can be written as its name; for any other element a text is at most a reference.
        if let held = own.parts[name], let first = held.first, first != "queue", !trimmed.hasPrefix("#") {
            self.diagnostics.error(
                position, "\(what): \"\(text)\" is no element; write one within it, such as <\(first)>")
            return nil
        }
        return ConfiguredValue(text: trimmed, position: position)
    }

    private static func trimmed(_ text: String) -> String {
        let rest = text.drop { $0.isWhitespace }
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(rest[...last])
    }

    // MARK: What is inside

    private mutating func child(
        _ child: XMLElement, of element: XMLElement, _ own: ElementSchema,
        _ attributes: inout [String: ConfiguredValue], _ parts: inout [String: ConfiguredElement.Part]
    ) {
        let name = child.name.local
        guard Namespaces.isActiveMQ(child.name.namespace) else {
            self.foreign(child, of: element, own, &attributes, &parts)
            return
        }
        // Simple values can be written as elements.
        if let kind = Self.kind(of: name, own), let text = child.onlyText, !text.isEmpty {
            guard attributes[name] == nil else {
                self.diagnostics.error(child.position, "\(name) of <\(element.name.local)> is set a second time")
                return
            }
            attributes[name] = self.value(text, kind, at: child.position, name, of: element, own)
            return
        }
        guard let held = own.parts[name] else {
            self.misplaced(child, in: element, own)
            return
        }
        if let first = parts[name] {
            self.diagnostics.error(
                child.position, "a second <\(name)>; the first is in line \(first.position.line)")
            return
        }
        parts[name] = self.part(child, held: held)
    }

    private mutating func misplaced(_ child: XMLElement, in element: XMLElement, _ own: ElementSchema) {
        guard self.diagnostics.takesErrors else { return }
        let name = child.name.local
        let owner = element.name.local
        let places = self.schema.places(of: name)
        var message = "<\(name)> cannot stand in <\(owner)>"
        if self.schema.elements[name] != nil, !places.isEmpty {
            message += "; it belongs in \(places.prefix(3).map { "<\($0)>" }.joined(separator: " or "))"
        } else if own.attributes[name] != nil {
            message += " without a value; write \(name)=\"...\" in the tag"
        } else {
            let nearest = NearestName.to(name, among: Array(own.parts.keys) + Array(own.attributes.keys))
            message += Self.question(nearest.map { own.parts[$0] == nil ? $0 : "<\($0)>" })
        }
        self.diagnostics.error(child.position, message)
    }

    /// - Parameter held: the elements that may be in the part; none: any.
    private mutating func part(_ part: XMLElement, held: [String]) -> ConfiguredElement.Part {
        var elements: [ConfiguredElement] = []
        var hasForeign = false
        for attribute in part.attributes
        where Namespaces.isActiveMQ(attribute.name.namespace) && attribute.name.local != "id" {
            self.diagnostics.error(
                attribute.position,
                "<\(part.name.local)> here takes no attributes: they belong in the element within it"
                    + (held.first.map { ", such as <\($0)>" } ?? ""))
        }
        for child in part.children {
            switch child {
            case .text(let text):
                if !text.isBlank { self.diagnostics.error(text.position, "text cannot stand in <\(part.name.local)>") }
            case .element(let child):
                let name = child.name.local
                guard Namespaces.isActiveMQ(child.name.namespace) else {
                    hasForeign = true
                    continue
                }
                guard held.isEmpty || held.contains(name) || self.schema.elements[name] == nil else {
                    self.wrongPlace(child, in: part, held: held)
                    continue
                }
                if self.schema.elements[name] == nil, !held.isEmpty {
                    self.unknown(child, in: part, held: held)
                } else if let element = self.element(child) {
                    elements.append(element)
                }
            }
        }
        return ConfiguredElement.Part(position: part.position, elements: elements, hasForeign: hasForeign)
    }

    private mutating func wrongPlace(_ child: XMLElement, in part: XMLElement, held: [String]) {
        let allowed = held.count == 1 ? "<\(held[0])>" : "one of \(held.map { "<\($0)>" }.joined(separator: ", "))"
        self.diagnostics.error(
            child.position, "<\(child.name.local)> cannot stand in <\(part.name.local)>, only \(allowed)")
    }

    private mutating func unknown(_ child: XMLElement, in part: XMLElement, held: [String]) {
        guard self.diagnostics.takesErrors else { return }
        let name = child.name.local
        let nearest = NearestName.to(name, among: held) ?? NearestName.to(name, among: self.schema.elements.keys)
        let question =
            nearest.map { "; did you mean <\($0)>?" }
            ?? "; \(held.map { "<\($0)>" }.joined(separator: ", ")) can stand in <\(part.name.local)>"
        self.diagnostics.error(child.position, "<\(name)> is no element of ActiveMQ's" + question)
    }

    /// Spring's own way to set a value, and whatever else is none of ActiveMQ's.
    private mutating func foreign(
        _ child: XMLElement, of element: XMLElement, _ own: ElementSchema,
        _ attributes: inout [String: ConfiguredValue], _ parts: inout [String: ConfiguredElement.Part]
    ) {
        func value(_ name: String) -> XMLAttribute? { child.attributes.first { $0.name.local == name } }
        guard child.name.namespace == Namespaces.beans, child.name.local == "property", let property = value("name")
        else {
            self.diagnostics.warning(
                child.position, "<\(child.name)> in <\(element.name.local)> has no effect: it is none of ActiveMQ's")
            return
        }
        let name = property.value
        guard let kind = Self.kind(of: name, own) else {
            self.unknownAttribute(name, of: element, own, at: property.position)
            return
        }
        if let written = value("value") {
            attributes[name] = self.value(written.value, kind, at: written.position, name, of: element, own)
        } else {
            parts[name] = ConfiguredElement.Part(position: child.position, elements: [], hasForeign: true)
        }
    }
}
