import SQLite

/// Why the lease could not be written.
enum LeaseError: Error, Hashable, Sendable, CustomStringConvertible {
    case sqlite(SQLiteError)
    case system(SystemFailure)
    /// A newer program made `lease.db`.
    case newer(String)
    /// `lease.db` belongs to another program.
    case foreign(String)
    case notOpen

    /// The file is of no use, whoever tries again.
    var isDamage: Bool {
        switch self {
        case .sqlite(let error): error.isDamage
        case .foreign: true
        case .system, .newer, .notOpen: false
        }
    }

    /// A reader or a writer elsewhere is in the way.
    var isBusy: Bool {
        if case .sqlite(let error) = self { error.code == .busy } else { false }
    }

    var description: String {
        switch self {
        case .sqlite(let error): error.description
        case .system(let failure): failure.description
        case .newer(let text), .foreign(let text): text
        case .notOpen: "lease.db is not open"
        }
    }
}

extension LeaseError {
    static func database<Value>(_ body: () throws(SQLiteError) -> Value) throws(LeaseError) -> Value {
        do throws(SQLiteError) {
            return try body()
        } catch {
            throw .sqlite(error)
        }
    }

    static func files<Value>(_ body: () throws(SystemFailure) -> Value) throws(LeaseError) -> Value {
        do throws(SystemFailure) {
            return try body()
        } catch {
            throw .system(error)
        }
    }

    static func migration<Value>(_ body: () throws(MigrationError) -> Value) throws(LeaseError) -> Value {
        do throws(MigrationError) {
            return try body()
        } catch {
            switch error {
            case .newerSchema, .alteredMigration: throw .newer(error.description)
            case .foreignDatabase: throw .foreign(error.description)
            case .sqlite(let failure): throw .sqlite(failure)
            }
        }
    }
}

extension SQLiteError {
    /// The file itself is wrong, or lacks its tables, and looking again will not help.
    var isDamage: Bool { self.code == .notADatabase || self.code == .corrupt || self.code == .error }

    /// Somebody else's lock is in the way, or there is no room: nothing is wrong with file or lease.
    var passes: Bool { self.code == .busy || self.code == .locked || self.code == .full }
}
