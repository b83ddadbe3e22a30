import Glibc
import Migrations
import SQLite

/// Puts a copy in place of `lease.db`, on which a dead host's process may have left locks, with one event more.
///
/// The row stays as it was: the next master says from whom it took over. A crash in between leaves the old file, or the
/// new one, or for a moment the old one without the journal it may need: then the next master finds it unreadable, and
/// makes another.
struct LeaseCopy {
    let directory: String
    let epoch: Epoch
    let broker: BrokerIdentity
    let clock: any ElectionClock
    let beforeChange: @Sendable () throws(SystemFailure) -> Void

    private var path: String { LeaseReader.path(in: self.directory) }
    private var copied: String { "\(self.path).new-\(self.epoch)" }

    /// Returns the names under which the old files are found from now on.
    func make(noting event: HistoryEntry) throws(LeaseError) -> [String] {
        try LeaseError.files { () throws(SystemFailure) in
            try self.removeUnfinished()
            try FileFreshness.refresh([self.path, "\(self.path)-journal"])
        }
        let status = try LeaseError.files { () throws(SystemFailure) in try FileStatus.ask(self.path) }
        if status != nil {
            do throws(LeaseError) {
                try self.copy()
                try self.note(event, in: self.copied)
                return try LeaseError.files { () throws(SystemFailure) in try self.swap() }
            } catch {
                guard error.isDamage else { throw error }
            }
        }
        return try self.makeAnew(noting: event)
    }

    private func copy() throws(LeaseError) {
        try LeaseError.files { () throws(SystemFailure) in
            // The journal first: one that is complete when its copy begins undoes whatever is copied after it.
            if try FileStatus.ask("\(self.path)-journal") != nil {
                try self.beforeChange()
                _ = try FileCopy.copy("\(self.path)-journal", to: "\(self.copied)-journal", sharingBlocks: false)
            }
            try self.beforeChange()
            _ = try FileCopy.copy(self.path, to: self.copied, sharingBlocks: false)
        }
    }

    private func note(_ event: HistoryEntry, in path: String) throws(LeaseError) {
        let database = try LeaseError.database { () throws(SQLiteError) in
            try Database(path: path, access: .readWrite, busyTimeoutMs: LeaseFile.patienceMilliseconds)
        }
        defer { database.close() }
        try LeaseError.migration { () throws(MigrationError) in
            _ = try Migrator(database: LeaseReader.fileName, steps: Migrations.lease).migrate(database)
        }
        try LeaseError.database { () throws(SQLiteError) in
            try database.transaction(.immediate) { () throws(SQLiteError) in
                try database.prepare(LeaseStatements.addEvent, for: "adding to the history").run(adding: event)
                try database.prepare(LeaseStatements.pruneEvents, for: "shortening the history").run()
            }
        }
    }

    private func swap() throws(SystemFailure) -> [String] {
        try self.beforeChange()
        // SQLite has undone and removed what the copy's journal held; one it left empty means nothing.
        try FileNames.remove("\(self.copied)-journal")
        try FileHandle.open(self.copied, O_RDWR).synchronize()
        let kept = try self.freeName()
        let journal = try self.keepJournal(of: kept)
        try self.beforeChange()
        switch try FileNames.linkIfAbsent(self.path, to: "\(self.directory)/\(kept)") {
        case true?: break
        case false?: throw SystemFailure("link", kept, EEXIST)
        // No hard links: for a moment there is no lease.db. Whoever needs one then makes it, and this one counts.
        case nil: try FileNames.rename(self.path, to: "\(self.directory)/\(kept)")
        }
        try self.beforeChange()
        try FileNames.rename(self.copied, to: self.path)
        try self.beforeChange()
        try FileNames.synchronize(self.directory)
        return journal + [kept]
    }

    /// In a directory restored from a backup this epoch may have been taken over in before.
    private func freeName() throws(SystemFailure) -> String {
        let names = try FileNames.list(self.directory)
        var name = "\(LeaseReader.fileName).stale-\(self.epoch)"
        var number = 1
        while names.contains(name) || names.contains("\(name)-journal") {
            number += 1
            name = "\(LeaseReader.fileName).stale-\(self.epoch).\(number)"
        }
        return name
    }

    /// Before the database, since it would be a hot journal to the copy.
    private func keepJournal(of kept: String) throws(SystemFailure) -> [String] {
        guard try FileStatus.ask("\(self.path)-journal") != nil else { return [] }
        try self.beforeChange()
        try FileNames.rename("\(self.path)-journal", to: "\(self.directory)/\(kept)-journal")
        return ["\(kept)-journal"]
    }

    /// Where there is no lease, or one that nobody can read.
    private func makeAnew(noting event: HistoryEntry) throws(LeaseError) -> [String] {
        let kept = try LeaseError.files { () throws(SystemFailure) in
            try self.removeUnfinished()
            guard try FileStatus.ask(self.path) != nil else { return [String]() }
            let kept = try self.freeName()
            let journal = try self.keepJournal(of: kept)
            try self.beforeChange()
            try FileNames.rename(self.path, to: "\(self.directory)/\(kept)")
            return journal + [kept]
        }
        try LeaseError.files { () throws(SystemFailure) in try self.beforeChange() }
        let file = LeaseFile(directory: self.directory, broker: self.broker, clock: self.clock)
        try file.open().database.close()
        try self.note(event, in: self.path)
        return kept
    }

    private func removeUnfinished() throws(SystemFailure) {
        for name in try FileNames.list(self.directory) where name.hasPrefix("\(LeaseReader.fileName).new-") {
            try FileNames.remove("\(self.directory)/\(name)")
        }
    }
}
