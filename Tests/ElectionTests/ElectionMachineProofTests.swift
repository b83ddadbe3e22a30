import Testing

@testable import Election

/// Whether a refusal means something: only then may the next master trust that the last one has let go.
@Suite struct ElectionMachineProofTests {
    private static let refused = LockAttempt(flock: .refused, posix: .notTried)
    private static let takeOver = ElectionTimes.standard.takeOver.wholeMilliseconds

    /// On another host, with its probe files held.
    private static func master(_ elapsed: Int64) -> PeerSighting {
        var master = PeerSighting.of("b", .master, epoch: 4, at: elapsed)
        master.record.holdsProbes = true
        return master
    }

    private func conversation() throws -> MachineConversation {
        MachineConversation(Fixture.broker("a"), settings: try ElectionSettings())
    }

    @Test func aRefusalBetweenTwoBeatsProvesTheLockAndSparesTheWait() throws {
        let talk = try self.conversation()
        talk.locks = Self.refused
        talk.peers = { [Self.master($0)] }
        talk.lease = .row(.of(.of("b", .master, epoch: 4, at: 0)))
        talk.highestEpoch = Epoch(4)
        talk.probe = LockMatrix(flock: .refused, posix: .refused, ofd: .refused)
        talk.run(for: 5000)
        #expect(talk.notices.contains { if case .lockProven = $0 { true } else { false } })
        // The holder dies on its host, of which nothing can be seen; the storage frees its locks.
        talk.peers = { _ in [Self.master(4900)] }
        talk.locks = LockAttempt(flock: .granted, posix: .granted)
        talk.run(for: 101)
        #expect(talk.term?.epoch == Epoch(5))
        #expect(talk.mustRelocate == false)
    }

    @Test func withinAHostARefusalProvesByItself() throws {
        let talk = try self.conversation()
        talk.locks = Self.refused
        talk.peers = { [.of("b", .master, epoch: 4, at: $0, host: "host-a", boot: "boot", life: .running)] }
        talk.run(for: 2000)
        #expect(talk.notices.contains { if case .lockProven = $0 { true } else { false } })
    }

    /// A former master that is stopped may be the one that refuses.
    @Test(arguments: [BeatRecord.State.master, .claim])
    func besideAnotherThatMayHoldTheLocksNothingIsProved(state: BeatRecord.State) throws {
        let other = PeerSighting.of("c", state, epoch: 3, instance: 3, at: 0, isBeating: false)
        let talk = try self.conversation()
        talk.locks = Self.refused
        talk.peers = { [Self.master($0), other] }
        talk.probe = LockMatrix(flock: .refused, posix: .refused, ofd: .refused)
        talk.run(for: 10_000)
        #expect(!talk.notices.contains { if case .lockProven = $0 { true } else { false } })
    }

    @Test func betweenHostsOnlyTheProbesProve() throws {
        let talk = try self.conversation()
        talk.locks = Self.refused
        talk.peers = { [Self.master($0)] }
        talk.run(for: 3000)
        func isProven() -> Bool { talk.notices.contains { if case .lockProven = $0 { true } else { false } } }
        #expect(!isProven())
        talk.probe = LockMatrix(flock: .refused, posix: .refused, ofd: .refused)
        talk.run(for: 4000)
        #expect(isProven())
    }

    /// It refuses at times, and at times it does not: before and after, what it refused says nothing.
    @Test(arguments: [false, true])
    func aLockThatWasFalseOnceIsNotProved(isProvenBefore: Bool) throws {
        let talk = try self.conversation()
        talk.peers = { [Self.master($0)] }
        talk.lease = .row(.of(.of("b", .master, epoch: 4, at: 0)))
        talk.highestEpoch = Epoch(4)
        let refusing = LockMatrix(flock: .refused, posix: .refused, ofd: .refused)
        if isProvenBefore {
            talk.locks = Self.refused
            talk.probe = refusing
            talk.run(for: 5000)
            talk.probe = LockMatrix(flock: .refused, posix: .granted, ofd: .granted)
            talk.run(for: 65_000)
        } else {
            talk.locks = LockAttempt(flock: .granted, posix: .granted)
            talk.run(for: 2000)
        }
        #expect(talk.notices.contains { if case .lockFalse = $0 { true } else { false } })
        talk.locks = Self.refused
        talk.probe = refusing
        talk.run(for: 70_000)
        let proofs = talk.notices.filter { if case .lockProven = $0 { true } else { false } }
        #expect(proofs.count == (isProvenBefore ? 1 : 0))
        // It is stopped, and its locks are free: it may still write, so its store must be left to it.
        let last = talk.elapsed
        talk.peers = { _ in [Self.master(last)] }
        talk.locks = LockAttempt(flock: .granted, posix: .granted)
        talk.run(for: Self.takeOver + 2000)
        #expect(talk.term != nil)
        #expect(talk.mustRelocate == true)
    }
}
