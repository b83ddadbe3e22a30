/// Pragmas, each a call of its own: no statement text is put together by callers.
extension Database {
    package enum JournalMode: String, Sendable { case wal, truncate, delete, persist, memory, off }

    /// What a commit waits for (sqlite.org, "PRAGMA synchronous").
    package enum Synchronous: Int, Sendable { case off = 0, normal, full, extra }

    package enum LockingMode: String, Sendable { case normal, exclusive }

    /// Sets the journal mode. SQLite answers with the mode that is in force: another than asked for is an error.
    package func setJournalMode(_ mode: JournalMode) throws(SQLiteError) {
        let found = try self.pragmaText("journal_mode = \(mode.rawValue)")
        guard found == mode.rawValue else {
            throw SQLiteError(
                code: .error, extended: ResultCode.error.rawValue, systemErrno: 0,
                message: "the journal mode stays \(found)", during: "PRAGMA journal_mode = \(mode.rawValue)")
        }
    }

    package func journalMode() throws(SQLiteError) -> String { try self.pragmaText("journal_mode") }

    package func setSynchronous(_ level: Synchronous) throws(SQLiteError) {
        try self.execute("PRAGMA synchronous = \(level.rawValue)")
    }

    /// With `exclusive` set before the first access, a write-ahead log needs no shared memory.
    package func setLockingMode(_ mode: LockingMode) throws(SQLiteError) {
        _ = try self.pragmaText("locking_mode = \(mode.rawValue)")
    }

    /// Bytes of a page; has its effect only on a database without content.
    package func setPageSize(_ bytes: Int) throws(SQLiteError) { try self.execute("PRAGMA page_size = \(bytes)") }

    package func setCacheSize(kibibytes: Int) throws(SQLiteError) {
        try self.execute("PRAGMA cache_size = -\(kibibytes)")
    }

    package func keepTemporariesInMemory() throws(SQLiteError) { try self.execute("PRAGMA temp_store = MEMORY") }

    /// Whether deleted content is overwritten with zeros.
    package func setSecureDelete(_ isOn: Bool) throws(SQLiteError) {
        try self.execute("PRAGMA secure_delete = \(isOn ? 1 : 0)")
    }

    /// A journal or write-ahead log larger than this is cut back when it starts anew.
    package func setJournalSizeLimit(bytes: Int64) throws(SQLiteError) {
        try self.execute("PRAGMA journal_size_limit = \(bytes)")
    }

    /// Pages after which a commit checkpoints by itself; 0 for never.
    package func setAutomaticCheckpoint(pages: Int32) throws(SQLiteError) {
        try self.execute("PRAGMA wal_autocheckpoint = \(pages)")
    }

    package func setForeignKeys(_ isOn: Bool) throws(SQLiteError) {
        try self.execute("PRAGMA foreign_keys = \(isOn ? 1 : 0)")
    }

    /// The file may not grow past this many pages: a statement that needs more fails with `full`. Returns the limit in
    /// force, which is never below the file's present size.
    @discardableResult package func setMaximumPageCount(_ pages: Int64) throws(SQLiteError) -> Int64 {
        try self.pragmaInteger("max_page_count = \(pages)")
    }

    package func pageSize() throws(SQLiteError) -> Int64 { try self.pragmaInteger("page_size") }

    package func pageCount() throws(SQLiteError) -> Int64 { try self.pragmaInteger("page_count") }

    package func freePageCount() throws(SQLiteError) -> Int64 { try self.pragmaInteger("freelist_count") }

    /// A number that changes whenever another connection changed the file.
    package func dataVersion() throws(SQLiteError) -> Int64 { try self.pragmaInteger("data_version") }

    /// Reads every page and index. Returns the findings; none for a sound database.
    package func checkIntegrity() throws(SQLiteError) -> [String] {
        let statement = try self.prepare("PRAGMA integrity_check", for: "integrity check")
        var findings: [String] = []
        while try statement.step() { findings.append(statement.text(0) ?? "") }
        return findings == ["ok"] ? [] : findings
    }

    /// The first finding of a check that leaves the indexes out; nil for a sound database.
    package func firstDamage() throws(SQLiteError) -> String? {
        let finding = try self.pragmaText("quick_check(1)")
        return finding == "ok" ? nil : finding
    }

    private func pragmaText(_ pragma: String) throws(SQLiteError) -> String {
        let statement = try self.prepare(text: "PRAGMA \(pragma)")
        defer { statement.reset() }
        return try statement.step() ? statement.text(0) ?? "" : ""
    }

    private func pragmaInteger(_ pragma: String) throws(SQLiteError) -> Int64 {
        let statement = try self.prepare(text: "PRAGMA \(pragma)")
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }
}
