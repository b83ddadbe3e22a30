import Glibc
import Migrations
import SQLite

/// Looks at `lease.db` as anybody may who does not hold the locks: read-only, never rolling back a journal, never
/// creating a file.
enum LeaseReader {
    static let fileName = "lease.db"
    /// How long one look waits for a renewal under way: a standby that looks does not try the locks meanwhile.
    private static let patienceMilliseconds: Int32 = 50

    static func path(in directory: String) -> String { "\(directory)/\(Self.fileName)" }

    /// One look at the lease row, on a connection of its own.
    static func look(in directory: String) -> LeaseSighting {
        switch Self.read(in: directory, { (database) throws(SQLiteError) in try Self.row(in: database) }) {
        case .found(let sighting): sighting
        case .none: .none
        case .unclear(let why): .unclear(why)
        case .unreadable(let why): .unreadable(why)
        case .newer(let why): .newer(why)
        }
    }

    /// The outcome of reading anything from the file.
    enum Reading<Value> {
        case found(Value)
        case none
        case unclear(String)
        case unreadable(String)
        case newer(String)
    }

    /// Runs `body` on a read-only connection after checking that the schema is one this program reads.
    static func read<Value>(
        in directory: String, _ body: (Database) throws(SQLiteError) -> Value
    ) -> Reading<Value> {
        do throws(SystemFailure) {
            guard try FileIdentity.ofPath(Self.path(in: directory)) != nil else { return .none }
        } catch {
            return error.errorNumber == ENOTDIR ? .none : .unclear(error.description)
        }
        do throws(MigrationError) {
            let database = try Self.open(in: directory)
            switch try Migrator(database: Self.fileName, steps: Migrations.lease).inspect(database) {
            case .empty: return .none
            case .current, .outdated: break
            }
            do throws(SQLiteError) {
                return .found(try body(database))
            } catch {
                throw .sqlite(error)
            }
        } catch {
            switch error {
            case .newerSchema, .alteredMigration: return .newer(error.description)
            case .foreignDatabase: return .unreadable(error.description)
            case .sqlite(let failure):
                return failure.isDamage ? .unreadable(failure.description) : .unclear(failure.description)
            }
        }
    }

    private static func open(in directory: String) throws(MigrationError) -> Database {
        do throws(SQLiteError) {
            return try Database(
                path: Self.path(in: directory), access: .readOnly, busyTimeoutMs: Self.patienceMilliseconds)
        } catch {
            throw .sqlite(error)
        }
    }

    /// The row, `.none` if there is none, or `.unreadable` if it makes no sense.
    static func row(in database: Database) throws(SQLiteError) -> LeaseSighting {
        let select = try database.prepare(LeaseStatements.select, for: "reading the lease")
        defer { select.reset() }
        guard try select.step() else { return .none }
        guard let instance = InstanceID(parsing: select.text(2) ?? ""),
            let phase = LeaseRow.Phase(rawValue: select.text(8) ?? ""), let pid = Int32(exactly: select.integer(5))
        else { return .unreadable("the lease row holds values that no broker writes") }
        let place = ProcessPlace(
            bootID: select.text(4) ?? "", pidNamespace: select.text(6) ?? "", pid: pid,
            startedTicks: select.integer(7))
        let holder = BrokerIdentity(
            name: select.text(1) ?? "", instance: instance, host: select.text(3) ?? "", process: place)
        let times = ElectionTimes(
            beat: Self.time(select.integer(13)), warn: Self.time(select.integer(14)),
            stepDown: Self.time(select.integer(15)), exit: Self.time(select.integer(16)),
            takeOver: Self.time(select.integer(17)))
        return .row(
            LeaseRow(
                epoch: Epoch(select.integer(0)), holder: holder, phase: phase,
                acquiredAtMilliseconds: select.integer(10), renewedAtMilliseconds: select.integer(11),
                endedAtMilliseconds: select.optionalInteger(12), counter: select.integer(9), times: times))
    }

    /// Whoever edited the file, no time is longer than settings allow.
    private static func time(_ milliseconds: Int64) -> Duration {
        min(max(.milliseconds(milliseconds), .zero), ElectionSettings.longest)
    }

    /// The newest rows of the history, newest first.
    static func history(in database: Database, limit: Int64) throws(SQLiteError) -> [HistoryEntry] {
        let select = try database.prepare(LeaseStatements.selectEvents, for: "reading the history")
        try select.bind(limit, at: 1)
        var entries: [HistoryEntry] = []
        try select.forEachRow { () throws(SQLiteError) in
            entries.append(
                HistoryEntry(
                    happenedAtMilliseconds: select.integer(0), event: select.text(1) ?? "",
                    epoch: Epoch(select.integer(2)), broker: select.text(3) ?? "", host: select.text(4) ?? "",
                    pid: select.integer(5), otherBroker: select.text(6), otherHost: select.text(7),
                    otherPID: select.optionalInteger(8), otherEpoch: select.optionalInteger(9),
                    durationMilliseconds: select.optionalInteger(10), detail: select.text(11) ?? ""))
        }
        return entries
    }

    static func queues(in database: Database) throws(SQLiteError) -> [QueueSummary] {
        let select = try database.prepare(LeaseStatements.selectQueues, for: "reading the queue summary")
        var queues: [QueueSummary] = []
        try select.forEachRow { () throws(SQLiteError) in
            queues.append(
                QueueSummary(
                    destination: select.text(0) ?? "", kind: select.text(1) ?? "", messages: select.integer(2),
                    consumers: select.integer(3), producers: select.integer(4), enqueued: select.integer(5),
                    dequeued: select.integer(6)))
        }
        return queues
    }
}
