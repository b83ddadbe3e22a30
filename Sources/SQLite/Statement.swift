import CSQLite
import Glibc

/// A prepared statement, run many times. Parameters count from 1 and columns from 0, as in SQLite.
///
/// Bindings stay until bound anew. Keeps its connection open.
package final class Statement {
    private let handle: OpaquePointer
    private let database: Database
    private let purpose: String

    init(_ handle: OpaquePointer, of database: Database, purpose: String) {
        self.handle = handle
        self.database = database
        self.purpose = purpose
    }

    deinit { sqlite3_finalize(self.handle) }

    // MARK: Parameters

    package func bind(_ value: Int64, at index: Int32) throws(SQLiteError) {
        try self.check(sqlite3_bind_int64(self.handle, index, value))
    }

    package func bind(_ value: Int64?, at index: Int32) throws(SQLiteError) {
        guard let value else { return try self.bindNull(at: index) }
        try self.bind(value, at: index)
    }

    /// Copies the text.
    package func bind(_ value: String, at index: Int32) throws(SQLiteError) {
        var value = value
        let code = value.withUTF8 {
            // An empty string may have no address, which would bind NULL.
            guard let start = $0.baseAddress else { return sqlite3_bind_text(self.handle, index, "", 0, Self.copied) }
            return start.withMemoryRebound(to: CChar.self, capacity: $0.count) { [count = $0.count] in
                sqlite3_bind_text64(
                    self.handle, index, $0, UInt64(count), Self.copied, UInt8(truncatingIfNeeded: SQLITE_UTF8))
            }
        }
        try self.check(code)
    }

    package func bind(_ value: String?, at index: Int32) throws(SQLiteError) {
        guard let value else { return try self.bindNull(at: index) }
        try self.bind(value, at: index)
    }

    /// Copies the bytes, which must be UTF-8, as a text.
    package func bind(utf8 value: [UInt8], at index: Int32) throws(SQLiteError) {
        let code = value.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else {
                return sqlite3_bind_text(self.handle, index, "", 0, Self.copied)
            }
            return sqlite3_bind_text64(
                self.handle, index, start.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), Self.copied,
                UInt8(truncatingIfNeeded: SQLITE_UTF8))
        }
        try self.check(code)
    }

    /// A text that SQLite reads in place: literals live for ever.
    package func bind(_ value: StaticString, at index: Int32) throws(SQLiteError) {
        let start = UnsafeRawPointer(value.utf8Start).assumingMemoryBound(to: CChar.self)
        try self.check(sqlite3_bind_text(self.handle, index, start, Int32(value.utf8CodeUnitCount), nil))
    }

    /// Copies the bytes; for large ones see ``run(blob:at:)``.
    package func bind(_ value: [UInt8]?, at index: Int32) throws(SQLiteError) {
        guard let value else { return try self.bindNull(at: index) }
        try self.check(value.withUnsafeBytes { self.bindBlob($0, at: index, destructor: Self.copied) })
    }

    package func bindNull(at index: Int32) throws(SQLiteError) {
        try self.check(sqlite3_bind_null(self.handle, index))
    }

    // MARK: Running

    /// Goes to the next row. At the end, and at an error, the statement is ready to run again.
    package func step() throws(SQLiteError) -> Bool {
        errno = 0
        let code = sqlite3_step(self.handle)
        if code == SQLITE_ROW { return true }
        let failure = code == SQLITE_DONE ? nil : self.database.error(code, during: self.purpose)
        sqlite3_reset(self.handle)
        if let failure { throw failure }
        return false
    }

    /// Runs to the end and drops any rows.
    package func run() throws(SQLiteError) {
        while try self.step() {}
    }

    /// Runs with `blob` as a parameter that SQLite reads in place, without a copy.
    package func run(blob: [UInt8]?, at index: Int32) throws(SQLiteError) {
        guard let blob else {
            try self.bindNull(at: index)
            return try self.run()
        }
        let outcome = blob.withUnsafeBytes { bytes -> Result<Void, SQLiteError> in
            // The bytes are only borrowed for this call, so that the binding must not outlive it.
            defer { sqlite3_bind_null(self.handle, index) }
            do throws(SQLiteError) {
                try self.check(self.bindBlob(bytes, at: index, destructor: nil))
                try self.run()
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Hands each row to `body`, which reads the columns of this statement.
    package func forEachRow(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        defer { self.reset() }
        while try self.step() { try body() }
    }

    /// Gives up the rows that are left, and with them the read lock.
    package func reset() { sqlite3_reset(self.handle) }

    // MARK: Columns of the present row

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(self.handle, column) == SQLITE_NULL }

    /// 0 for NULL.
    package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(self.handle, column) }

    package func optionalInteger(_ column: Int32) -> Int64? { self.isNull(column) ? nil : self.integer(column) }

    /// Invalid UTF-8 is repaired.
    package func text(_ column: Int32) -> String? {
        guard let start = sqlite3_column_text(self.handle, column) else { return nil }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(self.handle, column)))
        return String(decoding: bytes, as: UTF8.self)
    }

    package func blob(_ column: Int32) -> [UInt8]? {
        if self.isNull(column) { return nil }
        guard let start = sqlite3_column_blob(self.handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(self.handle, column))))
    }

    // MARK: Private

    /// `SQLITE_TRANSIENT`: SQLite copies what is bound. (`SQLITE_STATIC`, reading in place, is nil.)
    private static var copied: sqlite3_destructor_type? { unsafeBitCast(-1, to: sqlite3_destructor_type?.self) }

    private func bindBlob(
        _ bytes: UnsafeRawBufferPointer, at index: Int32, destructor: sqlite3_destructor_type?
    ) -> Int32 {
        // A blob without bytes may have no address, which would bind NULL.
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(self.handle, index, 0) }
        return sqlite3_bind_blob64(self.handle, index, start, UInt64(bytes.count), destructor)
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        if code != SQLITE_OK { throw self.database.error(code, during: self.purpose) }
    }
}
