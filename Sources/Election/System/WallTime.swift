import Glibc

/// Unix times in words, always UTC.
package enum WallTime {
    /// For file names: `20261122T162732.123Z`.
    package static func compact(_ milliseconds: Int64) -> String {
        let time = Self.broken(milliseconds)
        return "\(Self.digits(time.tm_year + 1900, 4))\(Self.digits(time.tm_mon + 1, 2))\(Self.digits(time.tm_mday, 2))"
            + "T\(Self.digits(time.tm_hour, 2))\(Self.digits(time.tm_min, 2))\(Self.digits(time.tm_sec, 2))"
            + ".\(Self.digits(Int32(truncatingIfNeeded: milliseconds % 1000), 3))Z"
    }

    /// For people: `2026-11-22 16:27:32`.
    package static func readable(_ milliseconds: Int64) -> String {
        let time = Self.broken(milliseconds)
        return "\(Self.digits(time.tm_year + 1900, 4))-\(Self.digits(time.tm_mon + 1, 2))-"
            + "\(Self.digits(time.tm_mday, 2)) \(Self.digits(time.tm_hour, 2)):\(Self.digits(time.tm_min, 2)):"
            + Self.digits(time.tm_sec, 2)
    }

    /// Unix milliseconds of `2026-11-22`, `2026-11-22 16:27`, `2026-11-22T16:27:32` or `2026-11-22T16:27:32.123Z`, always
    /// UTC; nil for anything else, such as a day that its month does not have.
    package static func milliseconds(parsing text: String) -> Int64? {
        var rest = Substring(text)
        func number(_ width: Int) -> Int64? {
            let digits = rest.prefix(width)
            guard digits.utf8.count == width, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            rest = rest.dropFirst(width)
            return Int64(digits)
        }
        func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            let days = Self.days(year, month, day)
        else { return nil }
        var milliseconds = days * 86_400_000
        if take("T") || take(" ") {
            guard let hour = number(2), hour < 24, take(":"), let minute = number(2), minute < 60 else { return nil }
            milliseconds += (hour * 60 + minute) * 60_000
            if take(":") {
                guard let second = number(2), second < 60 else { return nil }
                milliseconds += second * 1000
                if take(".") {
                    guard let fraction = number(3) else { return nil }
                    milliseconds += fraction
                }
            }
            _ = take("Z")
        }
        return rest.isEmpty ? milliseconds : nil
    }

    /// Days from 1970-01-01 to a day of the Gregorian calendar.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard year >= 1970, (1...12).contains(month), (1...lengths[Int(month - 1)]).contains(day) else { return nil }
        let before = year - 1
        let leaps = before / 4 - before / 100 + before / 400 - 477
        return (year - 1970) * 365 + leaps + lengths[..<Int(month - 1)].reduce(0, +) + day - 1
    }

    private static func broken(_ milliseconds: Int64) -> tm {
        var seconds = time_t(milliseconds / 1000)
        var result = tm()
        gmtime_r(&seconds, &result)
        return result
    }

    private static func digits(_ value: Int32, _ width: Int) -> String {
        let text = String(max(0, value))
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
