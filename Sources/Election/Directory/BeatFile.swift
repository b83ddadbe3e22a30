import Glibc

/// Writes this broker's own `beats/NAME.beat`. Belongs to the elector's thread.
struct BeatFile: ~Copyable {
    static let directoryName = "beats"

    private let dataDirectory: String
    private let directory: String
    private let broker: BrokerIdentity
    private var file: FileHandle?
    private var identity: FileIdentity?
    /// What stood in this broker's place at the last write: the record of another broker under the same name, or one
    /// out of a backup.
    private(set) var displaced: BeatRecord?

    init(dataDirectory: String, broker: BrokerIdentity) {
        self.dataDirectory = dataDirectory
        self.directory = "\(dataDirectory)/\(Self.directoryName)"
        self.broker = broker
    }

    static func path(of name: String, in dataDirectory: String) -> String {
        "\(dataDirectory)/\(Self.directoryName)/\(name).beat"
    }

    /// Puts the record on the storage: one write and one fsync, in place.
    ///
    /// The first beat makes the file under another name and renames it, so that nobody ever sees it shorter. So does a
    /// beat that finds another file under the name: what it wrote into the old one nobody would see.
    mutating func write(_ record: BeatRecord) throws(SystemFailure) {
        let bytes = record.encoded()
        try self.letGoOfReplaced()
        guard self.file == nil else {
            try self.file?.write(bytes, at: 0)
            try self.file?.synchronize()
            return
        }
        try FileNames.makeDirectory(self.directory)
        // What earlier runs under this name left half made.
        let prefix = ".\(self.broker.name)."
        for name in try FileNames.list(self.directory) where name.hasPrefix(prefix) {
            guard InstanceID(parsing: name.dropFirst(prefix.utf8.count)) != nil else { continue }
            try FileNames.remove("\(self.directory)/\(name)")
        }
        let temporary = "\(self.directory)/\(prefix)\(self.broker.instance)"
        let made = try FileHandle.open(temporary, O_RDWR | O_CREAT | O_TRUNC)
        try made.write(bytes, at: 0)
        try made.synchronize()
        try FileNames.rename(temporary, to: "\(self.directory)/\(self.broker.name).beat")
        self.identity = try made.identity()
        self.file = consume made
    }

    private mutating func letGoOfReplaced() throws(SystemFailure) {
        self.displaced = nil
        guard self.file != nil else { return }
        guard try FileIdentity.ofPath(Self.path(of: self.broker.name, in: self.dataDirectory)) != self.identity else {
            return
        }
        if case .record(let found) = BeatSighting.look(at: self.broker.name, in: self.dataDirectory),
            found.broker.instance != self.broker.instance
        {
            self.displaced = found
        }
        self.file = nil
    }
}

extension BeatFile {
    /// The records of all brokers of the directory, in no order. A record that is being written, or whose file went
    /// away meanwhile, is left out: whoever looks will look again.
    static func readAll(in dataDirectory: String) throws(SystemFailure) -> [BeatRecord] {
        let names: [String]
        do throws(SystemFailure) {
            names = try FileNames.list("\(dataDirectory)/\(Self.directoryName)")
        } catch {
            if error.errorNumber == ENOENT { return [] }
            throw error
        }
        var records: [BeatRecord] = []
        for name in names where name.hasSuffix(".beat") && !name.hasPrefix(".") {
            switch BeatSighting.look(at: String(name.dropLast(".beat".utf8.count)), in: dataDirectory) {
            case .record(let record): records.append(record)
            case .none, .unclear: break
            case .failed(let failure):
                // A stale handle or a name cached from before: gone, as far as we can know.
                guard failure.errorNumber == ESTALE else { throw failure }
            }
        }
        return records
    }
}

/// What a look at another broker's beat file can show.
package enum BeatSighting: Hashable, Sendable {
    case record(BeatRecord)
    case none
    /// Torn by a write under way, or no beat: look again.
    case unclear(BeatRecordError)
    case failed(SystemFailure)

    /// Reads past the page cache, from a descriptor opened anew: the way that was fresh on every file system tried.
    package static func look(at name: String, in dataDirectory: String) -> BeatSighting {
        guard BrokerIdentity.isValidName(name) else { return .none }
        do throws(SystemFailure) {
            let file = try FileHandle.openDirect(BeatFile.path(of: name, in: dataDirectory))
            // One byte more would break the alignment that direct reads need; a longer file shows by its second page.
            let bytes = try file.read(upTo: BeatRecord.size)
            return Self.decoded(bytes)
        } catch {
            return error.errorNumber == ENOENT ? .none : .failed(error)
        }
    }

    private static func decoded(_ bytes: [UInt8]) -> BeatSighting {
        do throws(BeatRecordError) {
            return .record(try BeatRecord(decoding: bytes))
        } catch {
            return .unclear(error)
        }
    }
}
