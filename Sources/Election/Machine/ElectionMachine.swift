/// The rules of becoming, being and ceasing to be master (DESIGN 5.3), without clock, file or thread.
///
///     introducing --name is ours--> standby --both locks--> claiming --nobody else--> master
///          |   ^                     ^   |                     |                        |
///     name in  |                     |   +---- yield, or a step failed ----+            | lock, lease, store, time
///     use by   | the other                                                             v
///     another  | is silent                                                       stepping down --> finished
///          v   |
///        excluded
///
/// - introducing: is another broker running under our name? Nothing is written yet.
/// - excluded: another one is. Its beats are watched; nothing is written, no lock is tried.
/// - standby: nothing is held; both locks are tried again and again; everybody's beats are watched.
/// - claiming: both locks were granted. Our claim is on the storage before we look at anybody, so that of two
///   claimants at least one sees the other; nobody may rely on us yet.
/// - master: locks, epoch and lease were ours, and nobody of a later epoch beat, at the start of the last good beat.
/// - stepping down: nothing may be confirmed any more; the locks are kept until the store is closed, since the next
///   master must not meet our last write.
/// - finished: nothing is held. The machine does not start again; a new one does.
///
/// Each ``Duty`` is one call on the shared directory; its answer comes back by the function named in the duty.
package struct ElectionMachine: ~Copyable {
    /// A broker that was seen to move is taken as alive for this many of its beats.
    package static let livelyBeats = 4

    /// What does not change.
    struct Rules: Sendable {
        let broker: BrokerIdentity
        let settings: ElectionSettings
        let pollInterval: Duration
        /// Where an NFSv4 server frees the locks of a client that is gone.
        let serverLease: Duration?
        /// The storage itself refuses writes of a holder that lost its lock (L3).
        let storageFences: Bool

        var times: ElectionTimes { self.settings.times }
        /// Between two looks of one who waits for another's next beat.
        var lookInterval: Duration { max(.milliseconds(10), min(self.pollInterval, self.times.beat / 3)) }
    }

    struct Introducing: Sendable {
        var nextLook: BootInstant
        /// Had to stay out before.
        let wasExcluded: Bool
    }

    struct Excluded: Sendable {
        var nextLook: BootInstant
    }

    enum State: Sendable {
        case introducing(Introducing)
        case excluded(Excluded)
        case standby(Standby)
        case claiming(Claiming)
        case master(Mastership)
        case steppingDown(StepDownReason)
        case finished
    }

    let rules: Rules
    var state: State
    /// Everybody else's beats, whatever this broker is.
    var watch: PeerWatch
    /// The highest epoch that this process ever saw in the directory.
    var knownEpoch: Epoch
    /// The highest that a lease or a master's record carried: claims that came to nothing leave only a file.
    var servedEpoch: Epoch
    /// Of this broker's last beat.
    private(set) var ownCounter: Int64 = 0
    /// What the kinds of lock last answered on the master's probe files.
    var lockView: LockMatrix?
    /// Those of whom a lock that they had was granted to another: no refusal by them proves anything any more.
    private(set) var disproved: Set<InstanceID> = []
    private(set) var notices: [ElectionNotice] = []

    /// - Parameter knownEpoch: what an earlier candidacy of this process knew.
    package init(
        broker: BrokerIdentity, settings: ElectionSettings, pollInterval: Duration, serverLease: Duration? = nil,
        storageFences: Bool = false, knownEpoch: Epoch = .none, at now: BootInstant
    ) {
        self.rules = Rules(
            broker: broker, settings: settings, pollInterval: pollInterval, serverLease: serverLease,
            storageFences: storageFences)
        self.state = .introducing(Introducing(nextLook: now, wasExcluded: false))
        self.watch = PeerWatch(own: broker, times: settings.times)
        self.knownEpoch = knownEpoch
        self.servedEpoch = .none
    }

    mutating func notice(_ notice: ElectionNotice) {
        if case .lockFalse(let found) = notice, let other = found.other { self.disproved.insert(other) }
        self.notices.append(notice)
    }

    /// What has come up since the last call, in order.
    package mutating func takeNotices() -> [ElectionNotice] {
        defer { self.notices = [] }
        return self.notices
    }

    /// The counter of the next beat to be written.
    package mutating func nextCounter() -> Int64 {
        self.ownCounter &+= 1
        return self.ownCounter
    }

    /// What this broker's record says of the others.
    package var copies: [BeatRecord.Peer] { self.watch.copies }

    /// Everybody else as last seen, in the order of names.
    package var peers: [Peer] { self.watch.peers }
}

// MARK: - What is due

extension ElectionMachine {
    /// One call on the shared directory, or none.
    package enum Duty: Hashable, Sendable {
        /// ``lockAttempted(_:at:)``
        case tryLocks(everyKind: Bool)
        /// ``beatWritten(_:at:)``, with the state and epoch to be written
        case writeBeat(BeatRecord.State, Epoch)
        /// ``peersSeen(_:startedAt:at:)``
        case lookAtPeers
        /// ``leaseSeen(_:life:at:)``
        case lookAtLease
        /// ``probed(_:at:)``
        case probeLocks
        /// ``epochsRead(highest:at:)``: over epoch files, lease and store
        case readEpochs
        /// ``epochClaimed(_:at:)``
        case claimEpoch(Epoch)
        /// ``relocationRequested(at:)``: the store must move to new files before it is opened
        case requestRelocation(Epoch)
        /// ``leaseTaken(_:at:)``
        case takeLease(Epoch)
        /// ``holderNamed(at:)``
        case nameHolder(Epoch)
        /// ``locksProved(_:startedAt:)``: the first call of a master's beat
        case proveLocks
        /// ``leaseRenewed(_:at:)``
        case renewLease
        /// ``fenceAsked(_:at:)``
        case askFence
        case wait(until: BootInstant)
        /// Only an event from outside can change anything.
        case waitForEvents
    }

    /// What the driver has to do now.
    package func duty(at now: BootInstant) -> Duty {
        switch self.state {
        case .introducing(let introducing):
            return now >= introducing.nextLook ? .lookAtPeers : .wait(until: introducing.nextLook)
        case .excluded(let excluded):
            return now >= excluded.nextLook ? .lookAtPeers : .wait(until: excluded.nextLook)
        case .standby(let standby): return self.duty(of: standby, at: now)
        case .claiming(let claiming): return self.duty(of: claiming, at: now)
        case .master(let mastership): return self.duty(of: mastership, at: now)
        case .steppingDown, .finished: return .waitForEvents
        }
    }
}

// MARK: - Answers that concern every state

extension ElectionMachine {
    /// What a look at everybody's beats leads to.
    package enum LookVerdict: Hashable, Sendable {
        case goOn
        /// Release both locks; mark the lease as given up if it was taken.
        case abandonClaim
        /// This broker is master from now on; what was proved is as old as `since`.
        case elected(Term, mustRelocate: Bool, since: BootInstant)
        case stepDown(StepDownReason)
    }

    /// Everybody's records were read, in a look that began at `start`.
    package mutating func peersSeen(
        _ sightings: [PeerSighting], startedAt start: BootInstant, at now: BootInstant
    ) -> LookVerdict {
        self.watch.saw(sightings, at: now)
        for sighting in sightings where sighting.record.state == .master {
            self.knownEpoch = max(self.knownEpoch, sighting.record.epoch)
            self.servedEpoch = max(self.servedEpoch, sighting.record.epoch)
        }
        switch self.state {
        case .introducing(let introducing):
            self.introduce(introducing, at: now)
            return .goOn
        case .excluded:
            self.stayOut(at: now)
            return .goOn
        case .standby(var standby):
            if let double = self.mustStayOutFor() { return self.exclude(for: double, at: now) }
            self.standbyLooked(&standby, at: now)
            self.state = .standby(standby)
            return .goOn
        case .claiming(let claiming):
            if let double = self.mustStayOutFor() { return self.exclude(for: double, at: now) }
            return self.claimLooked(claiming, startedAt: start, at: now)
        case .master(let mastership):
            return self.masterLooked(mastership, at: now)
        case .steppingDown, .finished: return .goOn
        }
    }

    /// A look failed as a whole: nobody was seen.
    package mutating func lookFailed(_ failure: SystemFailure, at now: BootInstant) -> LookVerdict {
        let later = now.advanced(by: self.rules.lookInterval)
        switch self.state {
        case .introducing(var introducing):
            introducing.nextLook = later
            self.state = .introducing(introducing)
        case .excluded(var excluded):
            excluded.nextLook = later
            self.state = .excluded(excluded)
        case .standby(var standby):
            standby.nextLook = later
            self.state = .standby(standby)
        case .claiming: return self.abandon(at: now)
        case .master(var mastership):
            mastership.beat?.doubt = failure.description
            mastership.beat?.step = .lease
            self.state = .master(mastership)
        case .steppingDown, .finished: break
        }
        return .goOn
    }
}

// MARK: - Two brokers under one name

extension ElectionMachine {
    private mutating func introduce(_ introducing: Introducing, at now: BootInstant) {
        if let double = self.watch.double, double.record.state != .stopped, !self.watch.isDead(double) {
            // What moved once and has been silent since is a remnant as well.
            let isSilent = double.quiet >= double.record.times.beat * Self.livelyBeats
            if double.hasMoved, !isSilent {
                self.notice(.nameDuplicate(double, isExcluded: true))
                self.state = .excluded(Excluded(nextLook: now.advanced(by: self.rules.times.beat)))
                return
            }
            guard isSilent else {
                self.state = .introducing(
                    Introducing(
                        nextLook: now.advanced(by: self.rules.lookInterval), wasExcluded: introducing.wasExcluded))
                return
            }
        }
        if introducing.wasExcluded { self.notice(.nameUnique) }
        self.state = .standby(Standby(self.rules, at: now))
    }

    private mutating func stayOut(at now: BootInstant) {
        if let double = self.watch.double, double.record.state != .stopped, !self.watch.isDead(double),
            double.quiet < self.rules.times.patience(with: double.record.times)
        {
            self.state = .excluded(Excluded(nextLook: now.advanced(by: self.rules.times.beat)))
        } else {
            self.state = .introducing(Introducing(nextLook: now, wasExcluded: true))
        }
    }

    /// The other broker of our name, where it is we who have to go: it is master, or came first by the order of
    /// instances. It wrote over our record since our last beat, and was seen to move, so it runs.
    private func mustStayOutFor() -> Peer? {
        guard let double = self.watch.double, double.hasMoved, !self.watch.isDead(double) else { return nil }
        let isBefore =
            double.record.state == .master || double.instance.rawValue < self.rules.broker.instance.rawValue
        return isBefore ? double : nil
    }

    private mutating func exclude(for double: Peer, at now: BootInstant) -> LookVerdict {
        self.notice(.nameDuplicate(double, isExcluded: true))
        self.state = .excluded(Excluded(nextLook: now.advanced(by: self.rules.times.beat)))
        return .abandonClaim
    }
}

// MARK: - The end

extension ElectionMachine {
    /// The store failed, or the watch counted to the step-down time. Nil unless this ends a mastership.
    package mutating func giveUp(_ reason: StepDownReason) -> StepDownReason? {
        guard case .master = self.state else { return nil }
        self.state = .steppingDown(reason)
        return reason
    }

    package enum ReleaseVerdict: Hashable, Sendable {
        /// Nothing is held.
        case leave
        /// Mark the lease as ended if it may be written, then give both locks back.
        case giveBack(LeaseRow.Phase, writeLease: Bool)
    }

    /// The composition root has closed the store, or never opened one.
    package mutating func releaseRequested() -> ReleaseVerdict {
        defer { self.state = .finished }
        switch self.state {
        case .introducing, .excluded, .standby, .finished: return .leave
        case .claiming(let claiming): return .giveBack(.released, writeLease: claiming.holdsLease)
        case .master: return .giveBack(.released, writeLease: true)
        case .steppingDown(let reason): return .giveBack(.steppedDown, writeLease: reason.mayWriteLease)
        }
    }

    /// This broker writes beats: others expect to see it.
    package var isKnownToOthers: Bool {
        switch self.state {
        case .introducing, .excluded, .finished: false
        case .standby, .claiming, .master, .steppingDown: true
        }
    }
}
