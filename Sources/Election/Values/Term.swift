/// One broker's time as master, from winning the locks to giving them back.
package struct Term: Hashable, Sendable {
    package let epoch: Epoch
    package let holder: BrokerIdentity
    /// The lease as the winner found it: who was master before, nil in a new directory.
    package let previous: LeaseRow?
    /// When both locks were granted.
    package let grantedAt: BootInstant
    /// When the lease row was written.
    package let leasedAt: BootInstant

    package init(
        epoch: Epoch, holder: BrokerIdentity, previous: LeaseRow?, grantedAt: BootInstant, leasedAt: BootInstant
    ) {
        self.epoch = epoch
        self.holder = holder
        self.previous = previous
        self.grantedAt = grantedAt
        self.leasedAt = leasedAt
    }
}
