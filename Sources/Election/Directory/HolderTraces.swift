/// What the holder of the locks leaves besides its lease: the line in the locked file, and its beats. Neither needs a
/// lock of SQLite's to be read, so they can be read when a stopped process keeps `lease.db` locked.
enum HolderTraces {
    /// The broker that the line of ``LockFiles`` names.
    static func name(in line: String) -> String? {
        guard let word = line.split(separator: " ").first, word.hasPrefix("broker=") else { return nil }
        let name = String(word.dropFirst("broker=".utf8.count))
        return BrokerIdentity.isValidName(name) ? name : nil
    }

    /// The last beat of the broker that the locked file names.
    static func beat(in directory: String) -> BeatRecord? {
        do throws(SystemFailure) {
            let line = try FileNames.contents(of: "\(directory)/\(LockFiles.flockName)", upTo: LockFiles.longestLine)
            guard let name = Self.name(in: line), case .record(let record) = BeatSighting.look(at: name, in: directory)
            else { return nil }
            return record
        } catch {
            return nil
        }
    }
}
