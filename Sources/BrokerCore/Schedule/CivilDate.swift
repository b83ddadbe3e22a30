/// A date of the Gregorian calendar, and its number of days since 1970-01-01.
struct CivilDate: Hashable {
    let year: Int64
    /// 1 to 12.
    let month: Int
    /// 1 to 31.
    let day: Int

    static let secondsPerDay: Int64 = 86_400

    /// The years of an era of 400, counted from March, so that the leap day is the last of its year.
    init(dayNumber: Int64) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        self.day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        self.month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }

    /// 0 for Sunday to 6 for Saturday.
    static func weekday(ofDayNumber number: Int64) -> Int {
        let rest = (number + 4) % 7
        return Int(rest < 0 ? rest + 7 : rest)
    }

    /// The day on which a local time lies that is given in seconds since 1970-01-01 00:00 of the same clock.
    static func dayNumber(ofLocalSeconds seconds: Int64) -> Int64 {
        let quotient = seconds / Self.secondsPerDay
        return seconds % Self.secondsPerDay < 0 ? quotient - 1 : quotient
    }
}
