import CSystemCalls

@testable import Election

/// A shared file system of one kind: what it tells of itself, and what its locks and writes really do.
struct SimulatedSite {
    enum Kind: String, CaseIterable {
        case local, nfs3, nfs3NoLock, nfs3LocalPosix, nfs3LocalFlock, nfs4, ocfs2, gfs2, cifsNoLock
        /// Locks are false, and neither type nor options say so.
        case unknownFalse
    }

    /// Who still has the locks of a host that is gone.
    enum DeadHost {
        /// Its locks are freed when it is up again and has said so.
        case keptUntilRestart
        /// The server frees them when it has heard nothing for its lease.
        case freedAfterLease
        /// The others agree that it is dead.
        case freedByCluster
    }

    let kind: Kind
    let verdict: FileSystemVerdict
    /// Between hosts, this kind is granted to each.
    let isFlockFalse: Bool
    /// fcntl and open-file-description locks, and so SQLite's own.
    let isPosixFalse: Bool
    let deadHost: DeadHost
    /// A write through a descriptor whose lock was lost fails.
    let refusesWritesUnderLostLocks: Bool

    /// More than one host may have it mounted.
    var isShared: Bool { self.kind != .local }
    var hasFalseLocks: Bool { self.isFlockFalse || self.isPosixFalse }
    var isExclusive: Bool { self.verdict.storeMode.locking == .exclusive }

    /// The word of `lock.false` for both kinds granted to two, as far as the mount tells.
    var expectedCause: FalseLockCause.Word {
        switch self.kind {
        case .nfs3NoLock: .noLock
        case .nfs3LocalPosix, .nfs3LocalFlock: .localLock
        case .ocfs2: .o2cbFcntl
        case .cifsNoLock: .noByteRangeLocks
        case .local, .nfs3, .nfs4, .gfs2, .unknownFalse: .unknown
        }
    }

    init(_ kind: Kind) {
        self.kind = kind
        let (magic, type, options): (UInt64, String, [String]) =
            switch kind {
            case .local: (UInt64(SYS_FS_EXT4), "ext4", [])
            case .nfs3: (UInt64(SYS_FS_NFS), "nfs", ["vers=3"])
            case .nfs3NoLock: (UInt64(SYS_FS_NFS), "nfs", ["vers=3", "nolock"])
            case .nfs3LocalPosix: (UInt64(SYS_FS_NFS), "nfs", ["vers=3", "local_lock=posix"])
            case .nfs3LocalFlock: (UInt64(SYS_FS_NFS), "nfs", ["vers=3", "local_lock=flock"])
            case .nfs4: (UInt64(SYS_FS_NFS), "nfs4", ["vers=4.2"])
            case .ocfs2: (UInt64(SYS_FS_OCFS2), "ocfs2", ["heartbeat=global", "cluster_stack=o2cb"])
            case .gfs2: (UInt64(SYS_FS_GFS2), "gfs2", ["lockproto=lock_dlm"])
            case .cifsNoLock: (UInt64(SYS_FS_CIFS), "cifs", ["vers=3.1.1", "nobrl"])
            case .unknownFalse: (UInt64(SYS_FS_FUSE), "fuse.shared", [])
            }
        let mount = Mount(point: "/shared", type: type, source: "storage:/shared", options: options)
        self.verdict = FileSystemVerdict(path: "/shared/data", magic: magic, mount: mount)
        switch kind {
        case .local, .nfs3, .nfs4, .gfs2: (self.isFlockFalse, self.isPosixFalse) = (false, false)
        case .nfs3LocalPosix, .ocfs2: (self.isFlockFalse, self.isPosixFalse) = (false, true)
        case .nfs3LocalFlock: (self.isFlockFalse, self.isPosixFalse) = (true, false)
        case .nfs3NoLock, .cifsNoLock, .unknownFalse: (self.isFlockFalse, self.isPosixFalse) = (true, true)
        }
        switch kind {
        case .nfs3, .nfs3NoLock, .nfs3LocalPosix, .nfs3LocalFlock: self.deadHost = .keptUntilRestart
        case .nfs4: self.deadHost = .freedAfterLease
        case .local, .ocfs2, .gfs2, .cifsNoLock, .unknownFalse: self.deadHost = .freedByCluster
        }
        self.refusesWritesUnderLostLocks = kind == .nfs4
    }
}
