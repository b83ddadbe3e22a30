/// Names with more than one meaning: composites (`A,B`) and wildcards (`A.*`, `A.>`).
///
/// The path separator is `.`; `*` matches exactly one element, `>` as the last element any number including none.
package struct DestinationPattern: Hashable, Sendable {
    package let kind: Destination.Kind
    private let elements: [Substring]
    /// Whether the name has wildcards at all.
    package let isWildcard: Bool
    package let name: String

    package init(_ destination: Destination) {
        self.kind = destination.kind
        self.name = destination.name
        let elements = destination.name.split(separator: ".", omittingEmptySubsequences: false)
        self.isWildcard = elements.contains { $0 == "*" || $0 == ">" }
        self.elements = self.isWildcard ? elements : []
    }

    package func matches(_ destination: Destination) -> Bool {
        guard destination.kind == self.kind else { return false }
        guard self.isWildcard else { return destination.name == self.name }
        let names = destination.name.split(separator: ".", omittingEmptySubsequences: false)
        for (index, element) in self.elements.enumerated() {
            if element == ">" { return true }
            guard index < names.count else { return false }
            if element != "*", element != names[index] { return false }
        }
        return names.count == self.elements.count
    }
}

extension Destination {
    package var isComposite: Bool { self.name.utf8.contains(UInt8(ascii: ",")) }

    /// The elements of a composite name, without duplicates, in order; the destination itself where it is none.
    ///
    /// An element may name its own kind (`queue://`, `topic://`, `temp-queue://`, `temp-topic://`).
    package var elements: [Destination] {
        guard self.isComposite else { return [self] }
        var seen: Set<Destination> = []
        var result: [Destination] = []
        for part in self.name.split(separator: ",") {
            let name = Self.trimmed(part)
            if name.isEmpty { continue }
            let element = Destination(parsing: name, default: self.kind)
            if seen.insert(element).inserted { result.append(element) }
        }
        return result
    }

    /// Reads a name that may start with its kind.
    package init(parsing text: String, default kind: Kind) {
        for candidate in Kind.allCases {
            let prefix = Self.prefix(of: candidate)
            if text.hasPrefix(prefix) {
                self.init(candidate, String(text.dropFirst(prefix.count)))
                return
            }
        }
        self.init(kind, text)
    }

    private static func trimmed(_ text: Substring) -> String {
        let head = text.drop { $0 == " " || $0 == "\t" }
        var tail = head
        while let last = tail.last, last == " " || last == "\t" { tail.removeLast() }
        return String(tail)
    }

    /// Where the broker tells of its own life; such topics cause no advisories themselves.
    package var isAdvisory: Bool { self.isTopic && self.name.hasPrefix("ActiveMQ.Advisory.") }
}
