@testable import Election

/// Promises that hold over time: looked at once a simulated second.
extension SimulationJudge {
    func watch() {
        self.world.schedule(after: .second) {
            self.look()
            self.watch()
        }
    }

    private func look() {
        for candidacy in self.candidacies {
            candidacy.noteWhetherItTakesPart()
            candidacy.noteOtherKind(isFree: self.wouldBeGranted(to: candidacy))
        }
        self.lookAtMasters()
        self.lookAtPairs()
        self.lookAtDuties()
        self.lookAtRefused()
        self.lookAtKinds()
        self.lookAtTwins()
        self.lookAtViews()
    }

    /// Nothing has kept this process from seeing and saying what is so since then.
    func isCalm(_ process: SimulatedProcess, since: Nanoseconds) -> Bool {
        process.isAlive && !process.isStopped && process.heldUp == 0 && process.calmSince <= since
            && self.canSee(process.host, since: since)
            && process.hangUntil == 0 && process.ambush == nil
    }

    private func canSee(_ host: SimulatedHost, since: Nanoseconds) -> Bool {
        guard host.isUp, !host.isCutOff, host.slowness == 0, !host.isLeaseUnclear, host.disturbedAt <= since else {
            return false
        }
        if case .live = host.beatsSeen, case .live = host.leaseSeen { return self.world.directory.fullUntil <= since }
        return false
    }

    private var candidacies: [SimulatedCandidacy] {
        self.world.seats.compactMap { $0.process?.candidacy }
    }

    private var standbys: [SimulatedCandidacy] {
        self.candidacies.filter { candidacy in
            if case .standby? = candidacy.core?.machine.state { !candidacy.isOver } else { false }
        }
    }

    /// A master that another one has followed finds that out.
    private func lookAtMasters() {
        guard let last = self.terms.last(where: { !self.undone.contains($0.number) }) else { return }
        let since = self.now - 2500 * .millisecond
        for candidacy in self.candidacies where candidacy.pulse.phase == .master {
            guard let (number, term) = candidacy.term, number < last.number, last.beganAt <= since else { continue }
            guard self.isCalm(candidacy.process, since: since) else { continue }
            self.accuse(
                "a master that was followed steps down", "\(candidacy.broker.name) of epoch \(term.epoch)")
        }
    }

    /// Where both locks were granted to two, one of them says so.
    private func lookAtPairs() {
        let bound = 4 * Nanoseconds.second
        for pair in self.pairs where pair.at + bound <= self.now {
            let processes = [pair.earlier.process, pair.later.process]
            guard self.isHolding(pair.earlier), self.isHolding(pair.later),
                processes.allSatisfy({ self.isCalm($0, since: pair.at) })
            else { continue }
            if processes.contains(where: { self.hasHeard([.lockFalse], from: $0, since: pair.at) }) { continue }
            if pair.earlier.pulse.phase == .steppingDown { continue }
            self.accuse(
                "a lock granted to two is named", "\(pair.later.broker.name) beside \(pair.earlier.broker.name)")
        }
        self.drop { $0.at + bound <= self.now }
    }

    private func lookAtDuties() {
        for duty in self.dueDuties() where self.isCalm(duty.process, since: duty.since) {
            if self.hasHeard(duty.names, from: duty.process, since: duty.since) { continue }
            self.accuse(
                "\(duty.names[0].rawValue) is told in time", "not by \(duty.process.seat.name): \(duty.why)")
        }
    }

    /// Who is refused by a holder that is silent says what kind of silence it is.
    private func lookAtRefused() {
        guard let file = self.world.directory.flockFile else { return }
        for standby in self.standbys {
            let holders = self.world.directory.locks.holders(.flock, file, besides: standby.process)
            guard holders.count == 1, self.isSeenByAll(standby),
                !self.world.directory.locks.mayTake(.flock, file, by: standby.process)
            else { continue }
            let record = self.terms.last { holders.contains(ObjectIdentifier($0.candidacy.process)) }
            guard let record, record.number == self.terms.last?.number, !record.candidacy.isOver,
                record.candidacy.pulse.phase != .idle, self.restoredAt < 0,
                record.candidacy === record.candidacy.process.candidacy
            else { continue }
            self.lookAtSilence(of: record.candidacy, by: standby)
        }
    }

    /// Not the case where a twin or a backup took the place of its beat.
    func isSeenByAll(_ candidacy: SimulatedCandidacy) -> Bool {
        self.world.directory.beats.contains { $0.inode.record.value?.broker.instance == candidacy.broker.instance }
    }

    private func lookAtSilence(of holder: SimulatedCandidacy, by standby: SimulatedCandidacy) {
        let silence = self.now - holder.view.signedAt
        let life = self.world.life(of: holder.broker.process, from: standby.broker.process)
        let isVisible = life == .running || life == .stopped
        var name = isVisible ? ElectionEvent.Name.lockHungHolder : .lockStale
        var bound = 12_500 * Nanoseconds.millisecond
        if self.world.site.kind == .nfs4, !isVisible {
            let lease = self.world.plan.settings.serverLease.wholeNanoseconds
            if silence < 2 * lease + 3 * .second {
                name = .lockWaitingForServerLease
                bound = 8500 * .millisecond
            } else {
                bound = 2 * lease + 2 * .second
            }
        }
        // Looked at with each beat, by a clock that may be slow; the silence counts from its first look.
        let margin = 2500 * Nanoseconds.millisecond
        let since = self.now - bound - margin
        guard silence > bound + margin, self.isCalm(standby.process, since: since), standby.isBeating(since) else {
            return
        }
        if self.hasHeard([name], from: standby.process, since: holder.view.signedAt) { return }
        self.accuse(
            "\(name.rawValue) is told in time",
            "not by \(standby.broker.name) of \(holder.broker.name), silent for \(silence / .millisecond) ms, \(life)")
    }

    /// Where one kind of lock is false, that is known before a fail-over.
    private func lookAtKinds() {
        let site = self.world.site
        guard site.isFlockFalse != site.isPosixFalse else { return }
        let since = self.now - 14 * .second
        for master in self.candidacies where master.pulse.phase == .master && master.store?.isServing == true {
            guard let term = master.term, self.terms[term.number].beganAt < since, master.view.holdsBothLocks,
                master.view.isOnNamedFiles, self.isCalm(master.process, since: since)
            else { continue }
            for standby in self.standbys where standby.process.host !== master.process.host {
                guard self.isCalm(standby.process, since: since), standby.isBeating(since),
                    self.isSeenByAll(standby), self.isSeenByAll(master)
                else { continue }
                if self.heard.contains(where: { $0.name == .lockFalse && $0.broker == standby.broker }) { continue }
                guard let free = standby.otherKindFreeSince, free < since else { continue }
                self.accuse("a kind of lock that is false is named", "not by \(standby.broker.name)")
            }
        }
    }

    /// A former master that is stopped on its host keeps others there from seeing what the lock is worth.
    private func wouldBeGranted(to standby: SimulatedCandidacy) -> Bool {
        let directory = self.world.directory
        let (kind, file): (SimulatedLocks.Kind, Int?) =
            self.world.site.isFlockFalse ? (.flock, directory.flockFile) : (.posix, directory.posixFile)
        return file.map { directory.locks.mayTake(kind, $0, by: standby.process) } ?? false
    }

    private func lookAtTwins() {
        let since = self.now - 10 * .second
        let candidacies = self.candidacies.filter { self.isCalm($0.process, since: since) && !$0.isOver }
        for (index, candidacy) in candidacies.enumerated() {
            for other in candidacies[(index + 1)...] where other.broker.name == candidacy.broker.name {
                let both = [candidacy.process, other.process]
                if both.contains(where: { self.hasHeard([.nameDuplicate], from: $0, since: 0) }) { continue }
                self.accuse("name.duplicate is told in time", "not of \(candidacy.broker.name)")
            }
        }
    }

    /// Who beats and is not seen by another host says so.
    private func lookAtViews() {
        let since = self.now - 16 * .second
        for host in self.world.hosts where host.disturbedAt <= self.now - 14 * .second {
            switch host.beatsSeen {
            case .live: continue
            case .behind(let delay, _) where delay < 5 * .second: continue
            case .behind, .frozen: break
            }
            guard host.isUp, !host.isCutOff, host.slowness == 0, self.restoredAt < 0 else { continue }
            let blind = self.candidacies.filter {
                $0.process.host === host && $0.process.calmSince <= since && !$0.process.isStopped
                    && $0.isBeating(since)
            }
            guard !blind.isEmpty else { continue }
            for candidacy in self.candidacies where candidacy.process.host !== host {
                guard self.isCalm(candidacy.process, since: since), candidacy.isBeating(since) else { continue }
                if candidacy.journal.alarms.contains(where: { $0.name == .viewStale }) { continue }
                if self.hasHeard([.viewStale], from: candidacy.process, since: host.disturbedAt) { continue }
                self.accuse("view.stale is told in time", "not by \(candidacy.broker.name) of \(host.name)")
            }
        }
    }
}

extension SimulatedCandidacy {
    /// It has been a standby or a master since then, as far as others see.
    fileprivate func isBeating(_ since: Nanoseconds) -> Bool {
        guard !self.isOver, let start = self.takesPartSince else { return false }
        return start < since
    }
}
