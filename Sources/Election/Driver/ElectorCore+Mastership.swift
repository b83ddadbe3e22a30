import Logging

/// Being master, and ceasing to be.
extension ElectorCore {
    /// Writes this broker's own record.
    func writeBeat(_ state: BeatRecord.State, _ epoch: Epoch) throws(SystemFailure) {
        try self.parts.directory.writeBeat(self.nextRecord(state, epoch))
    }

    private func nextRecord(_ state: BeatRecord.State, _ epoch: Epoch) -> BeatRecord {
        self.beatCounter &+= 1
        let record = BeatRecord(
            broker: self.parts.broker, state: state, epoch: epoch, counter: self.beatCounter,
            times: self.parts.settings.times, wallMilliseconds: self.parts.clock.wallMilliseconds())
        self.parts.journal.meter.hold(alarms: record.alarms)
        return record
    }

    /// One beat: own record, locks, lease, and after a pause the store's fence.
    func beat() {
        guard let term = self.term else { return }
        let start = self.parts.clock.now()
        let runTime = self.parts.pulse.runTime
        var outcome = self.prove(term)
        if outcome.isGood, self.machine.mustProveFence(beatStartedAt: start),
            case .another(let epoch) = self.parts.delegate.proveFence(term.epoch)
        {
            outcome = .fenced(by: epoch)
        }
        self.parts.journal.meter.beatEnded(from: start, to: self.parts.clock.now(), isGood: outcome.isGood)
        // The watch may have given up while a file call hung; then nothing that was found since counts.
        guard self.parts.pulse.phase == .master else { return }
        switch self.machine.beatFinished(outcome, startedAt: start) {
        case .trusted(let since):
            self.parts.pulse.markGood(start: since, runTime: runTime)
            self.tellDoubt(outcome.doubt)
        case .proved(let since, let pause):
            self.parts.pulse.markGood(start: since, runTime: runTime)
            self.parts.journal.record(
                ElectionEvent(
                    .leaseProved, .warning,
                    "this process did not beat for \(pause.wholeMilliseconds) ms; lock, lease and fence are still ours",
                    epoch: term.epoch, duration: pause))
        case .doubtful(let why): self.tellDoubt(why)
        case .stepDown(let reason): self.stepDown(reason)
        case .none: break
        }
    }

    private func prove(_ term: Term) -> BeatOutcome {
        switch self.parts.directory.proveLocks() {
        case .held: break
        case .lost(let loss): return .lockLost(loss)
        case .unknown(let failure): return .doubtful(failure.description)
        }
        let record = self.nextRecord(.master, term.epoch)
        var unseen: String?
        do throws(SystemFailure) {
            try self.parts.directory.writeBeat(record)
        } catch {
            // Without room others see no beat, but lock and lease are as good as before.
            guard error.isNoRoom else { return .doubtful(error.description) }
            unseen = error.description
        }
        switch self.renew(seeing: [record]) {
        case .renewed: return unseen.map { .goodUnseen($0) } ?? .good
        case .unwritten(let why): return .goodUnseen(why)
        case .superseded(let row): return .superseded(by: row)
        case .failed(let why): return .doubtful(why)
        }
    }

    private func renew(seeing beats: [BeatRecord]) -> LeaseDatabase.Renewal {
        guard var row = self.lease else { return .failed(LeaseError.notOpen.description) }
        row.counter &+= 1
        row.renewedAtMilliseconds = self.parts.clock.wallMilliseconds()
        let events = self.parts.journal.takeWaiting()
        let renewal = self.parts.directory.renewLease(
            row,
            notes: LeaseNotes(
                events: events.map { HistoryEntry($0, by: self.parts.broker) }, brokers: beats, queues: self.queues))
        if renewal == .renewed {
            self.lease = row
            self.queues = nil
            self.show(row.phase == .active ? .master : .starting, holder: row)
        } else {
            self.parts.journal.putBack(events)
        }
        return renewal
    }

    /// Once for each new doubt.
    private func tellDoubt(_ why: String?) {
        if let why, why != self.toldDoubt {
            self.parts.journal.say(.warning, "a beat of this master is incomplete: \(why)", ["event": "beat.doubtful"])
        }
        self.toldDoubt = why
    }

    func stepDown(_ reason: StepDownReason) {
        self.parts.end.stepDown(reason)
        self.showEnd()
    }
}

extension BeatOutcome {
    fileprivate var isGood: Bool {
        switch self {
        case .good, .goodUnseen: true
        case .doubtful, .lockLost, .superseded, .fenced: false
        }
    }

    fileprivate var doubt: String? {
        if case .goodUnseen(let why) = self { why } else { nil }
    }
}

// MARK: - What the composition root says

extension ElectorCore {
    func wantBeat() { self.isBeatWanted = true }

    /// Written with the next beat; an older list that was not written yet is dropped.
    func publish(_ queues: [QueueSummary]) { self.queues = queues }

    func servingStarted() {
        guard let term = self.machine.servingStarted() else { return }
        let now = self.parts.clock.now()
        self.lease?.phase = .active
        self.parts.journal.record(
            ElectionEvent(.masterStarted, .info, "this broker is master and serves", epoch: term.epoch))
        self.parts.journal.record(
            ElectionEvent(
                .takeoverFinished, .info,
                "serving, \((now - term.grantedAt).wholeMilliseconds) ms after the locks "
                    + "were granted", epoch: term.epoch, other: term.previous, duration: now - term.grantedAt,
                details: [
                    ("election_ms", String((term.leasedAt - term.grantedAt).wholeMilliseconds)),
                    ("store_ms", String((now - term.leasedAt).wholeMilliseconds)),
                ]))
        // Others should see at once that somebody serves.
        self.beat()
    }

    func storeFailed(_ reason: String) {
        guard let reason = self.machine.giveUp(.storeFailed(reason)) else { return }
        self.stepDown(reason)
    }

    /// Gives back whatever is held. Nothing is due afterwards.
    func release() {
        let verdict = self.machine.releaseRequested()
        if case .giveBack(let phase, let mayWriteLease) = verdict {
            self.giveBack(phase, writeLease: mayWriteLease)
        }
        self.parts.directory.closeLease()
        self.parts.directory.releaseLocks()
        self.parts.pulse.release()
        self.show(.stopped, holder: self.lease)
    }

    private func giveBack(_ phase: LeaseRow.Phase, writeLease: Bool) {
        if phase == .released, let term = self.term {
            self.parts.journal.record(
                ElectionEvent(
                    .masterReleased, .info, "this broker gives up the lease: a standby may take over",
                    epoch: term.epoch,
                    duration: self.parts.clock.now() - term.grantedAt))
        }
        if writeLease {
            self.lease?.phase = phase
            self.lease?.endedAtMilliseconds = self.parts.clock.wallMilliseconds()
            switch self.renew(seeing: []) {
            case .renewed: break
            case .unwritten(let why), .failed(let why):
                self.parts.journal.say(.warning, "the lease could not be marked as \(phase.rawValue): \(why)")
            case .superseded: self.parts.journal.say(.warning, "the lease was somebody else's already")
            }
        }
        do throws(SystemFailure) {
            try self.writeBeat(.stopped, self.term?.epoch ?? .none)
        } catch {
            self.parts.journal.say(.warning, "the last beat could not be written: \(error)")
        }
    }
}
