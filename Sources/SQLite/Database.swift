import CSQLite
import Glibc
import Synchronization

/// One connection to one database file.
///
/// Belongs to one thread at a time (`SQLITE_OPEN_NOMUTEX`); only ``interrupter`` may be used from others. Closes when
/// the last reference goes, statements included, or at ``close()``.
package final class Database {
    package enum Access: Sendable {
        /// Never creates a file and never rolls back a journal: a reader of a live or crashed store changes nothing.
        case readOnly
        case readWrite
        case readWriteCreate
    }

    /// The path as given: for error messages.
    package let path: String
    package let interrupter: Interrupter
    private var handle: OpaquePointer?
    private let walPages: UnsafeMutablePointer<Int32>

    /// Opens `path`.
    ///
    /// SQLite opens lazily: a file that is not a database, or a hot journal, shows at the first statement.
    /// - Parameters:
    ///   - isURI: whether `path` is a `file:` URI with parameters.
    ///   - fileSystem: name of the SQLite VFS; nil for the default one.
    ///   - busyTimeoutMs: how long statements wait for another connection's lock before they fail with `busy`.
    package init(
        path: String, access: Access, isURI: Bool = false, fileSystem: String? = nil, busyTimeoutMs: Int32 = 0
    ) throws(SQLiteError) {
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        switch access {
        case .readOnly: flags |= SQLITE_OPEN_READONLY
        case .readWrite: flags |= SQLITE_OPEN_READWRITE
        case .readWriteCreate: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        }
        if isURI { flags |= SQLITE_OPEN_URI }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, flags, fileSystem)
        guard code == SQLITE_OK, let handle = opened else {
            let error = Self.error(code, on: opened, during: "opening \(path)")
            sqlite3_close_v2(opened)
            throw error
        }
        self.path = path
        self.handle = handle
        self.interrupter = Interrupter(handle)
        self.walPages = .allocate(capacity: 1)
        self.walPages.initialize(to: 0)
        sqlite3_busy_timeout(handle, busyTimeoutMs)
    }

    /// The `file:` URI of `path` with `parameters` (sqlite.org, "Uniform Resource Identifiers").
    package static func uri(path: String, parameters: String) -> String {
        var uri = "file:"
        for character in path {
            switch character {
            case "%": uri += "%25"
            case "?": uri += "%3f"
            case "#": uri += "%23"
            default: uri.append(character)
            }
        }
        return "\(uri)?\(parameters)"
    }

    /// How long statements wait for another connection's lock from now on before they fail with `busy`.
    package func setBusyTimeout(milliseconds: Int32) {
        if let handle = self.handle { sqlite3_busy_timeout(handle, milliseconds) }
    }

    deinit {
        self.close()
        self.walPages.deallocate()
    }

    /// Rolls back an open transaction and closes. Later calls fail with `misuse`. Statements must not be used any more.
    package func close() {
        guard let handle = self.handle else { return }
        self.interrupter.disarm()
        self.handle = nil
        sqlite3_close_v2(handle)
    }

    // MARK: Statements

    /// Runs one or several statements and drops their rows.
    package func execute(_ sql: String, for purpose: String? = nil) throws(SQLiteError) {
        guard let handle = self.handle else { throw Self.closed(purpose ?? sql) }
        errno = 0
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK { throw self.error(code, during: purpose ?? sql) }
    }

    /// Prepares `sql` for many runs. `purpose` names it in errors.
    package func prepare(_ sql: StaticString, for purpose: StaticString) throws(SQLiteError) -> Statement {
        try self.prepare(text: sql.description, for: purpose.description, isKept: true)
    }

    /// For the few statements, all in this target, that SQLite does not allow parameters in.
    func prepare(
        text: String, for purpose: String? = nil, isKept: Bool = false
    ) throws(SQLiteError) -> Statement {
        guard let handle = self.handle else { throw Self.closed(purpose ?? text) }
        var prepared: OpaquePointer?
        let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let code = sqlite3_prepare_v3(handle, text, -1, flags, &prepared, nil)
        guard code == SQLITE_OK, let statement = prepared else { throw self.error(code, during: purpose ?? text) }
        return Statement(statement, of: self, purpose: purpose ?? text)
    }

    // MARK: Transactions

    package enum TransactionKind: Sendable {
        case deferred, immediate, exclusive

        fileprivate var sql: String {
            switch self {
            case .deferred: "BEGIN DEFERRED"
            case .immediate: "BEGIN IMMEDIATE"
            case .exclusive: "BEGIN EXCLUSIVE"
            }
        }
    }

    /// Runs `body` in a transaction: committed when it returns, rolled back when it or the commit throws.
    package func transaction<Value>(
        _ kind: TransactionKind, _ body: () throws(SQLiteError) -> Value
    ) throws(SQLiteError) -> Value {
        try self.begin(kind)
        do throws(SQLiteError) {
            let value = try body()
            try self.commit()
            return value
        } catch {
            self.rollback()
            throw error
        }
    }

    package func begin(_ kind: TransactionKind) throws(SQLiteError) { try self.execute(kind.sql) }

    package func commit() throws(SQLiteError) { try self.execute("COMMIT") }

    /// Ends an open transaction without its changes; does nothing where SQLite rolled it back already.
    ///
    /// Returns the error where even that failed: the connection is then of no use, and its file is left for the next
    /// opener to recover.
    @discardableResult package func rollback() -> SQLiteError? {
        guard self.isInTransaction else { return nil }
        do throws(SQLiteError) {
            try self.execute("ROLLBACK")
            return nil
        } catch {
            return error
        }
    }

    package var isInTransaction: Bool { self.handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }

    /// Whether the file could only be opened for reading, which SQLite does silently where it may not write it.
    package var isReadOnly: Bool { self.handle.map { sqlite3_db_readonly($0, "main") == 1 } ?? false }

    /// Rows changed by the last insert, update or delete.
    package var changes: Int64 { self.handle.map { sqlite3_changes64($0) } ?? 0 }

    package var lastInsertRowID: Int64 { self.handle.map { sqlite3_last_insert_rowid($0) } ?? 0 }

    // MARK: Write-ahead log

    /// Pages in the write-ahead log after the last commit of this connection, counted once ``watchWAL()`` was called.
    package var walPageCount: Int32 { self.walPages.pointee }

    /// Counts the log's pages at each commit, in place of SQLite's own automatic checkpoints.
    package func watchWAL() {
        guard let handle = self.handle else { return }
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }, self.walPages)
    }

    package enum CheckpointKind: Sendable {
        /// Copies what no reader holds back, and waits for nobody.
        case passive
        /// Waits for readers, then also cuts the log to nothing.
        case truncate
    }

    /// Copies the write-ahead log into the database file. Returns the log's pages and how many of them are copied:
    /// fewer means that a reader holds the rest back.
    @discardableResult package func checkpoint(
        _ kind: CheckpointKind
    ) throws(SQLiteError) -> (pages: Int32, copied: Int32) {
        guard let handle = self.handle else { throw Self.closed("checkpoint") }
        var pages: Int32 = 0
        var copied: Int32 = 0
        errno = 0
        let mode = kind == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, &pages, &copied)
        if code != SQLITE_OK { throw self.error(code, during: "checkpoint") }
        self.walPages.pointee = pages
        return (pages, copied)
    }

    /// Whether closing the last connection copies the write-ahead log into the database and deletes it, as SQLite does
    /// by default. Who may no longer write must turn it off.
    package func setCheckpointOnClose(_ isOn: Bool) throws(SQLiteError) {
        guard let handle = self.handle else { throw Self.closed("checkpoint on close") }
        let code = lockkeeper_sqlite3_no_checkpoint_on_close(handle, isOn ? 0 : 1)
        if code != SQLITE_OK { throw self.error(code, during: "checkpoint on close") }
    }

    // MARK: Errors

    func error(_ code: Int32, during purpose: String) -> SQLiteError {
        Self.error(code, on: self.handle, during: purpose)
    }

    private static func error(_ code: Int32, on handle: OpaquePointer?, during purpose: String) -> SQLiteError {
        // SQLite forgets the system's error of a failing COMMIT. The calls that run statements clear errno before.
        let lastErrno = errno
        // The connection's message belongs to its latest call; misuse is reported without touching it.
        let message =
            handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
        let primary = ResultCode(extended: code)
        let concernsSystem = [.io, .cannotOpen, .full, .readOnly, .permission, .busy].contains(primary)
        let known = handle.map { sqlite3_system_errno($0) } ?? 0
        return SQLiteError(
            code: primary, extended: code, systemErrno: !concernsSystem ? 0 : known != 0 ? known : lastErrno,
            message: message, during: purpose)
    }

    private static func closed(_ purpose: String) -> SQLiteError {
        SQLiteError(
            code: .misuse, extended: SQLITE_MISUSE, systemErrno: 0, message: "the database was closed",
            during: purpose)
    }
}

/// Stops a statement that another thread runs, as `sqlite3_interrupt` does.
package final class Interrupter: Sendable {
    private struct Handle: @unchecked Sendable {
        // sqlite3_interrupt alone may be called from any thread, as long as the connection is open.
        var pointer: OpaquePointer?
    }

    /// Guards the handle against being closed during the call.
    private let handle: Mutex<Handle>

    fileprivate init(_ handle: OpaquePointer) { self.handle = Mutex(Handle(pointer: handle)) }

    /// The running statement fails with `interrupted`. Does nothing when none runs or the connection is closed.
    package func interrupt() {
        self.handle.withLock { if let pointer = $0.pointer { sqlite3_interrupt(pointer) } }
    }

    fileprivate func disarm() { self.handle.withLock { $0.pointer = nil } }
}
