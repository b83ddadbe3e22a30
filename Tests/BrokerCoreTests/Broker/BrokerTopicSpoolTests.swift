import Testing

@testable import BrokerCore

/// What consumers of a topic are behind lies in the store, where memory has no room for it.
@Suite struct BrokerTopicSpoolTests {
    private let topic = Destination.topic("T")
    private let size = 1_024 + 2

    /// Memory takes three messages of each consumer.
    private func world(_ change: (inout BrokerConfiguration) -> Void = { _ in }) -> (BrokerWorld, TestClient) {
        let world = BrokerWorld {
            $0.windowBytes = 3_000
            $0.smallWindowBytes = 3_000
            $0.pageMessages = 2
            change(&$0)
        }
        return (world, TestClient(world, "a"))
    }

    private func send(
        _ numbers: ClosedRange<Int>, _ client: TestClient, to destination: Destination = .topic("T"),
        persistent: Bool = true
    ) {
        for number in numbers { client.send("\(number)", to: destination, persistent: persistent) }
    }

    private func isSuspended(_ world: BrokerWorld, _ client: TestClient) -> Bool {
        world.broker.suspended[client.link] != nil
    }

    private func spooled(_ world: BrokerWorld) -> [StoreBatch.Insert] {
        world.batches.flatMap(\.inserts).filter(\.isSpooled)
    }

    @Test(arguments: [true, false])
    func whatAConsumerIsBehindComesInItsOrderAndAsItWasSent(isPersistent: Bool) {
        let (world, client) = self.world()
        let slow = client.consumer(on: self.topic, prefetch: 1)
        let fast = client.consumer(on: self.topic)
        self.send(10...40, client, persistent: isPersistent)
        world.settle()
        #expect(world.received(by: slow) == ["10"])
        #expect(world.received(by: fast).count == 31)
        #expect(self.spooled(world).count == 27, "three of thirty wait in memory")
        #expect(world.broker.spooledBytes == 27 * self.size)
        #expect(world.broker.transientBytes == 3 * self.size)
        #expect(client.consumeAll(slow) == (10...40).map { "\($0)" })
        #expect(world.dispatches(to: slow).allSatisfy { $0.message.headers.isPersistent == isPersistent })
        #expect(world.dispatches(to: slow).allSatisfy { $0.redeliveryCount == 0 })
        #expect(world.broker.spooledBytes == 0 && world.broker.transientBytes == 0)
        #expect(world.disk.messageCount == 0)
        self.send(50...52, client)
        #expect(Array(client.consumeAll(slow).suffix(3)) == ["50", "51", "52"])
        #expect(self.spooled(world).count == 27)
    }

    @Test func oneRowIsEnoughForAllThatAreBehind() {
        let (world, client) = self.world()
        let slow = [1, 2, 3].map { _ in client.consumer(on: self.topic, prefetch: 1) }
        let durable = client.consumer(on: self.topic, prefetch: 1) { $0.subscriptionName = "s" }
        self.send(10...20, client)
        world.settle()
        #expect(self.spooled(world).count == 7)
        #expect(self.spooled(world).allSatisfy { $0.subscriptions.count == 3 })
        #expect(Set(world.batches.flatMap(\.inserts).map(\.sequence)).count == 7 + 11)
        for consumer in slow + [durable] {
            #expect(client.consumeAll(consumer) == (10...20).map { "\($0)" })
        }
        #expect(world.broker.spooledBytes == 0)
        #expect(world.disk.messageCount == 0)
    }

    @Test func whoLeavesTakesHisSpoolWithHim() {
        let (world, client) = self.world()
        let slow = client.consumer(on: self.topic, prefetch: 1)
        let other = client.consumer(on: self.topic, prefetch: 1)
        self.send(10...30, client)
        world.settle()
        self.send(31...32, client)
        world.tell(client.link, .removeConsumer(slow, .nothing))
        world.settle()
        #expect(world.broker.spooledBytes == 19 * self.size)
        #expect(world.batches.flatMap(\.destroyedSubscriptions).count == 1)
        #expect(client.consumeAll(other) == (10...32).map { "\($0)" })
        #expect(world.broker.spooledBytes == 0 && world.broker.transientBytes == 0)
    }

    @Test func theNextMasterFindsNothingOfIt() {
        let (world, client) = self.world()
        _ = client.consumer(on: self.topic, prefetch: 1)
        self.send(10...30, client)
        world.settle()
        #expect(world.disk.messageCount > 0)
        #expect(world.disk.reopened().messageCount == 0)
        #expect(world.disk.producerSequences.isEmpty, "a repeated send is taken again")
    }

    /// However many are behind: the limit of memory holds up nobody while the spool has room.
    @Test func producersAreHeldUpByTheSpoolsLimitAlone() {
        let (world, client) = self.world {
            $0.memoryLimit = 40 * self.size
            $0.windowBytes = 1 << 20
            $0.usage.temporaryLimitBytes = Int64(100 * self.size)
        }
        let producer = TestClient(world, "b")
        let slow = [1, 2].map { _ in client.consumer(on: self.topic, prefetch: 1) }
        self.send(10...60, producer)
        world.settle()
        #expect(world.broker.transientBytes <= 40 * self.size)
        #expect(!self.isSuspended(world, producer))
        self.send(61...90, producer)
        #expect(self.isSuspended(world, producer))
        for consumer in slow { #expect(client.consumeAll(consumer).count == 81) }
        #expect(!self.isSuspended(world, producer))
    }

    @Test func temporaryTopicsAndLimitedConsumersStayInMemory() {
        let (world, client) = self.world { $0.policies.defaultEntry.pendingLimit = .constant(5) }
        _ = client.consumer(on: self.topic, prefetch: 1)
        self.send(10...30, client)
        let (plain, other) = self.world()
        let temporary = Destination(.temporaryTopic, "ID:a:1")
        plain.ask(other.link, .addDestination(temporary, other.id))
        let consumer = other.consumer(on: temporary, prefetch: 1)
        self.send(10...30, other, to: temporary)
        world.settle()
        plain.settle()
        #expect(self.spooled(world).isEmpty && self.spooled(plain).isEmpty)
        #expect(other.consumeAll(consumer).count == 21)
    }
}
