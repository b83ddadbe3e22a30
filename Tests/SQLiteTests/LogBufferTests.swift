import SQLite
import TestSupport
import Testing

@Suite struct LogBufferTests {
    let directory = TemporaryDirectory()
    let faults = FaultyFileSystem()

    private func open(
        buffered: Bool = true, _ access: Database.Access = .readWriteCreate, cacheKibibytes: Int = 8_192
    ) throws -> Database {
        let fileSystem = buffered ? LogBuffer.fileSystem(over: self.faults.name) : self.faults.name
        let database = try Database(path: self.directory.file("t.db"), access: access, fileSystem: fileSystem)
        if access != .readOnly {
            try database.setJournalMode(.wal)
            try database.setSynchronous(.full)
            try database.setCacheSize(kibibytes: cacheKibibytes)
        }
        return database
    }

    private func fill(_ database: Database, rows: Int) throws {
        let insert = try database.prepare("INSERT INTO t (b) VALUES (?1)", for: "insert")
        for number in 0..<rows {
            try insert.bind([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 3_000), at: 1)
            try insert.run()
        }
    }

    private func count(_ database: Database) throws -> Int64 {
        let select = try database.prepare("SELECT count(*) FROM t", for: "count")
        defer { select.reset() }
        return try select.step() ? select.integer(0) : -1
    }

    @Test(arguments: [(1, 1), (20, 1), (100, 4)])
    func aTransactionIsWrittenInFewSteps(rows: Int, steps: Int64) throws {
        let database = try self.open()
        try database.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, b BLOB) STRICT")
        let before = self.faults.count(.write, on: .log)
        try database.begin(.immediate)
        try self.fill(database, rows: rows)
        try database.commit()
        #expect(self.faults.count(.write, on: .log) - before == steps)
    }

    /// The cache is too small for it: pages go to the log before the commit, and are read back from it.
    @Test func aTransactionReadsWhatItHasNotWrittenYet() throws {
        let database = try self.open(cacheKibibytes: 64)
        try database.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, b BLOB) STRICT")
        try database.begin(.immediate)
        try self.fill(database, rows: 500)
        let select = try database.prepare("SELECT i, b FROM t ORDER BY i", for: "select")
        var number = 0
        try select.forEachRow { () throws(SQLiteError) in
            #expect(select.blob(1)?.first == UInt8(truncatingIfNeeded: number))
            number += 1
        }
        #expect(number == 500)
        try database.execute("DELETE FROM t WHERE i % 2 = 0")
        try database.commit()
        #expect(try self.count(database) == 250)
        try database.checkpoint(.passive)
        let check = try database.prepare("PRAGMA integrity_check", for: "check")
        #expect(try check.step() && check.text(0) == "ok")
    }

    /// Another connection, without the buffer, sees each commit as soon as it has returned, and nothing before.
    @Test func othersSeeWhatIsCommitted() throws {
        let database = try self.open()
        try database.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, b BLOB) STRICT")
        let reader = try self.open(buffered: false, .readOnly)
        for round in 1...5 {
            try database.begin(.immediate)
            try self.fill(database, rows: 3)
            #expect(try self.count(reader) == Int64(round - 1) * 3)
            try database.commit()
            #expect(try self.count(reader) == Int64(round) * 3)
        }
        try database.begin(.immediate)
        try self.fill(database, rows: 3)
        database.rollback()
        #expect(try self.count(reader) == 15)
    }

    /// SQLITE_FULL with ENOSPC, and SQLITE_IOERR_WRITE with EIO.
    @Test(arguments: [(Int32(13), Int32(28), ResultCode.full), (778, 5, .io)])
    func aWriteThatFailsFailsItsCommit(code: Int32, systemError: Int32, found: ResultCode) throws {
        let database = try self.open()
        try database.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, b BLOB) STRICT")
        try database.begin(.immediate)
        try self.fill(database, rows: 10)
        self.faults.fail(.write, on: .log, code: code, errno: systemError)
        let failure = #expect(throws: SQLiteError.self) { try database.commit() }
        #expect(failure?.code == found)
        #expect(failure?.systemErrno == systemError)
        database.rollback()
        self.faults.heal()
        #expect(try self.count(database) == 0)
        try self.fill(database, rows: 2)
        #expect(try self.count(try self.open(buffered: false, .readOnly)) == 2)
    }

    @Test func aFileSystemThatDoesNotExistHasNoBuffer() {
        #expect(LogBuffer.fileSystem(over: "no such") == "no such")
        #expect(LogBuffer.fileSystem(over: nil) == LogBuffer.fileSystem(over: nil))
    }
}
