import BrokerCore
import Glibc
import Migrations
import SQLite

/// Opens the database for the one writer: checks, pragmas, migrations, fence, snapshot.
struct StoreOpening {
    private let configuration: StoreConfiguration
    private let epoch: Int64
    private let gate: any CommitGate

    static let migrator = Migrator(database: StoreConfiguration.fileName, steps: Migrations.store)

    init(_ configuration: StoreConfiguration, epoch: Int64, gate: any CommitGate) {
        self.configuration = configuration
        self.epoch = epoch
        self.gate = gate
    }

    func open() throws(StoreOpenError) -> (OpenStore, StoreSnapshot) {
        // Opening may already write: it rolls a journal back, or copies a log.
        try self.prove()
        try DataDirectory.check(self.configuration.directory)
        let database = try self.connect()
        try self.mapped(database) { () throws(SQLiteError) in try self.configure(database) }
        try self.refuseIfFenced(database)
        do throws(MigrationError) {
            try Self.migrator.migrate(database)
        } catch .sqlite(let error) {
            throw self.failure(error, database)
        } catch {
            throw .schema(error)
        }
        try self.raiseFence(database)
        return try self.takeStock(database)
    }

    private func connect() throws(StoreOpenError) -> Database {
        let database: Database
        do throws(SQLiteError) {
            database = try Database(
                path: self.configuration.path, access: .readWriteCreate,
                fileSystem: LogBuffer.fileSystem(over: self.configuration.fileSystem),
                busyTimeoutMs: self.configuration.busyTimeoutMs)
        } catch {
            throw self.failure(error, nil)
        }
        if database.isReadOnly { throw DataDirectory.notWritable(self.configuration.path) }
        return database
    }

    private func configure(_ database: Database) throws(SQLiteError) {
        try database.setPageSize(4_096)
        switch self.configuration.profile {
        case .local:
            try database.setLockingMode(.normal)
            try database.setJournalMode(.wal)
        case .fencedNetwork:
            try database.setLockingMode(.exclusive)
            try database.setJournalMode(.truncate)
        case .network:
            // Before the first access: only then does the log do without shared memory.
            try database.setLockingMode(.exclusive)
            try database.setJournalMode(.wal)
        }
        try database.setSynchronous(.full)
        try database.setCacheSize(kibibytes: self.configuration.cacheKibibytes)
        try database.keepTemporariesInMemory()
        try database.setSecureDelete(false)
        // A log keeps its size, since overwriting syncs faster than growing; only what a reader blew up is cut.
        try database.setJournalSizeLimit(bytes: self.configuration.walNoticeBytes)
        // From here on an unplanned end leaves the log to the next master.
        try database.setCheckpointOnClose(false)
        database.watchWAL()
    }

    /// Before anything is changed. Fences are raised later, in a transaction that looks again.
    private func refuseIfFenced(_ database: Database) throws(StoreOpenError) {
        let finding: Migrator.Finding
        do throws(MigrationError) {
            finding = try Self.migrator.inspect(database)
        } catch .sqlite(let error) {
            throw self.failure(error, database)
        } catch {
            throw .schema(error)
        }
        if finding != .empty { try self.checkFence(database) }
    }

    private func checkFence(_ database: Database) throws(StoreOpenError) {
        let found = try self.mapped(database) { () throws(SQLiteError) -> (epoch: Int64, holder: String)? in
            let statement = try database.prepare(StoreSQL.readFence, for: "reading the fence")
            defer { statement.reset() }
            return try statement.step() ? (statement.integer(0), statement.text(1) ?? "") : nil
        }
        guard let found else { return }
        let isOurs = found.epoch == self.epoch && found.holder == self.configuration.holder
        guard found.epoch < self.epoch || isOurs else {
            throw .fenced(held: self.epoch, found: found.epoch, holder: found.holder)
        }
    }

    /// Raises the fence and drops what was only spooled by the last master.
    private func raiseFence(_ database: Database) throws(StoreOpenError) {
        do throws(StoreOpenError) {
            try self.mapped(database) { () throws(SQLiteError) in try database.begin(.immediate) }
            try self.checkFence(database)
            try self.mapped(database) { () throws(SQLiteError) in
                let statement = try database.prepare(StoreSQL.raiseFence, for: "raising the fence")
                try statement.bind(self.epoch, at: 1)
                try statement.bind(self.configuration.holder, at: 2)
                try statement.bind(self.configuration.openedAtMs, at: 3)
                try statement.run()
                try Self.dropSpooled(database)
            }
            try self.prove()
            try self.mapped(database) { () throws(SQLiteError) in try database.commit() }
        } catch {
            database.rollback()
            throw error
        }
    }

    private static func dropSpooled(_ database: Database) throws(SQLiteError) {
        let messages = try database.prepare(StoreSQL.countSpooled, for: "counting spooled messages")
        let addMessages = try database.prepare(StoreSQL.addToDestination, for: "counting messages")
        var isAnySpooled = false
        try messages.forEachRow { () throws(SQLiteError) in
            isAnySpooled = true
            try addMessages.bind(messages.integer(0), at: 1)
            try addMessages.bind(-messages.integer(1), at: 2)
            try addMessages.bind(-messages.integer(2), at: 3)
            try addMessages.run()
        }
        guard isAnySpooled else { return }
        let copies = try database.prepare(StoreSQL.countSpooledCopies, for: "counting spooled messages")
        let addCopies = try database.prepare(StoreSQL.addToSubscription, for: "counting messages")
        try copies.forEachRow { () throws(SQLiteError) in
            try addCopies.bind(copies.integer(0), at: 1)
            try addCopies.bind(-copies.integer(1), at: 2)
            try addCopies.run()
        }
        try database.prepare(StoreSQL.deleteSpooledCopies, for: "dropping spooled messages").run()
        try database.prepare(StoreSQL.deleteSpooled, for: "dropping spooled messages").run()
    }

    private func takeStock(_ database: Database) throws(StoreOpenError) -> (OpenStore, StoreSnapshot) {
        let open = try self.mapped(database) { () throws(SQLiteError) in
            try OpenStore(
                database, try SnapshotReader.catalog(database), self.configuration)
        }
        do throws(SnapshotError) {
            return (open, try SnapshotReader.snapshot(database, open.catalog))
        } catch {
            switch error {
            case .sqlite(let error): throw self.failure(error, database)
            case .unreadable(let reason): throw .corrupt("\(self.configuration.path): \(reason)")
            }
        }
    }

    private func prove() throws(StoreOpenError) {
        do throws(GateClosed) {
            try self.gate.prove()
        } catch {
            throw .gateClosed(error.reason)
        }
    }

    private func mapped<Value>(
        _ database: Database, _ body: () throws(SQLiteError) -> Value
    ) throws(StoreOpenError) -> Value {
        do throws(SQLiteError) {
            return try body()
        } catch {
            throw self.failure(error, database)
        }
    }

    private func failure(_ error: SQLiteError, _ database: Database?) -> StoreOpenError {
        StoreFailure(error: error, path: self.configuration.path)
            .whileOpening(damagedPage: { database.flatMap(DamagedPage.find) })
    }
}

/// The directory of the store, before SQLite touches it.
enum DataDirectory {
    static func check(_ path: String) throws(StoreOpenError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            switch errno {
            case ENOENT: throw .noDirectory(path: path)
            case ENOTDIR: throw .notADirectory(path: path)
            default: throw .notWritable(path: path, systemError: errno)
            }
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .notADirectory(path: path) }
        // SQLite needs to make files beside the database; its own error for that names the wrong cause.
        guard faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 else {
            throw errno == EROFS ? .readOnlyFileSystem(path: path) : .notWritable(path: path, systemError: errno)
        }
    }

    /// Why `path`, which could be read, could not be opened for writing.
    static func notWritable(_ path: String) -> StoreOpenError {
        var status = statvfs()
        let isReadOnly = statvfs(path, &status) == 0 && status.f_flag & UInt(ST_RDONLY) != 0
        return isReadOnly ? .readOnlyFileSystem(path: path) : .notWritable(path: path, systemError: EACCES)
    }
}
