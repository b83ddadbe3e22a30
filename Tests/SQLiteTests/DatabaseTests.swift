import SQLite
import TestSupport
import Testing

@Suite struct DatabaseTests {
    let directory = TemporaryDirectory()

    private func open(_ name: String = "t.db", _ access: Database.Access = .readWriteCreate) throws -> Database {
        try Database(path: self.directory.file(name), access: access)
    }

    @Test func everyKindOfValueComesBackAsItWas() throws {
        let database = try self.open()
        try database.execute("CREATE TABLE t (i INTEGER, s TEXT, b BLOB) STRICT")
        let insert = try database.prepare("INSERT INTO t VALUES (?1, ?2, ?3)", for: "insert")
        let texts = ["", "plain", "nul\u{0}inside", "snow ☃ and 🎈", String(repeating: "x", count: 70_000)]
        for (number, text) in texts.enumerated() {
            try insert.bind(number == 0 ? Int64.min : Int64.max, at: 1)
            try insert.bind(text, at: 2)
            try insert.bind([UInt8](repeating: UInt8(number), count: number * 1000), at: 3)
            try insert.run()
        }
        let select = try database.prepare("SELECT i, s, b, typeof(b) FROM t ORDER BY rowid", for: "select")
        var number = 0
        try select.forEachRow { () throws(SQLiteError) in
            #expect(select.integer(0) == (number == 0 ? Int64.min : Int64.max))
            #expect(select.text(1) == texts[number])
            #expect(select.blob(2) == [UInt8](repeating: UInt8(number), count: number * 1000))
            #expect(select.text(3) == "blob", "an empty blob is not NULL")
            number += 1
        }
        #expect(number == texts.count)
    }

    @Test func nothingIsNull() throws {
        let database = try self.open()
        try database.execute("CREATE TABLE t (i INTEGER, s TEXT, b BLOB, c BLOB) STRICT")
        let insert = try database.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4)", for: "insert")
        try insert.bind(Int64?.none, at: 1)
        try insert.bind(String?.none, at: 2)
        try insert.bind([UInt8]?.none, at: 3)
        try insert.run(blob: nil, at: 4)
        let select = try database.prepare("SELECT i, s, b, c FROM t", for: "select")
        #expect(try select.step())
        #expect(select.optionalInteger(0) == nil && select.text(1) == nil && select.blob(2) == nil)
        #expect((0..<4).allSatisfy { select.isNull($0) })
        #expect(try !select.step())
    }

    @Test func aBlobIsReadInPlaceAndTheBindingEndsWithTheRun() throws {
        let database = try self.open()
        try database.execute("CREATE TABLE t (b BLOB, n INTEGER) STRICT")
        let insert = try database.prepare("INSERT INTO t VALUES (?1, ?2)", for: "insert")
        let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        try insert.bind(1, at: 2)
        try insert.run(blob: body, at: 1)
        try insert.run()
        try insert.run(blob: [], at: 1)
        let select = try database.prepare("SELECT b FROM t ORDER BY rowid", for: "select")
        #expect(try select.step() && select.blob(0) == body)
        #expect(try select.step() && select.isNull(0))
        #expect(try select.step() && select.blob(0) == [])
    }

    @Test func aStatementRunsAgainAfterAFailure() throws {
        let database = try self.open()
        try database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")
        let insert = try database.prepare("INSERT INTO t VALUES (?1)", for: "counting sheep")
        try insert.bind(1, at: 1)
        try insert.run()
        let error = #expect(throws: SQLiteError.self) { try insert.run() }
        #expect(error?.code == .constraint)
        #expect(error?.extended == 1555, "SQLITE_CONSTRAINT_PRIMARYKEY")
        #expect(error?.during == "counting sheep")
        #expect(error?.message == "UNIQUE constraint failed: t.n")
        try insert.bind(2, at: 1)
        try insert.run()
        #expect(database.changes == 1 && database.lastInsertRowID == 2)
    }

    @Test func aTransactionThatThrowsLeavesNothing() throws {
        let database = try self.open()
        try database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")
        let kept = try database.transaction(.immediate) { () throws(SQLiteError) in
            try database.execute("INSERT INTO t VALUES (1)")
            return database.isInTransaction
        }
        #expect(kept && !database.isInTransaction)
        #expect(throws: SQLiteError.self) {
            try database.transaction(.immediate) { () throws(SQLiteError) in
                try database.execute("INSERT INTO t VALUES (2)")
                try database.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(!database.isInTransaction)
        let count = try database.prepare("SELECT count(*) FROM t", for: "count")
        #expect(try count.step() && count.integer(0) == 1)
    }

    @Test func anotherConnectionsLockIsBusy() throws {
        let first = try self.open()
        let second = try self.open()
        try first.execute("CREATE TABLE t (n INTEGER)")
        try first.begin(.immediate)
        let error = #expect(throws: SQLiteError.self) { try second.begin(.immediate) }
        #expect(error?.code == .busy)
        first.rollback()
        try second.begin(.immediate)
    }

    @Test func aMissingFileIsNamedWithErrno() throws {
        let error = #expect(throws: SQLiteError.self) { try self.open("missing.db", .readWrite) }
        #expect(error?.code == .cannotOpen && error?.systemErrno == 2)
        #expect(error?.during.contains("missing.db") == true)
        #expect(throws: SQLiteError.self) { try self.open("missing.db", .readOnly) }
        #expect(self.directory.contents() == [])
    }

    @Test func aReaderCannotWrite() throws {
        try self.open().execute("CREATE TABLE t (n INTEGER)")
        let reader = try self.open("t.db", .readOnly)
        let error = #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }
        #expect(error?.code == .readOnly)
    }

    @Test func aURIOpensReadOnly() throws {
        try self.open().execute("CREATE TABLE t (n INTEGER)")
        let reader = try Database(
            path: Database.uri(path: self.directory.file("t.db"), parameters: "mode=ro"), access: .readWrite,
            isURI: true)
        #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }
    }

    @Test func aURINamesTheFileWhateverIsInItsName() throws {
        let path = self.directory.file("50%3f of#it?.db")
        _ = try Database(path: path, access: .readWriteCreate).execute("CREATE TABLE t (n INTEGER)")
        let uri = Database.uri(path: path, parameters: "mode=ro")
        try Database(path: uri, access: .readWrite, isURI: true).execute("SELECT n FROM t")
        #expect(self.directory.contents() == ["50%3f of#it?.db"])
    }

    @Test func aFileOfAnotherKindIsNotADatabase() throws {
        let other = try self.open("a.db")
        try other.execute("CREATE TABLE t (n INTEGER)")
        other.close()
        #expect(TestFile.overwrite(self.directory.file("a.db"), at: 0, with: Array("not a database!!".utf8)))
        let error = #expect(throws: SQLiteError.self) { try self.open("a.db").journalMode() }
        #expect(error?.code == .notADatabase)
    }

    @Test func aClosedDatabaseSaysSo() throws {
        let database = try self.open()
        database.close()
        let error = #expect(throws: SQLiteError.self) { try database.execute("SELECT 1") }
        #expect(error?.code == .misuse && error?.message == "the database was closed")
        database.interrupter.interrupt()
    }

    @Test func interruptStopsARunningStatement() async throws {
        let database = try self.open()
        let interrupter = database.interrupter
        let endless = try database.prepare(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", for: "endless")
        // The statement may begin after an interruption, which then has no effect: so repeat until it has ended.
        let interrupting = Task.detached {
            while !Task.isCancelled {
                interrupter.interrupt()
                await Task.yield()
            }
        }
        defer { interrupting.cancel() }
        let error = #expect(throws: SQLiteError.self) { try endless.run() }
        #expect(error?.code == .interrupted)
    }

    @Test func pragmasAreInForce() throws {
        let database = try self.open()
        try database.setPageSize(8192)
        try database.setLockingMode(.exclusive)
        try database.setJournalMode(.truncate)
        try database.setSynchronous(.full)
        try database.setCacheSize(kibibytes: 512)
        try database.setSecureDelete(false)
        try database.setJournalSizeLimit(bytes: 1 << 20)
        try database.keepTemporariesInMemory()
        try database.execute("CREATE TABLE t (b BLOB)")
        #expect(try database.pageSize() == 8192)
        #expect(try database.journalMode() == "truncate")
        #expect(throws: SQLiteError.self) { try self.open().execute("SELECT * FROM t") }
        #expect(try database.setMaximumPageCount(4) == 4)
        let full = #expect(throws: SQLiteError.self) {
            try database.execute("INSERT INTO t VALUES (zeroblob(100000))")
        }
        #expect(full?.code == .full)
        #expect(try database.checkIntegrity() == [])
    }

    @Test func aModeThatCannotBeIsAnError() throws {
        let database = try Database(path: ":memory:", access: .readWriteCreate)
        let error = #expect(throws: SQLiteError.self) { try database.setJournalMode(.wal) }
        #expect(error?.message == "the journal mode stays memory")
    }

    @Test func theWriteAheadLogIsCountedAndCheckpointed() throws {
        let database = try self.open()
        try database.setJournalMode(.wal)
        database.watchWAL()
        try database.execute("CREATE TABLE t (b BLOB)")
        let reader = try self.open()
        try reader.begin(.deferred)
        try reader.execute("SELECT * FROM t")
        try database.execute("INSERT INTO t VALUES (zeroblob(40000))")
        #expect(database.walPageCount > 10)
        let held = try database.checkpoint(.passive)
        #expect(held.pages == database.walPageCount && held.copied < held.pages)
        reader.rollback()
        let free = try database.checkpoint(.passive)
        #expect(free.copied == free.pages)
        try database.checkpoint(.truncate)
        #expect(database.walPageCount == 0)
    }
}
