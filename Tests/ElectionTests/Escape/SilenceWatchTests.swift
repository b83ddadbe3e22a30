import Testing

@testable import Election

@Suite struct SilenceWatchTests {
    private static let dead = Fixture.broker("dead")

    private func beat(_ counter: Int64, _ state: BeatRecord.State = .master, of broker: BrokerIdentity = dead)
        -> BeatRecord
    {
        BeatRecord(
            broker: broker, state: state, epoch: Epoch(3), counter: counter, times: Fixture.hasty, wallMilliseconds: 1)
    }

    private func trace(
        lease counter: Int64? = 7, _ beats: [BeatRecord] = [], isComplete: Bool = true
    ) -> HolderTrace {
        HolderTrace(
            lease: counter.map { Fixture.lease(3, Self.dead, phase: .active, counter: $0, times: Fixture.hasty) },
            line: "broker=dead instance=\(Self.dead.instance)", beats, isComplete: isComplete)
    }

    private func at(_ milliseconds: Int64) -> BootInstant { BootInstant(nanoseconds: milliseconds * 1_000_000) }

    private func watch(from trace: HolderTrace) -> SilenceWatch {
        SilenceWatch(from: trace, period: .milliseconds(100), at: self.at(0))
    }

    @Test func onlyTimeInWhichSomebodyLookedIsSilence() throws {
        var watch = self.watch(from: self.trace([self.beat(9)]))
        for tick in 1...5 { try watch.see(self.trace([self.beat(9)]), at: self.at(Int64(tick) * 100)) }
        #expect(watch.quiet == .milliseconds(500))
        // This process was stopped for a minute.
        try watch.see(self.trace([self.beat(9)]), at: self.at(60_500))
        #expect(watch.quiet == .milliseconds(1500))
        // The storage did not answer.
        try watch.see(self.trace([self.beat(9)], isComplete: false), at: self.at(60_600))
        #expect(watch.quiet == .milliseconds(1500))
    }

    @Test func whatCannotBeReadHasNotMovedButWhatMovedMeanwhileHas() throws {
        var watch = self.watch(from: self.trace([self.beat(9)]))
        try watch.see(self.trace(lease: nil, []), at: self.at(100))
        try watch.see(self.trace([self.beat(9)]), at: self.at(200))
        #expect(watch.quiet == .milliseconds(200))
        #expect(throws: EscapeRefusal.moves(EscapeParty(Self.dead, Epoch(3)))) {
            var moved = watch
            try moved.see(self.trace(lease: nil, [self.beat(10)]), at: self.at(300))
        }
        #expect(throws: EscapeRefusal.self) { try watch.see(self.trace(lease: 8), at: self.at(300)) }
    }

    @Test func anotherHolderIsASignOfLife() {
        let other = Fixture.broker("other", instance: 5)
        var watch = self.watch(from: self.trace())
        let taken = HolderTrace(
            lease: Fixture.lease(4, other, phase: .acquired), line: "broker=other instance=\(other.instance)", [])
        #expect(throws: EscapeRefusal.moves(EscapeParty(other, Epoch(4)))) {
            try watch.see(taken, at: self.at(100))
        }
    }

    @Test func theLeaseAsTheElectionSawItMustBeTheSame() {
        let row = Fixture.lease(3, Self.dead, phase: .active, counter: 7, times: Fixture.hasty)
        #expect(self.trace().moved(since: row) == nil)
        #expect(self.trace(lease: 8).moved(since: row) == EscapeParty(row))
        // Put together from a beat, where the lease could not be read.
        #expect(self.trace().moved(since: LeaseRow(tracedBy: self.beat(9))) == nil)
        var earlier = row
        earlier.epoch = Epoch(2)
        #expect(self.trace().moved(since: earlier) == EscapeParty(row))
    }
}
