package import BrokerCore
import Glibc

/// The only place in this target that asks the kernel for the time.
package enum SystemClock {
    /// Wall clock for stamps, `CLOCK_BOOTTIME` for waiting: it runs on while the machine sleeps, so a broker that was
    /// suspended sees how long it was away.
    package static func now() -> Instant {
        Instant(wallMs: self.milliseconds(of: CLOCK_REALTIME), monotonicMs: self.milliseconds(of: CLOCK_BOOTTIME))
    }

    /// Milliseconds since the machine started, sleep included.
    package static func monotonicMs() -> Int64 { self.milliseconds(of: CLOCK_BOOTTIME) }

    /// Unix time in milliseconds.
    package static func wallMs() -> Int64 { self.milliseconds(of: CLOCK_REALTIME) }

    /// The zone of this machine: `TZ` of the environment, else `/etc/localtime`.
    package static let localTime = TimeZoneRules { seconds in
        var time = time_t(seconds)
        var parts = tm()
        return localtime_r(&time, &parts) == nil ? 0 : Int64(parts.tm_gmtoff)
    }

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
    }
}
