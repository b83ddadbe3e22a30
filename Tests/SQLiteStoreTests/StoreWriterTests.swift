import BrokerCore
import Glibc
import SQLite
import SQLiteStore
import Synchronization
import TestSupport
import Testing

@Suite struct StoreWriterTests {
    private let queue = BacklogID.queue(DestinationID(1))

    private func batch(_ sequences: ClosedRange<Int64>) -> StoreBatch {
        var batch = StoreBatch()
        for number in sequences { batch.insert(number, DestinationID(1), SampleMessage.numbered(number)) }
        return batch
    }

    private func isClosed(_ driver: StoreDriver) async -> Bool {
        guard case .failure(.closed) = await driver.result(of: StoreBatch()) else { return false }
        guard case .failure(.closed) = await driver.pageResult(of: self.queue) else { return false }
        return true
    }

    // MARK: Group commit

    @Test func whatWaitsDuringACommitSharesTheNext() async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace()
        place.adjust = {
            $0.fileSystem = files.name
            $0.maximumRows = 30
        }
        let gate = TurnstileGate()
        let (store, _) = try SQLiteStore.open(configuration: place.configuration, epoch: 1, gate: gate)
        let driver = StoreDriver(store)
        try await driver.commit { $0.newDestinations = [.init(id: DestinationID(1), destination: .queue("Q"))] }
        let syncs = files.count(.sync, on: .all)
        let proofs = gate.proofCount
        gate.shut()
        let order = Mutex<[Int64]>([])
        let all = AsyncStream<Void>.makeStream()
        for number in Int64(1)...41 {
            store.commit(self.batch(number...number)) { result in
                if case .failure(let error) = result { Issue.record("\(error)") }
                order.withLock { $0.append(number) }
                if number == 41 { all.continuation.yield() }
            }
            // The first commit is under way before the others are handed over.
            if number == 1 { await gate.arrived() }
        }
        gate.letGo()
        for await _ in all.stream { break }
        #expect(order.withLock { $0 } == Array(1...41), "answers in the order of the calls")
        #expect(gate.proofCount - proofs == 3, "one alone, then 30 rows, then the last 10")
        #expect(files.count(.sync, on: .all) - syncs == 3, "each transaction is synced once")
        await driver.close()
    }

    // MARK: Mastership

    @Test func aClosedGateRollsBackAndEndsTheStore() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        try await driver.commit { $0 = self.batch(1...2) }
        place.gate.close("the last beat is 5.2 s old")
        guard case .failure(.gateClosed("the last beat is 5.2 s old")) = await driver.result(of: self.batch(3...3))
        else {
            Issue.record("expected gateClosed")
            return
        }
        #expect(await self.isClosed(driver))
        await driver.close()
        #expect(place.directory.contents().contains("broker.db-wal"), "the log is the next master's to copy")
        var next = place
        next.adjust = { $0.holder = "next" }
        let (store, snapshot) = try SQLiteStore.open(
            configuration: next.configuration, epoch: 2, gate: TestGate())
        #expect(snapshot.count(of: DestinationID(1)) == 2)
        await StoreDriver(store).close()
    }

    @Test func everyTransactionPassesTheGate() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        for batch in [self.batch(1...3), StoreBatch()] {
            let before = place.gate.proofCount
            _ = try await driver.result(of: batch).get()
            #expect(place.gate.proofCount == before + 1)
        }
        await driver.close()
    }

    @Test func aFenceRaisedByAnotherProcessStopsTheNextCommit() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        try SQLiteShell.change(place.path, "UPDATE fence SET epoch = 9")
        guard case .failure(.fenced(held: 1, found: 9)) = await driver.result(of: self.batch(1...1)) else {
            Issue.record("expected fenced")
            return
        }
        #expect(await self.isClosed(driver))
        #expect(try SQLiteShell.query(place.path, "SELECT count(*) FROM message") == ["0"])
        await driver.close()
    }

    // MARK: Other writers

    @Test func anotherWritersTransactionIsWaitedForAndReported() async throws {
        let (noticed, notice) = AsyncStream<StoreNotice>.makeStream()
        var place = SQLitePlace()
        place.adjust = {
            // The other writer has four times this to end, after the first notice.
            $0.busyTimeoutMs = 1_500
            $0.notice = { notice.yield($0) }
        }
        let driver = try await place.openWithQueue()
        let other = try Database(path: place.path, access: .readWrite)
        try other.begin(.immediate)
        async let result = driver.result(of: self.batch(1...1))
        for await first in noticed {
            #expect(first == .lockedByWriter(path: place.path) && first.event == "store.locked_by_writer")
            break
        }
        other.rollback()
        _ = try await result.get()
        await driver.close()
    }

    @Test func anotherWriterThatDoesNotEndEndsTheStore() async throws {
        let log = NoticeLog()
        var place = SQLitePlace()
        place.adjust = {
            $0.busyTimeoutMs = 1
            $0.notice = log.append
        }
        let driver = try await place.openWithQueue()
        let other = try Database(path: place.path, access: .readWrite)
        try other.begin(.immediate)
        guard case .failure(.io(5, _, "beginning a transaction")) = await driver.result(of: StoreBatch()) else {
            Issue.record("expected busy")
            return
        }
        other.rollback()
        #expect(log.events == Array(repeating: "store.locked_by_writer", count: 4))
        #expect(await self.isClosed(driver))
        await driver.close()
    }

    // MARK: No room

    @Test func aFullDiskRefusesMessagesAndTakesAcknowledgements() async throws {
        let files = FaultyFileSystem()
        let log = NoticeLog()
        var place = SQLitePlace()
        place.adjust = {
            $0.fileSystem = files.name
            $0.notice = log.append
        }
        let driver = try await place.openWithQueue()
        try await driver.commit { $0 = self.batch(1...200) }
        await driver.close()
        let (again, _) = try place.open(epoch: 2)
        files.limitGrowth(to: 300_000)
        guard case .failure(.full(let text)) = await again.result(of: self.batch(201...900)) else {
            Issue.record("expected full")
            return
        }
        #expect(text.contains(place.path))
        #expect(try await again.sequences(of: self.queue) == Array(1...200), "nothing was written")
        // More than the log has room for: now and then it has to be copied, which needs none.
        let before = files.count(.write, on: .database)
        for number in Int64(1)...100 { try await again.commit { $0.remove(number, from: self.queue) } }
        #expect(files.count(.write, on: .database) > before)
        #expect(try await again.sequences(of: self.queue) == Array(101...200))
        files.limitGrowth(to: nil)
        try await again.commit { $0 = self.batch(201...900) }
        #expect(try await again.sequences(of: self.queue) == Array(101...900))
        await again.close()
        #expect(log.events == ["store.full", "store.room_again"])
        try place.check(messages: 800)
    }

    @Test func aFullDiskFailsOnlyTheBatchesThatFindNoRoom() async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace()
        place.adjust = { $0.fileSystem = files.name }
        let gate = TurnstileGate()
        let (store, _) = try SQLiteStore.open(configuration: place.configuration, epoch: 1, gate: gate)
        let driver = StoreDriver(store)
        try await driver.commit { $0.newDestinations = [.init(id: DestinationID(1), destination: .queue("Q"))] }
        try await driver.commit { $0 = self.batch(1...10) }
        gate.shut()
        let outcomes = Mutex<[String]>([])
        let all = AsyncStream<Void>.makeStream()
        var removal = StoreBatch()
        removal.remove(1, from: self.queue)
        for (index, batch) in [StoreBatch(), self.batch(11...800), removal, self.batch(801...801)].enumerated() {
            store.commit(batch) { result in
                switch result {
                case .success: outcomes.withLock { $0.append("\(index) stored") }
                case .failure(.full): outcomes.withLock { $0.append("\(index) full") }
                case .failure(let error): outcomes.withLock { $0.append("\(index) \(error)") }
                }
                if index == 3 { all.continuation.yield() }
            }
            if index == 0 { await gate.arrived() }
        }
        files.limitGrowth(to: 200_000)
        gate.letGo()
        for await _ in all.stream { break }
        #expect(outcomes.withLock { $0 } == ["0 stored", "1 full", "2 stored", "3 stored"])
        #expect(try await driver.sequences(of: self.queue) == Array(2...10) + [801])
        await driver.close()
        try place.check(messages: 10)
    }

    @Test func theSetLimitRefusesMessagesUntilSomeAreConsumed() async throws {
        let log = NoticeLog()
        var place = SQLitePlace()
        place.adjust = {
            $0.limitBytes = 400_000
            $0.notice = log.append
        }
        let driver = try await place.openWithQueue()
        var last: Int64 = 0
        var refusal: String?
        while refusal == nil, last < 10_000 {
            switch await driver.result(of: self.batch(last + 1...last + 10)) {
            case .success: last += 10
            case .failure(.full(let text)): refusal = text
            case .failure(let error): throw error
            }
        }
        #expect(refusal?.contains("limit") == true)
        #expect((100..<400).contains(last), "\(last) messages of 1,500 bytes")
        try await driver.commit { batch in for number in 1...last { batch.remove(number, from: self.queue) } }
        try await driver.commit { $0 = self.batch(last + 1...last + 10) }
        await driver.close()
        #expect(log.events == ["store.full", "store.room_again"])
        try place.check(messages: 10)
    }

    @Test func aReserveIsKeptForAcknowledgements() async throws {
        let before = SQLitePlace()
        let driver = try await before.openWithQueue()
        try await driver.commit { $0 = self.batch(1...5) }
        await driver.close()
        var place = before
        place.adjust = { $0.reserveBytes = .max }
        let (next, _) = try place.open(epoch: 2)
        guard case .failure(.full(let text)) = await next.result(of: self.batch(6...6)) else {
            Issue.record("expected full")
            return
        }
        #expect(text.contains("kept for acknowledgements"))
        try await next.commit { $0.remove(1, from: self.queue) }
        #expect(try await next.sequences(of: self.queue) == [2, 3, 4, 5])
        await next.close()
    }

    // MARK: Failing and damaged disks

    @Test(arguments: FileSystemProfile.allCases, [FaultyFileSystem.Operations.write, .sync])
    func anIOErrorEndsTheStoreAndConfirmsNothing(
        _ profile: FileSystemProfile, _ operation: FaultyFileSystem.Operations
    ) async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace(profile: profile)
        place.adjust = { $0.fileSystem = files.name }
        let driver = try await place.openWithQueue()
        try await driver.commit { $0 = self.batch(1...5) }
        let code: Int32 = operation == .write ? 10 | 3 << 8 : 10 | 4 << 8
        files.fail(operation, on: [.log, .journal], code: code, errno: EIO)
        let result = await driver.result(of: self.batch(6...7))
        guard case .failure(.io(code, EIO, _)) = result else {
            Issue.record("expected an I/O error, got \(result)")
            return
        }
        files.heal()
        #expect(await self.isClosed(driver), "a disk that failed once is not trusted again")
        await driver.close()
        let (next, snapshot) = try place.open(epoch: 2)
        // What failed to be confirmed may be there or not, but whole.
        let found = try await next.sequences(of: self.queue)
        #expect(found == Array(1...5) || found == Array(1...7))
        #expect(snapshot.count(of: DestinationID(1)) == Int64(found.count))
        await next.close()
        try place.check(messages: found.count)
    }

    @Test func aQuotaIsFullAndNotAFailingDisk() async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace()
        place.adjust = { $0.fileSystem = files.name }
        let driver = try await place.openWithQueue()
        files.fail(.write, on: .log, code: 10 | 3 << 8, errno: EDQUOT)
        guard case .failure(.full) = await driver.result(of: self.batch(1...1)) else {
            Issue.record("expected full")
            return
        }
        files.heal()
        try await driver.commit { $0 = self.batch(1...1) }
        await driver.close()
    }

    @Test func anIOErrorOfACheckpointComesAfterTheConfirmation() async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace()
        place.adjust = {
            $0.fileSystem = files.name
            $0.checkpointPages = 10
        }
        let driver = try await place.openWithQueue()
        files.fail(.write, on: .database, code: 10 | 3 << 8, errno: EIO)
        try await driver.commit { $0 = self.batch(1...100) }
        #expect(await self.isClosed(driver))
        await driver.close()
        files.heal()
        let (next, _) = try place.open(epoch: 2)
        #expect(try await next.sequences(of: self.queue) == Array(1...100))
        await next.close()
    }

    @Test func aFailingReadEndsTheStore() async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace()
        place.adjust = {
            $0.fileSystem = files.name
            $0.cacheKibibytes = 40
        }
        let driver = try await place.openWithQueue()
        try await driver.commit { $0 = self.batch(1...500) }
        files.fail(.read, on: .all, code: 10 | 1 << 8, errno: EIO)
        guard case .failure(.io(266, EIO, "reading a queue")) = await driver.pageResult(of: self.queue) else {
            Issue.record("expected an I/O error")
            return
        }
        #expect(await self.isClosed(driver))
        await driver.close()
    }

    @Test func aDamagedPageIsNamedAndTheFileLeftAsItIs() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        try await driver.commit { $0 = self.batch(1...500) }
        await driver.close()
        let leaf =
            "SELECT pageno FROM dbstat WHERE name = 'message' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 9"
        let page = try #require(try SQLiteShell.query(place.path, leaf).first.flatMap(Int.init))
        #expect(TestFile.overwrite(place.path, at: (page - 1) * 4_096, with: [UInt8](repeating: 0xff, count: 4_096)))
        let (next, _) = try place.open(epoch: 2)
        let before = TestFile.bytes(place.path)
        guard case .failure(.corrupt(let text)) = await next.pageResult(of: self.queue) else {
            Issue.record("expected corrupt")
            return
        }
        #expect(text.contains("\(place.path) is damaged") && text.contains("age \(page)") && text.contains(".recover"))
        #expect(await self.isClosed(next))
        await next.close()
        #expect(TestFile.bytes(place.path) == before)
    }

    @Test func aRowThatCannotBeReadIsNamed() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        try await driver.commit { $0 = self.batch(1...3) }
        try SQLiteShell.change(place.path, "UPDATE message SET body_kind = 'poem' WHERE sequence = 2")
        guard case .failure(.corrupt(let text)) = await driver.pageResult(of: self.queue) else {
            Issue.record("expected corrupt")
            return
        }
        #expect(text == "\(place.path): message 2 cannot be read: body_kind")
        await driver.close()
    }

    @Test func anotherWritersRowIsNotOverwritten() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        try await driver.commit { $0 = self.batch(1...1) }
        guard case .failure(.corrupt(let text)) = await driver.result(of: self.batch(1...1)) else {
            Issue.record("expected a contradiction")
            return
        }
        #expect(text.contains("UNIQUE constraint failed: message.sequence"))
        await driver.close()
    }
}
