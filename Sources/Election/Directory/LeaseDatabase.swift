import SQLite

/// `lease.db`, opened for writing: only by a broker that holds both locks. Belongs to the elector's thread.
///
/// A rollback journal and NORMAL locking, so that every host sees each renewal at its next transaction. Commits wait
/// for the data but not for each step of the journal: a lease lost with the power is written anew by the next master.
package final class LeaseDatabase {
    private struct Connection {
        let database: Database
        let identity: FileIdentity
        let renew: Statement
        let notes: LeaseNoteWriter

        init(_ opened: (database: Database, identity: FileIdentity), holder: String) throws(SQLiteError) {
            self.database = opened.database
            self.identity = opened.identity
            self.renew = try opened.database.prepare(LeaseStatements.renew, for: "renewing the lease")
            self.notes = try LeaseNoteWriter(opened.database, holder: holder)
        }
    }

    /// Tries at a take-over before a process that keeps its transaction open is left with the old file.
    private static let triesAgainstOthers = 5

    private let file: LeaseFile
    private var connection: Connection?

    init(directory: String, broker: BrokerIdentity, clock: any ElectionClock) {
        self.file = LeaseFile(directory: directory, broker: broker, clock: clock)
    }

    func close() {
        self.connection?.database.close()
        self.connection = nil
    }

    // MARK: Taking the lease

    package enum Taking: Hashable, Sendable {
        /// Written, over the row given. The file that was put aside for it, if one was.
        case taken(over: LeaseRow?, setAside: LeaseFile.SetAside?)
        /// The row carries this epoch already: claim a later one.
        case behind(Epoch)
    }

    /// Writes `row` in place of an older one, making or rebuilding the file where needed.
    func take(_ row: LeaseRow) throws(LeaseError) -> Taking {
        var tries = 0
        var setAside: LeaseFile.SetAside?
        while true {
            do throws(LeaseError) {
                let previous = try self.write(row)
                if let previous, previous.epoch >= row.epoch { return .behind(previous.epoch) }
                return .taken(over: previous, setAside: setAside)
            } catch {
                self.close()
                tries += 1
                let isBlocked = error.isBusy && tries >= Self.triesAgainstOthers
                // One rebuild must do: what is unusable again is not the file's fault.
                guard error.isBusy || error.isDamage, setAside == nil else { throw error }
                guard isBlocked || error.isDamage else { continue }
                let reason = isBlocked ? "another process keeps a transaction open: \(error)" : error.description
                setAside = try self.file.rebuild(because: reason)
                tries = 0
            }
        }
    }

    /// Writes the row over an older one. Returns the row that was there; one that is not older stays.
    private func write(_ row: LeaseRow) throws(LeaseError) -> LeaseRow? {
        let connection = try self.opened()
        let database = connection.database
        return try LeaseError.database { () throws(SQLiteError) in
            try database.transaction(.immediate) { () throws(SQLiteError) in
                var previous: LeaseRow?
                if case .row(let present) = try LeaseReader.row(in: database) { previous = present }
                if let previous, previous.epoch >= row.epoch { return previous }
                let take = try database.prepare(LeaseStatements.take, for: "taking the lease")
                try take.run(taking: row)
                return previous
            }
        }
    }

    private func opened() throws(LeaseError) -> Connection {
        if let connection = self.connection { return connection }
        let opened = try self.file.open()
        let connection = try LeaseError.database { () throws(SQLiteError) in
            try Connection(opened, holder: self.file.broker.name)
        }
        self.connection = connection
        return connection
    }

    // MARK: Keeping it

    package enum Renewal: Hashable, Sendable {
        case renewed
        /// The row is ours, but could not be written for a reason that passes by itself.
        case unwritten(String)
        /// The row is another's, or gone, or ours as it was before our last renewal: restored from a backup.
        case superseded(by: LeaseRow?)
        /// Neither written nor read: nothing is known.
        case failed(String)
    }

    /// Renews the row if it is still ours by epoch and instance and not older than our last renewal, and adds the notes
    /// in the same transaction.
    ///
    /// - Parameter row: its counter is at most one above that of the last renewal that is known to have succeeded.
    func renew(_ row: LeaseRow, notes: LeaseNotes) -> Renewal {
        guard let connection = self.connection else { return .failed(LeaseError.notOpen.description) }
        do throws(SystemFailure) {
            guard try self.file.identity() == connection.identity else { return .superseded(by: nil) }
        } catch {
            return .failed(error.description)
        }
        do throws(SQLiteError) {
            return try connection.database.transaction(.immediate) { () throws(SQLiteError) in
                try connection.renew.run(renewing: row)
                guard connection.database.changes == 1 else {
                    return Self.superseded(by: try LeaseReader.row(in: connection.database))
                }
                try connection.notes.write(notes, in: connection.database, at: row.renewedAtMilliseconds)
                return .renewed
            }
        } catch {
            connection.notes.forget()
            return error.passes ? Self.look(for: row, on: connection, because: error) : .failed(error.description)
        }
    }

    /// The row could not be written: reading it still proves whose it is.
    private static func look(for row: LeaseRow, on connection: Connection, because error: SQLiteError) -> Renewal {
        do throws(SQLiteError) {
            let found = try LeaseReader.row(in: connection.database)
            if case .row(let present) = found, present.epoch == row.epoch,
                present.holder.instance == row.holder.instance, present.counter >= row.counter - 1
            {
                return .unwritten(error.description)
            }
            return Self.superseded(by: found)
        } catch {
            return .failed(error.description)
        }
    }

    private static func superseded(by sighting: LeaseSighting) -> Renewal {
        if case .row(let row) = sighting { return .superseded(by: row) }
        return .superseded(by: nil)
    }
}

extension Statement {
    /// Runs ``LeaseStatements/take``.
    fileprivate func run(taking row: LeaseRow) throws(SQLiteError) {
        let process = row.holder.process
        try self.bind(row.epoch.rawValue, at: 1)
        try self.bind(row.holder.name, at: 2)
        try self.bind(row.holder.instance.description, at: 3)
        try self.bind(row.holder.host, at: 4)
        try self.bind(process.bootID, at: 5)
        try self.bind(Int64(process.pid), at: 6)
        try self.bind(process.pidNamespace, at: 7)
        try self.bind(process.startedTicks, at: 8)
        try self.bind(row.phase.rawValue, at: 9)
        try self.bind(row.counter, at: 10)
        try self.bind(row.acquiredAtMilliseconds, at: 11)
        try self.bind(row.renewedAtMilliseconds, at: 12)
        try self.bind(row.endedAtMilliseconds, at: 13)
        let times = [row.times.beat, row.times.warn, row.times.stepDown, row.times.exit, row.times.takeOver]
        for (index, time) in times.enumerated() { try self.bind(time.wholeMilliseconds, at: Int32(index + 14)) }
        try self.run()
    }

    /// Runs ``LeaseStatements/renew``.
    fileprivate func run(renewing row: LeaseRow) throws(SQLiteError) {
        try self.bind(row.phase.rawValue, at: 1)
        try self.bind(row.counter, at: 2)
        try self.bind(row.renewedAtMilliseconds, at: 3)
        try self.bind(row.endedAtMilliseconds, at: 4)
        try self.bind(row.epoch.rawValue, at: 5)
        try self.bind(row.holder.instance.description, at: 6)
        try self.bind(row.counter - 1, at: 7)
        try self.run()
    }
}
