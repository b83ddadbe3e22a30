import Testing

@testable import Doctor
@testable import Election

@Suite struct DoctorReportTests {
    private static func report(
        _ judgement: (inout Judgement) -> Void = { _ in }, interruption: DoctorError? = nil
    ) -> DoctorReport {
        let facts = HostFacts(
            label: "a", host: "h", bootID: "boot",
            verdict: FileSystemVerdict(
                path: "/data", magic: 0x6969,
                mount: Mount(point: "/data", type: "nfs", source: "s:/x", options: ["rw", "vers=3", "nolock"])))
        let findings = [
            Finding(.lockFlock, "a, b", .ok, "fine", ["directions": .number(2), "failures": .number(0)]),
            Finding(.sqliteStore, "a, b", .warning, "\"quoted\"", ["journal": .text("wal"), "lost": .number(3)]),
        ]
        var judged = Judgement(
            Judgement.Evidence(
                findings: findings, locks: [:], hosts: [facts], cause: nil, hasPeer: true, interruption: interruption))
        judgement(&judged)
        return DoctorReport(
            mode: .peer, directory: "/data", name: "a", peer: "b", hosts: [facts], findings: findings,
            judgement: judged,
            cause: nil, interruption: interruption)
    }

    @Test func theJSONIsStable() {
        let reason = "locks stay on each host, so that every host gets its own exclusive lock"
        let remedy =
            "mount it on every host without it, with rpc.statd running on client and server, or use vers=4.2"
        let note = "sqlite.store (a, b): \\\"quoted\\\""
        let fencing =
            "L0: locks do not hold between hosts here, so that only lease and epochs stand against two masters"
        let expected =
            #"{"format":1,"mode":"peer","safe":false,"because":["a has it mounted with nolock: "#
            + reason + #""],"remedies":["a: "# + remedy + #""],"warnings":[""# + note
            + #""],"false_lock_cause":null,"directory":"/data","name":"a","peer":"b","hosts":[{"name":"a","host":"h","#
            + #""boot_id":"boot","path":"/data","file_system":"nfs3","type":"nfs","source":"s:/x","mount_point":"/data","#
            + #""f_type":"0x6969","vers":"3","options":"vers=3,nolock","journal_mode":"WAL","locking_mode":"EXCLUSIVE","#
            + #""locks":"each_host_its_own","fencing":""# + fencing
            + #"","unsafe_locks":true,"sqlite":""# + FileSystemVerdictVersion.sqlite
            + #"","refusals":["nolock: "# + reason + "; " + remedy + #""],"warnings":[]}],"checks":["#
            + #"{"check":"lock.flock","between":"a, b","outcome":"ok","detail":"fine","figures":{"directions":2,"#
            + #""failures":0}},{"check":"sqlite.store","between":"a, b","outcome":"warning","detail":"\"quoted\"","#
            + #""figures":{"journal":"wal","lost":3}}]}"#
        #expect(Self.report().json == expected)
    }

    @Test func wordsOfChecksAreStable() {
        #expect(
            Check.allCases.map(\.rawValue) == [
                "lock.flock", "lock.fcntl", "lock.ofd", "lock.release", "count.flock", "count.fcntl",
                "count.ofd",
                "lock.ping_pong", "create.exclusive", "rename", "inode", "rename.replaced", "sync", "write.order",
                "visible.open", "visible.direct", "visible.kept", "visible.rename", "visible.list", "visible.stat",
                "visible.stat_new", "visible.sqlite", "append", "append.locked", "sqlite.store", "sqlite.lease", "mmap",
                "clock", "cut", "use",
            ])
    }

    @Test(
        arguments: [
            (true, "safe for two brokers: yes", 0), (false, "safe for two brokers: no, because ", 1),
            (nil, "safe for two brokers: not known, because ", 69),
        ] as [(Bool?, String, Int32)])
    func theFirstLineIsThePlainVerdict(safe: Bool?, line: String, status: Int32) {
        let report = Self.report { $0.safe = safe }
        #expect(report.text.hasPrefix(line))
        #expect(report.status == status)
    }

    @Test(
        arguments: [
            (DoctorError.hangs("x"), 74), (.unusable(SystemFailure("open", "/data", 5)), 74), (.helper("x"), 74),
            (.noPeer("x"), 69), (.peerLost("x"), 69), (.garbled("x"), 69),
        ] as [(DoctorError, Int32)])
    func whatIsNotKnownHasTheStatusOfItsReason(error: DoctorError, status: Int32) {
        #expect(Self.report({ $0.safe = nil }, interruption: error).status == status)
    }

    @Test(
        arguments: [
            (0, "0 µs"), (85, "85 µs"), (1400, "1.4 ms"), (99_990, "99.9 ms"), (250_000, "250 ms"),
            (2_310_000, "2.31 s"),
            (1_020_000, "1.02 s"),
        ] as [(Int64, String)])
    func timesAreReadable(microseconds: Int64, text: String) {
        #expect(microseconds.asTime == text)
    }
}

/// The library's version is no part of what is stable.
private enum FileSystemVerdictVersion {
    static let sqlite = FileSystemVerdict(path: "/", magic: 0, mount: nil).sqliteVersion
}
