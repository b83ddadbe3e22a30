/// A broker of a directory as its own beat file shows it: also where there is no master, and where `lease.db` is locked.
package struct KnownBroker: Hashable, Sendable {
    package let record: BeatRecord
    /// Since that beat, by this host's clock: right only where it agrees with the broker's.
    package let age: Duration
    /// What this host can say of its process.
    package let life: ProcessLife

    /// What the record and its age amount to.
    package enum Standing: String, Hashable, Sendable {
        case standby, claiming, master, stopped
        /// It beats no longer, and did not say goodbye.
        case silent
        /// Its process has provably ended without a goodbye.
        case gone
    }

    package var standing: Standing {
        if self.record.state == .stopped { return .stopped }
        if self.life == .gone { return .gone }
        if self.age > max(self.record.times.warn, self.record.times.beat * 3) { return .silent }
        return switch self.record.state {
        case .standby: .standby
        case .claim: .claiming
        case .master: .master
        case .stopped: .stopped
        }
    }

    init(_ record: BeatRecord, now wallMilliseconds: Int64, life: ProcessLife) {
        self.record = record
        self.age = .milliseconds(max(0, wallMilliseconds &- record.wallMilliseconds))
        self.life = life
    }

    /// Beat files looked at; a directory with more shows the first by name.
    private static let most = 100

    /// Every broker whose beat file can be read, by name. A file that is being written is looked at again.
    static func all(
        in directory: String, now wallMilliseconds: Int64, life: (ProcessPlace) -> ProcessLife
    ) -> [KnownBroker] {
        let suffix = ".beat"
        let names: [String]
        do throws(SystemFailure) {
            names = try FileNames.list("\(directory)/\(BeatFile.directoryName)")
        } catch {
            return []
        }
        return names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.utf8.count)) }
            .filter { BrokerIdentity.isValidName($0) }.sorted().prefix(Self.most).compactMap { name in
                for _ in 0..<3 {
                    switch BeatSighting.look(at: name, in: directory) {
                    case .record(let record):
                        return KnownBroker(record, now: wallMilliseconds, life: life(record.broker.process))
                    case .unclear: continue
                    case .none, .failed: return nil
                    }
                }
                return nil
            }
    }
}
