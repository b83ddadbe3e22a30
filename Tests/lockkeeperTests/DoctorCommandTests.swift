import Glibc
import TestSupport
import Testing

/// What `lockkeeper doctor` printed and how it ended.
struct DoctorRun {
    let lines: [String]
    let status: Int32?

    /// Runs to the end.
    static func run(_ directory: String, _ more: String...) throws -> DoctorRun {
        Self.end(of: try Program(["doctor", directory] + more))
    }

    static func end(of program: Program) -> DoctorRun {
        let lines = program.child.readLines()
        return DoctorRun(lines: lines, status: program.child.wait())
    }

    /// Beside what is told to people who wait.
    var report: [String] { self.lines.filter { !$0.hasPrefix("doctor: ") } }
    var headline: String { self.report.first ?? "" }

    /// A value of the JSON report, by SQLite's own reader.
    func json(_ expression: String) throws -> String {
        let text = (self.report.first ?? "").split(separator: "'", omittingEmptySubsequences: false).joined(
            separator: "''")
        return try SQLiteShell.query(":memory:", "with r(j) as (select '\(text)') select \(expression) from r").joined()
    }

    func hasRow(_ check: String, _ result: String) -> Bool {
        self.report.contains { line in
            let words = line.split(separator: " ")
            return words.first.map(String.init) == check && words.contains(Substring(result))
        }
    }
}

@Suite(.ownThread) struct DoctorCommandTests {
    private let scratch = TemporaryDirectory()

    private static let everyCheckAlone = [
        "lock.flock", "lock.fcntl", "lock.ofd", "lock.release", "count.flock", "count.fcntl", "count.ofd",
        "lock.ping_pong",
        "create.exclusive", "inode", "rename", "rename.replaced", "sync", "visible.open", "visible.direct",
        "visible.kept",
        "visible.rename", "visible.list", "visible.stat", "visible.stat_new", "visible.sqlite", "write.order", "mmap",
        "append", "append.locked", "sqlite.store", "sqlite.lease",
    ]

    @Test func aLocalDirectoryIsSafeForBrokersOfThisHost() throws {
        let run = try DoctorRun.run(self.scratch.path)
        #expect(run.status == 0, "\(run.lines)")
        #expect(run.headline.hasPrefix("safe for two brokers: yes"))
        for check in Self.everyCheckAlone { #expect(run.hasRow(check, "ok") || run.hasRow(check, "info"), "\(check)") }
        #expect(run.report.contains { $0.contains("file_system") })
        #expect(run.report.contains { $0.contains("sqlite") && $0.contains("3.") })
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func theShapeOfTheJSONIsTheSameInEachRun() throws {
        let shape = """
            (select group_concat(key) from json_each(j)) || ' ' ||
            (select group_concat(key) from json_each(j, '$.hosts[0]')) || ' ' ||
            (select group_concat(json_extract(c.value, '$.check') || '(' || json_extract(c.value, '$.between') || ':' ||
                (select group_concat(f.key) from json_each(c.value, '$.figures') f) || ')')
                from json_each(j, '$.checks') c)
            """
        let programs = try ["one", "two"].map { name in
            #expect(mkdir(self.scratch.file(name), 0o755) == 0)
            return try Program(["doctor", self.scratch.file(name), "--name", "x", "--json"])
        }
        let runs = programs.map(DoctorRun.end)
        for run in runs {
            #expect(run.status == 0)
            #expect(run.report.count == 1)
            #expect(try run.json("json_extract(j, '$.safe')") == "1")
        }
        let shapes = try runs.map { try $0.json(shape) }
        #expect(shapes[0] == shapes[1])
        #expect(
            shapes[0].hasPrefix(
                "format,mode,safe,because,remedies,warnings,false_lock_cause,directory,name,peer,hosts,checks "))
        #expect(shapes[0].contains("lock.flock(x.1, x.2:directions,failures,granted_twice)"))
        #expect(shapes[0].contains("sync(x.1:count,max_us,p50_us,p90_us,p99_us)"))
    }

    // MARK: Refusals

    @Test(arguments: [
        (["--peer", "x", "--name", "x"], "own name"), (["--cut"], "--peer"), (["--name", "a/b"], "a/b"),
        (["--peer", "a b"], "a b"), (["--wait", "5"], "5"), (["--jsn"], "--jsn"),
    ])
    func aWrongCommandLineIsOneLine(arguments: [String], named: String) throws {
        let run = DoctorRun.end(of: try Program(["doctor", self.scratch.path] + arguments))
        #expect(run.status == 64)
        #expect(run.lines.count == 1)
        #expect(run.headline.contains(named), "\(run.lines)")
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func aMissingDirectoryIsNamedAndNotMade() throws {
        let run = try DoctorRun.run(self.scratch.file("missing"))
        #expect((run.status, run.lines.count) == (66, 1))
        #expect(run.headline.contains(self.scratch.file("missing")))
        #expect(self.scratch.contents().isEmpty)
        #expect(TestFile.create(self.scratch.file("file")))
        #expect(try DoctorRun.run(self.scratch.file("file")).status == 66)
    }

    private static let nobody = ["setpriv", "--reuid", "65534", "--clear-groups"]

    @Test(.enabled(if: Program.isRoot && Program.works(Self.nobody), "needs another user"))
    func aDirectoryOfAnotherUserIsNamed() throws {
        #expect(chmod(self.scratch.path, 0o755) == 0)
        let run = DoctorRun.end(of: try Program(["doctor", self.scratch.path], under: Self.nobody))
        #expect((run.status, run.lines.count) == (77, 1))
        #expect(run.headline.contains("Permission denied"))
    }

    @Test func aDirectoryInUseIsOnlyLookedAt() throws {
        let data = self.scratch.file("data")
        let broker = try Program(runningOn: data, name: "node-1")
        _ = try broker.awaitServing()
        // With its own check out of the way, which may be done before the broker serves or after.
        let isChecked = broker.log.contains { $0.contains("event=file_system.check ") }
        #expect(isChecked || broker.awaitEvent("file_system.check") != nil, "\(broker.log)")
        let before = TemporaryDirectory.contents(of: data)
        let run = try DoctorRun.run(data)
        #expect(run.status == 69)
        #expect(run.headline.contains("node-1") && run.headline.contains("\(broker.child.pid)"), "\(run.headline)")
        #expect(run.hasRow("use", "info"))
        #expect(TemporaryDirectory.contents(of: data) == before)
        #expect(broker.stop() == 0)
        let json = try DoctorRun.run(data, "--name", "x", "--peer", "y", "--wait", "100ms", "--json")
        #expect(json.status == 69)
        #expect(json.headline.contains("no sign of y"))
    }

    // MARK: Ends before the end

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalLeavesNothingBehind(signal: Int32) throws {
        let program = try Program(["doctor", self.scratch.path])
        #expect(program.says("doctor: syncs"))
        #expect(self.scratch.contents() == ["doctor"])
        program.child.send(signal)
        let run = DoctorRun.end(of: program)
        #expect(run.status == 128 + signal)
        #expect(run.report.isEmpty)
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func whatAKilledDoctorLeftIsTakenAwayByTheNextOfItsName() throws {
        let program = try Program(["doctor", self.scratch.path, "--name", "x"])
        #expect(program.says("doctor: names"))
        program.child.kill()
        #expect(self.scratch.contents() == ["doctor"])
        #expect(try DoctorRun.run(self.scratch.path, "--name", "x", "--peer", "y", "--wait", "100ms").status == 69)
        #expect(self.scratch.contents().isEmpty)
    }

    @Test(.enabled(if: TwoMounts.isAvailable, "needs root, /dev/fuse, bindfs and ../shared/fslab"))
    func aMountThatHangsIsNamed() throws {
        let mounts = try TwoMounts(.falseLocks)
        let server = try #require(try mounts.serverOfFirst())
        let program = try Program(["doctor", mounts.first, "--limit", "1s"])
        #expect(program.says("doctor: names"))
        #expect(kill(server, SIGSTOP) == 0)
        var verdict = ""
        while let line = program.child.readLine() {
            if line.hasPrefix("safe for two brokers: ") { verdict = line }
            if line.contains("files may be left") { break }
        }
        #expect(kill(server, SIGCONT) == 0)
        #expect(verdict.hasPrefix("safe for two brokers: not known"), "\(verdict)")
        #expect(verdict.contains("has not returned for 1 s"))
        #expect(program.child.wait() == 74)
    }
}
