import Election
import SQLite

/// Two writers on one scratch database, in the modes that the broker uses.
extension Worker {
    private enum SQL {
        static let create =
            "CREATE TABLE IF NOT EXISTS entry (writer TEXT NOT NULL, number INTEGER NOT NULL, "
            + "body BLOB NOT NULL, PRIMARY KEY (writer, number)) STRICT"
        static let insert: StaticString = "INSERT INTO entry (writer, number, body) VALUES (?1, ?2, ?3)"
        static let count: StaticString = "SELECT count(*) FROM entry WHERE writer = ?1"
    }

    /// Rows in one opening of the database, so that writers meet also where a lock is kept while it is open.
    private static let rowsAtOnce = 3

    /// `file journal locking` → ``
    func sqlPrepare(_ task: Message) -> Message {
        self.answered { () throws(SQLiteError) in
            let database = try self.openEntries(task)
            try database.execute(SQL.create, for: "making a scratch table")
            database.close()
            return .answer()
        }
    }

    /// `file journal locking writer rows ms` → `committed busy errors error`: what SQLite said of each transaction.
    func sqlWrite(_ task: Message) throws(WorkError) -> Message {
        _ = try self.path(task)
        let writer = task["writer"] ?? "?"
        let rows = min(Int64(task["rows"] ?? "") ?? 30, 1000)
        let deadline = Deadline(inMilliseconds: min(Int64(task["ms"] ?? "") ?? 3000, 60_000))
        var (committed, busy, errors): (Int64, Int64, Int64) = (0, 0, 0)
        var lastError = ""
        while committed < rows && !deadline.isOver && errors < 5 {
            do throws(SQLiteError) {
                let database = try self.openEntries(task)
                defer { database.close() }
                let insert = try database.prepare(SQL.insert, for: "writing a scratch row")
                for _ in 0..<Self.rowsAtOnce where committed < rows {
                    try insert.bind(writer, at: 1)
                    try insert.bind(committed, at: 2)
                    try insert.bind([UInt8](repeating: 0x2a, count: 1000), at: 3)
                    try insert.run()
                    committed += 1
                }
            } catch {
                if error.code == .busy || error.code == .locked {
                    busy += 1
                } else {
                    errors += 1
                    lastError = error.description
                }
            }
            // Uneven, so that two writers do not keep step.
            DoctorClock.pause(microseconds: writer == "a" ? 1700 : 2300)
        }
        return .answer([
            "committed": String(committed), "busy": String(busy), "errors": String(errors),
            "error": String(lastError.prefix(200)),
        ])
    }

    /// `file journal locking` → `a b integrity`: the rows that are there now.
    func sqlCount(_ task: Message) -> Message {
        let deadline = Deadline(in: .seconds(2))
        while true {
            let answer = self.answered { () throws(SQLiteError) in
                let database = try self.openEntries(task)
                defer { database.close() }
                let count = try database.prepare(SQL.count, for: "counting scratch rows")
                var fields: [String: String] = [:]
                for writer in ["a", "b"] {
                    try count.bind(writer, at: 1)
                    fields[writer] = try count.step() ? String(count.integer(0)) : "0"
                    count.reset()
                }
                let findings = try database.checkIntegrity()
                fields["integrity"] = findings.isEmpty ? "ok" : String((findings.first ?? "").prefix(120))
                return .answer(fields)
            }
            guard answer["code"] == "busy", !deadline.isOver else { return answer }
            DoctorClock.pause(microseconds: 20_000)
        }
    }

    // MARK: Private

    private func openEntries(_ task: Message) throws(SQLiteError) -> Database {
        let path: String
        do throws(WorkError) {
            path = try self.path(task)
        } catch {
            throw SQLiteError(code: .misuse, extended: 0, systemErrno: 0, message: "no file named", during: task.verb)
        }
        let database = try Database(path: path, access: .readWriteCreate, busyTimeoutMs: 0)
        // Before the first access, so that the write-ahead log needs no shared memory.
        try database.setLockingMode(task["locking"] == "exclusive" ? .exclusive : .normal)
        try database.setJournalMode(task["journal"] == "wal" ? .wal : .truncate)
        try database.setSynchronous(.full)
        return database
    }

    private func answered(_ body: () throws(SQLiteError) -> Message) -> Message {
        do throws(SQLiteError) {
            return try body()
        } catch {
            let isBusy = error.code == .busy || error.code == .locked
            return Message.failed(error.description).with("code", isBusy ? "busy" : "other")
        }
    }
}
