package import BrokerCore
import Testing

/// A place for one store's data, on which stores are opened one after the other, as brokers take over from each other.
package protocol StorePlace: Sendable {
    /// Opens a store for a new master.
    func open(epoch: Int64) throws -> (driver: StoreDriver, snapshot: StoreSnapshot)
}

/// What every `MessageStore` must do, whatever it is made of. A fault found in one store becomes a case for all.
package struct MessageStoreConformance: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    package let check: @Sendable (any StorePlace) async throws -> Void

    private init(_ description: String, _ check: @escaping @Sendable (any StorePlace) async throws -> Void) {
        self.testDescription = description
        self.check = check
    }

    package static let cases: [MessageStoreConformance] = [
        Self("messages come back byte for byte", Self.messagesComeBack),
        Self("pages are in order and within their bounds", Self.pagesAreBounded),
        Self("a page may be of one priority", Self.pagesOfOnePriority),
        Self("a delay is kept", Self.delaysAreKept),
        Self("a page sees the batches handed over before it alone", Self.pagesStandInOrder),
        Self("removals remove what they name and nothing else", Self.removalsAreExact),
        Self("numbers are never given out twice", Self.numbersAreNotReused),
        Self("a new master finds destinations, subscriptions and producers", Self.snapshotIsComplete),
        Self("a topic's message stays until no subscription wants it", Self.subscriptionsShareMessages),
        Self("destroyed destinations and subscriptions leave nothing", Self.destructionIsComplete),
        Self("a prepared transaction waits, also for the next master", Self.preparedTransactionsWait),
        Self("a new master fences the old one", Self.olderMastersAreFenced),
        Self("messages that are not persistent end with their master", Self.spooledMessagesEnd),
        Self("scheduled jobs come back byte for byte", Self.jobsComeBack),
        Self("pages of jobs are in order and within their bounds", Self.jobsAreInOrder),
        Self("changes of jobs are made in their order", Self.jobChangesAreInOrder),
        Self("a job leaves and its message enters together", Self.firingIsAtomic),
        Self("jobs of a prepared transaction wait, also for the next master", Self.preparedJobsWait),
        Self("closing finishes what was handed over", Self.closingFinishes),
        Self("an empty batch is confirmed", Self.emptyBatchIsConfirmed),
    ]

    // MARK: Messages

    private static let queue = DestinationID(1)
    private static let otherQueue = DestinationID(2)

    private static func openWithQueues(_ place: any StorePlace) async throws -> StoreDriver {
        let (driver, snapshot) = try place.open(epoch: 1)
        #expect(snapshot.destinations.isEmpty && snapshot.lastDestinationID == 0)
        try await driver.commit {
            $0.newDestinations = [
                .init(id: Self.queue, destination: .queue("Q")), .init(id: Self.otherQueue, destination: .queue("R")),
            ]
        }
        return driver
    }

    private static func messagesComeBack(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        let messages = try SampleMessage.everyShape(to: .queue("Q"))
        try await driver.commit { batch in
            for (index, message) in messages.enumerated() {
                batch.insert(Int64(index + 1), Self.queue, message, redeliveryCount: Int32(index))
            }
        }
        var notStored = MessageExtras()
        notStored.advisory = .becameMaster
        notStored.targetConsumer = ConsumerID(connection: "c", session: 1, value: 1)
        let advisory = SampleMessage.text(1, to: .queue("Q"))
        try await driver.commit {
            $0.insert(1_000, Self.queue, advisory.with(headers: advisory.headers, properties: nil, extras: notStored))
        }
        await driver.close()
        let (next, _) = try place.open(epoch: 2)
        let read = try await next.page(of: .queue(Self.queue))
        #expect(read.count == messages.count + 1)
        for (index, (stored, sent)) in zip(read, messages).enumerated() {
            #expect(MessageContent(stored.message) == MessageContent(sent))
            #expect(stored.sequence == MessageSequence(Int64(index + 1)) && stored.redeliveryCount == Int32(index))
        }
        #expect(read.last?.message.extras == MessageExtras())
        await next.close()
    }

    private static func pagesAreBounded(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        try await driver.commit { batch in
            for number in 1...20 {
                let isOther = number % 5 == 0
                let message = SampleMessage.text(Int64(number), to: .queue(isOther ? "R" : "Q"))
                batch.insert(Int64(number * 10), isOther ? Self.otherQueue : Self.queue, message)
            }
        }
        let backlog = BacklogID.queue(Self.queue)
        func sequences(_ page: [StoredMessage]) -> [Int64] { page.map(\.sequence.rawValue) }
        #expect(try await sequences(driver.page(of: backlog, limit: 5)) == [10, 20, 30, 40, 60])
        #expect(try await sequences(driver.page(of: backlog, from: 60, limit: 2)) == [60, 70])
        #expect(try await sequences(driver.page(of: backlog, from: 181)) == [190])
        #expect(try await sequences(driver.page(of: backlog, from: 191)) == [])
        #expect(try await sequences(driver.page(of: backlog, limit: 0)) == [])
        let size = SampleMessage.text(1, to: .queue("Q")).size
        #expect(try await sequences(driver.page(of: backlog, maximumBytes: 3 * size)) == [10, 20, 30])
        #expect(try await sequences(driver.page(of: backlog, maximumBytes: 0)) == [10], "never none for its size")
        #expect(try await sequences(driver.page(of: .queue(DestinationID(77)))) == [])
        await driver.close()
    }

    private static func pagesOfOnePriority(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        let subscription = SubscriptionID(1)
        let topic = DestinationID(3)
        try await driver.commit { batch in
            batch.newDestinations = [.init(id: topic, destination: .topic("T"))]
            batch.newSubscriptions = [
                SubscriptionRecord(
                    id: subscription, clientID: "c", name: "s", topic: .topic("T"), selector: nil, isNoLocal: false)
            ]
            for number in Int64(1)...20 {
                let sample = SampleMessage.text(number, to: .queue("Q"))
                var headers = sample.headers
                headers.priority = Int8(number % 10)
                let message = sample.with(headers: headers, properties: nil, extras: nil)
                batch.insert(number, Self.queue, message)
                headers.destination = .topic("T")
                let copy = sample.with(headers: headers, properties: nil, extras: nil)
                batch.insert(100 + number, topic, copy, subscriptions: [subscription])
            }
        }
        func sequences(_ page: [StoredMessage]) -> [Int64] { page.map(\.sequence.rawValue) }
        for priority in Int64(0)...9 {
            let both = priority == 0 ? [10, 20] : [priority, priority + 10]
            let queue = BacklogID.queue(Self.queue)
            let level = Int8(priority)
            #expect(try await sequences(driver.page(of: queue, priority: level)) == both)
            #expect(try await sequences(driver.page(of: queue, priority: level, from: both[0] + 1)) == [both[1]])
            #expect(try await sequences(driver.page(of: queue, priority: level, limit: 1)) == [both[0]])
            let copies = try await sequences(driver.page(of: .subscription(subscription), priority: level))
            #expect(copies == both.map { $0 + 100 })
        }
        #expect(try await driver.page(of: .queue(Self.otherQueue), priority: 4).isEmpty)
        await driver.close()
    }

    private static func delaysAreKept(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        try await driver.commit {
            $0.insert(1, Self.queue, SampleMessage.text(1, to: .queue("Q")), notBeforeMs: 1_700_000_000_123)
            $0.insert(2, Self.queue, SampleMessage.text(2, to: .queue("Q")))
        }
        await driver.close()
        let (next, _) = try place.open(epoch: 2)
        #expect(try await next.page(of: .queue(Self.queue)).map(\.notBeforeMs) == [1_700_000_000_123, 0])
        await next.close()
    }

    private static func pagesStandInOrder(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        func batch(_ sequence: Int64) -> StoreBatch {
            var batch = StoreBatch()
            batch.insert(sequence, Self.queue, SampleMessage.text(sequence, to: .queue("Q")))
            return batch
        }
        driver.store.commit(batch(1)) { _ in }
        driver.store.commit(batch(2)) { _ in }
        let early = await withCheckedContinuation { continuation in
            driver.store.page(
                of: .queue(Self.queue), priority: nil, from: MessageSequence(0), limit: 10, maximumBytes: 1 << 20
            ) { continuation.resume(returning: $0) }
            driver.store.commit(batch(3)) { _ in }
            driver.letGo()
        }
        #expect(try early.get().map(\.sequence.rawValue) == [1, 2])
        #expect(try await driver.sequences(of: .queue(Self.queue)) == [1, 2, 3])
        await driver.close()
    }

    private static func removalsAreExact(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        try await driver.commit { batch in
            for number in Int64(1)...30 {
                let isOther = (11...14).contains(number)
                let message = SampleMessage.text(number, to: .queue(isOther ? "R" : "Q"))
                batch.insert(number, isOther ? Self.otherQueue : Self.queue, message)
            }
        }
        try await driver.commit { batch in
            // Neighbours over both queues, unsorted, some twice, some unknown, and two that name the wrong queue.
            for number in [9, 8, 7, 10, 12, 11, 20, 20, 99, 31] as [Int64] {
                batch.remove(number, from: .queue((11...14).contains(number) ? Self.otherQueue : Self.queue))
            }
            batch.remove(13, from: .queue(Self.queue))
            batch.remove(21, from: .queue(Self.otherQueue))
            batch.remove(1, from: .subscription(SubscriptionID(1)))
        }
        let left = Array(1...6) + Array(15...19) + Array(21...30)
        #expect(try await driver.sequences(of: .queue(Self.queue)) == left.map(Int64.init))
        #expect(try await driver.sequences(of: .queue(Self.otherQueue)) == [13, 14])
        await driver.close()
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.count(of: Self.queue) == 21 && snapshot.count(of: Self.otherQueue) == 2)
        await next.close()
    }

    private static func numbersAreNotReused(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        try await driver.commit { batch in
            for number in Int64(1)...10 {
                batch.insert(number, Self.queue, SampleMessage.text(number, to: .queue("Q")))
            }
        }
        try await driver.commit { batch in
            for number in Int64(1)...10 { batch.remove(number, from: .queue(Self.queue)) }
        }
        try await driver.commit { $0.destroyedDestinations = [Self.otherQueue] }
        await driver.close()
        let (second, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.lastSequence == MessageSequence(10) && snapshot.lastDestinationID == 2)
        try await second.commit { $0.lastSequence = MessageSequence(5_000) }
        await second.close()
        let (third, later) = try place.open(epoch: 3)
        #expect(later.lastSequence == MessageSequence(5_000))
        await third.close()
    }

    private static func snapshotIsComplete(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        let record = SubscriptionRecord(
            id: SubscriptionID(4), clientID: "client", name: "sub", topic: .topic("T.>"), selector: "a = 'b'",
            isNoLocal: true)
        let (first, second) = (ProducerID("ID:a:1:2:3"), ProducerID("ID:b:1:2:3"))
        let producers = try [#require(first), #require(second)]
        try await driver.commit {
            $0.newDestinations = [
                .init(id: DestinationID(9), destination: .topic("T.1")),
                .init(id: DestinationID(10), destination: Destination(.temporaryQueue, "t")),
                .init(id: DestinationID(11), destination: Destination(.temporaryTopic, "t")),
            ]
            $0.newSubscriptions = [record]
            $0.insert(1, DestinationID(9), SampleMessage.text(1, to: .topic("T.1")), subscriptions: [record.id])
            $0.producerSequences = [producers[0]: 5, producers[1]: 1]
        }
        try await driver.commit {
            $0.deliveredThrough = [
                .queue(DestinationID(9)): MessageSequence(7), .subscription(SubscriptionID(4)): MessageSequence(6),
            ]
        }
        try await driver.commit {
            $0.producerSequences = [producers[0]: 4, producers[1]: 2]
            $0.deliveredThrough = [.queue(DestinationID(9)): MessageSequence(3)]
        }
        await driver.close()
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(
            Set(snapshot.destinations.map(\.destination)) == [
                .queue("Q"), .queue("R"), .topic("T.1"), Destination(.temporaryQueue, "t"),
                Destination(.temporaryTopic, "t"),
            ])
        #expect(snapshot.lastDestinationID == 11 && snapshot.lastSubscriptionID == 4)
        #expect(snapshot.subscriptions.map(\.record) == [record])
        #expect(snapshot.subscriptions.map(\.messageCount) == [1])
        #expect(snapshot.subscriptions.map(\.deliveredThrough) == [MessageSequence(6)])
        let marked = snapshot.destinations.first { $0.id == DestinationID(9) }
        #expect(marked?.deliveredThrough == MessageSequence(7), "never goes back")
        #expect(snapshot.producerSequences == [producers[0]: 5, producers[1]: 2], "the highest is kept")
        await next.close()
    }

    // MARK: Topics

    private static let topic = DestinationID(3)
    private static let subscriptions = [SubscriptionID(1), SubscriptionID(2)]
    private static let spool = SubscriptionID(3)

    private static func openWithTopic(_ place: any StorePlace) async throws -> StoreDriver {
        let driver = try await Self.openWithQueues(place)
        try await driver.commit { batch in
            batch.newDestinations = [.init(id: Self.topic, destination: .topic("T"))]
            for id in Self.subscriptions {
                batch.newSubscriptions.append(
                    SubscriptionRecord(
                        id: id, clientID: "c", name: "s\(id.rawValue)", topic: .topic(id.rawValue == 1 ? "T" : ">"),
                        selector: nil, isNoLocal: false))
            }
            for number in Int64(1)...4 {
                batch.insert(
                    number, Self.topic, SampleMessage.text(number, to: .topic("T")),
                    subscriptions: number == 4 ? [Self.subscriptions[1]] : Self.subscriptions)
            }
        }
        return driver
    }

    private static func subscriptionsShareMessages(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithTopic(place)
        let backlogs = Self.subscriptions.map(BacklogID.subscription)
        #expect(try await driver.sequences(of: backlogs[0]) == [1, 2, 3])
        #expect(try await driver.sequences(of: backlogs[1]) == [1, 2, 3, 4])
        try await driver.commit {
            $0.remove(1, from: backlogs[0])
            $0.remove(2, from: backlogs[1])
            $0.remove(4, from: backlogs[0])
        }
        try await driver.commit { $0.remove(1, from: backlogs[1]) }
        #expect(try await driver.sequences(of: backlogs[0]) == [2, 3])
        #expect(try await driver.sequences(of: backlogs[1]) == [3, 4])
        #expect(try await driver.page(of: backlogs[0], from: 3, limit: 1).map(\.sequence.rawValue) == [3])
        await driver.close()
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.count(of: Self.topic) == 3, "messages 2, 3 and 4 are still wanted")
        #expect(Self.subscriptions.map(snapshot.count) == [2, 2])
        await next.close()
    }

    private static func destructionIsComplete(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithTopic(place)
        try await driver.commit { $0.insert(5, Self.queue, SampleMessage.text(5, to: .queue("Q"))) }
        try await driver.commit { $0.destroyedSubscriptions = [Self.subscriptions[1]] }
        #expect(try await driver.sequences(of: .subscription(Self.subscriptions[0])) == [1, 2, 3])
        #expect(try await driver.sequences(of: .subscription(Self.subscriptions[1])) == [])
        await driver.close()
        let (second, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.count(of: Self.topic) == 3, "message 4 was only wanted by the destroyed subscription")
        #expect(snapshot.subscriptions.map(\.record.id) == [Self.subscriptions[0]])
        try await second.commit {
            $0.destroyedDestinations = [Self.topic, Self.queue]
            $0.newDestinations = [.init(id: DestinationID(8), destination: .queue("Q"))]
        }
        #expect(try await second.sequences(of: .queue(Self.queue)) == [])
        await second.close()
        let (third, empty) = try place.open(epoch: 3)
        #expect(empty.subscriptions.isEmpty, "a topic takes its own subscriptions with it")
        #expect(Set(empty.destinations.map(\.id)) == [Self.otherQueue, DestinationID(8)])
        #expect(empty.destinations.allSatisfy { $0.messageCount == 0 })
        await third.close()
    }

    // MARK: Transactions

    private static func preparedTransactionsWait(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithTopic(place)
        let kept = XATransactionID(formatID: 1, global: [1, 2], branch: [3])
        let dropped = XATransactionID(formatID: 1, global: [1, 2], branch: [])
        let backlog = BacklogID.queue(Self.queue)
        try await driver.commit { batch in
            for number in Int64(10)...12 {
                batch.insert(number, Self.queue, SampleMessage.text(number, to: .queue("Q")))
            }
        }
        let removals = [
            StoreBatch.Removal(backlog: backlog, sequence: MessageSequence(10)),
            StoreBatch.Removal(backlog: .subscription(Self.subscriptions[0]), sequence: MessageSequence(1)),
        ]
        try await driver.commit {
            $0.insert(13, Self.queue, SampleMessage.text(13, to: .queue("Q")), prepared: kept)
            $0.insert(
                14, Self.topic, SampleMessage.text(14, to: .topic("T")), subscriptions: Self.subscriptions,
                prepared: kept)
            $0.insert(15, Self.queue, SampleMessage.text(15, to: .queue("Q")), prepared: dropped)
            $0.prepares = [
                .init(transaction: kept, removals: removals), .init(transaction: dropped, removals: removals),
            ]
        }
        try await driver.commit { $0.remove(13, from: backlog) }
        #expect(try await driver.sequences(of: backlog) == [10, 11, 12], "removal of a hidden message does nothing")
        #expect(try await driver.sequences(of: .subscription(Self.subscriptions[0])) == [1, 2, 3])
        await driver.close()

        let (second, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.count(of: Self.queue) == 3 && snapshot.count(of: Self.subscriptions[0]) == 3)
        #expect(snapshot.prepared.map(\.transaction) == [kept, dropped])
        #expect(snapshot.prepared.map { $0.inserts.map(\.sequence.rawValue) } == [[13, 14], [15]])
        #expect(snapshot.prepared.map(\.removals) == [removals, removals])
        try await second.commit {
            $0.resolves = [.init(transaction: kept, commits: true), .init(transaction: dropped, commits: false)]
        }
        #expect(try await second.sequences(of: backlog) == [11, 12, 13])
        #expect(try await second.sequences(of: .subscription(Self.subscriptions[0])) == [2, 3, 14])
        #expect(try await second.sequences(of: .subscription(Self.subscriptions[1])) == [1, 2, 3, 4, 14])
        await second.close()

        let (third, after) = try place.open(epoch: 3)
        #expect(after.prepared.isEmpty)
        #expect(after.count(of: Self.queue) == 3 && after.count(of: Self.topic) == 5)
        #expect(Self.subscriptions.map(after.count) == [3, 5])
        await third.close()
    }

    // MARK: Masters

    private static func olderMastersAreFenced(_ place: any StorePlace) async throws {
        let old = try await Self.openWithQueues(place)
        let (new, _) = try place.open(epoch: 2)
        var batch = StoreBatch()
        batch.insert(1, Self.queue, SampleMessage.text(1, to: .queue("Q")))
        guard case .failure(.fenced(held: 1, found: 2)) = await old.result(of: batch) else {
            Issue.record("the old master was not fenced")
            return
        }
        guard case .failure(.closed) = await old.result(of: StoreBatch()) else {
            Issue.record("a fenced store must refuse what follows")
            return
        }
        guard case .failure(.closed) = await old.pageResult(of: .queue(Self.queue)) else {
            Issue.record("a fenced store must not be read")
            return
        }
        await old.close()
        #expect(try await new.sequences(of: .queue(Self.queue)) == [])
        #expect(try await new.commit { $0.inserts = batch.inserts }.epoch == 2)
        #expect(throws: (any Error).self, "an older epoch cannot come back") { try place.open(epoch: 1) }
        await new.close()
    }

    private static func spooledMessagesEnd(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithTopic(place)
        try await driver.commit { batch in
            for number in Int64(11)...14 {
                let isPersistent = number == 12
                batch.insert(
                    number, Self.queue, SampleMessage.text(number, to: .queue("Q"), isPersistent: isPersistent))
            }
            batch.insert(
                15, Self.topic, SampleMessage.text(15, to: .topic("T"), isPersistent: false),
                subscriptions: Self.subscriptions)
            // Of a consumer that has no durable subscription, and so no record.
            batch.insert(
                16, Self.topic, SampleMessage.text(16, to: .topic("T")), subscriptions: [Self.spool], isSpooled: true)
        }
        #expect(try await driver.sequences(of: .queue(Self.queue)) == [11, 12, 13, 14])
        let spooled = try await driver.page(of: .subscription(Self.spool), from: 0, limit: 9, maximumBytes: .max)
        #expect(spooled.map(\.sequence.rawValue) == [16])
        #expect(spooled.map { MessageContent($0.message) } == [MessageContent(SampleMessage.text(16, to: .topic("T")))])
        await driver.close()
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(try await next.sequences(of: .queue(Self.queue)) == [12])
        #expect(try await next.sequences(of: .subscription(Self.subscriptions[0])) == [1, 2, 3])
        #expect(try await next.sequences(of: .subscription(Self.spool)) == [])
        #expect(snapshot.count(of: Self.queue) == 1 && snapshot.count(of: Self.topic) == 4)
        #expect(Self.subscriptions.map(snapshot.count) == [3, 4])
        await next.close()
    }

    private static func closingFinishes(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        await withCheckedContinuation { continuation in
            var batch = StoreBatch()
            batch.insert(1, Self.queue, SampleMessage.text(1, to: .queue("Q")))
            driver.store.commit(batch) { result in
                if case .failure(let error) = result { Issue.record("\(error)") }
            }
            driver.store.close { continuation.resume() }
            driver.letGo()
        }
        guard case .failure(.closed) = await driver.result(of: StoreBatch()) else {
            Issue.record("a closed store must refuse")
            return
        }
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.count(of: Self.queue) == 1)
        await next.close()
    }

    private static func emptyBatchIsConfirmed(_ place: any StorePlace) async throws {
        let driver = try await Self.openWithQueues(place)
        #expect(try await driver.commit { _ in }.epoch == 1)
        await driver.close()
    }
}

extension StoreSnapshot {
    package func count(of id: DestinationID) -> Int64? {
        self.destinations.first { $0.id == id }?.messageCount
    }

    package func count(of id: SubscriptionID) -> Int64? {
        self.subscriptions.first { $0.record.id == id }?.messageCount
    }
}
