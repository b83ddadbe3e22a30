/// What this broker's elector knew at one moment: for metrics and for the HTTP interface, from any thread.
package struct ElectionSnapshot: Hashable, Sendable {
    package enum Role: String, Hashable, Sendable, CaseIterable {
        case standby
        /// Elected, and not serving yet.
        case starting
        case master
        case steppingDown = "stepping_down"
        case stopped
    }

    package let role: Role
    package let broker: BrokerIdentity
    /// The lease as last seen: this broker's own, or the holder's.
    package let lease: LeaseRow?
    package let at: BootInstant
    /// When this broker first saw the lease as it is: since then it did not move.
    package private(set) var leaseMovedAt: BootInstant?

    package init(role: Role, broker: BrokerIdentity, lease: LeaseRow?, at: BootInstant) {
        self.role = role
        self.broker = broker
        self.lease = lease
        self.at = at
        self.leaseMovedAt = lease == nil ? nil : at
    }

    /// This picture after another, from which it takes over how long the lease has stood still.
    func following(_ previous: ElectionSnapshot) -> ElectionSnapshot {
        guard let lease = self.lease, let before = previous.lease, lease.epoch == before.epoch,
            lease.counter == before.counter, lease.renewedAtMilliseconds == before.renewedAtMilliseconds,
            lease.phase == before.phase
        else { return self }
        var following = self
        following.leaseMovedAt = previous.leaseMovedAt
        return following
    }
}
