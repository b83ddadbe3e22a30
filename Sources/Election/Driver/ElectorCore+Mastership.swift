import Logging

/// Being master, and ceasing to be.
extension ElectorCore {
    func proveLocks(at start: BootInstant) {
        self.lookRunTime = self.parts.pulse.runTime
        self.beatStart = start
        let check = self.call("proving the locks") { self.parts.directory.proveLocks() }
        self.tell(self.machine.locksProved(check, startedAt: start))
    }

    func renewLease() {
        let renewal = self.call("renewing the lease") { self.renew() }
        self.tell(self.machine.leaseRenewed(renewal, at: self.parts.clock.now()))
    }

    func askFence() {
        guard let term = self.term else { return }
        let proof = self.call("reading the store's fence") { self.parts.delegate.proveFence(term.epoch) }
        self.tell(self.machine.fenceAsked(proof, at: self.parts.clock.now()))
    }

    func tell(_ verdict: ElectionMachine.BeatVerdict) {
        switch verdict {
        case .goOn: return
        case .stepDown(let reason):
            self.beatEnded(isGood: false)
            return self.stepDown(reason)
        case .doubtful(let why):
            self.beatEnded(isGood: false)
            return self.tellDoubt(why)
        case .trusted, .proved: self.beatEnded(isGood: true)
        }
        // The watch may have given up while a file call hung; then nothing that was found since counts.
        guard let term = self.term, self.parts.pulse.phase == .master else { return }
        switch verdict {
        case .trusted(let since, let unseen):
            self.parts.pulse.markGood(start: since, runTime: self.lookRunTime)
            self.tellDoubt(unseen)
            self.holdProbes()
        case .proved(let since, let pause):
            self.parts.pulse.markGood(start: since, runTime: self.lookRunTime)
            self.parts.journal.record(
                ElectionEvent(
                    .leaseProved, .warning,
                    "this process did not beat for \(pause.wholeMilliseconds) ms; lock, lease and fence are still ours",
                    epoch: term.epoch, duration: pause))
        case .goOn, .doubtful, .stepDown: break
        }
    }

    func beatEnded(isGood: Bool) {
        self.parts.journal.meter.beatEnded(from: self.beatStart, to: self.parts.clock.now(), isGood: isGood)
    }

    /// Renews the row, and writes down in the same transaction what is known of all brokers.
    private func renew() -> LeaseDatabase.Renewal {
        guard var row = self.lease else { return .failed(LeaseError.notOpen.description) }
        row.counter &+= 1
        row.renewedAtMilliseconds = self.parts.clock.wallMilliseconds()
        let ended = row.endedAtMilliseconds != nil
        let peers = ended ? [] : self.machine.peers.map(\.record)
        let own = ended ? [] : [self.ownRecord(row)]
        let newNotes = self.newNotes(of: peers)
        var renewal = LeaseDatabase.Renewal.failed("")
        self.parts.journal.handOver { events in
            renewal = self.parts.directory.renewLease(
                row,
                notes: LeaseNotes(
                    events: events + newNotes.entries, brokers: own + peers,
                    alarms: self.alarmNotes(of: peers, at: row.renewedAtMilliseconds), queues: self.queues))
            return renewal == .renewed
        }
        guard renewal == .renewed else { return renewal }
        self.lease = row
        self.queues = nil
        self.notedThrough.merge(newNotes.through) { _, new in new }
        self.show(row.phase == .active ? .master : .starting, holder: row)
        return renewal
    }

    private func ownRecord(_ row: LeaseRow) -> BeatRecord {
        BeatRecord(
            broker: self.parts.broker, state: .master, epoch: row.epoch, counter: self.machine.ownCounter,
            times: row.times, wallMilliseconds: row.renewedAtMilliseconds,
            alarms: self.parts.journal.alarms.map(\.name.rawValue))
    }

    /// What the others' beats carry for the history and has not been written.
    private func newNotes(of records: [BeatRecord]) -> (entries: [HistoryEntry], through: [InstanceID: Int64]) {
        var entries: [HistoryEntry] = []
        var through: [InstanceID: Int64] = [:]
        for record in records {
            let instance = record.broker.instance
            for note in record.notes where note.number > (through[instance] ?? self.notedThrough[instance] ?? 0) {
                entries.append(note.reported(by: record.broker))
                through[instance] = note.number
            }
        }
        return (entries, through)
    }

    private func alarmNotes(of records: [BeatRecord], at wallMilliseconds: Int64) -> [AlarmNote] {
        var notes = self.parts.journal.alarms.map { AlarmNote($0, of: self.parts.broker.name) }
        for record in records where record.state != .stopped {
            for name in record.alarms {
                var note = AlarmNote(named: name, of: record.broker.name, seenAt: wallMilliseconds)
                // The words came with the event, which the beat carries until it is in the history.
                if let told = record.notes.last(where: { $0.entry.event == name })?.entry {
                    note.detail = told.detail
                    note.otherBroker = told.otherBroker
                }
                notes.append(note)
            }
        }
        return notes
    }

    /// Once for each new doubt.
    private func tellDoubt(_ why: String?) {
        if let why, why != self.toldDoubt {
            self.parts.journal.say(.warning, "a beat of this master is incomplete: \(why)", ["event": "beat.doubtful"])
        }
        self.toldDoubt = why
    }

    func stepDown(_ reason: StepDownReason) {
        self.parts.end.stepDown(reason, other: self.rival(for: reason))
        self.showEnd()
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
    }

    func startingProgressed() { self.machine.startingProgressed(at: self.parts.clock.now()) }

    /// The gate found what the next beat would have found.
    func gateClosed(_ closed: GateClosed) {
        let reason: StepDownReason
        switch closed {
        case .notMaster: return
        case .lockLost(let loss): reason = .lockLost(loss)
        case .leaseGone: reason = .superseded(by: nil)
        case .superseded:
            guard let term = self.term else { return }
            var found: LeaseRow?
            if case .row(let row) = self.parts.directory.lookAtLease() { found = row }
            reason = StepDownReason(leaseOf: term, found: found)
        case .stale(let silence): reason = .silent(for: silence)
        case .unknown(let why): reason = .storeFailed(why)
        }
        guard let reason = self.machine.giveUp(reason) else { return }
        self.stepDown(reason)
    }

    /// The other party of a lost lock: who claims or serves beside us, or else whoever could.
    private func rival(for reason: StepDownReason) -> ElectionEvent.Party? {
        guard case .lockLost = reason else { return nil }
        let others = self.machine.peers.filter { $0.record.state != .stopped && $0.life != .gone }
        let rival = others.first { $0.record.state == .master || $0.record.state == .claim }
        return (rival ?? others.first).map { ElectionEvent.Party($0.record) }
    }

    func storeFailed(_ reason: String) {
        guard let reason = self.machine.giveUp(.storeFailed(reason)) else { return }
        self.stepDown(reason)
        // Where the storage refuses writes under a lost lock, the store may be the first to feel that. Nothing waits for
        // this look, which may hang as the store did.
        let check = self.call("proving the locks") { self.parts.directory.proveLocks() }
        guard let term = self.term, case .lost(let loss) = check else { return }
        let lost = self.rival(for: .lockLost(loss))
        self.parts.journal.record(self.parts.end.lost(loss, epoch: term.epoch, other: lost))
    }

    /// Gives back whatever is held. Nothing is due afterwards.
    func release() {
        let isKnown = self.machine.isKnownToOthers
        let verdict = self.machine.releaseRequested()
        if verdict == .leave, isKnown { self.writeLastBeat() }
        if case .giveBack(let phase, let mayWriteLease) = verdict {
            self.giveBack(phase, writeLease: mayWriteLease)
        }
        self.parts.directory.closeLease()
        self.parts.directory.releaseProbes()
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
            switch self.renew() {
            case .renewed: break
            case .unwritten(let why), .failed(let why):
                self.parts.journal.say(.warning, "the lease could not be marked as \(phase.rawValue): \(why)")
            case .superseded(let row):
                self.parts.journal.record(self.parts.end.superseded(by: row, epoch: self.term?.epoch ?? .none))
            }
        }
        self.writeLastBeat()
    }

    private func writeLastBeat() {
        do throws(SystemFailure) {
            try self.parts.directory.writeBeat(self.nextRecord(.stopped, self.term?.epoch ?? .none))
        } catch {
            self.parts.journal.say(.warning, "the last beat could not be written: \(error)")
        }
    }
}
