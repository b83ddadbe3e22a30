import Testing

@testable import Election

@Suite struct FalseLockCauseTests {
    private typealias Row = (
        magic: UInt64, type: String, options: String, granted: Set<LockKind>, word: String, remedy: String
    )

    private static let every: Set<LockKind> = [.flock, .fcntl, .ofd]

    private static let rows: [Row] = [
        (0x6969, "nfs", "vers=3,nolock,local_lock=all", every, "nolock", "rpc.statd"),
        (0x6969, "nfs", "vers=3,local_lock=all", every, "local_lock", "rpc.statd"),
        (0x6969, "nfs", "vers=3,local_lock=flock", [.flock], "local_lock", "local_lock=none"),
        (0x6969, "nfs", "vers=3,local_lock=posix", [.ofd], "local_lock", "local_lock=none"),
        (0x6969, "nfs", "vers=3,local_lock=flock", [.ofd], "unknown", "both hosts"),
        (0x6969, "nfs", "vers=3,local_lock=none", every, "unknown", "both hosts"),
        (0x6969, "nfs4", "vers=4.2", [.flock], "unknown", "both hosts"),
        (0x7461636F, "ocfs2", "heartbeat=local,cluster_stack=o2cb", [.fcntl, .ofd], "o2cb_fcntl", "-readonly"),
        (0x7461636F, "ocfs2", "heartbeat=global,cluster_stack=o2cb", [.ofd], "o2cb_fcntl", "-readonly"),
        (0x7461636F, "ocfs2", "heartbeat=local,cluster_stack=o2cb", [.flock], "unknown", "cluster stack"),
        (0x7461636F, "ocfs2", "heartbeat=local,localflocks,cluster_stack=o2cb", every, "localflocks", "localflocks"),
        (0x7461636F, "ocfs2", "heartbeat=none", every, "heartbeat_none", "mkfs.ocfs2"),
        (0x7461636F, "ocfs2", "heartbeat=none,cluster_stack=pcmk", [.ofd], "unknown", "cluster stack"),
        (0x01161970, "gfs2", "localflocks", every, "localflocks", "localflocks"),
        (0x01161970, "gfs2", "lockproto=lock_nolock", every, "nolock", "lock_dlm"),
        (0x0BD00BD0, "lustre", "localflock", every, "localflocks", "-o flock"),
        (0xFF534D42, "cifs", "nobrl", every, "nobrl", "without nobrl"),
        (0x65735546, "fuse", "rw", every, "unknown", "lockkeeper doctor /data"),
        (0xEF53, "ext4", "rw", [.flock], "unknown", "all hosts but one"),
        (0x01021994, "tmpfs", "rw", [.flock], "unknown", "each container"),
    ]

    private static func verdict(_ row: Row) -> FileSystemVerdict {
        FileSystemVerdict(
            path: "/data", magic: row.magic,
            mount: Mount(
                point: "/data", type: row.type, source: "src",
                options: row.options.split(separator: ",").map(String.init)))
    }

    @Test(arguments: rows.indices) func theCauseIsNamedWithTheRemedyOfItsFileSystem(index: Int) {
        let row = Self.rows[index]
        let cause = FalseLockCause(Self.verdict(row), granted: row.granted)
        #expect(cause.word.rawValue == row.word)
        #expect(cause.remedy.contains(row.remedy), "\(cause.remedy)")
        #expect(!cause.sentence.isEmpty && !cause.sentence.hasSuffix("."))
    }

    @Test func aReplacedLockFileExplainsMoreThanTheMount() {
        let cause = FalseLockCause(Self.verdict(Self.rows[0]), granted: [.flock], lockFileReplaced: true)
        #expect(cause.word.rawValue == "lock_file_replaced")
        #expect(cause.remedy.contains("/data"))
    }

    @Test(arguments: [(LockDisagreement.Kind.posix, "o2cb_fcntl"), (.flock, "unknown")])
    func aDisagreementOfTheTwoLockFilesIsEnough(granted: LockDisagreement.Kind, word: String) {
        let o2cb = Self.verdict(Self.rows[7])
        #expect(FalseLockCause(o2cb, LockDisagreement(granted: granted)).word.rawValue == word)
    }

    @Test func wordsAreStable() {
        #expect(
            FalseLockCause.Word.allCases.map(\.rawValue) == [
                "o2cb_fcntl", "nolock", "local_lock", "localflocks", "nobrl", "heartbeat_none", "lock_file_replaced",
                "unknown",
            ])
    }
}
