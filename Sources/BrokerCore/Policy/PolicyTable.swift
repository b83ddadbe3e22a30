/// The policies of a running broker: each entry once, shared by all destinations it applies to.
struct PolicyTable {
    private var entries = DestinationMap<SharedPolicy>()
    private let defaultEntry: SharedPolicy

    init(_ map: PolicyMap) {
        self.defaultEntry = SharedPolicy(map.defaultEntry)
        for entry in map.entries.entries { self.entries.set(SharedPolicy(entry.value), for: entry.destination) }
    }

    func policy(for destination: Destination) -> SharedPolicy {
        self.entries.isEmpty ? self.defaultEntry : self.entries.value(for: destination) ?? self.defaultEntry
    }
}

/// One policy entry, by reference: ten thousand queues keep one copy.
final class SharedPolicy: Sendable {
    let entry: PolicyEntry

    init(_ entry: PolicyEntry) { self.entry = entry }
}
