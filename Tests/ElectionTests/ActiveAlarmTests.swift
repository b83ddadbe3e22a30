import TestSupport
import Testing

@testable import Election

@Suite struct ActiveAlarmTests {
    private func broker(
        _ name: String, alarms: [String] = [], notes: [BeatNote] = [], state: BeatRecord.State = .standby,
        life: ProcessLife = .notVisible
    ) -> KnownBroker {
        KnownBroker(
            BeatRecord(
                broker: Fixture.broker(name), state: state, epoch: .none, counter: 1, times: .standard,
                wallMilliseconds: 1000, alarms: alarms, notes: notes), now: 1000, life: life)
    }

    private func note(_ event: String, other: String?, detail: String) -> BeatNote {
        BeatNote(
            number: 1,
            entry: HistoryEntry(
                happenedAtMilliseconds: 777, event: event, epoch: .none, broker: "", host: "", pid: 0,
                otherBroker: other, otherHost: other.map { "far-\($0)" }, otherPID: 99, otherEpoch: nil,
                durationMilliseconds: nil, detail: detail))
    }

    private let row = ActiveAlarm.Row(
        event: "lock.false", broker: "b", sinceMilliseconds: 555, otherBroker: "a", detail: "evidence",
        remedy: "remedy")

    @Test func aBeatsAlarmHasTheWordsOfTheTable() throws {
        let brokers = [self.broker("a"), self.broker("b", alarms: ["lock.false"])]
        let alarms = ActiveAlarm.all(rows: [self.row], brokers: brokers)
        #expect(alarms.count == 1)
        let alarm = try #require(alarms.first)
        #expect(alarm.event == "lock.false" && alarm.sinceMilliseconds == 555)
        #expect(alarm.broker == .init(broker: "b", host: "host-b", pid: 4711))
        #expect(alarm.other == .init(broker: "a", host: "host-a", pid: 4711))
        #expect(alarm.detail == "evidence" && alarm.remedy == "remedy")
    }

    @Test func withoutAMasterTheNoteOfTheBeatTells() throws {
        let notes = [self.note("lock.stale", other: "z", detail: "silent")]
        let alarms = ActiveAlarm.all(rows: [], brokers: [self.broker("b", alarms: ["lock.stale"], notes: notes)])
        let alarm = try #require(alarms.first)
        #expect(alarm.sinceMilliseconds == 777 && alarm.detail == "silent")
        #expect(alarm.other == .init(broker: "z", host: "far-z", pid: 99))
    }

    @Test func aNameWithoutWordsIsStillAnAlarm() {
        let alarms = ActiveAlarm.all(rows: [], brokers: [self.broker("b", alarms: ["view.stale"])])
        #expect(alarms.map(\.event) == ["view.stale"])
        #expect(alarms.first?.detail == "" && alarms.first?.other == nil && alarms.first?.sinceMilliseconds == nil)
    }

    @Test func whatTheBrokerNoLongerSaysIsOver() {
        #expect(ActiveAlarm.all(rows: [self.row], brokers: [self.broker("b")]).isEmpty)
    }

    @Test func aBrokerWithoutABeatIsSpokenForByTheTable() {
        let alarms = ActiveAlarm.all(rows: [self.row], brokers: [self.broker("a")])
        #expect(alarms.map(\.event) == ["lock.false"])
        #expect(alarms.first?.broker == .init(broker: "b", host: nil, pid: nil))
        #expect(alarms.first?.other == .init(broker: "a", host: "host-a", pid: 4711))
    }

    @Test(arguments: [(BeatRecord.State.stopped, ProcessLife.notVisible), (.standby, .gone), (.master, .gone)])
    func whoStoppedOrEndedReportsNothing(state: BeatRecord.State, life: ProcessLife) {
        let broker = self.broker("b", alarms: ["lock.false"], state: state, life: life)
        #expect(ActiveAlarm.all(rows: [self.row], brokers: [broker]).isEmpty)
    }
}
