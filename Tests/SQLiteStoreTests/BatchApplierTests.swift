import BrokerCore
import SQLiteStore
import TestSupport
import Testing

@Suite struct BatchApplierTests {
    private let queue = BacklogID.queue(DestinationID(1))

    // MARK: Against the model

    /// Random batches on both stores must give the same pages and snapshots, also after a take-over.
    @Test(arguments: Array(1...20) as [UInt64]) func itDoesWhatTheModelDoes(seed: UInt64) async throws {
        let place = SQLitePlace()
        let disk = InMemoryDisk()
        var random = SeededRandom(seed: seed)
        var world = RandomWorld()
        for epoch in Int64(1)...4 {
            let (driver, snapshot) = try place.open(epoch: epoch)
            let (model, expected) = try InMemoryStore.open(disk, epoch: epoch)
            #expect(Summary(snapshot) == Summary(expected), "seed \(seed), epoch \(epoch)")
            let modelDriver = StoreDriver(model) { model.pumpAll() }
            world.forgetSpooled(snapshot)
            for step in 1...25 {
                let batch = world.batch(&random)
                _ = try await driver.result(of: batch).get()
                _ = try await modelDriver.result(of: batch).get()
                let backlog = world.backlog(&random)
                let from = Int64.random(in: 0...world.lastSequence, using: &random)
                let page = try await driver.page(of: backlog, from: from, limit: 20, maximumBytes: 40_000)
                let model = try await modelDriver.page(of: backlog, from: from, limit: 20, maximumBytes: 40_000)
                #expect(page.map(PageRow.init) == model.map(PageRow.init), "seed \(seed), epoch \(epoch), step \(step)")
            }
            await driver.close()
            await modelDriver.close()
        }
        let (last, snapshot) = try place.open(epoch: 5)
        #expect(Summary(snapshot) == Summary(try InMemoryStore.open(disk, epoch: 5).snapshot), "seed \(seed)")
        await last.close()
        try place.check(messages: Int(snapshot.destinations.reduce(0) { $0 + $1.messageCount }))
    }

    private struct PageRow: Hashable {
        let sequence: MessageSequence
        let content: MessageContent
        let redeliveryCount: Int32

        init(_ stored: StoredMessage) {
            self.sequence = stored.sequence
            self.content = MessageContent(stored.message)
            self.redeliveryCount = stored.redeliveryCount
        }
    }

    /// A snapshot to compare: in an order that does not depend on the store.
    private struct Summary: Equatable {
        let numbers: [Int64]
        let destinations: [[String]]
        let subscriptions: [SubscriptionRecord: Int64]
        let producers: [ProducerID: Int64]
        let prepared: [XATransactionID: [Int64]]
        let removals: [XATransactionID: [StoreBatch.Removal]]

        init(_ snapshot: StoreSnapshot) {
            self.numbers = [
                snapshot.lastSequence.rawValue, snapshot.lastDestinationID, snapshot.lastSubscriptionID,
            ]
            self.destinations = snapshot.destinations.sorted { $0.id.rawValue < $1.id.rawValue }
                .map { ["\($0.id.rawValue)", "\($0.destination)", "\($0.messageCount)"] }
            self.subscriptions = Dictionary(
                uniqueKeysWithValues: snapshot.subscriptions.map { ($0.record, $0.messageCount) })
            self.producers = snapshot.producerSequences
            self.prepared = Dictionary(
                uniqueKeysWithValues: snapshot.prepared.map { ($0.transaction, $0.inserts.map(\.sequence.rawValue)) })
            self.removals = Dictionary(
                uniqueKeysWithValues: snapshot.prepared.map { ($0.transaction, $0.removals) })
        }
    }

    // MARK: Numbers

    @Test func numbersAreNotReusedAfterACrash() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        try await driver.commit { $0.insert(10, DestinationID(1), SampleMessage.numbered(10)) }
        try await driver.commit { $0.remove(10, from: self.queue) }
        // Without a close: the next master finds the number in reserve, above all that were given out since.
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.lastSequence.rawValue >= 10 + 500_000)
        await next.close()
        await driver.close()
        let (third, after) = try place.open(epoch: 3)
        #expect(after.lastSequence == snapshot.lastSequence, "an orderly stop wastes no numbers")
        await third.close()
    }

    @Test func toldNumbersAreReserved() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        try await driver.commit { $0.lastSequence = MessageSequence(30_000_000) }
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.lastSequence.rawValue >= 30_000_000 + 500_000)
        await next.close()
        await driver.close()
    }

    // MARK: Producers

    @Test func theLeastRecentlyUsedProducersAreForgotten() async throws {
        var place = SQLitePlace()
        place.adjust = { $0.maximumProducers = 100 }
        let driver = try await place.openWithQueue()
        func producer(_ number: Int) -> ProducerID { ProducerID(connection: "c\(number)", session: 1, value: 1) }
        for number in 1..<300 {
            // Number 0 goes on sending.
            try await driver.commit { $0.producerSequences = [producer(number): 1, producer(0): Int64(number)] }
        }
        await driver.close()
        let (next, snapshot) = try place.open(epoch: 2)
        #expect((100...110).contains(snapshot.producerSequences.count))
        #expect(snapshot.producerSequences[producer(0)] == 299)
        #expect((200..<300).allSatisfy { snapshot.producerSequences[producer($0)] == 1 })
        await next.close()
    }

    // MARK: Failing in the middle

    /// What a failed transaction had begun must not show in the next one.
    @Test func aRefusedBatchLeavesNoTraceInTheCounts() async throws {
        let files = FaultyFileSystem()
        var place = SQLitePlace()
        place.adjust = {
            $0.fileSystem = files.name
            $0.cacheKibibytes = 40
        }
        let driver = try await place.openWithQueue()
        files.limitGrowth(to: 100_000)
        guard case .failure(.full) = await driver.result(of: self.wide()) else {
            Issue.record("expected full")
            return
        }
        files.limitGrowth(to: nil)
        _ = try await driver.result(of: self.wide()).get()
        #expect(try await driver.sequences(of: .queue(DestinationID(2))) == Array(1...200))
        await driver.close()
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.count(of: DestinationID(2)) == 200 && snapshot.lastDestinationID == 2)
        #expect(snapshot.prepared.map(\.inserts.count) == [1])
        await next.close()
        try place.check(messages: 200)
    }

    /// Touches every kind of sum, with more than there is room for.
    private func wide() -> StoreBatch {
        var batch = StoreBatch()
        batch.newDestinations = [.init(id: DestinationID(2), destination: .queue("R"))]
        for number in Int64(1)...200 { batch.insert(number, DestinationID(2), SampleMessage.numbered(number)) }
        batch.insert(
            201, DestinationID(2), SampleMessage.numbered(201),
            prepared: XATransactionID(formatID: 1, global: [1], branch: [1]))
        batch.producerSequences = [SampleMessage.producer: 201]
        return batch
    }
}
