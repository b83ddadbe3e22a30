import Testing

@testable import BrokerCore

/// What policy entries change of topics and their consumers.
@Suite struct BrokerTopicPolicyTests {
    private let topic = Destination.topic("T")

    private func world(_ change: @escaping (inout PolicyEntry) -> Void) -> BrokerWorld {
        BrokerWorld { change(&$0.policies.defaultEntry) }
    }

    private func send(
        _ client: TestClient, _ body: String, properties: [(String, PropertyValue)] = [],
        _ change: (inout MessageHeaders) -> Void = { _ in }
    ) {
        let message = client.message(body, to: self.topic, persistent: false, change)
        let whole = message.with(
            headers: message.headers, properties: BrokerProperties.encoded(properties), extras: nil)
        client.world.tell(client.link, .send(whole, transaction: nil))
    }

    /// What a consumer with a prefetch of 1 gets in the end of 6 messages sent while it was busy with the first.
    private func drain(_ world: BrokerWorld, _ client: TestClient, _ consumer: ConsumerID) -> [String] {
        var count = 0
        while world.dispatches(to: consumer).count > count, let last = world.dispatches(to: consumer).last {
            count = world.dispatches(to: consumer).count
            client.acknowledge(last)
        }
        return world.received(by: consumer)
    }

    @Test(arguments: [
        (PendingMessageLimit.constant(2), MessageEviction(), ["0", "4", "5"]),
        (.constant(0), MessageEviction(), ["0"]),
        (.prefetchRate(3), MessageEviction(), ["0", "3", "4", "5"]),
        (.unlimited, MessageEviction(), ["0", "1", "2", "3", "4", "5"]),
        (.constant(2), MessageEviction(.oldestWithLowestPriority), ["0", "1", "3"]),
        (.constant(3), MessageEviction(.uniqueProperty("p")), ["0", "3", "4", "5"]),
    ])
    func slowSubscribersKeepWhatThePolicySays(
        limit: PendingMessageLimit, eviction: MessageEviction, expected: [String]
    ) {
        let world = self.world {
            $0.pendingLimit = limit
            $0.eviction = eviction
        }
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.topic, prefetch: 1)
        for body in 0..<6 {
            self.send(client, "\(body)", properties: [("p", .int(Int32(body % 2)))]) {
                $0.priority = body % 2 == 1 && body < 4 ? 9 : 4
            }
        }
        #expect(self.drain(world, client, consumer) == expected)
    }

    @Test func expiredMessagesAreEvictedFirst() {
        let world = self.world {
            $0.pendingLimit = .constant(2)
            $0.eviction.expiredHighWatermark = 1
        }
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.topic, prefetch: 1)
        self.send(client, "0")
        self.send(client, "1")
        self.send(client, "2") { $0.expirationMs = world.now.wallMs + 10 }
        world.advance(by: 20)
        self.send(client, "3")
        #expect(self.drain(world, client, consumer) == ["0", "1", "3"])
    }

    // MARK: Recovery

    private func recalled(_ recovery: SubscriptionRecovery, retroactive: Bool = true, always: Bool = false) -> [String]
    {
        let world = self.world {
            $0.recovery = recovery
            $0.isAlwaysRetroactive = always
        }
        let client = TestClient(world, "a")
        for body in 0..<5 {
            self.send(client, "\(body)", properties: body == 2 ? [("ActiveMQ.Retain", .bool(true))] : [])
            world.advance(by: 1_000)
        }
        let late = client.consumer(on: self.topic) { $0.isRetroactive = retroactive }
        self.send(client, "live")
        return world.received(by: late)
    }

    @Test(arguments: [
        (SubscriptionRecovery.none, ["live"]), (.query, ["live"]), (.lastImage, ["4", "live"]),
        (.fixedCount(2), ["3", "4", "live"]), (.fixedCount(0), ["live"]),
        (.fixedSize(bytes: 3_200), ["2", "3", "4", "live"]), (.timed(ms: 3_500), ["2", "3", "4", "live"]),
        (.retained(wrapping: .none), ["2", "live"]), (.retained(wrapping: .fixedCount(2)), ["2", "3", "4", "live"]),
        (.retained(wrapping: .fixedCount(3)), ["2", "3", "4", "live"]),
    ])
    func retroactiveConsumersGetWhatWasKept(recovery: SubscriptionRecovery, expected: [String]) {
        #expect(self.recalled(recovery) == expected)
        #expect(self.recalled(recovery, retroactive: false, always: true) == expected)
    }

    @Test func othersGetOnlyWhatIsRetained() {
        #expect(self.recalled(.fixedCount(2), retroactive: false) == ["live"])
        #expect(self.recalled(.retained(wrapping: .fixedCount(2)), retroactive: false) == ["2", "live"])
    }

    @Test func selectorsHoldForWhatWasKeptAndAnEmptyRetainedMessageTakesTheOldOneAway() throws {
        let world = self.world { $0.recovery = .retained(wrapping: .fixedCount(9)) }
        let client = TestClient(world, "a")
        self.send(client, "0", properties: [("ActiveMQ.Retain", .bool(true))])
        let first = client.consumer(on: self.topic) {
            $0.isRetroactive = true; $0.selector = "JMSPriority = 9"
        }
        #expect(world.received(by: first).isEmpty)
        let second = client.consumer(on: self.topic)
        let retained = try #require(world.dispatches(to: second).first?.message)
        #expect(try PropertyMap.value(of: "ActiveMQ.Retained", in: retained.properties ?? []) == .bool(true))
        self.send(client, "", properties: [("ActiveMQ.Retain", .bool(true))])
        let third = client.consumer(on: self.topic)
        #expect(world.received(by: third).isEmpty)
    }

    // MARK: Dispatch policies

    @Test func priorityPolicyServesTheHighestAlone() {
        let world = self.world { $0.dispatch = .priority }
        let client = TestClient(world, "a")
        let low = client.consumer(on: self.topic)
        let high = client.consumer(on: self.topic) { $0.priority = 5 }
        let high2 = client.consumer(on: self.topic) {
            $0.priority = 5; $0.selector = "JMSPriority = 0"
        }
        self.send(client, "1")
        #expect(world.received(by: low).isEmpty && world.received(by: high) == ["1"])
        #expect(world.received(by: high2).isEmpty)
    }

    @Test func aMessageMayNameTheClientItIsFor() {
        let world = self.world { $0.dispatch = .clientIDFilter(property: "PTP_CLIENTID") }
        let (a, b) = (TestClient(world, "a"), TestClient(world, "b"))
        let (one, two) = (a.consumer(on: self.topic), b.consumer(on: self.topic))
        self.send(a, "all")
        self.send(a, "b", properties: [("PTP_CLIENTID", .text("client-b"))])
        #expect(world.received(by: one) == ["all"] && world.received(by: two) == ["all", "b"])
    }

    // MARK: Advisories

    private func listener(_ world: BrokerWorld, _ name: String) -> () -> [Dispatch] {
        let client = TestClient(world, "listener-\(name)")
        let id = client.consumer(on: .topic("ActiveMQ.Advisory.\(name)"))
        return { world.dispatches(to: id) }
    }

    private func property(_ name: String, of dispatch: Dispatch?) throws -> PropertyValue? {
        try PropertyMap.value(of: name, in: dispatch?.message.properties ?? [0, 0, 0, 0])
    }

    @Test(arguments: [true, false])
    func advisoriesTellOfEachMessageWhereThePolicySaysSo(isOn: Bool) throws {
        let world = self.world {
            $0.advisesDelivered = isOn
            $0.advisesDispatched = isOn
            $0.advisesConsumed = isOn
            $0.advisesNoConsumers = isOn
        }
        let delivered = self.listener(world, "MessageDelivered.Queue.Q")
        let dispatched = self.listener(world, "MessageDispatched.Queue.Q")
        let consumed = self.listener(world, "MessageConsumed.Queue.Q")
        let alone = self.listener(world, "NoConsumer.Queue.Q")
        let client = TestClient(world, "a")
        client.send("1", to: .queue("Q"))
        #expect(alone().map { String(decoding: $0.message.body ?? [], as: UTF8.self) } == (isOn ? ["1"] : []))
        let consumer = client.consumer(on: .queue("Q"))
        let dispatch = world.dispatches(to: consumer)[0]
        client.acknowledge(dispatch)
        for told in [delivered(), dispatched(), consumed()] {
            #expect(told.count == (isOn ? 1 : 0))
            guard isOn else { continue }
            #expect(try self.property("orignalMessageId", of: told.first) == .text(dispatch.message.id.description))
            guard case .message(let message)? = told.first?.message.extras?.advisory else {
                Issue.record("no message")
                continue
            }
            #expect(message.id == dispatch.message.id && message.body == nil)
        }
        guard isOn else { return }
        #expect(try self.property("consumerId", of: consumed().first) == .text("a:1:1"))
    }

    @Test func advisoriesTellOfDeadLettersAndExpiry() throws {
        let world = BrokerWorld()
        let dead = self.listener(world, "MessageDLQd.Queue.Q")
        let expired = self.listener(world, "Expired.Queue.Q")
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: .queue("Q"))
        client.send("1", to: .queue("Q"))
        client.acknowledge(world.dispatches(to: consumer)[0], .poison)
        client.send("2", to: .queue("Q")) { $0.expirationMs = 1 }
        #expect(dead().count == 2 && expired().count == 1)
    }

    @Test func advisoriesTellOfSlowConsumersAndWhatTheyLose() throws {
        let world = self.world {
            $0.pendingLimit = .constant(1)
            $0.advisesDiscarded = true
            $0.advisesSlowConsumers = true
        }
        let slow = self.listener(world, "SlowConsumer.Topic.T")
        let discarded = self.listener(world, "MessageDiscarded.Topic.T")
        let client = TestClient(world, "a")
        let id = client.consumer(on: self.topic, prefetch: 1)
        for body in 0..<4 { self.send(client, "\(body)") }
        #expect(slow().count == 1 && discarded().count == 2)
        #expect(try self.property("consumerId", of: slow().first) == .text(id.text))
        #expect(try self.property("discardedCount", of: discarded().last) == .long(2))
    }

    @Test func advisoriesTellOfFullnessAndTheProducer() throws {
        let world = BrokerWorld {
            $0.usage.failsSendIfNoSpace = true
            $0.policies.defaultEntry.advisesFull = true
            $0.policies.defaultEntry.advisesFastProducers = true
        }
        let full = self.listener(world, "FULL.Queue.Q")
        let fast = self.listener(world, "FastProducer.Queue.Q")
        let client = TestClient(world, "a")
        let producer = ProducerRequest(id: client.producer, destination: .queue("Q"), windowSize: 0)
        world.ask(client.link, .addProducer(producer))
        world.broker.setStoreFull(true, at: world.now)
        client.send("1", to: .queue("Q"))
        #expect(try self.property("usageName", of: full().first) == .text("Store"))
        #expect(try self.property("producerId", of: fast().first) == .text(client.producer.description))
    }

    @Test func withoutAdvisorySupportOnlyThoseOfTemporaryDestinationsAreLeft() {
        let world = BrokerWorld { $0.sendsAdvisories = false }
        let temporary = self.listener(world, "TempQueue")
        let others = [self.listener(world, "Queue"), self.listener(world, "Connection"), self.listener(world, ">")]
        let client = TestClient(world, "a")
        world.ask(client.link, .addDestination(Destination(.temporaryQueue, "a:1"), client.id))
        client.send("1", to: .queue("Q"))
        #expect(temporary().count == 1)
        #expect(others.map { $0().count { $0.message.destination.name.hasSuffix(".TempQueue") } } == [0, 0, 1])
        #expect(others.map { $0().count } == [0, 0, 1])
    }
}
