import Glibc
import Testing

@testable import Election

/// Conversations with the machine: time, locks, records and leases in, duties, verdicts and notices out.
@Suite struct ElectionMachineTests {
    private static let refused = LockAttempt(flock: .refused, posix: .notTried)
    private static let takeOver = ElectionTimes.standard.takeOver.wholeMilliseconds

    private func conversation(
        servingLimit: Duration = .seconds(60), serverLease: Duration? = nil, storageFences: Bool = false,
        knownEpoch: Epoch = .none, instance: UInt64 = 1
    ) throws -> MachineConversation {
        MachineConversation(
            Fixture.broker("a", instance: instance), settings: try ElectionSettings(servingLimit: servingLimit),
            serverLease: serverLease, storageFences: storageFences, knownEpoch: knownEpoch)
    }

    /// Master of epoch 1 of an empty directory, at the end of its first half second.
    private func master(servingLimit: Duration = .seconds(60)) throws -> MachineConversation {
        let talk = try self.conversation(servingLimit: servingLimit)
        talk.runWithoutTime()
        #expect(talk.term?.epoch == Epoch(1))
        return talk
    }

    // MARK: Claims

    @Test func anEmptyDirectoryIsTakenWithoutWaiting() throws {
        let talk = try self.master()
        #expect(talk.elapsed == 0)
        #expect(talk.term?.previous == nil)
        #expect(talk.mustRelocate == false)
        #expect(
            talk.duties == [
                .lookAtPeers, .tryLocks(everyKind: false), .writeBeat(.claim, .none), .readEpochs,
                .claimEpoch(Epoch(1)),
                .writeBeat(.claim, Epoch(1)), .lookAtPeers, .lookAtLease, .takeLease(Epoch(1)),
                .writeBeat(.master, Epoch(1)), .nameHolder(Epoch(1)), .lookAtPeers,
            ], "the claim is on the storage before anybody is looked at")
        #expect(talk.duty == .wait(until: talk.now.advanced(by: .milliseconds(500))))
    }

    @Test func anEpochThatIsTakenIsLookedUpAgain() throws {
        let talk = try self.conversation()
        talk.claim = .taken
        for _ in 0..<5 { talk.step() }
        #expect(talk.duty == .readEpochs)
        talk.claim = .claimed
        talk.highestEpoch = Epoch(40)
        talk.runWithoutTime()
        #expect(talk.term?.epoch == Epoch(41))
    }

    @Test func aLeaseOfALaterEpochStartsTheClaimAnew() throws {
        let talk = try self.conversation()
        talk.taking = .behind(Epoch(6))
        while talk.duties.last != .takeLease(Epoch(1)) { talk.step() }
        talk.taking = .taken(over: nil, setAside: nil)
        talk.runWithoutTime()
        #expect(talk.term?.epoch == Epoch(7))
    }

    @Test func noEpochIsLeft() throws {
        let talk = try self.conversation()
        talk.highestEpoch = Epoch(.max)
        talk.run(for: 400)
        #expect(talk.term == nil)
        #expect(talk.duties.filter { $0 == .tryLocks(everyKind: false) }.count == 1, "a pause in which others may try")
        talk.run(for: 200)
        #expect(talk.duties.filter { $0 == .tryLocks(everyKind: false) }.count == 2)
    }

    @Test func aFailedClaimLeavesTimeForAnotherBroker() throws {
        let talk = try self.conversation()
        for _ in 0..<3 { talk.step() }
        talk.claimFailed()
        talk.run(for: 499)
        #expect(talk.duties.filter { $0 == .tryLocks(everyKind: false) }.count == 1)
        talk.run(for: 10)
        #expect(talk.term?.epoch == Epoch(1))
    }

    @Test func aLookThatFailsEndsTheClaim() throws {
        let talk = try self.conversation()
        while talk.duties.last != .claimEpoch(Epoch(1)) { talk.step() }
        talk.lookFailure = SystemFailure("open", "beats", EIO)
        talk.runWithoutTime()
        #expect(talk.term == nil)
        talk.lookFailure = nil
        talk.run(for: 600)
        #expect(talk.term != nil)
    }

    // MARK: Settling

    @Test func aSilentMasterIsWaitedForAndItsStoreIsMoved() throws {
        let talk = try self.conversation()
        let master = PeerSighting.of("b", .master, epoch: 4, at: 0, isBeating: false)
        talk.peers = { _ in [master] }
        talk.lease = .row(.of(master))
        talk.highestEpoch = Epoch(4)
        talk.run(for: Self.takeOver - 500)
        #expect(talk.term == nil)
        talk.run(for: 1500)
        #expect(talk.term?.epoch == Epoch(5))
        #expect(talk.mustRelocate == true)
        #expect(talk.duties.contains(.requestRelocation(Epoch(5))))
    }

    @Test func storageThatRefusesTheOldMasterNeedsNoMove() throws {
        let talk = try self.conversation(storageFences: true)
        let master = PeerSighting.of("b", .master, epoch: 4, at: 0, isBeating: false)
        talk.peers = { _ in [master] }
        talk.lease = .row(.of(master))
        talk.highestEpoch = Epoch(4)
        talk.run(for: Self.takeOver + 1500)
        #expect(talk.term?.epoch == Epoch(5))
        #expect(talk.mustRelocate == false)
    }

    private static let holdingNothing: [(peer: PeerSighting, within: Int64)] = [
        // Its process is gone, as this host sees.
        (.of("b", .master, epoch: 4, at: 0, isBeating: false, life: .gone), 0),
        // This host was started again since.
        (.of("b", .master, epoch: 4, at: 0, isBeating: false, host: "host-a"), 2500),
        (.of("b", .stopped, epoch: 4, at: 0, isBeating: false), 0),
        (.of("b", .standby, at: 0, isBeating: false), 0),
    ]

    @Test(arguments: Self.holdingNothing)
    func whoHoldsNothingIsNotWaitedFor(peer: PeerSighting, within: Int64) throws {
        let talk = try self.conversation()
        talk.peers = { _ in [peer] }
        talk.highestEpoch = Epoch(4)
        talk.run(for: within + 1)
        #expect(talk.term?.epoch == Epoch(5))
        #expect(talk.mustRelocate == false)
    }

    @Test func aLeaseWithoutARecordIsWaitedForAsWell() throws {
        let talk = try self.conversation()
        talk.lease = .row(.of(.of("b", .master, epoch: 4, at: 0)))
        talk.highestEpoch = Epoch(4)
        talk.run(for: Self.takeOver - 500)
        #expect(talk.term == nil)
        talk.run(for: 2000)
        #expect(talk.mustRelocate == true)
    }

    @Test func theLeaseOfThisProcessesEarlierCandidacyIsNot() throws {
        let talk = try self.conversation()
        var row = Fixture.lease(4, Fixture.broker("a", instance: 77), phase: .active, times: .standard)
        row.counter = 5
        talk.lease = .row(row)
        talk.highestEpoch = Epoch(4)
        talk.run(for: 1)
        #expect(talk.term?.epoch == Epoch(5))
    }

    // MARK: False locks

    @Test func aMasterThatBeatsBesideUsIsYieldedTo() throws {
        let talk = try self.conversation()
        talk.peers = { [.of("b", .master, epoch: 4, at: $0)] }
        talk.highestEpoch = Epoch(4)
        talk.run(for: 1200)
        #expect(talk.term == nil)
        guard case .lockFalse(.grantedBeside(let peer))? = talk.notices.first else {
            Issue.record("expected a false lock, found \(talk.notices)")
            return
        }
        #expect(peer.name == "b")
        let tries = talk.duties.count { $0 == .tryLocks(everyKind: false) }
        talk.run(for: 20_000)
        #expect(talk.duties.count { $0 == .tryLocks(everyKind: false) } == tries, "its beats are the lock now")
        talk.peers = { _ in [.of("b", .stopped, epoch: 4, at: 0, isBeating: false)] }
        talk.run(for: 2000)
        #expect(talk.term?.epoch == Epoch(6), "5 was claimed before it yielded")
    }

    private static let rivals: [(epoch: Int64, instance: UInt64, mayGoOn: Bool)] = [
        (1, 9, false), (9, 9, true),
        // Of one epoch, as after a restored backup, the lower instance comes first.
        (5, 9, true), (5, 1, false),
    ]

    @Test(arguments: Self.rivals)
    func ofTwoClaimantsTheEarlierEpochComesFirst(epoch: Int64, instance: UInt64, mayGoOn: Bool) throws {
        let talk = try self.conversation(instance: 5)
        talk.highestEpoch = Epoch(4)
        talk.peers = { [.of("b", .claim, epoch: epoch, instance: instance, at: $0)] }
        talk.run(for: 1500)
        #expect(talk.term == nil, "the later one has not yielded yet")
        #expect(talk.lookVerdicts.contains(.abandonClaim) == !mayGoOn)
        #expect(!talk.notices.isEmpty)
        talk.peers = { [.of("b", .standby, instance: instance, at: $0)] }
        talk.run(for: 2000)
        #expect(talk.term != nil)
    }

    @Test(arguments: [
        (LockAttempt(flock: .granted, posix: .refused), LockDisagreement.Kind.flock),
        (LockAttempt(flock: .refused, posix: .granted), .posix),
    ])
    func oneLockGrantedAndTheOtherRefusedIsEvidenceOnceItLasts(attempt: LockAttempt, kind: LockDisagreement.Kind) throws
    {
        let talk = try self.conversation()
        talk.locks = attempt
        let master = PeerSighting.of("b", .master, epoch: 4, at: 0)
        let holder = LeaseRow(tracedBy: master.record)
        // Nobody has both: another broker may have been stopped in the middle of a try.
        talk.run(for: 5000)
        talk.peers = { [.of("b", .master, epoch: 4, at: $0)] }
        func told() -> [ElectionNotice] { talk.notices.filter { if case .lockFalse = $0 { true } else { false } } }
        #expect(told().isEmpty)
        talk.run(for: 3000)
        guard case .lockFalse(.kindsDisagree(let disagreement, let found?))? = told().first else {
            Issue.record("found \(told())")
            return
        }
        #expect(told().count == 1 && disagreement == LockDisagreement(granted: kind) && found.holder == holder.holder)
        talk.peers = { _ in [.of("b", .stopped, epoch: 4, at: 0, isBeating: false)] }
        talk.locks = LockAttempt(flock: .granted, posix: .granted)
        talk.run(for: 200)
        #expect(talk.term != nil, "both together still decide")
    }

    // MARK: Standby

    @Test func aRefusedBrokerTriesAgainAtThePollInterval() throws {
        let talk = try self.conversation()
        talk.locks = Self.refused
        talk.run(for: 2950)
        let tries = talk.duties.filter { if case .tryLocks = $0 { true } else { false } }
        #expect(tries.count == 30)
        #expect(tries.indices.filter { tries[$0] == .tryLocks(everyKind: true) } == [9, 19, 29])
        #expect(talk.duties.count { $0 == .writeBeat(.standby, .none) } == 6, "and beats meanwhile")
    }

    @Test func failingLockCallsAreToldOnceEach() throws {
        let talk = try self.conversation()
        let failure = SystemFailure("lock", "lock.flock", ENOLCK)
        talk.locks = LockAttempt(flock: .failed(failure), posix: .notTried)
        talk.run(for: 1000)
        #expect(talk.notices == [.lockUnusable(failure)])
        talk.locks = Self.refused
        talk.run(for: 200)
        talk.locks = LockAttempt(flock: .failed(failure), posix: .notTried)
        talk.run(for: 200)
        #expect(talk.notices.count { $0 == .lockUnusable(failure) } == 2, "it came back")
        talk.locks = LockAttempt(flock: .granted, posix: .granted)
        talk.run(for: 200)
        #expect(talk.term != nil, "a standby survives any error")
    }

    @Test(arguments: [
        (ProcessLife.stopped, true), (.running, true), (.notVisible, false),
    ])
    func aSilentHolderIsHungWhereItLivesAndStaleWhereNothingIsSeen(life: ProcessLife, isHung: Bool) throws {
        let talk = try self.conversation()
        talk.locks = Self.refused
        talk.peers = { [.of("b", .master, epoch: 4, at: min($0, 3000), life: life)] }
        talk.lease = .row(.of(.of("b", .master, epoch: 4, at: 0)))
        talk.holderLife = life
        talk.run(for: 3000 + Self.takeOver - 1000)
        func found() -> [ElectionNotice.HolderVerdict] {
            talk.notices.compactMap { if case .holder(let verdict) = $0 { verdict } else { nil } }
        }
        #expect(found().count == 1, "refused, and no more")
        talk.run(for: 3000)
        switch found().last {
        case .hung?: #expect(isHung)
        case .stale?: #expect(!isHung)
        default: Issue.record("found \(found())")
        }
    }

    @Test(arguments: [LeaseRow.Phase.released, .steppedDown])
    func whoGaveUpTheLeaseHoldsNothing(phase: LeaseRow.Phase) throws {
        let talk = try self.conversation()
        talk.locks = Self.refused
        talk.peers = { _ in [.of("b", .stopped, epoch: 4, at: 0, isBeating: false)] }
        talk.lease = .row(.of(.of("b", .stopped, epoch: 4, at: 0), phase: phase))
        talk.run(for: 3 * Self.takeOver)
        for case .holder(let verdict) in talk.notices { #expect(verdict == .refused(by: nil)) }
    }

    // MARK: Names

    @Test func aBrokerStaysOutWhileAnotherOfItsNameBeats() throws {
        let talk = try self.conversation()
        talk.peers = { [.of("a", .standby, instance: 8, at: min($0, 20_000))] }
        talk.run(for: 20_000)
        #expect(
            talk.duties.allSatisfy { $0 == .lookAtPeers }, "nothing is written, no lock is tried")
        guard case .nameDuplicate(_, isExcluded: true)? = talk.notices.first else {
            Issue.record("found \(talk.notices)")
            return
        }
        // It ends without a word.
        talk.run(for: Self.takeOver + 2000)
        #expect(talk.notices.last == .nameUnique)
        #expect(talk.term != nil)
    }

    @Test func theRecordOfAnEarlierRunCostsItsFewBeats() throws {
        let talk = try self.conversation()
        talk.peers = { _ in [.of("a", .standby, instance: 8, at: 0, isBeating: false)] }
        talk.run(for: 2300)
        #expect(talk.term != nil)
        #expect(talk.notices.isEmpty)
    }

    @Test(arguments: [(UInt64(3), true), (9, false)])
    func ofTwoThatBeganAtOnceTheHigherInstanceGoes(other: UInt64, isExcluded: Bool) throws {
        let talk = try self.conversation(instance: 5)
        talk.locks = Self.refused
        talk.run(for: 1000)
        talk.peers = { [.of("a", .standby, instance: other, at: $0)] }
        talk.run(for: 3000)
        #expect(
            talk.notices.contains { if case .nameDuplicate(_, isExcluded: true) = $0 { true } else { false } }
                == isExcluded)
    }

    @Test func aMasterTellsOfItsDoubleAndGoesOn() throws {
        let talk = try self.master()
        talk.peers = { [.of("a", .standby, instance: 8, at: $0)] }
        talk.run(for: 3000)
        #expect(talk.notices.count == 1)
        guard case .nameDuplicate(_, isExcluded: false)? = talk.notices.first else {
            Issue.record("found \(talk.notices)")
            return
        }
        #expect(talk.isMaster)
    }

    // MARK: Master

    @Test func aBeatIsFourCallsAndIsTrustedFromItsStart() throws {
        let talk = try self.master()
        let before = talk.duties.count
        talk.run(for: 501)
        #expect(talk.duties[before...] == [.proveLocks, .writeBeat(.master, Epoch(1)), .lookAtPeers, .renewLease])
        #expect(talk.beatVerdict == .trusted(since: talk.now.advanced(by: .milliseconds(-1)), unseen: nil))
    }

    @Test func withoutRoomTheMasterIsUnseenButProved() throws {
        let talk = try self.master()
        talk.beatFailure = SystemFailure("write", "a.beat", ENOSPC)
        talk.renewal = .unwritten("full")
        talk.run(for: 30_000)
        guard case .trusted(_, let unseen?)? = talk.beatVerdict else {
            Issue.record("found \(String(describing: talk.beatVerdict))")
            return
        }
        #expect(unseen.contains("a.beat"))
        #expect(talk.isMaster)
    }

    @Test(arguments: ["locks", "beat", "look", "lease"])
    func doubtEndsNothingByItselfAndProvesNothing(place: String) throws {
        let talk = try self.master()
        let failure = SystemFailure("read", "x", EIO)
        switch place {
        case "locks": talk.check = .unknown(failure)
        case "beat": talk.beatFailure = failure
        case "look": talk.lookFailure = failure
        default: talk.renewal = .failed("read x")
        }
        talk.run(for: 50_000)
        guard case .doubtful? = talk.beatVerdict else {
            Issue.record("found \(String(describing: talk.beatVerdict))")
            return
        }
        #expect(!talk.beatVerdicts.contains { if case .trusted = $0 { true } else { false } })
        #expect(talk.isMaster)
    }

    @Test func afterAPauseTheFenceIsAskedAsWell() throws {
        let talk = try self.master()
        talk.run(for: 1000)
        #expect(!talk.duties.contains(.askFence))
        talk.advance(30_000)
        talk.runWithoutTime()
        #expect(talk.duties.last == .askFence)
        guard case .proved(_, let pause)? = talk.beatVerdict else {
            Issue.record("found \(String(describing: talk.beatVerdict))")
            return
        }
        #expect(pause >= .seconds(30))
    }

    enum Loss: CaseIterable {
        case lock, lease, laterLease, fence, overtaken, backup, ownBackup
    }

    @Test(arguments: [
        (Loss.lock, "lock_lost"), (.lease, "superseded"), (.laterLease, "superseded"), (.fence, "fenced"),
        (.overtaken, "overtaken"), (.backup, "restored_backup"), (.ownBackup, "restored_backup"),
    ])
    func provedLossStepsDownAtOnceAndTouchesNothing(loss: Loss, code: String) throws {
        let talk = try self.master()
        let other = PeerSighting.of("b", .master, epoch: 9, at: 0)
        switch loss {
        case .lock: talk.check = .lost(LockLoss(file: "lock.flock", evidence: .replaced))
        case .lease: talk.renewal = .superseded(by: nil)
        case .laterLease: talk.renewal = .superseded(by: .of(other))
        case .fence:
            talk.fence = .another(Epoch(9))
            talk.advance(30_000)
        case .overtaken: talk.peers = { _ in [other] }
        case .backup: talk.renewal = .superseded(by: Fixture.lease(0, Fixture.broker("b")))
        case .ownBackup: talk.renewal = .superseded(by: Fixture.lease(1, Fixture.broker("a")))
        }
        talk.run(for: 600)
        var reason: StepDownReason?
        if case .stepDown(let found)? = talk.beatVerdict { reason = found }
        if case .stepDown(let found)? = talk.lookVerdicts.last { reason = found }
        #expect(reason?.code == code)
        #expect(reason?.mustAbandonStore == true)
        #expect(talk.duty == .waitForEvents)
        #expect(talk.servingStarted() == nil, "no way back")
        #expect(talk.releaseRequested() == .giveBack(.steppedDown, writeLease: false))
        #expect(talk.releaseRequested() == .leave)
    }

    @Test func aFormerMasterThatBeatsIsToldOnceAndDoesNotMatter() throws {
        let talk = try self.conversation()
        talk.highestEpoch = Epoch(4)
        talk.peers = { _ in [.of("b", .master, epoch: 4, at: 0, isBeating: false, life: .notVisible)] }
        talk.run(for: Self.takeOver + 1500)
        #expect(talk.term?.epoch == Epoch(5))
        talk.peers = { [.of("b", .master, epoch: 4, at: $0)] }
        talk.run(for: 5000)
        #expect(talk.notices.count { if case .lockFalse(.formerMaster) = $0 { true } else { false } } == 1)
        #expect(talk.isMaster)
    }

    @Test func aBeatThatSomebodyWaitsForComesAtOnce() throws {
        let talk = try self.master()
        talk.advance(10)
        talk.beatWanted()
        #expect(talk.duty == .proveLocks)
    }

    @Test func aMasterThatDoesNotGetReadyStepsDown() throws {
        let talk = try self.master(servingLimit: .seconds(10))
        talk.run(for: 10_000)
        #expect(talk.timePassed() == nil)
        talk.advance(1)
        #expect(talk.timePassed() == .notServing(after: .milliseconds(10_001)))
        #expect(talk.releaseRequested() == .giveBack(.steppedDown, writeLease: true))
    }

    @Test func aServingMasterHasNoSuchLimit() throws {
        let talk = try self.master(servingLimit: .seconds(10))
        #expect(talk.servingStarted()?.epoch == Epoch(1))
        talk.run(for: 100_000)
        #expect(talk.timePassed() == nil)
    }

    @Test func theStoresFailureEndsTheMastershipOnce() throws {
        let talk = try self.master()
        #expect(talk.giveUp(.storeFailed("I/O error")) == .storeFailed("I/O error"))
        #expect(talk.giveUp(.silent(for: .seconds(5))) == nil)
        #expect(talk.releaseRequested() == .giveBack(.steppedDown, writeLease: true))
    }

    // MARK: Backups

    @Test func aLeaseThatWentBackIsToldAndTheNextEpochIsAboveWhatWasKnown() throws {
        let talk = try self.conversation()
        talk.locks = Self.refused
        talk.peers = { [.of("b", .master, epoch: 9, at: $0)] }
        talk.lease = .row(.of(.of("b", .master, epoch: 9, at: 0)))
        talk.run(for: 2000)
        talk.peers = { _ in [] }
        talk.lease = .row(.of(.of("b", .stopped, epoch: 3, at: 0), phase: .released))
        talk.highestEpoch = Epoch(3)
        talk.run(for: 1000)
        #expect(!talk.notices.contains { if case .restoredBackup = $0 { true } else { false } }, "one may be claiming")
        talk.run(for: 1500)
        #expect(talk.notices.contains(.restoredBackup(known: Epoch(9), found: Epoch(3))))
        talk.locks = LockAttempt(flock: .granted, posix: .granted)
        talk.run(for: 30_000)
        #expect(talk.term?.epoch == Epoch(10))
        #expect(talk.notices.count { if case .restoredBackup = $0 { true } else { false } } == 1)
    }

    @Test func anEarlierCandidacysKnowledgeCounts() throws {
        let talk = try self.conversation(knownEpoch: Epoch(12))
        talk.run(for: 1)
        #expect(talk.term?.epoch == Epoch(13))
    }

    // MARK: Release

    @Test func aStandbyHasNothingToGiveUp() throws {
        let talk = try self.conversation()
        talk.locks = Self.refused
        talk.run(for: 1000)
        #expect(talk.giveUp(.storeFailed("")) == nil)
        #expect(talk.timePassed() == nil)
        #expect(talk.servingStarted() == nil)
        #expect(talk.releaseRequested() == .leave)
        #expect(talk.duty == .waitForEvents)
        #expect(talk.releaseRequested() == .leave)
    }

    @Test(arguments: [false, true])
    func aClaimMarksTheLeaseOnlyIfItTookIt(hasTakenLease: Bool) throws {
        let talk = try self.conversation()
        let last = hasTakenLease ? ElectionMachine.Duty.takeLease(Epoch(1)) : .claimEpoch(Epoch(1))
        while talk.duties.last != last { talk.step() }
        #expect(talk.releaseRequested() == .giveBack(.released, writeLease: hasTakenLease))
    }

    @Test func aCleanStopMarksTheLease() throws {
        let talk = try self.master()
        _ = talk.servingStarted()
        #expect(talk.releaseRequested() == .giveBack(.released, writeLease: true))
        #expect(talk.releaseRequested() == .leave)
    }
}
