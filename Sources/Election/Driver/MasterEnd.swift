import Logging
import Synchronization

/// The one place where a mastership ends against its will: by the elector, or by its watch while the elector hangs in
/// a file call. Whoever comes first closes the gate and tells the composition root.
final class MasterEnd: Sendable {
    private let pulse: MasterPulse
    private let journal: EventJournal
    private let delegate: any ElectionDelegate
    private let verdict: FileSystemVerdict
    /// Guards what the first caller leaves for the elector to find.
    private let found = Mutex<StepDownReason?>(nil)

    init(pulse: MasterPulse, journal: EventJournal, delegate: any ElectionDelegate, verdict: FileSystemVerdict) {
        self.verdict = verdict
        self.pulse = pulse
        self.journal = journal
        self.delegate = delegate
    }

    /// Why the mastership ended, once it did.
    var reason: StepDownReason? { self.found.withLock { $0 } }

    /// Steps down unless that was begun already.
    ///
    /// - Parameter other: the second party, where the reason itself names none.
    func stepDown(_ reason: StepDownReason, other: ElectionEvent.Party? = nil) {
        let epoch = self.pulse.epoch
        guard self.pulse.beginSteppingDown() else { return }
        self.found.withLock { $0 = reason }
        switch reason {
        case .lockLost(let loss):
            self.journal.record(self.lost(loss, epoch: epoch, other: other))
        case .superseded(let row):
            self.journal.record(self.superseded(by: row, epoch: epoch))
        case .overtaken(let party):
            var event = ElectionEvent(
                .leaseSuperseded, .error,
                "\(party.broker) on \(party.host), process \(party.pid), became master under the later epoch "
                    + "\(party.epoch) while this broker held the locks", epoch: epoch,
                remedy: "this broker was stopped or cut off for longer than others wait, or its lock is false: "
                    + "lockkeeper status shows the locks")
            event.other = party
            self.journal.record(event)
        case .restoredBackup(let row):
            self.journal.record(
                ElectionEvent(
                    .leaseRestoredBackup, .error,
                    "the lease went back to beat \(row.counter) of epoch \(row.epoch), \(row.holder.name), from epoch "
                        + "\(epoch): the directory, or part of it, was restored from a backup while this broker served",
                    epoch: epoch, other: row,
                    remedy: "stop all brokers before restoring a directory; what was confirmed since the backup is in "
                        + "the files that were overwritten"))
        case .silent, .fenced, .storeFailed, .notServing: break
        }
        self.journal.record(
            ElectionEvent(
                .masterSteppedDown, .error, "this broker steps down: \(reason)", epoch: epoch,
                details: [("reason", reason.code)]))
        self.delegate.stepDown(reason)
    }

    func superseded(by row: LeaseRow?, epoch: Epoch) -> ElectionEvent {
        let by = row.map { "by \($0.holder.name) on \($0.holder.host)" } ?? "by nobody known"
        return ElectionEvent(
            .leaseSuperseded, .error, "the lease was taken over \(by)", epoch: epoch, other: row,
            remedy: "two brokers were granted the same lock, or lease.db was changed by hand: check the locks of this "
                + "file system", details: [("file_system", self.verdict.kind.rawValue)])
    }

    func lost(_ loss: LockLoss, epoch: Epoch, other: ElectionEvent.Party?) -> ElectionEvent {
        let cause: String
        let remedy: String
        switch loss.evidence {
        case .removed, .replaced:
            let known = FalseLockCause(self.verdict, granted: [], lockFileReplaced: true)
            (cause, remedy) = (known.word.rawValue, known.remedy)
        case .writeRefused:
            cause = "server_dropped_it"
            remedy =
                "this host was cut off or stopped for longer than the server's lease: another broker may have the lock"
        }
        var event = ElectionEvent(
            .lockLost, .error, "the master's lock is lost: \(loss)", epoch: epoch, remedy: remedy,
            details: [("cause", cause), ("file", loss.file), ("file_system", self.verdict.kind.rawValue)])
        event.other = other
        return event
    }
}
