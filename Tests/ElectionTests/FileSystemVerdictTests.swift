import TestSupport
import Testing

@testable import Election

@Suite struct FileSystemVerdictTests {
    private static func verdict(_ magic: UInt64, _ type: String, _ options: String) -> FileSystemVerdict {
        FileSystemVerdict(
            path: "/data", magic: magic,
            mount: Mount(
                point: "/data", type: type, source: "src", options: options.split(separator: ",").map(String.init)))
    }

    private typealias Row = (
        magic: UInt64, type: String, options: String, kind: FileSystemVerdict.Kind, journal: StoreMode.Journal,
        locking: StoreMode.Locking, pollMilliseconds: Int64
    )

    private static let rows: [Row] = [
        (0xEF53, "ext4", "rw", .ext4, .wal, .normal, 100), (0x58465342, "xfs", "rw", .xfs, .wal, .normal, 100),
        (0x9123683E, "btrfs", "rw", .btrfs, .wal, .normal, 100),
        (0x01021994, "tmpfs", "rw", .tmpfs, .wal, .normal, 100),
        (0x794C7630, "overlay", "rw", .overlay, .wal, .normal, 100),
        (0x6969, "nfs", "rw,vers=3", .nfs3, .wal, .exclusive, 250),
        (0x6969, "nfs4", "rw,vers=4.2", .nfs4, .truncate, .exclusive, 250),
        (0x6969, "nfs", "rw,vers=4.1", .nfs4, .truncate, .exclusive, 250),
        (0x7461636F, "ocfs2", "rw,heartbeat=local,cluster_stack=o2cb", .ocfs2, .wal, .exclusive, 250),
        (0x01161970, "gfs2", "rw", .gfs2, .wal, .exclusive, 250),
        (0xFF534D42, "cifs", "rw", .cifs, .wal, .exclusive, 250),
        (0xFE534D42, "smb3", "rw", .cifs, .wal, .exclusive, 250),
        (0x00C36400, "ceph", "rw", .ceph, .wal, .exclusive, 250),
        (0x0BD00BD0, "lustre", "rw", .lustre, .wal, .exclusive, 250),
        (0x65735546, "fuse.sshfs", "rw", .fuse, .wal, .exclusive, 250),
        (0x12345, "what", "rw", .unknown, .wal, .exclusive, 250),
    ]

    @Test(arguments: rows.indices) func everyKindHasItsModeAndPace(index: Int) {
        let row = Self.rows[index]
        let verdict = Self.verdict(row.magic, row.type, row.options)
        #expect(verdict.kind == row.kind)
        #expect(verdict.storeMode == StoreMode(journal: row.journal, locking: row.locking))
        #expect(verdict.pollInterval == .milliseconds(row.pollMilliseconds))
        #expect(verdict.isNetwork == (row.locking == .exclusive))
        #expect(verdict.fields.contains { $0 == ("journal_mode", row.journal.rawValue) })
    }

    /// What dangerous mounts are refused and warned of, and what decides between brokers there.
    private typealias Danger = (
        magic: UInt64, type: String, options: String, refused: [String], warned: [String], reach: LockReach
    )

    private static let dangers: [Danger] = [
        (0x6969, "nfs", "rw,vers=3,nolock,local_lock=all,soft", ["nolock"], ["soft"], .eachHostItsOwn),
        (0x6969, "nfs", "rw,vers=3,local_lock=all,hard", ["local_lock=all"], [], .eachHostItsOwn),
        (0x6969, "nfs", "rw,vers=3,local_lock=posix", [], ["local_lock=posix"], .flockOnly),
        (0x6969, "nfs", "rw,vers=3,local_lock=flock", [], ["local_lock=flock"], .fcntlOnly),
        (0x6969, "nfs", "rw,vers=3,local_lock=none,hard", [], [], .allHosts),
        (0x6969, "nfs", "rw,vers=3,softerr,nocto", [], ["softerr", "nocto"], .allHosts),
        (0x6969, "nfs4", "rw,vers=4.2,local_lock=none,hard", [], [], .allHosts),
        (0x6969, "nfs4", "rw,vers=4.2,local_lock=all", [], [], .allHosts),
        (0x6969, "nfs4", "rw,vers=4.2,soft", [], ["soft"], .allHosts),
        (0x7461636F, "ocfs2", "rw,heartbeat=none", ["heartbeat=none"], [], .eachHostItsOwn),
        (0x7461636F, "ocfs2", "rw", ["heartbeat=none"], [], .eachHostItsOwn),
        (
            0x7461636F, "ocfs2", "rw,heartbeat=local,localflocks,,cluster_stack=o2cb", ["localflocks"], [],
            .eachHostItsOwn
        ),
        (0x7461636F, "ocfs2", "rw,heartbeat=global,cluster_stack=o2cb", [], ["cluster_stack=o2cb"], .flockOnly),
        (0x7461636F, "ocfs2", "rw,heartbeat=none,cluster_stack=pcmk", [], [], .allHosts),
        (0x01161970, "gfs2", "rw,lockproto=lock_nolock", ["lockproto=lock_nolock"], [], .eachHostItsOwn),
        (0x01161970, "gfs2", "rw,localflocks", ["localflocks"], [], .eachHostItsOwn),
        (0x01161970, "gfs2", "rw,lockproto=lock_dlm", [], [], .allHosts),
        (0xFF534D42, "cifs", "rw,nobrl", ["nobrl"], [], .eachHostItsOwn),
        (
            0xFF534D42, "cifs", "rw,cache=loose,nostrictsync,soft", [], ["cache=loose", "nostrictsync", "soft"],
            .allHosts
        ),
        (0x0BD00BD0, "lustre", "rw,flock", [], [], .allHosts),
        (0x0BD00BD0, "lustre", "rw,localflock", ["localflock"], [], .eachHostItsOwn),
        (0x0BD00BD0, "lustre", "rw,lazystatfs", ["noflock"], [], .none),
        (0x01021994, "tmpfs", "rw", [], ["tmpfs"], .oneHost), (0x794C7630, "overlay", "rw", [], ["overlay"], .oneHost),
        (0xEF53, "ext4", "rw", [], [], .oneHost), (0xEF53, "ext4", "rw,nobarrier", [], ["nobarrier"], .oneHost),
        (0x00C36400, "ceph", "rw", [], [], .allHosts), (0x65735546, "fuse.sshfs", "rw", [], [], .unknown),
    ]

    @Test(arguments: dangers.indices) func dangerousMountsAreRefusedOrWarnedOf(index: Int) {
        let row = Self.dangers[index]
        let verdict = Self.verdict(row.magic, row.type, row.options)
        #expect(verdict.refusals.map(\.option) == row.refused, "\(row)")
        #expect(verdict.warnings.map(\.option) == row.warned, "\(row)")
        #expect(verdict.lockReach == row.reach, "\(row)")
        #expect(verdict.hasUnsafeLocks == !row.refused.isEmpty)
        #expect((verdict.fencingLevel.level == .lease) == verdict.hasUnsafeLocks, "\(row)")
        for danger in verdict.refusals + verdict.warnings {
            #expect(!danger.reason.isEmpty && !danger.remedy.isEmpty)
            #expect(danger.description.hasPrefix(danger.option + ": "))
        }
        let line = verdict.refusal
        #expect((line == nil) == row.refused.isEmpty)
        for option in row.refused { #expect(line?.contains(option) == true && line?.contains("/data") == true) }
    }

    @Test func whatFencesIsSaid() {
        #expect(Self.verdict(0x6969, "nfs4", "vers=4.2").fencing.hasPrefix("L3"))
        #expect(Self.verdict(0x6969, "nfs", "vers=3").fencing.hasPrefix("L1"))
        #expect(Self.verdict(0x6969, "nfs", "vers=3,nolock").fencing.hasPrefix("L0"))
        #expect(Self.verdict(0x7461636F, "ocfs2", "heartbeat=local,cluster_stack=o2cb").fencing.hasPrefix("L3"))
        #expect(Self.verdict(0x7461636F, "ocfs2", "cluster_stack=pcmk").fencing.hasPrefix("L1"))
        #expect(Self.verdict(0xEF53, "ext4", "rw").fencing.hasPrefix("L1"))
    }

    @Test(arguments: [
        (true, "L1", "recover_lost_locks=1"), (false, "L3", "refuses writes"), (nil, "L3", "cannot be read"),
    ])
    func aClientThatRecoversLostLocksLosesTheFence(setting: Bool?, level: String, words: String) {
        let mount = Mount(point: "/data", type: "nfs4", source: "s:/x", options: ["rw", "vers=4.2"])
        let verdict = FileSystemVerdict(
            path: "/data", magic: 0x6969, mount: mount, settings: KernelSettings(recoversLostLocks: setting))
        #expect(verdict.fencingLevel.name == level)
        #expect(verdict.fencing.contains(words))
        #expect(verdict.warnings.contains { $0.option == "nfs.recover_lost_locks=1" } == (setting == true))
    }

    @Test func theLockModuleOfGFS2IsReadWhereTheMountDoesNotShowIt() {
        let mount = Mount(point: "/data", type: "gfs2", source: "/dev/sdb", options: ["rw"])
        let verdict = FileSystemVerdict(
            path: "/data", magic: 0x01161970, mount: mount, settings: KernelSettings(gfs2LockProtocol: "lock_nolock"))
        #expect(verdict.refusals.map(\.option) == ["lockproto=lock_nolock"])
    }

    @Test func aRealDirectoryHasAMountAndAType() throws {
        let directory = TemporaryDirectory()
        let verdict = try FileSystemVerdict.of(directory.path)
        #expect(verdict.type != "unknown")
        #expect(verdict.mountPoint.hasPrefix("/"))
        #expect(throws: SystemFailure.self) { try FileSystemVerdict.of(directory.file("missing")) }
    }
}

@Suite struct MountTableTests {
    private static let table = MountTable(
        parsing: """
            22 27 0:21 / /proc rw,relatime - proc proc rw
            27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro
            30 27 0:50 / /srv/nfs rw,noatime shared:9 master:2 - nfs4 server:/export rw,vers=4.2,local_lock=none
            31 30 0:51 / /srv/nfs/my\\040data rw - fuse.bindfs /src\\134x rw,user_id=0
            32 27 0:52 / /srv/twice rw - tmpfs old rw
            33 27 0:53 / /srv/twice rw - tmpfs new rw
            broken line
            34 27 0:54 / /cut rw -
            """)

    @Test(arguments: [
        ("/", "ext4"), ("/srv", "ext4"), ("/srv/nfs", "nfs4"), ("/srv/nfs/a/b", "nfs4"), ("/srv/nfsx", "ext4"),
        ("/srv/nfs/my data/d", "fuse.bindfs"), ("/procx", "ext4"), ("/proc/1", "proc"), ("/cut", "ext4"),
    ])
    func thePathsMountIsTheLongest(path: String, type: String) {
        #expect(Self.table.mount(holding: path)?.type == type)
    }

    @Test func aMountWithoutASourceIsRead() {
        let table = MountTable(
            parsing: "40 27 0:60 / /srv/none rw -  ext4  rw\n41 27 0:61 / /srv/empty rw - tmpfs  rw,size=4k")
        #expect(table.mount(holding: "/srv/empty/x")?.type == "tmpfs")
        #expect(table.mount(holding: "/srv/empty/x")?.device == "0:61")
    }

    @Test func theLastMountAtAPointIsTheOneSeen() {
        #expect(Self.table.mount(holding: "/srv/twice")?.source == "new")
    }

    @Test func optionsOfMountAndFileSystemAreRead() throws {
        let mount = try #require(Self.table.mount(holding: "/srv/nfs"))
        #expect(mount.option("vers") == "4.2")
        #expect(mount.option("noatime") == "")
        #expect(mount.option("soft") == nil)
        #expect(Self.table.mount(holding: "/srv/nfs/my data")?.source == "/src\\x")
    }
}
