import Testing

@testable import BrokerCore

@Suite struct BrokerPriorityTests {
    private let queue = Destination.queue("Q")

    private func world(
        snapshot: StoreSnapshot = StoreSnapshot(), windowBytes: Int = 4 << 20, pageMessages: Int = 500
    ) -> BrokerWorld {
        BrokerWorld(snapshot: snapshot) {
            $0.policies.defaultEntry.isPrioritized = true
            $0.windowBytes = windowBytes
            $0.pageMessages = pageMessages
        }
    }

    private func fill(_ client: TestClient, _ destination: Destination, priorities: [Int8]) {
        for (index, priority) in priorities.enumerated() {
            client.send("\(priority).\(index)", to: destination) { $0.priority = priority }
        }
    }

    private func inOrder(_ priorities: [Int8]) -> [String] {
        priorities.enumerated().sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
            .map { "\($0.element).\($0.offset)" }
    }

    @Test func higherPrioritiesComeFirstAndEqualOnesInOrder() {
        let world = self.world()
        let client = TestClient(world, "a")
        let priorities: [Int8] = [4, 0, 9, 4, 9, 5, 0]
        self.fill(client, self.queue, priorities: priorities)
        let consumer = client.consumer(on: self.queue)
        #expect(world.received(by: consumer) == self.inOrder(priorities))
    }

    @Test func withoutThePolicyPrioritiesDoNotReorder() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        self.fill(client, self.queue, priorities: [1, 9])
        #expect(world.received(by: client.consumer(on: self.queue)) == ["1.0", "9.1"])
    }

    @Test(arguments: [1, 3, 100], [3_000, 6_000, 4 << 20])
    func pagesFromTheStoreInTheOrderOfPriorities(pageMessages: Int, windowBytes: Int) {
        let world = self.world(windowBytes: windowBytes, pageMessages: pageMessages)
        let client = TestClient(world, "a")
        var chance = SeededChance(seed: 7)
        let priorities = (0..<60).map { _ in Int8.random(in: 0...9, using: &chance) }
        self.fill(client, self.queue, priorities: priorities)
        world.settle()
        let consumer = client.consumer(on: self.queue, prefetch: 1)
        world.settle()
        for _ in priorities {
            guard let last = world.dispatches(to: consumer).last else { break }
            client.acknowledge(last)
            world.settle()
        }
        #expect(world.received(by: consumer) == self.inOrder(priorities))
        #expect(world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func theOrderSurvivesATakeOver() {
        let first = self.world()
        let priorities: [Int8] = [4, 0, 9, 4, 9, 5, 0]
        self.fill(TestClient(first, "a"), self.queue, priorities: priorities)
        first.settle()
        let second = self.world(snapshot: first.disk.snapshot(), pageMessages: 1)
        second.disk = first.disk
        let client = TestClient(second, "b")
        let consumer = client.consumer(on: self.queue)
        second.settle()
        #expect(second.received(by: consumer) == self.inOrder(priorities))
    }

    @Test func aLateMessageOfHigherPriorityOvertakesWhatIsPagedOut() {
        let world = self.world(windowBytes: 3_000, pageMessages: 2)
        let client = TestClient(world, "a")
        self.fill(client, self.queue, priorities: Array(repeating: 4, count: 10))
        world.settle()
        client.send("late", to: self.queue) { $0.priority = 9 }
        world.settle()
        let consumer = client.consumer(on: self.queue, prefetch: 1)
        world.settle()
        #expect(world.received(by: consumer) == ["late"])
    }

    @Test func selectorsSeeWhatComesWithAHigherPriorityLater() {
        let world = self.world()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue) { $0.selector = "JMSPriority <> 4" }
        self.fill(client, self.queue, priorities: [4, 4, 9, 4, 1, 9])
        #expect(world.received(by: consumer) == ["9.2", "1.4", "9.5"])
    }

    @Test func whatIsGivenBackGoesToItsPlace() {
        let world = self.world()
        let client = TestClient(world, "a")
        self.fill(client, self.queue, priorities: [9, 4, 0])
        let one = client.consumer(on: self.queue, prefetch: 2)
        self.fill(client, self.queue, priorities: [4])
        world.tell(client.link, .removeConsumer(one, .nothing))
        #expect(world.received(by: client.consumer(on: self.queue)) == ["9.0", "4.1", "4.0", "0.2"])
    }

    @Test func durableSubscriptionsGoByPriorityToo() {
        let world = self.world(windowBytes: 3_000, pageMessages: 2)
        let client = TestClient(world, "a")
        let topic = Destination.topic("T")
        let first = client.consumer(on: topic) { $0.subscriptionName = "s" }
        world.tell(client.link, .removeConsumer(first, .nothing))
        let priorities: [Int8] = [4, 0, 9, 4, 9, 5, 0, 1, 2, 3]
        self.fill(client, topic, priorities: priorities)
        world.settle()
        let second = client.consumer(on: topic) { $0.subscriptionName = "s" }
        world.settle()
        #expect(world.received(by: second) == self.inOrder(priorities))
    }

    @Test func browsersSeeTheOrderOfPriorities() {
        let world = self.world(windowBytes: 3_000, pageMessages: 2)
        let client = TestClient(world, "a")
        let priorities: [Int8] = [4, 0, 9, 4, 9, 5, 0, 1, 2, 3]
        self.fill(client, self.queue, priorities: priorities)
        world.settle()
        let browser = client.consumer(on: self.queue) { $0.isBrowser = true }
        world.settle()
        #expect(world.received(by: browser) == self.inOrder(priorities))
        #expect(world.noMessageCount(for: browser) == 1)
    }
}
