/// One thing about a mount that endangers two brokers on it, or what they have confirmed.
package struct MountDanger: Hashable, Sendable, CustomStringConvertible {
    /// The mount option, or the kind of file system where no option says it.
    package let option: String
    package let reason: String
    /// What to do about it on this file system.
    package let remedy: String

    package init(option: String, reason: String, remedy: String) {
        self.option = option
        self.reason = reason
        self.remedy = remedy
    }

    package var description: String { "\(self.option): \(self.reason); \(self.remedy)" }
}

/// How far a lock on this file system reaches, as far as its kind and options tell.
package enum LockReach: String, Hashable, Sendable {
    /// Both kinds hold between all hosts that mount it.
    case allHosts = "all_hosts"
    /// Only flock does; fcntl locks, and with them SQLite's own, stay on each host.
    case flockOnly = "flock_only"
    /// Only fcntl locks do.
    case fcntlOnly = "fcntl_only"
    /// Neither does: every host may get its own exclusive lock.
    case eachHostItsOwn = "each_host_its_own"
    /// No lock can be had at all.
    case none
    /// The file system belongs to one host, and its locks hold there.
    case oneHost = "one_host"
    /// Neither kind nor options tell: only a probe between the hosts does.
    case unknown
}

/// What kind and options of a mount say about safety.
struct MountJudgement {
    /// What a broker does not start on, unless told to.
    private(set) var refusals: [MountDanger] = []
    private(set) var warnings: [MountDanger] = []
    private(set) var reach = LockReach.unknown

    private let mount: Mount
    private let lockProtocol: String?

    init(_ kind: FileSystemVerdict.Kind, _ mount: Mount?, _ settings: KernelSettings) {
        let mount = mount ?? Mount(point: "unknown", type: "unknown", source: "unknown", options: [])
        self.mount = mount
        self.lockProtocol = mount.option("lockproto") ?? settings.gfs2LockProtocol
        switch kind {
        case .ext4, .xfs, .btrfs: self.judgeLocal()
        case .tmpfs, .overlay: self.judgeFleeting(kind)
        case .nfs3: self.judgeNFS3()
        case .nfs4: self.judgeNFS4(settings)
        case .ocfs2: self.judgeOCFS2()
        case .gfs2: self.judgeGFS2()
        case .cifs: self.judgeCIFS()
        case .lustre: self.judgeLustre()
        case .ceph: self.reach = .allHosts
        case .fuse, .unknown: self.reach = .unknown
        }
    }

    // MARK: Private

    private static let ownLock = "locks stay on each host, so that every host gets its own exclusive lock"
    private static let dropped = "a write may be dropped after an error that nobody sees"

    private mutating func refuse(_ option: String, _ reason: String, _ remedy: String) {
        self.refusals.append(MountDanger(option: option, reason: reason, remedy: remedy))
    }

    private mutating func warn(_ option: String, _ reason: String, _ remedy: String) {
        self.warnings.append(MountDanger(option: option, reason: reason, remedy: remedy))
    }

    private func has(_ option: String) -> Bool { self.mount.option(option) != nil }

    private mutating func judgeLocal() {
        self.reach = .oneHost
        for option in ["nobarrier", "barrier=0"] where self.mount.options.contains(option) {
            self.warn(
                option, "what was confirmed may be lost with the power, because the disk's cache is not flushed",
                "mount it without \(option)")
        }
    }

    private mutating func judgeFleeting(_ kind: FileSystemVerdict.Kind) {
        self.reach = .oneHost
        if kind == .tmpfs {
            self.warn("tmpfs", "nothing here survives a restart of the host", "put the data directory on a disk")
        } else {
            self.warn(
                "overlay", "a container's own layer, which no other host and no other container shares",
                "mount a volume at the data directory")
        }
    }

    private mutating func judgeSoft() {
        for option in ["soft", "softerr"] where self.has(option) {
            self.warn(option, Self.dropped, "mount it hard: a master ends by its own deadline when storage hangs")
        }
    }

    private mutating func judgeNFSCache() {
        if self.has("nocto") {
            self.warn("nocto", "a file opened again may show old content", "mount it without nocto")
        }
    }

    private mutating func judgeNFS3() {
        self.reach = .allHosts
        let local = self.mount.option("local_lock") ?? "none"
        let remedy = "mount it on every host without it, with rpc.statd running on client and server, or use vers=4.2"
        if self.has("nolock") {
            self.reach = .eachHostItsOwn
            self.refuse("nolock", Self.ownLock, remedy)
        } else if local == "all" {
            self.reach = .eachHostItsOwn
            self.refuse("local_lock=all", Self.ownLock, remedy)
        } else if local == "posix" {
            self.reach = .flockOnly
            self.warn(
                "local_lock=posix",
                "fcntl locks stay on each host, SQLite's own among them; only flock decides between brokers",
                "mount it with local_lock=none on every host")
        } else if local == "flock" {
            self.reach = .fcntlOnly
            self.warn(
                "local_lock=flock", "flock stays on each host; only fcntl locks decide between brokers",
                "mount it with local_lock=none on every host")
        }
        self.judgeSoft()
        self.judgeNFSCache()
    }

    private mutating func judgeNFS4(_ settings: KernelSettings) {
        // local_lock is accepted and ignored by version 4.
        self.reach = .allHosts
        if settings.recoversLostLocks == true {
            self.warn(
                "nfs.recover_lost_locks=1",
                "a lock that the server took away is taken again silently, and old writes are let through",
                "set options nfs recover_lost_locks=0 in /etc/modprobe.d and mount again")
        }
        self.judgeSoft()
        self.judgeNFSCache()
    }

    private mutating func judgeOCFS2() {
        let stack = self.mount.option("cluster_stack")
        let hasUserStack = stack != nil && stack != "o2cb"
        // A userspace stack has a heartbeat of its own, and the kernel then shows heartbeat=none.
        let hasHeartbeat = hasUserStack || (self.mount.option("heartbeat").map { $0 != "none" } ?? (stack != nil))
        self.reach = hasUserStack ? .allHosts : .flockOnly
        if self.has("localflocks") {
            self.reach = .eachHostItsOwn
            self.refuse("localflocks", Self.ownLock, "mount it on every host without localflocks")
        }
        if !hasHeartbeat {
            self.reach = .eachHostItsOwn
            self.refuse(
                "heartbeat=none", "the volume is made for one host, and two that mount it destroy it",
                "format it for a cluster with mkfs.ocfs2 -M cluster and bring o2cb or a userspace stack online")
        } else if self.reach == .flockOnly {
            self.warn(
                "cluster_stack=o2cb",
                "fcntl locks stay on each host, SQLite's own among them; only flock decides between brokers",
                "open the databases of other hosts with sqlite3 -readonly only, or use a userspace cluster stack")
        }
    }

    private mutating func judgeGFS2() {
        self.reach = .allHosts
        if self.has("localflocks") {
            self.reach = .eachHostItsOwn
            self.refuse("localflocks", Self.ownLock, "mount it on every host without localflocks")
        }
        if let name = self.lockProtocol, name != "lock_dlm" {
            self.reach = .eachHostItsOwn
            self.refuse(
                "lockproto=\(name)", Self.ownLock, "mount it with lockproto=lock_dlm under a running cluster manager")
        }
    }

    private mutating func judgeCIFS() {
        self.reach = .allHosts
        if self.has("nobrl") {
            self.reach = .eachHostItsOwn
            self.refuse("nobrl", Self.ownLock, "mount it on every host without nobrl")
        }
        if self.mount.option("cache") == "loose" {
            self.warn("cache=loose", "another host's writes may stay unseen", "mount it with cache=strict")
        }
        if self.has("nostrictsync") {
            self.warn(
                "nostrictsync",
                "what was confirmed may be lost with the server's power, because it is not told to sync",
                "mount it without nostrictsync")
        }
        self.judgeSoft()
    }

    private mutating func judgeLustre() {
        if self.has("localflock") {
            self.reach = .eachHostItsOwn
            self.refuse("localflock", Self.ownLock, "mount it with -o flock on every host")
        } else if self.has("flock") {
            self.reach = .allHosts
        } else {
            self.reach = .none
            self.refuse(
                "noflock", "every lock call fails, so that no broker can become master",
                "mount it with -o flock on every host")
        }
    }
}
