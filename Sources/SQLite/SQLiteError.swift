import CSQLite

/// A failed call of SQLite, with all that the library knows about it.
package struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The primary result code: ``extended`` without its upper bits.
    package let code: ResultCode
    /// The extended result code, which tells for example which file operation failed.
    package let extended: Int32
    /// `errno` of the system call behind the failure; 0 where there was none.
    package let systemErrno: Int32
    /// SQLite's own words.
    package let message: String
    /// What was being done, in the words of the statement's owner.
    package let during: String

    package init(code: ResultCode, extended: Int32, systemErrno: Int32, message: String, during: String) {
        self.code = code
        self.extended = extended
        self.systemErrno = systemErrno
        self.message = message
        self.during = during
    }

    package var description: String {
        let system = self.systemErrno == 0 ? "" : ", errno \(self.systemErrno)"
        return "\(self.message) (\(self.code) \(self.extended)\(system)) during \(self.during)"
    }
}

/// SQLite's primary result codes (sqlite.org, "Result and Error Codes"): those that callers tell apart have names.
package struct ResultCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The primary code of an extended one.
    package init(extended: Int32) { self.rawValue = extended & 0xff }

    package static let ok = Self(rawValue: SQLITE_OK)
    package static let error = Self(rawValue: SQLITE_ERROR)
    package static let permission = Self(rawValue: SQLITE_PERM)
    package static let busy = Self(rawValue: SQLITE_BUSY)
    package static let locked = Self(rawValue: SQLITE_LOCKED)
    package static let outOfMemory = Self(rawValue: SQLITE_NOMEM)
    package static let readOnly = Self(rawValue: SQLITE_READONLY)
    package static let interrupted = Self(rawValue: SQLITE_INTERRUPT)
    package static let io = Self(rawValue: SQLITE_IOERR)
    package static let corrupt = Self(rawValue: SQLITE_CORRUPT)
    package static let full = Self(rawValue: SQLITE_FULL)
    package static let cannotOpen = Self(rawValue: SQLITE_CANTOPEN)
    package static let schemaChanged = Self(rawValue: SQLITE_SCHEMA)
    package static let tooBig = Self(rawValue: SQLITE_TOOBIG)
    package static let constraint = Self(rawValue: SQLITE_CONSTRAINT)
    package static let mismatch = Self(rawValue: SQLITE_MISMATCH)
    package static let misuse = Self(rawValue: SQLITE_MISUSE)
    package static let notADatabase = Self(rawValue: SQLITE_NOTADB)

    package var description: String {
        switch self {
        case .ok: "SQLITE_OK"
        case .error: "SQLITE_ERROR"
        case .permission: "SQLITE_PERM"
        case .busy: "SQLITE_BUSY"
        case .locked: "SQLITE_LOCKED"
        case .outOfMemory: "SQLITE_NOMEM"
        case .readOnly: "SQLITE_READONLY"
        case .interrupted: "SQLITE_INTERRUPT"
        case .io: "SQLITE_IOERR"
        case .corrupt: "SQLITE_CORRUPT"
        case .full: "SQLITE_FULL"
        case .cannotOpen: "SQLITE_CANTOPEN"
        case .schemaChanged: "SQLITE_SCHEMA"
        case .tooBig: "SQLITE_TOOBIG"
        case .constraint: "SQLITE_CONSTRAINT"
        case .mismatch: "SQLITE_MISMATCH"
        case .misuse: "SQLITE_MISUSE"
        case .notADatabase: "SQLITE_NOTADB"
        default: "code \(self.rawValue)"
        }
    }
}

/// The SQLite library this process runs with: Debian may replace it under a built binary.
package enum SQLiteLibrary {
    /// For example `3.40.1`.
    package static var version: String { String(cString: sqlite3_libversion()) }
}
