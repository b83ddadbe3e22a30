import Glibc

/// Takes away everything that a store holds, as ActiveMQ's `deleteAllMessagesOnStartup` does.
enum StoreRemoval {
    /// SQLite's files of one database: the log and the journal belong to the file, and must not outlive it.
    private static let suffixes = ["-journal", "-wal", "-shm", ""]

    /// Removes the store of a directory, if it has one. Only for a master that has not opened it yet.
    ///
    /// Locks, lease and the history of masters stay: epochs go on counting.
    ///
    /// - Returns: Whether there was one.
    static func run(directory: String) throws(StartError) -> Bool {
        var found = false
        for suffix in self.suffixes {
            let path = "\(directory)/broker.db\(suffix)"
            if unlink(path) == 0 {
                found = true
            } else if errno != ENOENT {
                throw StartError(.io, "cannot delete \(path) for deleteAllMessagesOnStartup: \(systemErrorText(errno))")
            }
        }
        return found
    }
}
