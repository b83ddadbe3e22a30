import CSystemCalls
import Election

/// The clocks of the doctor, and its only way to let time pass.
enum DoctorClock {
    /// Goes on while the host is suspended; without meaning on another host.
    static func now() -> BootInstant { BootInstant(nanoseconds: sys_boot_time_ns()) }

    /// Microseconds of the same clock.
    static func microseconds() -> Int64 { sys_boot_time_ns() / 1000 }

    /// Unix time, for people.
    static func wallMilliseconds() -> Int64 { sys_wall_time_ms() }

    static func pause(microseconds: Int64) { sys_sleep_ns(microseconds * 1000) }

    /// A number that no other run has.
    static func randomNumber() -> UInt64 { sys_random_64() }
}

/// When something must be done.
struct Deadline {
    private let end: BootInstant

    init(in duration: Duration) { self.end = DoctorClock.now().advanced(by: duration) }

    init(inMilliseconds milliseconds: Int64) { self.init(in: .milliseconds(milliseconds)) }

    var isOver: Bool { DoctorClock.now() >= self.end }

    /// What is left of the time, never negative.
    var rest: Duration { max(.zero, self.end - DoctorClock.now()) }
}
