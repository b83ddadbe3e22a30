// A cron expression in ActiveMQ's dialect:
//
//     expression = minute hour day-of-month month day-of-week      separated by blanks
//     field      = item *( "," item )
//     item       = ( "*" / "?" / value [ "-" value ] ) [ "/" step ]
//     value      = number / name                                   names of months and weekdays, in either case
//
// - Minutes are 0 to 59, hours 0 to 23, days 1 to 31, months 1 to 12, weekdays 0 to 7 with Sunday as 0 and as 7.
// - A step keeps the values that it divides, as in ActiveMQ: `*/15` is 0, 15, 30, 45, but `1-59/2` the even minutes, and
//   `10/5` is 10 alone.
// - Where both days of the month and weekdays are given, either will do.
// Beyond ActiveMQ: names, and values out of their range are refused where it would take another time for them.

/// When a job is due again and again, as local times.
package struct CronExpression: Hashable, Sendable {
    let minutes: UInt64
    let hours: UInt64
    let days: UInt64
    let months: UInt64
    /// Sunday as 0 alone.
    let weekdays: UInt64

    package init(_ text: String) throws(CronError) {
        let fields = text.split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        guard text.utf8.count <= Self.maximumBytes else { throw CronError("is longer than \(Self.maximumBytes) bytes") }
        guard fields.count == 5 else { throw CronError("has \(fields.count) fields instead of 5") }
        self.minutes = try CronField.minute.parse(fields[0])
        self.hours = try CronField.hour.parse(fields[1])
        self.days = try CronField.day.parse(fields[2])
        self.months = try CronField.month.parse(fields[3])
        let weekdays = try CronField.weekday.parse(fields[4])
        self.weekdays = weekdays & 0x7F | weekdays >> 7 & 1
        guard self.hasDate else { throw CronError("names no date that ever comes: \(fields[2]) \(fields[3])") }
    }

    private static let maximumBytes = 1_000

    /// Whether the expression goes on at every hour, so that no local time of its own is meant.
    var isHourly: Bool { self.hours == CronField.hour.all }

    /// Whether a day is one of the expression's.
    func covers(_ date: CivilDate, weekday: Int) -> Bool {
        guard self.months >> UInt64(date.month) & 1 == 1 else { return false }
        let isDay = self.days >> UInt64(date.day) & 1 == 1
        let isWeekday = self.weekdays >> UInt64(weekday) & 1 == 1
        guard self.days != CronField.day.all, self.weekdays != 0x7F else { return isDay && isWeekday }
        return isDay || isWeekday
    }

    /// False for the like of 30 February.
    private var hasDate: Bool {
        if self.days != CronField.day.all, self.weekdays != 0x7F { return true }
        let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return lengths.indices.contains { month in
            self.months >> UInt64(month + 1) & 1 == 1 && self.days & ((2 << UInt64(lengths[month])) - 1) != 0
        }
    }
}

/// What is wrong with a cron expression; the text goes behind its name.
package struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// One of the five fields: its values as bits.
struct CronField {
    let name: String
    let least: Int
    let most: Int
    /// Of the first values, from `least` on.
    let names: [String]

    static let minute = Self(name: "minute", least: 0, most: 59, names: [])
    static let hour = Self(name: "hour", least: 0, most: 23, names: [])
    static let day = Self(name: "day of the month", least: 1, most: 31, names: [])
    static let month = Self(
        name: "month", least: 1, most: 12,
        names: [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november", "december",
        ])
    static let weekday = Self(
        name: "day of the week", least: 0, most: 7,
        names: ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"])

    var all: UInt64 { (self.least...self.most).reduce(0) { $0 | 1 << UInt64($1) } }

    func parse(_ text: Substring) throws(CronError) -> UInt64 {
        var values: UInt64 = 0
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            values |= try self.parse(item: item)
        }
        guard values != 0 else { throw self.error(text, "matches no value") }
        return values
    }

    private func parse(item: Substring) throws(CronError) -> UInt64 {
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        var step = 1
        if parts.count == 2 {
            guard let number = Self.number(parts[1]), number > 0 else { throw self.error(item, "has no step") }
            step = number
        }
        guard parts.count <= 2 else { throw self.error(item, "has two steps") }
        let range = try self.range(parts[0], item)
        return range.reduce(0) { $1 % step == 0 ? $0 | 1 << UInt64($1) : $0 }
    }

    private func range(_ text: Substring, _ item: Substring) throws(CronError) -> ClosedRange<Int> {
        if text == "*" || text == "?" { return self.least...self.most }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { throw self.error(item, "is no range") }
        let first = try self.value(ends[0], item)
        guard ends.count == 2 else { return first...first }
        var last = try self.value(ends[1], item)
        // A week may end with its Sunday.
        if self.most == 7, last == 0, first > 0, Self.number(ends[1]) == nil { last = 7 }
        guard first <= last else { throw self.error(item, "goes backwards") }
        return first...last
    }

    private func value(_ text: Substring, _ item: Substring) throws(CronError) -> Int {
        if let number = Self.number(text) {
            guard (self.least...self.most).contains(number) else {
                throw self.error(item, "is not between \(self.least) and \(self.most)")
            }
            return number
        }
        let name = text.lowercased()
        guard name.count >= 3, let index = self.names.firstIndex(where: { $0 == name || $0.prefix(3) == name }) else {
            throw self.error(item, "is no \(self.name)")
        }
        return self.least + index
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private func error(_ text: Substring, _ what: String) -> CronError {
        CronError("\(text.prefix(40)) (\(self.name)) \(what)")
    }
}
