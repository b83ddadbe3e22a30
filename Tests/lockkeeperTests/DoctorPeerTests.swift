import Glibc
import TestSupport
import Testing

/// Two doctors, as real processes, that know of each other only through the directory.
@Suite(.ownThread) struct DoctorPeerTests {
    private let scratch = TemporaryDirectory()

    private static func pair(
        _ first: String, _ second: String, _ more: [String] = [], second others: [String] = []
    ) throws -> (Program, Program) {
        (
            try Program(["doctor", first, "--name", "a", "--peer", "b"] + more),
            try Program(["doctor", second, "--name", "b", "--peer", "a"] + others)
        )
    }

    @Test func onALocalDirectoryBothSayYesAndTheSame() throws {
        let (a, b) = try Self.pair(self.scratch.path, self.scratch.path, ["--json"], second: ["--json"])
        let (one, other) = (DoctorRun.end(of: a), DoctorRun.end(of: b))
        #expect((one.status, other.status) == (0, 0), "\(one.lines) \(other.lines)")
        #expect(one.report == other.report)
        #expect(try one.json("json_extract(j, '$.mode')") == "peer")
        #expect(try one.json("json_array_length(j, '$.hosts')") == "2")
        let bad = "(select count(*) from json_each(j, '$.checks') where json_extract(value, '$.outcome') = 'bad')"
        #expect(try one.json(bad) == "0")
        #expect(self.scratch.contents().isEmpty)
    }

    private static let isMountable: ConditionTrait = .enabled(
        if: TwoMounts.isAvailable, "needs root, /dev/fuse, bindfs and ../shared/fslab")

    @Test(Self.isMountable) func goodLocksAreSafe() throws {
        let mounts = try TwoMounts(.goodLocks)
        // Either may come first: here the one that answers.
        let b = try Program(["doctor", mounts.second, "--name", "b", "--peer", "a"])
        #expect(b.says("waiting for a"))
        let a = try Program(["doctor", mounts.first, "--name", "a", "--peer", "b"])
        let (one, other) = (DoctorRun.end(of: a), DoctorRun.end(of: b))
        #expect((one.status, other.status) == (0, 0), "\(one.lines)")
        #expect(one.headline == "safe for two brokers: yes")
        #expect(one.report == other.report)
        #expect(TemporaryDirectory.contents(of: mounts.backing).isEmpty)
    }

    @Test(Self.isMountable, arguments: [TwoMounts.Mode.falseLocks, .staleCache])
    func falseLocksAreUnsafeAndNamed(mode: TwoMounts.Mode) throws {
        let mounts = try TwoMounts(mode)
        let (a, b) = try Self.pair(mounts.first, mounts.second)
        let (one, other) = (DoctorRun.end(of: a), DoctorRun.end(of: b))
        #expect((one.status, other.status) == (1, 1), "\(one.lines)")
        #expect(one.headline.hasPrefix("safe for two brokers: no, because flock, fcntl and ofd locks are false"))
        #expect(one.report == other.report)
        for kind in ["flock", "fcntl", "ofd"] { #expect(one.hasRow("lock.\(kind)", "bad")) }
        #expect(one.report.contains { $0.contains("remedy: ") })
        #expect(one.hasRow("create.exclusive", "ok"))
        #expect(one.hasRow("visible.direct", "ok"))
        #expect(one.hasRow("visible.open", mode == .staleCache ? "info" : "ok"))
        #expect(one.hasRow("sqlite.store", "warning"))
        #expect(TemporaryDirectory.contents(of: mounts.backing).isEmpty)
    }

    @Test func aPeerThatDoesNotComeIsWaitedForAndNoLonger() throws {
        let run = try DoctorRun.run(self.scratch.path, "--name", "a", "--peer", "b", "--wait", "300ms")
        #expect(run.status == 69)
        #expect(run.headline.contains("no sign of b"))
        #expect(run.headline.contains("lockkeeper doctor DIR --name b --peer a"))
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func aPeerThatWaitsForAnotherIsToldSo() throws {
        let b = try Program(["doctor", self.scratch.path, "--name", "b", "--peer", "c"])
        #expect(b.says("waiting for c"))
        // At once, to whoever waits, and as the reason when the time is over.
        let a = try Program(["doctor", self.scratch.path, "--name", "a", "--peer", "b"])
        #expect(a.says("waits for c and not for a"), "\(a.log)")
        a.child.send(SIGINT)
        #expect(DoctorRun.end(of: a).status == 130)
        let run = try DoctorRun.run(self.scratch.path, "--name", "a", "--peer", "b", "--wait", "100ms")
        #expect(run.status == 69)
        #expect(run.headline.contains("waits for c and not for a"), "\(run.lines)")
        b.child.send(SIGINT)
        #expect(DoctorRun.end(of: b).status == 130)
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func twoOfOneNameAreRefused() throws {
        let first = try Program(["doctor", self.scratch.path, "--name", "a", "--peer", "b"])
        #expect(first.says("waiting for b"))
        let second = try DoctorRun.run(self.scratch.path, "--name", "a", "--peer", "b")
        #expect(second.status == 64)
        #expect(second.headline.contains("named a"), "\(second.lines)")
        first.child.send(SIGTERM)
        #expect(DoctorRun.end(of: first).status == 143)
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func aPeerThatEndsIsNamedAndNothingIsLeft() throws {
        let (a, b) = try Self.pair(self.scratch.path, self.scratch.path)
        #expect(a.says("doctor: names"))
        b.child.send(SIGTERM)
        #expect(DoctorRun.end(of: b).status == 143)
        let run = DoctorRun.end(of: a)
        #expect(run.status == 69)
        #expect(run.headline.contains("b on ") && run.headline.contains("has ended"), "\(run.lines)")
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func whenOneHostIsCutTheOtherMeasuresAndCleansUp() throws {
        let (a, b) = try Self.pair(self.scratch.path, self.scratch.path, ["--cut"], second: ["--json"])
        #expect(a.says("CUT THE POWER"))
        #expect(a.says("still alive"))
        a.child.kill()
        let run = DoctorRun.end(of: b)
        #expect(run.status == 0, "\(run.lines)")
        let cuts =
            "(select count(*) from json_each(j, '$.checks') where json_extract(value, '$.check') = 'cut' and "
            + "json_extract(value, '$.outcome') = 'ok')"
        #expect(try run.json(cuts) == "2")
        let freed =
            "(select json_extract(value, '$.figures.flock_freed_ms') < 5000 from json_each(j, '$.checks') where "
            + "json_extract(value, '$.check') = 'cut' limit 1)"
        #expect(try run.json(freed) == "1")
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func bothCannotBeCut() throws {
        let (a, b) = try Self.pair(self.scratch.path, self.scratch.path, ["--cut"], second: ["--cut"])
        for run in [DoctorRun.end(of: a), DoctorRun.end(of: b)] {
            #expect(run.status == 64)
            #expect(run.headline.contains("--cut"))
        }
        #expect(self.scratch.contents().isEmpty)
    }
}
