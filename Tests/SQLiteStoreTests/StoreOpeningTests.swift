import BrokerCore
import Glibc
import Migrations
import SQLite
import SQLiteStore
import TestSupport
import Testing

@Suite struct StoreOpeningTests {
    private func error(_ place: SQLitePlace, epoch: Int64 = 1) -> StoreOpenError? {
        #expect(throws: StoreOpenError.self) { _ = try place.open(epoch: epoch) }
    }

    // MARK: Directory

    @Test func aMissingDirectoryIsNamed() {
        var place = SQLitePlace()
        place.adjust = { $0.directory += "/missing" }
        #expect(self.error(place) == .noDirectory(path: place.configuration.directory))
    }

    @Test func aFileInPlaceOfTheDirectoryIsNamed() throws {
        var place = SQLitePlace()
        let file = place.directory.file("plain")
        try Database(path: file, access: .readWriteCreate).execute("CREATE TABLE t (n INTEGER)")
        place.adjust = { $0.directory += "/plain" }
        #expect(self.error(place) == .notADirectory(path: file))
        place.adjust = { $0.directory += "/plain/below" }
        #expect(self.error(place) == .notADirectory(path: "\(file)/below"))
    }

    @Test func anUnwritableDirectoryIsNamedAndStaysEmpty() {
        let place = SQLitePlace()
        chmod(place.directory.path, 0o555)
        let error = withoutFilePrivileges { self.error(place) }
        #expect(error == .notWritable(path: place.directory.path, systemError: EACCES))
        #expect(error?.description.contains("permission") == true)
        #expect(place.directory.contents() == [])
    }

    @Test func anUnwritableDatabaseIsNamed() async throws {
        let place = SQLitePlace()
        await (try place.openWithQueue()).close()
        chmod(place.directory.path, 0o777)
        chmod(place.path, 0o444)
        let error = withoutFilePrivileges { self.error(place, epoch: 2) }
        #expect(error == .notWritable(path: place.path, systemError: EACCES))
    }

    @Test func aReadOnlyFileSystemIsNamed() async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace()
        await (try place.openWithQueue()).close()
        place.adjust = { $0.fileSystem = files.name }
        files.fail(.open, on: .log, code: 14, errno: EROFS)
        let error = self.error(place, epoch: 2)
        #expect(error == .readOnlyFileSystem(path: place.path))
        #expect(error?.description.contains("mounted read-only") == true)
    }

    // MARK: Schema

    @Test func aNewerSchemaIsRefusedWithBothVersions() async throws {
        let place = SQLitePlace()
        await (try place.openWithQueue()).close()
        try SQLiteShell.change(place.path, "INSERT INTO schema_migration VALUES (99, '0099_future', '', 0)")
        let known = "\(Migrations.store.count) (\(try #require(Migrations.store.last).name))"
        let expected = MigrationError.newerSchema(database: "broker.db", found: "99 (0099_future)", known: known)
        #expect(self.error(place, epoch: 2) == .schema(expected))
    }

    @Test func anotherProgramsDatabaseIsRefused() throws {
        let place = SQLitePlace()
        try SQLiteShell.change(place.path, "CREATE TABLE theirs (n)")
        #expect(self.error(place) == .schema(.foreignDatabase(database: "broker.db")))
    }

    // MARK: Damage

    @Test func aFileThatIsNoDatabaseIsLeftAsItIs() throws {
        let place = SQLitePlace()
        try SQLiteShell.change(place.path, "CREATE TABLE theirs (n)")
        #expect(TestFile.overwrite(place.path, at: 0, with: Array("This is no database".utf8)))
        let before = TestFile.bytes(place.path)
        guard case .corrupt(let text) = self.error(place) else {
            Issue.record("expected corrupt")
            return
        }
        #expect(text.contains(place.path) && text.contains(".recover"))
        #expect(TestFile.bytes(place.path) == before)
    }

    @Test func aDamagedSchemaIsNamed() async throws {
        let place = SQLitePlace()
        await (try place.openWithQueue()).close()
        // Beyond the header, the first page holds the root of the schema.
        #expect(TestFile.overwrite(place.path, at: 100, with: [UInt8](repeating: 0xff, count: 3_000)))
        let before = TestFile.bytes(place.path)
        guard case .corrupt(let text) = self.error(place, epoch: 2) else {
            Issue.record("expected corrupt")
            return
        }
        #expect(text.contains(place.path) && text.contains(".recover"))
        #expect(TestFile.bytes(place.path) == before)
    }

    @Test func aFailingDiskIsNamed() async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace()
        await (try place.openWithQueue()).close()
        place.adjust = { $0.fileSystem = files.name }
        files.fail(.read, on: .database, code: 10 | 1 << 8, errno: EIO)
        guard case .io(let text, code: 266, systemError: EIO) = self.error(place, epoch: 2) else {
            Issue.record("expected an I/O error")
            return
        }
        #expect(text.contains(place.path))
    }

    // MARK: Fence and gate

    @Test func theFenceRefusesOlderAndEqualEpochsOfOthers() async throws {
        var place = SQLitePlace()
        let (first, _) = try place.open(epoch: 5)
        await first.close()
        place.adjust = { $0.holder = "other" }
        #expect(self.error(place, epoch: 4) == .fenced(held: 4, found: 5, holder: "test"))
        #expect(self.error(place, epoch: 5) == .fenced(held: 5, found: 5, holder: "test"))
        place.adjust = { _ in }
        let (again, _) = try place.open(epoch: 5)
        await again.close()
        #expect(try SQLiteShell.query(place.path, "SELECT * FROM fence") == ["1|5|test|1700000000000"])
    }

    @Test func aClosedGateKeepsTheStoreShut() async throws {
        let place = SQLitePlace()
        let (first, _) = try place.open(epoch: 1)
        await first.close()
        place.gate.close("lease lost")
        #expect(self.error(place, epoch: 2) == .gateClosed("lease lost"))
        #expect(try SQLiteShell.query(place.path, "SELECT epoch FROM fence") == ["1"])
    }

    // MARK: Profiles

    @Test(arguments: [
        (FileSystemProfile.local, "wal", ["broker.db", "broker.db-shm", "broker.db-wal"]),
        (.network, "wal", ["broker.db", "broker.db-wal"]),
        (.fencedNetwork, "delete", ["broker.db", "broker.db-journal"]),
    ])
    func eachProfileHasItsFiles(_ profile: FileSystemProfile, _ journal: String, _ names: [String]) async throws {
        let place = SQLitePlace(profile: profile)
        let driver = try await place.openWithQueue()
        #expect(place.directory.contents() == names)
        await driver.close()
        #expect(place.directory.contents() == (journal == "wal" ? ["broker.db"] : names))
        // A rollback journal's kind is not recorded in the file: others see SQLite's default.
        #expect(try SQLiteShell.query(place.path, "PRAGMA journal_mode") == [journal])
    }

    @Test(arguments: [FileSystemProfile.network, .fencedNetwork])
    func anExclusiveStoreIsLockedForOthers(_ profile: FileSystemProfile) async throws {
        var place = SQLitePlace(profile: profile)
        let driver = try await place.openWithQueue()
        place.adjust = { $0.busyTimeoutMs = 1 }
        #expect(self.error(place, epoch: 2) == .locked(path: place.path))
        #expect(throws: StoreInspectionError.locked(path: place.path)) {
            _ = try StoreInspector.report(onDirectory: place.directory.path)
        }
        await driver.close()
        let (next, _) = try place.open(epoch: 2)
        await next.close()
    }

    @Test func aStoreMovesBetweenFileSystems() async throws {
        let first = SQLitePlace()
        await (try first.openWithQueue()).close()
        var epoch: Int64 = 1
        for profile in FileSystemProfile.allCases + FileSystemProfile.allCases.reversed() {
            epoch += 1
            var place = first
            place.profile = profile
            let (driver, snapshot) = try place.open(epoch: epoch)
            #expect(snapshot.destinations.map(\.destination) == [.queue("Q")])
            #expect(snapshot.count(of: DestinationID(1)) == epoch - 2)
            try await driver.commit { $0.insert(epoch, DestinationID(1), SampleMessage.numbered(epoch)) }
            await driver.close()
        }
    }

    @Test func openingNeverReadsTheMessages() async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace()
        let driver = try await place.openWithQueue()
        for thousand in Int64(0)..<2 {
            try await driver.commit { batch in
                for number in 1...Int64(1_000) {
                    let sequence = thousand * 1_000 + number
                    batch.insert(sequence, DestinationID(1), SampleMessage.numbered(sequence))
                }
            }
        }
        await driver.close()
        place.adjust = { $0.fileSystem = files.name }
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.count(of: DestinationID(1)) == 2_000)
        let pages = try #require(TestFile.size(place.path)) / 4_096
        #expect(files.count(.read, on: .database) < 60 && pages > 500)
        await next.close()
    }
}
