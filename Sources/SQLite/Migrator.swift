/// Brings a database's schema to the version this binary knows, and refuses one that it does not know.
///
/// Steps are numbered from 1 without gaps and only go forward. All that are missing are applied in one transaction,
/// together with their rows in the table `schema_migration`: a crash or a failing step leaves the old schema.
package struct Migrator: Sendable {
    /// One migration: the text of a file `NUMBER_NAME.sql`.
    package typealias Step = (number: Int, name: String, sql: String)

    /// File name of the database, for error messages.
    private let database: String
    private let steps: [Step]

    package init(database: String, steps: [Step]) {
        self.database = database
        self.steps = steps
    }

    /// What ``inspect(_:)`` finds in a database that it may not change.
    package enum Finding: Hashable, Sendable {
        case current
        /// An older binary made it: the steps that are still to be applied.
        case outdated(missing: [String])
        /// No schema at all.
        case empty
    }

    /// Applies what is missing and returns the names of the steps that were applied.
    @discardableResult package func migrate(_ database: Database) throws(MigrationError) -> [String] {
        do throws(SQLiteError) {
            // One transaction decides and applies, so that two openers cannot both apply a step.
            try database.begin(.immediate)
        } catch {
            throw .sqlite(error)
        }
        do throws(MigrationError) {
            let applied = try self.appliedCount(in: database)
            let missing = self.steps.dropFirst(applied)
            for step in missing { try Self.apply(step, to: database) }
            do throws(SQLiteError) {
                try database.commit()
            } catch {
                throw .sqlite(error)
            }
            return missing.map(\.name)
        } catch {
            database.rollback()
            throw error
        }
    }

    /// Compares without changing anything: for connections that only read.
    package func inspect(_ database: Database) throws(MigrationError) -> Finding {
        let applied = try self.appliedCount(in: database)
        if applied == 0 { return .empty }
        return applied == self.steps.count ? .current : .outdated(missing: self.steps.dropFirst(applied).map(\.name))
    }

    /// The mark of a step's text in `schema_migration`: 64-bit FNV-1a, in hexadecimal. It recognises a released file
    /// that was edited, not an attack.
    package static func checksum(of sql: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// How many of our steps the database has, after checking that it has no others.
    private func appliedCount(in database: Database) throws(MigrationError) -> Int {
        let recorded: [(number: Int, name: String, checksum: String)]?
        let isEmpty: Bool
        do throws(SQLiteError) {
            recorded = try Self.recordedSteps(in: database)
            isEmpty = try Self.isEmpty(database)
        } catch {
            throw .sqlite(error)
        }
        guard let found = recorded else {
            if isEmpty { return 0 }
            throw .foreignDatabase(database: self.database)
        }
        if let newest = found.last, newest.number > self.steps.count {
            throw .newerSchema(
                database: self.database, found: "\(newest.number) (\(newest.name))", known: self.newestKnown)
        }
        for (row, step) in zip(found, self.steps)
        where row.number != step.number || row.checksum != Self.checksum(of: step.sql) {
            throw .alteredMigration(database: self.database, found: row.name, known: step.name)
        }
        return found.count
    }

    private var newestKnown: String { self.steps.last.map { "\($0.number) (\($0.name))" } ?? "0" }

    private static func recordedSteps(
        in database: Database
    ) throws(SQLiteError) -> [(number: Int, name: String, checksum: String)]? {
        let exists = try database.prepare(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'", for: "reading the schema")
        defer { exists.reset() }
        guard try exists.step() else { return nil }
        let select = try database.prepare(
            "SELECT number, name, checksum FROM schema_migration ORDER BY number", for: "reading the schema version")
        var rows: [(number: Int, name: String, checksum: String)] = []
        try select.forEachRow { () throws(SQLiteError) in
            rows.append((Int(select.integer(0)), select.text(1) ?? "", select.text(2) ?? ""))
        }
        return rows
    }

    private static func isEmpty(_ database: Database) throws(SQLiteError) -> Bool {
        let select = try database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1", for: "reading the schema")
        defer { select.reset() }
        return try !select.step()
    }

    private static func apply(_ step: Step, to database: Database) throws(MigrationError) {
        do throws(SQLiteError) {
            if step.number == 1 { try database.execute(Self.table, for: "creating schema_migration") }
            try database.execute(step.sql, for: "migration \(step.name)")
            let insert = try database.prepare(Self.record, for: "recording a migration")
            try insert.bind(Int64(step.number), at: 1)
            try insert.bind(step.name, at: 2)
            try insert.bind(Self.checksum(of: step.sql), at: 3)
            try insert.run()
        } catch {
            throw .sqlite(error)
        }
    }

    private static let table = """
        CREATE TABLE schema_migration (       -- migrations applied, in order; an older program refuses a newer schema
            number        INTEGER PRIMARY KEY,
            name          TEXT    NOT NULL,
            checksum      TEXT    NOT NULL,   -- of the migration's text: a released file never changes
            applied_at_ms INTEGER NOT NULL    -- Unix time by the clock of the host that applied it
        ) STRICT
        """

    private static let record: StaticString = """
        INSERT INTO schema_migration (number, name, checksum, applied_at_ms)
        VALUES (?1, ?2, ?3, CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER))
        """
}

/// Why a schema cannot be used.
package enum MigrationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A newer version of the program made the database.
    case newerSchema(database: String, found: String, known: String)
    /// A step recorded there is not the one known here under its number.
    case alteredMigration(database: String, found: String, known: String)
    /// The file has tables, but no record of ours.
    case foreignDatabase(database: String)
    case sqlite(SQLiteError)

    package var description: String {
        switch self {
        case .newerSchema(let database, let found, let known):
            "\(database) has schema version \(found), and this program knows versions up to \(known): "
                + "run the newer program, or restore a backup made before it ran"
        case .alteredMigration(let database, let found, let known):
            "\(database) was made with another text of migration \(found) than the \(known) known to this program: "
                + "run the program that made it"
        case .foreignDatabase(let database):
            "\(database) is a database of another program: choose another directory"
        case .sqlite(let error): error.description
        }
    }
}
