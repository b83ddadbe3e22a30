import TestSupport
import Testing

@testable import Election

@Suite struct WallTimeTests {
    @Test(arguments: [
        ("1970-01-01", 0), ("1970-01-01 00:00", 0), ("2026-11-22T16:27:32.123Z", 1_795_364_852_123),
        ("2026-11-22 16:27:32", 1_795_364_852_000), ("2026-11-22T16:27Z", 1_795_364_820_000),
        ("2000-02-29", 951_782_400_000), ("2024-03-01", 1_709_251_200_000), ("2100-03-01", 4_107_542_400_000),
        ("9999-12-31 23:59:59.999", 253_402_300_799_999),
    ])
    func aTimeIsReadAsUTC(text: String, milliseconds: Int64) throws {
        #expect(WallTime.milliseconds(parsing: text) == milliseconds)
        let readable = WallTime.readable(milliseconds)
        #expect(WallTime.milliseconds(parsing: readable) == milliseconds / 1000 * 1000)
    }

    @Test func everyDayOfFourCenturiesIsTheCalendarsOfSQLite() throws {
        // One query for all: the days that SQLite counts and we do not are its answer.
        let days = stride(from: Int64(0), to: 146_097, by: 97).map { day in
            "(\(day * 86_400), '\(WallTime.readable(day * 86_400_000).prefix(10))')"
        }
        let sql =
            "with ours(seconds, text) as (values \(days.joined(separator: ","))) "
            + "select count(*) from ours where date(seconds, 'unixepoch') <> text"
        #expect(try SQLiteShell.query(":memory:", sql) == ["0"])
        for day in stride(from: Int64(0), to: 146_097, by: 97) {
            let text = String(WallTime.readable(day * 86_400_000).prefix(10))
            #expect(WallTime.milliseconds(parsing: text) == day * 86_400_000)
        }
    }

    @Test(arguments: [
        "", "now", "2026", "2026-13-01", "2026-00-10", "2026-02-29", "2026-04-31", "2026-11-22T24:00", "2026-11-22T16",
        "2026-11-22T16:60", "2026-11-22T16:27:60", "2026-11-22 16:27:32.1", "2026-11-22x", "2026-11-22 16:27 ",
        "1969-12-31", "2026-1-2", "-026-11-22", "2026-11-22T16:27+01:00", "２026-11-22",
    ])
    func anythingElseIsNoTime(text: String) {
        #expect(WallTime.milliseconds(parsing: text) == nil)
    }
}
