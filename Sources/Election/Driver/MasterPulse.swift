import Synchronization

/// What the threads of a master know of its state: written by the elector and its watch, read by all, without locks.
///
/// Two measures of time run side by side. `lastGood` is on CLOCK_BOOTTIME and counts every pause of the process or the
/// machine: by it commits and dispatches stop. The run time counts only while the process runs, in ticks of the
/// deadline thread: by it a master steps down and exits, so that a process that was merely stopped may prove itself
/// again, and only one whose file calls hang while it runs is ended.
final class MasterPulse: Sendable {
    enum Phase: Int, AtomicRepresentable {
        /// Not master: the gate is shut, and no deadline runs.
        case idle
        case master
        /// The gate is shut for good; the deadline runs until the locks are given back.
        case steppingDown
        case released
    }

    private let phaseValue = Atomic<Phase>(.idle)
    /// CLOCK_BOOTTIME of the start of the last good beat.
    private let lastGoodValue = Atomic<Int64>(0)
    /// The run time at that moment.
    private let runTimeOfLastGood = Atomic<Int64>(0)
    private let runTimeValue = Atomic<Int64>(0)
    private let epochValue = Atomic<Int64>(0)
    /// CLOCK_BOOTTIME of the deadline thread's last tick, and of the last one that came late; zero before the first.
    private let tickedAtValue = Atomic<Int64>(0)
    private let resumedAtValue = Atomic<Int64>(0)
    /// A longer gap between two ticks is a stop of the process, in nanoseconds.
    private let longestGapValue = Atomic<Int64>(0)
    /// The run time at which the call under way began; zero while there is none. The text is a literal's, which never
    /// goes away, and ends with a zero byte.
    private let callBegan = Atomic<Int64>(0)
    private let callText = Atomic<UInt>(0)

    init() {}

    var phase: Phase { self.phaseValue.load(ordering: .acquiring) }

    var lastGood: BootInstant { BootInstant(nanoseconds: self.lastGoodValue.load(ordering: .acquiring)) }

    /// How long the process has run, in nanoseconds.
    var runTime: Int64 { self.runTimeValue.load(ordering: .relaxed) }

    /// How long the process has run since the last good beat began, in nanoseconds.
    var silence: Int64 { self.runTime &- self.runTimeOfLastGood.load(ordering: .relaxed) }

    /// The elector's thread makes a call on the shared directory.
    func beginCall(_ what: StaticString) {
        self.callText.store(UInt(bitPattern: what.utf8Start), ordering: .relaxed)
        self.callBegan.store(max(1, self.runTime), ordering: .releasing)
    }

    func endCall() { self.callBegan.store(0, ordering: .releasing) }

    /// The call that is under way, and for how long of the run time, in nanoseconds.
    var call: (what: String, since: Int64)? {
        let began = self.callBegan.load(ordering: .acquiring)
        guard began > 0, let text = UnsafePointer<UInt8>(bitPattern: self.callText.load(ordering: .relaxed)) else {
            return nil
        }
        return (String(cString: text), self.runTime &- began)
    }

    /// Called by the deadline thread only.
    func addRunTime(_ nanoseconds: Int64) {
        self.runTimeValue.wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    /// Called by the deadline thread only, once a tick.
    func ticked(at now: BootInstant, every tick: Int64) {
        let last = self.tickedAtValue.load(ordering: .relaxed)
        self.longestGapValue.store(3 &* tick, ordering: .relaxed)
        if last != 0, now.nanoseconds &- last > 3 &* tick {
            self.resumedAtValue.store(now.nanoseconds, ordering: .relaxed)
        }
        self.tickedAtValue.store(now.nanoseconds, ordering: .releasing)
    }

    /// The last good beat began less than `age` ago, and the process has not been stopped since: a stopped process may
    /// be followed by another master long before the age is reached, where its lock was lost without a trace.
    func isProved(at now: BootInstant, within age: Duration) -> Bool {
        let good = self.lastGood
        guard now - good < age else { return false }
        let ticked = self.tickedAtValue.load(ordering: .acquiring)
        guard ticked != 0 else { return true }
        return now.nanoseconds &- ticked <= self.longestGapValue.load(ordering: .relaxed)
            && good.nanoseconds >= self.resumedAtValue.load(ordering: .relaxed)
    }

    /// Lock, lease and epoch were ours in a look that began at `start`, when the run time was `runTime`.
    func markGood(start: BootInstant, runTime: Int64) {
        self.runTimeOfLastGood.store(runTime, ordering: .relaxed)
        self.lastGoodValue.store(start.nanoseconds, ordering: .releasing)
    }

    /// The epoch of the term under way, or of the last one.
    var epoch: Epoch { Epoch(self.epochValue.load(ordering: .relaxed)) }

    func begin(_ epoch: Epoch) {
        self.epochValue.store(epoch.rawValue, ordering: .relaxed)
        self.phaseValue.store(.master, ordering: .releasing)
    }

    /// True for the one caller that ends the mastership.
    func beginSteppingDown() -> Bool {
        self.phaseValue.compareExchange(
            expected: .master, desired: .steppingDown, ordering: .acquiringAndReleasing
        ).exchanged
    }

    func release() {
        self.phaseValue.store(.released, ordering: .releasing)
    }
}
