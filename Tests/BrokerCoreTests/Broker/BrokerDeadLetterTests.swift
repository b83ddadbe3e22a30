import Testing

@testable import BrokerCore

@Suite struct BrokerDeadLetterTests {
    private let queue = Destination.queue("Q")

    private func world(
        _ strategy: DeadLetterStrategy, _ change: (inout BrokerConfiguration) -> Void = { _ in }
    ) -> BrokerWorld {
        BrokerWorld {
            $0.policies.defaultEntry.deadLetters = strategy
            change(&$0)
        }
    }

    /// Sends "1" and poisons it.
    private func poison(
        _ world: BrokerWorld, persistent: Bool = true, _ change: (inout MessageHeaders) -> Void = { _ in }
    ) {
        let client = TestClient(world, "poisoner")
        let consumer = client.consumer(on: self.queue)
        client.send("1", to: self.queue, persistent: persistent, change)
        client.acknowledge(world.dispatches(to: consumer)[0], .poison)
        world.settle()
    }

    private func property(_ name: String, of message: Message?) throws -> PropertyValue? {
        try PropertyMap.value(of: name, in: message?.properties ?? [0, 0, 0, 0])
    }

    @Test func namesIndividualQueues() {
        let world = self.world(DeadLetterStrategy(.individual(.init())))
        self.poison(world)
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ.Queue.Q") == ["1"])
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ").isEmpty)
    }

    @Test func discards() {
        let world = self.world(DeadLetterStrategy(.discarding))
        self.poison(world)
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ").isEmpty && world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func theEntryOfTheMessagesHomeDecides() {
        let world = BrokerWorld {
            var entry = PolicyEntry()
            entry.deadLetters.target = .shared(.queue("Q.DEAD"))
            $0.policies.entries.set(entry, for: .queue("Q"))
        }
        self.poison(world)
        #expect(world.disk.bodies(in: "Q.DEAD") == ["1"])
    }

    @Test(arguments: [false, true])
    func nonPersistentMessagesGoThereOnlyIfToldSo(processes: Bool) throws {
        var strategy = DeadLetterStrategy()
        strategy.processesNonPersistent = processes
        let world = self.world(strategy)
        self.poison(world, persistent: false)
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ") == (processes ? ["1"] : []))
        guard processes else { return }
        let dead = world.batches.flatMap(\.inserts).last?.message
        #expect(dead?.headers.isPersistent == true)
        #expect(try self.property("originalDeliveryMode", of: dead) == .text("NON_PERSISTENT"))
    }

    @Test(arguments: [false, true])
    func expiredMessagesGoThereUnlessToldNotTo(processes: Bool) throws {
        var strategy = DeadLetterStrategy()
        strategy.processesExpired = processes
        let world = self.world(strategy)
        let client = TestClient(world, "a")
        let expiration = world.now.wallMs + 10
        client.send("1", to: self.queue) { $0.expirationMs = expiration }
        world.settle()
        world.advance(by: 31_000)
        world.settle()
        #expect(world.disk.bodies(in: "Q").isEmpty)
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ") == (processes ? ["1"] : []))
        guard processes else { return }
        let dead = world.batches.flatMap(\.inserts).last?.message
        #expect(dead?.headers.expirationMs == 0)
        #expect(try self.property("originalExpiration", of: dead) == .long(expiration))
        let cause = PropertyValue.text("java.lang.Throwable: Message Expired. Expiration:\(expiration)")
        #expect(try self.property("dlqDeliveryFailureCause", of: dead) == cause)
    }

    @Test func deadLettersMayExpireAndThenAreGone() {
        var strategy = DeadLetterStrategy()
        strategy.expirationMs = 5_000
        let world = self.world(strategy)
        self.poison(world)
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ") == ["1"])
        #expect(world.batches.flatMap(\.inserts).last?.message.headers.expirationMs == world.now.wallMs + 5_000)
        world.advance(by: 60_000)
        world.settle()
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ").isEmpty)
    }

    @Test func looksForExpiredMessagesAsOftenAsThePolicySays() {
        let world = BrokerWorld { $0.policies.defaultEntry.expiryPeriodMs = 0 }
        let client = TestClient(world, "a")
        client.send("1", to: self.queue) { $0.expirationMs = world.now.wallMs + 10 }
        world.settle()
        world.advance(by: 100_000)
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["1"])
        let consumer = client.consumer(on: self.queue)
        world.settle()
        #expect(world.received(by: consumer).isEmpty && world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func subscribersMayHaveTheirOwn() {
        var individual = DeadLetterStrategy.Individual()
        individual.isPerDurableSubscriber = true
        let world = self.world(DeadLetterStrategy(.individual(individual)))
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: .topic("T")) { $0.subscriptionName = "s" }
        client.send("1", to: .topic("T"))
        client.acknowledge(world.dispatches(to: consumer)[0], .poison)
        world.settle()
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ.Topic.T.client-a:s") == ["1"])
    }

    // MARK: Redelivery by the broker

    private func redelivering(_ change: (inout RedeliveryPlugin) -> Void = { _ in }) -> BrokerWorld {
        BrokerWorld {
            var policy = RedeliveryPolicy()
            policy.maximumRedeliveries = 2
            policy.initialDelayMs = 1_000
            policy.delayMs = 3_000
            var plugin = RedeliveryPlugin()
            plugin.policies.set(policy, for: .queue("Q"))
            plugin.policies.set(policy, for: .topic("T"))
            change(&plugin)
            $0.redelivery = plugin
        }
    }

    @Test(arguments: [true, false])
    func triesAgainLaterBehindTheOthersAndThenBuries(persistent: Bool) throws {
        let world = self.redelivering()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue, prefetch: 1)
        client.send("1", to: self.queue, persistent: persistent)
        client.send("2", to: self.queue, persistent: persistent)
        client.acknowledge(world.dispatches(to: consumer)[0], .poison)
        client.acknowledge(world.dispatches(to: consumer)[1])
        world.settle()
        #expect(world.received(by: consumer) == ["1", "2"])
        #expect(world.broker.nextDeadlineMs == world.now.monotonicMs + 1_000)
        world.advance(by: 999)
        #expect(world.received(by: consumer) == ["1", "2"])
        world.advance(by: 1)
        #expect(world.received(by: consumer) == ["1", "2", "1"])
        #expect(world.dispatches(to: consumer).last?.redeliveryCount == 1)
        client.acknowledge(try #require(world.dispatches(to: consumer).last), .poison)
        world.advance(by: 3_000)
        world.settle()
        #expect(world.dispatches(to: consumer).last?.redeliveryCount == 2)
        client.acknowledge(try #require(world.dispatches(to: consumer).last), .poison)
        world.settle()
        world.advance(by: 100_000)
        #expect(world.received(by: consumer) == ["1", "2", "1", "1"])
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ") == (persistent ? ["1"] : []))
        #expect(world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func theDelayAndTheCountSurviveATakeOver() {
        let world = self.redelivering()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.send("1", to: self.queue)
        client.acknowledge(world.dispatches(to: consumer)[0], .poison)
        world.settle()
        let next = BrokerWorld(snapshot: world.disk.snapshot())
        next.disk = world.disk
        let other = TestClient(next, "b")
        let again = other.consumer(on: self.queue)
        next.settle()
        #expect(next.received(by: again).isEmpty)
        next.advance(by: 1_000)
        #expect(next.received(by: again) == ["1"])
        #expect(next.dispatches(to: again).map(\.redeliveryCount) == [1])
        other.acknowledge(next.dispatches(to: again)[0])
        next.settle()
        #expect(next.disk.bodies(in: "Q").isEmpty)
    }

    @Test func onlyTheSubscriptionThatGaveUpTriesAgain() {
        let world = self.redelivering()
        let client = TestClient(world, "a")
        let one = client.consumer(on: .topic("T")) { $0.subscriptionName = "one" }
        let two = client.consumer(on: .topic("T")) { $0.subscriptionName = "two" }
        client.send("1", to: .topic("T"))
        client.acknowledge(world.dispatches(to: one)[0], .poison)
        client.acknowledge(world.dispatches(to: two)[0])
        world.settle()
        world.advance(by: 1_000)
        #expect(world.received(by: one) == ["1", "1"] && world.received(by: two) == ["1"])
    }

    @Test(arguments: [true, false])
    func messagesWithoutAPolicyAreDeadOrDropped(fallsBack: Bool) {
        let world = self.redelivering {
            $0.policies = DestinationMap()
            $0.fallsBackToDeadLetters = fallsBack
        }
        self.poison(world)
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ") == (fallsBack ? ["1"] : []))
        #expect(world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func exhaustedMessagesMayBeDropped() {
        let world = self.redelivering {
            var policy = RedeliveryPolicy()
            policy.maximumRedeliveries = 0
            $0.policies.set(policy, for: .queue("Q"))
            $0.buriesExhausted = false
        }
        self.poison(world)
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ").isEmpty && world.disk.bodies(in: "Q").isEmpty)
    }
}
