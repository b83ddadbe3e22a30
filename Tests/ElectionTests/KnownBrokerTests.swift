import Glibc
import TestSupport
import Testing

@testable import Election

@Suite struct KnownBrokerTests {
    private let directory = TemporaryDirectory()

    private func record(
        _ name: String, _ state: BeatRecord.State = .standby, at wallMilliseconds: Int64 = 100_000
    ) -> BeatRecord {
        BeatRecord(
            broker: Fixture.broker(name), state: state, epoch: Epoch(3), counter: 1, times: .standard,
            wallMilliseconds: wallMilliseconds)
    }

    private func write(_ record: BeatRecord) throws {
        var file = BeatFile(dataDirectory: self.directory.path, broker: record.broker)
        try file.write(record)
    }

    private func all(now wallMilliseconds: Int64 = 100_400) -> [KnownBroker] {
        KnownBroker.all(in: self.directory.path, now: wallMilliseconds) { _ in .notVisible }
    }

    @Test func brokersComeByNameWithTheAgeOfTheirBeats() throws {
        for name in ["b", "a", "c"] { try self.write(self.record(name)) }
        #expect(self.all().map(\.record.broker.name) == ["a", "b", "c"])
        #expect(self.all().allSatisfy { $0.age == .milliseconds(400) })
        #expect(self.all(now: 99_000).allSatisfy { $0.age == .zero }, "a clock behind is no negative age")
    }

    @Test func withoutBeatsThereIsNobody() {
        #expect(self.all().isEmpty)
    }

    @Test func whatIsNoBeatIsPassedOver() throws {
        try self.write(self.record("a"))
        let beats = self.directory.file("beats")
        for name in ["b.beat", "c.txt", ".d.beat", "with space.beat"] {
            #expect(TestFile.write("\(beats)/\(name)", [UInt8](repeating: 0x41, count: 100)))
        }
        #expect(mkdir("\(beats)/e.beat", 0o700) == 0)
        #expect(self.all().map(\.record.broker.name) == ["a"])
    }

    @Test(arguments: [
        (BeatRecord.State.standby, Int64(500), ProcessLife.running, KnownBroker.Standing.standby),
        (.claim, 500, .notVisible, .claiming), (.master, 500, .running, .master), (.master, 2000, .running, .master),
        (.master, 2001, .running, .silent), (.standby, 60_000, .stopped, .silent), (.master, 500, .gone, .gone),
        (.stopped, 60_000, .gone, .stopped), (.stopped, 0, .running, .stopped),
    ])
    func stateAgeAndProcessAreItsStanding(
        state: BeatRecord.State, age: Int64, life: ProcessLife, standing: KnownBroker.Standing
    ) {
        let broker = KnownBroker(self.record("a", state), now: 100_000 + age, life: life)
        #expect(broker.standing == standing)
    }
}
