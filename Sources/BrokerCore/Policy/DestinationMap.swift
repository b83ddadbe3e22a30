/// Values for destinations, set for names with wildcards: the most specific entry that matches wins, as in ActiveMQ's
/// `DestinationMap`.
///
/// Each kind of destination has entries of its own: `queue://>` says nothing of temporary queues.
package struct DestinationMap<Value: Sendable>: Sendable {
    package struct Entry: Sendable {
        package let destination: Destination
        package var value: Value
        fileprivate let pattern: DestinationPattern
    }

    /// In the order in which they were set.
    package private(set) var entries: [Entry] = []

    package init() {}

    package var isEmpty: Bool { self.entries.isEmpty }

    /// Sets the value for a name, a pattern, or each element of a composite name. A later value for the same name
    /// replaces the earlier one.
    package mutating func set(_ value: Value, for destination: Destination) {
        for element in destination.elements {
            if let index = self.entries.firstIndex(where: { $0.destination == element }) {
                self.entries[index].value = value
            } else {
                self.entries.append(
                    Entry(destination: element, value: value, pattern: DestinationPattern(element)))
            }
        }
    }

    /// The value of the most specific entry, or nil where none matches.
    package func value(for destination: Destination) -> Value? { self.entry(for: destination)?.value }

    /// The most specific entry, so that an operator can be told where a value comes from.
    package func entry(for destination: Destination) -> Entry? {
        var best: Entry?
        for entry in self.entries where entry.pattern.matches(destination) {
            guard let other = best else {
                best = entry
                continue
            }
            if entry.pattern.isMoreSpecific(than: other.pattern) { best = entry }
        }
        return best
    }

    /// All values that match, the most specific first; several interceptors may apply to one destination.
    package func values(for destination: Destination) -> [Value] {
        self.entries.filter { $0.pattern.matches(destination) }
            .sorted { $0.pattern.isMoreSpecific(than: $1.pattern) }
            .map(\.value)
    }
}

extension DestinationPattern {
    /// A name is more specific than a pattern that matches it, and a pattern than one that matches it as a name; of two
    /// that match each other, the one with more elements. Where neither matches, the name that comes first in the order
    /// of its characters counts as the more specific.
    package func isMoreSpecific(than other: Self) -> Bool {
        if self.name == other.name { return false }
        let covers = self.isWildcard && self.matches(Destination(other.kind, other.name))
        let isCovered = other.isWildcard && other.matches(Destination(self.kind, self.name))
        if covers != isCovered { return isCovered }
        if covers { return Self.depth(of: self.name) > Self.depth(of: other.name) }
        return self.name < other.name
    }

    private static func depth(of name: String) -> Int { name.utf8.count { $0 == UInt8(ascii: ".") } }
}
