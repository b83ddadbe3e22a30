import BrokerCore
import Glibc
import SQLite

/// What a failure of SQLite means for the store: one place decides, for open and for later.
struct StoreFailure {
    let error: SQLiteError
    let path: String

    /// The error that the broker gets from a running store.
    func whileServing(damagedPage: () -> String?) -> StoreError {
        switch self.kind {
        case .full: .full(self.fullText)
        case .corrupt: .corrupt(self.corruptText(damagedPage()))
        case .contradiction:
            .corrupt("\(self.path) contradicts the broker: has another process written it? \(self.error)")
        case .locked, .notWritable, .readOnlyFileSystem, .io:
            .io(code: self.error.extended, systemError: self.error.systemErrno, during: self.error.during)
        }
    }

    /// The error of a store that does not open.
    func whileOpening(damagedPage: () -> String?) -> StoreOpenError {
        switch self.kind {
        case .full: .full(self.fullText)
        case .corrupt: .corrupt(self.corruptText(damagedPage()))
        case .locked: .locked(path: self.path)
        case .notWritable: .notWritable(path: self.path, systemError: self.error.systemErrno)
        case .readOnlyFileSystem: .readOnlyFileSystem(path: self.path)
        case .contradiction, .io:
            .io(
                "\(self.path): \(self.error)\(self.systemText)", code: self.error.extended,
                systemError: self.error.systemErrno)
        }
    }

    /// What to tell about a damaged file that is only looked at.
    var damage: String { self.corruptText(nil) }

    private enum Kind { case full, corrupt, contradiction, locked, notWritable, readOnlyFileSystem, io }

    private var kind: Kind {
        switch self.error.code {
        case .full: .full
        // SQLite knows ENOSPC alone; a quota is no less full. A failed fsync stays fatal whatever its errno: the
        // fate of the bytes is unknown.
        case .io where self.error.extended == Self.ioWrite && [EDQUOT, ENOSPC].contains(self.error.systemErrno): .full
        case .corrupt, .notADatabase: .corrupt
        case .constraint: .contradiction
        case .busy, .locked: .locked
        case .readOnly, .cannotOpen, .permission:
            self.error.systemErrno == EROFS ? .readOnlyFileSystem : .notWritable
        default: .io
        }
    }

    /// `SQLITE_IOERR_WRITE`
    private static let ioWrite: Int32 = 10 | 3 << 8

    private var fullText: String {
        "no room for \(self.path) (\(self.error.message)): free some space, raise the limit, or consume messages"
    }

    private func corruptText(_ damagedPage: String?) -> String {
        let page = damagedPage.map { " (\($0))" } ?? ""
        return "\(self.path) is damaged: \(self.error.message)\(page). It is left as it is. Restore a backup, or stop "
            + "all brokers and salvage what is readable with: sqlite3 \(self.path) .recover | sqlite3 salvaged.db"
    }

    private var systemText: String {
        self.error.systemErrno == 0 ? "" : ": \(SystemError.text(self.error.systemErrno))"
    }
}

/// Words for errno.
enum SystemError {
    static func text(_ number: Int32) -> String {
        // Thread-safe in glibc since 2.32.
        number == 0 ? "no system error" : String(cString: strerror(number))
    }
}
