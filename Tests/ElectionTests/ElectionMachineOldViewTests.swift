import Testing

@testable import Election

/// What a broker sees of the others may be some beats old, and then shows as moving who has ended.
@Suite struct ElectionMachineOldViewTests {
    private static let refused = LockAttempt(flock: .refused, posix: .notTried)
    private static let takeOver = ElectionTimes.standard.takeOver.wholeMilliseconds

    private func isFalse(_ notice: ElectionNotice) -> Bool {
        if case .lockFalse = notice { true } else { false }
    }

    /// Holds both locks beside the master of epoch 4, which has died and whose lease is seen late.
    private func claimant(over row: LeaseRow) throws -> MachineConversation {
        let talk = MachineConversation(Fixture.broker("a"), settings: try ElectionSettings())
        talk.highestEpoch = Epoch(4)
        talk.lease = .row(row)
        return talk
    }

    @Test func aLeaseThatMovesWhileItsHolderBeatsUnderAnotherInstanceIsAnOldView() throws {
        var row = LeaseRow.of(.of("b", .master, epoch: 4, at: 0))
        let talk = try self.claimant(over: row)
        // Its host has started it again, and it waits for the locks like everybody.
        talk.peers = { [.of("b", .standby, instance: 3, at: $0, boot: "boot-3")] }
        for _ in 0..<10 {
            row.counter += 1
            talk.lease = .row(row)
            talk.run(for: 500)
        }
        #expect(talk.term == nil)
        #expect(!talk.notices.contains(where: self.isFalse))
        talk.run(for: Self.takeOver + 1500)
        #expect(talk.term?.epoch == Epoch(5))
        #expect(talk.mustRelocate == true)
    }

    /// It crashed in the middle of a renewal: until the next lease is taken nobody can read this one.
    @Test func aLeaseThatCannotBeReadAnyMoreIsSilentToo() throws {
        let talk = try self.claimant(over: .of(.of("b", .master, epoch: 4, at: 0)))
        talk.peers = { [.of("b", .standby, instance: 3, at: $0, boot: "boot-3")] }
        talk.run(for: 1000)
        talk.lease = .unclear("a journal that looks hot")
        talk.run(for: Self.takeOver - 1500)
        #expect(talk.term == nil)
        talk.run(for: 1500)
        #expect(talk.term?.epoch == Epoch(5))
        #expect(talk.mustRelocate == true)
    }

    /// It lost its lock, could not mark the lease any more, and waits for the locks itself.
    @Test func aHolderWhoseProcessStandsAgainHoldsNothing() throws {
        let talk = try self.claimant(over: .of(.of("b", .master, epoch: 4, at: 0)))
        talk.holderLife = .running
        talk.peers = { [.of("b", .standby, instance: 3, at: $0)] }
        talk.run(for: 500)
        #expect(talk.term?.epoch == Epoch(5))
        #expect(talk.mustRelocate == false)
    }

    @Test func aLeaseThatMovesWithoutAnybodyUnderItsNameIsAFalseLock() throws {
        var row = LeaseRow.of(.of("b", .master, epoch: 4, at: 0))
        let talk = try self.claimant(over: row)
        talk.run(for: 600)
        row.counter += 1
        talk.lease = .row(row)
        talk.run(for: 600)
        guard case .lockFalse(.grantedBesideLease(let found))? = talk.notices.first(where: self.isFalse) else {
            Issue.record("found \(talk.notices)")
            return
        }
        #expect(found.holder.name == "b")
        #expect(talk.term == nil)
    }

    /// It died a moment before, and we became master by its proven lock.
    @Test func aFormerMasterSeenLateIsNoFalseLock() throws {
        let talk = MachineConversation(Fixture.broker("a"), settings: try ElectionSettings())
        talk.highestEpoch = Epoch(4)
        talk.peers = { _ in [.of("b", .master, epoch: 4, at: 0, isBeating: false)] }
        talk.run(for: Self.takeOver + 1500)
        #expect(talk.isMaster)
        talk.knownToMaster = 3
        let start = talk.elapsed
        talk.peers = { [.of("b", .master, epoch: 4, at: min($0, start + 3000) - start)] }
        talk.run(for: 6000)
        #expect(!talk.notices.contains(where: self.isFalse))
        // For longer than a view may be behind: then it beats.
        talk.peers = { [.of("b", .master, epoch: 4, at: $0 - start)] }
        talk.run(for: Self.takeOver)
        #expect(talk.notices.contains { if case .lockFalse(.formerMaster) = $0 { true } else { false } })
    }

    /// It refused us, and died: what its late view shows as moving beside us is the past.
    @Test func aMasterThatRefusedUsAndIsSeenLateIsNoFalseLock() throws {
        let talk = MachineConversation(Fixture.broker("a"), settings: try ElectionSettings())
        talk.locks = Self.refused
        talk.knownToMaster = 1
        talk.peers = { [.of("b", .master, epoch: 4, at: $0)] }
        talk.lease = .row(.of(.of("b", .master, epoch: 4, at: 0)))
        talk.highestEpoch = Epoch(4)
        talk.run(for: 1800)
        talk.locks = LockAttempt(flock: .granted, posix: .granted)
        talk.peers = { [.of("b", .master, epoch: 4, at: min($0, 3000))] }
        talk.run(for: 5000)
        #expect(talk.term == nil)
        #expect(!talk.notices.contains(where: self.isFalse))
        talk.run(for: Self.takeOver)
        #expect(talk.term?.epoch == Epoch(5))
        #expect(talk.mustRelocate == true)
    }

    /// And where it knows our claim, it beats beside us whatever it refused before.
    @Test func aMasterThatKnowsOurClaimIsBesideUs() throws {
        let talk = MachineConversation(Fixture.broker("a"), settings: try ElectionSettings())
        talk.locks = Self.refused
        talk.peers = { [.of("b", .master, epoch: 4, at: $0)] }
        talk.lease = .row(.of(.of("b", .master, epoch: 4, at: 0)))
        talk.highestEpoch = Epoch(4)
        talk.run(for: 600)
        talk.locks = LockAttempt(flock: .granted, posix: .granted)
        talk.run(for: 1100)
        #expect(talk.term == nil)
        #expect(talk.notices.contains { if case .lockFalse(.grantedBeside) = $0 { true } else { false } })
    }

    /// Another that claimed beside us, was to yield, and ended instead.
    @Test func aClaimantThatEndsIsNotWaitedForForEver() throws {
        let talk = MachineConversation(Fixture.broker("a"), settings: try ElectionSettings())
        let patient = PeerSighting.of("c", .master, epoch: 1, instance: 4, at: 0, isBeating: false)
        talk.highestEpoch = Epoch(4)
        talk.peers = { [.of("b", .claim, epoch: 9, at: min($0, 3000)), patient] }
        talk.run(for: 4000)
        #expect(talk.term == nil)
        talk.run(for: Self.takeOver + 1500)
        #expect(talk.term?.epoch == Epoch(5))
    }

    /// Its record is covered by another of its name, and it may be the one that refuses.
    @Test(arguments: [ProcessLife.running, .stopped])
    func besideAFormerHolderThatLivesHereNothingIsProved(life: ProcessLife) throws {
        let talk = MachineConversation(Fixture.broker("a"), settings: try ElectionSettings())
        talk.locks = Self.refused
        talk.lease = .row(.of(.of("c", .master, epoch: 3, instance: 3, at: 0)))
        talk.holderLife = life
        talk.run(for: 2000)
        talk.holderLife = .notVisible
        talk.lease = .row(.of(.of("b", .master, epoch: 4, at: 0)))
        talk.peers = {
            var master = PeerSighting.of("b", .master, epoch: 4, at: $0)
            master.record.holdsProbes = true
            return [master]
        }
        talk.probe = LockMatrix(flock: .refused, posix: .refused, ofd: .refused)
        talk.run(for: 10_000)
        #expect(!talk.notices.contains { if case .lockProven = $0 { true } else { false } })
    }

    @Test func aHungHolderThatIsResumedIsNotToldAgain() {
        var watch = HolderWatch(times: .standard)
        var told = 0
        for number in Int64(0)..<60 {
            let row = Fixture.lease(3, Fixture.broker("m"), counter: 7, times: .standard)
            let sighting = HolderSighting(
                holder: row, leaseCounter: 7, beatCounter: nil, life: number < 40 ? .stopped : .running)
            if case .hung = watch.see(sighting, at: BootInstant(nanoseconds: number * 500_000_000)) { told += 1 }
        }
        #expect(told == 1)
    }
}
