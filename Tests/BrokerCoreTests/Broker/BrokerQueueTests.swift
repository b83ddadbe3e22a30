import Testing

@testable import BrokerCore

@Suite struct BrokerQueueTests {
    let queue = Destination.queue("Q")

    @Test func deepQueuesStayOutOfMemoryAndComeBackInOrder() {
        let world = BrokerWorld {
            $0.windowBytes = 20_000
            $0.pageMessages = 7
        }
        let client = TestClient(world, "a")
        for body in 1...200 {
            client.send("\(body)", to: self.queue)
            if body % 13 == 0 { world.store() }
        }
        world.settle()
        let held = world.broker.queues[self.queue]?.backlog.readyBytes ?? .max
        #expect(held < 30_000)
        let consumer = client.consumer(on: self.queue, prefetch: 10)
        self.drain(world, client, consumer)
        #expect(world.received(by: consumer) == (1...200).map { "\($0)" })
        world.settle()
        #expect(world.disk.bodies(in: "Q").isEmpty)
    }

    private func drain(_ world: BrokerWorld, _ client: TestClient, _ consumer: ConsumerID) {
        var done = 0
        while true {
            world.settle()
            let all = world.dispatches(to: consumer)
            if all.count == done { return }
            for dispatch in all[done...] { client.acknowledge(dispatch) }
            done = all.count
        }
    }

    @Test func nonPersistentMessagesSpillIntoTheStoreBeyondTheWindow() {
        let world = BrokerWorld { $0.windowBytes = 10_000 }
        let client = TestClient(world, "a")
        for body in 1...50 {
            #expect(world.isAnswered(client.send("\(body)", to: self.queue, persistent: false)))
        }
        world.settle()
        #expect(world.disk.bodies(in: "Q").count > 30)
        let consumer = client.consumer(on: self.queue, prefetch: 5)
        self.drain(world, client, consumer)
        #expect(world.received(by: consumer) == (1...50).map { "\($0)" })
    }

    @Test func selectorsPickTheirMessagesAndLeaveTheOthersInPlace() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        for body in 1...6 {
            let message = client.message("\(body)", to: self.queue) { $0.type = body % 2 == 0 ? "even" : "odd" }
            world.ask(client.link, .send(message, transaction: nil))
        }
        let even = client.consumer(on: self.queue) { $0.selector = "JMSType = 'even'" }
        #expect(world.received(by: even) == ["2", "4", "6"])
        let rest = client.consumer(on: self.queue)
        #expect(world.received(by: rest) == ["1", "3", "5"])
    }

    @Test func aSelectorLooksBehindTheWindow() {
        let world = BrokerWorld {
            $0.windowBytes = 8_000
            $0.pageMessages = 3
        }
        let client = TestClient(world, "a")
        for body in 1...30 {
            let message = client.message("\(body)", to: self.queue) { $0.type = body == 25 ? "rare" : "common" }
            world.ask(client.link, .send(message, transaction: nil))
        }
        world.settle()
        let rare = client.consumer(on: self.queue) { $0.selector = "JMSType = 'rare'" }
        world.settle()
        #expect(world.received(by: rare) == ["25"])
    }

    @Test func aMessageThatGoesBackIsShownAgainToConsumersWithSelectors() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let one = client.consumer(on: self.queue) { $0.selector = "JMSPriority = 4" }
        client.send("1", to: self.queue)
        client.send("2", to: self.queue)
        let two = client.consumer(on: self.queue) { $0.selector = "JMSPriority = 4" }
        world.tell(client.link, .removeConsumer(one, .unknown))
        #expect(world.received(by: two) == ["1", "2"])
    }

    @Test func groupsStickToTheirConsumer() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let one = client.consumer(on: self.queue)
        let two = client.consumer(on: self.queue)
        for (body, group) in [("a1", "A"), ("b1", "B"), ("a2", "A"), ("b2", "B"), ("a3", "A")] {
            let message = client.message(body, to: self.queue) { $0.groupID = group }
            world.ask(client.link, .send(message, transaction: nil))
        }
        let sets = [Set(world.received(by: one)), Set(world.received(by: two))]
        #expect(sets.contains(["a1", "a2", "a3"]) && sets.contains(["b1", "b2"]))
        #expect(world.dispatches(to: one).map(\.isFirstOfGroup).filter { $0 }.count == 1)
        let ownerOfA = world.received(by: one).contains("a1") ? one : two
        world.tell(client.link, .removeConsumer(ownerOfA, .nothing))
        let other = ownerOfA == one ? two : one
        #expect(Set(world.received(by: other)) == ["a1", "a2", "a3", "b1", "b2"])
    }

    @Test func browsingShowsASnapshotAndRemovesNothing() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        for body in 1...5 { client.send("\(body)", to: self.queue) }
        let consumer = client.consumer(on: self.queue, prefetch: 2)
        let browser = client.consumer(on: self.queue, prefetch: 3) { $0.isBrowser = true }
        #expect(world.received(by: browser) == ["1", "2", "3"])
        #expect(world.noMessageCount(for: browser) == 0)
        for dispatch in world.dispatches(to: browser) { client.acknowledge(dispatch) }
        #expect(world.received(by: browser) == ["1", "2", "3", "4", "5"])
        #expect(world.noMessageCount(for: browser) == 1)
        client.send("6", to: self.queue)
        #expect(world.received(by: browser).count == 5)
        #expect(world.received(by: consumer) == ["1", "2"])
        world.settle()
        #expect(world.disk.bodies(in: "Q").count == 6)
    }

    @Test func browsingADeepQueueReadsTheStore() {
        let world = BrokerWorld {
            $0.windowBytes = 10_000
            $0.pageMessages = 6
        }
        let client = TestClient(world, "a")
        for body in 1...40 { client.send("\(body)", to: self.queue) }
        world.store()
        let browser = client.consumer(on: self.queue, prefetch: 500) { $0.isBrowser = true }
        world.settle()
        #expect(world.received(by: browser) == (1...40).map { "\($0)" })
        #expect(world.noMessageCount(for: browser) == 1)
    }

    @Test(arguments: [
        ("A.>", "A", true), ("A.>", "A.B.C", true), ("A.*", "A.B", true), ("A.*", "A.B.C", false), ("A.*", "A", false),
        (">", "X.Y", true), ("A.*.C", "A.B.C", true), ("A.*.C", "A.B.D", false), ("A", "A", true), ("A", "B", false),
    ])
    func wildcards(pattern: String, name: String, matches: Bool) {
        #expect(DestinationPattern(.queue(pattern)).matches(.queue(name)) == matches)
        #expect(!DestinationPattern(.queue(pattern)).matches(.topic(name)))
    }

    @Test func wildcardConsumersJoinQueuesThatComeLater() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("1", to: .queue("A.x"))
        let consumer = client.consumer(on: .queue("A.>"))
        client.send("2", to: .queue("A.y"))
        client.send("no", to: .queue("B"))
        #expect(world.received(by: consumer) == ["1", "2"])
    }
}
