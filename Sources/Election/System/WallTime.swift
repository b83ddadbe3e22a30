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
