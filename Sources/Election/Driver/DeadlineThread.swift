import CSystemCalls

/// Ends the process of a master whose elector has proved nothing for the exit time, although the process runs.
///
/// Between start and end the thread touches no file, takes no lock and allocates nothing, so that no hanging storage
/// and no other thread can keep it from its one task.
///
/// Its own ticks are the measure: a tick that comes late means that the process, or the whole machine, was stopped, and
/// counts no more than the time in which it was due. So a process stopped for half a minute and woken has the rest of
/// the exit time to prove lock and lease again, with its gate shut meanwhile, while a process whose file calls hang has
/// the exit time and no more.
enum DeadlineThread {
    /// Run time is counted in these; a late tick counts as two at most.
    static func tick(exitAfter: Duration) -> Duration { min(.milliseconds(100), exitAfter / 8) }

    static func start(
        pulse: MasterPulse, exitAfter: Duration, status: Int32, exit: @escaping @Sendable (Int32) -> Void
    ) throws(SystemFailure) {
        let tick = Self.tick(exitAfter: exitAfter).wholeNanoseconds
        let limit = exitAfter.wholeNanoseconds
        try PosixThread.start(name: "lk-deadline", stackBytes: 128 * 1024) {
            var last = sys_boot_time_ns()
            while pulse.phase != .released {
                sys_sleep_ns(tick)
                let now = sys_boot_time_ns()
                pulse.addRunTime(min(now &- last, 2 &* tick))
                pulse.ticked(at: BootInstant(nanoseconds: now), every: tick)
                last = now
                let phase = pulse.phase
                if (phase == .master || phase == .steppingDown) && pulse.silence > limit { exit(status) }
            }
        }
    }
}
