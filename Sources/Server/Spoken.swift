import Election

/// Lengths and points of time for people.
enum Spoken {
    /// `350 ms`, `12.3 s`, `5 min 20 s`, `3 h 12 min`, `4 d 2 h`.
    static func length(_ duration: Duration) -> String {
        let ms = duration.wholeMilliseconds
        if ms < 0 { return "-\(self.length(.milliseconds(ms == .min ? .max : -ms)))" }
        if ms < 10_000 { return "\(ms) ms" }
        let seconds = ms / 1000
        if seconds < 60 { return "\(seconds).\(ms % 1000 / 100) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        if seconds < 86_400 { return "\(seconds / 3600) h \(seconds % 3600 / 60) min" }
        return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }

    /// `2026-11-22 16:27:32.123`, UTC.
    static func time(_ unixMs: Int64?) -> String? {
        guard let unixMs else { return nil }
        let text = Timestamp.text(unixMs: unixMs)
        return "\(text.prefix(10)) \(text.dropFirst(11).dropLast())"
    }
}
