/// What keeps an old master's late write out after a take-over (DESIGN 5.4), with the reason.
package struct FencingLevel: Hashable, Sendable, CustomStringConvertible {
    package enum Level: Int, Hashable, Sendable, Comparable {
        /// Lease and epoch only.
        case lease = 0
        /// Also, the old master's process ends itself by a deadline.
        case deadline
        /// Also, a watchdog of its host ends it.
        case watchdog
        /// The storage refuses the write.
        case storage

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    package let level: Level
    package let reason: String

    /// `L0` to `L3`
    package var name: String { "L\(self.level.rawValue)" }
    package var description: String { "\(self.name): \(self.reason)" }

    init(_ kind: FileSystemVerdict.Kind, _ mount: Mount?, _ settings: KernelSettings, reach: LockReach) {
        switch (kind, reach) {
        case (_, .eachHostItsOwn), (_, .none):
            self.level = .lease
            self.reason =
                "locks do not hold between hosts here, so that only lease and epochs stand against two masters"
        case (.nfs4, _):
            switch settings.recoversLostLocks {
            case true?:
                self.level = .deadline
                self.reason =
                    "the server would refuse writes under a lost lock, but nfs.recover_lost_locks=1 takes the "
                    + "lock again"
            case false?:
                self.level = .storage
                self.reason = "the server refuses writes under a lost lock"
            case nil:
                self.level = .storage
                self.reason =
                    "the server refuses writes under a lost lock, as long as nfs.recover_lost_locks is off, "
                    + "which cannot be read here"
            }
        case (.ocfs2, .flockOnly):
            self.level = .storage
            self.reason = "a node that loses its heartbeat restarts itself"
        default:
            self.level = .deadline
            self.reason = "lease, and the process ends itself by a deadline"
        }
    }
}
