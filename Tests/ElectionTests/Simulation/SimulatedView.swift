import Glibc

@testable import Election

/// The shared directory as one candidacy of one process reaches it: through its host's connection and caches.
final class SimulatedView: ElectionDirectory, @unchecked Sendable {
    // Unchecked: one thread runs a whole simulation.

    let process: SimulatedProcess
    private let locks: SimulatedLocks
    private var flockFile: Int
    private var posixFile: Int
    private var beatFile: SimulatedSharedDirectory.BeatInode?
    private var displaced: BeatRecord?
    private var leaseFile: SimulatedSharedDirectory.LeaseInode?
    private var holdsProbes = false
    /// When it last did something that others can see.
    private(set) var signedAt: Nanoseconds = 0 {
        didSet {
            guard self.signedAt - oldValue > .second else { return }
            self.lastSilence = (self.signedAt - oldValue, self.signedAt)
        }
    }
    /// How long it did not, and when that ended.
    private(set) var lastSilence: (Nanoseconds, endedAt: Nanoseconds) = (0, 0)

    var directory: SimulatedSharedDirectory { self.process.world.directory }
    private var now: Nanoseconds { self.process.world.now }
    private var host: SimulatedHost { self.process.host }
    private var chance: SimulatedChance {
        get { self.process.world.chance }
        set { self.process.world.chance = newValue }
    }

    init(_ process: SimulatedProcess) {
        let directory = process.world.directory
        self.process = process
        self.locks = directory.locks
        self.flockFile = directory.openFlock()
        self.posixFile = directory.openPosix()
    }

    static let gone = SystemFailure("call", "shared directory", EIO)
    static let full = SystemFailure("write", "shared directory", ENOSPC)

    // MARK: Calls that take their time

    private enum Call { case any, claim, beat }

    /// Everything that a call goes through before its effect.
    ///
    /// - Throws: where the process has ended meanwhile, so that nothing it does has an effect.
    private func begin(_ call: Call = .any) throws(SystemFailure) {
        guard self.process.isActive else { throw Self.gone }
        self.process.pass(.beforeEffect)
        switch call {
        case .any: break
        case .claim: self.process.pass(.beforeEffectOfClaim)
        case .beat: self.process.pass(.beforeEffectOfBeat)
        }
        self.delay()
        guard self.process.isActive else { throw Self.gone }
    }

    private func finish(_ call: Call = .any) throws(SystemFailure) {
        if self.host.slowness > 0 { self.delay() }
        self.process.pass(.afterEffect)
        switch call {
        case .any: break
        case .claim: self.process.pass(.afterEffectOfClaim)
        case .beat: self.process.pass(.afterEffectOfBeat)
        }
        guard self.process.isActive else { throw Self.gone }
    }

    private func delay() {
        let isHanging = self.process.hangUntil > self.now
        guard self.host.isCutOff || self.host.slowness > 0 || isHanging else { return }
        var span = self.host.slowness > 0 ? self.chance.span(0, self.host.slowness) : 0
        if isHanging { span = max(span, self.process.hangUntil - self.now) }
        self.process.hangUntil = 0
        self.process.hold(for: span) { self.host.isCutOff }
    }

    /// What the store's thread goes through.
    func storeCall() -> Bool {
        do throws(SystemFailure) {
            guard self.process.isActive else { throw Self.gone }
            self.delay()
            return self.process.isActive
        } catch {
            return false
        }
    }

    // MARK: Locks

    func tryLocks(everyKind: Bool) -> LockAttempt {
        do throws(SystemFailure) {
            try self.begin()
            let attempt = self.tried(everyKind: everyKind)
            if attempt.flock == .granted, attempt.posix == .granted { self.process.world.judge.granted(self) }
            try self.finish()
            return attempt
        } catch {
            return LockAttempt(flock: .failed(error), posix: .notTried)
        }
    }

    private func tried(everyKind: Bool) -> LockAttempt {
        let (flockFile, posixFile) = (self.directory.openFlock(), self.directory.openPosix())
        let isOnNewFiles = flockFile != self.flockFile || posixFile != self.posixFile
        if isOnNewFiles { self.releaseLockFiles() }
        (self.flockFile, self.posixFile) = (flockFile, posixFile)
        let flock: LockAnswer = self.locks.take(.flock, flockFile, by: self.process) ? .granted : .refused
        guard flock == .granted || everyKind else {
            return LockAttempt(flock: flock, posix: .notTried, isOnNewFiles: isOnNewFiles)
        }
        let posix: LockAnswer = self.locks.take(.posix, posixFile, by: self.process) ? .granted : .refused
        return LockAttempt(flock: flock, posix: posix, isOnNewFiles: isOnNewFiles)
    }

    private func releaseLockFiles() {
        self.locks.release(.posix, self.posixFile, by: self.process)
        self.locks.release(.flock, self.flockFile, by: self.process)
    }

    func releaseLocks() {
        guard self.process.isActive else { return }
        self.releaseLockFiles()
        self.process.world.judge.letGo(self)
    }

    /// Has both, as the storage has it.
    var holdsBothLocks: Bool {
        self.locks.isHeld(.flock, self.flockFile, by: self.process)
            && self.locks.isHeld(.posix, self.posixFile, by: self.process)
    }

    /// Its locked files are still those of the names.
    var isOnNamedFiles: Bool {
        self.directory.flockFile == self.flockFile && self.directory.posixFile == self.posixFile
    }

    func proveLocks() -> LockCheck {
        do throws(SystemFailure) {
            try self.begin(.beat)
            let check = self.lockCheck()
            try self.finish(.beat)
            return check
        } catch {
            return .unknown(error)
        }
    }

    func gateLooksAtLocks() -> LockCheck {
        guard self.storeCall() else { return .unknown(Self.gone) }
        return self.lockCheck()
    }

    private func lockCheck() -> LockCheck {
        let names = [
            (self.directory.flockFile, self.flockFile, LockFiles.flockName),
            (self.directory.posixFile, self.posixFile, LockFiles.posixName),
        ]
        for (named, open, name) in names where named != open {
            return .lost(LockLoss(file: name, evidence: named == nil ? .removed : .replaced))
        }
        guard self.process.world.site.refusesWritesUnderLostLocks else { return .held }
        for (_, open, name) in names where self.locks.isLost(open, by: self.process) {
            return .lost(LockLoss(file: name, evidence: .writeRefused(Self.gone)))
        }
        return .held
    }

    func nameHolder(_ line: String) throws(SystemFailure) {
        try self.begin(.claim)
        self.directory.holderLine = line
        try self.finish(.claim)
    }

    func holderLine() throws(SystemFailure) -> String { self.directory.holderLine }

    /// Not asked for: the simulation makes the gate itself.
    func lockProof() throws(SystemFailure) -> LockProof { throw Self.gone }

    // MARK: Probes

    private static let probes: [(LockMatrix.Kind, SimulatedLocks.Kind)] = [
        (.flock, .flock), (.posix, .posix), (.ofd, .posix),
    ]

    func holdProbes() throws(SystemFailure) {
        guard !self.holdsProbes else { return }
        try self.begin()
        let files = self.directory.probeFiles ?? Self.probes.map { _ in self.directory.nextInode() }
        self.directory.probeFiles = files
        for (file, (_, kind)) in zip(files, Self.probes) where !self.locks.take(kind, file, by: self.process) {
            self.releaseProbes()
            throw SystemFailure("lock", "probe", EAGAIN)
        }
        self.holdsProbes = true
    }

    func releaseProbes() {
        self.holdsProbes = false
        guard self.process.isActive, let files = self.directory.probeFiles else { return }
        for (file, (_, kind)) in zip(files, Self.probes) { self.locks.release(kind, file, by: self.process) }
    }

    func tryProbes() throws(SystemFailure) -> LockMatrix? {
        try self.begin()
        guard let files = self.directory.probeFiles else { return nil }
        var matrix = LockMatrix(flock: .notTried, posix: .notTried, ofd: .notTried)
        for (file, (answer, kind)) in zip(files, Self.probes) {
            matrix[answer] = self.locks.mayTake(kind, file, by: self.process) ? .granted : .refused
        }
        try self.finish()
        return matrix
    }

    // MARK: Epochs

    func highestEpoch() throws(SystemFailure) -> Epoch {
        try self.begin(.claim)
        let moment = self.host.horizon(self.host.listingsSeen, at: self.now)
        let highest = self.directory.epochs.value(at: moment).max() ?? .none
        try self.finish(.claim)
        return highest
    }

    func claim(_ epoch: Epoch, line: String) throws(SystemFailure) -> EpochFiles.Claim {
        try self.begin(.claim)
        if self.directory.isFull { throw Self.full }
        let present = self.directory.epochs.value
        guard !present.contains(epoch) else {
            try self.finish(.claim)
            return .taken
        }
        self.directory.epochs.set(present + [epoch], at: self.now)
        try self.finish(.claim)
        return .claimed
    }

    func pruneEpochs() throws(SystemFailure) {
        guard self.process.isActive else { return }
        let present = self.directory.epochs.value
        guard present.count > 8 else { return }
        self.directory.epochs.set(Array(present.sorted(by: >).prefix(8)), at: self.now)
    }

    // MARK: Lease

    /// SQLite's locks stand between two processes here.
    private func excludes(_ writer: SimulatedProcess?) -> Bool {
        guard let writer, writer !== self.process, writer.isAlive else { return false }
        return writer.host === self.host || !self.process.world.site.isPosixFalse
    }

    func lookAtLease() -> LeaseSighting {
        do throws(SystemFailure) {
            try self.begin()
            let sighting = self.leaseSighting()
            try self.finish()
            return sighting
        } catch {
            return .unclear(error.description)
        }
    }

    private func leaseSighting() -> LeaseSighting {
        guard let file = self.directory.lease else { return .none }
        if self.host.isLeaseUnclear || file.isJournalHot || self.excludes(file.writer) { return .unclear("busy") }
        // What a process of this host wrote is in this host's own cache.
        let isOwn = file.row.value?.holder.host == self.host.name
        let moment = isOwn ? self.now : self.host.horizon(self.host.leaseSeen, at: self.now)
        guard let row = file.row.value(at: moment) else { return .none }
        return .row(row)
    }

    func takeLease(_ row: LeaseRow) throws(LeaseError) -> LeaseDatabase.Taking {
        do throws(SystemFailure) {
            try self.begin(.claim)
            if self.directory.isFull, self.directory.lease == nil { throw Self.full }
            var setAside: LeaseFile.SetAside?
            if let file = self.directory.lease, self.leaseFile == nil, self.excludes(file.writer) {
                // Waits some tenths of a second, and then makes another file.
                self.process.hold(for: 600 * .millisecond)
                guard self.process.isActive else { throw Self.gone }
                if self.directory.lease === file, self.excludes(file.writer) {
                    self.directory.lease = nil
                    setAside = LeaseFile.SetAside(name: "lease.db.set-aside", reason: "busy")
                }
            }
            let file = self.openLease()
            let previous = file.row.value
            if let previous, previous.epoch >= row.epoch {
                try self.finish(.claim)
                return .behind(previous.epoch)
            }
            file.row.set(row, at: self.now)
            file.isJournalHot = false
            self.signedAt = self.now
            self.process.world.judge.leaseTaken(row)
            try self.finish(.claim)
            return .taken(over: previous, setAside: setAside)
        } catch {
            throw .system(error)
        }
    }

    private func openLease() -> SimulatedSharedDirectory.LeaseInode {
        if let open = self.leaseFile { return open }
        let file = self.directory.lease ?? SimulatedSharedDirectory.LeaseInode(self.directory.nextInode(), nil)
        self.directory.lease = file
        self.leaseFile = file
        return file
    }

    func renewLease(_ row: LeaseRow, notes: LeaseNotes) -> LeaseDatabase.Renewal {
        guard let file = self.leaseFile else { return .failed(LeaseError.notOpen.description) }
        do throws(SystemFailure) {
            try self.begin()
            guard self.directory.lease === file else { return .superseded(by: nil) }
            guard !self.excludes(file.writer) else { return .failed("busy") }
            let present = file.row.value
            guard let present, present.epoch == row.epoch, present.holder.instance == row.holder.instance,
                present.counter >= row.counter - 1
            else {
                try self.finish(.beat)
                return .superseded(by: present)
            }
            if self.directory.isFull { return .unwritten("full") }
            // The transaction is open while the call is held up here.
            file.writer = self.process
            try self.begin(.beat)
            if file.writer === self.process { file.writer = nil }
            guard self.directory.lease === file else { return .renewed }
            file.row.set(row, at: self.now)
            file.isJournalHot = false
            self.signedAt = self.now
            try self.finish(.beat)
            return .renewed
        } catch {
            return .failed(error.description)
        }
    }

    func closeLease() { self.leaseFile = nil }

    /// For the gate.
    var openedLease: SimulatedSharedDirectory.LeaseInode? { self.directory.lease }

    // MARK: Beats

    func writeBeat(_ record: BeatRecord) throws(SystemFailure) {
        let call: Call =
            switch record.state {
            case .standby, .stopped: .any
            case .claim: .claim
            case .master: .beat
            }
        do throws(SystemFailure) {
            try self.begin(call)
        } catch {
            // Killed in the middle of the write.
            if !self.process.isAlive, let file = self.beatFile, self.chance.happens(30) {
                file.record.set(nil, at: self.now)
            }
            throw error
        }
        if self.directory.isFull, self.beatFile == nil || self.chance.happens(50) { throw Self.full }
        self.letGoOfReplacedBeat()
        if let file = self.beatFile {
            file.record.set(record, at: self.now)
        } else {
            let file = SimulatedSharedDirectory.BeatInode(self.directory.nextInode(), record)
            self.directory.link(record.broker.name, to: file)
            self.beatFile = file
        }
        self.signedAt = self.now
        try self.finish(call)
    }

    /// As `BeatFile` does.
    private func letGoOfReplacedBeat() {
        self.displaced = nil
        guard let file = self.beatFile, let name = file.record.value?.broker.name ?? self.process.candidacy?.broker.name
        else { return }
        let named = self.directory.beats.first { $0.name == name }?.inode
        guard named !== file else { return }
        if let found = named?.record.value, found.broker.instance != self.process.candidacy?.broker.instance {
            self.displaced = found
        }
        self.beatFile = nil
    }

    func lookAtBeats() throws(SystemFailure) -> [BeatRecord] {
        try self.begin()
        let moment = self.host.horizon(self.host.beatsSeen, at: self.now)
        var records: [BeatRecord] = []
        records.reserveCapacity(self.directory.beats.count)
        for (_, inode) in self.directory.beats {
            guard let newest = inode.record.value else { continue }
            if newest.broker.host == self.host.name {
                records.append(newest)
            } else if let record = inode.record.value(at: moment) {
                records.append(record)
            }
        }
        if let displaced = self.displaced { records.append(displaced) }
        try self.finish()
        return records
    }

    // MARK: Store

    func requestRelocation(_ epoch: Epoch, line: String) throws(SystemFailure) {
        try self.begin(.claim)
        if self.directory.isFull { throw Self.full }
        self.directory.relocation = max(self.directory.relocation ?? .none, epoch)
        try self.finish(.claim)
    }

    /// The store's fence as it is seen from outside its writer; nil where locks keep readers out.
    func fenceSeen() -> Epoch? {
        guard self.process.isActive else { return nil }
        let store = self.directory.store
        if self.process.world.site.isExclusive, !self.process.world.site.isPosixFalse,
            self.locks.isHeldByAnybody(.posix, store.number)
        {
            return nil
        }
        return store.fence == .none ? nil : store.fence
    }
}

extension SimulatedSharedDirectory {
    /// The inode of `lock.flock`, made where there is none.
    func openFlock() -> Int {
        let file = self.flockFile ?? self.nextInode()
        self.flockFile = file
        return file
    }

    /// The inode of `lock.posix`, made where there is none.
    func openPosix() -> Int {
        let file = self.posixFile ?? self.nextInode()
        self.posixFile = file
        return file
    }
}

/// The gate's look at the lease, from the store's thread.
final class SimulatedLeaseProbe: LeaseLook {
    private let view: SimulatedView
    private let file: SimulatedSharedDirectory.LeaseInode

    init(_ view: SimulatedView) throws(LeaseError) {
        guard let file = view.openedLease else { throw .notOpen }
        self.view = view
        self.file = file
    }

    func look(for epoch: Epoch, _ instance: InstanceID) -> LeaseProbe.Finding {
        guard self.view.storeCall() else { return .unknown("gone") }
        guard self.view.directory.lease === self.file else { return .gone }
        if self.view.process.host.isLeaseUnclear || self.file.isJournalHot { return .unknown("busy") }
        guard let row = self.file.row.value else { return .gone }
        return row.epoch == epoch && row.holder.instance == instance
            ? .ours : .another(row.epoch, row.holder.instance)
    }
}
