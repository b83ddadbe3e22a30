import Logging

/// Why a claim came to nothing.
enum ClaimFailure: Error, Hashable, Sendable {
    /// Another broker has this epoch: the same lock was granted to both.
    case taken(Epoch)
    case exhausted
    case system(SystemFailure)
    case lease(LeaseError)

    var text: String {
        switch self {
        case .taken(let epoch): "epoch \(epoch) was claimed by another broker, which then had the same lock"
        case .exhausted: "the epochs of this directory have run out"
        case .system(let failure): failure.description
        case .lease(let error): error.description
        }
    }

    static func files<Value: ~Copyable>(
        _ body: () throws(SystemFailure) -> Value
    ) throws(ClaimFailure) -> Value {
        do throws(SystemFailure) {
            return try body()
        } catch {
            throw .system(error)
        }
    }
}

/// From both locks to the mastership.
extension ElectorCore {
    /// Both locks are held since `now`.
    func claim(since now: BootInstant) {
        let runTime = self.parts.pulse.runTime
        do throws(ClaimFailure) {
            // The flag is raised before anybody else's is looked at: of two claimants at least one sees the other.
            try ClaimFailure.files { () throws(SystemFailure) in try self.writeBeat(.claim, .none) }
            let (row, previous) = try self.takeLease()
            self.lease = row
            try ClaimFailure.files { () throws(SystemFailure) in
                try self.writeBeat(.master, row.epoch)
                try self.parts.directory.nameHolder(self.line(for: row.epoch))
            }
            let proof = try ClaimFailure.files { () throws(SystemFailure) in try self.parts.directory.lockProof() }
            switch self.machine.leaseTaken(over: previous, at: self.parts.clock.now()) {
            case .becomeMaster(let term):
                self.parts.pulse.markGood(start: now, runTime: runTime)
                self.begin(term, self.parts.makeGate(term, proof))
            case .startOver: throw .exhausted
            }
        } catch {
            self.abandonClaim(error)
        }
    }

    /// Claims epochs until one is above whatever the lease carries, and writes the lease under it.
    private func takeLease() throws(ClaimFailure) -> (row: LeaseRow, previous: LeaseRow?) {
        var highest = try ClaimFailure.files { () throws(SystemFailure) in try self.parts.directory.highestEpoch() }
        // A look that fails here, as at a crashed master's journal, is made good by the transaction that takes it.
        if case .row(let present) = self.parts.directory.lookAtLease() { highest = max(highest, present.epoch) }
        highest = max(highest, self.parts.delegate.fenceEpoch() ?? .none)
        while true {
            guard case .claim(let epoch) = self.machine.epochsRead(highest: highest) else { throw .exhausted }
            let claim = try ClaimFailure.files { () throws(SystemFailure) in
                try self.parts.directory.claim(epoch, line: self.line(for: epoch))
            }
            guard claim == .claimed else { throw .taken(epoch) }
            let wall = self.parts.clock.wallMilliseconds()
            let row = LeaseRow(
                epoch: epoch, holder: self.parts.broker, phase: .acquired, acquiredAtMilliseconds: wall,
                renewedAtMilliseconds: wall, times: self.parts.settings.times)
            switch try self.write(row) {
            case .taken(let previous, let setAside):
                if let setAside { self.tell(setAside, epoch: epoch) }
                return (row, previous)
            case .behind(let higher): highest = higher
            }
        }
    }

    private func write(_ row: LeaseRow) throws(ClaimFailure) -> LeaseDatabase.Taking {
        do throws(LeaseError) {
            return try self.parts.directory.takeLease(row)
        } catch {
            throw .lease(error)
        }
    }

    private func tell(_ setAside: LeaseFile.SetAside, epoch: Epoch) {
        self.parts.journal.record(
            ElectionEvent(
                .leaseSetAside, .warning,
                "lease.db could not be used and is now \(setAside.name); a new one was made: \(setAside.reason)",
                epoch: epoch, remedy: "the history up to now may be there; remove it when it is of no more use"))
    }

    private func begin(_ term: Term, _ gate: CommitGate) {
        self.term = term
        self.toldClaimFailure = nil
        self.parts.pulse.begin(term.epoch)
        self.show(.starting, holder: self.lease)
        self.parts.journal.record(
            ElectionEvent(
                .lockAcquired, .info, "both locks are granted, and the lease is ours under epoch \(term.epoch)",
                epoch: term.epoch, duration: term.leasedAt - term.grantedAt))
        self.parts.journal.record(self.takeoverStarted(term))
        self.parts.delegate.becomeMaster(term, gate: gate)
        do throws(SystemFailure) {
            try self.parts.directory.pruneEpochs()
        } catch {
            self.parts.journal.say(.debug, "old epoch files stay: \(error)")
        }
    }

    private func takeoverStarted(_ term: Term) -> ElectionEvent {
        guard let previous = term.previous else {
            return ElectionEvent(
                .takeoverStarted, .info, "this broker becomes the first master of the directory", epoch: term.epoch)
        }
        let how =
            switch previous.phase {
            case .released: "stopped cleanly"
            case .steppedDown: "stepped down"
            case .acquired, .active: "did not give up its lease"
            }
        return ElectionEvent(
            .takeoverStarted, .info,
            "taking over from \(previous.holder.name) on \(previous.holder.host), which \(how)", epoch: term.epoch,
            other: previous,
            details: [("previous_phase", previous.phase.rawValue)])
    }

    private func abandonClaim(_ failure: ClaimFailure) {
        if var row = self.lease {
            row.phase = .steppedDown
            row.endedAtMilliseconds = self.parts.clock.wallMilliseconds()
            _ = self.parts.directory.renewLease(row, notes: LeaseNotes())
            self.lease = nil
        }
        self.parts.directory.closeLease()
        self.parts.directory.releaseLocks()
        self.machine.claimFailed(at: self.parts.clock.now())
        self.show(.standby, holder: nil)
        guard self.toldClaimFailure != failure.text else { return }
        self.toldClaimFailure = failure.text
        self.parts.journal.record(
            ElectionEvent(
                .claimFailed, .error, "the locks were granted, but this broker cannot become master: \(failure.text)",
                remedy: "this broker gives the locks back and tries again"))
    }

    /// The line in lock and epoch files. Its first byte is the same for all holders, see ``LockFiles``.
    private func line(for epoch: Epoch) -> String {
        let broker = self.parts.broker
        return
            "broker=\(broker.name) host=\(PercentCoding.encode(broker.host)) pid=\(broker.process.pid) epoch=\(epoch) "
            + "instance=\(broker.instance) boot_id=\(PercentCoding.encode(broker.process.bootID))"
    }
}
