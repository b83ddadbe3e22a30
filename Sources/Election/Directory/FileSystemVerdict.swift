import CSystemCalls
import Glibc
import SQLite

/// How the store is to open its database on this file system (DESIGN 6).
package struct StoreMode: Hashable, Sendable {
    package enum Journal: String, Hashable, Sendable { case wal = "WAL", truncate = "TRUNCATE" }
    package enum Locking: String, Hashable, Sendable { case normal = "NORMAL", exclusive = "EXCLUSIVE" }

    package let journal: Journal
    package let locking: Locking

    package init(journal: Journal, locking: Locking) {
        self.journal = journal
        self.locking = locking
    }
}

/// What is known, before anything is tried, about the file system that holds the data directory.
package struct FileSystemVerdict: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case ext4, xfs, btrfs, tmpfs, overlay, nfs3, nfs4, ocfs2, gfs2, cifs, ceph, lustre, fuse, unknown
    }

    package let path: String
    package let kind: Kind
    /// As the mount table calls it, for example `fuse.sshfs`.
    package let type: String
    package let source: String
    package let mountPoint: String
    /// f_type of statfs(2).
    package let magic: UInt64
    /// The mount options that matter for locks and durability.
    package let options: [String]
    /// The protocol's version, where the file system has one: `4.2` on NFS, `3.1.1` on SMB.
    package let version: String?
    /// Of the SQLite library that this process runs with.
    package let sqliteVersion: String
    /// Options and kinds on which two brokers are unsafe: a broker does not start on one unless it is told to.
    package let refusals: [MountDanger]
    /// What an operator should change, although a broker starts.
    package let warnings: [MountDanger]
    package let lockReach: LockReach
    package let storeMode: StoreMode
    /// How long a standby waits between two tries at the locks.
    package let pollInterval: Duration
    /// What keeps an old master's late write out (DESIGN 5.4).
    package let fencingLevel: FencingLevel
    /// The same as a text: `L3: the server refuses writes under a lost lock`.
    package var fencing: String { self.fencingLevel.description }

    /// Locks are known to be worth nothing between hosts.
    package var hasUnsafeLocks: Bool { !self.refusals.isEmpty }

    /// One line for an operator whose broker is not to start here; nil where it may.
    package var refusal: String? {
        guard !self.refusals.isEmpty else { return nil }
        let dangers = self.refusals.map(\.description).joined(separator: "; ")
        return
            "the data directory \(self.path) is unsafe for two brokers: \(self.kind.rawValue) at \(self.mountPoint) is "
            + "mounted with \(dangers)"
    }

    /// Other hosts can have it mounted as well.
    package var isNetwork: Bool {
        switch self.kind {
        case .ext4, .xfs, .btrfs, .tmpfs, .overlay: false
        case .nfs3, .nfs4, .ocfs2, .gfs2, .cifs, .ceph, .lustre, .fuse, .unknown: true
        }
    }

    /// Looks at the file system that holds an existing directory.
    package static func of(_ path: String) throws(SystemFailure) -> FileSystemVerdict {
        var magic: UInt64 = 0
        let result = sys_file_system_type(path, &magic)
        guard result == 0 else { throw SystemFailure("statfs", path, -result) }
        guard let resolved = realpath(path, nil) else { throw SystemFailure("realpath", path, errno) }
        defer { free(resolved) }
        let mount = try MountTable.ofThisProcess().mount(holding: String(cString: resolved))
        let settings = KernelSettings.read(for: Self.kind(magic: magic, mount: mount), device: mount?.device ?? "")
        return FileSystemVerdict(path: path, magic: magic, mount: mount, settings: settings)
    }

    /// The verdict on a mount as a line of /proc/self/mountinfo describes it, with the f_type that goes with it.
    package init(path: String, magic: UInt64, mountLine: String) {
        self.init(path: path, magic: magic, mount: MountTable(parsing: mountLine).mounts.first)
    }

    init(path: String, magic: UInt64, mount: Mount?, settings: KernelSettings = .unknown) {
        let kind = Self.kind(magic: magic, mount: mount)
        self.path = path
        self.kind = kind
        self.magic = magic
        self.type = mount?.type ?? "unknown"
        self.source = mount?.source ?? "unknown"
        self.mountPoint = mount?.point ?? "unknown"
        self.options = (mount?.options ?? []).filter { option in
            Self.tellingOptions.contains(String(option.prefix { $0 != "=" }))
        }
        self.version = mount?.option("vers")
        self.sqliteVersion = SQLiteLibrary.version
        let judgement = MountJudgement(kind, mount, settings)
        self.refusals = judgement.refusals
        self.warnings = judgement.warnings
        self.lockReach = judgement.reach
        self.storeMode = Self.storeMode(kind)
        switch kind {
        case .ext4, .xfs, .btrfs, .tmpfs, .overlay: self.pollInterval = .milliseconds(100)
        default: self.pollInterval = .milliseconds(250)
        }
        self.fencingLevel = FencingLevel(kind, mount, settings, reach: judgement.reach)
    }

    /// The line that says all this at start, as log fields.
    package var fields: [(key: String, value: String)] {
        [
            ("path", self.path), ("file_system", self.kind.rawValue), ("type", self.type), ("source", self.source),
            ("mount_point", self.mountPoint), ("f_type", "0x" + String(self.magic, radix: 16)),
            ("vers", self.version ?? "-"), ("options", self.options.joined(separator: ",")),
            ("journal_mode", self.storeMode.journal.rawValue), ("locking_mode", self.storeMode.locking.rawValue),
            ("locks", self.lockReach.rawValue), ("fencing", self.fencing),
            ("unsafe_locks", self.hasUnsafeLocks ? "true" : "false"), ("sqlite", self.sqliteVersion),
        ]
    }

    // MARK: Private

    private static func kind(magic: UInt64, mount: Mount?) -> Kind {
        switch magic {
        case SYS_FS_EXT4: return .ext4
        case SYS_FS_XFS: return .xfs
        case SYS_FS_BTRFS: return .btrfs
        case SYS_FS_TMPFS: return .tmpfs
        case SYS_FS_OVERLAY: return .overlay
        case SYS_FS_FUSE: return .fuse
        case SYS_FS_OCFS2: return .ocfs2
        case SYS_FS_GFS2: return .gfs2
        case SYS_FS_CEPH: return .ceph
        case SYS_FS_LUSTRE: return .lustre
        case SYS_FS_CIFS, SYS_FS_SMB3: return .cifs
        case SYS_FS_NFS:
            // Both versions have one number; the type or the option tells them apart. Unsure: the weaker one.
            return mount?.type == "nfs4" || mount?.option("vers")?.hasPrefix("4") == true ? .nfs4 : .nfs3
        default: return .unknown
        }
    }

    private static func storeMode(_ kind: Kind) -> StoreMode {
        switch kind {
        case .ext4, .xfs, .btrfs, .tmpfs, .overlay: StoreMode(journal: .wal, locking: .normal)
        case .nfs4: StoreMode(journal: .truncate, locking: .exclusive)
        default: StoreMode(journal: .wal, locking: .exclusive)
        }
    }

    private static let tellingOptions: Set<String> = [
        "vers", "nolock", "local_lock", "soft", "softerr", "hard", "nocto", "noac", "lookupcache", "localflocks",
        "heartbeat", "cluster_stack", "coherency", "nobrl", "cache", "nohandlecache", "nostrictsync", "lockproto",
        "flock", "localflock", "noflock", "upperdir", "nobarrier", "barrier", "sync", "ro",
    ]
}
