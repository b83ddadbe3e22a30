import CSystemCalls
import Logging

/// Carries out what the election machine decides, one step at a time, on the elector's thread: no rule is here, and no
/// waiting for longer than a file call takes.
final class ElectorCore {
    struct Parts {
        let broker: BrokerIdentity
        let settings: ElectionSettings
        let verdict: FileSystemVerdict
        let clock: any ElectionClock
        let directory: any ElectionDirectory
        let delegate: any ElectionDelegate
        let journal: EventJournal
        let pulse: MasterPulse
        let end: MasterEnd
        /// Hands the locks' proof to a gate of the term.
        let makeGate: (Term, consuming LockProof) -> CommitGate
        /// What others may see of this broker's state.
        let show: (ElectionSnapshot) -> Void
    }

    let parts: Parts
    let reports: HolderReports
    var machine: ElectionMachine
    var beatCounter: Int64 = 0
    var lease: LeaseRow?
    var term: Term?
    var queues: [QueueSummary]?
    var toldDoubt: String?
    var toldClaimFailure: String?
    var isBeatWanted = false

    init(_ parts: Parts) {
        self.parts = parts
        self.reports = HolderReports(verdict: parts.verdict)
        self.machine = ElectionMachine(
            broker: parts.broker, settings: parts.settings, pollInterval: parts.verdict.pollInterval,
            at: parts.clock.now())
    }

    // MARK: Steps

    /// Does what is due and returns how long nothing else will be.
    func step() -> Duration {
        let now = self.parts.clock.now()
        if let reason = self.parts.end.reason, self.machine.giveUp(reason) != nil { self.showEnd() }
        if let reason = self.machine.timePassed(at: now) { self.stepDown(reason) }
        switch self.machine.duty(at: now) {
        case .tryLocks(let everyKind): self.tryLocks(everyKind: everyKind, at: now)
        case .beat: self.beat()
        case .wait where self.isBeatWanted && self.term != nil: self.beat()
        case .wait, .waitForEvents: break
        }
        self.isBeatWanted = false
        switch self.machine.duty(at: self.parts.clock.now()) {
        case .tryLocks, .beat: return .zero
        case .wait(let until): return max(.zero, until - self.parts.clock.now())
        case .waitForEvents: return .seconds(3600)
        }
    }

    func tryLocks(everyKind: Bool, at now: BootInstant) {
        let attempt = self.parts.directory.tryLocks(everyKind: everyKind)
        switch self.machine.lockAttempted(attempt, at: now) {
        case .claim: self.claim(since: now)
        case .keepWaiting(let lookAtHolder):
            if lookAtHolder { self.lookAtHolder() }
        case .letGo(let disagreement):
            self.parts.directory.releaseLocks()
            if let disagreement { self.tell(disagreement) }
        case .unusable(let failure):
            self.parts.directory.releaseLocks()
            guard let failure else { return }
            self.parts.journal.record(
                ElectionEvent(
                    .lockUnusable, .error, "the locks of the directory cannot be tried: \(failure)",
                    remedy: "this broker tries again until they can; check mount, permissions and lock service"))
        }
    }

    func tell(_ disagreement: LockDisagreement) {
        let holder: LeaseRow? =
            if case .row(let row) = self.parts.directory.lookAtLease() { row } else { nil }
        self.parts.journal.record(
            ElectionEvent(
                .lockFalse, .error,
                "false lock: \(disagreement.granted.rawValue) locks are granted here although another broker is master "
                    + "by its \(disagreement.refused.rawValue) lock", other: holder,
                remedy: "only \(disagreement.refused.rawValue) locks hold between these brokers: check the mount "
                    + "options of \(self.parts.verdict.mountPoint) on both hosts",
                details: [("file_system", self.parts.verdict.kind.rawValue)]))
    }

    func lookAtHolder() {
        let sighting = self.holderSighting()
        self.show(.standby, holder: sighting.holder)
        switch self.machine.holderSeen(sighting, at: self.parts.clock.now()) {
        case .nothingNew: break
        case .refused(let row):
            self.parts.journal.record(self.reports.refused(by: row, holderLine: self.holderLine()))
        case .hung(let row, let silence, let life):
            self.parts.journal.record(self.reports.hung(row, silentFor: silence, life: life))
        case .stale(let row, let silence, let life):
            self.parts.journal.record(self.reports.stale(row, silentFor: silence, life: life))
        case .moving(let row): self.parts.journal.record(self.reports.moving(row))
        }
    }

    /// The holder by its lease; by its line in the lock file and its beat where the lease cannot be read.
    private func holderSighting() -> HolderSighting {
        var holder: LeaseRow?
        var leaseCounter: Int64?
        var beat: BeatRecord?
        if case .row(let row) = self.parts.directory.lookAtLease() {
            holder = row
            leaseCounter = row.counter
            beat = self.beat(of: row.holder.name)
        } else if let name = HolderTraces.name(in: self.holderLine()) {
            beat = self.beat(of: name)
            holder = beat.map(LeaseRow.init(tracedBy:))
        }
        let isHolders = beat?.broker.instance == holder?.holder.instance
        let life = holder?.holder.process.look(from: self.parts.broker.process)
        return HolderSighting(
            holder: holder, leaseCounter: leaseCounter, beatCounter: isHolders ? beat?.counter : nil,
            life: life ?? .notVisible)
    }

    private func beat(of name: String) -> BeatRecord? {
        if case .record(let record) = self.parts.directory.lookAtBeat(of: name) { record } else { nil }
    }

    func holderLine() -> String {
        do throws(SystemFailure) {
            return try self.parts.directory.holderLine()
        } catch {
            return ""
        }
    }

    func showEnd() { self.show(.steppingDown, holder: self.lease) }

    func show(_ role: ElectionSnapshot.Role, holder: LeaseRow?) {
        self.parts.show(
            ElectionSnapshot(role: role, broker: self.parts.broker, lease: holder, at: self.parts.clock.now()))
    }
}
