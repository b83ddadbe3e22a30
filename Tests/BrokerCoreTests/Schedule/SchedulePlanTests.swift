import TestSupport
import Testing

@testable import BrokerCore

@Suite struct SchedulePlanTests {
    private func plan(_ properties: [(String, PropertyValue)], maximum: Int32 = 1_000) throws -> SchedulePlan? {
        let map = PropertyMap(entries: properties.map { .init(name: PropertyText($0.0), value: $0.1) })
        return try SchedulePlan(map.encoded(), maximumRepeats: maximum)
    }

    @Test func messagesWithoutThePropertiesAreSentAtOnce() throws {
        #expect(try SchedulePlan(nil, maximumRepeats: 1_000) == nil)
        #expect(try self.plan([("colour", .text("red"))]) == nil)
        #expect(try self.plan([("AMQ_SCHEDULED_REPEAT", .int(3))]) == nil, "a repetition alone schedules nothing")
        #expect(try self.plan([("AMQ_SCHEDULED_DELAY", .null)]) == nil)
        #expect(try self.plan([("AMQ_SCHEDULED_DELAY", .long(5)), ("scheduledJobId", .text("ID:a:1:1:1:7"))]) == nil)
        #expect(try SchedulePlan([0, 0, 0, 9, 1] + Array("AMQ_SCHEDULED_DELAY".utf8), maximumRepeats: 1) == nil)
    }

    @Test(arguments: [
        PropertyValue.long(250), .int(250), .short(250), .string(PropertyText("250")),
        .bigString(PropertyText("250")),
    ])
    func numbersMayHaveAnyForm(value: PropertyValue) throws {
        let plan = try #require(try self.plan([("AMQ_SCHEDULED_DELAY", value), ("AMQ_SCHEDULED_PERIOD", value)]))
        #expect(plan.delayMs == 250 && plan.periodMs == 250 && plan.repeats == 0 && plan.cron == nil)
    }

    private static let wrong: [(name: String, value: PropertyValue, reason: String)] = [
        ("AMQ_SCHEDULED_DELAY", .text("soon"), "'soon'"), ("AMQ_SCHEDULED_DELAY", .double(1.5), "1.5"),
        ("AMQ_SCHEDULED_DELAY", .bool(true), "true"), ("AMQ_SCHEDULED_DELAY", .text(""), "''"),
        ("AMQ_SCHEDULED_PERIOD", .text("1 s"), "'1 s'"), ("AMQ_SCHEDULED_PERIOD", .long(-1), "-1"),
        ("AMQ_SCHEDULED_REPEAT", .text("x"), "'x'"), ("AMQ_SCHEDULED_REPEAT", .int(-2), "-2"),
        ("AMQ_SCHEDULED_REPEAT", .int(1_001), "maxSchedulerRepeatAllowed"),
        ("AMQ_SCHEDULED_REPEAT", .long(.max), "too large"), ("AMQ_SCHEDULED_CRON", .int(5), "no text"),
        ("AMQ_SCHEDULED_CRON", .text("61 * * * *"), "between 0 and 59"),
        ("AMQ_SCHEDULED_CRON", .text("every day"), "2 fields"),
    ]

    @Test(arguments: Self.wrong.indices)
    func wrongValuesAreRefusedByName(row: Int) {
        let (name, value, reason) = Self.wrong[row]
        #expect {
            _ = try self.plan(
                [(name, value)] + (name == "AMQ_SCHEDULED_DELAY" ? [] : [("AMQ_SCHEDULED_DELAY", .int(1))]))
        } throws: {
            guard case .general(let text)? = $0 as? BrokerError else { return false }
            return text.hasPrefix(name) && text.contains(reason)
        }
    }

    @Test func theLimitOfRepetitionsIsTheBrokers() throws {
        let properties: [(String, PropertyValue)] = [
            ("AMQ_SCHEDULED_PERIOD", .long(5)), ("AMQ_SCHEDULED_REPEAT", .int(1_000)),
        ]
        #expect(try self.plan(properties)?.repeats == 1_000)
        #expect(throws: BrokerError.self) { _ = try self.plan(properties, maximum: 999) }
    }

    private static let newYear: Int64 = 1_767_225_600_000

    private typealias FirstTime = (delay: PropertyValue, period: PropertyValue, cron: PropertyValue, expected: Int64)

    private static let firstTimes: [FirstTime] = [
        (.long(7_000), .null, .null, 37_000),
        (.null, .long(9_000), .null, 39_000), (.long(7_000), .long(9_000), .null, 37_000),
        (.long(0), .long(9_000), .null, 39_000), (.long(-5_000), .null, .null, 30_000),
        (.null, .null, .text("* * * * *"), 60_000), (.long(7_000), .long(9_000), .text("* * * * *"), 67_000),
        (.null, .long(9_000), .text("* * * * *"), 69_000), (.long(.max), .null, .null, .max - newYear),
        (.long(5), .null, .text(""), 30_005),
    ]

    /// From 2026-01-01 00:00:30 UTC on, in milliseconds after 00:00.
    @Test(arguments: Self.firstTimes.indices)
    func theFirstTime(row: Int) throws {
        let (delay, period, cron, expected) = Self.firstTimes[row]
        let plan = try #require(
            try self.plan([
                ("AMQ_SCHEDULED_DELAY", delay), ("AMQ_SCHEDULED_PERIOD", period), ("AMQ_SCHEDULED_CRON", cron),
            ]))
        #expect(plan.firstDueMs(sentAtMs: Self.newYear + 30_000, in: .utc) == Self.newYear + expected)
    }

    private func job(due: Int64, period: Int64 = 0, repeats: Int32 = 0, cron: String? = nil) -> ScheduleRecord {
        ScheduleRecord(
            id: ScheduleID(1), jobID: "p:1", dueMs: due, delayMs: 0, periodMs: period, repeatsLeft: repeats, cron: cron,
            message: SampleMessage.text(1, to: .queue("Q")))
    }

    private typealias Repetition = (now: Int64, catchUp: CatchUp, repeats: Int32, expected: Int64)

    private static let repetitions: [Repetition] = [
        (10_000, .latest, 3, 11_000), (10_300, .latest, 3, 11_000),
        (11_000, .latest, 3, 12_000), (15_500, .latest, 3, 16_000), (10_300, .all, 3, 11_000),
        (15_500, .all, 3, 11_000),
        (15_500, .latest, -1, 16_000), (9_000, .latest, 3, 11_000),
    ]

    /// Due at 10,000 and fired at `now`: due again when, with how many repetitions left.
    @Test(arguments: Self.repetitions.indices)
    func repetitionsStayOnTheirTimes(row: Int) throws {
        let (now, catchUp, repeats, expected) = Self.repetitions[row]
        let next = try #require(
            self.job(due: 10_000, period: 1_000, repeats: repeats).next(firedAtMs: now, catchUp, in: .utc))
        #expect(next.dueMs == expected && next.repeatsLeft == (repeats == -1 ? -1 : repeats - 1))
    }

    @Test func theLastIsTheLastAndNoPeriodIsHalfASecond() {
        #expect(self.job(due: 10_000).next(firedAtMs: 10_000, .latest, in: .utc) == nil)
        #expect(self.job(due: 10_000, repeats: 1).next(firedAtMs: 10_000, .latest, in: .utc)?.dueMs == 10_500)
    }

    private static let crons: [(late: Int64, catchUp: CatchUp, expected: Int64)] = [
        (0, .latest, 120_000), (200_000, .latest, 240_000), (200_000, .all, 120_000),
        // The clock was put back after the time before: that time does not come again.
        (-3_600_000, .latest, 120_000),
    ]

    @Test(arguments: Self.crons.indices)
    func cronTimes(row: Int) throws {
        let (late, catchUp, expected) = Self.crons[row]
        let due = Self.newYear + 60_000
        let next = try #require(
            self.job(due: due, cron: "* * * * *").next(
                firedAtMs: late == 0 ? due : Self.newYear + late, catchUp, in: .utc))
        #expect(next.dueMs == Self.newYear + expected)
    }
}
