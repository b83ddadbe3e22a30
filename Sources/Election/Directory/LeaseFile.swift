import Glibc
import Migrations
import SQLite

/// The file `lease.db` as a whole: made, opened for writing, put aside. For a broker that holds both locks.
package struct LeaseFile {
    /// How long one transaction waits for readers. Short, because readers, the commit gate among them, wait meanwhile.
    static let patienceMilliseconds: Int32 = 100

    let directory: String
    let broker: BrokerIdentity
    let clock: any ElectionClock

    private var path: String { LeaseReader.path(in: self.directory) }

    /// A `lease.db` put out of the way, and why.
    package struct SetAside: Hashable, Sendable {
        package let name: String
        package let reason: String
    }

    /// By the storage's word: another host may have replaced the file.
    func identity() throws(SystemFailure) -> FileIdentity? { try FileIdentity.onStorage(self.path) }

    /// Opens the file with its newest schema, making it first where there is none.
    func open() throws(LeaseError) -> (database: Database, identity: FileIdentity) {
        let present = try LeaseError.files { () throws(SystemFailure) in try self.identity() }
        if present == nil { try self.create(keeping: []) }
        let database = try LeaseError.database { () throws(SQLiteError) in
            let database = try Database(path: self.path, access: .readWrite, busyTimeoutMs: Self.patienceMilliseconds)
            try database.setJournalMode(.truncate)
            try database.setSynchronous(.normal)
            return database
        }
        try LeaseError.migration { () throws(MigrationError) in
            _ = try Migrator(database: LeaseReader.fileName, steps: Migrations.lease).migrate(database)
        }
        let opened = try LeaseError.files { () throws(SystemFailure) in try self.identity() }
        guard let opened else { throw .system(SystemFailure("stat", self.path, ENOENT)) }
        return (database, opened)
    }

    /// Puts an unusable file out of the way, with its journal, and makes a new one that keeps the readable history.
    func rebuild(because reason: String) throws(LeaseError) -> SetAside {
        let name = "\(LeaseReader.fileName).set-aside-\(WallTime.compact(self.clock.wallMilliseconds()))"
        try LeaseError.files { () throws(SystemFailure) in
            let target = "\(self.directory)/\(name)"
            guard try FileNames.renameIfAbsent(self.path, to: target) else {
                throw SystemFailure("rename", target, EEXIST)
            }
            // Its journal belongs to it under its new name, and would be a hot journal to the next file of the old.
            do throws(SystemFailure) {
                try FileNames.rename("\(self.path)-journal", to: "\(target)-journal")
            } catch {
                guard error.errorNumber == ENOENT else { throw error }
            }
        }
        try self.create(keeping: self.history(of: name))
        return SetAside(name: name, reason: reason)
    }

    /// Makes the whole file under another name and then gives it its own, so that nobody meets half a schema.
    private func create(keeping history: [HistoryEntry]) throws(LeaseError) {
        let temporary = "\(self.path).\(self.broker.instance)"
        try LeaseError.files { () throws(SystemFailure) in try self.removeUnfinished() }
        let database = try LeaseError.database { () throws(SQLiteError) in
            let database = try Database(path: temporary, access: .readWriteCreate)
            // Nobody knows this file yet: it is synchronised once, when it is complete.
            try database.setJournalMode(.memory)
            try database.setSynchronous(.off)
            return database
        }
        try LeaseError.migration { () throws(MigrationError) in
            _ = try Migrator(database: LeaseReader.fileName, steps: Migrations.lease).migrate(database)
        }
        try LeaseError.database { () throws(SQLiteError) in
            try database.transaction(.immediate) { () throws(SQLiteError) in
                let add = try database.prepare(LeaseStatements.addEvent, for: "keeping the history")
                for entry in history { try add.run(adding: entry) }
            }
        }
        database.close()
        try LeaseError.files { () throws(SystemFailure) in
            let file = try FileHandle.open(temporary, O_RDWR)
            try file.synchronize()
            // Taken: another claimant made it in the same moment, and that one counts.
            if try !FileNames.renameIfAbsent(temporary, to: self.path) { try FileNames.remove(temporary) }
        }
    }

    /// Files of brokers that died while they made one.
    private func removeUnfinished() throws(SystemFailure) {
        for name in try FileNames.list(self.directory) where name.hasPrefix("\(LeaseReader.fileName).") {
            guard InstanceID(parsing: name.dropFirst(LeaseReader.fileName.utf8.count + 1)) != nil else { continue }
            try FileNames.remove("\(self.directory)/\(name)")
        }
    }

    /// The events that a set-aside file still tells, oldest first; none where it tells nothing.
    private func history(of name: String) -> [HistoryEntry] {
        do throws(SQLiteError) {
            let database = try Database(path: "\(self.directory)/\(name)", access: .readOnly)
            return try LeaseReader.history(in: database, limit: 1000).reversed()
        } catch {
            return []
        }
    }
}
