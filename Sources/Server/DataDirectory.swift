import Glibc

/// The directory that brokers share: found, or made, before anything else is touched.
package struct DataDirectory: Hashable, Sendable {
    package let path: String
    /// Whether this run made it, and may therefore remove it again while it is empty.
    package let isNew: Bool

    /// Finds the directory, or makes it where only its last component is missing.
    ///
    /// - Throws: A line naming the path and the remedy: it is no directory, not permitted, on a read-only file system,
    ///   or its parent is missing.
    package static func prepare(_ path: String) throws(StartError) -> DataDirectory {
        var information = stat()
        if stat(path, &information) == 0 {
            try self.check(path, information)
            return DataDirectory(path: path, isNew: false)
        }
        guard errno == ENOENT else { throw self.failure(of: "use", path, errno) }
        guard mkdir(path, 0o750) == 0 else {
            // Two brokers may be started at once: the other one made it.
            if errno == EEXIST { return DataDirectory(path: path, isNew: false) }
            throw self.failure(of: "create", path, errno)
        }
        return DataDirectory(path: path, isNew: true)
    }

    /// Finds an existing directory, for commands that only look.
    package static func existing(_ path: String) throws(StartError) -> DataDirectory {
        var information = stat()
        guard stat(path, &information) == 0 else {
            let code = errno
            if code == ENOENT {
                throw StartError(
                    .noInput, "data directory \(path) does not exist; name the one of a broker with --data DIR")
            }
            throw self.failure(of: "read", path, code)
        }
        guard information.st_mode & S_IFMT == S_IFDIR else { throw self.notADirectory(path) }
        return DataDirectory(path: path, isNew: false)
    }

    /// Takes back what ``prepare(_:)`` did, where nothing was put into the directory since.
    package func removeIfUnused() {
        // Fails, as it should, when the directory has content by now.
        if self.isNew { rmdir(self.path) }
    }

    private static func check(_ path: String, _ information: stat) throws(StartError) {
        guard information.st_mode & S_IFMT == S_IFDIR else { throw self.notADirectory(path) }
        guard access(path, R_OK | W_OK | X_OK) == 0 else { throw self.failure(of: "write to", path, errno) }
    }

    private static func notADirectory(_ path: String) -> StartError {
        StartError(.cannotCreate, "data directory \(path) is a file; name a directory with --data DIR")
    }

    private static func failure(of verb: String, _ path: String, _ code: CInt) -> StartError {
        let what = "cannot \(verb) data directory \(path): \(systemErrorText(code))"
        switch code {
        case EROFS:
            return StartError(.cannotCreate, "\(what); mount it read-write or name another with --data DIR")
        case EACCES, EPERM:
            return StartError(
                .noPermission, "\(what); give uid \(geteuid()) read, write and search permission or use --data DIR")
        case ENOENT:
            return StartError(.cannotCreate, "\(what); create its parent directory first")
        case ENOTDIR:
            return StartError(.cannotCreate, "\(what); a parent of it is a file; name another with --data DIR")
        case EIO, ESTALE:
            return StartError(.io, "\(what); check the storage and its mount")
        default:
            return StartError(.cannotCreate, "\(what); name another with --data DIR")
        }
    }
}
