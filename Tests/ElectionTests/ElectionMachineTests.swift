import Testing

@testable import Election

/// Conversations with the machine: time, locks and findings in, decisions out.
@Suite struct ElectionMachineTests {
    private static let both = LockAttempt(flock: .granted, posix: .granted)
    private static let refused = LockAttempt(flock: .refused, posix: .notTried)
    private static let poll = Duration.milliseconds(100)
    private static let start = BootInstant(nanoseconds: 0)

    private static func machine(servingLimit: Duration = .seconds(60)) throws -> ElectionMachine {
        ElectionMachine(
            broker: Fixture.broker("a"), settings: try ElectionSettings(servingLimit: servingLimit), pollInterval: poll,
            at: start)
    }

    private static func at(_ milliseconds: Int64) -> BootInstant { start.advanced(by: .milliseconds(milliseconds)) }

    /// A machine that became master at time 0 under epoch 1.
    private static func master(servingLimit: Duration = .seconds(60)) throws -> ElectionMachine {
        var machine = try Self.machine(servingLimit: servingLimit)
        _ = machine.lockAttempted(both, at: start)
        _ = machine.epochsRead(highest: .none)
        guard case .becomeMaster = machine.leaseTaken(over: nil, at: start) else {
            Issue.record("expected to become master")
            return machine
        }
        return machine
    }

    // MARK: Standby and claim

    @Test func anEmptyDirectoryIsTakenWithoutWaiting() throws {
        var machine = try Self.machine()
        #expect(machine.duty(at: Self.start) == .tryLocks(everyKind: false))
        #expect(machine.lockAttempted(Self.both, at: Self.start) == .claim)
        #expect(machine.epochsRead(highest: .none) == .claim(Epoch(1)))
        guard case .becomeMaster(let term) = machine.leaseTaken(over: nil, at: Self.at(3)) else {
            Issue.record("expected to become master")
            return
        }
        #expect(term.epoch == Epoch(1))
        #expect(term.previous == nil)
        #expect(term.leasedAt - term.grantedAt == .milliseconds(3))
        #expect(machine.duty(at: Self.at(3)) == .wait(until: Self.at(500)))
    }

    @Test func aRefusedBrokerTriesAgainAtThePollInterval() throws {
        var machine = try Self.machine()
        #expect(machine.lockAttempted(Self.refused, at: Self.start) == .keepWaiting(lookAtHolder: true))
        #expect(machine.duty(at: Self.at(99)) == .wait(until: Self.at(100)))
        #expect(machine.duty(at: Self.at(100)) == .tryLocks(everyKind: false))
        #expect(machine.lockAttempted(Self.refused, at: Self.at(100)) == .keepWaiting(lookAtHolder: false))
        #expect(machine.lockAttempted(Self.refused, at: Self.at(500)) == .keepWaiting(lookAtHolder: true))
    }

    @Test func everyTenthTryAsksBothKindsOfLock() throws {
        var machine = try Self.machine()
        var probes: [Int64] = []
        for number in Int64(0)..<30 {
            let now = Self.at(number * 100)
            if machine.duty(at: now) == .tryLocks(everyKind: true) { probes.append(number) }
            _ = machine.lockAttempted(Self.refused, at: now)
        }
        #expect(probes == [9, 19, 29])
    }

    @Test(arguments: [
        (LockAttempt(flock: .granted, posix: .refused), LockDisagreement.Kind.flock),
        (LockAttempt(flock: .refused, posix: .granted), .posix),
    ])
    func oneLockGrantedAndTheOtherRefusedIsEvidenceOnceItLasts(attempt: LockAttempt, kind: LockDisagreement.Kind) throws
    {
        var machine = try Self.machine()
        #expect(machine.lockAttempted(attempt, at: Self.at(0)) == .letGo(nil), "a holder may be half way")
        #expect(machine.duty(at: Self.at(100)) == .tryLocks(everyKind: true), "the next try asks both again")
        #expect(machine.lockAttempted(attempt, at: Self.at(100)) == .letGo(nil))
        #expect(machine.lockAttempted(attempt, at: Self.at(200)) == .letGo(LockDisagreement(granted: kind)))
        #expect(machine.lockAttempted(attempt, at: Self.at(300)) == .letGo(nil), "told once")
        #expect(machine.lockAttempted(Self.both, at: Self.at(400)) == .claim, "both together still decide")
    }

    @Test func agreementInBetweenStartsTheCountAnew() throws {
        var machine = try Self.machine()
        let half = LockAttempt(flock: .granted, posix: .refused)
        _ = machine.lockAttempted(half, at: Self.at(0))
        _ = machine.lockAttempted(half, at: Self.at(100))
        _ = machine.lockAttempted(LockAttempt(flock: .refused, posix: .refused), at: Self.at(200))
        #expect(machine.lockAttempted(half, at: Self.at(300)) == .letGo(nil))
    }

    @Test func failingLockCallsAreToldOnceEach() throws {
        var machine = try Self.machine()
        let noLocks = SystemFailure("lock", "lock.flock", 37)
        let attempt = LockAttempt(flock: .failed(noLocks), posix: .notTried)
        #expect(machine.lockAttempted(attempt, at: Self.at(0)) == .unusable(noLocks))
        #expect(machine.lockAttempted(attempt, at: Self.at(100)) == .unusable(nil))
        #expect(machine.lockAttempted(Self.refused, at: Self.at(200)) == .keepWaiting(lookAtHolder: true))
        #expect(machine.lockAttempted(attempt, at: Self.at(300)) == .unusable(noLocks), "it came back")
        #expect(machine.lockAttempted(Self.both, at: Self.at(400)) == .claim, "a standby survives any error")
    }

    @Test func aHigherEpochInTheLeaseIsClaimedAbove() throws {
        var machine = try Self.machine()
        _ = machine.lockAttempted(Self.both, at: Self.start)
        #expect(machine.epochsRead(highest: Epoch(4)) == .claim(Epoch(5)))
        #expect(machine.epochsRead(highest: Epoch(40)) == .claim(Epoch(41)))
        let previous = Fixture.lease(40, Fixture.broker("b"))
        guard case .becomeMaster(let term) = machine.leaseTaken(over: previous, at: Self.start) else {
            Issue.record("expected to become master")
            return
        }
        #expect(term.epoch == Epoch(41))
        #expect(term.previous == previous)
    }

    @Test func noEpochIsLeft() throws {
        var machine = try Self.machine()
        _ = machine.lockAttempted(Self.both, at: Self.start)
        #expect(machine.epochsRead(highest: Epoch(.max)) == .startOver)
        #expect(machine.duty(at: Self.at(100)) == .tryLocks(everyKind: false))
    }

    @Test func aFailedClaimLeavesTimeForAnotherBroker() throws {
        var machine = try Self.machine()
        _ = machine.lockAttempted(Self.both, at: Self.start)
        #expect(machine.duty(at: Self.start) == .waitForEvents)
        machine.claimFailed(at: Self.at(10))
        #expect(machine.duty(at: Self.at(200)) == .wait(until: Self.at(510)))
        #expect(machine.lockAttempted(Self.both, at: Self.at(510)) == .claim)
    }

    // MARK: Master

    @Test func aGoodBeatIsTrustedFromItsStart() throws {
        var machine = try Self.master()
        #expect(machine.duty(at: Self.at(500)) == .beat)
        #expect(machine.beatFinished(.good, startedAt: Self.at(500)) == .trusted(since: Self.at(500)))
        #expect(machine.duty(at: Self.at(501)) == .wait(until: Self.at(1000)))
        #expect(machine.beatFinished(.goodUnseen("full"), startedAt: Self.at(1000)) == .trusted(since: Self.at(1000)))
    }

    @Test func doubtEndsNothingByItself() throws {
        var machine = try Self.master()
        for beat in Int64(1)...100 {
            #expect(machine.beatFinished(.doubtful("EIO"), startedAt: Self.at(beat * 500)) == .doubtful("EIO"))
        }
        #expect(machine.duty(at: Self.at(50_500)) == .beat)
    }

    @Test func afterAPauseTheFenceIsAskedAsWell() throws {
        var machine = try Self.master()
        #expect(machine.mustProveFence(beatStartedAt: Self.at(5000)) == false)
        #expect(machine.mustProveFence(beatStartedAt: Self.at(30_000)) == true)
        #expect(
            machine.beatFinished(.good, startedAt: Self.at(30_000))
                == .proved(since: Self.at(30_000), afterPause: .seconds(30)))
        #expect(machine.mustProveFence(beatStartedAt: Self.at(30_500)) == false)
    }

    @Test(arguments: [
        (BeatOutcome.lockLost(LockLoss(file: "lock.flock", evidence: .replaced)), "lock_lost", true, false),
        (.superseded(by: nil), "superseded", true, false),
        (.superseded(by: Fixture.lease(9, Fixture.broker("b"))), "superseded", true, false),
        (.fenced(by: Epoch(9)), "fenced", true, false),
    ])
    func provedLossStepsDownAtOnceAndTouchesNothing(
        outcome: BeatOutcome, code: String, mustAbandonStore: Bool, mayWriteLease: Bool
    ) throws {
        var machine = try Self.master()
        guard case .stepDown(let reason) = machine.beatFinished(outcome, startedAt: Self.at(500)) else {
            Issue.record("expected to step down")
            return
        }
        #expect(reason.code == code)
        #expect(reason.mustAbandonStore == mustAbandonStore)
        #expect(machine.duty(at: Self.at(600)) == .waitForEvents)
        #expect(machine.beatFinished(.good, startedAt: Self.at(1000)) == .none, "no way back")
        #expect(machine.servingStarted() == nil)
        #expect(machine.releaseRequested() == .giveBack(.steppedDown, writeLease: mayWriteLease))
        #expect(machine.releaseRequested() == .leave)
    }

    @Test func aMasterThatDoesNotGetReadyStepsDown() throws {
        var machine = try Self.master(servingLimit: .seconds(10))
        #expect(machine.timePassed(at: Self.at(10_000)) == nil)
        #expect(machine.timePassed(at: Self.at(10_001)) == .notServing(after: .milliseconds(10_001)))
        #expect(machine.releaseRequested() == .giveBack(.steppedDown, writeLease: true))
    }

    @Test func aServingMasterHasNoSuchLimit() throws {
        var machine = try Self.master(servingLimit: .seconds(10))
        #expect(machine.servingStarted()?.epoch == Epoch(1))
        #expect(machine.timePassed(at: Self.at(1_000_000)) == nil)
    }

    @Test func theStoresFailureEndsTheMastershipOnce() throws {
        var machine = try Self.master()
        #expect(machine.giveUp(.storeFailed("I/O error")) == .storeFailed("I/O error"))
        #expect(machine.giveUp(.silent(for: .seconds(5))) == nil)
        #expect(machine.releaseRequested() == .giveBack(.steppedDown, writeLease: true))
    }

    @Test func aStandbyHasNothingToGiveUp() throws {
        var machine = try Self.machine()
        #expect(machine.giveUp(.storeFailed("")) == nil)
        #expect(machine.timePassed(at: Self.at(1_000_000)) == nil)
        #expect(machine.servingStarted() == nil)
        #expect(machine.releaseRequested() == .leave)
        #expect(machine.duty(at: Self.at(1_000_000)) == .waitForEvents)
        #expect(machine.releaseRequested() == .leave)
    }

    @Test func aCleanStopMarksTheLease() throws {
        var machine = try Self.master()
        _ = machine.servingStarted()
        #expect(machine.releaseRequested() == .giveBack(.released, writeLease: true))
        #expect(machine.releaseRequested() == .leave)
    }
}
