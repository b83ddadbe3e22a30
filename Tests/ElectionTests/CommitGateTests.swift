import Glibc
import SQLite
import Synchronization
import TestSupport
import Testing

@testable import Election

/// The gate over real locks and a real lease, with time moved by hand.
@Suite struct CommitGateTests {
    /// A master's gate, and all that can be taken from under it.
    private final class Scene {
        let directory = TemporaryDirectory()
        let clock = ManualClock()
        let pulse = MasterPulse()
        let alarms = AlarmCounter()
        let broker = Fixture.broker("a")
        let lease: LeaseDatabase
        let gate: CommitGate
        private var locks: LockFiles

        init(looksAtEachCommit: Bool = false, times: ElectionTimes = .standard) throws {
            let directory = self.directory.path
            var locks = try LockFiles(directory: directory, mustReachServer: false)
            #expect(locks.attempt(everyKind: false) == LockAttempt(flock: .granted, posix: .granted))
            let proof = try locks.proof()
            self.locks = locks
            self.lease = LeaseDatabase(directory: directory, broker: self.broker, clock: self.clock)
            _ = try self.lease.take(Fixture.lease(1, self.broker))
            let term = Term(
                epoch: Epoch(1), holder: self.broker, previous: nil, grantedAt: self.clock.now(),
                leasedAt: self.clock.now())
            self.gate = CommitGate(
                term: term, times: times, looksAtEachCommit: looksAtEachCommit, clock: self.clock, pulse: self.pulse,
                locks: { proof.check() }, openProbe: { () throws(LeaseError) in try LeaseProbe(directory: directory) },
                alarm: { [alarms] _ in alarms.count.wrappingAdd(1, ordering: .relaxed) })
            self.pulse.markGood(start: self.clock.now(), runTime: 0)
            self.pulse.begin(Epoch(1))
        }

        func steal(_ change: String) throws {
            let thief = try Database(path: self.directory.file("lease.db"), access: .readWrite)
            try thief.execute(change)
        }
    }

    private final class AlarmCounter: Sendable {
        let count = Atomic<Int>(0)
    }

    @Test func aProvedMasterPasses() throws {
        let scene = try Scene()
        for _ in 0..<3 { try scene.gate.pass() }
        try scene.gate.idleCheck()
        #expect(scene.gate.dispatchAllowed(at: scene.clock.now()))
        #expect(scene.alarms.count.load(ordering: .relaxed) == 0)
    }

    @Test func afterAStopOfTheProcessNothingPassesUntilABeatBeganAfterwards() throws {
        let scene = try Scene()
        let tick = Int64(100_000_000)
        scene.pulse.ticked(at: scene.clock.now(), every: tick)
        scene.clock.advance(by: .milliseconds(250))
        #expect(scene.gate.dispatchAllowed(), "a tick may come a little late")
        // Well within the step-down time; but a stopped process may have been followed.
        scene.clock.advance(by: .seconds(2))
        #expect(!scene.gate.dispatchAllowed(), "the ticking thread has not run yet")
        scene.pulse.ticked(at: scene.clock.now(), every: tick)
        #expect(!scene.gate.dispatchAllowed())
        guard case .notYet = scene.gate.look(atLease: false) else {
            Issue.record("expected the gate to wait")
            return
        }
        #expect(scene.alarms.count.load(ordering: .relaxed) == 1)
        scene.pulse.markGood(start: scene.clock.now(), runTime: 0)
        #expect(scene.gate.dispatchAllowed())
        try scene.gate.pass()
    }

    @Test func aCommitThatTookLongIsConfirmedOnlyAfterAnotherLook() throws {
        let scene = try Scene()
        try scene.gate.pass()
        try scene.steal("UPDATE lease SET epoch = 2")
        try scene.gate.passAfterCommit()
        scene.clock.advance(by: .milliseconds(20))
        #expect(throws: GateClosed.superseded(by: Epoch(2))) { try scene.gate.passAfterCommit() }
        #expect(throws: GateClosed.superseded(by: Epoch(2))) { try scene.gate.pass() }
    }

    @Test(arguments: [
        ("UPDATE lease SET epoch = 2", GateClosed.superseded(by: Epoch(2))),
        ("UPDATE lease SET instance = '00000000000000ff'", .superseded(by: Epoch(1))),
        ("DELETE FROM lease", .leaseGone),
    ])
    func aStolenLeaseShutsTheGateForGood(change: String, expected: GateClosed) throws {
        let scene = try Scene(looksAtEachCommit: true)
        try scene.gate.pass()
        try scene.steal(change)
        #expect(throws: expected) { try scene.gate.pass() }
        #expect(scene.alarms.count.load(ordering: .relaxed) > 0, "the elector hears of it at once")
        try scene.steal("INSERT OR IGNORE INTO lease SELECT * FROM lease; UPDATE lease SET epoch = 1")
        #expect(throws: expected) { try scene.gate.pass() }
    }

    @Test func withNormalLockingTheLeaseIsLookedAtEveryTenthOfASecond() throws {
        let scene = try Scene()
        try scene.gate.pass()
        try scene.steal("UPDATE lease SET epoch = 2")
        scene.clock.advance(by: .milliseconds(99))
        try scene.gate.pass()
        scene.clock.advance(by: .milliseconds(1))
        #expect(throws: GateClosed.superseded(by: Epoch(2))) { try scene.gate.pass() }
    }

    @Test func anIdleWriterLooksAtTheLeaseInAnyCase() throws {
        let scene = try Scene()
        try scene.gate.pass()
        try scene.steal("UPDATE lease SET epoch = 2")
        #expect(throws: GateClosed.superseded(by: Epoch(2))) { try scene.gate.idleCheck() }
    }

    @Test(arguments: [LockFiles.flockName, LockFiles.posixName])
    func aReplacedOrRemovedLockFileShutsTheGate(name: String) throws {
        let removed = try Scene()
        #expect(unlink(removed.directory.file(name)) == 0)
        #expect(throws: GateClosed.lockLost(LockLoss(file: name, evidence: .removed))) { try removed.gate.pass() }

        let replaced = try Scene()
        #expect(rename(replaced.directory.file(name), replaced.directory.file("old")) == 0)
        _ = try FileHandle.open(replaced.directory.file(name), O_CREAT | O_RDWR)
        #expect(throws: GateClosed.lockLost(LockLoss(file: name, evidence: .replaced))) { try replaced.gate.pass() }
    }

    @Test func aRemovedLeaseFileShutsTheGate() throws {
        let scene = try Scene()
        try scene.gate.pass()
        #expect(unlink(scene.directory.file("lease.db")) == 0)
        scene.clock.advance(by: .milliseconds(100))
        #expect(throws: GateClosed.leaseGone) { try scene.gate.pass() }
        let early = try Scene()
        #expect(unlink(early.directory.file("lease.db")) == 0)
        #expect(throws: GateClosed.leaseGone) { try early.gate.pass() }
    }

    @Test func aBrokerThatIsNotMasterPassesNothing() throws {
        let scene = try Scene()
        #expect(scene.pulse.beginSteppingDown())
        #expect(!scene.gate.dispatchAllowed(at: scene.clock.now()))
        #expect(throws: GateClosed.notMaster) { try scene.gate.pass() }
    }

    @Test func dispatchStopsAtTheStepDownTime() throws {
        let scene = try Scene()
        scene.clock.advance(by: .milliseconds(4999))
        #expect(scene.gate.dispatchAllowed(at: scene.clock.now()))
        scene.clock.advance(by: .milliseconds(1))
        #expect(!scene.gate.dispatchAllowed(at: scene.clock.now()))
        scene.pulse.markGood(start: scene.clock.now(), runTime: 0)
        #expect(scene.gate.dispatchAllowed(at: scene.clock.now()))
    }

    @Test func afterAPauseACommitWaitsForTheElectorAndThenPasses() throws {
        let scene = try Scene()
        try scene.gate.pass()
        scene.clock.advance(by: .seconds(30))
        let (pulse, clock, alarms) = (scene.pulse, scene.clock, scene.alarms)
        // The elector, woken by the gate, proves lock and lease.
        let elector = try Companion {
            #expect(eventually { alarms.count.load(ordering: .relaxed) > 0 })
            pulse.markGood(start: clock.now(), runTime: 0)
        }
        try scene.gate.pass()
        elector.finish()
        #expect(scene.alarms.count.load(ordering: .relaxed) == 1)
    }

    @Test func aCommitWaitingThroughAPauseIsRefusedIfTheMastershipEnds() throws {
        let scene = try Scene()
        scene.clock.advance(by: .seconds(30))
        let (pulse, alarms) = (scene.pulse, scene.alarms)
        let elector = try Companion {
            #expect(eventually { alarms.count.load(ordering: .relaxed) > 0 })
            #expect(pulse.beginSteppingDown())
        }
        #expect(throws: GateClosed.notMaster) { try scene.gate.pass() }
        elector.finish()
    }

    @Test func aCommitIsRefusedWhenNobodyProvesAnything() throws {
        // The clock stands still, as for a process that is stopped again and again: what counts is how long it looked.
        let scene = try Scene(times: Fixture.hasty)
        scene.clock.advance(by: .seconds(30))
        #expect(throws: GateClosed.stale(.seconds(30))) { try scene.gate.pass() }
        #expect(scene.alarms.count.load(ordering: .relaxed) == 2, "asked for a beat, and told that it is shut")
    }

    @Test func aReaderInTheWayDelaysACommitAndNoMore() throws {
        let scene = try Scene(looksAtEachCommit: true)
        try scene.gate.pass()
        let path = scene.directory.file("lease.db")
        let writer = try Database(path: path, access: .readWrite)
        try writer.begin(.exclusive)
        let handed = UncheckedBox(writer)
        let held = try Companion {
            do throws(SQLiteError) {
                try handed.value.commit()
            } catch {
                Issue.record("\(error)")
            }
        }
        try scene.gate.pass()
        held.finish()
    }

    /// Carries a connection to the one task that uses it from then on.
    private struct UncheckedBox: @unchecked Sendable {
        let value: Database
        init(_ value: Database) { self.value = value }
    }
}
