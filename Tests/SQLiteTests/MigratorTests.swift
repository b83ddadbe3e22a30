import SQLite
import TestSupport
import Testing

@Suite struct MigratorTests {
    let directory = TemporaryDirectory()
    let steps: [Migrator.Step] = [
        (1, "0001_first", "CREATE TABLE a (n INTEGER) STRICT; INSERT INTO a VALUES (7);"),
        (2, "0002_second", "CREATE TABLE b (n INTEGER) STRICT; INSERT INTO b SELECT n + 1 FROM a;"),
    ]

    private func open() throws -> Database {
        try Database(path: self.directory.file("m.db"), access: .readWriteCreate)
    }

    private func migrator(_ count: Int = 2) -> Migrator {
        Migrator(database: "m.db", steps: Array(self.steps.prefix(count)))
    }

    private func integer(_ database: Database, _ sql: StaticString) throws -> Int64 {
        let statement = try database.prepare(sql, for: "test")
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : -1
    }

    @Test func stepsAreAppliedInOrderAndOnce() throws {
        let database = try self.open()
        #expect(try self.migrator().inspect(database) == .empty)
        #expect(try self.migrator().migrate(database) == ["0001_first", "0002_second"])
        #expect(try self.migrator().migrate(database) == [])
        #expect(try self.integer(database, "SELECT n FROM b") == 8)
        #expect(try self.integer(database, "SELECT count(*) FROM schema_migration") == 2)
        #expect(try self.migrator().inspect(database) == .current)
    }

    @Test func anOlderDatabaseGetsWhatItLacks() throws {
        let database = try self.open()
        try self.migrator(1).migrate(database)
        #expect(try self.migrator().inspect(database) == .outdated(missing: ["0002_second"]))
        #expect(try self.migrator().migrate(database) == ["0002_second"])
        #expect(try self.integer(database, "SELECT n FROM b") == 8)
    }

    @Test func aNewerSchemaIsRefusedByName() throws {
        let database = try self.open()
        try self.migrator().migrate(database)
        let refusal = MigrationError.newerSchema(database: "m.db", found: "2 (0002_second)", known: "1 (0001_first)")
        #expect(throws: refusal) { try self.migrator(1).migrate(database) }
        #expect(throws: refusal) { _ = try self.migrator(1).inspect(database) }
        #expect(!database.isInTransaction)
        #expect(refusal.description.contains("2 (0002_second)") && refusal.description.contains("1 (0001_first)"))
    }

    @Test func anEditedStepIsRefused() throws {
        let database = try self.open()
        try self.migrator().migrate(database)
        let edited = Migrator(database: "m.db", steps: [(1, "0001_first", "CREATE TABLE a (n TEXT)"), self.steps[1]])
        #expect(throws: MigrationError.alteredMigration(database: "m.db", found: "0001_first", known: "0001_first")) {
            try edited.migrate(database)
        }
    }

    @Test func anotherProgramsDatabaseIsLeftAlone() throws {
        let database = try self.open()
        try database.execute("CREATE TABLE theirs (n INTEGER)")
        #expect(throws: MigrationError.foreignDatabase(database: "m.db")) { try self.migrator().migrate(database) }
        #expect(try self.integer(database, "SELECT count(*) FROM sqlite_schema") == 1)
    }

    @Test func aFailingStepLeavesTheOldSchema() throws {
        let database = try self.open()
        try self.migrator(1).migrate(database)
        let broken = Migrator(
            database: "m.db",
            steps: [self.steps[0], self.steps[1], (3, "0003_broken", "CREATE TABLE c (n INTEGER); SELECT nonsense;")])
        let error = #expect(throws: MigrationError.self) { try broken.migrate(database) }
        guard case .sqlite(let reason) = error else {
            Issue.record("expected SQLite's error, got \(String(describing: error))")
            return
        }
        #expect(reason.during == "migration 0003_broken")
        #expect(try self.integer(database, "SELECT count(*) FROM schema_migration") == 1)
        #expect(try self.integer(database, "SELECT count(*) FROM sqlite_schema WHERE name IN ('b', 'c')") == 0)
    }

    @Test func theChecksumIsFNV1a() {
        // Vectors of draft-eastlake-fnv, "FNV-1a 64".
        #expect(Migrator.checksum(of: "") == "cbf29ce484222325")
        #expect(Migrator.checksum(of: "foobar") == "85944171f73967e8")
    }
}
