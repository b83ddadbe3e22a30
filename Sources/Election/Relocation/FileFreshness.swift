import Glibc

/// Makes this host forget what it has cached of files that another host wrote.
package enum FileFreshness {
    /// The next open of each path finds the file that the storage has under this name now, with its present length and
    /// content. A path that names nothing is no error.
    ///
    /// Only for files that this process has not open: the look opens and closes them, which would end the POSIX locks
    /// of an open database. A handful of calls a file.
    /// - Throws: ``SystemFailure`` where the storage does not answer.
    package static func refresh(_ paths: [String]) throws(SystemFailure) {
        for path in paths { try Self.refresh(path) }
    }

    private static func refresh(_ path: String) throws(SystemFailure) {
        _ = try FileNames.lookUpAgain(path)
        guard let status = try FileStatus.ask(path), status.isFile else { return }
        do throws(SystemFailure) {
            try FileHandle.open(path, O_RDONLY).forgetPages()
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
        }
    }
}
