import Testing

@testable import BrokerCore

/// What policy entries change of queues and their consumers.
@Suite struct BrokerPolicyTests {
    private let queue = Destination.queue("Q")

    private func world(_ change: @escaping (inout PolicyEntry) -> Void) -> BrokerWorld {
        BrokerWorld { change(&$0.policies.defaultEntry) }
    }

    @Test(arguments: [
        ("queue://Q", nil as String?, false, Int32(1000), 7), ("queue://Q", nil, false, 5, 5),
        ("queue://Q", nil, true, 500, 8), ("topic://T", nil, false, 32_767, 9), ("topic://T", nil, false, 100, 100),
        ("topic://T", "s", false, 100, 6), ("topic://T", "s", false, 1000, 6),
    ])
    func defaultPrefetchesAreThoseOfThePolicy(
        destination: String, name: String?, isBrowser: Bool, asked: Int32, got: Int
    ) {
        let world = self.world {
            $0.queuePrefetch = 7
            $0.queueBrowserPrefetch = 8
            $0.topicPrefetch = 9
            $0.durableTopicPrefetch = 6
        }
        let client = TestClient(world, "a")
        let id = client.consumer(on: Destination(parsing: destination, default: .queue), prefetch: asked) {
            $0.subscriptionName = name
            $0.isBrowser = isBrowser
        }
        #expect(world.broker.consumers[id]?.prefetch == got)
    }

    @Test func allConsumersMayBeExclusive() {
        let world = self.world { $0.makesConsumersExclusive = true }
        let client = TestClient(world, "a")
        let one = client.consumer(on: self.queue)
        let two = client.consumer(on: self.queue)
        for body in 1...4 { client.send("\(body)", to: self.queue) }
        #expect(world.received(by: one).count == 4 && world.received(by: two).isEmpty)
    }

    @Test func anExclusiveNewcomerOfTheHighestPriorityTakesOver() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let old = client.consumer(on: self.queue) {
            $0.isExclusive = true
            $0.priority = 127
        }
        let new = client.consumer(on: self.queue) {
            $0.isExclusive = true
            $0.priority = 127
        }
        client.send("1", to: self.queue)
        #expect(world.received(by: old).isEmpty && world.received(by: new) == ["1"])
    }

    @Test func consumerPriorityMayBeIgnored() {
        let world = self.world { $0.usesConsumerPriority = false }
        let client = TestClient(world, "a")
        let low = client.consumer(on: self.queue)
        let high = client.consumer(on: self.queue) { $0.priority = 5 }
        for body in 1...4 { client.send("\(body)", to: self.queue) }
        #expect(world.received(by: low) == ["1", "3"] && world.received(by: high) == ["2", "4"])
    }

    @Test(arguments: [true, false])
    func strictOrderFillsOneConsumerAfterTheOther(isStrict: Bool) {
        let world = self.world {
            $0.isStrictlyOrdered = isStrict
            $0.dispatch = isStrict ? .roundRobin : .simple
        }
        let client = TestClient(world, "a")
        let one = client.consumer(on: self.queue, prefetch: 3)
        let two = client.consumer(on: self.queue, prefetch: 3)
        for body in 1...4 { client.send("\(body)", to: self.queue) }
        #expect(world.received(by: one) == ["1", "2", "3"] && world.received(by: two) == ["4"])
    }

    @Test func aMemoryLimitSpillsToTheStore() {
        let world = self.world { $0.memoryLimitBytes = 5_000 }
        let client = TestClient(world, "a")
        for body in 1...10 { client.send("\(body)", to: self.queue, persistent: false) }
        world.settle()
        #expect(world.broker.queues[self.queue]?.backlog.ready.count == 4)
        let consumer = client.consumer(on: self.queue)
        world.settle()
        #expect(world.received(by: consumer) == (1...10).map { "\($0)" })
    }

    @Test func durableSubscribersMayBeRejected() {
        let world = BrokerWorld { $0.rejectsDurableConsumers = true }
        let client = TestClient(world, "a")
        let id = client.consumer(on: .topic("T")) { $0.subscriptionName = "s" }
        #expect(world.broker.consumers[id] == nil && world.broker.subscriptions.isEmpty)
    }

    @Test func groupsStayInOrderThroughATakeOver() {
        let first = BrokerWorld()
        let client = TestClient(first, "a")
        let consumer = client.consumer(on: self.queue, prefetch: 4)
        for body in 1...9 { client.send("\(body)", to: self.queue) { $0.groupID = body % 2 == 0 ? "even" : "odd" } }
        first.settle()
        for dispatch in first.dispatches(to: consumer).prefix(2) { client.acknowledge(dispatch) }
        first.settle()
        let second = BrokerWorld(snapshot: first.disk.snapshot())
        second.disk = first.disk
        let other = TestClient(second, "b")
        let ids = (0..<2).map { _ in other.consumer(on: self.queue, prefetch: 3) }
        var acknowledged = 0
        while acknowledged < 7 {
            second.settle()
            let open = ids.flatMap { second.dispatches(to: $0) }
            guard open.count > acknowledged else { break }
            for id in ids { for dispatch in second.dispatches(to: id) { other.acknowledge(dispatch) } }
            acknowledged = open.count
        }
        let received = ids.map { second.received(by: $0).compactMap { Int($0) } }
        #expect(received.flatMap { $0 }.sorted() == Array(3...9))
        for bodies in received { #expect(bodies == bodies.sorted() && Set(bodies.map { $0 % 2 }).count == 1) }
    }

    // MARK: Slow consumers

    @Test(arguments: [true, false])
    func consumersThatAreSlowTooLongAreCutOff(abortsConnection: Bool) {
        let world = self.world {
            var strategy = SlowConsumerPolicy()
            strategy.checkPeriodMs = 1_000
            strategy.maxSlowMs = 5_000
            strategy.abortsConnection = abortsConnection
            $0.slowConsumers = strategy
        }
        let client = TestClient(world, "a")
        let slow = client.consumer(on: self.queue, prefetch: 1)
        let other = TestClient(world, "b")
        let idle = other.consumer(on: .queue("Other"), prefetch: 1)
        for body in 1...2 { other.send("\(body)", to: self.queue) }
        for _ in 0..<5 { world.advance(by: 1_000) }
        #expect(world.broker.consumers[slow] != nil)
        for _ in 0..<2 { world.advance(by: 1_000) }
        #expect(world.broker.consumers[slow] == nil && world.broker.consumers[idle] != nil)
        #expect((world.broker.connections[client.id] == nil) == abortsConnection)
        let isTold = world.events.contains {
            switch $0 {
            case .stopConsumer(client.link, slow): !abortsConnection
            case .close(client.link, _): abortsConnection
            default: false
            }
        }
        #expect(isTold)
        let next = other.consumer(on: self.queue)
        #expect(world.received(by: next) == ["1", "2"])
    }

    @Test(arguments: [true, false])
    func consumersThatDoNotAcknowledgeAreCutOff(ignoresIdle: Bool) {
        let world = self.world {
            var strategy = SlowConsumerPolicy()
            strategy.measure = .lastAcknowledgement(maximumMs: 5_000, ignoresIdle: ignoresIdle)
            $0.slowConsumers = strategy
        }
        let client = TestClient(world, "a")
        let silent = client.consumer(on: self.queue)
        let idle = client.consumer(on: .queue("Empty"))
        client.send("1", to: self.queue)
        for _ in 0..<4 { world.advance(by: 1_000) }
        #expect(world.broker.consumers[silent] != nil)
        for _ in 0..<2 { world.advance(by: 1_000) }
        #expect(world.broker.consumers[silent] == nil)
        #expect((world.broker.consumers[idle] != nil) == ignoresIdle)
    }

    // MARK: Inactive destinations

    @Test func inactiveDestinationsAreRemovedWherePolicySaysSo() {
        let world = BrokerWorld {
            $0.purgePeriodMs = 1_000
            var entry = PolicyEntry()
            entry.isCollectedWhenInactive = true
            entry.inactiveBeforeCollectionMs = 5_000
            $0.policies.entries.set(entry, for: .queue("GC.>"))
            $0.policies.entries.set(entry, for: .topic("GC.>"))
        }
        let client = TestClient(world, "a")
        let all: [Destination] = [
            .queue("GC.empty"), .queue("GC.full"), .queue("GC.used"), .topic("GC.t"), .queue("kept"), .topic("GC.d"),
        ]
        for destination in all { world.ask(client.link, .addDestination(destination, client.id)) }
        client.send("1", to: .queue("GC.full"))
        _ = client.consumer(on: .queue("GC.used"))
        _ = client.consumer(on: .topic("GC.d")) { $0.subscriptionName = "s" }
        world.settle()
        for _ in 0..<5 { world.advance(by: 1_000) }
        #expect(world.broker.queues[.queue("GC.empty")] != nil)
        for _ in 0..<2 { world.advance(by: 1_000) }
        world.settle()
        let left = all.filter { world.broker.queues[$0] != nil || world.broker.topics[$0] != nil }
        #expect(left == [.queue("GC.full"), .queue("GC.used"), .queue("kept"), .topic("GC.d")])
        #expect(world.disk.bodies(in: "GC.full") == ["1"])
    }

    // MARK: Room

    private func full(
        _ change: @escaping (inout BrokerConfiguration) -> Void
    ) -> (BrokerWorld, TestClient) {
        let world = BrokerWorld(change)
        let client = TestClient(world, "a")
        world.broker.setStoreFull(true, at: world.now)
        return (world, client)
    }

    @Test func aSendThatFindsNoRoomIsRefusedWhereToldSo() {
        let (world, client) = self.full { $0.usage.failsSendIfNoSpace = true }
        guard case .resourceExhausted? = world.failure(of: client.send("1", to: self.queue)) else {
            Issue.record("not refused")
            return
        }
        #expect(world.failure(of: client.send("2", to: self.queue, persistent: false)) == nil)
        world.broker.setStoreFull(false, at: world.now)
        let third = client.send("3", to: self.queue)
        world.settle()
        #expect(world.isAnswered(third) && world.disk.bodies(in: "Q") == ["3"])
    }

    @Test func aSendWaitsForRoomUntilItsTimeIsOver() {
        let (world, client) = self.full { $0.policies.defaultEntry.failsSendAfterMs = 3_000 }
        let first = client.send("1", to: self.queue)
        #expect(world.broker.nextDeadlineMs == world.now.monotonicMs + 3_000)
        world.advance(by: 2_000)
        let second = client.send("2", to: self.queue)
        world.advance(by: 1_000)
        #expect(!world.isAnswered(second) && world.failure(of: second) == nil)
        guard case .resourceExhausted? = world.failure(of: first) else {
            Issue.record("not refused in time")
            return
        }
        world.broker.setStoreFull(false, at: world.now)
        world.settle()
        #expect(world.isAnswered(second) && world.disk.bodies(in: "Q") == ["2"])
    }

    @Test func waitingSendsKeepTheirOrderAndEndWithTheirSocket() {
        let (world, client) = self.full { $0.usage.failsSendAfterMs = 60_000 }
        let other = TestClient(world, "b")
        for body in 1...3 { client.send("\(body)", to: self.queue) }
        other.send("lost", to: self.queue)
        world.detach(other.link)
        world.broker.setStoreFull(false, at: world.now)
        client.send("4", to: self.queue)
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["1", "2", "3", "4"])
    }

    @Test func withoutFlowControlNothingIsRefused() {
        let (world, client) = self.full {
            $0.usage.failsSendIfNoSpace = true
            $0.policies.defaultEntry.isFlowControlled = false
        }
        #expect(world.failure(of: client.send("1", to: self.queue)) == nil)
    }
}
