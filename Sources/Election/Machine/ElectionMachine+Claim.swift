extension ElectionMachine {
    /// Between both locks and the mastership.
    ///
    ///     raise flag -> read epochs -> claim epoch -> show epoch -> settle -> (request relocation) -> take lease
    ///         -> announce -> name holder -> confirm -> master
    ///
    /// Our claim is written before an epoch is claimed and before anybody is looked at. So if our look does not show
    /// another claimant, that one's claim came later, its epoch is higher than ours, and its own look shows us.
    struct Claiming: Sendable {
        enum Step: Hashable, Sendable {
            case raiseFlag, readEpochs, claimEpoch, showEpoch, settle, requestRelocation, takeLease, announce
            case nameHolder, confirm
        }

        let grantedAt: BootInstant
        /// Our own last beat at that time.
        let ownBaseline: Int64
        var standby: Standby
        var step = Step.raiseFlag
        var epoch = Epoch.none
        /// The records at the first look after both locks were granted: what moves against these moves beside us.
        var baseline: [InstanceID: Int64]?
        var leaseBaseline: (instance: InstanceID, counter: Int64)?
        /// The lease at the last look, for as long as its holder's own record does not speak for itself.
        var lease: (row: LeaseRow, life: ProcessLife)?
        var leaseQuiet = Duration.zero
        var leaseLookedAt: BootInstant?
        /// Start of the last look at everybody.
        var lookedAt: BootInstant
        var nextBeat: BootInstant
        var nextLook: BootInstant
        var isLeaseDue = false
        var toldBeside: Set<InstanceID> = []
        /// The former master is not provably dead: what it may still write must not reach our store.
        var mustRelocate = false
        var previous: LeaseRow?
        var leasedAt: BootInstant?

        var holdsLease: Bool { self.leasedAt != nil }

        init(_ standby: Standby, grantedAt now: BootInstant, ownBaseline: Int64) {
            self.ownBaseline = ownBaseline
            self.standby = standby
            self.grantedAt = now
            self.lookedAt = now
            self.nextBeat = now
            self.nextLook = now
        }
    }

    func duty(of claiming: Claiming, at now: BootInstant) -> Duty {
        // What was seen so long ago says nothing any more: somebody may have come since.
        if claiming.baseline != nil, now - claiming.lookedAt >= self.rules.times.stepDown { return .lookAtPeers }
        switch claiming.step {
        case .raiseFlag: return .writeBeat(.claim, .none)
        case .readEpochs: return .readEpochs
        case .claimEpoch: return .claimEpoch(claiming.epoch)
        case .showEpoch: return .writeBeat(.claim, claiming.epoch)
        case .settle:
            if claiming.isLeaseDue { return .lookAtLease }
            if now >= claiming.nextLook { return .lookAtPeers }
            if now >= claiming.nextBeat { return .writeBeat(.claim, claiming.epoch) }
            return .wait(until: min(claiming.nextLook, claiming.nextBeat))
        case .requestRelocation: return .requestRelocation(claiming.epoch)
        case .takeLease: return .takeLease(claiming.epoch)
        case .announce: return .writeBeat(.master, claiming.epoch)
        case .nameHolder: return .nameHolder(claiming.epoch)
        case .confirm: return .lookAtPeers
        }
    }

    // MARK: Answers

    package enum ClaimVerdict: Hashable, Sendable {
        case goOn
        /// Release both locks; mark the lease as given up if it was taken.
        case abandon
    }

    /// Our own record is on the storage.
    package mutating func beatWritten(_ state: BeatRecord.State, at now: BootInstant) {
        switch self.state {
        case .standby(var standby):
            standby.nextBeat = now.advanced(by: self.rules.times.beat)
            self.state = .standby(standby)
        case .claiming(var claiming):
            claiming.nextBeat = now.advanced(by: self.rules.lookInterval)
            switch claiming.step {
            case .raiseFlag: claiming.step = .readEpochs
            case .showEpoch: claiming.step = .settle
            case .announce: claiming.step = .nameHolder
            case .readEpochs, .claimEpoch, .settle, .requestRelocation, .takeLease, .nameHolder, .confirm: break
            }
            self.state = .claiming(claiming)
        case .master(var mastership):
            mastership.beat?.step = .look
            self.state = .master(mastership)
        case .introducing, .excluded, .steppingDown, .finished: break
        }
    }

    /// The highest epoch that anybody ever used, over epoch files, lease and store.
    package mutating func epochsRead(highest: Epoch, at now: BootInstant) -> ClaimVerdict {
        guard case .claiming(var claiming) = self.state else { return .goOn }
        if highest < self.servedEpoch, claiming.standby.toldBackup != highest {
            claiming.standby.toldBackup = highest
            self.notice(.restoredBackup(known: self.servedEpoch, found: highest))
        }
        self.knownEpoch = max(self.knownEpoch, highest)
        guard let epoch = self.knownEpoch.next else {
            self.state = .claiming(claiming)
            return self.abandonClaim(at: now)
        }
        claiming.epoch = epoch
        claiming.step = .claimEpoch
        self.state = .claiming(claiming)
        return .goOn
    }

    package mutating func epochClaimed(_ claim: EpochFiles.Claim, at now: BootInstant) -> ClaimVerdict {
        guard case .claiming(var claiming) = self.state else { return .goOn }
        self.knownEpoch = max(self.knownEpoch, claiming.epoch)
        switch claim {
        case .claimed: claiming.step = .showEpoch
        // Another claimant of this moment has it, or a listing was behind: either way the next one is free or not.
        case .taken: claiming.step = .readEpochs
        }
        self.state = .claiming(claiming)
        return .goOn
    }

    package mutating func relocationRequested(at now: BootInstant) {
        guard case .claiming(var claiming) = self.state else { return }
        claiming.step = .takeLease
        self.state = .claiming(claiming)
    }

    /// The lease row is written under the claimed epoch, over the one given, or carries a later one already.
    package mutating func leaseTaken(_ taking: LeaseDatabase.Taking, at now: BootInstant) {
        guard case .claiming(var claiming) = self.state else { return }
        switch taking {
        case .taken(let previous, _):
            claiming.previous = previous
            claiming.leasedAt = now
            claiming.step = .announce
        case .behind(let higher):
            // The listing did not show that epoch: everything is looked at again under a later one.
            self.knownEpoch = max(self.knownEpoch, higher)
            claiming.baseline = nil
            claiming.nextLook = now
            claiming.step = .readEpochs
        }
        self.state = .claiming(claiming)
    }

    package mutating func holderNamed(at now: BootInstant) {
        guard case .claiming(var claiming) = self.state else { return }
        claiming.step = .confirm
        self.state = .claiming(claiming)
    }

    /// A call of the claim failed.
    package mutating func claimFailed(at now: BootInstant) { _ = self.abandonClaim(at: now) }

    // MARK: Looking beside us

    mutating func claimLooked(
        _ before: Claiming, startedAt start: BootInstant, at now: BootInstant
    ) -> LookVerdict {
        var claiming = before
        claiming.lookedAt = start
        claiming.nextLook = now.advanced(by: self.rules.lookInterval)
        guard let baseline = claiming.baseline else {
            claiming.baseline = Dictionary(
                self.watch.peers.map { ($0.instance, $0.record.counter) }, uniquingKeysWith: { first, _ in first })
            // The lease tells of holders without a record; it is asked before anything is decided.
            claiming.isLeaseDue = true
            self.state = .claiming(claiming)
            return .goOn
        }
        if claiming.step == .settle { claiming.isLeaseDue = true }
        return self.decide(claiming, baseline, at: now)
    }

    mutating func claimSawLease(
        _ before: Claiming, _ sighting: LeaseSighting, life: ProcessLife, at now: BootInstant
    ) -> LookVerdict {
        var claiming = before
        claiming.isLeaseDue = false
        let gap = self.rules.times.silence(from: claiming.leaseLookedAt, to: now)
        if case .row(let row) = sighting, row.phase.isHeld, row.holder.instance != self.rules.broker.instance {
            if let known = claiming.leaseBaseline, known == (row.holder.instance, row.counter) {
                claiming.leaseQuiet += gap
            } else {
                claiming.leaseQuiet = .zero
            }
            if claiming.leaseBaseline?.instance != row.holder.instance || self.isSucceeded(row.holder) {
                claiming.leaseBaseline = (row.holder.instance, row.counter)
            }
            claiming.lease = (row, life)
            claiming.leaseLookedAt = now
        } else if case .unclear = sighting {
            // A journal that looks hot, or a writer in between: what was seen before stands, and has not moved.
            claiming.leaseQuiet += gap
            if claiming.leaseLookedAt != nil { claiming.leaseLookedAt = now }
        } else {
            claiming.lease = nil
        }
        // At the first look the decision waits for the lease.
        guard let baseline = claiming.baseline, claiming.step == .settle else {
            self.state = .claiming(claiming)
            return .goOn
        }
        return self.decide(claiming, baseline, at: now)
    }

    /// Whether somebody else is there, by beats and lease, and what follows from it.
    private mutating func decide(
        _ before: Claiming, _ baseline: [InstanceID: Int64], at now: BootInstant
    ) -> LookVerdict {
        var claiming = before
        var mustWait = false
        var mustRelocate = false
        for peer in self.watch.peers where peer.record.state == .claim || peer.record.state == .master {
            switch self.finding(peer, claiming, baseline) {
            case .nobody: break
            case .unclear: mustWait = true
            case .silent: mustRelocate = mustRelocate || peer.record.state == .master
            case .comesFirst:
                self.notice(.lockFalse(.grantedBeside(peer)))
                claiming.standby.yieldedTo = peer.instance
                return self.yield(claiming, at: now)
            case .comesLater:
                mustWait = true
                if claiming.toldBeside.insert(peer.instance).inserted {
                    self.notice(.lockFalse(.claimedBeside(peer)))
                }
            }
        }
        switch self.leaseFinding(claiming) {
        case .nobody: break
        case .unclear, .comesLater: mustWait = true
        case .silent: mustRelocate = true
        case .comesFirst:
            if let row = claiming.lease?.row { self.notice(.lockFalse(.grantedBesideLease(row))) }
            claiming.standby.yieldedTo = nil
            return self.yield(claiming, at: now)
        }
        if claiming.step == .confirm { return self.elect(claiming, at: now) }
        if !claiming.holdsLease {
            claiming.mustRelocate = mustRelocate && !self.rules.storageFences
            if mustWait || claiming.isLeaseDue {
                claiming.step = .settle
            } else {
                claiming.step = claiming.mustRelocate ? .requestRelocation : .takeLease
            }
        }
        self.state = .claiming(claiming)
        return .goOn
    }

    private enum Finding {
        /// It holds nothing that could be in our way.
        case nobody
        case unclear
        /// Silent for longer than it could serve, and not provably dead.
        case silent
        /// It beats beside us, and has the better right.
        case comesFirst
        /// It beats beside us, and has to go.
        case comesLater
    }

    private func finding(_ peer: Peer, _ claiming: Claiming, _ baseline: [InstanceID: Int64]) -> Finding {
        if self.watch.isDead(peer) { return .nobody }
        let isMaster = peer.record.state == .master
        // Once our lease is written, a master of an earlier epoch is deposed by it; only a later one deposes us.
        if isMaster, claiming.holdsLease { return peer.record.epoch > claiming.epoch ? .comesFirst : .nobody }
        // Refused while it held them, granted now: it has let go of the locks.
        if isMaster, self.hasProvenLock(peer, claiming) { return .nobody }
        let isSilent = peer.quiet >= self.rules.times.patience(with: peer.record.times)
        guard baseline[peer.instance] == peer.record.counter else {
            // It moved since both locks were ours, or came up since.
            if isSilent { return claiming.holdsLease ? .nobody : .silent }
            if self.mayBeOldView(of: peer, claiming) { return .unclear }
            if isMaster { return .comesFirst }
            if claiming.holdsLease { return .comesLater }
            if peer.record.epoch == .none { return .unclear }
            // Two of one epoch there are where a backup was restored under their claims: then too one has to go.
            let isBefore =
                peer.record.epoch == claiming.epoch
                ? peer.instance.rawValue < self.rules.broker.instance.rawValue : peer.record.epoch < claiming.epoch
            return isBefore ? .comesFirst : .comesLater
        }
        if claiming.holdsLease { return .nobody }
        return isSilent ? .silent : .unclear
    }

    private func hasProvenLock(_ peer: Peer, _ claiming: Claiming) -> Bool {
        claiming.standby.proof.proven == peer.instance && !self.disproved.contains(peer.instance)
    }

    /// The lock was refused to us before, as a false one is not, and this broker knows of no beat of ours since it was
    /// granted: what moves may be a moment that has passed.
    private func mayBeOldView(of peer: Peer, _ claiming: Claiming) -> Bool {
        claiming.standby.hasBeenRefused && !self.knows(peer, aBeatAfter: claiming.ownBaseline)
    }

    /// Another broker beats under its name. Then it has ended, and what still moves is an old view of its lease; or it is
    /// a double, and will be seen to beat as well.
    private func isSucceeded(_ holder: BrokerIdentity) -> Bool {
        self.watch[holder.name].map { $0.instance != holder.instance } ?? false
    }

    /// The lease's holder, where its own record does not speak for it.
    private func leaseFinding(_ claiming: Claiming) -> Finding {
        guard let (row, life) = claiming.lease, !claiming.holdsLease else { return .nobody }
        if self.watch.peers.contains(where: { $0.instance == row.holder.instance }) { return .nobody }
        if self.hasEnded(row.holder) { return .nobody }
        if self.watch.isDead(row, life: life, quiet: claiming.leaseQuiet) { return .nobody }
        if let known = claiming.leaseBaseline, known.instance == row.holder.instance, known.counter != row.counter {
            return self.isSucceeded(row.holder) ? .unclear : .comesFirst
        }
        return claiming.leaseQuiet >= self.rules.times.patience(with: row.times) ? .silent : .unclear
    }

    // MARK: Ways out

    private mutating func elect(_ claiming: Claiming, at now: BootInstant) -> LookVerdict {
        let term = Term(
            epoch: claiming.epoch, holder: self.rules.broker, previous: claiming.previous,
            grantedAt: claiming.grantedAt, leasedAt: claiming.leasedAt ?? now)
        // What was proved is as old as the start of the last look, whatever the steps since took.
        self.state = .master(
            Mastership(
                term: term, lastGood: claiming.lookedAt,
                nextBeat: claiming.lookedAt.advanced(by: self.rules.times.beat),
                baseline: Dictionary(
                    self.watch.peers.map { ($0.instance, $0.record.counter) }, uniquingKeysWith: { first, _ in first }),
                ownBaseline: self.ownCounter))
        return .elected(term, mustRelocate: claiming.mustRelocate, since: claiming.lookedAt)
    }

    private mutating func yield(_ claiming: Claiming, at now: BootInstant) -> LookVerdict {
        self.state = .claiming(claiming)
        return self.abandon(at: now)
    }

    mutating func abandon(at now: BootInstant) -> LookVerdict {
        self.abandonClaim(at: now) == .abandon ? .abandonClaim : .goOn
    }

    /// Back to standby, after a pause in which another broker may try. Our record must stop claiming at once.
    private mutating func abandonClaim(at now: BootInstant) -> ClaimVerdict {
        guard case .claiming(let claiming) = self.state else { return .goOn }
        var standby = claiming.standby
        standby.nextTry = now.advanced(by: max(self.rules.pollInterval, self.rules.times.beat))
        standby.nextBeat = now
        standby.nextLook = now
        self.state = .standby(standby)
        return .abandon
    }
}
