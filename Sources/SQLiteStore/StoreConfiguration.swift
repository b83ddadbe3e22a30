/// What the file system under the data directory can do, and with it how SQLite journals and locks.
package enum FileSystemProfile: Hashable, Sendable, CaseIterable {
    /// ext4, xfs, btrfs: write-ahead log and ordinary locks, so that other processes can read a live store.
    case local
    /// NFSv4: the server refuses the writes of a client whose lock it gave away, which a rollback journal notices.
    case fencedNetwork
    /// Anything else that hosts share: write-ahead log without shared memory; the commit gate alone fences.
    case network
}

/// Where the store lies and within which bounds it works.
package struct StoreConfiguration: Sendable {
    /// An existing directory; the store is the file `broker.db` in it.
    package var directory: String
    package var profile: FileSystemProfile
    /// This broker's name and instance: shown to people, and recognised when it opens its own store again.
    package var holder: String
    /// Unix time for `fence.raised_at_ms`; for people only.
    package var openedAtMs: Int64
    /// Messages are refused while the database holds more than this; nil for no limit of ours.
    package var limitBytes: Int64?
    /// Messages are refused while the file system has less room than this, so that acknowledgements, which free room,
    /// can still be written. 0 turns the check off.
    package var reserveBytes: Int64 = 32 << 20
    /// A transaction takes further waiting batches until it has this many rows or bytes.
    package var maximumRows = 1_000
    package var maximumBytes = 4 << 20
    /// How long to wait for another process that holds the database locked, an operator's `sqlite3` for example.
    package var busyTimeoutMs: Int32 = 2_000
    package var cacheKibibytes = 65_536
    /// Pages of write-ahead log at which the writer checkpoints.
    package var checkpointPages: Int32 = 4_000
    /// Size of the write-ahead log that is reported, because only a reader that does not end makes it so large.
    package var walNoticeBytes: Int64 = 64 << 20
    /// Remembered producers, for the recognition of repeated sends.
    package var maximumProducers = 20_000
    /// Times of scheduled messages that are sorted in at once: each page takes in several then, where they are spread
    /// evenly, and a look through them all is still short.
    package var timesAtOnce: Int64 = 16_384
    /// Name of the SQLite VFS; nil for the default one. Tests inject faults with it.
    package var fileSystem: String?
    /// Called on the writer's thread; must not block.
    package var notice: @Sendable (StoreNotice) -> Void = { _ in }
    /// Of the process, so that its counters survive a new term.
    package var meter = StoreMeter()

    package init(directory: String, profile: FileSystemProfile, holder: String, openedAtMs: Int64 = 0) {
        self.directory = directory
        self.profile = profile
        self.holder = holder
        self.openedAtMs = openedAtMs
    }

    package static let fileName = "broker.db"

    package var path: String { "\(self.directory)/\(Self.fileName)" }
}

/// Something about the store that its operator should know.
package enum StoreNotice: Hashable, Sendable {
    /// A reader keeps the write-ahead log from being reused. Repeated each time the log has doubled.
    case walHeldByReader(path: String, bytes: Int64)
    case walReleased(path: String)
    /// Another process, an operator's `sqlite3` for example, holds a write transaction, and every commit waits for it.
    case lockedByWriter(path: String)
    /// Messages are refused; acknowledgements still work.
    case full(String)
    case roomAgain

    /// The fixed name of the log line.
    package var event: String {
        switch self {
        case .walHeldByReader: "store.wal_held_by_reader"
        case .walReleased: "store.wal_released"
        case .lockedByWriter: "store.locked_by_writer"
        case .full: "store.full"
        case .roomAgain: "store.room_again"
        }
    }

    package var description: String {
        switch self {
        case .walHeldByReader(let path, let bytes):
            "\(path)-wal has grown to \(bytes >> 20) MiB because a process keeps reading \(path): "
                + "find it with 'fuser -v \(path)' and end its query or its sqlite3 session"
        case .walReleased(let path): "\(path)-wal is in use from its start again"
        case .lockedByWriter(let path):
            "commits wait because another process is writing to \(path): find it with 'fuser -v \(path)' and end its "
                + "transaction"
        case .full(let reason): reason
        case .roomAgain: "messages are accepted again"
        }
    }
}
