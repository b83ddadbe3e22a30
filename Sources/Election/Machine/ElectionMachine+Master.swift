extension ElectionMachine {
    struct Mastership: Sendable {
        /// A beat under way: own locks, own record, everybody's records, the lease, after a pause the store's fence.
        struct Beat: Sendable {
            enum Step: Hashable, Sendable {
                case record, look, lease, fence
            }

            let start: BootInstant
            var step = Step.record
            /// Why the renewal is not visible to others, where locks and lease are ours all the same.
            var unseen: String?
            /// Something could not be looked at: nothing is proved by this beat.
            var doubt: String?
        }

        let term: Term
        var lastGood: BootInstant
        var nextBeat: BootInstant
        var isServing = false
        /// When the time counts from that this master may take to serve.
        var startingSince: BootInstant
        var beat: Beat?
        /// The records at the beginning of the term: what does not move against these is a remnant.
        let baseline: [InstanceID: Int64]
        /// Our own last beat at that time.
        let ownBaseline: Int64
        var toldBeside: Set<InstanceID> = []
        var toldDouble: InstanceID?
        var toldStaleView: InstanceID?

        init(
            term: Term, lastGood: BootInstant, nextBeat: BootInstant, baseline: [InstanceID: Int64], ownBaseline: Int64
        ) {
            self.ownBaseline = ownBaseline
            self.term = term
            self.lastGood = lastGood
            self.nextBeat = nextBeat
            self.baseline = baseline
            self.startingSince = term.grantedAt
        }
    }

    func duty(of mastership: Mastership, at now: BootInstant) -> Duty {
        guard let beat = mastership.beat else {
            return now >= mastership.nextBeat ? .proveLocks : .wait(until: mastership.nextBeat)
        }
        switch beat.step {
        case .record: return .writeBeat(.master, mastership.term.epoch)
        case .look: return .lookAtPeers
        case .lease: return .renewLease
        case .fence: return .askFence
        }
    }

    // MARK: One beat

    package enum BeatVerdict: Hashable, Sendable {
        /// The beat goes on.
        case goOn
        /// Proved again as of `since`, the start of this beat; what could not be shown to others, if anything.
        case trusted(since: BootInstant, unseen: String?)
        /// As `trusted`, after a pause in which nothing was proved.
        case proved(since: BootInstant, afterPause: Duration)
        /// Nothing proved; the clock runs on.
        case doubtful(String)
        case stepDown(StepDownReason)
    }

    /// Both locks were looked at, in the first call of a beat, which began at `start`.
    package mutating func locksProved(_ check: LockCheck, startedAt start: BootInstant) -> BeatVerdict {
        guard case .master(var mastership) = self.state else { return .goOn }
        mastership.nextBeat = start.advanced(by: self.rules.times.beat)
        switch check {
        case .held:
            mastership.beat = Mastership.Beat(start: start)
            self.state = .master(mastership)
            return .goOn
        case .unknown(let failure):
            self.state = .master(mastership)
            return .doubtful(failure.description)
        case .lost(let loss): return self.end(.lockLost(loss))
        }
    }

    /// Our own record could not be written.
    package mutating func beatFailed(_ failure: SystemFailure, at now: BootInstant) -> BeatVerdict {
        switch self.state {
        case .standby(var standby):
            standby.nextBeat = now.advanced(by: self.rules.times.beat)
            self.state = .standby(standby)
        case .master(var mastership):
            // Without room others see no beat, but locks and lease are as good as before.
            mastership.beat?.step = .look
            if failure.isNoRoom {
                mastership.beat?.unseen = failure.description
            } else {
                mastership.beat?.doubt = failure.description
            }
            self.state = .master(mastership)
        case .introducing, .excluded, .claiming, .steppingDown, .finished: break
        }
        return .goOn
    }

    mutating func masterLooked(_ before: Mastership, at now: BootInstant) -> LookVerdict {
        var mastership = before
        mastership.beat?.step = .lease
        for peer in self.watch.peers {
            switch peer.record.state {
            case .master where peer.record.epoch > mastership.term.epoch,
                .master where peer.record.epoch == mastership.term.epoch:
                // Written after our claim: somebody became master since.
                self.state = .steppingDown(.overtaken(by: ElectionEvent.Party(peer.record)))
                return .stepDown(.overtaken(by: ElectionEvent.Party(peer.record)))
            case .master, .claim:
                guard self.movesBeside(mastership, peer), !self.watch.isDead(peer) else { break }
                guard mastership.toldBeside.insert(peer.instance).inserted else { break }
                self.notice(
                    .lockFalse(peer.record.state == .claim ? .claimedBeside(peer) : .formerMaster(peer)))
            case .standby, .stopped: mastership.toldBeside.remove(peer.instance)
            }
        }
        if let double = self.watch.double, double.isLive, mastership.toldDouble != double.instance {
            mastership.toldDouble = double.instance
            self.notice(.nameDuplicate(double, isExcluded: false))
        }
        self.judgeView(&mastership)
        self.state = .master(mastership)
        return .goOn
    }

    /// It has moved since we became master: it knows a beat of ours from since then, or its own go on for longer than a
    /// view may be behind. A master that has just ended moves for a moment longer in a view that is.
    private func movesBeside(_ mastership: Mastership, _ peer: Peer) -> Bool {
        let before = mastership.baseline[peer.instance]
        guard before != peer.record.counter else { return false }
        if self.knows(peer, aBeatAfter: mastership.ownBaseline) { return true }
        let beats = before.map { peer.record.counter - $0 } ?? peer.movements
        return peer.record.times.beat * Int(clamping: beats) > self.rules.times.takeOver
    }

    /// A standby that does not see our beats could be granted a false lock and not know of us.
    private mutating func judgeView(_ mastership: inout Mastership) {
        let behind = self.watch.peers.first { $0.isLive && self.staleCopy(in: $0) != nil }
        if let behind, mastership.toldStaleView != behind.instance {
            mastership.toldStaleView = behind.instance
            self.notice(.viewStale(behind, behind: self.staleCopy(in: behind) ?? nil))
        } else if behind == nil, mastership.toldStaleView != nil {
            mastership.toldStaleView = nil
            self.notice(.viewGood)
        }
    }

    package mutating func leaseRenewed(_ renewal: LeaseDatabase.Renewal, at now: BootInstant) -> BeatVerdict {
        guard case .master(var mastership) = self.state, var beat = mastership.beat else { return .goOn }
        switch renewal {
        case .renewed: break
        case .unwritten(let why): beat.unseen = beat.unseen ?? why
        case .superseded(let row):
            return self.end(StepDownReason(leaseOf: mastership.term, found: row))
        case .failed(let why): beat.doubt = beat.doubt ?? why
        }
        if beat.doubt == nil, beat.start - mastership.lastGood > self.rules.times.stepDown {
            // The last good beat is too old for this one to be trusted without asking the store's fence as well.
            beat.step = .fence
            mastership.beat = beat
            self.state = .master(mastership)
            return .goOn
        }
        return self.finish(mastership, beat)
    }

    package mutating func fenceAsked(_ proof: FenceProof, at now: BootInstant) -> BeatVerdict {
        guard case .master(let mastership) = self.state, let beat = mastership.beat else { return .goOn }
        if case .another(let epoch) = proof { return self.end(.fenced(by: epoch)) }
        return self.finish(mastership, beat)
    }

    private mutating func finish(_ before: Mastership, _ beat: Mastership.Beat) -> BeatVerdict {
        var mastership = before
        mastership.beat = nil
        defer { self.state = .master(mastership) }
        if let doubt = beat.doubt { return .doubtful(doubt) }
        let pause = beat.start - mastership.lastGood
        mastership.lastGood = beat.start
        return pause > self.rules.times.stepDown
            ? .proved(since: beat.start, afterPause: pause) : .trusted(since: beat.start, unseen: beat.unseen)
    }

    private mutating func end(_ reason: StepDownReason) -> BeatVerdict {
        self.state = .steppingDown(reason)
        return .stepDown(reason)
    }

    // MARK: From outside

    /// Somebody waits for the next proof: the gate, after a pause of the process.
    package mutating func beatWanted(at now: BootInstant) {
        guard case .master(var mastership) = self.state else { return }
        mastership.nextBeat = min(mastership.nextBeat, now)
        self.state = .master(mastership)
    }

    /// The connectors are open. Nil when that comes too late to matter.
    package mutating func servingStarted() -> Term? {
        guard case .master(var mastership) = self.state else { return nil }
        mastership.isServing = true
        // Others should see at once that somebody serves.
        if mastership.beat == nil { mastership.nextBeat = mastership.lastGood }
        self.state = .master(mastership)
        return mastership.term
    }

    /// Opening the store takes long for a reason, and comes on: the time to serve counts from now.
    package mutating func startingProgressed(at now: BootInstant) {
        guard case .master(var mastership) = self.state else { return }
        mastership.startingSince = now
        self.state = .master(mastership)
    }

    /// A master that does not get ready in time must not keep others from it.
    package mutating func timePassed(at now: BootInstant) -> StepDownReason? {
        guard case .master(let mastership) = self.state, !mastership.isServing else { return nil }
        let waited = now - mastership.startingSince
        guard waited > self.rules.settings.servingLimit else { return nil }
        self.state = .steppingDown(.notServing(after: waited))
        return .notServing(after: waited)
    }
}
