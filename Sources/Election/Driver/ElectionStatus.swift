import CSystemCalls
import Glibc
import SQLite

/// Who is master of a directory, as anybody can see who may read it: no broker need run, nothing is written.
package struct ElectionStatus: Sendable {
    /// What the lease and its holder's process amount to.
    package enum Standing: String, Hashable, Sendable {
        /// A master serves, and renewed its lease a moment ago.
        case serving
        /// Elected, and opening its store.
        case starting
        /// The lease is held, but was not renewed for longer than its holder would stay silent.
        case stale
        /// The lease is held by a process of this host that has ended.
        case dead
        /// The last master stopped cleanly: there is none.
        case released
        /// The last master gave up; the history says why.
        case steppedDown = "stepped_down"
    }

    package let directory: String
    package let standing: Standing
    /// The lease of the master, or of the last one.
    package let lease: LeaseRow
    /// Since the last renewal, by this host's clock: right only where it agrees with the holder's.
    package let age: Duration
    /// What this host can say of the holder's process.
    package let holderLife: ProcessLife
    package let queues: [QueueSummary]
    /// Newest first.
    package let history: [HistoryEntry]
    /// Every broker whose beat can be read, by name.
    package let brokers: [KnownBroker]
    /// What is wrong now.
    package let alarms: [ActiveAlarm]
    /// What the kinds of lock answered, by holder and prober.
    package let probes: [LockProbe]
    /// Of this host's mount of the directory; nil where it cannot be looked at.
    package let verdict: FileSystemVerdict?
    /// Why `lease.db` could not be read: then all this comes from the holder's last beat, and queues and history are
    /// empty.
    package let leaseProblem: String?

    /// What `lease.db` tells besides the lease.
    private struct Notes {
        var queues: [QueueSummary] = []
        var history: [HistoryEntry] = []
        var alarms: [ActiveAlarm.Row] = []
        var probes: [LockProbe] = []
    }

    /// Reads the status, looking again for up to a quarter of a second where a renewal is in the way.
    package static func read(
        directory: String, historyLimit: Int = 20, clock: any ElectionClock = SystemElectionClock()
    ) throws(ElectionStatusError) -> ElectionStatus {
        var about = stat()
        guard stat(directory, &about) == 0 else {
            let number = errno
            throw number == ENOENT
                ? .noDirectory(directory) : .unclear(SystemFailure("stat", directory, number).description)
        }
        guard about.st_mode & S_IFMT == S_IFDIR else { throw .notADirectory(directory) }
        let reading = Self.look(in: directory) { (database) throws(SQLiteError) in
            (
                row: try LeaseReader.row(in: database),
                notes: try Self.notes(in: database, historyLimit: Int64(max(0, historyLimit)))
            )
        }
        switch reading {
        case .found(let found):
            switch found.row {
            case .row(let row): return ElectionStatus(directory, row, found.notes, clock)
            case .none: throw .neverUsed(directory)
            case .unreadable(let why): throw .unreadable(why)
            case .newer(let why): throw .newer(why)
            case .unclear(let why): throw .unclear(why)
            }
        case .none: throw .neverUsed(directory)
        case .unreadable(let why): throw .unreadable(why)
        case .newer(let why): throw .newer(why)
        case .unclear(let why):
            // A master stopped in the middle of a renewal keeps everybody from its lease, but not from its beats.
            guard let beat = HolderTraces.beat(in: directory) else { throw .unclear(why) }
            return ElectionStatus(directory, LeaseRow(tracedBy: beat), Notes(), clock, leaseProblem: why)
        }
    }

    /// One consistent look at `lease.db`, tried again a few times where something passing is in the way.
    static func look<Value>(
        in directory: String, _ body: (Database) throws(SQLiteError) -> Value
    ) -> LeaseReader.Reading<Value> {
        for _ in 0..<4 {
            let reading = LeaseReader.read(in: directory) { (database) throws(SQLiteError) in
                try database.transaction(.deferred) { () throws(SQLiteError) in try body(database) }
            }
            guard case .unclear = reading else { return reading }
            sys_sleep_ns(50_000_000)
        }
        return LeaseReader.read(in: directory) { (database) throws(SQLiteError) in
            try database.transaction(.deferred) { () throws(SQLiteError) in try body(database) }
        }
    }

    private static func notes(in database: Database, historyLimit: Int64) throws(SQLiteError) -> Notes {
        var notes = Notes()
        notes.queues = try LeaseReader.queues(in: database)
        notes.history = try LeaseReader.history(in: database, limit: historyLimit)
        notes.probes = try LeaseReader.probes(in: database)
        if try LeaseReader.hasTerms(database) { notes.alarms = try LeaseReader.alarms(in: database) }
        return notes
    }

    private init(
        _ directory: String, _ row: LeaseRow, _ notes: Notes, _ clock: any ElectionClock, leaseProblem: String? = nil
    ) {
        self.leaseProblem = leaseProblem
        let now = clock.wallMilliseconds()
        let age = max(0, now &- row.renewedAtMilliseconds)
        self.directory = directory
        self.lease = row
        self.age = .milliseconds(age)
        self.holderLife = Self.life(of: row.holder.process)
        self.queues = notes.queues
        self.history = notes.history
        self.brokers = KnownBroker.all(in: directory, now: now, life: Self.life)
        self.probes =
            leaseProblem == nil
            ? notes.probes : self.brokers.flatMap { LockProbe.all(of: $0.record, holder: row.holder.name) }
        self.alarms = ActiveAlarm.all(rows: notes.alarms, brokers: self.brokers)
        self.verdict = Self.verdict(of: directory)
        switch row.phase {
        case .released: self.standing = .released
        case .steppedDown: self.standing = .steppedDown
        case .acquired, .active:
            if self.holderLife == .gone {
                self.standing = .dead
            } else if self.age > max(row.times.warn, row.times.beat * 3) {
                self.standing = .stale
            } else {
                self.standing = row.phase == .active ? .serving : .starting
            }
        }
    }

    private static func verdict(of directory: String) -> FileSystemVerdict? {
        do throws(SystemFailure) {
            return try FileSystemVerdict.of(directory)
        } catch {
            return nil
        }
    }

    private static func life(of process: ProcessPlace) -> ProcessLife {
        do throws(SystemFailure) {
            return process.look(from: try .ofThisProcess())
        } catch {
            return .notVisible
        }
    }
}

/// Why there is no status to show.
package enum ElectionStatusError: Error, Hashable, Sendable, CustomStringConvertible {
    case noDirectory(String)
    case notADirectory(String)
    /// No broker has ever been master there.
    case neverUsed(String)
    case unreadable(String)
    case newer(String)
    /// The looks failed in a way that may pass.
    case unclear(String)

    package var description: String {
        switch self {
        case .noDirectory(let path): "the data directory \(path) does not exist"
        case .notADirectory(let path): "\(path) is not a directory"
        case .neverUsed(let path): "no broker has ever been master of \(path): it holds no lease"
        case .unreadable(let why): "lease.db cannot be read, and the next master will put it aside: \(why)"
        case .newer(let why): why
        case .unclear(let why): "lease.db cannot be read at the moment: \(why)"
        }
    }
}
