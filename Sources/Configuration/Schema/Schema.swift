/// What the value of an attribute can be.
package enum ValueKind: Hashable, Sendable {
    case text, boolean, integer, long, decimal, size
}

/// An element that a configuration file can contain.
package struct ElementSchema: Hashable, Sendable {
    package internal(set) var attributes: [String: ValueKind] = [:]
    /// Parts by name, each with the elements that it may hold; none: any.
    package internal(set) var parts: [String: [String]] = [:]
}

/// The elements of a configuration file by name.
package struct Schema: Sendable {
    package private(set) var elements: [String: ElementSchema] = [:]

    package static var activeMQ: Schema { SchemaTable.all }

    /// Reads tables of the form that ``SchemaTable`` describes.
    init(_ tables: [String]) {
        for table in tables { self.read(table) }
    }

    /// The parts, of whatever element, that may hold `element`; those of the broker first.
    package func places(of element: String) -> [String] {
        var places: Set<String> = []
        for schema in self.elements.values {
            for (part, held) in schema.parts where held.contains(element) { places.insert(part) }
        }
        let first = self.elements["broker"]?.parts ?? [:]
        return places.sorted { (first[$0] == nil ? 1 : 0, $0) < (first[$1] == nil ? 1 : 0, $1) }
    }

    private mutating func read(_ table: String) {
        var names: [Substring] = []
        var element = ElementSchema()
        var part: String?
        for line in table.split(separator: "\n") {
            if line.hasSuffix(":"), !line.hasPrefix(" ") {
                for name in names { self.elements[String(name)] = element }
                names = line.dropLast().split(separator: " ")
                element = ElementSchema()
                part = nil
                continue
            }
            for word in line.split(separator: " ") { part = Self.take(word, into: &element, part) }
        }
        for name in names { self.elements[String(name)] = element }
    }

    /// - Parameter part: the part whose parentheses are open before the word.
    /// - Returns: the one whose parentheses are open after it.
    private static func take(_ word: Substring, into element: inout ElementSchema, _ part: String?) -> String? {
        var held = word
        var open = part
        if open == nil {
            guard let parenthesis = word.firstIndex(of: "(") else {
                let (name, kind) = self.attribute(word)
                element.attributes[name] = kind
                return nil
            }
            let name = String(word[..<parenthesis])
            element.parts[name] = []
            held = word[word.index(after: parenthesis)...]
            open = name
        }
        let closes = held.hasSuffix(")")
        if closes { held = held.dropLast() }
        if let open, !held.isEmpty { element.parts[open]?.append(String(held)) }
        return closes ? nil : open
    }

    private static func attribute(_ word: Substring) -> (name: String, kind: ValueKind) {
        switch word.last {
        case "?": (String(word.dropLast()), .boolean)
        case "#": (String(word.dropLast()), .integer)
        case "+": (String(word.dropLast()), .long)
        case "%": (String(word.dropLast()), .decimal)
        case "~": (String(word.dropLast()), .size)
        default: (String(word), .text)
        }
    }
}
