import Glibc

/// What a relocation does to files: the port through which a test stops it between any two calls.
///
/// Names are those of one directory. Every call is on the storage in the order of the calls, but only
/// ``synchronize()`` makes sure that names outlast a loss of power.
protocol RelocationFiles: Sendable {
    func list() throws(SystemFailure) -> [String]
    /// Forgets what this host has cached of the files.
    func refresh(_ names: [String]) throws(SystemFailure)
    /// Asks the storage; nil where there is no such name.
    func status(_ name: String) throws(SystemFailure) -> FileStatus?
    /// Makes the file with one line in it, on the storage. False: the name is taken.
    func create(_ name: String, line: String) throws(SystemFailure) -> Bool
    /// Copies to a new name; all of the content is on the storage when it returns.
    func copy(_ from: String, to: String, progress: () -> Void) throws(SystemFailure) -> Int64
    /// Makes an empty file of the same owner and permissions.
    func copyNothing(of from: String, to: String) throws(SystemFailure)
    /// Gives the file a second name. False: the name is taken. Nil: there are no hard links here.
    func link(_ from: String, to: String) throws(SystemFailure) -> Bool?
    func rename(_ from: String, to: String) throws(SystemFailure)
    /// False: the name is taken.
    func renameIfAbsent(_ from: String, to: String) throws(SystemFailure) -> Bool
    /// A name that is missing already is no error.
    func remove(_ name: String) throws(SystemFailure)
    func synchronize() throws(SystemFailure)
    /// Nil: not known.
    func freeBytes() -> Int64?
    /// Copies share their blocks with the originals and need no room.
    func sharesBlocks() throws(SystemFailure) -> Bool
}

/// The real directory.
struct RelocationDirectory: RelocationFiles {
    let path: String

    private func path(_ name: String) -> String { "\(self.path)/\(name)" }

    func list() throws(SystemFailure) -> [String] { try FileNames.list(self.path) }

    func refresh(_ names: [String]) throws(SystemFailure) { try FileFreshness.refresh(names.map { self.path($0) }) }

    func status(_ name: String) throws(SystemFailure) -> FileStatus? { try FileStatus.ask(self.path(name)) }

    func create(_ name: String, line: String) throws(SystemFailure) -> Bool {
        let file: FileHandle
        do throws(SystemFailure) {
            file = try FileHandle.open(self.path(name), O_WRONLY | O_CREAT | O_EXCL)
        } catch {
            if error.errorNumber == EEXIST { return false }
            throw error
        }
        // The line is for people: the name alone counts, and a full disk must not keep anybody from serving.
        do throws(SystemFailure) {
            try file.write(Array((line + "\n").utf8), at: 0)
            try file.synchronize()
        } catch {
            guard error.isNoRoom else { throw error }
        }
        return true
    }

    func copy(_ from: String, to: String, progress: () -> Void) throws(SystemFailure) -> Int64 {
        try FileCopy.copy(self.path(from), to: self.path(to), sharingBlocks: self.sharesBlocks(), progress: progress)
    }

    func copyNothing(of from: String, to: String) throws(SystemFailure) {
        try FileCopy.copyNothing(of: self.path(from), to: self.path(to))
    }

    func link(_ from: String, to: String) throws(SystemFailure) -> Bool? {
        try FileNames.linkIfAbsent(self.path(from), to: self.path(to))
    }

    func rename(_ from: String, to: String) throws(SystemFailure) {
        try FileNames.rename(self.path(from), to: self.path(to))
    }

    func renameIfAbsent(_ from: String, to: String) throws(SystemFailure) -> Bool {
        try FileNames.renameIfAbsent(self.path(from), to: self.path(to))
    }

    func remove(_ name: String) throws(SystemFailure) { try FileNames.remove(self.path(name)) }

    func synchronize() throws(SystemFailure) { try FileNames.synchronize(self.path) }

    func freeBytes() -> Int64? { FileNames.freeBytes(self.path) }

    func sharesBlocks() throws(SystemFailure) -> Bool {
        // Only where no other host writes: elsewhere this host's view of the blocks may be behind.
        switch try FileSystemVerdict.of(self.path).kind {
        case .xfs, .btrfs: true
        default: false
        }
    }
}
