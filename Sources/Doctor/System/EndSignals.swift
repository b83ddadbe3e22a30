import CSystemCalls
import Election

/// SIGINT, SIGTERM and SIGHUP as a call on a thread, so that the doctor can clean up after itself.
enum EndSignals {
    /// From now on the first of these signals calls `body` with its number, on a thread of its own. The process ends when
    /// `body` says so.
    static func catchAll(_ body: @escaping @Sendable (Int32) -> Void) throws(SystemFailure) {
        let wake = sys_wake_make()
        guard wake >= 0 else { throw SystemFailure("eventfd", "signals", -wake) }
        let result = sys_catch_ends(wake)
        guard result == 0 else { throw SystemFailure("sigaction", "signals", -result) }
        try PosixThread.start(name: "doctor-signals", stackBytes: 1 << 19) {
            while sys_caught_end() == 0 { _ = sys_wake_wait(wake, 3_600_000_000_000) }
            body(sys_caught_end())
        }
    }

    /// Ends the process without touching anything more: also where another thread hangs in a file call.
    static func exitNow(_ status: Int32) -> Never { sys_exit_now(status) }
}
