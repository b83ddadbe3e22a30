import Logging
import TestSupport
import Testing

@testable import Election

@Suite struct ElectionMeterTests {
    private let clock = ManualClock()

    @Test func everyEventOfAJournalIsCounted() {
        let meter = ElectionMeter()
        let journal = EventJournal(
            logger: LogBook().logger, broker: Fixture.broker("a"), clock: self.clock, meter: meter)
        for name in ElectionEvent.Name.allCases { journal.record(ElectionEvent(name, .info, "x")) }
        journal.record(ElectionEvent(.lockFalse, .error, "x"))
        for name in ElectionEvent.Name.allCases {
            #expect(meter.figures.count(of: name) == (name == .lockFalse ? 2 : 1), "\(name)")
        }
    }

    @Test func countersOutliveTheCandidacy() {
        let meter = ElectionMeter()
        for name in ["a", "a"] {
            let journal = EventJournal(
                logger: LogBook().logger, broker: Fixture.broker(name), clock: self.clock, meter: meter)
            journal.record(
                ElectionEvent(.takeoverFinished, .info, "x", duration: .milliseconds(name == "a" ? 120 : 0)))
        }
        #expect(meter.figures.takeovers.count == 2)
        #expect(meter.figures.takeovers.last == .milliseconds(120))
    }

    @Test func alarmsAreThoseOfTheCandidacyUnderWay() {
        let meter = ElectionMeter()
        func journal() -> EventJournal {
            EventJournal(logger: LogBook().logger, broker: Fixture.broker("a"), clock: self.clock, meter: meter)
        }
        let first = journal()
        first.raise(ElectionEvent(.lockFalse, .error, "x"))
        first.raise(ElectionEvent(.viewStale, .warning, "x"))
        first.clear(.lockFalse)
        #expect(meter.figures.alarms == ["view.stale"])
        _ = journal()
        #expect(meter.figures.alarms.isEmpty)
    }

    @Test func aBadBeatLeavesTheLastGoodOne() {
        let meter = ElectionMeter()
        #expect(meter.figures.lastBeat == nil && meter.figures.lastGoodBeat == nil)
        let first = self.clock.now()
        meter.beatEnded(from: first, to: first.advanced(by: .milliseconds(3)), isGood: true)
        let second = first.advanced(by: .seconds(1))
        meter.beatEnded(from: second, to: second.advanced(by: .seconds(4)), isGood: false)
        let figures = meter.figures
        #expect(figures.lastBeat == second && figures.lastGoodBeat == first)
        #expect(figures.beats.count == 2 && figures.badBeats == 1)
        #expect(figures.beats.last == .seconds(4))
    }

    @Test func alarmsAreReplaced() {
        let meter = ElectionMeter()
        meter.hold(alarms: ["lock.false", "view.stale"])
        meter.hold(alarms: ["lock.stale"])
        #expect(meter.figures.alarms == ["lock.stale"])
    }
}
