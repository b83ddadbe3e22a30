import Testing

@testable import BrokerCore

/// The limit for what is spooled to the store (ActiveMQ: `tempUsage`).
@Suite struct BrokerSpoolTests {
    private let queue = Destination.queue("Q")
    private let size = 1_024 + 2

    /// Memory takes three messages of each backlog, the spool as many as told.
    private func world(
        limit messages: Int = 0, _ change: (inout BrokerConfiguration) -> Void = { _ in }
    ) -> (BrokerWorld, TestClient) {
        let world = BrokerWorld {
            $0.windowBytes = 3_000
            $0.smallWindowBytes = 3_000
            $0.pageMessages = 2
            $0.usage.temporaryLimitBytes = Int64(messages * self.size)
            change(&$0)
        }
        return (world, TestClient(world, "a"))
    }

    /// Bodies of two bytes, not persistent.
    @discardableResult
    private func send(
        _ numbers: ClosedRange<Int>, _ client: TestClient, to destination: Destination = .queue("Q"),
        expiresAfterMs life: Int64 = 0
    ) -> [ReplyToken] {
        numbers.map { number in
            client.send("\(number)", to: destination, persistent: false) {
                if life > 0 { $0.expirationMs = $0.timestampMs + life }
            }
        }
    }

    private func isSuspended(_ world: BrokerWorld, _ client: TestClient) -> Bool {
        var result = false
        for event in world.events {
            if case .suspendReading(client.link) = event { result = true }
            if case .resumeReading(client.link) = event { result = false }
        }
        return result
    }

    @Test func usageGrowsWithWhatIsSpooledAndShrinksWithItsConsumption() {
        let (world, client) = self.world()
        self.send(10...12, client)
        #expect(world.broker.spooledBytes == 0, "memory has room")
        self.send(13...29, client)
        #expect(world.broker.spooledBytes == 17 * self.size)
        client.send("30", to: self.queue)
        world.settle()
        #expect(world.broker.spooledBytes == 17 * self.size, "what is persistent is no spool")
        let consumer = client.consumer(on: self.queue, prefetch: 4)
        #expect(client.consumeAll(consumer) == (10...30).map { "\($0)" })
        #expect(world.broker.spooledBytes == 0)
    }

    @Test func whatExpiresIsGivenBack() {
        let (world, client) = self.world()
        self.send(10...19, client, expiresAfterMs: 5_000)
        world.settle()
        #expect(world.broker.spooledBytes == 7 * self.size)
        for _ in 0..<20 {
            world.advance(by: 60_000)
            world.settle()
        }
        let consumer = client.consumer(on: self.queue)
        #expect(client.consumeAll(consumer).isEmpty)
        #expect(world.broker.spooledBytes == 0)
    }

    @Test func eachDurableSubscriptionCountsItsOwn() throws {
        let (world, client) = self.world()
        let ids = ["s", "t"].map { name in client.consumer(on: .topic("T")) { $0.subscriptionName = name } }
        for id in ids { world.tell(client.link, .removeConsumer(id, .nothing)) }
        self.send(10...19, client, to: .topic("T"))
        world.settle()
        #expect(world.broker.spooledBytes == 2 * 7 * self.size)
        world.ask(client.link, .unsubscribe(client.id, name: "t"))
        #expect(world.broker.spooledBytes == 7 * self.size)
        let again = client.consumer(on: .topic("T"), prefetch: 3) { $0.subscriptionName = "s" }
        #expect(client.consumeAll(again).count == 10)
        #expect(world.broker.spooledBytes == 0)
    }

    @Test func aDestroyedQueueGivesBackWhatLiesInTheStoreOnly() {
        let (world, client) = self.world()
        self.send(10...29, client)
        self.send(10...29, client, to: .queue("OTHER"))
        world.settle()
        #expect(world.broker.spooledBytes == 2 * 17 * self.size)
        world.ask(client.link, .removeDestination(self.queue, client.id))
        world.settle()
        #expect(world.broker.spooledBytes == 17 * self.size)
    }

    /// The next master drops what was only spooled; what a prepared branch sent counts once it is shown.
    @Test func aTakeOverStartsAtNothing() {
        let (world, client) = self.world()
        self.send(10...19, client)
        let xid = XATransactionID(formatID: 1, global: [1], branch: [1])
        world.tell(client.link, .transaction(.xa(xid), connection: client.id, .begin))
        client.send("20", to: self.queue, persistent: false, in: .xa(xid))
        client.end(.xa(xid), .prepare)
        world.settle()
        let next = BrokerWorld(snapshot: world.disk.reopened().snapshot())
        next.disk = world.disk.reopened()
        #expect(next.broker.spooledBytes == 0)
        #expect(next.broker.resolve(xid, commits: true, at: next.now))
        next.settle()
        #expect(next.broker.spooledBytes == self.size)
        let other = TestClient(next, "b")
        #expect(other.consumeAll(other.consumer(on: self.queue)) == ["20"])
        #expect(next.broker.spooledBytes == 0)
    }

    @Test func producersOfWhatIsNotPersistentAreHeldUpUntilThereIsRoom() {
        let (world, client) = self.world(limit: 8)
        let other = TestClient(world, "b")
        self.send(10...19, client)
        #expect(!self.isSuspended(world, client))
        self.send(20...20, client)
        #expect(self.isSuspended(world, client), "eight are spooled")
        world.settle()
        other.send("21", to: self.queue)
        #expect(!self.isSuspended(world, other), "persistent messages are not concerned")
        let consumer = other.consumer(on: self.queue, prefetch: 1)
        var seen = 0
        while self.isSuspended(world, client), seen < 11 {
            world.settle()
            other.acknowledge(world.dispatches(to: consumer)[seen])
            seen += 1
            world.settle()
        }
        #expect(!self.isSuspended(world, client) && world.broker.spooledBytes == 6 * self.size)
    }

    @Test(arguments: [false, true])
    func aSendIsRefusedWhereToldSo(waits: Bool) {
        let (world, client) = self.world(limit: 2) {
            $0.usage.failsSendIfNoSpace = !waits
            $0.usage.failsSendAfterMs = waits ? 3_000 : 0
        }
        let accepted = self.send(10...14, client)
        #expect(accepted.allSatisfy { world.isAnswered($0) })
        let refused = self.send(15...15, client)[0]
        #expect((world.failure(of: refused) == nil) == waits)
        let stored = client.send("16", to: .queue("OTHER"))
        world.settle()
        #expect(world.isAnswered(stored) != waits, "it stands behind one that waits")
        if waits { world.advance(by: 3_000) }
        #expect(!self.isSuspended(world, client), "or nobody would read what is to be refused")
        guard case .resourceExhausted(let text)? = world.failure(of: refused) else {
            Issue.record("not refused")
            return
        }
        #expect(text.contains("Temp Store") && text.contains("queue://Q"))
        let consumer = client.consumer(on: self.queue)
        #expect(client.consumeAll(consumer).count == 5)
        #expect(self.send(17...17, client).allSatisfy { world.isAnswered($0) })
    }

    @Test func transactionsAreHeldUpToo() {
        let (world, client) = self.world(limit: 2)
        let transaction = client.begin(1)
        for number in 10...16 { client.send("\(number)", to: self.queue, persistent: false, in: transaction) }
        #expect(!self.isSuspended(world, client))
        client.end(transaction, .commitOnePhase)
        #expect(self.isSuspended(world, client))
    }
}
