package import Logging

/// Something an operator should know about lock, lease or mastership: a log line, and a row of `ha_event`.
///
/// The names and the metadata keys are API: scripts search for them.
package struct ElectionEvent: Hashable, Sendable {
    package enum Name: String, Hashable, Sendable, CaseIterable {
        /// Both locks were granted to this broker, and the lease is its own.
        case lockAcquired = "lock.acquired"
        /// Another broker holds a lock; told once for each holder.
        case lockRefused = "lock.refused"
        /// The lock was refused while its holder beat: between the two hosts it holds what it promises.
        case lockProven = "lock.proven"
        /// A lock this master held is held no longer.
        case lockLost = "lock.lost"
        /// A lock is granted to two brokers.
        case lockFalse = "lock.false"
        /// The lock is held by a living process whose beats stopped.
        case lockHungHolder = "lock.hung_holder"
        /// The lock is held for a broker that is gone, or of which nothing can be seen.
        case lockStale = "lock.stale"
        /// The lock is held for a silent broker, and the NFSv4 server will free it when that client's lease runs out.
        case lockWaitingForServerLease = "lock.waiting_for_server_lease"
        /// The operator, or this broker on the operator's standing order, made a new generation of the locks.
        case lockEscaped = "lock.escaped"
        /// A holder called hung or stale moves again.
        case lockHolderMoves = "lock.holder_moves"
        /// The lock calls themselves fail.
        case lockUnusable = "lock.unusable"
        /// The lease row is somebody else's, or gone.
        case leaseSuperseded = "lease.superseded"
        /// The last good beat of this master is older than the warning time.
        case leaseLate = "lease.late"
        /// Epoch or lease went backwards: the directory, or part of it, was restored from a backup.
        case leaseRestoredBackup = "lease.restored_backup"
        /// After a pause of the process, lock, lease and fence were proved again.
        case leaseProved = "lease.proved"
        /// `lease.db` was unusable and was put aside for a new one.
        case leaseSetAside = "lease.set_aside"
        /// A live broker does not see this one's beats, or sees old ones: a mount that caches.
        case viewStale = "view.stale"
        /// A call on the shared directory hangs.
        case storageStalled = "storage.stalled"
        /// Two brokers run under one name.
        case nameDuplicate = "name.duplicate"
        /// Epoch or lease could not be written.
        case claimFailed = "claim.failed"
        case masterStarted = "master.started"
        case masterReleased = "master.released"
        case masterSteppedDown = "master.stepped_down"
        case masterExited = "master.exited"
        case takeoverStarted = "takeover.started"
        case takeoverFinished = "takeover.finished"
    }

    /// The second party of an event.
    package struct Party: Hashable, Sendable {
        package let broker: String
        package let host: String
        package let pid: Int32
        package let epoch: Epoch

        package init(_ row: LeaseRow) {
            self.broker = row.holder.name
            self.host = row.holder.host
            self.pid = row.holder.process.pid
            self.epoch = row.epoch
        }

        package init(_ record: BeatRecord) {
            self.broker = record.broker.name
            self.host = record.broker.host
            self.pid = record.broker.process.pid
            self.epoch = record.epoch
        }
    }

    package let name: Name
    package var level: Logger.Level
    /// One sentence for people.
    package var text: String
    package var epoch: Epoch
    package var other: Party?
    /// Of what the event ends, or the age it reports.
    package var duration: Duration?
    /// What the operator can do.
    package var remedy: String?
    /// Further fields of the log line, in order.
    package var details: [Detail]
    /// Unix time by this host's clock.
    package var happenedAtMilliseconds: Int64

    package struct Detail: Hashable, Sendable {
        package let key: String
        package let value: String
    }

    package init(
        _ name: Name, _ level: Logger.Level, _ text: String, epoch: Epoch = .none, other: LeaseRow? = nil,
        duration: Duration? = nil, remedy: String? = nil, details: [(String, String)] = []
    ) {
        self.name = name
        self.level = level
        self.text = text
        self.epoch = epoch
        self.other = other.map(Party.init)
        self.duration = duration
        self.remedy = remedy
        self.details = details.map { Detail(key: $0.0, value: $0.1) }
        self.happenedAtMilliseconds = 0
    }

    /// The fields of the log line; the logger adds its broker's own.
    package var metadata: Logger.Metadata {
        var fields: Logger.Metadata = ["event": "\(self.name.rawValue)"]
        if self.epoch != .none { fields["epoch"] = "\(self.epoch)" }
        if let other = self.other {
            fields["other_broker"] = "\(other.broker)"
            fields["other_host"] = "\(other.host)"
            fields["other_pid"] = "\(other.pid)"
            fields["other_epoch"] = "\(other.epoch)"
        }
        if let duration = self.duration { fields["duration_ms"] = "\(duration.wholeMilliseconds)" }
        if let remedy = self.remedy { fields["remedy"] = "\(remedy)" }
        for detail in self.details { fields[detail.key] = "\(detail.value)" }
        return fields
    }

    /// The text of column `detail`.
    package var historyDetail: String {
        let fields = self.details.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return [self.text, self.remedy, fields.isEmpty ? nil : fields].compactMap { $0 }.joined(separator: "; ")
    }
}
