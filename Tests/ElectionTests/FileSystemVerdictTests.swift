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
        (0x7461636F, "ocfs2", "rw", .ocfs2, .wal, .exclusive, 250),
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

    @Test(arguments: [
        (0x6969 as UInt64, "nfs", "rw,vers=3,nolock,local_lock=all,soft", 3),
        (0x6969, "nfs", "rw,vers=3,local_lock=none,hard", 0),
        (0x6969, "nfs4", "rw,vers=4.2,local_lock=none,hard", 0), (0x6969, "nfs4", "rw,vers=4.2,soft", 1),
        (0x7461636F, "ocfs2", "rw,heartbeat=none", 1), (0x7461636F, "ocfs2", "rw,localflocks", 1),
        (0x7461636F, "ocfs2", "rw,cluster_stack=o2cb,heartbeat=global", 0),
        (0x01161970, "gfs2", "rw,lockproto=lock_nolock", 1), (0x01161970, "gfs2", "rw,lockproto=lock_dlm", 0),
        (0xFF534D42, "cifs", "rw,nobrl", 1), (0x01021994, "tmpfs", "rw", 1), (0x794C7630, "overlay", "rw", 1),
        (0xEF53, "ext4", "rw", 0),
    ])
    func dangerousMountsAreWarnedOf(magic: UInt64, type: String, options: String, count: Int) {
        #expect(Self.verdict(magic, type, options).warnings.count == count)
    }

    @Test func whatFencesIsSaid() {
        #expect(Self.verdict(0x6969, "nfs4", "vers=4.2").fencing.hasPrefix("L3"))
        #expect(Self.verdict(0x7461636F, "ocfs2", "cluster_stack=o2cb").fencing.hasPrefix("L3"))
        #expect(Self.verdict(0x7461636F, "ocfs2", "cluster_stack=pcmk").fencing.hasPrefix("L1"))
        #expect(Self.verdict(0xEF53, "ext4", "rw").fencing.hasPrefix("L1"))
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
