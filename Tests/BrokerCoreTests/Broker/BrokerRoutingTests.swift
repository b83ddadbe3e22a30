import Testing

@testable import BrokerCore

@Suite struct BrokerRoutingTests {
    private let orders = Destination.topic("VirtualTopic.Orders")

    private func composite(
        _ destination: Destination, _ targets: [CompositeDestination.Target],
        _ change: (inout CompositeDestination) -> Void = { _ in }
    ) -> BrokerWorld {
        var composite = CompositeDestination(destination, targets: targets)
        change(&composite)
        return BrokerWorld { $0.interceptors = [.composite(composite)] }
    }

    // MARK: Virtual topics

    @Test func virtualTopicsFeedTheQueuesOfTheirConsumersInOneBatch() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let topic = client.consumer(on: self.orders)
        let one = client.consumer(on: .queue("Consumer.A.VirtualTopic.Orders"))
        _ = client.consumer(on: .queue("Consumer.B.VirtualTopic.Orders"), prefetch: 0)
        _ = client.consumer(on: .queue("Consumer.A.B.VirtualTopic.Orders"))
        _ = client.consumer(on: .queue("Consumer.A.VirtualTopic.Others"))
        let sent = client.send("1", to: self.orders)
        #expect(!world.isAnswered(sent))
        let batch = try #require(world.store())
        #expect(batch.inserts.count == 2)
        #expect(world.isAnswered(sent))
        #expect(world.received(by: topic) == ["1"] && world.received(by: one) == ["1"])
        #expect(world.disk.bodies(in: "Consumer.B.VirtualTopic.Orders") == ["1"])
        let copy = try #require(world.dispatches(to: one).first?.message)
        #expect(copy.destination == .queue("Consumer.A.VirtualTopic.Orders"))
        #expect(copy.extras?.originalDestination == self.orders)
    }

    @Test func virtualTopicsFeedTheSameQueuesAfterATakeOver() throws {
        let first = BrokerWorld()
        let client = TestClient(first, "a")
        _ = client.consumer(on: .queue("Consumer.A.VirtualTopic.Orders"), prefetch: 0)
        client.send("1", to: self.orders)
        first.settle()
        let second = BrokerWorld(snapshot: first.disk.snapshot())
        second.disk = first.disk
        TestClient(second, "b").send("2", to: self.orders)
        second.settle()
        #expect(second.disk.bodies(in: "Consumer.A.VirtualTopic.Orders") == ["1", "2"])
    }

    @Test func virtualTopicsForgetQueuesThatAreRemoved() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let queue = Destination.queue("Consumer.A.VirtualTopic.Orders")
        let consumer = client.consumer(on: queue)
        world.tell(client.link, .removeConsumer(consumer, .nothing))
        world.ask(client.link, .removeDestination(queue, client.id))
        client.send("1", to: self.orders)
        world.settle()
        #expect(world.broker.queues[queue] == nil)
        #expect(world.broker.virtualQueues.isEmpty)
    }

    @Test func selectorAwareVirtualTopicsFeedOnlyQueuesThatWantTheMessage() {
        var topic = VirtualTopic(name: ">")
        topic.prefix = "VTC.*."
        topic.isSelectorAware = true
        let world = BrokerWorld { $0.interceptors = [.virtualTopic(topic)] }
        let client = TestClient(world, "a")
        let high = client.consumer(on: .queue("VTC.H.T")) { $0.selector = "JMSPriority > 5" }
        let all = client.consumer(on: .queue("VTC.All.T"))
        world.ask(client.link, .addDestination(.queue("VTC.Nobody.T"), client.id))
        for priority in [4, 9] as [Int8] {
            let message = client.message("\(priority)", to: .topic("T")) { $0.priority = priority }
            world.ask(client.link, .send(message, transaction: nil))
        }
        world.settle()
        #expect(world.received(by: high) == ["9"] && world.received(by: all) == ["4", "9"])
        #expect(world.disk.bodies(in: "VTC.Nobody.T").isEmpty)
        #expect(world.disk.bodies(in: "VTC.H.T") == ["9"])
    }

    @Test(arguments: [
        ("Consumer.*.", "", "Consumer.A.T.X", "T.X"), ("*.*.", "", "A.B.T", "T"), ("Q-", "", "Q-T.X", "T.X"),
        ("C.*.", ".in", "C.A.T.in", "T"), ("", ".*", "T.A", "T"), ("C.", "-q", "C.T-q", "T"),
    ])
    func readsTheTopicOutOfTheQueuesName(prefix: String, postfix: String, queue: String, topic: String) {
        var virtual = VirtualTopic(name: ">")
        virtual.prefix = prefix
        virtual.postfix = postfix
        var configuration = BrokerConfiguration(name: "b", id: "b", url: "")
        configuration.interceptors = [.virtualTopic(virtual)]
        let table = InterceptorTable(configuration)
        #expect(table.virtualTopics(feeding: .queue(queue)).map(\.topic) == [.topic(topic)])
        #expect(
            table.virtualTopics(feeding: .queue("Other")).allSatisfy { prefix.isEmpty || $0.topic != .topic(topic) })
    }

    @Test func withoutVirtualTopicsNameIsJustAName() {
        let world = BrokerWorld { $0.usesVirtualTopics = false }
        let client = TestClient(world, "a")
        let queue = client.consumer(on: .queue("Consumer.A.VirtualTopic.Orders"))
        client.send("1", to: self.orders)
        #expect(world.received(by: queue).isEmpty)
    }

    // MARK: Composite destinations

    @Test func compositeQueuesForwardToAllTargetsInOneBatch() throws {
        let world = self.composite(.queue("IN"), [.init(.queue("A")), .init(.queue("B")), .init(.topic("T"))])
        let client = TestClient(world, "a")
        let topic = client.consumer(on: .topic("T"))
        let sent = client.send("1", to: .queue("IN"))
        let batch = try #require(world.store())
        #expect(batch.inserts.count == 2)
        #expect(world.isAnswered(sent))
        #expect(world.disk.bodies(in: "A") == ["1"] && world.disk.bodies(in: "B") == ["1"])
        #expect(world.disk.bodies(in: "IN").isEmpty)
        #expect(world.received(by: topic) == ["1"])
        #expect(batch.inserts.map(\.message.destination) == [.queue("A"), .queue("B")])
    }

    @Test func forwardOnlyFalseKeepsTheMessageToo() {
        let world = self.composite(.queue("IN"), [.init(.queue("A"))]) { $0.forwardsOnly = false }
        TestClient(world, "a").send("1", to: .queue("IN"))
        world.settle()
        #expect(world.disk.bodies(in: "IN") == ["1"] && world.disk.bodies(in: "A") == ["1"])
    }

    @Test(arguments: [false, true])
    func filtersDecideAndWhatMatchesNoneIsKeptOnlyIfToldSo(sendsWhenNotMatched: Bool) {
        let world = self.composite(
            .queue("IN"),
            [.init(.queue("HIGH"), selector: "JMSPriority > 5"), .init(.queue("NINE"), selector: "JMSPriority = 9")]
        ) { $0.sendsWhenNotMatched = sendsWhenNotMatched }
        let client = TestClient(world, "a")
        for priority in [4, 7, 9] as [Int8] {
            let message = client.message("\(priority)", to: .queue("IN")) { $0.priority = priority }
            world.ask(client.link, .send(message, transaction: nil))
        }
        world.settle()
        #expect(world.disk.bodies(in: "HIGH") == ["7", "9"] && world.disk.bodies(in: "NINE") == ["9"])
        #expect(world.disk.bodies(in: "IN") == (sendsWhenNotMatched ? ["4"] : []))
    }

    @Test func withoutCopyingTheMessageNamesWhereItWasSentTo() {
        let world = self.composite(.queue("IN"), [.init(.queue("A"))]) { $0.copiesMessage = false }
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: .queue("A"))
        client.send("1", to: .queue("IN"))
        #expect(world.dispatches(to: consumer).map(\.message.destination) == [.queue("IN")])
    }

    @Test func ringsOfCompositesEnd() {
        let world = BrokerWorld {
            $0.interceptors = [
                .composite(CompositeDestination(.queue("A"), targets: [.init(.queue("B")), .init(.queue("A"))])),
                .composite(CompositeDestination(.queue("B"), targets: [.init(.queue("A")), .init(.queue("C"))])),
            ]
        }
        TestClient(world, "a").send("1", to: .queue("A"))
        world.settle()
        #expect(world.disk.bodies(in: "C") == ["1"])
        #expect(world.disk.bodies(in: "A").isEmpty && world.disk.bodies(in: "B").isEmpty)
    }

    @Test func compositeTopicsReachVirtualTopics() {
        let world = BrokerWorld {
            $0.interceptors = [
                .composite(CompositeDestination(.topic("IN.*"), targets: [.init(self.orders)])),
                .virtualTopic(VirtualTopic(name: "VirtualTopic.>")),
            ]
        }
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: .queue("Consumer.A.VirtualTopic.Orders"))
        client.send("1", to: .topic("IN.X"))
        #expect(world.received(by: consumer) == ["1"])
    }

    @Test func aDestinationGetsOneCopyByWhateverWays() {
        let world = self.composite(.queue("IN"), [.init(.queue("A")), .init(.queue("B"))])
        TestClient(world, "a").send("1", to: .queue("A,IN,A"))
        world.settle()
        #expect(world.disk.bodies(in: "A") == ["1"] && world.disk.bodies(in: "B") == ["1"])
    }

    @Test func aFilterThatCannotBeReadIsRefusedByTheCheck() throws {
        var configuration = BrokerConfiguration(name: "b", id: "b", url: "")
        configuration.interceptors = [
            .composite(CompositeDestination(.queue("IN"), targets: [.init(.queue("A"), selector: "a = ")]))
        ]
        #expect(throws: BrokerError.self) { try configuration.check() }
        configuration.interceptors = nil
        try configuration.check()
    }

    // MARK: Mirrored queues

    @Test func mirroredQueuesAppearOnTheirTopicAndInItsVirtualQueues() {
        let world = BrokerWorld { $0.usesMirroredQueues = true }
        let client = TestClient(world, "a")
        let topic = client.consumer(on: .topic("VirtualTopic.Mirror.Q"))
        let spy = client.consumer(on: .queue("Consumer.Spy.VirtualTopic.Mirror.Q"))
        let consumer = client.consumer(on: .queue("Q"))
        client.send("1", to: .queue("Q"))
        #expect([topic, spy, consumer].map { world.received(by: $0) } == [["1"], ["1"], ["1"]])
        #expect(world.dispatches(to: consumer).map(\.message.destination) == [.queue("Q")])
    }

    // MARK: Transactions

    @Test(arguments: [false, true])
    func transactionsAreRoutedAtCommit(isXA: Bool) throws {
        let world = self.composite(.queue("IN"), [.init(.queue("A")), .init(.queue("B"))]) { $0.copiesMessage = false }
        let client = TestClient(world, "a")
        let id =
            isXA
            ? TransactionID.xa(XATransactionID(formatID: 1, global: [1], branch: [2]))
            : TransactionID.local(connection: "a", value: 1)
        world.tell(client.link, .transaction(id, connection: client.id, .begin))
        client.send("1", to: .queue("IN"), in: id)
        world.settle()
        #expect(world.disk.bodies(in: "A").isEmpty)
        if isXA {
            client.end(id, .prepare)
            world.settle()
            let next = BrokerWorld(snapshot: world.disk.snapshot())
            next.disk = world.disk
            let other = TestClient(next, "b")
            let consumer = other.consumer(on: .queue("B"))
            other.end(id, .commitTwoPhase)
            next.settle()
            #expect(next.received(by: consumer) == ["1"])
            #expect(next.disk.bodies(in: "A") == ["1"] && next.disk.bodies(in: "B") == ["1"])
        } else {
            client.end(id, .commitOnePhase)
            world.settle()
            #expect(world.disk.bodies(in: "A") == ["1"] && world.disk.bodies(in: "B") == ["1"])
        }
    }
}
