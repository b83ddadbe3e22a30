import CSystemCalls
import Synchronization

/// Why the gate let nothing pass. Final: a gate that was shut does not open again.
package enum GateClosed: Error, Hashable, Sendable, CustomStringConvertible {
    /// This broker is not master, or no longer.
    case notMaster
    case lockLost(LockLoss)
    /// The lease carries another epoch or instance.
    case superseded(by: Epoch)
    /// `lease.db` or its row is gone.
    case leaseGone
    /// Lock or lease could not be looked at.
    case unknown(String)
    /// Nothing was proved for so long, and the exit time came before it was.
    case stale(Duration)

    package var description: String {
        switch self {
        case .notMaster: "this broker is not master any more"
        case .lockLost(let loss): "lock lost: \(loss)"
        case .superseded(let epoch): "the lease carries epoch \(epoch)"
        case .leaseGone: "lease.db was removed, replaced or emptied"
        case .unknown(let reason): "lock and lease could not be proved: \(reason)"
        case .stale(let age): "nothing was proved for \(age.wholeMilliseconds) ms"
        }
    }
}

/// Stands before each COMMIT of the store: lets it pass only while lock, lease and time are provably this broker's
/// (DESIGN 5.3, step 5).
///
/// ``pass()`` and ``idleCheck()`` belong to whoever does the store's writing, one thread at a time, with what orders
/// threads in between; ``dispatchAllowed(at:)`` to any.
package final class CommitGate: @unchecked Sendable {
    // The unchecked part is `probe`, `lastLeaseLook`, `passedAt` and `verdict`, which only pass(), idleCheck() and look() touch,
    // from the one thread at a time that the contract gives them.

    /// How old a look at the lease may be where the store's own locking is NORMAL.
    private static let longestLeaseAge = Duration.milliseconds(100)
    /// How long the writer sleeps between looks while the elector proves lock and lease again.
    private static let nap = Duration.milliseconds(2)

    /// No successor takes the lease, opens the store and confirms in less.
    private static let shortestTakeOver = Duration.milliseconds(20)

    package let epoch: Epoch
    private let instance: InstanceID
    private let times: ElectionTimes
    private let looksAtEachCommit: Bool
    private let clock: any ElectionClock
    private let pulse: MasterPulse
    private let locks: @Sendable () -> LockCheck
    private let openProbe: @Sendable () throws(LeaseError) -> any LeaseLook
    private let alarm: @Sendable (GateClosed?) -> Void

    private var probe: (any LeaseLook)?
    private var lastLeaseLook: BootInstant?
    /// When the last look began that let a commit pass.
    private var passedAt: BootInstant?
    private var verdict: GateClosed?
    /// The elector was told that somebody waits, since the last time that something was proved.
    private var isAlarmed = false

    /// - Parameters:
    ///   - looksAtEachCommit: the store's locking is EXCLUSIVE, so that its own fence sees nothing.
    ///   - alarm: makes the elector beat at once, or tells it why this gate is shut for good. Called from the writer's
    ///     thread.
    init(
        term: Term, times: ElectionTimes, looksAtEachCommit: Bool, clock: any ElectionClock, pulse: MasterPulse,
        locks: @escaping @Sendable () -> LockCheck,
        openProbe: @escaping @Sendable () throws(LeaseError) -> any LeaseLook,
        alarm: @escaping @Sendable (GateClosed?) -> Void
    ) {
        self.epoch = term.epoch
        self.instance = term.holder.instance
        self.times = times
        self.looksAtEachCommit = looksAtEachCommit
        self.clock = clock
        self.pulse = pulse
        self.locks = locks
        self.openProbe = openProbe
        self.alarm = alarm
    }

    /// Whether anything may be dispatched now that no commit will prove: the last good beat began less than the
    /// step-down time ago, and the process was not stopped since. Cheap, for any thread.
    package func dispatchAllowed(at now: BootInstant) -> Bool { self.pulse.phase == .master && self.isFresh(now) }

    /// As ``dispatchAllowed(at:)``, at this moment.
    package func dispatchAllowed() -> Bool { self.dispatchAllowed(at: self.clock.now()) }

    /// Returns when a commit may follow at once.
    ///
    /// Waits while the elector proves lock and lease again after a pause of the process; never longer than the exit
    /// time.
    /// - Throws: ``GateClosed``: nothing may be committed any more, by this store under this epoch.
    package func pass() throws(GateClosed) {
        try self.prove { self.look(atLease: self.looksAtEachCommit) }
    }

    /// Returns when what was committed after ``pass()`` may be confirmed.
    ///
    /// A write that took long may have come after a successor's; then nobody must hear that it is safe.
    /// - Throws: ``GateClosed``, as ``pass()``.
    package func passAfterCommit() throws(GateClosed) {
        try self.prove { self.lookAfterCommit() }
    }

    /// As ``pass()``, with a look at the lease in any case: for a writer that has had nothing to commit for a beat.
    package func idleCheck() throws(GateClosed) {
        try self.prove { self.look(atLease: true) }
    }

    /// What one look, without waiting, says of a commit at this moment.
    enum Look: Hashable, Sendable {
        case pass
        /// Nothing is proved yet, and nothing is lost: look again.
        case notYet(String)
        /// Final.
        case closed(GateClosed)
    }

    /// One look at time, lease and locks.
    func look(atLease lookingAtLease: Bool) -> Look {
        if let verdict = self.verdict { return .closed(verdict) }
        guard self.pulse.phase == .master else { return self.shut(.notMaster) }
        let start = self.clock.now()
        guard self.isFresh(start) else {
            if !self.isAlarmed { self.alarm(nil) }
            self.isAlarmed = true
            return .notYet("nothing was proved for \((start - self.pulse.lastGood).wholeMilliseconds) ms")
        }
        self.isAlarmed = false
        let isDue = self.lastLeaseLook.map { start - $0 >= Self.longestLeaseAge } ?? true
        if lookingAtLease || isDue {
            switch self.leaseLook() {
            case .pass: self.lastLeaseLook = start
            case .closed(let reason): return self.shut(reason)
            case .notYet(let why): return .notYet(why)
            }
        }
        switch self.locks() {
        case .held: break
        case .lost(let loss): return self.shut(.lockLost(loss))
        case .unknown(let failure): return .notYet(failure.description)
        }
        // The looks themselves may have taken long.
        guard self.isFresh(self.clock.now()) else { return .notYet("the look took long") }
        self.passedAt = start
        return .pass
    }

    /// As ``look(atLease:)``, for a commit that is on the storage.
    func lookAfterCommit() -> Look {
        let now = self.clock.now()
        if let passed = self.passedAt, now - passed < Self.shortestTakeOver, self.isFresh(now) { return .pass }
        return self.look(atLease: true)
    }

    // MARK: Private

    private func isFresh(_ now: BootInstant) -> Bool { self.pulse.isProved(at: now, within: self.times.stepDown) }

    private func shut(_ reason: GateClosed) -> Look {
        if self.verdict == nil {
            self.verdict = reason
            self.alarm(reason)
        }
        return .closed(reason)
    }

    /// Looks until something is known: a file may be locked for a moment, a call may fail, a pause may have to be
    /// proved to have changed nothing. Should the storage stay so, the elector steps down, which ends the waiting.
    private func prove(_ look: () -> Look) throws(GateClosed) {
        // Time in which the whole process was stopped is not waited: it has the elector's next beat to come.
        var waited = Duration.zero
        while true {
            let start = self.clock.now()
            switch look() {
            case .pass: return
            case .closed(let reason): throw reason
            case .notYet(let why):
                guard waited < self.times.exit else {
                    let now = self.clock.now()
                    let reason = self.isFresh(now) ? GateClosed.unknown(why) : .stale(now - self.pulse.lastGood)
                    _ = self.shut(reason)
                    throw reason
                }
                sys_sleep_ns(Self.nap.wholeNanoseconds)
                waited += max(Self.nap, min(self.clock.now() - start, self.times.beat))
            }
        }
    }

    private func leaseLook() -> Look {
        do throws(LeaseError) {
            if self.probe == nil { self.probe = try self.openProbe() }
        } catch {
            if case .notOpen = error { return .closed(.leaseGone) }
            return .notYet(error.description)
        }
        switch self.probe?.look(for: self.epoch, self.instance) ?? .gone {
        case .ours: return .pass
        case .another(let epoch, _): return .closed(.superseded(by: epoch))
        case .gone: return .closed(.leaseGone)
        case .unknown(let reason): return .notYet(reason)
        }
    }
}
