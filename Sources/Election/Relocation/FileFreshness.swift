import Glibc

/// Makes this host forget what it has cached of files that another host wrote.
///
/// What a plain open and read of a file that was read before found, after another host had changed it, and what helped
/// (Linux 6.1 and 6.18):
///
/// | the file is ...   | FUSE that caches for ever               | NFS 3 and 4.2                                |
/// |-------------------|-----------------------------------------|----------------------------------------------|
/// | of the same length| old content; `POSIX_FADV_DONTNEED`      | right                                        |
/// | longer            | cut at the old length; statx forced     | right                                        |
/// | shorter           | old content; statx forced               | right                                        |
/// | replaced          | old file; statx forced, then DONTNEED   | right                                        |
/// | new               | missing; a lookup that the kernel must  | missing; statx of the directory forced, or   |
/// |                   | not answer from its cache               | listing it                                   |
///
/// Listing the directory, or statx of it, does not help on FUSE; a forced lookup alone does not help on NFS, which
/// leaves it out. Each kind of call is harmless where it does not help, so all of them are made everywhere.
package enum FileFreshness {
    private static let looks = 3

    /// The next open of each path finds the file that the storage has under this name now, with its present length and
    /// content. A path that names nothing is no error.
    ///
    /// Only for files that this process has not open: the look opens and closes them, which would end the POSIX locks
    /// of an open database. A handful of calls a file.
    /// - Throws: ``SystemFailure`` where the storage does not answer, or lists a file that it says is missing.
    package static func refresh(_ paths: [String]) throws(SystemFailure) {
        for path in paths {
            guard let status = try Self.look(path), status.isFile else { continue }
            do throws(SystemFailure) {
                try FileHandle.open(path, O_RDONLY).forgetPages()
            } catch {
                guard error.errorNumber == ENOENT else { throw error }
            }
        }
    }

    private static func look(_ path: String) throws(SystemFailure) -> FileStatus? {
        let (directory, name) = FileNames.parts(of: path)
        for _ in 1...Self.looks {
            if let status = try FileStatus.fresh(path) { return status }
            guard try FileNames.list(directory).contains(name) else { return nil }
        }
        throw SystemFailure("open", path, ESTALE)
    }
}
