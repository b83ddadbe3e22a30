import CSystemCalls
import Glibc

/// How the store is to open its database on this file system (DESIGN 6).
package struct StoreMode: Hashable, Sendable {
    package enum Journal: String, Hashable, Sendable { case wal = "WAL", truncate = "TRUNCATE" }
    package enum Locking: String, Hashable, Sendable { case normal = "NORMAL", exclusive = "EXCLUSIVE" }

    package let journal: Journal
    package let locking: Locking
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
    /// Mount options and kinds that make two brokers on this directory unsafe, in words.
    package let warnings: [String]
    package let storeMode: StoreMode
    /// How long a standby waits between two tries at the locks.
    package let pollInterval: Duration
    /// `L1`, `L3` (DESIGN 5.4) with the reason.
    package let fencing: String

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
        return FileSystemVerdict(path: path, magic: magic, mount: mount)
    }

    init(path: String, magic: UInt64, mount: Mount?) {
        let kind = Self.kind(magic: magic, mount: mount)
        self.path = path
        self.kind = kind
        self.magic = magic
        self.type = mount?.type ?? "unknown"
        self.source = mount?.source ?? "unknown"
        self.mountPoint = mount?.point ?? "unknown"
        let telling = [
            "vers", "nolock", "local_lock", "soft", "hard", "nocto", "noac", "lookupcache", "localflocks",
            "heartbeat", "cluster_stack", "coherency", "nobrl", "cache", "lockproto", "ro",
        ]
        self.options = (mount?.options ?? []).filter { option in
            telling.contains(String(option.prefix { $0 != "=" }))
        }
        self.warnings = Self.warnings(kind: kind, mount: mount)
        self.storeMode = Self.storeMode(kind)
        switch kind {
        case .ext4, .xfs, .btrfs, .tmpfs, .overlay: self.pollInterval = .milliseconds(100)
        default: self.pollInterval = .milliseconds(250)
        }
        self.fencing = Self.fencing(kind: kind, mount: mount)
    }

    /// The line that says all this at start, as log fields.
    package var fields: [(key: String, value: String)] {
        [
            ("path", self.path), ("file_system", self.kind.rawValue), ("type", self.type), ("source", self.source),
            ("mount_point", self.mountPoint), ("f_type", "0x" + String(self.magic, radix: 16)),
            ("options", self.options.joined(separator: ",")), ("journal_mode", self.storeMode.journal.rawValue),
            ("locking_mode", self.storeMode.locking.rawValue), ("fencing", self.fencing),
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

    private static func fencing(kind: Kind, mount: Mount?) -> String {
        switch kind {
        case .nfs4: "L3: the server refuses writes under a lost lock"
        case .ocfs2 where mount?.option("cluster_stack") == "o2cb":
            "L3: a node that loses its heartbeat restarts itself"
        default: "L1: lease, and the process ends itself by a deadline"
        }
    }

    private static func warnings(kind: Kind, mount: Mount?) -> [String] {
        var found: [String] = []
        func warn(_ key: String, unless safe: [String] = [], _ text: String) {
            guard let value = mount?.option(key), !safe.contains(value) else { return }
            found.append(value.isEmpty ? "\(key): \(text)" : "\(key)=\(value): \(text)")
        }
        let local = "locks stay on each host, so that every host may get its own exclusive lock"
        switch kind {
        case .nfs3:
            warn("nolock", local)
            warn("local_lock", unless: ["none"], local)
            warn("soft", "a write may be dropped after an error: use hard")
        case .nfs4:
            warn("soft", "a write may be dropped after an error: use hard")
        case .ocfs2:
            warn("localflocks", local)
            warn("heartbeat", unless: ["local", "global"], "the volume is made for one host only")
        case .gfs2:
            warn("localflocks", local)
            warn("lockproto", unless: ["lock_dlm"], local)
        case .cifs: warn("nobrl", local)
        case .tmpfs: found.append("tmpfs: nothing here survives a restart of the host")
        case .overlay:
            found.append("overlay: a container's own layer, which no other host and no other container shares")
        case .ext4, .xfs, .btrfs, .ceph, .lustre, .fuse, .unknown: break
        }
        return found
    }
}
