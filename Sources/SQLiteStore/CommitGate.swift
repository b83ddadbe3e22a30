/// Proves that this process is still master, before the store makes anything durable.
package protocol CommitGate: Sendable {
    /// Called on the writer's thread inside each write transaction, just before its COMMIT. Throwing rolls the
    /// transaction back and ends the store: nothing is written under a doubtful mastership.
    func prove() throws(GateClosed)

    /// Called after the COMMIT, before anybody hears of it. Throwing ends the store: what was written stays unconfirmed.
    func proveCommitted() throws(GateClosed)
}

/// Lock, lease or time could not be proved.
package struct GateClosed: Error, Hashable, Sendable {
    /// Which of them, in words for the operator.
    package let reason: String

    package init(reason: String) { self.reason = reason }
}
