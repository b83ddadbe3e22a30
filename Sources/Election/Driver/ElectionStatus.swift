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
    /// Why `lease.db` could not be read: then all this comes from the holder's last beat, and queues and history are
    /// empty.
    package let leaseProblem: String?

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
        var problem = ""
        for _ in 0..<5 {
            let reading = LeaseReader.read(in: directory) { (database) throws(SQLiteError) in
                try database.transaction(.deferred) { () throws(SQLiteError) in
                    (
                        try LeaseReader.row(in: database), try LeaseReader.queues(in: database),
                        try LeaseReader.history(in: database, limit: Int64(max(0, historyLimit)))
                    )
                }
            }
            switch reading {
            case .found((.row(let row), let queues, let history)):
                return ElectionStatus(directory, row, queues, history, clock)
            case .found((.none, _, _)), .none: throw .neverUsed(directory)
            case .found((.unreadable(let why), _, _)), .unreadable(let why): throw .unreadable(why)
            case .found((.newer(let why), _, _)), .newer(let why): throw .newer(why)
            case .found((.unclear(let why), _, _)), .unclear(let why): problem = why
            }
            sys_sleep_ns(50_000_000)
        }
        // A master stopped in the middle of a renewal keeps everybody from its lease, but not from its beats.
        guard let beat = HolderTraces.beat(in: directory) else { throw .unclear(problem) }
        return ElectionStatus(directory, LeaseRow(tracedBy: beat), [], [], clock, leaseProblem: problem)
    }

    private init(
        _ directory: String, _ row: LeaseRow, _ queues: [QueueSummary], _ history: [HistoryEntry],
        _ clock: any ElectionClock, leaseProblem: String? = nil
    ) {
        self.leaseProblem = leaseProblem
        let age = max(0, clock.wallMilliseconds() &- row.renewedAtMilliseconds)
        self.directory = directory
        self.lease = row
        self.age = .milliseconds(age)
        self.holderLife = Self.life(of: row.holder.process)
        self.queues = queues
        self.history = history
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
