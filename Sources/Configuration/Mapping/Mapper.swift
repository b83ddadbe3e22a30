import BrokerCore

/// From checked elements to what the broker is told.
///
/// What no line of the mapping takes out of an element has no effect, and is reported once: nothing is passed over in
/// silence but what ``Effects`` says makes no difference here.
struct Mapper {
    var diagnostics: Diagnostics
    var file: BrokerFile

    init(path: String, diagnostics: Diagnostics) {
        self.diagnostics = diagnostics
        self.file = BrokerFile(path: path)
    }

    // MARK: Values

    mutating func read(_ element: inout ConfiguredElement, _ name: String, into target: inout Bool) {
        if let value = element.boolean(name) { target = value }
    }

    mutating func read(_ element: inout ConfiguredElement, _ name: String, into target: inout Bool?) {
        if let value = element.boolean(name) { target = value }
    }

    mutating func read(_ element: inout ConfiguredElement, _ name: String, into target: inout String) {
        if let value = element.text(name) { target = value.text }
    }

    mutating func read(
        _ element: inout ConfiguredElement, _ name: String, into target: inout Double, atLeast least: Double
    ) {
        guard let value = element.text(name), let number = ValueGrammar.decimal(value.text) else { return }
        if number >= least {
            target = number
        } else {
            self.outOfRange(value, name, of: element, "at least \(least)")
        }
    }

    /// A whole number or a size.
    mutating func read<Number: FixedWidthInteger>(
        _ element: inout ConfiguredElement, _ name: String, into target: inout Number, in range: ClosedRange<Int64>
    ) {
        if let number = self.number(&element, name, in: range) { target = Number(clamping: number) }
    }

    mutating func read<Number: FixedWidthInteger>(
        _ element: inout ConfiguredElement, _ name: String, into target: inout Number?, in range: ClosedRange<Int64>
    ) {
        if let number = self.number(&element, name, in: range) { target = Number(clamping: number) }
    }

    mutating func number(
        _ element: inout ConfiguredElement, _ name: String, in range: ClosedRange<Int64>
    ) -> Int64? {
        guard let value = element.text(name), let number = ValueGrammar.size(value.text) else { return nil }
        if range.contains(number) { return number }
        let allowed =
            range.upperBound >= Int64(Int32.max)
            ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        self.outOfRange(value, name, of: element, allowed)
        return nil
    }

    private mutating func outOfRange(
        _ value: ConfiguredValue, _ name: String, of element: ConfiguredElement, _ allowed: String
    ) {
        self.diagnostics.error(
            value.position, "\(name) of <\(element.name)>: \(value.text) is out of range; it can be \(allowed)")
    }

    // MARK: Effects

    mutating func effective(_ name: String, _ value: String, _ position: TextPosition) {
        self.file.effective.append(
            EffectiveSetting(name, value, origin: "line \(position.line)"))
    }

    /// Reports what is left in an element after the mapping took out what it understands.
    mutating func finish(_ element: ConfiguredElement) {
        for (name, value) in element.attributes {
            if value.text.hasPrefix("#"), Effects.isPart(name, of: element.name) {
                self.diagnostics.warning(
                    value.position,
                    "\(name)=\"\(value.text)\" of <\(element.name)> has no effect: beans elsewhere are not looked up; "
                        + "write the element itself into <\(name)>")
                continue
            }
            let reason: String
            switch Effects.of(name, in: element.name) {
            case .none: continue
            case .same(let values, let text):
                if values.contains(value.text.lowercased()) { continue }
                reason = text
            case .missing(let text): reason = text
            }
            self.diagnostics.warning(
                value.position, "\(name)=\"\(value.text)\" of <\(element.name)> has no effect: \(reason)")
        }
        for (name, part) in element.parts {
            if part.elements.isEmpty, !part.hasForeign { continue }
            switch Effects.of(name, in: element.name) {
            case .none: continue
            case .same(_, let text), .missing(let text):
                self.diagnostics.warning(part.position, "<\(name)> in <\(element.name)> has no effect: \(text)")
            }
        }
    }

    /// The first of several elements where one alone can have effect.
    mutating func only(_ elements: [ConfiguredElement], in part: String) -> ConfiguredElement? {
        if elements.count > 1 {
            self.diagnostics.error(elements[1].position, "<\(part)> can hold one element only")
        }
        return elements.first
    }
}
