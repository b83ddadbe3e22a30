import SQLite

/// Checkpoints on the writer's own connection when the write-ahead log has its size, and notices a reader that keeps
/// it from being used again.
struct WALWatch {
    private let configuration: StoreConfiguration
    /// Pages at which the next checkpoint is tried, if the log does not start anew before: further on each time, so
    /// that not every commit tries in vain while a reader holds the log.
    private var nextCheckpoint: Int32
    /// Size at which the next notice is due; nil while nothing was noticed.
    private var noticedBytes: Int64?

    private static let pageBytes: Int64 = 4_096

    init(_ configuration: StoreConfiguration) {
        self.configuration = configuration
        self.nextCheckpoint = configuration.checkpointPages
    }

    /// To be called after each commit.
    mutating func afterCommit(_ database: Database) throws(SQLiteError) {
        let pages = database.walPageCount
        if pages < self.configuration.checkpointPages {
            self.nextCheckpoint = self.configuration.checkpointPages
            if self.noticedBytes != nil {
                self.noticedBytes = nil
                self.configuration.notice(.walReleased(path: self.configuration.path))
            }
        }
        guard pages >= self.nextCheckpoint else { return }
        let result = try database.checkpoint(.passive)
        let step = max(self.configuration.checkpointPages / 4, 1)
        self.nextCheckpoint = pages &+ step
        let bytes = Int64(result.pages) * Self.pageBytes
        if result.copied < result.pages, bytes >= self.noticedBytes ?? self.configuration.walNoticeBytes {
            self.noticedBytes = bytes * 2
            self.configuration.notice(.walHeldByReader(path: self.configuration.path, bytes: bytes))
        }
    }
}
