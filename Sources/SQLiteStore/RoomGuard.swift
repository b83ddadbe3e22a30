import Glibc
import SQLite

/// Refuses messages before the disk is full, so that acknowledgements, which free room, can still be written.
struct RoomGuard {
    private let directory: String
    private let limitBytes: Int64?
    private let reserveBytes: Int64
    /// Bytes stored since the file system was asked: it is asked again after a mebibyte, which a reserve can bear.
    private var sinceLook: Int64 = .max
    private var freeBytes: Int64 = .max

    init(_ configuration: StoreConfiguration) {
        self.directory = configuration.directory
        self.limitBytes = configuration.limitBytes
        self.reserveBytes = configuration.reserveBytes
    }

    /// Why messages of `bytes` in all cannot be stored now, or nil.
    mutating func refusal(of bytes: Int, _ database: Database) throws(SQLiteError) -> String? {
        if let limit = self.limitBytes {
            let used = try (database.pageCount() - database.freePageCount()) * database.pageSize()
            if used > limit {
                return "the store holds \(used >> 20) MiB and its limit is \(limit >> 20) MiB: "
                    + "consume messages, or raise the limit"
            }
        }
        guard self.reserveBytes > 0 else { return nil }
        self.look(for: Int64(bytes))
        if self.freeBytes < self.reserveBytes {
            return "\(self.directory) has \(self.freeBytes >> 20) MiB left and \(self.reserveBytes >> 20) MiB are kept "
                + "for acknowledgements: free some space, or consume messages"
        }
        return nil
    }

    private mutating func look(for bytes: Int64) {
        let isDue = self.sinceLook >= 1 << 20 || self.freeBytes < self.reserveBytes
        self.sinceLook = isDue ? bytes : self.sinceLook + bytes
        guard isDue else { return }
        var status = statvfs()
        // A file system that cannot say how full it is will say so when it is.
        guard statvfs(self.directory, &status) == 0 else {
            self.freeBytes = .max
            return
        }
        let (bytes, overflow) = Int64(truncatingIfNeeded: status.f_bavail).multipliedReportingOverflow(
            by: Int64(truncatingIfNeeded: status.f_frsize))
        self.freeBytes = overflow || bytes < 0 ? .max : bytes
    }
}
