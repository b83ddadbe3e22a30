import Glibc
import SQLite
import Synchronization
import TestSupport
import Testing

@testable import Election

/// Electors with their threads on a real directory. Two of them in one process contend as two processes do.
@Suite struct ElectorTests {
    private let directory = TemporaryDirectory()

    private struct Candidate {
        let elector: Elector
        let root: Root
        let log: LogBook
        let exits: ExitNote
        let meter: ElectionMeter
    }

    private final class ExitNote: Sendable {
        let status = Atomic<Int32>(0)
    }

    private func candidate(
        _ name: String, times: ElectionTimes = Fixture.patient, servingLimit: Duration = .seconds(60),
        root: Root = Root()
    ) throws -> Candidate {
        let log = LogBook()
        let exits = ExitNote()
        var configuration = Elector.Configuration(
            directory: self.directory.path, brokerName: name,
            settings: try Fixture.settings(times, servingLimit: servingLimit), logger: log.logger)
        let meter = ElectionMeter()
        configuration.meter = meter
        configuration.exit = { exits.status.store($0, ordering: .relaxed) }
        let elector = try Elector(configuration, delegate: root)
        return Candidate(elector: elector, root: root, log: log, exits: exits, meter: meter)
    }

    /// Starts and waits until it serves.
    private func master(_ name: String, times: ElectionTimes = Fixture.patient, root: Root = Root()) throws -> Candidate
    {
        let candidate = try self.candidate(name, times: times, root: root)
        try candidate.elector.start()
        #expect(eventually { candidate.root.gate != nil })
        candidate.elector.servingStarted()
        #expect(eventually { candidate.elector.snapshot().role == .master })
        return candidate
    }

    private func lease() -> LeaseRow? {
        if case .row(let row) = LeaseReader.look(in: self.directory.path) { row } else { nil }
    }

    private func historyTells(_ event: ElectionEvent.Name) -> Bool {
        do {
            let history = try ElectionStatus.read(directory: self.directory.path).history
            return history.contains { $0.event == event.rawValue }
        } catch {
            return false
        }
    }

    private func steal(_ sql: String) throws {
        let thief = try Database(path: self.directory.file("lease.db"), access: .readWrite, busyTimeoutMs: 2000)
        try thief.execute(sql)
    }

    // MARK: Becoming master

    @Test func theFirstBrokerOfADirectoryServesUnderEpochOne() throws {
        let first = try self.master("a")
        #expect(first.root.terms.map(\.epoch) == [Epoch(1)])
        #expect(first.root.terms.first?.previous == nil)
        try first.root.gate?.pass()
        let row = try #require(self.lease())
        #expect(row.phase == .active)
        #expect(row.holder == first.elector.broker)
        let names = Set(self.directory.contents())
        #expect(names.isSuperset(of: ["lock.flock", "lock.posix", "epoch.1", "beats", "lease.db"]))
        guard case .record(let beat) = BeatSighting.look(at: "a", in: self.directory.path) else {
            Issue.record("no beat of the master")
            return
        }
        #expect(beat.state == .master && beat.epoch == Epoch(1))
        #expect(try FileNames.contents(of: self.directory.file("lock.flock")).hasPrefix("broker=a host="))
        for event in [ElectionEvent.Name.lockAcquired, .takeoverStarted, .masterStarted, .takeoverFinished] {
            #expect(first.log.lines(of: event).count == 1, "\(event)")
        }
        let finished = try #require(first.log.lines(of: .takeoverFinished).first)
        #expect(
            Set(finished.metadata.keys).isSuperset(of: ["duration_ms", "election_ms", "store_ms", "epoch", "broker"]))
        first.elector.release()
    }

    @Test func theMeterCountsEventsAndBeats() throws {
        let first = try self.master("a")
        #expect(eventually { first.meter.figures.beats.count > 2 })
        let figures = first.meter.figures
        for event in [ElectionEvent.Name.lockAcquired, .takeoverStarted, .masterStarted, .takeoverFinished] {
            #expect(figures.count(of: event) == 1, "\(event)")
        }
        #expect(figures.takeovers.count == 1 && figures.badBeats == 0)
        #expect(figures.lastGoodBeat != nil && figures.lastGoodBeat == figures.lastBeat)
        first.elector.release()
        #expect(first.meter.figures.count(of: .masterReleased) == 1)
    }

    @Test func theLeaseMovesWithEachBeat() throws {
        let first = try self.master("a")
        let counter = try #require(self.lease()).counter
        #expect(eventually { (self.lease()?.counter ?? 0) > counter + 3 })
        first.elector.release()
    }

    @Test func theEpochIsAboveEverythingEverUsed() throws {
        _ = try EpochFiles(directory: self.directory.path).claim(Epoch(41), line: "")
        let first = try self.master("a")
        #expect(first.root.terms.first?.epoch == Epoch(42))
        first.elector.release()
        for name in self.directory.contents() where name.hasPrefix("epoch.") { unlink(self.directory.file(name)) }
        let second = try self.master("b")
        #expect(second.root.terms.first?.epoch == Epoch(43), "the lease tells it")
        second.elector.release()
        for name in self.directory.contents() where name.hasPrefix("epoch.") { unlink(self.directory.file(name)) }
        unlink(self.directory.file("lease.db"))
        let third = try self.master("c", root: Root(fence: Epoch(99)))
        #expect(third.root.terms.first?.epoch == Epoch(100), "the store's fence tells it")
        third.elector.release()
    }

    @Test func anUnreadableLeaseIsSetAsideAndSaid() throws {
        let file = try FileHandle.open(self.directory.file("lease.db"), O_CREAT | O_WRONLY)
        try file.write([UInt8](repeating: 0x55, count: 5000), at: 0)
        let first = try self.master("a")
        #expect(first.log.lines(of: .leaseSetAside).count == 1)
        #expect(self.directory.contents().contains { $0.hasPrefix("lease.db.set-aside-") })
        #expect(
            try ElectionStatus.read(directory: self.directory.path).history.contains { $0.event == "lease.set_aside" })
        first.elector.release()
    }

    // MARK: Standing by and taking over

    @Test func aStandbyNamesTheHolderOnceAndTakesOverWhenItIsReleased() throws {
        let first = try self.master("a")
        let second = try self.candidate("b")
        try second.elector.start()
        #expect(eventually { !second.log.lines(of: .lockRefused).isEmpty })
        let refused = try #require(second.log.lines(of: .lockRefused).first)
        #expect(refused.metadata["other_broker"] == "a")
        #expect(refused.metadata["other_epoch"] == "1")
        #expect(refused.metadata["other_pid"] == "\(getpid())")
        #expect(second.root.gate == nil)
        first.elector.release()
        #expect(eventually { second.root.gate != nil })
        #expect(second.root.terms.first?.epoch == Epoch(2))
        #expect(second.root.terms.first?.previous?.phase == .released)
        #expect(second.log.lines(of: .lockRefused).count == 1, "not at each poll")
        #expect(throws: GateClosed.notMaster) { try first.root.gate?.pass() }
        try second.root.gate?.pass()
        second.elector.release()
        #expect(self.lease()?.phase == .released)
    }

    @Test func theHistoryTellsBothTerms() throws {
        let first = try self.master("a")
        let second = try self.candidate("b")
        try second.elector.start()
        #expect(eventually { !second.log.lines(of: .lockProven).isEmpty })
        #expect(eventually { self.historyTells(.lockProven) })
        first.elector.release()
        #expect(eventually { second.root.gate != nil })
        second.elector.servingStarted()
        #expect(eventually { second.elector.snapshot().role == .master })
        second.elector.release()
        let history = Array(
            try ElectionStatus.read(directory: self.directory.path, historyLimit: 100).history.reversed())
        func told(by broker: String) -> [String] {
            history.filter { $0.broker == broker }.map { "\($0.event) \($0.epoch)" }
        }
        #expect(
            told(by: "a") == [
                "lock.acquired 1", "takeover.started 1", "master.started 1", "takeover.finished 1", "master.released 1",
            ])
        #expect(
            told(by: "b") == [
                "lock.refused 0", "lock.proven 0", "lock.acquired 2", "takeover.started 2", "master.started 2",
                "takeover.finished 2", "master.released 2",
            ], "what a standby sees comes to the history by its beats, once")
        let names = history.map(\.event)
        let proven = try #require(names.firstIndex(of: "lock.proven"))
        let released = try #require(names.firstIndex(of: "master.released"))
        #expect(proven < released, "written by the master of that time")
    }

    @Test func aReleasedStandbyLeavesTheMasterAlone() throws {
        let first = try self.master("a")
        let second = try self.candidate("b")
        try second.elector.start()
        second.elector.release()
        second.elector.release()
        #expect(second.elector.snapshot().role == .stopped)
        try first.root.gate?.pass()
        #expect(self.lease()?.phase == .active)
        first.elector.release()
    }

    @Test func releaseFromTheElectorsOwnThreadDoesNotWaitForItself() throws {
        let box = Mutex<Elector?>(nil)
        let root = Root(onMaster: { box.withLock { $0 }?.release() })
        let first = try self.candidate("a", root: root)
        box.withLock { $0 = first.elector }
        try first.elector.start()
        #expect(eventually { first.elector.snapshot().role == .stopped })
        box.withLock { $0 = nil }
    }

    // MARK: Losing it

    @Test(arguments: ["UPDATE lease SET epoch = 7, holder = 'thief'", "UPDATE lease SET instance = '00000000000000ff'"])
    func aStolenLeaseDeposes(change: String) throws {
        let first = try self.master("a")
        try self.steal(change)
        #expect(eventually { !first.root.stepDowns.isEmpty })
        guard case .superseded(.some) = first.root.stepDowns.first else {
            Issue.record("unexpected \(first.root.stepDowns)")
            return
        }
        #expect(throws: GateClosed.notMaster) { try first.root.gate?.pass() }
        #expect(first.log.lines(of: .leaseSuperseded).count == 1)
        #expect(first.log.lines(of: .masterSteppedDown).first?.metadata["reason"] == "superseded")
        let row = self.lease()
        first.elector.release()
        #expect(self.lease() == row, "somebody else's row is not touched")
    }

    @Test func aRemovedLeaseDatabaseDeposes() throws {
        let first = try self.master("a")
        unlink(self.directory.file("lease.db"))
        #expect(eventually { first.root.stepDowns == [.superseded(by: nil)] })
        first.elector.release()
        let second = try self.master("b")
        #expect(second.root.terms.first?.epoch == Epoch(2))
        second.elector.release()
    }

    @Test(arguments: [LockFiles.flockName, LockFiles.posixName])
    func aReplacedLockFileDeposes(name: String) throws {
        let first = try self.master("a")
        unlink(self.directory.file(name))
        let loss = LockLoss(file: name, evidence: .removed)
        #expect(eventually { first.root.stepDowns == [.lockLost(loss)] })
        #expect(first.log.lines(of: .lockLost).count == 1)
        #expect(first.elector.snapshot().role == .steppingDown)
        first.elector.release()
    }

    @Test func twoBrokersWithTheSameLockNeverShareAnEpochAndTheFirstIsDeposed() throws {
        let first = try self.master("a")
        // The lock files go away under the master: the second broker is granted locks that the first still has.
        for name in [LockFiles.flockName, LockFiles.posixName] { unlink(self.directory.file(name)) }
        let second = try self.candidate("b")
        try second.elector.start()
        #expect(throws: GateClosed.self) { try first.root.gate?.pass() }
        #expect(eventually { first.root.stepDowns.count == 1 })
        #expect(second.root.gate == nil, "the first may not have closed its store yet")
        first.elector.release()
        #expect(eventually { second.root.gate != nil })
        #expect(second.root.terms.first?.epoch == Epoch(2))
        second.elector.servingStarted()
        #expect(eventually { second.elector.snapshot().role == .master })
        try second.root.gate?.pass()
        #expect(self.lease()?.holder == second.elector.broker)
        second.elector.release()
    }

    @Test func theStoresFailureStepsDownAndSaysSo() throws {
        let first = try self.master("a")
        first.elector.storeFailed("disk I/O error")
        #expect(eventually { first.root.stepDowns == [.storeFailed("disk I/O error")] })
        first.elector.release()
        #expect(self.lease()?.phase == .steppedDown)
        let history = try ElectionStatus.read(directory: self.directory.path).history
        #expect(history.contains { $0.event == "master.stepped_down" && $0.detail.contains("disk I/O error") })
    }

    @Test func aMasterThatDoesNotServeInTimeGivesUp() throws {
        let first = try self.candidate("a", servingLimit: .milliseconds(200))
        try first.elector.start()
        #expect(eventually { first.root.stepDowns.count == 1 })
        #expect(first.root.stepDowns.first?.code == "not_serving")
        let second = try self.candidate("b")
        try second.elector.start()
        first.elector.release()
        #expect(eventually { second.root.gate != nil })
        #expect(second.root.terms.first?.previous?.phase == .steppedDown)
        second.elector.release()
    }

    @Test func anElectorThatHangsIsSteppedDownAndExited() throws {
        let hang = Atomic<Bool>(true)
        let root = Root(onMaster: { _ = eventually { !hang.load(ordering: .relaxed) } })
        let first = try self.candidate("a", times: Fixture.hasty, root: root)
        try first.elector.start()
        #expect(eventually { root.stepDowns.count == 1 })
        #expect(root.stepDowns.first?.code == "silent")
        #expect(first.log.lines(of: .leaseLate).count == 1, "it was warned of before")
        #expect(throws: GateClosed.notMaster) { try root.gate?.pass() }
        #expect(eventually { first.exits.status.load(ordering: .relaxed) == 75 })
        #expect(eventually { first.log.lines(of: .masterExited).count == 1 })
        hang.store(false, ordering: .relaxed)
        first.elector.release()
        #expect(root.stepDowns.count == 1)
    }

    @Test func aHungHolderIsNamedAndNotTakenOverFrom() throws {
        let hang = Atomic<Bool>(true)
        let root = Root(onMaster: { _ = eventually { !hang.load(ordering: .relaxed) } })
        let first = try self.candidate("a", times: Fixture.hasty, root: root)
        let second = try self.candidate("b", times: Fixture.hasty)
        try first.elector.start()
        #expect(eventually { root.gate != nil })
        try second.elector.start()
        #expect(eventually { second.log.lines(of: .lockHungHolder).count == 1 })
        let line = try #require(second.log.lines(of: .lockHungHolder).first)
        #expect(line.metadata["other_broker"] == "a")
        #expect(line.metadata["other_pid"] == "\(getpid())")
        #expect(line.metadata["remedy"]?.contains("kill -9 \(getpid())") == true)
        #expect(Int(line.metadata["duration_ms"] ?? "") ?? 0 >= 2500)
        #expect(second.root.gate == nil)
        second.elector.release()
        hang.store(false, ordering: .relaxed)
        first.elector.release()
    }

    @Test func aHolderHungInTheMiddleOfARenewalIsNamedByItsBeat() throws {
        let hang = Atomic<Bool>(true)
        let root = Root(onMaster: { _ = eventually { !hang.load(ordering: .relaxed) } })
        let first = try self.candidate("a", times: Fixture.hasty, root: root)
        try first.elector.start()
        #expect(eventually { root.gate != nil })
        let stuck = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try stuck.begin(.exclusive)
        let second = try self.candidate("b", times: Fixture.hasty)
        try second.elector.start()
        #expect(eventually { second.log.lines(of: .lockHungHolder).count == 1 })
        #expect(second.log.lines(of: .lockHungHolder).first?.metadata["other_broker"] == "a")
        #expect(second.log.lines(of: .lockHungHolder).first?.metadata["other_epoch"] == "1")
        let status = try ElectionStatus.read(directory: self.directory.path)
        #expect(status.standing == .stale)
        #expect(status.lease.holder == first.elector.broker)
        #expect(status.leaseProblem?.contains("locked") == true)
        stuck.rollback()
        second.elector.release()
        hang.store(false, ordering: .relaxed)
        first.elector.release()
    }

    @Test func aLockHeldForAHolderThatIsGoneIsStale() throws {
        let first = try self.master("a")
        first.elector.release()
        try self.steal("UPDATE lease SET pid = 2000000000, phase = 'ACTIVE', take_over_ms = 2500")
        var orphan = try LockFiles(directory: self.directory.path, mustReachServer: false)
        #expect(orphan.attempt(everyKind: false).flock == .granted)
        let second = try self.candidate("b", times: Fixture.hasty)
        try second.elector.start()
        #expect(eventually { second.log.lines(of: .lockStale).count == 1 })
        #expect(second.log.lines(of: .lockStale).first?.metadata["process"] == "gone")
        #expect(second.root.gate == nil)
        orphan.release()
        #expect(eventually { second.root.gate != nil }, "and it takes over once the lock is free")
        second.elector.release()
    }

    @Test func oneLockGrantedAndTheOtherRefusedIsNamed() throws {
        let holder = try ForeignLock(LockFiles.posixName, in: self.directory)
        #expect(holder.isGranted)
        let broker = try self.candidate("b")
        try broker.elector.start()
        let master = Fixture.broker("m", instance: 7)
        var beat = BeatFile(dataDirectory: self.directory.path, broker: master)
        var counter: Int64 = 0
        #expect(
            try eventually {
                counter += 1
                try beat.write(
                    BeatRecord(
                        broker: master, state: .master, epoch: Epoch(1), counter: counter, times: .standard,
                        wallMilliseconds: 1))
                return broker.log.lines(of: .lockFalse).count == 1
            })
        #expect(broker.log.lines(of: .lockFalse).first?.message.contains("flock locks are granted") == true)
        #expect(broker.log.lines(of: .lockFalse).first?.metadata["other_broker"] == "m")
        #expect(broker.root.gate == nil)
        broker.elector.release()
        withExtendedLifetime(holder) {}
    }

    // MARK: Refused at the start

    @Test func whatCanNeverWorkIsRefusedInOneLine() throws {
        let log = LogBook()
        func make(_ path: String, _ name: String = "a") throws {
            let configuration = Elector.Configuration(
                directory: path, brokerName: name, settings: try ElectionSettings(), logger: log.logger)
            try Elector(configuration, delegate: Root()).start()
        }
        let missing = self.directory.file("missing")
        #expect(throws: ElectionError.noDirectory(missing)) { try make(missing) }
        #expect(throws: ElectionError.badName("../a")) { try make(self.directory.path, "../a") }
        let file = self.directory.file("file")
        _ = try FileHandle.open(file, O_CREAT | O_WRONLY)
        #expect(throws: ElectionError.notADirectory(file)) { try make(file) }
        #expect(throws: ElectionError.self) { try make("/proc/self") }
        #expect(self.directory.contents() == ["file"], "nothing is half made")
    }

    @Test func aNewerLeaseIsRefusedBeforeTheLocksAreTouched() throws {
        let first = try self.master("a")
        first.elector.release()
        try self.steal(
            "INSERT INTO schema_migration (number, name, checksum, applied_at_ms) VALUES (9, '0009_future', 'x', 0)")
        let error = #expect(throws: ElectionError.self) { _ = try self.candidate("b") }
        guard case .newerLease(let text) = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        #expect(text.contains("0009_future"))
    }
}
