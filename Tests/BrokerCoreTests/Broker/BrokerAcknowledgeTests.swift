import Testing

@testable import BrokerCore

@Suite struct BrokerAcknowledgeTests {
    let queue = Destination.queue("Q")

    private func filled(_ count: Int) -> (BrokerWorld, TestClient) {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        for body in 1...count { client.send("\(body)", to: self.queue) }
        world.settle()
        return (world, client)
    }

    @Test func dispatchesNoMoreThanThePrefetch() throws {
        let (world, client) = self.filled(10)
        let consumer = client.consumer(on: self.queue, prefetch: 3)
        #expect(world.received(by: consumer) == ["1", "2", "3"])
        client.acknowledge(world.dispatches(to: consumer)[0])
        #expect(world.received(by: consumer).count == 4)
    }

    @Test func widensTheWindowByDeliveredAcknowledgements() throws {
        let (world, client) = self.filled(10)
        let consumer = client.consumer(on: self.queue, prefetch: 2)
        let first = world.dispatches(to: consumer)
        client.acknowledge(first[1], .delivered, from: first[0], count: 2)
        #expect(world.received(by: consumer) == ["1", "2", "3", "4"])
        let all = world.dispatches(to: consumer)
        client.acknowledge(all[3], from: all[0], count: 4)
        #expect(world.received(by: consumer) == ["1", "2", "3", "4", "5", "6"])
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["5", "6", "7", "8", "9", "10"])
    }

    @Test func removesExactlyTheRange() {
        let (world, client) = self.filled(6)
        let consumer = client.consumer(on: self.queue)
        let all = world.dispatches(to: consumer)
        client.acknowledge(all[3], from: all[1], count: 3)
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["1", "5", "6"])
    }

    @Test func removesIndividuallyInAnyOrder() {
        let (world, client) = self.filled(4)
        let consumer = client.consumer(on: self.queue)
        let all = world.dispatches(to: consumer)
        for index in [2, 0, 3] { client.acknowledge(all[index], .individual) }
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["2"])
    }

    @Test func sharesByTurnsAmongConsumersWithRoom() {
        let (world, client) = self.filled(6)
        let one = client.consumer(on: self.queue, prefetch: 1)
        let two = client.consumer(on: self.queue, prefetch: 1)
        #expect(world.received(by: one) == ["1"])
        #expect(world.received(by: two) == ["2"])
        client.acknowledge(world.dispatches(to: two)[0])
        #expect(world.received(by: two) == ["2", "3"])
    }

    @Test func alternatesWhenAllHaveRoom() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let one = client.consumer(on: self.queue)
        let two = client.consumer(on: self.queue)
        for body in 1...6 { client.send("\(body)", to: self.queue) }
        #expect(world.received(by: one) == ["1", "3", "5"])
        #expect(world.received(by: two) == ["2", "4", "6"])
    }

    @Test func servesHigherPriorityFirst() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let low = client.consumer(on: self.queue)
        let high = client.consumer(on: self.queue, prefetch: 2) { $0.priority = 5 }
        for body in 1...3 { client.send("\(body)", to: self.queue) }
        #expect(world.received(by: high) == ["1", "2"])
        #expect(world.received(by: low) == ["3"])
    }

    @Test func exclusiveConsumerGetsEverythingUntilItLeaves() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let plain = client.consumer(on: self.queue)
        let exclusive = client.consumer(on: self.queue) { $0.isExclusive = true }
        for body in 1...3 { client.send("\(body)", to: self.queue) }
        #expect(world.received(by: exclusive) == ["1", "2", "3"])
        #expect(world.received(by: plain).isEmpty)
        world.tell(client.link, .removeConsumer(exclusive, .nothing))
        #expect(world.received(by: plain) == ["1", "2", "3"])
    }

    @Test(arguments: [
        (LastDelivered.nothing, [0, 0, 0] as [Int32]), (.unknown, [1, 1, 1]),
        (.upTo(MessageSequence(2)), [1, 1, 0]), (.upTo(MessageSequence(999)), [0, 0, 0]),
    ])
    func countsRedeliveriesAsTheClientSays(last: LastDelivered, counts: [Int32]) {
        let (world, client) = self.filled(3)
        let first = client.consumer(on: self.queue)
        #expect(world.dispatches(to: first).map(\.redeliveryCount) == [0, 0, 0])
        world.tell(client.link, .removeConsumer(first, last))
        let second = client.consumer(on: self.queue)
        #expect(world.received(by: second) == ["1", "2", "3"])
        #expect(world.dispatches(to: second).map(\.redeliveryCount) == counts)
    }

    @Test func aLostConnectionCountsOneRedeliveryHoweverManyConsumersItHad() {
        let (world, client) = self.filled(4)
        for _ in 0..<3 { _ = client.consumer(on: self.queue, prefetch: 2) }
        world.detach(client.link)
        let other = TestClient(world, "b")
        let next = other.consumer(on: self.queue)
        #expect(world.received(by: next) == ["1", "2", "3", "4"])
        #expect(world.dispatches(to: next).map(\.redeliveryCount) == [1, 1, 1, 1])
    }

    @Test func givesBackToTheHeadInOrder() {
        let (world, client) = self.filled(9)
        let one = client.consumer(on: self.queue, prefetch: 3)
        let two = client.consumer(on: self.queue, prefetch: 3)
        world.tell(client.link, .removeConsumer(two, .unknown))
        world.tell(client.link, .removeConsumer(one, .unknown))
        let three = client.consumer(on: self.queue)
        #expect(world.received(by: three) == (1...9).map { "\($0)" })
    }

    @Test func poisonGoesToTheDeadLetterQueueInTheSameBatch() throws {
        let (world, client) = self.filled(2)
        let consumer = client.consumer(on: self.queue)
        client.acknowledge(world.dispatches(to: consumer)[0], .poison)
        let batch = try #require(world.store())
        #expect(batch.inserts.count == 1 && batch.removals.count == 1)
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ") == ["1"])
        let dead = try #require(batch.inserts.first?.message)
        #expect(dead.extras?.originalDestination == self.queue)
        #expect(try PropertyMap.value(of: "dlqDeliveryFailureCause", in: dead.properties ?? []) == .text("test"))
    }

    @Test func ignoresAcknowledgementsOfTheUnknown() {
        let (world, client) = self.filled(2)
        let consumer = client.consumer(on: self.queue)
        let dispatch = world.dispatches(to: consumer)[0]
        client.acknowledge(dispatch)
        #expect(world.isAnswered(client.acknowledge(dispatch)) || world.broker.isStoring)
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["2"])
        let nobody = Dispatch(
            consumer: ConsumerID(connection: "a", session: 1, value: 77), message: dispatch.message,
            sequence: dispatch.sequence, redeliveryCount: 0, isFirstOfGroup: false)
        #expect(world.isAnswered(client.acknowledge(nobody)))
    }

    @Test func pullsGrantOneMessageEach() {
        let (world, client) = self.filled(2)
        let consumer = client.consumer(on: self.queue, prefetch: 0)
        #expect(world.received(by: consumer).isEmpty)
        world.tell(client.link, .pull(consumer, .none))
        #expect(world.received(by: consumer) == ["1"])
        world.tell(client.link, .pull(consumer, .forever))
        #expect(world.received(by: consumer) == ["1", "2"])
        world.tell(client.link, .pull(consumer, .none))
        #expect(world.noMessageCount(for: consumer) == 1)
        world.tell(client.link, .pull(consumer, .milliseconds(500)))
        world.advance(by: 499)
        #expect(world.noMessageCount(for: consumer) == 1)
        world.advance(by: 1)
        #expect(world.noMessageCount(for: consumer) == 2)
        client.send("3", to: self.queue)
        #expect(world.received(by: consumer) == ["1", "2"])
        world.tell(client.link, .pull(consumer, .forever))
        #expect(world.received(by: consumer) == ["1", "2", "3"])
    }

    @Test func aConsumerParkedWithoutPrefetchStartsWhenItIsGivenOne() {
        let (world, client) = self.filled(2)
        let consumer = client.consumer(on: self.queue, prefetch: 0)
        world.tell(client.link, .setPrefetch(consumer, 10))
        #expect(world.received(by: consumer) == ["1", "2"])
    }
}
