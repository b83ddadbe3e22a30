import Glibc

/// What a relocation did.
package struct RelocationReport: Hashable, Sendable {
    /// Copied; 0 where a relocation that had copied everything was only brought to its end.
    package let bytes: Int64
    package let duration: Duration
    /// The old files' names, kept until the operator removes them.
    package let kept: [String]
}

/// Moves the store to new inodes, because a host that is gone or silent may still hold locks on the old ones, or wake
/// and write to them.
///
///     relocate.E                 requested: copy broker.db, -wal and -journal before anybody opens the store
///       | all of broker.db.new-E, broker.db.new-E-wal, ... are complete and on the storage
///     relocate.E.copied          decided: each copy takes its file's name; the old one becomes broker.db.stale-E...
///       | no copy is left under its temporary name
///     (nothing)                  done
///
/// Whatever ends it in between, the next ``perform(under:)`` goes on from what the names say: before `copied` it drops
/// the copies and starts over, from then on it only brings the remaining names into place. A performer that slept
/// through this can do no harm when it wakes: its next step is a rename from a name that is gone, because the next one
/// takes the marker over under its own epoch.
///
/// Content is paired at every moment: until the copies are in place nobody writes, so old and new files of one kind
/// hold the same, and a database never goes without its name where the file system has hard links. Where it has none,
/// the database is without its name for a moment in which `copied` stands: nobody may open the store before
/// ``pending()`` is nil.
package struct StoreRelocation: Sendable {
    private static let generationsMayBe = 1000
    /// Copies are made anew when a file changed under them, so many times.
    private static let tries = 3

    private let files: any RelocationFiles
    private let directory: String
    private let clock: any ElectionClock

    package init(directory: String) {
        self.init(directory: directory, files: RelocationDirectory(path: directory))
    }

    init(
        directory: String, files: any RelocationFiles, clock: any ElectionClock = SystemElectionClock()
    ) {
        self.directory = directory
        self.files = files
        self.clock = clock
    }

    /// The latest relocation that was asked for and is not finished.
    package func pending() throws(SystemFailure) -> Epoch? {
        try self.files.list().compactMap { RelocationNames.Marker(parsing: $0)?.epoch }.max()
    }

    /// Asks for a relocation before the store is opened next. On the storage when it returns; asking again is no error.
    ///
    /// - Parameter line: for people, who asked.
    package func request(_ epoch: Epoch, line: String) throws(SystemFailure) {
        _ = try self.files.create(RelocationNames.Marker.requested(epoch).name, line: line)
        try self.files.synchronize()
    }

    /// Does what was asked for; nil where nothing was. The store must be closed, and the caller hold both locks.
    ///
    /// Takes as long as copying the store, and calls `progress` from time to time meanwhile. May be repeated after any failure, under this epoch or a later one.
    /// - Throws: ``SystemFailure``; where there is no room for the copies, its text says how many bytes are needed, and
    ///   the files are as they were.
    package func perform(
        under epoch: Epoch, progress: () -> Void = {}
    ) throws(SystemFailure) -> RelocationReport? {
        let start = self.clock.now()
        let names = try self.files.list()
        let markers = names.compactMap(RelocationNames.Marker.init(parsing:))
        guard !markers.isEmpty else {
            // Of a performer that was overtaken while it copied.
            try self.removeCopies(among: names)
            return nil
        }
        var kept: [String] = []
        for case .copied(let copied) in markers { kept += try self.bringIntoPlace(copied) }
        var bytes: Int64 = 0
        let requested = markers.filter { $0 == .requested($0.epoch) }.map(\.epoch)
        if let latest = requested.max() {
            try self.takeOver(latest, of: requested, under: epoch)
            bytes = try self.copy(under: epoch, progress)
            kept += try self.bringIntoPlace(epoch)
        }
        return RelocationReport(bytes: bytes, duration: self.clock.now() - start, kept: kept)
    }
}

// MARK: - Copying

extension StoreRelocation {
    /// Makes the request this performer's own. From here on no other performer of it gets to `copied`.
    private func takeOver(_ latest: Epoch, of all: [Epoch], under epoch: Epoch) throws(SystemFailure) {
        let mine = RelocationNames.Marker.requested(epoch).name
        if latest != epoch { try self.files.rename(RelocationNames.Marker.requested(latest).name, to: mine) }
        for other in all where other != latest && other != epoch {
            try self.files.remove(RelocationNames.Marker.requested(other).name)
        }
        try self.files.synchronize()
    }

    /// From `requested` to `copied`. Returns the bytes copied.
    private func copy(under epoch: Epoch, _ progress: () -> Void) throws(SystemFailure) -> Int64 {
        for _ in 1...Self.tries {
            try self.removeCopies(among: try self.files.list())
            if let bytes = try self.copyOnce(under: epoch, progress) {
                try self.files.synchronize()
                try self.decide(epoch)
                return bytes
            }
        }
        throw SystemFailure("copy", "\(self.directory)/\(RelocationNames.database)", EBUSY)
    }

    /// The one step that counts: before it the copies are void, after it the old files are.
    private func decide(_ epoch: Epoch) throws(SystemFailure) {
        let copied = RelocationNames.Marker.copied(epoch).name
        do throws(SystemFailure) {
            try self.files.rename(RelocationNames.Marker.requested(epoch).name, to: copied)
        } catch {
            // A server that was asked twice, because its first answer was lost, says that the name is gone.
            guard error.errorNumber == ENOENT else { throw error }
            guard try self.files.status(copied) != nil else { throw error }
        }
        try self.files.synchronize()
    }

    /// Nil: a file changed meanwhile, as it does when whoever had the store last writes what it had begun.
    private func copyOnce(under epoch: Epoch, _ progress: () -> Void) throws(SystemFailure) -> Int64? {
        let before = try self.sources()
        guard before[""] != nil else {
            // A journal without its database: opening a new store would delete it.
            guard before.values.allSatisfy({ $0.bytes == 0 }) else {
                throw SystemFailure("open", "\(self.directory)/\(RelocationNames.database)", ENOENT)
            }
            return 0
        }
        let generation = try self.freeGeneration(epoch)
        let needed = before.values.reduce(0) { $0 + $1.bytes }
        do throws(SystemFailure) {
            let room = try self.files.sharesBlocks() ? nil : self.files.freeBytes()
            if let room, room < needed {
                throw SystemFailure("copy", RelocationNames.database, ENOSPC)
            }
            var copied: Int64 = 0
            for ending in RelocationNames.copied where before[ending] != nil {
                copied += try self.files.copy(
                    RelocationNames.original(ending), to: generation.copy(ending), progress: progress)
            }
            let memory = RelocationNames.original(RelocationNames.emptied)
            if try self.files.status(memory) != nil {
                try self.files.copyNothing(of: memory, to: generation.copy(RelocationNames.emptied))
            }
            let isUnchanged = try self.sources() == before
            return isUnchanged && copied == needed ? copied : nil
        } catch {
            guard error.isNoRoom else { throw error }
            try self.removeCopies(among: try self.files.list())
            throw SystemFailure(
                error.call, "\(self.directory)/\(RelocationNames.database) (\(needed) bytes needed)",
                error.errorNumber)
        }
    }

    /// By ending; what is missing is left out.
    private func sources() throws(SystemFailure) -> [String: FileStatus] {
        try self.files.refresh(RelocationNames.copied.map(RelocationNames.original))
        var found: [String: FileStatus] = [:]
        for ending in RelocationNames.copied {
            found[ending] = try self.files.status(RelocationNames.original(ending))
        }
        return found
    }

    /// The files of an earlier relocation under the same epoch, in a directory restored from a backup, stay.
    private func freeGeneration(_ epoch: Epoch) throws(SystemFailure) -> RelocationNames.Generation {
        let names = try self.files.list()
        for attempt in 1...Self.generationsMayBe {
            let generation = RelocationNames.Generation(epoch, attempt: attempt)
            if !names.contains(where: { RelocationNames.isKept($0, of: generation) }) { return generation }
        }
        throw SystemFailure("link", "\(self.directory)/\(RelocationNames.database)", EEXIST)
    }

    private func removeCopies(among names: [String]) throws(SystemFailure) {
        for name in names where RelocationNames.Copy(parsing: name) != nil { try self.files.remove(name) }
    }
}

// MARK: - Names into place

extension StoreRelocation {
    /// From `copied` to done. Returns the names of the old files.
    private func bringIntoPlace(_ epoch: Epoch) throws(SystemFailure) -> [String] {
        var kept: [String] = []
        let copies = try self.files.list().compactMap(RelocationNames.Copy.init(parsing:))
        // The database last.
        for copy in copies.sorted(by: { $0.name > $1.name }) where copy.generation.epoch == epoch {
            let isKept = copy.isOfContent ? try self.keepOld(copy) : false
            if isKept { kept.append(copy.keptName) }
            try self.rename(copy)
        }
        try self.files.synchronize()
        try self.files.remove(RelocationNames.Marker.copied(epoch).name)
        try self.files.synchronize()
        return kept
    }

    /// Gives the file that is in the copy's place its lasting name. False: there is none.
    private func keepOld(_ copy: RelocationNames.Copy) throws(SystemFailure) -> Bool {
        guard let old = try self.files.status(copy.goal) else { return false }
        let isKept: Bool
        if let linked = try self.files.link(copy.goal, to: copy.keptName) {
            // Taken by the same file: an earlier performer came this far.
            let keptIdentity = try linked ? old.identity : self.files.status(copy.keptName)?.identity
            isKept = keptIdentity == old.identity
        } else {
            isKept = try self.files.renameIfAbsent(copy.goal, to: copy.keptName)
        }
        if isKept { return true }
        // Another performer has brought the copy into place meanwhile: what stood there is kept already.
        guard try self.files.status(copy.name) != nil else { return false }
        throw SystemFailure("link", "\(self.directory)/\(copy.keptName)", EEXIST)
    }

    private func rename(_ copy: RelocationNames.Copy) throws(SystemFailure) {
        do throws(SystemFailure) {
            try self.files.rename(copy.name, to: copy.goal)
        } catch {
            // Gone: another performer has brought it into place already.
            guard error.errorNumber == ENOENT else { throw error }
            guard try self.files.status(copy.goal) != nil else { throw error }
        }
    }
}
