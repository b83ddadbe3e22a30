import Testing

@testable import BrokerCore

@Suite struct CronExpressionTests {
    /// 1 January 2026, a Thursday, in Unix milliseconds.
    private static let newYear: Int64 = 1_767_225_600_000

    private static func times(_ text: String, _ count: Int) throws -> [String] {
        let cron = try CronExpression(text)
        var time = Self.newYear
        var found: [String] = []
        for _ in 0..<count {
            time = try #require(cron.next(after: time, in: .utc))
            let minutes = time / 60_000
            #expect(minutes * 60_000 == time)
            let date = CivilDate(dayNumber: minutes / 1440)
            found.append("\(date.month)-\(date.day) \(minutes / 60 % 24):\(minutes % 60)")
        }
        return found
    }

    private static let activeMQ: [(text: String, expected: [String])] = [
        ("* * * * *", ["1-1 0:1", "1-1 0:2"]),
        ("5 * * * *", ["1-1 0:5", "1-1 1:5"]),
        ("*/15 * * * *", ["1-1 0:15", "1-1 0:30", "1-1 0:45", "1-1 1:0"]),
        (
            "*/7 * * * *",
            ["1-1 0:7", "1-1 0:14", "1-1 0:21", "1-1 0:28", "1-1 0:35", "1-1 0:42", "1-1 0:49", "1-1 0:56", "1-1 1:0"]
        ),
        ("10/5 * * * *", ["1-1 0:10", "1-1 1:10"]), ("0/20 * * * *", ["1-1 1:0", "1-1 2:0"]),
        ("1-59/2 * * * *", ["1-1 0:2", "1-1 0:4"]),
        ("5-20/5 * * * *", ["1-1 0:5", "1-1 0:10", "1-1 0:15", "1-1 0:20", "1-1 1:5"]),
        ("1,5-7 * * * *", ["1-1 0:1", "1-1 0:5", "1-1 0:6", "1-1 0:7", "1-1 1:1"]),
        ("0 */5 * * *", ["1-1 5:0", "1-1 10:0", "1-1 15:0", "1-1 20:0", "1-2 0:0"]),
        ("0 9-17/4 * * *", ["1-1 12:0", "1-1 16:0", "1-2 12:0"]),
        ("0 0 */10 * *", ["1-10 0:0", "1-20 0:0", "1-30 0:0", "2-10 0:0"]),
        ("0 0 1 */5 *", ["5-1 0:0", "10-1 0:0", "5-1 0:0"]),
        ("0 0 31 * *", ["1-31 0:0", "3-31 0:0", "5-31 0:0", "7-31 0:0", "8-31 0:0"]),
        ("0 9 * * 1", ["1-5 9:0", "1-12 9:0"]), ("0 9 * * 0", ["1-4 9:0", "1-11 9:0"]), ("0 9 * * 6", ["1-3 9:0"]),
        ("0 9 * * 2-4,6", ["1-1 9:0", "1-3 9:0", "1-6 9:0", "1-7 9:0", "1-8 9:0", "1-10 9:0"]),
        ("0 0 * * */2", ["1-3 0:0", "1-4 0:0", "1-6 0:0", "1-8 0:0"]),
        ("15 10,14 * 3 2", ["3-3 10:15", "3-3 14:15", "3-10 10:15"]),
        ("0 0 ? * 1", ["1-5 0:0"]), ("  0\t9  *  *  * ", ["1-1 9:0"]),
        ("0 0 * 11-12 *", ["11-1 0:0", "11-2 0:0"]), ("* * * 2 *", ["2-1 0:0", "2-1 0:1"]),
    ]

    /// As ActiveMQ 5.17.2 computes them from that day on.
    @Test(arguments: Self.activeMQ.indices)
    func dueTimesAreActiveMQs(row: Int) throws {
        let (text, expected) = Self.activeMQ[row]
        #expect(try Self.times(text, expected.count) == expected)
    }

    private static let own: [(text: String, expected: [String])] = [
        ("0 9 * JAN MON", ["1-5 9:0"]), ("0 9 * * mon-Fri", ["1-1 9:0", "1-2 9:0", "1-5 9:0"]),
        ("0 9 * march,12 Wednesday", ["3-4 9:0"]), ("0 9 * * fri-sun", ["1-2 9:0", "1-3 9:0", "1-4 9:0", "1-9 9:0"]),
        ("0 9 * * 7", ["1-4 9:0"]), ("0 9 * * 5-7", ["1-2 9:0", "1-3 9:0", "1-4 9:0"]),
        ("0 9 15 * 1", ["1-5 9:0", "1-12 9:0", "1-15 9:0", "1-19 9:0"]),
        ("0 0 29 2 *", ["2-29 0:0", "2-29 0:0"]), ("0 0 30 2 1", ["2-2 0:0"]),
    ]

    /// What is beyond ActiveMQ, or where it takes another time.
    @Test(arguments: Self.own.indices)
    func namesAndRareDates(row: Int) throws {
        let (text, expected) = Self.own[row]
        #expect(try Self.times(text, expected.count) == expected)
    }

    @Test func leapDaysComeEveryFourthYearButNotIn2100() throws {
        let cron = try CronExpression("0 0 29 2 *")
        let first = try #require(cron.next(after: Self.newYear, in: .utc))
        #expect(CivilDate(dayNumber: first / 86_400_000).year == 2028)
        // 1 March 2096.
        let next = try #require(cron.next(after: 3_981_312_000_000, in: .utc))
        #expect(CivilDate(dayNumber: next / 86_400_000).year == 2104)
    }

    @Test(arguments: [
        ("", "0 fields"), ("* * * *", "4 fields"), ("* * * * * *", "6 fields"), ("@daily", "1 fields"),
        ("a * * * *", "a (minute) is no minute"), ("60 * * * *", "between 0 and 59"),
        ("* 24 * * *", "between 0 and 23"),
        ("* * 0 * *", "between 1 and 31"), ("* * 32 * *", "day of the month"), ("* * * 0 *", "between 1 and 12"),
        ("* * * 13 *", "month"), ("* * * * 8", "between 0 and 7"), ("-1 * * * *", "is no minute"),
        ("20-10 * * * *", "goes backwards"), ("* * * * 5-1", "goes backwards"), ("*/0 * * * *", "no step"),
        ("*/x * * * *", "no step"), ("*/ * * * *", "no step"), ("*/2/3 * * * *", "two steps"),
        ("1-2-3 * * * *", "no range"),
        ("7/5 * * * *", "matches no value"), ("1, * * * *", "is no minute"), (", * * * *", "is no minute"),
        ("0 0 30 2 *", "no date that ever comes"), ("0 0 31 4,6,9,11 *", "no date"), ("0 0 L * *", "is no day"),
        ("* * * foo *", "is no month"), ("* * * ja *", "is no month"), ("99999999999999999999 * * * *", "is no minute"),
        ("٣ * * * *", "is no minute"), (String(repeating: "1,", count: 600) + "1 * * * *", "longer"),
    ])
    func wrongOnesAreRefusedWithTheReason(text: String, reason: String) {
        #expect {
            try CronExpression(text)
        } throws: {
            ($0 as? CronError)?.description.contains(reason) == true
        }
    }

    private static func zone(_ index: Int) -> TimeZoneRules {
        let offsets = CronYear.zones[index].offsets
        return TimeZoneRules { time in (offsets.last { $0.from <= time } ?? offsets[0]).seconds }
    }

    /// A year over both changes of the clocks, against a look at each of its minutes (Tests/Interop/cron_year.py).
    @Test(arguments: CronYear.expected)
    func aYearIsThatOfAnIndependentCalculation(row: CronYear.Expected) throws {
        let cron = try CronExpression(row.expression)
        let zone = Self.zone(row.zone)
        var (count, digest): (Int, UInt64) = (0, 0xCBF2_9CE4_8422_2325)
        var time = CronYear.start * 1000 - 1
        while let next = cron.next(after: time, in: zone), next > time, next < CronYear.end * 1000 {
            time = next
            count += 1
            digest = (digest ^ UInt64(next / 1000)) &* 0x100_0000_01B3
        }
        #expect(count == row.count && digest == row.digest, "\(row.expression) in \(CronYear.zones[row.zone].name)")
    }

    /// Berlin: 02:00 to 03:00 does not come on 29 March, and comes twice on 25 October. In seconds.
    private static let changes: [(text: String, start: Int64, expected: [Int64])] = [
        ("30 2 * * *", 1_774_742_400, [1_774_830_600]),
        ("0 3 * * *", 1_774_742_400, [1_774_746_000]),
        ("*/30 * * * *", 1_774_744_199, [1_774_744_200, 1_774_746_000, 1_774_747_800]),
        ("30 2 * * *", 1_792_886_400, [1_792_888_200, 1_792_978_200]),
        ("*/30 * * * *", 1_792_886_400, [1_792_888_200, 1_792_890_000, 1_792_891_800, 1_792_893_600]),
    ]

    @Test(arguments: Self.changes.indices)
    func clocksThatChange(row: Int) throws {
        let (text, start, expected) = Self.changes[row]
        let cron = try CronExpression(text)
        var time = start * 1000
        for due in expected {
            time = try #require(cron.next(after: time, in: Self.zone(0)))
            #expect(time == due * 1000)
        }
    }

    /// Where the clocks go back at midnight, the last hour of a day comes again.
    @Test func clocksThatGoBackOverMidnight() throws {
        // From 2026-06-10 00:00 local (UTC+2) back to 23:00.
        let change: Int64 = 1_781_042_400
        let zone = TimeZoneRules { $0 < change ? 7_200 : 3_600 }
        let daily = try CronExpression("30 23 * * *")
        let first = try #require(daily.next(after: (change - 7_200) * 1000, in: zone))
        #expect(first == (change - 1_800) * 1000)
        #expect(daily.next(after: first, in: zone) == (change + 1_800 + 86_400) * 1000)
        let hourly = try CronExpression("30 * * * *")
        #expect(hourly.next(after: first, in: zone) == (change + 1_800) * 1000)
    }
}
