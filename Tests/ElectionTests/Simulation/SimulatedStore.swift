@testable import Election

/// The store of one term and its clients: opened under the term's epoch, written in commits behind the real gate, each
/// confirmed after the real check of dispatch.
///
/// Its thread does one thing at a time, and may be stopped or killed between any two. Writes go to the inode that was
/// opened, whatever its name is now.
final class SimulatedStore {
    /// A commit under way.
    struct Commit {
        let message: Int
        let passedAt: Nanoseconds
    }

    private let candidacy: SimulatedCandidacy
    private let process: SimulatedProcess
    private let world: SimulatedWorld
    private let number: Int
    private let term: Term
    private let gate: CommitGate
    private var file: SimulatedSharedDirectory.StoreInode?
    private var isCutOff = false
    private var hasFailed = false
    /// Nothing runs on the store's thread, nor will.
    private var isIdle = false
    private var whenIdle: (() -> Void)?
    private var gateAskedAt: Nanoseconds = 0
    private(set) var isServing = false

    init(_ candidacy: SimulatedCandidacy, number: Int, term: Term, gate: CommitGate) {
        self.candidacy = candidacy
        self.process = candidacy.process
        self.world = candidacy.process.world
        self.number = number
        self.term = term
        self.gate = gate
    }

    private var locks: SimulatedLocks { self.world.directory.locks }
    private var isEnding: Bool { self.isCutOff || self.hasFailed || !self.process.isActive }

    /// The next thing on the store's thread.
    private func next(after span: Nanoseconds, _ action: @escaping () -> Void) {
        self.process.after(span) { if self.isEnding { self.comeToRest() } else { action() } }
    }

    private func comeToRest() {
        self.isIdle = true
        self.isServing = false
        self.whenIdle?()
        self.whenIdle = nil
    }

    /// No client hears anything more.
    func cutOff() {
        self.isCutOff = true
        self.isServing = false
    }

    /// Lets go of the file when the thread has come to rest, and then says so.
    func close(_ done: @escaping () -> Void) {
        self.isCutOff = true
        let finish: () -> Void = {
            if let file = self.file { self.locks.release(.posix, file.number, by: self.process) }
            self.file = nil
            done()
        }
        if self.isIdle { finish() } else { self.whenIdle = finish }
    }

    private func fail(_ reason: String, opening: Bool) {
        self.hasFailed = true
        self.world.judge.note("\(self.term.holder.name) store of epoch \(self.term.epoch) failed: \(reason)")
        if let file = self.file { self.locks.release(.posix, file.number, by: self.process) }
        self.comeToRest()
        if opening { self.candidacy.openingFailed() } else { self.candidacy.storeFailed(reason) }
    }

    // MARK: Opening

    func open() {
        self.next(after: self.world.chance.span(.millisecond, 20 * .millisecond)) { self.relocate(tries: 3) }
    }

    /// Copies the store to a new inode where that was ordered.
    private func relocate(tries: Int) {
        guard let marker = self.world.directory.relocation else { return self.openFile(tries: 50) }
        guard self.callSucceeds() else { return self.comeToRest() }
        guard tries > 0 else { return self.fail("the store changed under its relocation", opening: true) }
        if marker > self.term.epoch { return self.fail("a later master relocates", opening: true) }
        self.world.directory.relocation = self.term.epoch
        let old = self.world.directory.store
        let (fence, messages, writes) = (old.fence, old.messages, old.writes)
        self.next(after: self.world.chance.span(10 * .millisecond, 2 * .second)) {
            self.process.pass(.whileOpening)
            guard self.callSucceeds() else { return self.comeToRest() }
            guard self.world.directory.relocation == self.term.epoch else {
                return self.fail("a later master relocates", opening: true)
            }
            guard self.world.directory.store === old, old.writes == writes else {
                return self.relocate(tries: tries - 1)
            }
            let new = SimulatedSharedDirectory.StoreInode(
                self.world.directory.nextInode(), fence: fence, messages: messages)
            self.world.directory.store = new
            self.world.directory.relocation = nil
            self.world.judge.note("\(self.term.holder.name) moved the store under epoch \(self.term.epoch)")
            self.candidacy.storeProgressed()
            self.openFile(tries: 50)
        }
    }

    private func openFile(tries: Int) {
        guard self.callSucceeds() else { return self.comeToRest() }
        let file = self.world.directory.store
        // Held for the whole term where the store's locking is EXCLUSIVE, else for as long as the transaction.
        guard self.locks.take(.posix, file.number, by: self.process) else {
            guard tries > 0 else { return self.fail("another process has the store locked", opening: true) }
            return self.next(after: 100 * .millisecond) { self.openFile(tries: tries - 1) }
        }
        self.file = file
        self.process.pass(.whileOpening)
        guard self.callSucceeds() else { return self.comeToRest() }
        guard file.fence < self.term.epoch else { return self.fail("fenced by \(file.fence)", opening: true) }
        self.gateAskedAt = self.world.now
        self.askGate(opening: true) { self.raiseFence(in: file) }
    }

    private func raiseFence(in file: SimulatedSharedDirectory.StoreInode) {
        guard self.callSucceeds() else { return self.comeToRest() }
        guard self.mayWrite(file) else { return self.fail("writing refused", opening: true) }
        file.fence = self.term.epoch
        file.writes += 1
        self.world.judge.opened(file, by: self.number)
        if !self.world.site.isExclusive { self.locks.release(.posix, file.number, by: self.process) }
        // Recovery and connectors.
        self.next(after: self.world.chance.span(5 * .millisecond, 300 * .millisecond)) {
            self.isServing = true
            self.candidacy.storeOpened()
            self.nextCommit()
        }
    }

    // MARK: Commits

    private func nextCommit() {
        self.next(after: self.world.chance.span(5 * .millisecond, self.world.plan.commitEvery)) { self.beginCommit() }
    }

    private func beginCommit() {
        guard let file = self.file, self.callSucceeds() else { return self.comeToRest() }
        if !self.world.site.isExclusive {
            guard self.locks.take(.posix, file.number, by: self.process) else { return self.nextCommit() }
            // Where locking is NORMAL the transaction sees what is in the file; else it sees its own cache.
            guard file.fence == self.term.epoch else { return self.fail("fenced by \(file.fence)", opening: false) }
        }
        self.gateAskedAt = self.world.now
        self.askGate(opening: false) {
            let commit = Commit(message: self.world.nextMessage(), passedAt: self.world.now)
            self.process.pass(.afterGate)
            // Nothing calls a write back that has passed the gate.
            self.process.after(self.world.chance.span(10 * .microsecond, 500 * .microsecond)) {
                self.write(commit, file)
            }
        }
    }

    /// As `CommitGate.pass()` waits for it.
    private func askGate(opening: Bool, afterCommit: Bool = false, _ passed: @escaping () -> Void) {
        guard self.world.plan.hasGate else { return passed() }
        switch afterCommit ? self.gate.lookAfterCommit() : self.gate.look(atLease: self.world.site.isExclusive) {
        case .pass:
            guard self.process.isActive else { return self.comeToRest() }
            passed()
        case .closed(let reason): self.fail("gate closed: \(reason)", opening: opening)
        case .notYet(let why):
            let limit = self.process.host.span(of: self.world.plan.settings.times.exit)
            guard self.world.now - self.gateAskedAt < limit else { return self.fail("gate: \(why)", opening: opening) }
            self.process.after(2 * .millisecond) {
                // A writer that waits at the gate is let go by the gate alone.
                if self.process.isActive {
                    self.askGate(opening: opening, afterCommit: afterCommit, passed)
                } else {
                    self.comeToRest()
                }
            }
        }
    }

    private func write(_ commit: Commit, _ file: SimulatedSharedDirectory.StoreInode) {
        guard self.storeIsReached() else { return self.comeToRest() }
        guard self.mayWrite(file) else { return self.fail("writing refused", opening: false) }
        file.messages.insert(commit.message)
        file.writes += 1
        self.world.judge.wrote(commit, to: file, by: self.number, self.candidacy)
        if !self.world.site.isExclusive { self.locks.release(.posix, file.number, by: self.process) }
        self.process.pass(.afterWrite)
        guard self.process.isActive else { return self.comeToRest() }
        self.gateAskedAt = self.world.now
        self.askGate(opening: false, afterCommit: true) {
            self.confirm(commit)
            self.nextCommit()
        }
    }

    /// A write that was on its way when the clients were cut off still lands.
    private func storeIsReached() -> Bool { self.candidacy.view.storeCall() }

    private func callSucceeds() -> Bool { self.candidacy.view.storeCall() && !self.isEnding }

    private func mayWrite(_ file: SimulatedSharedDirectory.StoreInode) -> Bool {
        !self.world.site.refusesWritesUnderLostLocks || !self.locks.isLost(file.number, by: self.process)
    }

    /// The receipt waits for as long as the master may not speak.
    private func confirm(_ commit: Commit) {
        self.process.after(self.world.chance.span(10 * .microsecond, 300 * .microsecond)) { self.answer(commit) }
    }

    private func answer(_ commit: Commit) {
        guard !self.isCutOff, self.process.isActive else { return }
        guard !self.world.plan.hasGate || self.gate.dispatchAllowed() else {
            return self.process.after(20 * .millisecond) { self.answer(commit) }
        }
        self.world.judge.confirmed(commit, by: self.number)
    }
}
