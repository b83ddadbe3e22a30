import CTestSupport
import Synchronization

/// A SQLite file system of one test's own that counts, fails and forgets on demand (see `fault_vfs.h`).
package final class FaultyFileSystem: @unchecked Sendable {
    // Unchecked because the C object behind the pointer locks itself.
    private let vfs: OpaquePointer
    package let name: String

    package struct Operations: OptionSet, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }
        package static let read = Self(rawValue: 1)
        package static let write = Self(rawValue: 2)
        package static let sync = Self(rawValue: 4)
        package static let truncate = Self(rawValue: 8)
        package static let open = Self(rawValue: 16)
    }

    package struct Files: OptionSet, Sendable {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }
        package static let database = Self(rawValue: 1)
        package static let log = Self(rawValue: 2)
        package static let journal = Self(rawValue: 4)
        package static let all: Self = [.database, .log, .journal]
    }

    private static let nextNumber = Atomic(0)

    package init() {
        self.name = "faulty-\(Self.nextNumber.wrappingAdd(1, ordering: .relaxed).newValue)"
        self.vfs = fault_vfs_create(self.name)
    }

    /// From the `after`-th matching call on (0: the next one), calls fail with SQLite's `code` and `errno`.
    package func fail(_ operations: Operations, on files: Files, after: Int32 = 0, code: Int32, errno: Int32 = 0) {
        fault_vfs_fail(self.vfs, operations.rawValue, files.rawValue, after, code, errno)
    }

    package func heal() { fault_vfs_heal(self.vfs) }

    package func count(_ operations: Operations, on files: Files) -> Int64 {
        fault_vfs_count(self.vfs, operations.rawValue, files.rawValue)
    }

    /// Files may grow by `bytes` in all from now on; nil for no limit.
    package func limitGrowth(to bytes: Int64?) { fault_vfs_limit_growth(self.vfs, bytes ?? -1) }

    /// At the `call`-th write, sync or truncation from now, copies to `directory` what a loss of power could leave.
    package func losePower(atCall call: Int64, seed: UInt64, into directory: TemporaryDirectory) {
        fault_vfs_lose_power(self.vfs, call, seed, directory.path)
    }

    package var hasLostPower: Bool { fault_vfs_has_lost_power(self.vfs) != 0 }
}

/// Runs `body` with the file permissions of an ordinary user, also where tests run as root.
package func withoutFilePrivileges<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
) throws(Failure) -> Value {
    test_drop_file_privileges()
    defer { test_restore_file_privileges() }
    return try body()
}
