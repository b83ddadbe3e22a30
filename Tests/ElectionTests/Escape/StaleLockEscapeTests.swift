import Glibc
import SQLite
import Synchronization
import TestSupport
import Testing

@testable import Election

@Suite struct StaleLockEscapeTests {
    // MARK: Refusals

    @Test func aDirectoryThatWasNeverUsedHasNoLocks() throws {
        let directory = TemporaryDirectory()
        let escape = StaleLockEscape(directory: directory.path, broker: try .ofThisProcess(name: "rescuer"))
        #expect(throws: EscapeRefusal.neverUsed(directory: directory.path)) {
            try escape.inspect(StaleDirectory.watched)
        }
        #expect(directory.contents() == [], "and none are made")
    }

    @Test func locksThatAreFreeNeedNoTakeOver() throws {
        let stale = try StaleDirectory()
        stale.unlock()
        #expect(try stale.refusal() == .locksAreFree)
        // Nor when they become free while it is watched.
        try stale.lock()
        let watch = StaleLockEscape.Watching.now { progress in if progress.silence > .zero { stale.unlock() } }
        #expect(try stale.refusal(watch) == .locksAreFree)
    }

    @Test func oneLockIsEnoughToBeStale() throws {
        let stale = try StaleDirectory()
        stale.unlock()
        let posix = try ForeignLock(LockFiles.posixName, in: stale.directory)
        #expect(posix.isGranted)
        #expect(try stale.escape().inspect(StaleDirectory.watched).refusedLocks == ["fcntl"])
    }

    @Test(arguments: [false, true]) func aProcessOfThisHostIsToBeEnded(isStopped: Bool) throws {
        let child = try ChildProcess("sleep", ["60"])
        if isStopped {
            child.send(SIGSTOP)
            #expect(eventually { self.entry(of: child.pid)?.state == "T" })
        }
        let here = try ProcessPlace.ofThisProcess()
        let started = try #require(self.entry(of: child.pid)).startedTicks
        let place = ProcessPlace(
            bootID: here.bootID, pidNamespace: here.pidNamespace, pid: child.pid, startedTicks: started)
        let dead = BrokerIdentity(name: "dead", instance: InstanceID(1), host: "here", process: place)
        let stale = try StaleDirectory(dead: dead)
        let refusal = try #require(try stale.refusal())
        guard case .processRunsHere(let party, let life) = refusal else {
            Issue.record("refused otherwise: \(refusal)")
            return
        }
        #expect(party.pid == child.pid && life == (isStopped ? .stopped : .running))
        #expect("\(refusal)".contains("kill -9 \(child.pid)"))
        #expect("\(refusal)".contains("kill -CONT \(child.pid)") == isStopped)
        child.kill()
        #expect(try stale.refusal() == nil, "its end is no sign of life")
    }

    private func entry(of pid: Int32) -> ProcessEntry? {
        do throws(SystemFailure) {
            return ProcessEntry(parsing: try FileNames.contents(of: "/proc/\(pid)/stat"))
        } catch {
            return nil
        }
    }

    enum Mover: CaseIterable, Sendable {
        case lease, beat, otherMaster, otherClaimant
    }

    @Test(arguments: Mover.allCases) func whoeverMovesLives(mover: Mover) throws {
        let stale = try StaleDirectory()
        let other = Fixture.broker("other", instance: 5)
        try stale.writeBeat(counter: 1, of: other, state: .standby, epoch: 0)
        let hasMoved = Mutex(false)
        let watch = StaleLockEscape.Watching.now { progress in
            guard progress.silence > .zero, !hasMoved.withLock({ exchange(&$0, true) }) else { return }
            do {
                switch mover {
                case .lease: try stale.writeLease(counter: 8)
                case .beat: try stale.writeBeat(counter: 10)
                case .otherMaster: try stale.writeBeat(counter: 2, of: other, state: .master, epoch: 4)
                case .otherClaimant: try stale.writeBeat(counter: 2, of: other, state: .claim, epoch: 0)
                }
            } catch {
                Issue.record("\(error)")
            }
        }
        let refusal = try stale.refusal(watch)
        guard case .moves(let party) = refusal else {
            Issue.record("not refused: \(String(describing: refusal))")
            return
        }
        #expect(party.broker == (mover == .lease || mover == .beat ? "dead" : "other"))
    }

    @Test func standbysMayMoveAlsoTheHoldersOwnStartedAgain() throws {
        let stale = try StaleDirectory()
        let again = Fixture.broker("dead", instance: 99, pid: 5)
        let counter = Mutex<Int64>(1)
        let watch = StaleLockEscape.Watching.now { _ in
            let next = counter.withLock { exchange(&$0, $0 + 1) }
            do {
                try stale.writeBeat(counter: next, of: Fixture.broker("other", instance: 5), state: .standby, epoch: 0)
                if next > 1 { try stale.writeBeat(counter: next, of: again, state: .standby, epoch: 0) }
            } catch {
                Issue.record("\(error)")
            }
        }
        let plan = try stale.escape().inspect(watch)
        #expect(plan.holder?.holder == stale.dead)
        #expect(plan.silence >= StaleDirectory.times.takeOver)
    }

    @Test func theLongestTakeOverTimeOfAnyRecordCounts() throws {
        let stale = try StaleDirectory()
        #expect(
            try stale.refusal(.done(silence: .milliseconds(149), of: nil))
                == .notSilentLongEnough(
                    watched: .milliseconds(149), needed: .milliseconds(150)))
        #expect(try stale.refusal(.done(silence: .milliseconds(150), of: nil)) == nil)
        let patient = Fixture.broker("patient", instance: 8)
        var file = BeatFile(dataDirectory: stale.directory.path, broker: patient)
        try file.write(
            BeatRecord(
                broker: patient, state: .standby, epoch: .none, counter: 1, times: Fixture.patient, wallMilliseconds: 1)
        )
        #expect(
            try stale.refusal(.done(silence: .seconds(39), of: nil))
                == .notSilentLongEnough(
                    watched: .seconds(39), needed: .seconds(40)))
    }

    private func fileSystem(_ kind: String, _ magic: UInt64) -> FileSystemVerdict {
        FileSystemVerdict(
            path: "/x", magic: magic, mount: MountTable(parsing: "1 0 0:1 / / rw - \(kind) a rw").mounts.first)
    }

    @Test func anNFS4ServerIsGivenItsTime() throws {
        let stale = try StaleDirectory()
        var escape = try stale.escape()
        let nfs = self.fileSystem("nfs4", 0x6969)
        #expect(nfs.kind == .nfs4)
        escape.lookAtFileSystem = { _ in nfs }
        #expect(throws: EscapeRefusal.serverLease(remaining: .seconds(100))) {
            try escape.inspect(.done(silence: .seconds(80), of: nil))
        }
        #expect(try escape.inspect(.done(silence: .seconds(180), of: nil)).fileSystem == .nfs4)
    }

    @Test(arguments: [("ocfs2", 0x7461_636F), ("gfs2", 0x0116_1970)] as [(String, UInt64)])
    func aClusterIsBelieved(kind: String, magic: UInt64) throws {
        let stale = try StaleDirectory()
        var escape = try stale.escape()
        let verdict = self.fileSystem(kind, magic)
        escape.lookAtFileSystem = { _ in verdict }
        let party = EscapeParty(stale.row)
        #expect(throws: EscapeRefusal.clusterSaysAlive(fileSystem: kind, party)) {
            try escape.inspect(StaleDirectory.watched)
        }
        stale.unlock()
        let posix = try ForeignLock(LockFiles.posixName, in: stale.directory)
        #expect(posix.isGranted)
        #expect(throws: EscapeRefusal.heldOnThisHost) { try escape.inspect(StaleDirectory.watched) }
    }

    // MARK: The plan

    @Test func thePlanSaysWhoIsPresumedDeadAndWhy() throws {
        let stale = try StaleDirectory()
        let plan = try stale.escape().inspect(.now { _ in })
        #expect(plan.holder == stale.row)
        #expect(plan.life == .notVisible)
        #expect(plan.epoch == Epoch(4))
        #expect(plan.refusedLocks == ["flock", "fcntl"])
        #expect(plan.silence >= .milliseconds(150))
        let text = plan.reasons.joined(separator: "\n")
        #expect(text.contains("flock and fcntl lock is held"))
        #expect(text.contains("not visible from this host"))
        #expect(plan.processesHere == [getpid()], "the test's own, by the kernel's table")
        #expect(plan.steps.joined().contains("epoch 4"))
    }

    @Test func aHolderWithoutALeaseIsKnownByItsLineAndBeat() throws {
        let stale = try StaleDirectory(hasLease: false)
        let plan = try stale.escape().inspect(StaleDirectory.watched)
        #expect(plan.holder?.holder == stale.dead)
        #expect(plan.holder?.epoch == Epoch(3))
    }

    @Test func aHolderThatLeftNothingIsWatchedForTheStandardTime() throws {
        let stale = try StaleDirectory(hasLease: false, hasBeat: false)
        #expect(
            try stale.refusal(.done(silence: .seconds(11), of: nil))
                == .notSilentLongEnough(
                    watched: .seconds(11), needed: .seconds(12)))
        let plan = try stale.escape().inspect(.done(silence: .seconds(12), of: nil))
        #expect(plan.holder == nil)
        let report = try stale.escape().perform(plan)
        #expect(report.event.text.contains("left no trace"))
    }
}

/// The old value.
private func exchange<Value>(_ place: inout Value, _ new: Value) -> Value {
    defer { place = new }
    return place
}
