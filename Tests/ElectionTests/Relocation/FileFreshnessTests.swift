import Glibc
import SQLite
import TestSupport
import Testing

@testable import Election

@Suite struct FileFreshnessTests {
    /// What the other host did to a file that this one has in its cache.
    enum Change: CaseIterable, Sendable {
        case sameLength, longer, shorter, created, replaced, replacedBySameLength, removed

        var before: [UInt8]? { self == .created ? nil : [UInt8](repeating: 1, count: 8192) }

        var after: [UInt8]? {
            switch self {
            case .sameLength, .replacedBySameLength: [UInt8](repeating: 2, count: 8192)
            case .longer: [UInt8](repeating: 2, count: 20_000)
            case .shorter: [UInt8](repeating: 2, count: 5000)
            case .created, .replaced: [UInt8](repeating: 2, count: 9000)
            case .removed: nil
            }
        }

        func make(_ path: String) {
            guard let after = self.after else {
                #expect(unlink(path) == 0)
                return
            }
            switch self {
            case .replaced, .replacedBySameLength:
                #expect(TestFile.write("\(path).tmp", after) && rename("\(path).tmp", path) == 0)
            case .sameLength, .longer: #expect(TestFile.overwrite(path, at: 0, with: after))
            case .shorter, .created, .removed: #expect(TestFile.write(path, after))
            }
        }
    }

    /// Nil where the file cannot be opened.
    private func read(_ path: String) -> [UInt8]? { access(path, F_OK) == 0 ? TestFile.bytes(path) : nil }

    @Test(
        .enabled(if: StaleCacheMounts.obstacle == nil, StaleCacheMounts.comment), arguments: Change.allCases)
    func whatAnotherHostWroteIsReadRight(change: Change) throws {
        let mounts = try StaleCacheMounts()
        let (there, here) = ("\(mounts.a)/file", "\(mounts.b)/file")
        if let before = change.before { #expect(TestFile.write(there, before)) }
        let isCached = self.read(here) == change.before && self.read(here) == change.before
        #expect(isCached)
        change.make(there)
        if change != .removed {
            let isStale = self.read(here) != change.after
            #expect(isStale, "otherwise this mount proves nothing")
        }
        try FileFreshness.refresh([here])
        let isRight = self.read(here) == change.after
        #expect(isRight)
    }

    /// One database written through A while B has it cached: rows, a log that B never saw, a new file under its name.
    @Test(.enabled(if: StaleCacheMounts.obstacle == nil, StaleCacheMounts.comment), arguments: [true, false])
    func sqliteReadsWhatAnotherHostCommitted(isReplaced: Bool) throws {
        let mounts = try StaleCacheMounts()
        let (there, here) = ("\(mounts.a)/broker.db", "\(mounts.b)/broker.db")
        func write(_ path: String, rows: Int) throws {
            let database = try Database(path: path, access: .readWriteCreate)
            try database.setLockingMode(.exclusive)
            try database.setJournalMode(.wal)
            try database.setCheckpointOnClose(false)
            try database.execute(
                "CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
            try StoreImage.fill(database, rows: rows)
            database.close()
        }
        func rows() throws -> Int64 {
            let database = try Database(path: here, access: .readWrite)
            defer { database.close() }
            try database.setLockingMode(.exclusive)
            try database.setCheckpointOnClose(false)
            #expect(try database.checkIntegrity() == [])
            let count = try database.prepare("SELECT count(*) FROM message", for: "counting")
            defer { count.reset() }
            return try count.step() ? count.integer(0) : -1
        }
        try write(there, rows: 20)
        let paths = ["", "-wal", "-journal"].map { here + $0 }
        try FileFreshness.refresh(paths)
        #expect(try rows() == 20)
        if isReplaced {
            try write("\(there).new", rows: 33)
            #expect(rename("\(there).new", there) == 0 && rename("\(there).new-wal", "\(there)-wal") == 0)
        } else {
            try write(there, rows: 13)
        }
        try FileFreshness.refresh(paths)
        #expect(try rows() == 33)
    }

    /// The new master's host has an older state of the store in its cache.
    @Test(
        .enabled(if: StaleCacheMounts.obstacle == nil, StaleCacheMounts.comment),
        arguments: [Change.sameLength, .longer, .shorter, .created, .replaced])
    func aRelocationCopiesWhatTheStorageHolds(change: Change) throws {
        let mounts = try StaleCacheMounts()
        let (there, here) = ("\(mounts.a)/broker.db", "\(mounts.b)/broker.db")
        if let before = change.before { #expect(TestFile.write(there, before)) }
        _ = self.read(here)
        _ = self.read("\(here)-wal")
        change.make(there)
        #expect(TestFile.write("\(there)-wal", [7, 7, 7]))
        let relocation = StoreRelocation(directory: mounts.b)
        try relocation.request(Epoch(5), line: "x")
        #expect(try relocation.perform(under: Epoch(5))?.kept.count == 2)
        for name in ["broker.db", "broker.db.stale-5"] {
            let isRight = TestFile.bytes("\(mounts.backing)/\(name)") == change.after
            #expect(isRight, "\(name)")
        }
        #expect(TestFile.bytes("\(mounts.backing)/broker.db-wal") == [7, 7, 7])
    }

    /// A standby of the other host must see a lock file of a new generation, and its old holder too.
    @Test(.enabled(if: StaleCacheMounts.obstacle == nil, StaleCacheMounts.comment))
    func replacedLockFilesAreSeenThroughOldCaches() throws {
        let mounts = try StaleCacheMounts()
        var holder = try LockFiles(directory: mounts.b, mustReachServer: true)
        #expect(holder.attempt(everyKind: true) == LockAttempt(flock: .granted, posix: .granted))
        #expect(holder.prove() == .held)
        for name in [LockFiles.flockName, LockFiles.posixName] {
            #expect(TestFile.create("\(mounts.a)/\(name).new"))
            #expect(rename("\(mounts.a)/\(name).new", "\(mounts.a)/\(name)") == 0)
        }
        #expect(holder.prove() == .lost(LockLoss(file: LockFiles.flockName, evidence: .replaced)))
    }

    @Test func aMissingFileIsNoError() throws {
        let directory = TemporaryDirectory()
        try FileFreshness.refresh([directory.file("none"), directory.file("no/directory")])
        #expect(directory.contents() == [], "and it is not made")
    }

    @Test func aDirectoryThatMayNotBeSearchedIsAnError() throws {
        let directory = TemporaryDirectory()
        #expect(mkdir(directory.file("closed"), 0) == 0)
        #expect(throws: SystemFailure.self) {
            try withoutFilePrivileges { () throws(SystemFailure) in
                try FileFreshness.refresh([directory.file("closed/file")])
            }
        }
    }
}
