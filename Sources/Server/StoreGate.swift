import SQLiteStore

/// The election's commit gate as the store knows it. Neither knows the other's type, so it comes as a function.
struct StoreGate: CommitGate {
    /// Nil when a commit may follow at once, else why not.
    let refusal: @Sendable () -> String?
    /// The same of what was committed since.
    let refusalAfterCommit: @Sendable () -> String?

    func prove() throws(GateClosed) {
        if let reason = self.refusal() { throw GateClosed(reason: reason) }
    }

    func proveCommitted() throws(GateClosed) {
        if let reason = self.refusalAfterCommit() { throw GateClosed(reason: reason) }
    }
}
