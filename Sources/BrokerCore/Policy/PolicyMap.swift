/// The policies of all destinations (ActiveMQ: `destinationPolicy/policyMap`).
package struct PolicyMap: Sendable {
    /// ActiveMQ: `policyEntries/policyEntry`. `tempQueue="true"` is the entry for `temp-queue://>`.
    package var entries = DestinationMap<PolicyEntry>()
    /// ActiveMQ: `defaultEntry`. For destinations that no entry matches.
    package var defaultEntry = PolicyEntry()

    package init() {}

    package func entry(for destination: Destination) -> PolicyEntry {
        self.entries.value(for: destination) ?? self.defaultEntry
    }
}
