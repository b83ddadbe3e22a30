package import SQLite

/// Why a store could not be opened. Each description names the thing and the remedy.
package enum StoreOpenError: Error, Hashable, Sendable, CustomStringConvertible {
    case noDirectory(path: String)
    case notADirectory(path: String)
    /// The operating system refuses to write there; `systemError` is errno.
    case notWritable(path: String, systemError: Int32)
    case readOnlyFileSystem(path: String)
    /// Another process has the database locked.
    case locked(path: String)
    /// The store belongs to a newer master, or to another one with the same epoch.
    case fenced(held: Int64, found: Int64, holder: String)
    case gateClosed(String)
    /// A newer version of the program, an edited schema, or another program's file.
    case schema(MigrationError)
    /// Damaged; left as it is.
    case corrupt(String)
    case full(String)
    case io(String, code: Int32, systemError: Int32)

    package var description: String {
        switch self {
        case .noDirectory(let path): "\(path) does not exist: create it, or name another directory"
        case .notADirectory(let path): "\(path) is not a directory: name the directory that shall hold the store"
        case .notWritable(let path, let systemError):
            "\(path) cannot be written (\(SystemError.text(systemError))): give this user read and write permission "
                + "to the directory and the files in it"
        case .readOnlyFileSystem(let path):
            "\(path) is on a file system mounted read-only: mount it read-write, or name another directory"
        case .locked(let path):
            "\(path) is locked by another process: end it ('fuser -v \(path)' names it if it runs on this host)"
        case .fenced(let held, let found, let holder):
            "the store belongs to the master of epoch \(found) (\(holder)), and this broker's epoch is \(held): "
                + "another broker has taken over"
        case .gateClosed(let reason): "this broker could not prove that it is master: \(reason)"
        case .schema(let error): error.description
        case .corrupt(let text): text
        case .full(let text): text
        case .io(let text, _, _): text
        }
    }
}
