import Testing

@testable import Election

@Suite struct ElectionSnapshotTests {
    private func snapshot(_ lease: LeaseRow?, at seconds: Int64) -> ElectionSnapshot {
        ElectionSnapshot(
            role: .standby, broker: Fixture.broker("b"), lease: lease,
            at: BootInstant(nanoseconds: seconds * 1_000_000_000))
    }

    private let lease = Fixture.lease(1, Fixture.broker("a"), phase: .active, counter: 5)

    @Test func aLeaseThatStandsStillKeepsItsTime() {
        let first = self.snapshot(self.lease, at: 1)
        let second = self.snapshot(self.lease, at: 2).following(first)
        let third = self.snapshot(self.lease, at: 3).following(second)
        #expect(third.leaseMovedAt == first.at && third.at.nanoseconds == 3_000_000_000)
    }

    @Test func anyChangeOfTheLeaseIsMovement() {
        let first = self.snapshot(self.lease, at: 1)
        var renewed = self.lease
        renewed.counter += 1
        var ended = self.lease
        ended.phase = .released
        var traced = self.lease
        traced.renewedAtMilliseconds += 1
        for lease in [renewed, ended, traced, Fixture.lease(2, Fixture.broker("c"), phase: .active, counter: 5)] {
            let next = self.snapshot(lease, at: 9).following(first)
            #expect(next.leaseMovedAt == next.at)
        }
    }

    @Test func withoutALeaseNothingMoves() {
        let first = self.snapshot(self.lease, at: 1)
        #expect(self.snapshot(nil, at: 2).following(first).leaseMovedAt == nil)
        let again = self.snapshot(self.lease, at: 3).following(self.snapshot(nil, at: 2))
        #expect(again.leaseMovedAt == again.at)
    }
}
