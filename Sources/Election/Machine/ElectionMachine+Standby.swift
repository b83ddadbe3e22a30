extension ElectionMachine {
    struct Standby: Sendable {
        var nextTry: BootInstant
        var nextBeat: BootInstant
        var nextLook: BootInstant
        var nextProbe: BootInstant
        /// A look at the lease goes with each look at the beats.
        var isLeaseDue = false
        var tries = 0
        /// The last try was refused: somebody else has a lock.
        var isRefused = false
        var disagreements = 0
        var toldDisagreement: LockDisagreement?
        var toldFailure: SystemFailure?
        var toldStaleView: InstanceID?
        var toldBackup: Epoch?
        var toldProbe: [LockMatrix.Kind] = []
        var holder: HolderWatch
        /// The one whose claim or mastership came before ours although both locks were granted to us.
        var yieldedTo: InstanceID?
        var proof = RefusalProof()
        /// A lock was refused on these files.
        var hasBeenRefused = false
        var pendingProbe: PendingProbe?
        /// The master whose probe files refused every kind of lock.
        var refusedByProbes: InstanceID?
        /// The last holder of the lease whose process was seen to live, on this host.
        var livingHolder: BrokerIdentity?

        init(_ rules: Rules, at now: BootInstant) {
            self.nextTry = now
            // The first try comes first: a broker alone has nobody to tell anything.
            self.nextBeat = now.advanced(by: .milliseconds(1))
            self.nextLook = now.advanced(by: .milliseconds(1))
            self.nextProbe = now
            self.holder = HolderWatch(times: rules.times, serverLease: rules.serverLease)
        }
    }

    /// Whether a refusal is known to mean something: refused by a master that beat before and after.
    struct RefusalProof: Sendable {
        /// Refused, and not yet followed by a look.
        var wasRefused = false
        /// The master's record at the first look after a refusal.
        var baseline: (instance: InstanceID, counter: Int64)?
        var proven: InstanceID?

        mutating func looked(at master: Peer?) -> Bool {
            guard let master else {
                self.baseline = nil
                return false
            }
            if self.proven == master.instance { return false }
            if let baseline = self.baseline, baseline.instance == master.instance {
                guard baseline.counter != master.record.counter else { return false }
                self.proven = master.instance
                return true
            }
            if self.wasRefused { self.baseline = (master.instance, master.record.counter) }
            self.wasRefused = false
            return false
        }
    }

    /// What the probe files answered counts only once the master has seen a beat that we wrote afterwards: it may have
    /// died just before, and what we see of it may be old.
    struct PendingProbe: Sendable {
        let matrix: LockMatrix
        let instance: InstanceID
        /// Our last beat at that time.
        let ownCounter: Int64
    }

    /// Every so many tries both kinds of lock are asked although the first was refused: on a file system where one
    /// kind is local to each host the second would be granted, and that must be known before a fail-over.
    private static let triesBetweenProbes = 10
    /// A holder takes or releases its two locks one after the other, so one contrary answer proves nothing yet.
    private static let disagreementsThatProve = 3
    /// Between two tries at the master's probe files.
    static let probeInterval = Duration.seconds(60)

    func duty(of standby: Standby, at now: BootInstant) -> Duty {
        let mayTry = !self.mustWait(standby)
        if mayTry, now >= standby.nextTry {
            let probe = standby.tries % Self.triesBetweenProbes == Self.triesBetweenProbes - 1
            return .tryLocks(everyKind: probe || standby.disagreements > 0)
        }
        if now >= standby.nextBeat { return .writeBeat(.standby, .none) }
        if now >= standby.nextLook { return .lookAtPeers }
        if standby.isLeaseDue { return .lookAtLease }
        // A process has its POSIX locks as one: it could not be refused its own.
        let mayProbe =
            self.liveMaster.map {
                $0.record.holdsProbes && $0.record.broker.process != self.rules.broker.process
            } ?? false
        if mayProbe, now >= standby.nextProbe { return .probeLocks }
        var next = min(standby.nextBeat, standby.nextLook)
        if mayTry { next = min(next, standby.nextTry) }
        if mayProbe { next = min(next, standby.nextProbe) }
        return .wait(until: next)
    }

    /// The locks mean nothing while one we had to yield to goes on: its beats are the lock then.
    private func mustWait(_ standby: Standby) -> Bool {
        guard let instance = standby.yieldedTo, let peer = self.watch.peers.first(where: { $0.instance == instance })
        else { return false }
        switch peer.record.state {
        case .standby, .stopped: return false
        case .claim, .master:
            return !self.watch.isDead(peer) && peer.quiet < self.rules.times.patience(with: peer.record.times)
        }
    }

    /// The master that beats, by its record; of several the one of the latest epoch.
    var liveMaster: Peer? {
        self.watch.peers.filter { $0.record.state == .master && $0.isLive }.max { $0.record.epoch < $1.record.epoch }
    }

    // MARK: Locks

    package enum LockVerdict: Hashable, Sendable {
        /// Both are ours: raise the claim.
        case claim
        /// Nothing is held.
        case keepWaiting
        /// Give back what was granted.
        case letGo
    }

    package mutating func lockAttempted(_ attempt: LockAttempt, at now: BootInstant) -> LockVerdict {
        guard case .standby(var standby) = self.state else {
            assertionFailure("locks tried outside standby")
            return .letGo
        }
        standby.tries &+= 1
        standby.isRefused = attempt.flock == .refused || attempt.posix == .refused
        standby.nextTry = now.advanced(by: self.rules.pollInterval)
        if attempt.isOnNewFiles {
            if standby.proof.proven != nil || standby.proof.wasRefused { self.notice(.lockFilesReplaced) }
            standby.proof = RefusalProof()
            standby.hasBeenRefused = false
        }
        if attempt.flock == .granted, attempt.posix == .granted {
            standby.disagreements = 0
            self.state = .claiming(Claiming(standby, grantedAt: now, ownBaseline: self.ownCounter))
            return .claim
        }
        defer { self.state = .standby(standby) }
        switch (attempt.flock, attempt.posix) {
        case (.failed(let failure), _), (_, .failed(let failure)):
            if standby.toldFailure != failure { self.notice(.lockUnusable(failure)) }
            standby.toldFailure = failure
            return .letGo
        case (.granted, _), (_, .granted):
            standby.toldFailure = nil
            self.disagreed(&standby, LockDisagreement(granted: attempt.flock == .granted ? .flock : .posix))
            return .letGo
        default:
            standby.toldFailure = nil
            standby.proof.wasRefused = true
            standby.hasBeenRefused = true
            if attempt.posix == .refused { standby.disagreements = 0 }
            return .keepWaiting
        }
    }

    /// Whoever beats as master or claims to be has both locks. Without one, two brokers may have one each: a process that
    /// was stopped in the middle of a try keeps what it was granted.
    private mutating func disagreed(_ standby: inout Standby, _ disagreement: LockDisagreement) {
        standby.disagreements += 1
        standby.proof.wasRefused = true
        guard standby.disagreements >= Self.disagreementsThatProve, standby.toldDisagreement != disagreement,
            let holder = self.liveMaster ?? self.watch.peers.first(where: { $0.record.state == .claim && $0.isLive })
        else { return }
        standby.toldDisagreement = disagreement
        self.notice(.lockFalse(.kindsDisagree(disagreement, holder: LeaseRow(tracedBy: holder.record))))
    }

    // MARK: Looks

    mutating func standbyLooked(_ standby: inout Standby, at now: BootInstant) {
        standby.nextLook = now.advanced(by: self.rules.times.beat)
        standby.isLeaseDue = true
        let master = self.liveMaster
        if standby.yieldedTo != nil, !self.mustWait(standby) { standby.yieldedTo = nil }
        self.judgeProbe(&standby, master: master, at: now)
        if let master, self.isRefusalByMaster(standby, master), standby.proof.looked(at: master) {
            self.notice(.lockProven(master))
        }
        self.judgeView(&standby)
    }

    /// Within a host locks are true. Between hosts they may not be, and whoever is refused may have been refused by
    /// somebody else: by a claimant, for a moment, or by a former master that is stopped and holds locks and probe files
    /// still. So the probe files must have refused as well, and nobody else may be there who could have them.
    private func isRefusalByMaster(_ standby: Standby, _ master: Peer) -> Bool {
        if self.disproved.contains(master.instance) { return false }
        if master.record.broker.host == self.rules.broker.host { return true }
        let hasRival = self.watch.peers.contains {
            $0.instance != master.instance && ($0.record.state == .master || $0.record.state == .claim)
                && !self.watch.isDead($0)
        }
        // Its record may be covered by another of its name.
        let hasHidden = standby.livingHolder.map { $0.instance != master.instance && !self.hasEnded($0) } ?? false
        return !hasRival && !hasHidden && standby.refusedByProbes == master.instance
    }

    /// Whether that broker's record shows that it has seen a beat of ours later than that one: then it is no older itself.
    func knows(_ peer: Peer, aBeatAfter counter: Int64) -> Bool {
        peer.record.peers.contains { $0.instance == self.rules.broker.instance && $0.counter > counter }
    }

    /// A live broker should have a recent copy of our beat (DESIGN 5.3, step 8).
    private mutating func judgeView(_ standby: inout Standby) {
        let behind = self.watch.peers.first { peer in
            peer.isLive && self.staleCopy(in: peer) != nil
        }
        if let behind, standby.toldStaleView != behind.instance {
            standby.toldStaleView = behind.instance
            self.notice(.viewStale(behind, behind: self.staleCopy(in: behind) ?? nil))
        } else if behind == nil, standby.toldStaleView != nil {
            standby.toldStaleView = nil
            self.notice(.viewGood)
        }
    }

    /// Not nil: the peer's copy of our record is old. The number says by how many beats, nil that it has none at all.
    func staleCopy(in peer: Peer) -> Int64?? {
        let limit = Int64(Self.livelyBeats + 2)
        // Only once we have beaten for longer than the peer may take, and have seen it beat as long.
        guard self.ownCounter > limit * 2, peer.movements > limit * 2 else { return nil }
        guard let copy = peer.record.peers.first(where: { $0.name == self.rules.broker.name }) else {
            return peer.record.peers.count < BeatRecord.maximumPeers ? .some(nil) : nil
        }
        guard copy.instance == self.rules.broker.instance else { return .some(nil) }
        let behind = self.ownCounter - copy.counter
        return behind > limit ? .some(behind) : nil
    }

    /// The lease as this broker sees it, and what it can say of the process that it names.
    package mutating func leaseSeen(
        _ sighting: LeaseSighting, life: ProcessLife, at now: BootInstant
    ) -> LookVerdict {
        if case .row(let row) = sighting { self.leaseEpochSeen(row.epoch) }
        switch self.state {
        case .standby(var standby):
            standby.isLeaseDue = false
            if case .row(let row) = sighting {
                if row.phase.isHeld, life == .running || life == .stopped {
                    standby.livingHolder = row.holder
                } else if row.holder.instance == standby.livingHolder?.instance {
                    standby.livingHolder = nil
                }
            }
            self.holderSeen(&standby, sighting, life, at: now)
            self.state = .standby(standby)
            return .goOn
        case .claiming(let claiming): return self.claimSawLease(claiming, sighting, life: life, at: now)
        case .introducing, .excluded, .master, .steppingDown, .finished: return .goOn
        }
    }

    private mutating func leaseEpochSeen(_ epoch: Epoch) {
        if epoch < self.servedEpoch, case .standby(var standby) = self.state, standby.toldBackup != epoch {
            // A master that has claimed its epoch and not yet written its lease is no backup.
            let isBeingTaken = self.watch.peers.contains {
                $0.record.state != .standby && $0.record.state != .stopped && $0.record.epoch > epoch
                    && $0.quiet < $0.record.times.beat * Self.livelyBeats
            }
            if !isBeingTaken {
                standby.toldBackup = epoch
                self.state = .standby(standby)
                self.notice(.restoredBackup(known: self.servedEpoch, found: epoch))
            }
        }
        self.servedEpoch = max(self.servedEpoch, epoch)
        self.knownEpoch = max(self.knownEpoch, epoch)
    }

    /// Its process has stood for election again since: it has closed its store, and let go of the locks it had.
    func hasEnded(_ holder: BrokerIdentity) -> Bool {
        let later = holder.name == self.rules.broker.name ? self.rules.broker : self.watch[holder.name]?.record.broker
        return later.map { $0.instance != holder.instance && $0.process == holder.process } ?? false
    }

    private mutating func holderSeen(
        _ standby: inout Standby, _ sighting: LeaseSighting, _ life: ProcessLife, at now: BootInstant
    ) {
        var seen: HolderSighting
        if case .row(let row) = sighting, row.phase.isHeld, !self.hasEnded(row.holder) {
            let peer = self.watch[row.holder.name]
            let isHolders = peer?.instance == row.holder.instance
            seen = HolderSighting(
                holder: row, leaseCounter: row.counter, beatCounter: isHolders ? peer?.record.counter : nil,
                life: life)
        } else {
            // A process that was stopped in the middle of a renewal keeps everybody from the lease, not from its beats;
            // and one that has the locks and not yet the lease has told that it claims.
            let holders = self.watch.peers.filter { $0.record.state == .master || $0.record.state == .claim }
            let holder = holders.max { $0.record.epoch < $1.record.epoch }
            seen = HolderSighting(
                holder: holder.map { LeaseRow(tracedBy: $0.record) }, leaseCounter: nil,
                beatCounter: holder?.record.counter, life: holder?.life ?? .notVisible)
        }
        // Only who is refused has a holder to speak of.
        guard standby.yieldedTo != nil || standby.isRefused else { return }
        switch standby.holder.see(seen, at: now) {
        case .nothingNew: break
        case .refused(let row): self.notice(.holder(.refused(by: row)))
        case .hung(let row, let time, let life): self.notice(.holder(.hung(row, silentFor: time, life: life)))
        case .stale(let row, let time, let life): self.notice(.holder(.stale(row, silentFor: time, life: life)))
        case .waiting(let row, let time, let rest):
            self.notice(.holder(.waiting(row, silentFor: time, atMost: rest)))
        case .moving(let row): self.notice(.holder(.moving(row)))
        }
    }

    // MARK: Probes

    /// The probe files were tried while a master beat. Nil: there are none, or the look was disturbed.
    package mutating func probed(_ matrix: LockMatrix?, at now: BootInstant) {
        guard case .standby(var standby) = self.state else { return }
        defer { self.state = .standby(standby) }
        guard let matrix, let master = self.liveMaster else {
            standby.nextProbe = now.advanced(by: self.rules.times.beat * 2)
            return
        }
        standby.nextProbe = now.advanced(by: Self.probeInterval)
        standby.pendingProbe = PendingProbe(
            matrix: matrix, instance: master.instance, ownCounter: self.ownCounter)
    }

    private mutating func judgeProbe(_ standby: inout Standby, master: Peer?, at now: BootInstant) {
        guard let pending = standby.pendingProbe else { return }
        guard let master, master.instance == pending.instance else {
            standby.pendingProbe = nil
            standby.nextProbe = now
            return
        }
        guard self.knows(master, aBeatAfter: pending.ownCounter) else { return }
        standby.pendingProbe = nil
        self.lockView = pending.matrix
        let granted = pending.matrix.granted
        standby.refusedByProbes = granted.isEmpty ? master.instance : nil
        guard granted != standby.toldProbe else { return }
        standby.toldProbe = granted
        self.notice(granted.isEmpty ? .lockFalseOver : .lockFalse(.probed(pending.matrix, holder: master)))
    }
}
