import CSystemCalls

/// A point on CLOCK_BOOTTIME: monotonic on one host, going on while the host is suspended, without meaning elsewhere.
package struct BootInstant: Hashable, Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package func advanced(by duration: Duration) -> BootInstant {
        BootInstant(nanoseconds: self.nanoseconds &+ duration.wholeNanoseconds)
    }

    package static func - (left: BootInstant, right: BootInstant) -> Duration {
        .nanoseconds(left.nanoseconds &- right.nanoseconds)
    }

    package static func < (left: BootInstant, right: BootInstant) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
    /// Whole nanoseconds; settings are bounded far below the 292 years that fit.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000
    }

    /// Whole milliseconds, as files, SQL and logs carry them.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
    }
}

/// The two clocks of the election: one for decisions, one for people.
package protocol ElectionClock: Sendable {
    /// Decides. CLOCK_BOOTTIME, so that a suspended machine counts its sleep.
    func now() -> BootInstant
    /// Unix time in milliseconds: written down for people, never compared between hosts.
    func wallMilliseconds() -> Int64
}

/// The clocks of the machine.
package struct SystemElectionClock: ElectionClock {
    package init() {}

    package func now() -> BootInstant { BootInstant(nanoseconds: sys_boot_time_ns()) }
    package func wallMilliseconds() -> Int64 { sys_wall_time_ms() }
}
