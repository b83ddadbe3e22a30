import BrokerCore
package import SQLiteStore

/// What `lockkeeper transactions` does: looks at the store, and asks the master.
package enum TransactionDesk {
    /// Reads which XA transactions wait for their coordinator, beside a master or without one.
    package static func report(_ directory: DataDirectory) throws(StartError) -> InDoubtReport {
        do throws(StoreInspectionError) {
            return try StoreInspector.inDoubt(onDirectory: directory.path)
        } catch {
            throw StartError(error)
        }
    }

    /// Has the master commit a transaction or roll it back in its coordinator's place, and returns once that is durable.
    ///
    /// - Throws: a line for the operator where no such transaction is in doubt, nobody serves, or the master does not
    ///   answer in time.
    package static func resolve(
        _ xid: String, commits: Bool, _ directory: DataDirectory, waitMs: Int64
    ) throws(StartError) {
        guard let id = XATransactionID(xid) else {
            throw StartError(
                .usage, "this is no transaction's name: it has the form XID:[4711,globalId=6f31,branchId=62]")
        }
        let look = "lockkeeper transactions list"
        let asker = RequestAsker(directory: directory, subject: "the transactions", look: look)
        guard try asker.ask([.resolve(id, commits: commits)], waitMs: waitMs) else {
            throw StartError(
                .dataError,
                "no transaction \(id) is in doubt: it never was, or has ended meanwhile; \(look) shows those that are")
        }
    }
}
