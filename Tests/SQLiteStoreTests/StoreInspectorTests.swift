import BrokerCore
import Glibc
import SQLite
import SQLiteStore
import TestSupport
import Testing

@Suite struct StoreInspectorTests {
    private func report(_ place: SQLitePlace) throws(StoreInspectionError) -> StoreReport {
        try StoreInspector.report(onDirectory: place.directory.path)
    }

    private func filled(_ place: SQLitePlace) async throws -> StoreDriver {
        let driver = try await place.openWithQueue()
        try await driver.commit { batch in
            batch.newDestinations = [.init(id: DestinationID(2), destination: .topic("T"))]
            batch.newSubscriptions = [
                SubscriptionRecord(
                    id: SubscriptionID(1), clientID: "c", name: "s", topic: .topic("T"), selector: nil,
                    isNoLocal: false)
            ]
            for number in Int64(1)...3 {
                batch.insert(number, DestinationID(1), SampleMessage.text(number, to: .queue("Q"), text: "1"))
            }
            batch.insert(
                4, DestinationID(2), SampleMessage.text(4, to: .topic("T")), subscriptions: [SubscriptionID(1)])
        }
        return driver
    }

    private func check(_ report: StoreReport) {
        #expect(report.fence == .init(epoch: 1, holder: "test"))
        #expect(report.queues == [.init(name: "Q", messages: 3, bytes: 15, oldestSentAt: "2023-11-14 22:13:20.001")])
        #expect(
            report.subscriptions == [
                .init(clientID: "c", name: "s", topic: "T", messages: 1, oldestSentAt: "2023-11-14 22:13:20.004")
            ])
        #expect(report.transactionsInDoubt == 0)
    }

    @Test func aLiveStoreIsRead() async throws {
        let place = SQLitePlace()
        let driver = try await self.filled(place)
        let files = place.directory.contents()
        self.check(try self.report(place))
        #expect(place.directory.contents() == files)
        try await driver.commit { $0.remove(1, from: .queue(DestinationID(1))) }
        #expect(try self.report(place).queues.map(\.messages) == [2])
        await driver.close()
    }

    @Test func anotherProcessesStoreIsReadUnderLoad() throws {
        let place = SQLitePlace()
        let child = try ChildProcess(
            ChildProcess.builtProgram("store-child"), [place.directory.path, "1", "1"])
        _ = child.readLine()
        var last: Int64 = -1
        for _ in 1...100 {
            // What the child says has to be read, or it stops in the middle.
            for _ in 1...20 { _ = child.readLine() }
            let queue = try #require(try self.report(place).queues.first)
            #expect(queue.name == "Q")
            last = max(last, queue.messages)
        }
        child.kill()
        #expect(last > 0)
    }

    @Test(arguments: FileSystemProfile.allCases) func aStoreAtRestIsReadAndLeftAsItIs(
        _ profile: FileSystemProfile
    ) async throws {
        let place = SQLitePlace(profile: profile)
        await (try self.filled(place)).close()
        let (files, bytes) = (place.directory.contents(), TestFile.bytes(place.path))
        self.check(try self.report(place))
        #expect(place.directory.contents() == files && TestFile.bytes(place.path) == bytes)
    }

    /// As kill -9 leaves a store: copied while it is open.
    private func crashed(_ profile: FileSystemProfile, names: [String]) async throws -> SQLitePlace {
        let place = SQLitePlace(profile: profile)
        let driver = try await self.filled(place)
        let crashed = SQLitePlace(profile: profile)
        for name in names {
            #expect(TestFile.write(crashed.directory.file(name), TestFile.bytes(place.directory.file(name))))
        }
        await driver.close()
        return crashed
    }

    @Test func aCrashedStoreIsReadAndLeftAsItIs() async throws {
        let place = try await self.crashed(.local, names: ["broker.db", "broker.db-wal", "broker.db-shm"])
        let before = ["broker.db", "broker.db-wal", "broker.db-shm"].map { TestFile.bytes(place.directory.file($0)) }
        self.check(try self.report(place))
        let after = ["broker.db", "broker.db-wal", "broker.db-shm"].map { TestFile.bytes(place.directory.file($0)) }
        #expect(before == after)
    }

    @Test func aCrashedStoreWithoutSharedMemoryWaitsForItsMaster() async throws {
        let place = try await self.crashed(.network, names: ["broker.db", "broker.db-wal"])
        let files = place.directory.contents()
        #expect(throws: StoreInspectionError.needsRecovery(path: place.path)) { _ = try self.report(place) }
        #expect(place.directory.contents() == files)
        let (driver, _) = try place.open(epoch: 2)
        await driver.close()
        #expect(try self.report(place).queues.map(\.messages) == [3])
    }

    @Test func aHotJournalIsNotRolledBack() async throws {
        let place = SQLitePlace(profile: .fencedNetwork)
        await (try self.filled(place)).close()
        // A transaction that has begun to change the file, as a killed writer leaves it.
        let writer = try Database(path: place.path, access: .readWrite)
        try writer.execute("PRAGMA cache_spill = 1; PRAGMA cache_size = 1; BEGIN; UPDATE message SET priority = 9")
        try writer.execute(
            """
            INSERT INTO message SELECT sequence + 100, destination_id, size_bytes, prepared_id, redelivery_count,
                is_persistent, priority, timestamp_ms, expires_at_ms, received_at_ms, group_id, group_sequence,
                message_id, body_kind, is_compressed, headers, properties, properties_raw, zeroblob(50000), NULL FROM message
            """)
        let hot = SQLitePlace(profile: .fencedNetwork)
        for name in ["broker.db", "broker.db-journal"] {
            #expect(TestFile.write(hot.directory.file(name), TestFile.bytes(place.directory.file(name))))
        }
        writer.rollback()
        let before = ["broker.db", "broker.db-journal"].map { TestFile.bytes(hot.directory.file($0)) }
        #expect(before[1].count > 512)
        #expect(throws: StoreInspectionError.needsRecovery(path: hot.path)) { _ = try self.report(hot) }
        #expect(["broker.db", "broker.db-journal"].map { TestFile.bytes(hot.directory.file($0)) } == before)
        let (driver, snapshot) = try hot.open(epoch: 2)
        #expect(snapshot.count(of: DestinationID(1)) == 3)
        await driver.close()
    }

    @Test func whatIsMissingIsSaid() throws {
        let place = SQLitePlace()
        #expect(throws: StoreInspectionError.missing(path: place.path)) { _ = try self.report(place) }
        #expect(TestFile.write(place.path, []))
        #expect(throws: StoreInspectionError.missing(path: place.path)) { _ = try self.report(place) }
        #expect(place.directory.contents() == ["broker.db"])
    }

    @Test func newerAndForeignSchemasAreRefused() async throws {
        let place = SQLitePlace()
        await (try place.openWithQueue()).close()
        try SQLiteShell.change(place.path, "INSERT INTO schema_migration VALUES (99, '0099_future', '', 0)")
        let error = #expect(throws: StoreInspectionError.self) { _ = try self.report(place) }
        #expect(error?.description.contains("99 (0099_future)") == true)
        let foreign = SQLitePlace()
        try SQLiteShell.change(foreign.path, "CREATE TABLE theirs (n)")
        #expect(throws: StoreInspectionError.schema(.foreignDatabase(database: "broker.db"))) {
            _ = try self.report(foreign)
        }
    }

    @Test func damageAndMissingPermissionAreSaid() async throws {
        let place = SQLitePlace()
        await (try place.openWithQueue()).close()
        chmod(place.directory.path, 0o755)
        chmod(place.path, 0o000)
        let error = withoutFilePrivileges { #expect(throws: StoreInspectionError.self) { _ = try self.report(place) } }
        #expect(error == .notReadable(path: place.path, systemError: EACCES))
        chmod(place.path, 0o600)
        #expect(TestFile.overwrite(place.path, at: 0, with: Array("This is no database".utf8)))
        guard
            case .corrupt(let text) = #expect(throws: StoreInspectionError.self, performing: { try self.report(place) })
        else {
            Issue.record("expected corrupt")
            return
        }
        #expect(text.contains(".recover"))
    }
}
