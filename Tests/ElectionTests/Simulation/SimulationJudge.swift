import Logging

@testable import Election

/// Watches a run from outside, with the truth in hand, and writes down every broken promise.
final class SimulationJudge: @unchecked Sendable {
    // Unchecked: one thread runs a whole simulation.

    struct TermRecord {
        let number: Int
        let term: Term
        let candidacy: SimulatedCandidacy
        let beganAt: Nanoseconds
        /// The store's inode when it opened it.
        var file: Int?
    }

    /// An event that a journal recorded.
    struct Heard {
        let at: Nanoseconds
        let name: ElectionEvent.Name
        let process: SimulatedProcess
        let broker: BrokerIdentity
        let other: String?
        let otherEpoch: Epoch?
        let cause: String?
    }

    /// Two that were granted the same locks.
    struct Pair {
        let at: Nanoseconds
        let later: SimulatedCandidacy
        let earlier: SimulatedCandidacy
    }

    /// One of these events must be heard of this process, if it is left in peace.
    struct Duty {
        let since: Nanoseconds
        let until: Nanoseconds
        let names: [ElectionEvent.Name]
        let process: SimulatedProcess
        let why: String
    }

    private weak var attached: SimulatedWorld?
    private(set) var report = SimulationReport(seed: 0)
    private(set) var terms: [TermRecord] = []
    private(set) var heard: [Heard] = []
    private var holders: [SimulatedCandidacy] = []
    private(set) var pairs: [Pair] = []
    private(set) var duties: [Duty] = []
    private var expected: Set<Int> = []
    private var highestConfirmed = -1
    private var lastConfirmAt: Nanoseconds = 0
    /// Messages of terms up to this one may be lost by a restored backup.
    private var excusedTerm = -1
    private var usedEpochs: [Epoch: (InstanceID, Nanoseconds)] = [:]
    private var restores: [(at: Nanoseconds, highest: Epoch)] = []
    /// Terms that a backup undid: it was made when their predecessor, which was stopped and still is, had done all it did.
    private(set) var undone: Set<Int> = []
    private(set) var hasLockFault = false
    private(set) var restoredAt: Nanoseconds = -1
    private(set) var mendedAt: Nanoseconds = .max
    /// Processes whose locks were taken away behind their backs.
    private var robbed: [ObjectIdentifier] = []
    var told: Set<String> = []

    func attach(_ world: SimulatedWorld) {
        self.attached = world
        self.report = SimulationReport(seed: world.plan.seed)
    }

    var world: SimulatedWorld {
        guard let world = self.attached else { fatalError("a judge without a world") }
        return world
    }

    var now: Nanoseconds { self.world.now }

    func note(_ text: @autoclosure () -> String) {
        guard self.world.plan.isTraced else { return }
        self.report.trace.append("\(self.now / .millisecond) ms \(text())")
    }

    /// Each promise is reported broken once a run.
    func accuse(_ promise: String, _ text: @autoclosure () -> String) {
        guard self.told.insert(promise).inserted else { return }
        let line = "\(promise): \(text()) at \(self.now / .millisecond) ms on \(self.world.site.kind)"
        self.report.violations.append(line)
        self.note("BROKEN \(line)")
    }

    // MARK: Terms, epochs, messages

    func began(_ term: Term, by candidacy: SimulatedCandidacy) -> Int {
        let number = self.terms.count
        if let last = self.terms.last, !self.hasLockFault, last.candidacy.pulse.phase == .master,
            self.isCalm(last.candidacy.process, since: self.now - 3 * .second),
            self.isCalm(candidacy.process, since: self.now - 3 * .second)
        {
            self.accuse(
                "a claimant does not follow a master that runs", "\(term.holder.name) on \(last.term.holder.name)")
        }
        self.terms.append(TermRecord(number: number, term: term, candidacy: candidacy, beganAt: self.now))
        self.report.terms += 1
        self.note("\(term.holder.name) becomes master of epoch \(term.epoch), term \(number)")
        return number
    }

    func leaseTaken(_ row: LeaseRow) {
        self.note("\(row.holder.name) takes the lease under epoch \(row.epoch)")
        if let (instance, at) = self.usedEpochs[row.epoch], instance != row.holder.instance {
            // Only a backup from before its first use can make all files forget an epoch.
            let isForgotten = self.restores.contains { $0.at > at && $0.highest < row.epoch }
            if !isForgotten { self.accuse("epochs are never reused", "epoch \(row.epoch) by \(row.holder.name)") }
        }
        self.usedEpochs[row.epoch] = (row.holder.instance, self.now)
    }

    func opened(_ file: SimulatedSharedDirectory.StoreInode, by number: Int) {
        self.terms[number].file = file.number
        file.lastOpener = max(file.lastOpener, number)
        self.note("term \(number) has raised the fence of store \(file.number)")
    }

    func wrote(
        _ commit: SimulatedStore.Commit, to file: SimulatedSharedDirectory.StoreInode, by number: Int,
        _ candidacy: SimulatedCandidacy
    ) {
        guard file.lastOpener > number else { return }
        self.note("late write of term \(number) into store \(file.number) of term \(file.lastOpener)")
        // The limit of DESIGN 5.4: stopped or held up between gate and write, where the storage does not refuse it, and
        // the successor had no sign of it: the lock was lost without a trace, so that it took it for given back and did
        // not move the store, or a restored backup took the place of all traces.
        let isRobbed = self.robbed.contains(ObjectIdentifier(candidacy.process)) || self.restoredAt >= 0
        let hasPassedBefore = commit.passedAt < self.terms[number + 1].beganAt
        if isRobbed, hasPassedBefore, !self.world.site.refusesWritesUnderLostLocks {
            self.report.lateWrites += 1
        } else {
            self.accuse(
                "no former master writes into its successor's store",
                "term \(number) of \(candidacy.broker.name) after term \(file.lastOpener), gate passed "
                    + "\((self.now - commit.passedAt) / .millisecond) ms before")
        }
    }

    func confirmed(_ commit: SimulatedStore.Commit, by number: Int) {
        if number < self.highestConfirmed {
            self.accuse(
                "no two epochs confirm at overlapping times",
                "term \(number) of \(self.terms[number].term.holder.name) after term \(self.highestConfirmed)")
        }
        self.highestConfirmed = max(self.highestConfirmed, number)
        self.lastConfirmAt = self.now
        self.report.confirmed += 1
        if number > self.excusedTerm { self.expected.insert(commit.message) }
    }

    func restored(_ backup: SimulatedBackup) {
        self.expected.formIntersection(backup.messages)
        self.excusedTerm = self.terms.count - 1
        self.restoredAt = self.now
        let highest = max(backup.epochs.max() ?? .none, backup.lease?.epoch ?? .none, backup.fence)
        self.restores.append((self.now, highest))
        // The store is again that of whoever had opened it last.
        self.world.directory.store.lastOpener = self.terms.last { $0.term.epoch == backup.fence }?.number ?? -1
        guard let row = backup.lease,
            let stopped = self.terms.last(where: { $0.term.epoch == row.epoch && $0.candidacy.broker == row.holder }),
            stopped.candidacy.core?.lease?.counter == row.counter
        else { return }
        self.undone.formUnion((stopped.number + 1)..<self.terms.count)
        self.highestConfirmed = min(self.highestConfirmed, stopped.number)
    }

    func lockFaultHappened() { self.hasLockFault = true }

    func lockTaken(from process: SimulatedProcess) {
        self.robbed.append(ObjectIdentifier(process))
        guard self.world.site.refusesWritesUnderLostLocks, process.candidacy?.pulse.phase == .master else { return }
        self.expect([.lockLost, .leaseSuperseded], of: process, within: 2500 * .millisecond, "its lock is lost")
    }

    func takeApart() {
        (self.terms, self.heard, self.holders, self.pairs, self.duties) = ([], [], [], [], [])
    }

    func mended() { self.mendedAt = self.now }

    // MARK: Locks

    func granted(_ view: SimulatedView) {
        guard let candidacy = view.process.candidacy, candidacy.view === view else { return }
        self.note("\(candidacy.broker.name) is granted both locks")
        for earlier in self.holders where earlier !== candidacy {
            self.pairs.append(Pair(at: self.now, later: candidacy, earlier: earlier))
        }
        self.holders.removeAll { $0 === candidacy }
        self.holders.append(candidacy)
    }

    func letGo(_ view: SimulatedView) {
        self.holders.removeAll { $0.view === view }
        self.pairs.removeAll { $0.later.view === view || $0.earlier.view === view }
    }
    func ended(_ process: SimulatedProcess) { self.holders.removeAll { $0.process === process } }
    func stopped(_ process: SimulatedProcess) { self.note("\(process.seat.name) is stopped") }
    func isHolding(_ candidacy: SimulatedCandidacy) -> Bool { self.holders.contains { $0 === candidacy } }
    func drop(_ gone: (Pair) -> Bool) { self.pairs.removeAll(where: gone) }

    // MARK: Events

    func heard(_ metadata: Logger.Metadata, from process: SimulatedProcess, _ broker: BrokerIdentity) {
        guard process.isActive, case .string(let text)? = metadata["event"],
            let name = ElectionEvent.Name(rawValue: text)
        else { return }
        func word(_ key: String) -> String? { if case .string(let text)? = metadata[key] { text } else { nil } }
        let heard = Heard(
            at: self.now, name: name, process: process, broker: broker, other: word("other_broker"),
            otherEpoch: word("other_epoch").flatMap { Int64($0) }.map { Epoch($0) }, cause: word("cause"))
        self.heard.append(heard)
        self.report.events[text, default: 0] += 1
        self.note(
            "\(broker.name): \(text) \(heard.other ?? "") \(heard.otherEpoch?.description ?? "") \(heard.cause ?? "")")
        switch name {
        case .lockFalse: self.judgeFalse(heard)
        case .lockStale, .lockHungHolder: self.judgeSilence(heard)
        default: break
        }
    }

    func hasHeard(_ names: [ElectionEvent.Name], from process: SimulatedProcess, since: Nanoseconds) -> Bool {
        self.heard.reversed().contains { $0.at >= since && $0.process === process && names.contains($0.name) }
    }

    func hasHeard(_ names: [ElectionEvent.Name], since: Nanoseconds) -> Bool {
        self.heard.reversed().contains { $0.at >= since && names.contains($0.name) }
    }

    private func judgeFalse(_ heard: Heard) {
        let site = self.world.site
        guard site.hasFalseLocks || self.hasLockFault else {
            return self.accuse("no lock is called false without reason", "by \(heard.broker.name)")
        }
        var causes: [FalseLockCause.Word] = [site.expectedCause]
        if self.hasLockFault { causes += [.unknown, .lockFileReplaced] }
        if !causes.contains(where: { $0.rawValue == heard.cause }) {
            self.accuse("a false lock is named with its cause", "\(heard.cause ?? "none") by \(heard.broker.name)")
        }
    }

    /// Nobody is called stale or hung who has just been seen to move.
    private func judgeSilence(_ heard: Heard) {
        let holder = self.terms.last {
            $0.term.holder.name == heard.other && $0.term.epoch == heard.otherEpoch
        }
        let directory = self.world.directory
        let isHeld = [(SimulatedLocks.Kind.flock, directory.flockFile), (.posix, directory.posixFile)].contains {
            kind, file in file.map { !directory.locks.holders(kind, $0, besides: heard.process).isEmpty } ?? false
        }
        let isNewlyFree = self.now - directory.locksChangedAt < .second
        if !isHeld, !isNewlyFree, case .standby(let standby)? = heard.process.candidacy?.core?.machine.state,
            standby.yieldedTo == nil, self.isCalm(heard.process, since: self.now - 3 * .second)
        {
            self.accuse("no lock is called stale that is free", "\(heard.broker.name) of \(heard.other ?? "")")
        }
        guard let holder, self.restoredAt < 0 else { return }
        let row = directory.lease?.row.value(at: self.now - 3 * .second)
        // It may have been stopped between giving up the lease and the locks.
        let hasLocks = directory.flockFile.map {
            directory.locks.isHeld(.flock, $0, by: holder.candidacy.process)
        }
        if let row, row.holder == holder.candidacy.broker, !row.phase.isHeld, hasLocks != true,
            self.isCalm(heard.process, since: self.now - 16 * .second)
        {
            self.accuse(
                "only who holds the lease is called stale", "\(heard.broker.name) of \(heard.other ?? "")")
        }
        let silence = self.now - holder.candidacy.view.signedAt
        let since = self.now - 16 * .second
        // A twin's beats cover those of its double.
        let doubles = self.world.seats.filter { $0.name == heard.other && $0.process?.isAlive == true }
        guard doubles.count < 2, self.isSeenByAll(holder.candidacy) else { return }
        guard self.isCalm(heard.process, since: since), silence < 11_500 * .millisecond else { return }
        // It has moved again since the last look at it.
        let (gap, end) = holder.candidacy.view.lastSilence
        if gap > 11_500 * .millisecond, self.now - end < 600 * .millisecond { return }
        self.accuse(
            "no lock is called stale without reason",
            "\(heard.broker.name) of \(heard.other ?? ""), silent for \(silence / .millisecond) ms")
    }

    func expect(
        _ names: [ElectionEvent.Name], of process: SimulatedProcess, within span: Nanoseconds, _ why: String
    ) {
        self.duties.append(
            Duty(since: self.now, until: self.now + span, names: names, process: process, why: why))
    }

    /// Duties whose time has come are taken off the list.
    func dueDuties() -> [Duty] {
        let due = self.duties.filter { $0.until <= self.now }
        self.duties.removeAll { $0.until <= self.now }
        return due
    }

    // MARK: The end

    func finish() {
        let lost = self.expected.subtracting(self.world.directory.store.messages)
        if !lost.isEmpty {
            self.accuse("every confirmed message is in the store", "\(lost.count) lost, the first \(lost.min() ?? 0)")
        }
        for candidacy in self.world.seats.compactMap({ $0.process?.candidacy }) {
            guard case .excluded? = candidacy.core?.machine.state else { continue }
            let twins = self.world.seats.filter { $0.name == candidacy.broker.name && $0.process != nil }
            if twins.count < 2 {
                self.accuse("who had to stay out comes back", candidacy.broker.name)
            }
        }
        if self.now - self.lastConfirmAt > 6 * .second {
            self.accuse(
                "somebody serves within the bound once the faults have ended",
                "nothing confirmed for \((self.now - self.lastConfirmAt) / .millisecond) ms")
            for candidacy in self.world.seats.compactMap({ $0.process?.candidacy }) {
                guard let state = candidacy.core?.machine.state else { continue }
                self.note("\(candidacy.broker.name) is \(state)")
            }
        }
    }
}
