import Election

/// What is checked. The words are kept stable: they are in the JSON report.
package enum Check: String, Hashable, Sendable, CaseIterable {
    case lockFlock = "lock.flock"
    case lockFcntl = "lock.fcntl"
    case lockOFD = "lock.ofd"
    case lockRelease = "lock.release"
    case countFlock = "count.flock"
    case countFcntl = "count.fcntl"
    case countOFD = "count.ofd"
    case pingPong = "lock.ping_pong"
    case create = "create.exclusive"
    case rename
    case inode
    case replaced = "rename.replaced"
    case sync
    case writeOrder = "write.order"
    case sightOpen = "visible.open"
    case sightDirect = "visible.direct"
    case sightKept = "visible.kept"
    case sightRename = "visible.rename"
    case sightList = "visible.list"
    case sightStat = "visible.stat"
    case sightStatNew = "visible.stat_new"
    case sightSQLite = "visible.sqlite"
    case append
    case appendLocked = "append.locked"
    case sqliteStore = "sqlite.store"
    case sqliteLease = "sqlite.lease"
    case map = "mmap"
    case clock
    case cut
    /// The directory is in use, and was only looked at.
    case use

    static func lock(_ kind: LockKind) -> Check {
        switch kind {
        case .flock: .lockFlock
        case .fcntl: .lockFcntl
        case .ofd: .lockOFD
        }
    }

    static func count(_ kind: LockKind) -> Check {
        switch kind {
        case .flock: .countFlock
        case .fcntl: .countFcntl
        case .ofd: .countOFD
        }
    }

    static func sight(_ method: SightMethod) -> Check {
        switch method {
        case .open: .sightOpen
        case .direct: .sightDirect
        case .kept: .sightKept
        case .rename: .sightRename
        case .list: .sightList
        case .stat: .sightStat
        case .statNew: .sightStatNew
        case .sqlite: .sightSQLite
        }
    }
}

/// One result of an examination.
package struct Finding: Hashable, Sendable {
    package enum Outcome: String, Hashable, Sendable {
        /// As it must be.
        case ok
        /// Two brokers are not safe here, or nothing was found because of it.
        case bad
        /// Safe, with something an operator should know.
        case warning
        /// For information: no broker relies on it.
        case info
        /// Could not be tried.
        case skipped
    }

    package enum Figure: Hashable, Sendable {
        case number(Int64)
        case text(String)
    }

    package let check: Check
    /// Who took part, such as `node-a -> node-b`.
    package let between: String
    package let outcome: Outcome
    package let text: String
    /// Stable names, with the unit last.
    package let figures: [String: Figure]

    init(
        _ check: Check, _ between: String, _ outcome: Outcome, _ text: String, _ figures: [String: Figure] = [:]
    ) {
        self.check = check
        self.between = between
        self.outcome = outcome
        self.text = text
        self.figures = figures
    }
}

extension Int64 {
    /// Microseconds as people read them: `85 µs`, `1.4 ms`, `2.31 s`.
    var asTime: String {
        switch self {
        case ..<1000: return "\(self) µs"
        case ..<100_000: return "\(self / 1000).\(self / 100 % 10) ms"
        case ..<1_000_000: return "\(self / 1000) ms"
        default:
            let hundredths = self / 10_000 % 100
            return "\(self / 1_000_000).\(hundredths < 10 ? "0" : "")\(hundredths) s"
        }
    }
}
