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
    // The unchecked part is `probe`, `lastLeaseLook` and `verdict`, which only pass() and idleCheck() touch, from the
    // one thread at a time that the contract gives them.

    /// How old a look at the lease may be where the store's own locking is NORMAL.
    private static let longestLeaseAge = Duration.milliseconds(100)
    /// How long the writer sleeps between looks while the elector proves lock and lease again.
    private static let nap: Int64 = 2_000_000

    package let epoch: Epoch
    private let instance: InstanceID
    private let times: ElectionTimes
    private let looksAtEachCommit: Bool
    private let clock: any ElectionClock
    private let pulse: MasterPulse
    private let locks: LockProof
    private let openProbe: @Sendable () throws(LeaseError) -> LeaseProbe
    private let alarm: @Sendable () -> Void

    private var probe: LeaseProbe?
    private var lastLeaseLook: BootInstant?
    private var verdict: GateClosed?

    /// - Parameters:
    ///   - looksAtEachCommit: the store's locking is EXCLUSIVE, so that its own fence sees nothing.
    ///   - alarm: makes the elector beat at once. Called from the writer's thread.
    init(
        term: Term, times: ElectionTimes, looksAtEachCommit: Bool, clock: any ElectionClock, pulse: MasterPulse,
        locks: consuming LockProof, openProbe: @escaping @Sendable () throws(LeaseError) -> LeaseProbe,
        alarm: @escaping @Sendable () -> Void
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
    /// step-down time ago. Cheap, for any thread.
    package func dispatchAllowed(at now: BootInstant) -> Bool {
        self.pulse.phase == .master && now - self.pulse.lastGood < self.times.stepDown
    }

    /// As ``dispatchAllowed(at:)``, at this moment.
    package func dispatchAllowed() -> Bool { self.dispatchAllowed(at: self.clock.now()) }

    /// Returns when a commit may follow at once.
    ///
    /// Waits while the elector proves lock and lease again after a pause of the process; never longer than the exit
    /// time.
    /// - Throws: ``GateClosed``: nothing may be committed any more, by this store under this epoch.
    package func pass() throws(GateClosed) {
        try self.prove(lookingAtLease: self.looksAtEachCommit)
    }

    /// As ``pass()``, with a look at the lease in any case: for a writer that has had nothing to commit for a beat.
    package func idleCheck() throws(GateClosed) {
        try self.prove(lookingAtLease: true)
    }

    // MARK: Private

    private func prove(lookingAtLease: Bool) throws(GateClosed) {
        if let verdict = self.verdict { throw verdict }
        do throws(GateClosed) {
            let start = self.clock.now()
            try self.awaitFreshPulse(since: start)
            let isDue = self.lastLeaseLook.map { start - $0 >= Self.longestLeaseAge } ?? true
            if lookingAtLease || isDue {
                try self.untilKnown(since: start) { () throws(GateClosed) in try self.lookAtLease() }
                self.lastLeaseLook = start
            }
            try self.untilKnown(since: start) { () throws(GateClosed) in try self.lookAtLocks() }
            // The looks themselves may have taken long.
            try self.awaitFreshPulse(since: start)
        } catch {
            self.verdict = error
            // The elector will find the same and step down by its own rules.
            self.alarm()
            throw error
        }
    }

    /// Waits until the elector has proved lock and lease less than the step-down time ago.
    private func awaitFreshPulse(since start: BootInstant) throws(GateClosed) {
        var isAlarmed = false
        while true {
            guard self.pulse.phase == .master else { throw .notMaster }
            let now = self.clock.now()
            let age = now - self.pulse.lastGood
            if age < self.times.stepDown { return }
            guard now - start < self.times.exit else { throw .stale(age) }
            if !isAlarmed { self.alarm() }
            isAlarmed = true
            sys_sleep_ns(Self.nap)
        }
    }

    /// Looks again while a look fails in a way that says nothing: a file locked for a moment, a call that failed.
    /// Should the storage stay so, the elector steps down, which ends the waiting.
    private func untilKnown(since start: BootInstant, _ look: () throws(GateClosed) -> String?) throws(GateClosed) {
        while let reason = try look() {
            guard self.pulse.phase == .master else { throw .notMaster }
            guard self.clock.now() - start < self.times.exit else { throw .unknown(reason) }
            sys_sleep_ns(Self.nap)
        }
    }

    /// Nil: ours. A text: nothing is known.
    private func lookAtLease() throws(GateClosed) -> String? {
        do throws(LeaseError) {
            if self.probe == nil { self.probe = try self.openProbe() }
        } catch {
            if case .notOpen = error { throw .leaseGone }
            return error.description
        }
        switch self.probe?.look(for: self.epoch, self.instance) ?? .gone {
        case .ours: return nil
        case .another(let epoch, _): throw .superseded(by: epoch)
        case .gone: throw .leaseGone
        case .unknown(let reason): return reason
        }
    }

    private func lookAtLocks() throws(GateClosed) -> String? {
        switch self.locks.check() {
        case .held: return nil
        case .lost(let loss): throw .lockLost(loss)
        case .unknown(let failure): return failure.description
        }
    }
}
