import Testing

@testable import BrokerCore

@Suite struct BrokerTopicTests {
    let topic = Destination.topic("T")

    @Test func everySubscriberGetsEverythingAndNothingIsStored() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let one = client.consumer(on: self.topic)
        let two = client.consumer(on: .topic("T.>"))
        let token = client.send("1", to: self.topic)
        #expect(world.isAnswered(token))
        #expect(world.received(by: one) == ["1"])
        #expect(world.received(by: two) == ["1"])
        #expect(world.store() == nil)
    }

    @Test func keepsWhatASlowSubscriberHasNoRoomFor() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let slow = client.consumer(on: self.topic, prefetch: 2)
        for body in 1...5 { client.send("\(body)", to: self.topic, persistent: false) }
        #expect(world.received(by: slow) == ["1", "2"])
        let all = world.dispatches(to: slow)
        client.acknowledge(all[1], from: all[0], count: 2)
        #expect(world.received(by: slow) == ["1", "2", "3", "4"])
    }

    @Test func dropsTheOldestBeyondThePendingLimit() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let slow = client.consumer(on: self.topic, prefetch: 1) { $0.maximumPending = 2 }
        for body in 1...5 { client.send("\(body)", to: self.topic, persistent: false) }
        client.acknowledge(world.dispatches(to: slow)[0])
        client.acknowledge(world.dispatches(to: slow)[1])
        #expect(world.received(by: slow) == ["1", "4", "5"])
    }

    @Test func noLocalLeavesOutTheConnectionsOwn() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let other = TestClient(world, "b")
        let consumer = client.consumer(on: self.topic) { $0.isNoLocal = true }
        client.send("own", to: self.topic)
        other.send("foreign", to: self.topic)
        #expect(world.received(by: consumer) == ["foreign"])
    }

    private func subscribe(_ client: TestClient, selector: String? = nil) -> ConsumerID {
        client.consumer(on: self.topic) {
            $0.subscriptionName = "s"
            $0.selector = selector
        }
    }

    @Test func aDurableSubscriptionCollectsWhileNobodyListensEvenAcrossATakeOver() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = self.subscribe(client)
        world.tell(client.link, .removeConsumer(consumer, .nothing))
        let token = client.send("1", to: self.topic)
        client.send("2", to: self.topic)
        #expect(!world.isAnswered(token))
        world.settle()
        #expect(world.isAnswered(token))
        let next = BrokerWorld(snapshot: world.disk.snapshot())
        next.disk = world.disk
        let again = TestClient(next, "a")
        let resumed = self.subscribe(again)
        next.settle()
        #expect(next.received(by: resumed) == ["1", "2"])
        for dispatch in next.dispatches(to: resumed) { again.acknowledge(dispatch) }
        next.settle()
        #expect(next.disk.page(of: .subscription(SubscriptionID(1)), from: MessageSequence(0), limit: 9).isEmpty)
    }

    @Test func elidesATopicMessageOnceAllSubscriptionsHaveAcknowledged() throws {
        let world = BrokerWorld()
        let a = TestClient(world, "a")
        let b = TestClient(world, "b")
        let one = self.subscribe(a)
        let two = self.subscribe(b)
        world.settle()
        let token = a.send("1", to: self.topic)
        a.acknowledge(try #require(world.dispatches(to: one).first))
        #expect(!world.isAnswered(token))
        b.acknowledge(try #require(world.dispatches(to: two).first))
        #expect(world.isAnswered(token))
        #expect(world.store()?.inserts.isEmpty ?? true)
    }

    @Test func aChangedSelectorStartsTheSubscriptionAnew() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = self.subscribe(client)
        world.tell(client.link, .removeConsumer(consumer, .nothing))
        client.send("1", to: self.topic)
        world.settle()
        let changed = self.subscribe(client, selector: "JMSPriority > 8")
        world.settle()
        #expect(world.received(by: changed).isEmpty)
        #expect(world.disk.subscriptions.count == 1)
    }

    @Test func durableErrorsSayWhatIsWrong() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = self.subscribe(client)
        let busy = world.ask(client.link, .unsubscribe(client.id, name: "s"))
        #expect(world.failure(of: busy) == .general("Durable consumer is in use"))
        world.tell(client.link, .removeConsumer(consumer, .nothing))
        #expect(world.isAnswered(world.ask(client.link, .unsubscribe(client.id, name: "s"))))
        guard
            case .invalidDestination? = world.failure(of: world.ask(client.link, .unsubscribe(client.id, name: "s")))
        else {
            Issue.record("expected an unknown subscription")
            return
        }
    }

    // MARK: Temporary destinations and advisories

    @Test func tellsEverybodyOfTemporaryDestinationsAndReplaysThemToNewcomersOnly() {
        let world = BrokerWorld()
        let a = TestClient(world, "a")
        let advisories = Destination.topic("ActiveMQ.Advisory.TempQueue,ActiveMQ.Advisory.TempTopic")
        let first = a.consumer(on: advisories)
        let temporary = Destination(.temporaryQueue, "a:1")
        world.ask(a.link, .addDestination(temporary, a.id))
        #expect(
            world.dispatches(to: first).compactMap(\.message.extras?.advisory) == [.destinationAdded(temporary, a.id)])
        let b = TestClient(world, "b")
        let second = b.consumer(on: advisories)
        #expect(
            world.dispatches(to: second).compactMap(\.message.extras?.advisory) == [.destinationAdded(temporary, a.id)])
        #expect(world.dispatches(to: first).count == 1)
        world.detach(a.link)
        #expect(
            world.dispatches(to: second).compactMap(\.message.extras?.advisory).last
                == .destinationRemoved(temporary, a.id))
    }

    @Test func onlyTheOwnerConsumesFromATemporaryQueue() {
        let world = BrokerWorld()
        let a = TestClient(world, "a")
        let b = TestClient(world, "b")
        let temporary = Destination(.temporaryQueue, "a:1")
        world.ask(a.link, .addDestination(temporary, a.id))
        let own = a.consumer(on: temporary)
        b.send("reply", to: temporary)
        #expect(world.received(by: own) == ["reply"])
        let foreign = ConsumerRequest(
            id: ConsumerID(connection: "b", session: 1, value: 9), destination: temporary, prefetch: 1)
        guard case .invalidDestination? = world.failure(of: world.ask(b.link, .addConsumer(foreign))) else {
            Issue.record("expected a refusal")
            return
        }
        guard case .general? = world.failure(of: world.ask(a.link, .removeDestination(temporary, a.id))) else {
            Issue.record("expected: still in use")
            return
        }
    }
}
