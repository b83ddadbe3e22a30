/// The kinds of lock that Linux has for files.
package enum LockKind: String, Hashable, Sendable, CaseIterable {
    /// flock(2)
    case flock
    /// The POSIX lock of a process, as Java and SQLite take it: fcntl(2), F_SETLK.
    case fcntl
    /// The same lock owned by an open file description: fcntl(2), F_OFD_SETLK.
    case ofd
}

/// Why a lock was granted to two, as far as the file system tells, and what to do about it there.
package struct FalseLockCause: Hashable, Sendable {
    /// Stable words for logs, history and metrics.
    package enum Word: String, Hashable, Sendable, CaseIterable {
        case o2cbFcntl = "o2cb_fcntl"
        case noLock = "nolock"
        case localLock = "local_lock"
        case localFlocks = "localflocks"
        case noByteRangeLocks = "nobrl"
        case noHeartbeat = "heartbeat_none"
        case lockFileReplaced = "lock_file_replaced"
        case unknown
    }

    package let word: Word
    /// One sentence, without a full stop at its end.
    package let sentence: String
    package let remedy: String

    /// - Parameters:
    ///   - granted: the kinds that were granted although another broker holds them.
    ///   - lockFileReplaced: the name of a lock file now means another file than the one that was locked.
    package init(_ verdict: FileSystemVerdict, granted: Set<LockKind>, lockFileReplaced: Bool = false) {
        if lockFileReplaced {
            self.word = .lockFileReplaced
            self.sentence =
                "the lock file was removed or replaced while it was locked, so that the lock is on a file "
                + "that nobody finds"
            self.remedy =
                "find out who removes files in \(verdict.path), such as a clean-up job or a restored backup, "
                + "and leave \(LockFiles.flockName) and \(LockFiles.posixName) alone"
            return
        }
        let cause = Self.known(verdict, granted) ?? (.unknown, Self.unknownSentence(verdict, granted), nil)
        self.word = cause.word
        self.sentence = cause.sentence
        self.remedy = cause.remedy ?? Self.generalRemedy(verdict)
    }

    /// One of the two lock files' locks was granted and the other refused.
    package init(_ verdict: FileSystemVerdict, _ disagreement: LockDisagreement) {
        switch disagreement.granted {
        case .flock: self.init(verdict, granted: [.flock])
        case .posix: self.init(verdict, granted: [.fcntl, .ofd])
        }
    }

    // MARK: Private

    private typealias Cause = (word: Word, sentence: String, remedy: String?)

    private static let fcntlKinds: Set<LockKind> = [.fcntl, .ofd]

    /// The option that explains every kind that was granted; nil if none does.
    private static func known(_ verdict: FileSystemVerdict, _ granted: Set<LockKind>) -> Cause? {
        let words: [(option: String, word: Word)] = [
            ("heartbeat=none", .noHeartbeat), ("localflocks", .localFlocks), ("localflock", .localFlocks),
            ("nolock", .noLock), ("lockproto=lock_nolock", .noLock), ("local_lock=all", .localLock),
            ("nobrl", .noByteRangeLocks),
        ]
        for (option, word) in words {
            guard let danger = verdict.refusals.first(where: { $0.option == option }) else { continue }
            return (word, Self.sentence(verdict, option, "locks of every kind stay"), danger.remedy)
        }
        let partial: [(option: String, word: Word, covered: Set<LockKind>, kinds: String)] = [
            ("cluster_stack=o2cb", .o2cbFcntl, Self.fcntlKinds, "fcntl locks stay"),
            ("local_lock=posix", .localLock, Self.fcntlKinds, "fcntl locks stay"),
            ("local_lock=flock", .localLock, [.flock], "flock stays"),
        ]
        for (option, word, covered, kinds) in partial {
            guard let danger = verdict.warnings.first(where: { $0.option == option }), granted.isSubset(of: covered)
            else { continue }
            return (word, Self.sentence(verdict, option, kinds), danger.remedy)
        }
        return nil
    }

    private static func sentence(_ verdict: FileSystemVerdict, _ option: String, _ kinds: String) -> String {
        "\(verdict.kind.rawValue) at \(verdict.mountPoint) is mounted with \(option): \(kinds) on each host"
    }

    private static func unknownSentence(_ verdict: FileSystemVerdict, _ granted: Set<LockKind>) -> String {
        let kinds = LockKind.allCases.filter(granted.contains).map(\.rawValue)
        let which = kinds.isEmpty ? "a lock" : kinds.joined(separator: ", ")
        return "\(which) was granted to two, and nothing about \(verdict.type) at \(verdict.mountPoint) on this host "
            + "says why"
    }

    private static func generalRemedy(_ verdict: FileSystemVerdict) -> String {
        switch verdict.kind {
        case .ext4, .xfs, .btrfs:
            "unmount \(verdict.source) on all hosts but one: \(verdict.kind.rawValue) belongs to one host, and two that "
                + "mount it destroy it"
        case .tmpfs, .overlay:
            "use a directory that both brokers share: a \(verdict.kind.rawValue) is another one in each container"
        case .nfs3, .nfs4:
            "compare the mount options of \(verdict.mountPoint) on both hosts, where the other may have nolock or "
                + "local_lock"
        case .ocfs2:
            "compare the mount options and the cluster stack of \(verdict.mountPoint) on both hosts"
        case .gfs2: "see that dlm_controld runs on both hosts and that both mount with lockproto=lock_dlm"
        case .cifs: "mount \(verdict.mountPoint) without nobrl on both hosts, or use NFS 4.2"
        case .ceph: "compare the mounts of \(verdict.mountPoint) on both hosts, and look for evicted clients"
        case .lustre: "mount \(verdict.mountPoint) with -o flock on both hosts"
        case .fuse, .unknown:
            "use a file system whose locks reach every host, such as NFS 4.2, GFS2 or CephFS; lockkeeper doctor "
                + "\(verdict.path) --peer NAME on two hosts shows which locks do"
        }
    }
}
