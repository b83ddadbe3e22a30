/// Why a master stopped being one against its will.
package enum StepDownReason: Hashable, Sendable, CustomStringConvertible {
    /// No good beat for so long: the storage does not answer, or answers with errors.
    case silent(for: Duration)
    case lockLost(LockLoss)
    /// The lease row is somebody else's, or gone together with its database.
    case superseded(by: LeaseRow?)
    /// A master of a later epoch beats.
    case overtaken(by: ElectionEvent.Party)
    /// The lease carries an earlier epoch than ours, or ours as it was before: the directory was restored from a backup.
    case restoredBackup(found: LeaseRow)
    /// The store's fence carries another epoch.
    case fenced(by: Epoch)
    /// The store reported a failure that another broker may not have.
    case storeFailed(String)
    /// Elected, but not serving within the limit.
    case notServing(after: Duration)

    /// The lease is not as the master of `term` left it; nil where it is gone or cannot be read.
    init(leaseOf term: Term, found row: LeaseRow?) {
        guard let row else {
            self = .superseded(by: nil)
            return
        }
        // Of an earlier epoch, or the term's own as it was some beats ago.
        let isOlder =
            row.epoch < term.epoch || (row.epoch == term.epoch && row.holder.instance == term.holder.instance)
        self = isOlder ? .restoredBackup(found: row) : .superseded(by: row)
    }

    /// Another broker may be master already: the store is to be abandoned without a checkpoint or any other write.
    package var mustAbandonStore: Bool {
        switch self {
        case .silent, .lockLost, .superseded, .overtaken, .restoredBackup, .fenced: true
        case .storeFailed, .notServing: false
        }
    }

    /// The lease row is still ours to write.
    var mayWriteLease: Bool {
        switch self {
        case .lockLost, .superseded, .overtaken, .restoredBackup, .fenced: false
        case .silent, .storeFailed, .notServing: true
        }
    }

    /// A fixed word for metrics and `ha_event`.
    package var code: String {
        switch self {
        case .silent: "silent"
        case .lockLost: "lock_lost"
        case .superseded: "superseded"
        case .overtaken: "overtaken"
        case .restoredBackup: "restored_backup"
        case .fenced: "fenced"
        case .storeFailed: "store_failed"
        case .notServing: "not_serving"
        }
    }

    package var description: String {
        switch self {
        case .silent(let time): "no good beat for \(time.wholeMilliseconds) ms"
        case .lockLost(let loss): "lock lost: \(loss)"
        case .superseded(let row?):
            "the lease is held by \(row.holder.name) on \(row.holder.host) under epoch \(row.epoch)"
        case .superseded(nil): "lease.db was removed, replaced or emptied"
        case .overtaken(let party):
            "\(party.broker) on \(party.host), process \(party.pid), is master under epoch \(party.epoch)"
        case .restoredBackup(let row):
            "the lease went back to epoch \(row.epoch) of \(row.holder.name), beat \(row.counter): the directory was "
                + "restored from a backup"
        case .fenced(let epoch): "the store's fence carries epoch \(epoch)"
        case .storeFailed(let reason): "the store failed: \(reason)"
        case .notServing(let time): "not serving after \(time.wholeMilliseconds) ms"
        }
    }
}
