import SQLite

/// The shared directory as the elector sees it: the one port through which it touches files, so that a test can hand
/// one lock to two brokers, keep a dead broker's lock, or answer with what was true a while ago.
///
/// All calls come from the elector's thread. They may block for as long as the storage likes.
protocol ElectionDirectory: AnyObject {
    /// Tries the first kind of lock, and the second if that was granted or `everyKind` is set. What is granted stays
    /// held until ``releaseLocks()``.
    func tryLocks(everyKind: Bool) -> LockAttempt
    func releaseLocks()
    /// Are the locked files still the ones of their names, and do writes through them succeed?
    func proveLocks() -> LockCheck
    /// Leaves a line that names the holder in the locked files.
    func nameHolder(_ line: String) throws(SystemFailure)
    /// The line that the present or last holder left.
    func holderLine() throws(SystemFailure) -> String
    /// What another thread needs to prove the locks.
    func lockProof() throws(SystemFailure) -> LockProof
    /// Takes every kind of lock on the probe files, for standbys to try. For a master.
    func holdProbes() throws(SystemFailure)
    func releaseProbes()
    /// Tries every kind of lock on the master's probe files, without keeping any; nil where there are none.
    func tryProbes() throws(SystemFailure) -> LockMatrix?

    func highestEpoch() throws(SystemFailure) -> Epoch
    func claim(_ epoch: Epoch, line: String) throws(SystemFailure) -> EpochFiles.Claim
    func pruneEpochs() throws(SystemFailure)

    /// A look without any right to write.
    func lookAtLease() -> LeaseSighting
    func takeLease(_ row: LeaseRow) throws(LeaseError) -> LeaseDatabase.Taking
    func renewLease(_ row: LeaseRow, notes: LeaseNotes) -> LeaseDatabase.Renewal
    func closeLease()

    /// Puts this broker's record on the storage.
    func writeBeat(_ record: BeatRecord) throws(SystemFailure)
    /// Everybody's records, this broker's own among them, and the one that its last beat took the place of; what cannot
    /// be read this time is left out.
    func lookAtBeats() throws(SystemFailure) -> [BeatRecord]

    /// Leaves the order that the store moves to new files before it is opened.
    func requestRelocation(_ epoch: Epoch, line: String) throws(SystemFailure)
}

/// The real directory.
final class DataDirectory: ElectionDirectory {
    let path: String
    private var locks: LockFiles
    private let epochs: EpochFiles
    private let lease: LeaseDatabase
    private var beat: BeatFile
    private var probes = ProbeFiles()
    /// Other hosts write here too, and this one may have cached what they wrote before.
    private let isShared: Bool

    /// Opens the lock files, and makes them where they are missing; nothing else is written until the locks are held.
    init(
        path: String, broker: BrokerIdentity, verdict: FileSystemVerdict, clock: any ElectionClock
    ) throws(SystemFailure) {
        let locks = try LockFiles(directory: path, mustReachServer: verdict.isNetwork)
        self.path = path
        self.isShared = verdict.isNetwork
        self.locks = locks
        self.epochs = EpochFiles(directory: path)
        self.lease = LeaseDatabase(directory: path, broker: broker, clock: clock)
        self.beat = BeatFile(dataDirectory: path, broker: broker)
    }

    func tryLocks(everyKind: Bool) -> LockAttempt { self.locks.attempt(everyKind: everyKind) }
    func releaseLocks() { self.locks.release() }
    func proveLocks() -> LockCheck { self.locks.prove() }
    func nameHolder(_ line: String) throws(SystemFailure) { try self.locks.name(holder: line) }
    func holderLine() throws(SystemFailure) -> String { try self.locks.holderLine() }
    func lockProof() throws(SystemFailure) -> LockProof { try self.locks.proof() }

    func highestEpoch() throws(SystemFailure) -> Epoch { try self.epochs.highest() }
    func claim(_ epoch: Epoch, line: String) throws(SystemFailure) -> EpochFiles.Claim {
        try self.epochs.claim(epoch, line: line)
    }
    func pruneEpochs() throws(SystemFailure) { try self.epochs.prune() }

    func lookAtLease() -> LeaseSighting {
        do throws(SystemFailure) {
            try self.refreshLease()
        } catch {
            return .unclear(error.description)
        }
        return LeaseReader.look(in: self.path)
    }

    func takeLease(_ row: LeaseRow) throws(LeaseError) -> LeaseDatabase.Taking {
        try LeaseError.files { () throws(SystemFailure) in try self.refreshLease() }
        return try self.lease.take(row)
    }

    /// A page of another time among those of now would be a damaged lease to whoever writes next.
    private func refreshLease() throws(SystemFailure) {
        guard self.isShared else { return }
        let path = LeaseReader.path(in: self.path)
        try FileFreshness.refresh([path, "\(path)-journal"])
    }

    func renewLease(_ row: LeaseRow, notes: LeaseNotes) -> LeaseDatabase.Renewal {
        self.lease.renew(row, notes: notes)
    }
    func closeLease() { self.lease.close() }

    func writeBeat(_ record: BeatRecord) throws(SystemFailure) { try self.beat.write(record) }
    func lookAtBeats() throws(SystemFailure) -> [BeatRecord] {
        let records = try BeatFile.readAll(in: self.path)
        guard let displaced = self.beat.displaced else { return records }
        return records + [displaced]
    }

    func holdProbes() throws(SystemFailure) { try self.probes.hold(in: self.path) }
    func releaseProbes() { self.probes = ProbeFiles() }
    func tryProbes() throws(SystemFailure) -> LockMatrix? { try ProbeFiles.attempt(in: self.path) }

    func requestRelocation(_ epoch: Epoch, line: String) throws(SystemFailure) {
        try StoreRelocation(directory: self.path).request(epoch, line: line)
    }
}
