/// The rules of becoming, being and ceasing to be master (DESIGN 5.3), without clock, file or thread.
///
///     standby --both locks--> acquiring --epoch claimed, lease written--> master
///        ^                        |                                         |
///        +------- start over -----+             lock, lease, store, time    |  release
///                                                             v             v
///                                                       stepping down --> finished
///
/// - standby: nothing is held; both locks are tried again and again; the holder's traces are watched.
/// - acquiring: both locks were granted; the epoch is being claimed and the lease written. Nobody may rely on us yet.
/// - master: lock, epoch and lease were ours at the start of the last good beat.
/// - stepping down: nothing may be confirmed any more; the locks are kept until the store is closed, since the next
///   master must not meet our last write.
/// - finished: nothing is held. The machine does not start again; a new one does.
package struct ElectionMachine: ~Copyable {
    private struct Standby {
        var nextTry: BootInstant
        var nextLook: BootInstant
        var tries = 0
        var disagreements = 0
        var toldDisagreement = false
        var toldFailure: SystemFailure?
        var watch: HolderWatch
    }

    private struct Acquiring {
        let grantedAt: BootInstant
        var epoch: Epoch?
        let standby: Standby
    }

    private struct Mastership {
        let term: Term
        var lastGood: BootInstant
        var nextBeat: BootInstant
        var isServing = false
    }

    private enum State: ~Copyable {
        case standby(Standby)
        case acquiring(Acquiring)
        case master(Mastership)
        case steppingDown(StepDownReason)
        case finished
    }

    /// Every so many tries both kinds of lock are asked although the first was refused: on a file system where one
    /// kind is local to each host the second would be granted, and that must be known before a fail-over.
    private static let triesBetweenProbes = 10
    /// A holder takes or releases its two locks one after the other, so one contrary answer proves nothing yet.
    private static let disagreementsThatProve = 3

    private struct Rules {
        let broker: BrokerIdentity
        let settings: ElectionSettings
        let pollInterval: Duration
    }

    private let rules: Rules
    private var state: State

    private init(_ rules: Rules, _ state: consuming State) {
        self.rules = rules
        self.state = state
    }

    package init(broker: BrokerIdentity, settings: ElectionSettings, pollInterval: Duration, at now: BootInstant) {
        let standby = Standby(nextTry: now, nextLook: now, watch: HolderWatch(times: settings.times))
        self.init(Rules(broker: broker, settings: settings, pollInterval: pollInterval), .standby(standby))
    }
}

// MARK: - What is due

extension ElectionMachine {
    package enum Duty: Hashable, Sendable {
        case tryLocks(everyKind: Bool)
        case beat
        case wait(until: BootInstant)
        /// Only an event from outside can change anything.
        case waitForEvents
    }

    /// What the driver has to do now.
    package func duty(at now: BootInstant) -> Duty {
        switch self.state {
        case .standby(let standby):
            guard now >= standby.nextTry else { return .wait(until: standby.nextTry) }
            let probe = standby.tries % Self.triesBetweenProbes == Self.triesBetweenProbes - 1
            return .tryLocks(everyKind: probe || standby.disagreements > 0)
        case .master(let mastership):
            return now >= mastership.nextBeat ? .beat : .wait(until: mastership.nextBeat)
        case .acquiring:
            return .waitForEvents
        case .steppingDown:
            return .waitForEvents
        case .finished:
            return .waitForEvents
        }
    }
}

// MARK: - Standby

extension ElectionMachine {
    package enum LockVerdict: Hashable, Sendable {
        /// Both are ours: raise the claim.
        case claim
        /// Nothing is held. Look at the holder's traces if told to.
        case keepWaiting(lookAtHolder: Bool)
        /// Give back what was granted. The disagreement is there once it is certain, and only the first time.
        case letGo(LockDisagreement?)
        /// The locks cannot be tried. Told once for each different failure; give back what was granted.
        case unusable(SystemFailure?)
    }

    package mutating func lockAttempted(_ attempt: LockAttempt, at now: BootInstant) -> LockVerdict {
        let rules = self.rules
        switch consume self.state {
        case .standby(var standby):
            standby.tries &+= 1
            standby.nextTry = now.advanced(by: rules.pollInterval)
            switch (attempt.flock, attempt.posix) {
            case (.granted, .granted):
                standby.disagreements = 0
                self = Self(rules, .acquiring(Acquiring(grantedAt: now, standby: standby)))
                return .claim
            case (.failed(let failure), _), (_, .failed(let failure)):
                let isNew = standby.toldFailure != failure
                standby.toldFailure = failure
                self = Self(rules, .standby(standby))
                return .unusable(isNew ? failure : nil)
            case (.granted, _), (_, .granted):
                standby.disagreements += 1
                let isCertain = standby.disagreements >= Self.disagreementsThatProve
                let tell = isCertain && !standby.toldDisagreement
                standby.toldDisagreement = standby.toldDisagreement || isCertain
                self = Self(rules, .standby(standby))
                return .letGo(tell ? LockDisagreement(granted: attempt.flock == .granted ? .flock : .posix) : nil)
            default:
                if attempt.posix == .refused { standby.disagreements = 0 }
                standby.toldFailure = nil
                let look = now >= standby.nextLook
                if look { standby.nextLook = now.advanced(by: rules.settings.times.beat) }
                self = Self(rules, .standby(standby))
                return .keepWaiting(lookAtHolder: look)
            }
        case let other:
            self = Self(rules, other)
            assertionFailure("locks tried outside standby")
            return .letGo(nil)
        }
    }

    package enum HolderVerdict: Hashable, Sendable {
        case nothingNew
        case refused(by: LeaseRow?)
        case hung(LeaseRow, silentFor: Duration, life: ProcessLife)
        case stale(LeaseRow, silentFor: Duration, life: ProcessLife)
        case moving(LeaseRow)
    }

    package mutating func holderSeen(_ sighting: HolderSighting, at now: BootInstant) -> HolderVerdict {
        let rules = self.rules
        switch consume self.state {
        case .standby(var standby):
            let verdict = standby.watch.see(sighting, at: now)
            self = Self(rules, .standby(standby))
            switch verdict {
            case .nothingNew: return .nothingNew
            case .refused(let row): return .refused(by: row)
            case .hung(let row, let time, let life): return .hung(row, silentFor: time, life: life)
            case .stale(let row, let time, let life): return .stale(row, silentFor: time, life: life)
            case .moving(let row): return .moving(row)
            }
        case let other:
            self = Self(rules, other)
            return .nothingNew
        }
    }
}

// MARK: - Acquiring

extension ElectionMachine {
    package enum ClaimVerdict: Hashable, Sendable {
        /// Create the file of this epoch, exclusively.
        case claim(Epoch)
        /// Release both locks and try again later.
        case startOver
    }

    /// The highest epoch anybody ever used, over epoch files, lease and store. Called again when the lease turns out to
    /// carry a higher one.
    package mutating func epochsRead(highest: Epoch) -> ClaimVerdict {
        let rules = self.rules
        switch consume self.state {
        case .acquiring(var acquiring):
            guard let epoch = highest.next else {
                self = Self(rules, .standby(acquiring.standby))
                return .startOver
            }
            acquiring.epoch = epoch
            self = Self(rules, .acquiring(acquiring))
            return .claim(epoch)
        case let other:
            self = Self(rules, other)
            return .startOver
        }
    }

    package enum LeaseVerdict: Hashable, Sendable {
        case becomeMaster(Term)
        case startOver
    }

    /// The lease row is written under the epoch that was claimed, over the one given.
    package mutating func leaseTaken(over previous: LeaseRow?, at now: BootInstant) -> LeaseVerdict {
        let rules = self.rules
        switch consume self.state {
        case .acquiring(let acquiring):
            guard let epoch = acquiring.epoch else {
                self = Self(rules, .standby(acquiring.standby))
                return .startOver
            }
            let term = Term(
                epoch: epoch, holder: rules.broker, previous: previous, grantedAt: acquiring.grantedAt,
                leasedAt: now)
            // What was proved is as old as the first look, whatever the steps since took.
            let lastGood = acquiring.grantedAt
            let nextBeat = lastGood.advanced(by: rules.settings.times.beat)
            self = Self(rules, .master(Mastership(term: term, lastGood: lastGood, nextBeat: nextBeat)))
            return .becomeMaster(term)
        case let other:
            self = Self(rules, other)
            return .startOver
        }
    }

    /// The epoch was taken by another claimant, or a step failed: back to standby, after a pause in which another
    /// broker may try.
    package mutating func claimFailed(at now: BootInstant) {
        let rules = self.rules
        switch consume self.state {
        case .acquiring(let acquiring):
            var standby = acquiring.standby
            standby.nextTry = now.advanced(by: max(rules.pollInterval, rules.settings.times.beat))
            self = Self(rules, .standby(standby))
        case let other:
            self = Self(rules, other)
        }
    }
}

// MARK: - Master

/// What one beat of a master found: its own record written, its locks, its lease.
package enum BeatOutcome: Hashable, Sendable {
    /// Lock and lease are ours, and the renewal is visible to others.
    case good
    /// Lock and lease are ours, but the renewal could not be written for a reason that says nothing about them.
    case goodUnseen(String)
    /// Something could not be looked at: nothing is proved by this beat.
    case doubtful(String)
    case lockLost(LockLoss)
    case superseded(by: LeaseRow?)
    case fenced(by: Epoch)
}

extension ElectionMachine {
    package enum BeatVerdict: Hashable, Sendable {
        /// Proved again as of `since`, the start of this beat.
        case trusted(since: BootInstant)
        /// As `trusted`, after a pause in which nothing was proved.
        case proved(since: BootInstant, afterPause: Duration)
        /// Nothing proved; the clock runs on.
        case doubtful(String)
        case stepDown(StepDownReason)
        case none
    }

    package mutating func beatFinished(_ outcome: BeatOutcome, startedAt start: BootInstant) -> BeatVerdict {
        let rules = self.rules
        switch consume self.state {
        case .master(var mastership):
            mastership.nextBeat = start.advanced(by: rules.settings.times.beat)
            let reason: StepDownReason
            switch outcome {
            case .good, .goodUnseen:
                let pause = start - mastership.lastGood
                mastership.lastGood = start
                self = Self(rules, .master(mastership))
                return pause > rules.settings.times.stepDown
                    ? .proved(since: start, afterPause: pause) : .trusted(since: start)
            case .doubtful(let why):
                self = Self(rules, .master(mastership))
                return .doubtful(why)
            case .lockLost(let loss): reason = .lockLost(loss)
            case .superseded(let row): reason = .superseded(by: row)
            case .fenced(let epoch): reason = .fenced(by: epoch)
            }
            self = Self(rules, .steppingDown(reason))
            return .stepDown(reason)
        case let other:
            self = Self(rules, other)
            return .none
        }
    }

    /// The last good beat is too old for this beat to be trusted without asking the store's fence as well.
    package func mustProveFence(beatStartedAt start: BootInstant) -> Bool {
        switch self.state {
        case .master(let mastership): start - mastership.lastGood > self.rules.settings.times.stepDown
        default: false
        }
    }

    /// The connectors are open. Nil when that comes too late to matter.
    package mutating func servingStarted() -> Term? {
        let rules = self.rules
        switch consume self.state {
        case .master(var mastership):
            mastership.isServing = true
            self = Self(rules, .master(mastership))
            return mastership.term
        case let other:
            self = Self(rules, other)
            return nil
        }
    }

    /// A master that does not get ready in time must not keep others from it. Checked with each beat.
    package mutating func timePassed(at now: BootInstant) -> StepDownReason? {
        let rules = self.rules
        switch consume self.state {
        case .master(let mastership):
            let waited = now - mastership.term.grantedAt
            guard !mastership.isServing, waited > rules.settings.servingLimit else {
                self = Self(rules, .master(mastership))
                return nil
            }
            self = Self(rules, .steppingDown(.notServing(after: waited)))
            return .notServing(after: waited)
        case let other:
            self = Self(rules, other)
            return nil
        }
    }

    /// The store failed, or the watch counted to the step-down time. Nil unless this ends a mastership.
    package mutating func giveUp(_ reason: StepDownReason) -> StepDownReason? {
        let rules = self.rules
        switch consume self.state {
        case .master:
            self = Self(rules, .steppingDown(reason))
            return reason
        case let other:
            self = Self(rules, other)
            return nil
        }
    }
}

// MARK: - The end

extension ElectionMachine {
    package enum ReleaseVerdict: Hashable, Sendable {
        /// Nothing is held.
        case leave
        /// Mark the lease as ended if it may be written, then give both locks back.
        case giveBack(LeaseRow.Phase, writeLease: Bool)
    }

    /// The composition root has closed the store, or never opened one.
    package mutating func releaseRequested() -> ReleaseVerdict {
        let rules = self.rules
        switch consume self.state {
        case .standby:
            self = Self(rules, .finished)
            return .leave
        case .finished:
            self = Self(rules, .finished)
            return .leave
        case .acquiring:
            self = Self(rules, .finished)
            return .giveBack(.released, writeLease: false)
        case .master:
            self = Self(rules, .finished)
            return .giveBack(.released, writeLease: true)
        case .steppingDown(let reason):
            self = Self(rules, .finished)
            return .giveBack(.steppedDown, writeLease: reason.mayWriteLease)
        }
    }
}
