import Testing

@testable import Election

@Suite struct HolderWatchTests {
    private static let holder = Fixture.broker("m")

    private static func sighting(
        counter: Int64, beat: Int64? = nil, life: ProcessLife = .running, epoch: Int64 = 3
    ) -> HolderSighting {
        HolderSighting(
            holder: Fixture.lease(epoch, Self.holder, counter: counter, times: .standard), leaseCounter: counter,
            beatCounter: beat, life: life)
    }

    private static func at(_ milliseconds: Int64) -> BootInstant { BootInstant(nanoseconds: milliseconds * 1_000_000) }

    /// Looks every half second from `from` on at the same picture, and returns what was told, with its time.
    private static func look(
        _ watch: inout HolderWatch, at sighting: HolderSighting, from: Int64, until: Int64
    ) -> [(Int64, HolderWatch.Verdict)] {
        stride(from: from, through: until, by: 500).compactMap { time in
            let verdict = watch.see(sighting, at: Self.at(time))
            return verdict == .nothingNew ? nil : (time, verdict)
        }
    }

    @Test func aMovingHolderIsNamedOnce() {
        var watch = HolderWatch(times: .standard)
        var told: [HolderWatch.Verdict] = []
        for number in Int64(0)..<100 {
            let verdict = watch.see(Self.sighting(counter: number), at: Self.at(number * 500))
            if verdict != .nothingNew { told.append(verdict) }
        }
        #expect(told == [.refused(by: Fixture.lease(3, Self.holder, counter: 0, times: .standard))])
    }

    @Test func eachNewHolderIsNamed() {
        var watch = HolderWatch(times: .standard)
        _ = watch.see(Self.sighting(counter: 5), at: Self.at(0))
        let other = Fixture.lease(4, Fixture.broker("n", instance: 2), times: .standard)
        let sighting = HolderSighting(holder: other, leaseCounter: 0, beatCounter: nil, life: .notVisible)
        #expect(watch.see(sighting, at: Self.at(500)) == .refused(by: other))
    }

    /// Of a process that has ended this moment the next try shows that its lock is free.
    @Test(arguments: [
        (ProcessLife.running, true, 12_000), (.stopped, true, 12_000), (.gone, false, 13_000),
        (.notVisible, false, 12_000),
    ])
    func aSilentHolderIsHungOrStaleByItsProcess(life: ProcessLife, isHung: Bool, at: Int64) throws {
        var watch = HolderWatch(times: .standard)
        let told = Self.look(&watch, at: Self.sighting(counter: 7, life: life), from: 0, until: 60_000)
        #expect(told.count == 2)
        let (time, verdict) = try #require(told.last)
        #expect(time == at, "not before the take-over time, and at once then")
        switch verdict {
        case .hung(_, let silence, let found): #expect(isHung && silence == .milliseconds(at) && found == life)
        case .stale(_, let silence, let found): #expect(!isHung && silence == .milliseconds(at) && found == life)
        default: Issue.record("unexpected \(verdict)")
        }
    }

    @Test func aHungHolderThatDiesIsToldAsStale() {
        var watch = HolderWatch(times: .standard)
        _ = Self.look(&watch, at: Self.sighting(counter: 7, life: .stopped), from: 0, until: 13_000)
        let told = Self.look(&watch, at: Self.sighting(counter: 7, life: .gone), from: 13_500, until: 20_000)
        guard case .stale = told.first?.1 else {
            Issue.record("expected a stale lock, got \(told)")
            return
        }
        #expect(told.count == 1)
    }

    @Test func aHungHolderThatMovesAgainIsToldOnce() {
        var watch = HolderWatch(times: .standard)
        _ = Self.look(&watch, at: Self.sighting(counter: 7, life: .stopped), from: 0, until: 13_000)
        guard case .moving = watch.see(Self.sighting(counter: 8), at: Self.at(13_500)) else {
            Issue.record("expected to hear that it moves")
            return
        }
        #expect(watch.see(Self.sighting(counter: 9), at: Self.at(14_000)) == .nothingNew)
        let again = Self.look(&watch, at: Self.sighting(counter: 9), from: 14_500, until: 30_000)
        #expect(again.first?.0 == 26_000, "and it is timed anew")
    }

    @Test func theBeatFileMovesAsWellAsTheLease() {
        var watch = HolderWatch(times: .standard)
        for number in Int64(0)..<100 {
            let verdict = watch.see(Self.sighting(counter: 7, beat: number), at: Self.at(number * 500))
            #expect(number == 0 || verdict == .nothingNew)
        }
    }

    @Test func aBeatFileThatCannotBeReadForOnceIsNoMovement() {
        var watch = HolderWatch(times: .standard)
        var told: [HolderWatch.Verdict] = []
        for number in Int64(0)..<40 {
            let beat: Int64? = number % 2 == 0 ? 5 : nil
            told.append(watch.see(Self.sighting(counter: 7, beat: beat), at: Self.at(number * 500)))
        }
        #expect(told.contains { if case .hung = $0 { true } else { false } })
    }

    @Test func ourOwnPauseIsNotTheHoldersSilence() {
        var watch = HolderWatch(times: .standard)
        _ = watch.see(Self.sighting(counter: 7), at: Self.at(0))
        #expect(watch.see(Self.sighting(counter: 7), at: Self.at(3_600_000)) == .nothingNew)
    }

    @Test func aHolderWithLongerTimesIsWaitedForLonger() {
        var watch = HolderWatch(times: .standard)
        var slow = ElectionTimes.standard
        slow.takeOver = .seconds(60)
        let row = Fixture.lease(3, Self.holder, times: slow)
        let sighting = HolderSighting(holder: row, leaseCounter: 0, beatCounter: nil, life: .notVisible)
        let told = Self.look(&watch, at: sighting, from: 0, until: 90_000)
        #expect(told.map(\.0) == [0, 60_000])
    }

    @Test func aLeaseThatCannotBeReadIsNoMovementAndNoExcuse() {
        // The holder was stopped in the middle of a renewal: lease.db is locked, its last beat can be read.
        var watch = HolderWatch(times: .standard)
        _ = watch.see(Self.sighting(counter: 7, beat: 20), at: Self.at(0))
        var locked = Self.sighting(counter: 7, beat: 20, life: .stopped)
        locked.leaseCounter = nil
        let told = Self.look(&watch, at: locked, from: 500, until: 30_000)
        #expect(told.map(\.0) == [12_000])
        guard case .hung = told.first?.1 else {
            Issue.record("expected a hung holder, got \(told)")
            return
        }
        #expect(watch.see(Self.sighting(counter: 7, beat: 20, life: .stopped), at: Self.at(30_500)) == .nothingNew)
        guard case .moving = watch.see(Self.sighting(counter: 8, beat: 20), at: Self.at(31_000)) else {
            Issue.record("expected to hear that it moves")
            return
        }
    }

    @Test func aHolderKnownByItsBeatAloneIsTimedByIt() {
        var watch = HolderWatch(times: .standard)
        for number in Int64(0)..<100 {
            var sighting = Self.sighting(counter: 0, beat: number)
            sighting.leaseCounter = nil
            let verdict = watch.see(sighting, at: Self.at(number * 500))
            #expect((verdict == .nothingNew) == (number > 0))
        }
    }

    @Test func aLockWithoutAnyTraceIsToldOnce() {
        var watch = HolderWatch(times: .standard)
        let none = HolderSighting(holder: nil, leaseCounter: nil, beatCounter: nil, life: .notVisible)
        let told = Self.look(&watch, at: none, from: 0, until: 60_000)
        #expect(told.map(\.1) == [.refused(by: nil)])
        #expect(watch.see(Self.sighting(counter: 1), at: Self.at(60_500)) != .nothingNew, "named once it has a lease")
    }
}
