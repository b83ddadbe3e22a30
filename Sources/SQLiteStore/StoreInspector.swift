import Glibc
package import SQLite

/// Why a store cannot be looked at.
package enum StoreInspectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No broker has made a store there yet.
    case missing(path: String)
    /// A master on this or another host holds the whole file, as it must on a shared file system.
    case locked(path: String)
    /// The last master ended unplanned, and only the next one may put its journal in order.
    case needsRecovery(path: String)
    /// An older program made it, and the next master will bring it up to date.
    case outdated(path: String)
    case schema(MigrationError)
    case notReadable(path: String, systemError: Int32)
    case corrupt(String)
    case io(String)

    package var description: String {
        switch self {
        case .missing(let path): "there is no store yet at \(path)"
        case .locked(let path): "\(path) is held by the master: ask the master itself"
        case .needsRecovery(let path):
            "\(path) was left by a master that ended unplanned: the next master will put it in order"
        case .outdated(let path): "\(path) has an older schema: the next master will bring it up to date"
        case .schema(let error): error.description
        case .notReadable(let path, let systemError):
            "\(path) cannot be read (\(SystemError.text(systemError))): give this user read permission"
        case .corrupt(let text), .io(let text): text
        }
    }
}

/// Looks at a store without changing a byte or making a file, whether a master runs or not.
package enum StoreInspector {
    /// Reads the report in one look, which is over when this returns: it never holds up a master for long.
    package static func report(onDirectory directory: String) throws(StoreInspectionError) -> StoreReport {
        try Self.inspect(directory) { database, bytes throws(SQLiteError) in try Self.read(database, bytes: bytes) }
    }

    /// The scheduled messages that are due next, at most `limit` of them, and how many there are.
    package static func schedules(
        onDirectory directory: String, limit: Int
    ) throws(StoreInspectionError) -> ScheduleReport {
        try Self.inspect(directory) { database, _ throws(SQLiteError) in
            try Self.readSchedules(database, limit: limit)
        }
    }

    /// The XA transactions that wait for their coordinator.
    package static func inDoubt(onDirectory directory: String) throws(StoreInspectionError) -> InDoubtReport {
        try Self.inspect(directory) { database, _ throws(SQLiteError) in try Self.readInDoubt(database) }
    }

    private static func inspect<Report>(
        _ directory: String, _ body: (Database, Int64) throws(SQLiteError) -> Report
    ) throws(StoreInspectionError) -> Report {
        let path = "\(directory)/\(StoreConfiguration.fileName)"
        // A master may start or stop during the look, and with it the files change: then the look is repeated. So it is
        // when the log seems to need a writer: a reader that comes just when a commit changes the log's index takes it
        // for one that was left half-done (SQLITE_READONLY_RECOVERY).
        var changes = 0
        var doubts = 0
        while changes < 4 {
            let before = try Files(of: path)
            do throws(StoreInspectionError) {
                let report = try Self.look(path, before, body)
                if !before.isImmutable { return report }
                if try Files(of: path) == before { return report }
                changes += 1
            } catch .needsRecovery(let path) {
                doubts += 1
                if doubts == Self.maximumDoubts { throw .needsRecovery(path: path) }
                poll(nil, 0, 5)
            } catch {
                if try Files(of: path) == before { throw error }
                changes += 1
            }
        }
        throw .locked(path: path)
    }

    /// Looks, 5 ms apart, before a log is said to have been left half-done.
    private static let maximumDoubts = 20

    /// Which of the database's files are there: it tells how they may be opened.
    private struct Files: Hashable {
        let database: FileState
        let hasLog: Bool
        let hasSharedMemory: Bool
        let hasJournal: Bool

        struct FileState: Hashable {
            let bytes: Int64
            let modifiedSeconds: Int
            let modifiedNanoseconds: Int
        }

        init(of path: String) throws(StoreInspectionError) {
            guard let database = try Self.state(path) else { throw .missing(path: path) }
            self.database = database
            self.hasLog = try Self.state("\(path)-wal") != nil
            self.hasSharedMemory = try Self.state("\(path)-shm") != nil
            self.hasJournal = try Self.state("\(path)-journal") != nil
        }

        /// Nothing beside the database: it was closed in order. A plain open would make a log and shared memory then.
        var isImmutable: Bool { !self.hasLog && !self.hasJournal }

        private static func state(_ path: String) throws(StoreInspectionError) -> FileState? {
            var status = stat()
            if stat(path, &status) == 0 {
                return FileState(
                    bytes: Int64(status.st_size), modifiedSeconds: status.st_mtim.tv_sec,
                    modifiedNanoseconds: status.st_mtim.tv_nsec)
            }
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .notReadable(path: path, systemError: errno)
        }
    }

    private static func look<Report>(
        _ path: String, _ files: Files, _ body: (Database, Int64) throws(SQLiteError) -> Report
    ) throws(StoreInspectionError) -> Report {
        // An empty file is a store that its first master is about to make.
        if files.database.bytes == 0, files.isImmutable { throw .missing(path: path) }
        let parameters = files.isImmutable ? "mode=ro&immutable=1" : "mode=ro&readonly_shm=1"
        let database = try Self.mapped(path, files) { () throws(SQLiteError) in
            let database = try Database(
                path: Database.uri(path: path, parameters: parameters), access: .readOnly, isURI: true,
                busyTimeoutMs: 100)
            try database.begin(.deferred)
            return database
        }
        let finding: Migrator.Finding
        do throws(MigrationError) {
            finding = try StoreOpening.migrator.inspect(database)
        } catch .sqlite(let error) {
            throw Self.failure(error, path, files)
        } catch {
            throw .schema(error)
        }
        switch finding {
        case .current: break
        case .outdated: throw .outdated(path: path)
        case .empty: throw .missing(path: path)
        }
        return try Self.mapped(path, files) { () throws(SQLiteError) in
            try body(database, files.database.bytes)
        }
    }

    private static func readSchedules(_ database: Database, limit: Int) throws(SQLiteError) -> ScheduleReport {
        let due = try database.prepare(StoreSQL.readScheduleDue, for: "reading what is due")
        try due.bind(Int64(limit), at: 1)
        var jobs: [ScheduleReport.Job] = []
        try due.forEachRow {
            jobs.append(
                .init(
                    jobID: due.text(0) ?? "", dueAt: due.text(1) ?? "", dueMs: due.integer(2),
                    destination: due.text(3) ?? "", periodMs: due.integer(4), repeatsLeft: due.integer(5),
                    bytes: due.integer(6), cron: due.text(7)))
        }
        return ScheduleReport(total: try Self.countSchedules(database), jobs: jobs)
    }

    private static func countSchedules(_ database: Database) throws(SQLiteError) -> Int64 {
        let count = try database.prepare(StoreSQL.countSchedules, for: "counting scheduled messages")
        var total: Int64 = 0
        try count.forEachRow { total = count.integer(0) }
        return total
    }

    private static func readInDoubt(_ database: Database) throws(SQLiteError) -> InDoubtReport {
        let rows = try database.prepare(StoreSQL.readInDoubt, for: "reading transactions in doubt")
        var transactions: [InDoubtReport.Transaction] = []
        try rows.forEachRow {
            transactions.append(
                .init(
                    xid: rows.text(0) ?? "", messages: rows.integer(1), acknowledgements: rows.integer(2),
                    scheduled: rows.integer(3), firstReceivedMs: rows.optionalInteger(4)))
        }
        return InDoubtReport(transactions: transactions)
    }

    private static func read(_ database: Database, bytes: Int64) throws(SQLiteError) -> StoreReport {
        let fence = try database.prepare(StoreSQL.readFence, for: "reading the fence")
        var holder: StoreReport.Fence?
        try fence.forEachRow { holder = .init(epoch: fence.integer(0), holder: fence.text(1) ?? "") }
        let depth = try database.prepare(StoreSQL.readDepth, for: "reading the queues")
        var queues: [StoreReport.Queue] = []
        try depth.forEachRow {
            queues.append(
                .init(
                    name: depth.text(0) ?? "", messages: depth.integer(1), bytes: depth.integer(2),
                    oldestSentAt: depth.text(3)))
        }
        let lag = try database.prepare(StoreSQL.readLag, for: "reading the subscriptions")
        var subscriptions: [StoreReport.Subscription] = []
        try lag.forEachRow {
            subscriptions.append(
                .init(
                    clientID: lag.text(0) ?? "", name: lag.text(1) ?? "", topic: lag.text(2) ?? "",
                    messages: lag.integer(3), oldestSentAt: lag.text(4)))
        }
        let doubt = try database.prepare(StoreSQL.countInDoubt, for: "counting transactions in doubt")
        var inDoubt: Int64 = 0
        try doubt.forEachRow { inDoubt = doubt.integer(0) }
        return StoreReport(
            fence: holder, queues: queues, subscriptions: subscriptions, transactionsInDoubt: inDoubt,
            scheduled: try Self.countSchedules(database), bytes: bytes)
    }

    private static func mapped<Value>(
        _ path: String, _ files: Files, _ body: () throws(SQLiteError) -> Value
    ) throws(StoreInspectionError) -> Value {
        do throws(SQLiteError) {
            return try body()
        } catch {
            throw Self.failure(error, path, files)
        }
    }

    private static func failure(_ error: SQLiteError, _ path: String, _ files: Files) -> StoreInspectionError {
        switch error.code {
        case .busy, .locked: .locked(path: path)
        case .corrupt, .notADatabase: .corrupt(StoreFailure(error: error, path: path).damage)
        // A journal, or a log without its shared memory, that only a writer may put in order.
        case .readOnly: .needsRecovery(path: path)
        case .cannotOpen where error.systemErrno == EACCES || error.systemErrno == EPERM:
            .notReadable(path: path, systemError: error.systemErrno)
        case .cannotOpen where files.hasLog: .needsRecovery(path: path)
        default: .io("\(path): \(error)")
        }
    }
}
