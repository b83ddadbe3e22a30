import Logging

/// Why a claim came to nothing.
enum ClaimFailure: Error, Hashable, Sendable {
    case exhausted
    case system(SystemFailure)
    case lease(LeaseError)

    var text: String {
        switch self {
        case .exhausted: "the epochs of this directory have run out"
        case .system(let failure): failure.description
        case .lease(let error): error.description
        }
    }
}

/// From both locks to the mastership.
extension ElectorCore {
    func readEpochs() {
        do throws(SystemFailure) {
            var highest = try self.call("listing the epochs") { () throws(SystemFailure) in
                try self.parts.directory.highestEpoch()
            }
            // A look that fails here, as at a crashed master's journal, is made good by the transaction that takes it.
            if case .row(let present) = self.call("reading the lease", { self.parts.directory.lookAtLease() }) {
                highest = max(highest, present.epoch)
            }
            let fence = self.call("reading the store's fence") { self.parts.delegate.fenceEpoch() }
            highest = max(highest, fence ?? .none)
            if self.machine.epochsRead(highest: highest, at: self.parts.clock.now()) == .abandon {
                self.claimFailed(.exhausted)
            }
        } catch {
            self.claimFailed(.system(error))
        }
    }

    func claimEpoch(_ epoch: Epoch) {
        do throws(SystemFailure) {
            let claim = try self.call("claiming the epoch") { () throws(SystemFailure) in
                try self.parts.directory.claim(epoch, line: self.line(for: epoch))
            }
            _ = self.machine.epochClaimed(claim, at: self.parts.clock.now())
        } catch {
            self.claimFailed(.system(error))
        }
    }

    func requestRelocation(_ epoch: Epoch) {
        do throws(SystemFailure) {
            try self.call("ordering the store's relocation") { () throws(SystemFailure) in
                try self.parts.directory.requestRelocation(epoch, line: self.line(for: epoch))
            }
            self.machine.relocationRequested(at: self.parts.clock.now())
        } catch {
            self.claimFailed(.system(error))
        }
    }

    func takeLease(_ epoch: Epoch) {
        let wall = self.parts.clock.wallMilliseconds()
        let row = LeaseRow(
            epoch: epoch, holder: self.parts.broker, phase: .acquired, acquiredAtMilliseconds: wall,
            renewedAtMilliseconds: wall, times: self.parts.settings.times)
        do throws(LeaseError) {
            let taking = try self.call("taking the lease") { () throws(LeaseError) in
                try self.parts.directory.takeLease(row)
            }
            if case .taken(_, let setAside) = taking {
                self.lease = row
                if let setAside { self.tell(setAside, epoch: epoch) }
            }
            self.machine.leaseTaken(taking, at: self.parts.clock.now())
        } catch {
            self.claimFailed(.lease(error))
        }
    }

    func nameHolder(_ epoch: Epoch) {
        do throws(SystemFailure) {
            try self.call("writing the holder's line") { () throws(SystemFailure) in
                try self.parts.directory.nameHolder(self.line(for: epoch))
            }
            self.machine.holderNamed(at: self.parts.clock.now())
        } catch {
            self.claimFailed(.system(error))
        }
    }

    private func tell(_ setAside: LeaseFile.SetAside, epoch: Epoch) {
        self.parts.journal.record(
            ElectionEvent(
                .leaseSetAside, .warning,
                "lease.db could not be used and is now \(setAside.name); a new one was made: \(setAside.reason)",
                epoch: epoch, remedy: "the history up to now may be there; remove it when it is of no more use"))
    }

    func begin(_ term: Term, mustRelocate: Bool, since: BootInstant) {
        self.term = term
        self.toldClaimFailure = nil
        self.parts.pulse.markGood(start: since, runTime: self.lookRunTime)
        self.parts.pulse.begin(term.epoch)
        let gate: CommitGate
        do throws(SystemFailure) {
            gate = try self.parts.makeGate(term)
        } catch {
            return self.storeFailed("no gate for the store: \(error)")
        }
        self.show(.starting, holder: self.lease)
        for name: ElectionEvent.Name in [.lockStale, .lockHungHolder, .lockWaitingForServerLease, .lockUnusable] {
            self.parts.journal.clear(name)
        }
        self.parts.journal.record(
            ElectionEvent(
                .lockAcquired, .info, "both locks are granted, and the lease is ours under epoch \(term.epoch)",
                epoch: term.epoch, duration: term.leasedAt - term.grantedAt))
        self.parts.journal.record(self.takeoverStarted(term, mustRelocate: mustRelocate))
        self.parts.delegate.becomeMaster(term, gate: gate)
        do throws(SystemFailure) {
            try self.parts.directory.pruneEpochs()
        } catch {
            self.parts.journal.say(.debug, "old epoch files stay: \(error)")
        }
    }

    /// Takes the probe files for standbys to try, once a beat until it works: one of them may just be trying, and a
    /// former master that is stopped has them still.
    func holdProbes() {
        guard !self.holdsProbes else { return }
        do throws(SystemFailure) {
            try self.call("locking the probe files") { () throws(SystemFailure) in
                try self.parts.directory.holdProbes()
            }
            self.holdsProbes = true
        } catch {
            self.parts.journal.say(.debug, "the probe files cannot be locked yet, and standbys learn nothing: \(error)")
        }
    }

    private func takeoverStarted(_ term: Term, mustRelocate: Bool) -> ElectionEvent {
        guard let previous = term.previous else {
            return ElectionEvent(
                .takeoverStarted, .info, "this broker becomes the first master of the directory", epoch: term.epoch)
        }
        let life = self.life(of: previous.holder.process)
        let how =
            switch previous.phase {
            case .released: "stopped cleanly"
            case .steppedDown: "stepped down"
            case .acquired, .active:
                switch life {
                case .gone: "did not give up its lease: its process is gone"
                case .running, .stopped: "did not give up its lease, and whose process is there still"
                case .notVisible: "did not give up its lease"
                }
            }
        return ElectionEvent(
            .takeoverStarted, .info,
            "taking over from \(previous.holder.name) on \(previous.holder.host), which \(how)", epoch: term.epoch,
            other: previous,
            details: [
                ("previous_phase", previous.phase.rawValue), ("previous_process", life.rawValue),
                ("store", mustRelocate ? "moves to new files" : "stays"),
            ])
    }

    func claimFailed(_ failure: ClaimFailure) {
        self.machine.claimFailed(at: self.parts.clock.now())
        self.letGoOfClaim()
        guard self.toldClaimFailure != failure.text else { return }
        self.toldClaimFailure = failure.text
        self.parts.journal.record(
            ElectionEvent(
                .claimFailed, .error, "the locks were granted, but this broker cannot become master: \(failure.text)",
                remedy: "this broker gives the locks back and tries again"))
    }

    /// Gives back what a claim that came to nothing has got.
    func letGoOfClaim() {
        if var row = self.lease {
            row.phase = .steppedDown
            row.endedAtMilliseconds = self.parts.clock.wallMilliseconds()
            _ = self.parts.directory.renewLease(row, notes: LeaseNotes())
            self.lease = nil
        }
        self.parts.directory.closeLease()
        self.parts.directory.releaseLocks()
        self.show(.standby, holder: nil)
    }

    /// The line in lock and epoch files. Its first byte is the same for all holders, see ``LockFiles``.
    private func line(for epoch: Epoch) -> String {
        let broker = self.parts.broker
        return
            "broker=\(broker.name) host=\(PercentCoding.encode(broker.host)) pid=\(broker.process.pid) epoch=\(epoch) "
            + "instance=\(broker.instance) boot_id=\(PercentCoding.encode(broker.process.bootID))"
    }
}
