import Election

/// The election's gate of one term, under a name that the store does not use.
typealias MasterGate = CommitGate

extension MasterGate {
    /// Nil when a commit may follow at once, else why not. For the store's writer alone.
    func refusal() -> String? {
        // Left out only by Tests/Interop/fencing-cost, to measure what it costs.
        #if WITHOUT_FENCING
            return nil
        #else
            do throws(GateClosed) {
                try self.pass()
                return nil
            } catch {
                return error.description
            }
        #endif
    }

    /// Nil when what was committed may be confirmed, else why not. For the store's writer alone.
    func refusalAfterCommit() -> String? {
        do throws(GateClosed) {
            try self.passAfterCommit()
            return nil
        } catch {
            return error.description
        }
    }
}
