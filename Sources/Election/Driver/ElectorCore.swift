import CSystemCalls
import Logging

/// Carries out what the election machine decides, one call on the shared directory a step, on the elector's thread: no
/// rule is here, and no waiting for longer than a file call takes.
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
        /// Makes the gate of a term.
        let makeGate: (Term) throws(SystemFailure) -> CommitGate
        /// What this host can say of another broker's process.
        let life: (ProcessPlace) -> ProcessLife
        /// What others may see of this broker's state.
        let show: (ElectionSnapshot) -> Void
        /// Takes over in spite of the lock; nil where the operator has not allowed that.
        let escape: StandingOrder?
        /// What earlier candidacies of this process knew.
        let knownEpoch: Epoch
    }

    let parts: Parts
    let reports: HolderReports
    var machine: ElectionMachine
    var lease: LeaseRow?
    var term: Term?
    var queues: [QueueSummary]?
    var toldDoubt: String?
    var toldClaimFailure: String?
    /// The run time when the beat under way, or the last look of a claim, began.
    var lookRunTime: Int64 = 0
    var beatStart: BootInstant
    /// Of each other instance, the last note that went to the history.
    var notedThrough: [InstanceID: Int64] = [:]
    /// A take-over that did not work out is tried again.
    var nextEscape: NextEscape?
    /// The lock files were replaced while this broker stood by.
    var isOnNewFiles = false
    /// The probe files are locked, for standbys to try.
    var holdsProbes = false
    /// Somebody waits for the next proof.
    var isBeatWanted = false

    init(_ parts: Parts) {
        self.parts = parts
        self.beatStart = parts.clock.now()
        self.reports = HolderReports(verdict: parts.verdict)
        self.machine = ElectionMachine(
            broker: parts.broker, settings: parts.settings, pollInterval: parts.verdict.pollInterval,
            serverLease: parts.verdict.kind == .nfs4 ? parts.settings.serverLease : nil,
            // A cluster that restarts a hung node lets a stopped process of a healthy one write when it wakes.
            storageFences: parts.verdict.kind == .nfs4 && parts.verdict.fencingLevel.level == .storage,
            knownEpoch: parts.knownEpoch,
            at: parts.clock.now())
    }

    // MARK: Steps

    /// Does what is due, one call at most, and returns how long nothing else will be.
    func step() -> Duration {
        let now = self.parts.clock.now()
        if let reason = self.parts.end.reason, self.machine.giveUp(reason) != nil { self.showEnd() }
        if let reason = self.machine.timePassed(at: now) { self.stepDown(reason) }
        if self.isBeatWanted { self.machine.beatWanted(at: now) }
        self.isBeatWanted = false
        #if WITHOUT_FENCING
            // Only for Tests/Interop/fencing-cost, to measure what beats cost.
            if case .master(let mastership) = self.machine.state, mastership.isServing {
                self.parts.pulse.markGood(start: now, runTime: self.parts.pulse.runTime)
                return self.parts.settings.times.beat
            }
        #endif
        self.perform(self.machine.duty(at: now), at: now)
        for notice in self.machine.takeNotices() { self.tell(notice) }
        self.escapeAgain(at: now)
        switch self.machine.duty(at: self.parts.clock.now()) {
        case .wait(let until): return max(.zero, until - self.parts.clock.now())
        case .waitForEvents: return .seconds(3600)
        default: return .zero
        }
    }

    private func perform(_ duty: ElectionMachine.Duty, at now: BootInstant) {
        switch duty {
        case .tryLocks(let everyKind): self.tryLocks(everyKind: everyKind)
        case .writeBeat(let state, let epoch): self.writeBeat(state, epoch)
        case .lookAtPeers: self.lookAtPeers(at: now)
        case .lookAtLease: self.lookAtLease()
        case .probeLocks: self.probeLocks()
        case .readEpochs: self.readEpochs()
        case .claimEpoch(let epoch): self.claimEpoch(epoch)
        case .requestRelocation(let epoch): self.requestRelocation(epoch)
        case .takeLease(let epoch): self.takeLease(epoch)
        case .nameHolder(let epoch): self.nameHolder(epoch)
        case .proveLocks: self.proveLocks(at: now)
        case .renewLease: self.renewLease()
        case .askFence: self.askFence()
        case .wait, .waitForEvents: break
        }
    }

    // MARK: Calls that more than one state makes

    private func tryLocks(everyKind: Bool) {
        let attempt = self.call("trying the locks") { self.parts.directory.tryLocks(everyKind: everyKind) }
        switch self.machine.lockAttempted(attempt, at: self.parts.clock.now()) {
        case .claim, .keepWaiting: break
        case .letGo: self.parts.directory.releaseLocks()
        }
    }

    private func writeBeat(_ state: BeatRecord.State, _ epoch: Epoch) {
        if state != .master { self.beatStart = self.parts.clock.now() }
        do throws(SystemFailure) {
            let record = self.nextRecord(state, epoch)
            try self.call("writing the beat") { () throws(SystemFailure) in
                try self.parts.directory.writeBeat(record)
            }
            self.machine.beatWritten(state, at: self.parts.clock.now())
            // A master's beat goes on: its locks are proved already, its lease is not.
            if state != .master { self.beatEnded(isGood: true) }
        } catch {
            if state != .master { self.beatEnded(isGood: false) }
            guard case .claiming = self.machine.state else {
                self.tell(self.machine.beatFailed(error, at: self.parts.clock.now()))
                return
            }
            self.claimFailed(.system(error))
        }
    }

    func nextRecord(_ state: BeatRecord.State, _ epoch: Epoch) -> BeatRecord {
        let counter = self.machine.nextCounter()
        return BeatRecord(
            broker: self.parts.broker, state: state, epoch: epoch, counter: counter, times: self.parts.settings.times,
            wallMilliseconds: self.parts.clock.wallMilliseconds(), peers: self.machine.copies,
            alarms: self.parts.journal.alarms.map(\.name.rawValue),
            // A master writes its events into the history itself.
            notes: self.lease == nil ? self.parts.journal.notes(forBeat: counter) : [],
            lockView: self.machine.lockView?.description ?? "", holdsProbes: self.holdsProbes && state == .master)
    }

    private func lookAtPeers(at start: BootInstant) {
        let runTime = self.parts.pulse.runTime
        let verdict: ElectionMachine.LookVerdict
        do throws(SystemFailure) {
            let records = try self.call("reading the beats") { () throws(SystemFailure) in
                try self.parts.directory.lookAtBeats()
            }
            let sightings = records.map { PeerSighting(record: $0, life: self.life(of: $0.broker.process)) }
            if self.lease == nil { self.noteDelivery(records) }
            verdict = self.machine.peersSeen(sightings, startedAt: start, at: self.parts.clock.now())
        } catch {
            if case .claiming = self.machine.state { return self.claimFailed(.system(error)) }
            verdict = self.machine.lookFailed(error, at: self.parts.clock.now())
        }
        if case .elected = verdict { self.lookRunTime = runTime }
        self.follow(verdict)
    }

    private func lookAtLease() {
        let sighting = self.call("reading the lease") { self.parts.directory.lookAtLease() }
        var life = ProcessLife.notVisible
        if case .row(let row) = sighting {
            life = self.life(of: row.holder.process)
            self.show(.standby, holder: row)
        } else {
            self.show(.standby, holder: self.machine.liveMaster.map { LeaseRow(tracedBy: $0.record) })
        }
        self.follow(self.machine.leaseSeen(sighting, life: life, at: self.parts.clock.now()))
    }

    private func follow(_ verdict: ElectionMachine.LookVerdict) {
        switch verdict {
        case .goOn: break
        case .abandonClaim: self.letGoOfClaim()
        case .elected(let term, let mustRelocate, let since): self.begin(term, mustRelocate: mustRelocate, since: since)
        case .stepDown(let reason): self.stepDown(reason)
        }
    }

    private func probeLocks() {
        var matrix: LockMatrix?
        do throws(SystemFailure) {
            matrix = try self.call("trying the probe files") { () throws(SystemFailure) in
                try self.parts.directory.tryProbes()
            }
        } catch {
            self.parts.journal.say(.debug, "the probe files cannot be tried: \(error)")
        }
        self.machine.probed(matrix, at: self.parts.clock.now())
    }

    /// A master that has a copy of our beat has written down what it carried.
    private func noteDelivery(_ records: [BeatRecord]) {
        for record in records where record.state == .master {
            let copy = record.peers.first { $0.instance == self.parts.broker.instance }
            if let copy { self.parts.journal.delivered(throughBeat: copy.counter) }
        }
    }

    func life(of place: ProcessPlace) -> ProcessLife { self.parts.life(place) }

    /// Notes which call is under way, so that the watch can say what hangs.
    func call<Value, Failure: Error>(
        _ what: StaticString, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        self.parts.pulse.beginCall(what)
        defer { self.parts.pulse.endCall() }
        return try body()
    }

    // MARK: For others

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
