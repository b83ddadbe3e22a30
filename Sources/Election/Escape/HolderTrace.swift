/// Everything in the directory that a living holder moves, as one look found it.
struct HolderTrace: Hashable, Sendable {
    struct Beat: Hashable, Sendable {
        let broker: BrokerIdentity
        let state: BeatRecord.State
        let epoch: Epoch
        let counter: Int64

        init(_ record: BeatRecord) {
            self.broker = record.broker
            self.state = record.state
            self.epoch = record.epoch
            self.counter = record.counter
        }
    }

    /// Who holds the lock, by the lease, or by lock file and beat where the lease cannot be read or is another's.
    var holder: LeaseRow?
    /// The line in the locked file.
    var line: String
    /// The lease's row, the holder's or not; nil where it could not be read.
    var lease: LeaseRow?
    /// By name; those that could not be read are left out.
    var beats: [String: Beat]
    /// The storage answered: what did not move stood still.
    var isComplete: Bool
    /// The longest that any record lets its writer be silent.
    var longestSilence: Duration
    /// The highest epoch in any record.
    var highestEpoch: Epoch

    /// Looks past what this host has cached.
    static func look(in directory: String) throws(EscapeRefusal) -> HolderTrace {
        let path = LeaseReader.path(in: directory)
        try EscapeRefusal.files { () throws(SystemFailure) in
            try FileFreshness.refresh([path, "\(path)-journal", "\(directory)/\(LockFiles.flockName)"])
        }
        let line = try EscapeRefusal.files { () throws(SystemFailure) in
            try FileNames.contents(of: "\(directory)/\(LockFiles.flockName)", upTo: LockFiles.longestLine)
                .split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        }
        var records: [BeatRecord] = []
        var isComplete = true
        for name in try EscapeRefusal.files({ () throws(SystemFailure) in try Self.brokers(in: directory) }) {
            switch BeatSighting.look(at: name, in: directory) {
            case .record(let record): records.append(record)
            case .failed: isComplete = false
            case .none, .unclear: break
            }
        }
        var lease: LeaseRow?
        switch LeaseReader.look(in: directory) {
        case .row(let row): lease = row
        case .newer(let text): throw .newerLease(text)
        // Locked by a dead host's process, perhaps for ever; the beats tell as much.
        case .none, .unclear, .unreadable: break
        }
        return HolderTrace(lease: lease, line: line, records, isComplete: isComplete)
    }

    /// Who has a beat file.
    private static func brokers(in directory: String) throws(SystemFailure) -> [String] {
        let ending = ".beat"
        return try FileNames.list("\(directory)/\(BeatFile.directoryName)").compactMap { name in
            guard name.hasSuffix(ending), !name.hasPrefix(".") else { return nil }
            return String(name.dropLast(ending.utf8.count))
        }
    }

    init(lease: LeaseRow?, line: String, _ records: [BeatRecord], isComplete: Bool = true) {
        self.lease = lease
        self.line = line
        self.isComplete = isComplete
        self.beats = Dictionary(
            records.map { ($0.broker.name, Beat($0)) }, uniquingKeysWith: { first, _ in first })
        let times = records.map(\.times.takeOver) + (lease.map { [$0.times.takeOver] } ?? [])
        self.longestSilence = times.max() ?? .zero
        self.highestEpoch = max(lease?.epoch ?? .none, records.map(\.epoch).max() ?? .none)
        // A claimant that died before it wrote the lease is named by the locked file and its beat only.
        let named = records.first { record in
            record.broker.name == HolderTraces.name(in: line) && line.contains("instance=\(record.broker.instance)")
        }
        let isLeases = lease?.phase.isHeld == true || named == nil || lease?.holder.instance == named?.broker.instance
        self.holder = isLeases ? lease ?? named.map(LeaseRow.init(tracedBy:)) : named.map(LeaseRow.init(tracedBy:))
    }

    /// Whoever moved since an earlier look: the holder, or another broker that is or wants to be master.
    ///
    /// A standby's beats say nothing about the holder, also when it is the holder's own broker started again. What
    /// could not be read in one of the looks has not moved.
    func moved(since before: HolderTrace) -> EscapeParty? {
        if let lease = self.lease, let previous = before.lease, lease != previous { return EscapeParty(lease) }
        if let holder = self.holder, let previous = before.holder, holder.holder != previous.holder {
            return EscapeParty(holder)
        }
        for (name, beat) in self.beats {
            guard let previous = before.beats[name], previous != beat else { continue }
            let isHolders = beat.broker == self.holder?.holder
            guard isHolders || beat.state == .claim || beat.state == .master else { continue }
            return EscapeParty(beat.broker, beat.epoch)
        }
        return nil
    }

    /// Whoever moved since somebody else looked at the lease.
    func moved(since row: LeaseRow) -> EscapeParty? {
        guard let holder = self.holder else { return nil }
        guard holder.epoch == row.epoch, holder.holder == row.holder else { return EscapeParty(holder) }
        // A row that was put together from a beat has no counter.
        guard let lease = self.lease, row.counter > 0, lease.counter != row.counter else { return nil }
        return EscapeParty(lease)
    }

    /// What is known after this look: this, and of the looks before what this one could not read.
    func completed(by before: HolderTrace) -> HolderTrace {
        var known = self
        known.lease = self.lease ?? before.lease
        known.holder = self.holder ?? before.holder
        known.beats.merge(before.beats) { now, _ in now }
        known.longestSilence = max(self.longestSilence, before.longestSilence)
        known.highestEpoch = max(self.highestEpoch, before.highestEpoch)
        return known
    }
}
