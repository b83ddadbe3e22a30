// When the clocks change:
//
// - A local time that they are put over does not come that day, and the job is not due, as with ActiveMQ.
// - A local time that comes twice is due once, when it comes first, so that a daily job runs once a day.
// - Expressions of every hour (`*/10 * * * *`) mean no local time of their own: they go on evenly through both.
extension CronExpression {
    /// Eight years lie between two leap days about 2100, and one more for good measure.
    private static let horizonDays: Int64 = 9 * 366

    /// The first due time after `unixMs`, in Unix milliseconds; nil where none comes within some years.
    package func next(after unixMs: Int64, in zone: TimeZoneRules) -> Int64? {
        let seconds = unixMs >= 0 ? unixMs / 1000 : (unixMs - 999) / 1000
        // The clocks may have gone back over midnight.
        let first = CivilDate.dayNumber(ofLocalSeconds: seconds + zone.offset(seconds)) - 1
        for number in first...first + Self.horizonDays {
            let date = CivilDate(dayNumber: number)
            guard self.covers(date, weekday: CivilDate.weekday(ofDayNumber: number)) else { continue }
            if let found = self.first(ofDay: number * CivilDate.secondsPerDay, after: seconds, in: zone) {
                return found * 1000
            }
        }
        return nil
    }

    /// The first time of a local day after `seconds`, in Unix seconds.
    private func first(ofDay midnight: Int64, after seconds: Int64, in zone: TimeZoneRules) -> Int64? {
        guard let offset = zone.offset(throughLocalDay: midnight) else {
            return self.instants(ofDay: midnight, in: zone).first { $0 > seconds }
        }
        let passed = seconds + offset - midnight
        for hour in Self.members(self.hours) where Int64(hour + 1) * 3600 > passed {
            for minute in Self.members(self.minutes) {
                let time = Int64(hour * 3600 + minute * 60)
                if time > passed { return midnight - offset + time }
            }
        }
        return nil
    }

    /// All times of a day on which the clocks change, in their order.
    private func instants(ofDay midnight: Int64, in zone: TimeZoneRules) -> [Int64] {
        var found: [Int64] = []
        for hour in Self.members(self.hours) {
            for minute in Self.members(self.minutes) {
                let instants = zone.instants(ofLocal: midnight + Int64(hour * 3600 + minute * 60))
                found += self.isHourly ? instants[...] : instants.prefix(1)
            }
        }
        return found.sorted()
    }

    private static func members(_ bits: UInt64) -> [Int] { (0..<60).filter { bits >> UInt64($0) & 1 == 1 } }
}
