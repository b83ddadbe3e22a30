/// What this broker's elector knew at one moment: for metrics and for the HTTP interface, from any thread.
package struct ElectionSnapshot: Hashable, Sendable {
    package enum Role: String, Hashable, Sendable {
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

    package init(role: Role, broker: BrokerIdentity, lease: LeaseRow?, at: BootInstant) {
        self.role = role
        self.broker = broker
        self.lease = lease
        self.at = at
    }
}
