/// A value of the file, placeholders resolved and grammar checked.
package struct ConfiguredValue: Hashable, Sendable {
    package let text: String
    package let position: TextPosition
}

/// An element of ActiveMQ's that a file contains, after its names and values were found good.
///
/// The mapping takes out what it understands; what is left over at the end has no effect, and is reported.
package struct ConfiguredElement: Sendable {
    package struct Part: Sendable {
        package let position: TextPosition
        package var elements: [ConfiguredElement]
        /// Elements inside that are none of ActiveMQ's.
        package let hasForeign: Bool
    }

    package let name: String
    package let position: TextPosition
    package private(set) var attributes: [String: ConfiguredValue]
    package private(set) var parts: [String: Part]

    package init(
        name: String, position: TextPosition, attributes: [String: ConfiguredValue] = [:], parts: [String: Part] = [:]
    ) {
        self.name = name
        self.position = position
        self.attributes = attributes
        self.parts = parts
    }

    // MARK: Taking values out

    package mutating func text(_ name: String) -> ConfiguredValue? { self.attributes.removeValue(forKey: name) }

    package mutating func boolean(_ name: String) -> Bool? {
        self.text(name).flatMap { ValueGrammar.boolean($0.text) }
    }

    package mutating func integer(_ name: String) -> Int? {
        self.text(name).flatMap { ValueGrammar.integer($0.text) }.map { Int($0) }
    }

    package mutating func long(_ name: String) -> Int64? { self.text(name).flatMap { ValueGrammar.long($0.text) } }

    package mutating func size(_ name: String) -> Int64? { self.text(name).flatMap { ValueGrammar.size($0.text) } }

    package mutating func decimal(_ name: String) -> Double? {
        self.text(name).flatMap { ValueGrammar.decimal($0.text) }
    }

    /// The elements of a part; empty where it is missing or empty.
    package mutating func elements(_ part: String) -> [ConfiguredElement] {
        guard let found = self.parts[part] else { return [] }
        // What is none of ActiveMQ's stays, to be reported.
        if found.hasForeign {
            self.parts[part]?.elements = []
        } else {
            self.parts[part] = nil
        }
        return found.elements
    }

    package mutating func element(_ part: String) -> ConfiguredElement? { self.elements(part).first }

    package mutating func drop(_ names: some Sequence<String>) {
        for name in names {
            self.attributes[name] = nil
            self.parts[name] = nil
        }
    }
}
