import Testing

@testable import BrokerCore

@Suite struct BrokerUpkeepTests {
    private let queue = Destination.queue("Q")
    private let xid = XATransactionID(formatID: 1, global: [1], branch: [2])

    /// A branch that sends "sent" and acknowledges "old", prepared under a broker that is gone.
    private func inDoubt() -> BrokerWorld {
        let first = BrokerWorld()
        let client = TestClient(first, "a")
        client.send("old", to: self.queue)
        first.settle()
        let consumer = client.consumer(on: self.queue)
        let id = TransactionID.xa(self.xid)
        first.tell(client.link, .transaction(id, connection: client.id, .begin))
        client.send("sent", to: self.queue, in: id)
        client.acknowledge(first.dispatches(to: consumer)[0], in: id)
        client.end(id, .prepare)
        first.settle()
        let second = BrokerWorld(snapshot: first.disk.snapshot())
        second.disk = first.disk
        return second
    }

    @Test(arguments: [true, false])
    func operatorsDecideBranchesInDoubtAfterATakeOver(commits: Bool) {
        let world = self.inDoubt()
        #expect(world.broker.inDoubt() == [InDoubtTransaction(id: self.xid, messages: 1, acknowledgements: 1)])
        let client = TestClient(world, "b")
        let consumer = client.consumer(on: self.queue)
        world.settle()
        #expect(world.received(by: consumer).isEmpty)
        #expect(world.broker.resolve(self.xid, commits: commits, at: world.now))
        world.settle()
        world.collect()
        #expect(world.received(by: consumer) == [commits ? "sent" : "old"])
        #expect(world.broker.inDoubt().isEmpty && world.disk.snapshot().prepared.isEmpty)
        #expect(!world.broker.resolve(self.xid, commits: commits, at: world.now))
    }

    @Test func idleTransactionsAreRolledBackAndTheirOwnersLearnOfIt() {
        let world = BrokerWorld { $0.idleTransactionTimeoutMs = 5_000 }
        let client = TestClient(world, "a")
        let (idle, busy) = (client.begin(1), client.begin(2))
        client.send("idle", to: self.queue, in: idle)
        world.advance(by: 3_000)
        client.send("busy", to: self.queue, in: busy)
        world.advance(by: 3_000)
        guard case .rolledBack? = world.failure(of: client.end(idle, .commitOnePhase)) else {
            Issue.record("committed")
            return
        }
        client.end(busy, .commitOnePhase)
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["busy"])
    }

    @Test func tooLargeTransactionsCanOnlyBeRolledBack() {
        let world = BrokerWorld { $0.maxUncommittedCount = 2 }
        let client = TestClient(world, "a")
        let transaction = client.begin(1)
        for body in 1...3 { client.send("\(body)", to: self.queue, in: transaction) }
        #expect(world.failure(of: client.end(transaction, .commitOnePhase)) != nil)
        world.settle()
        #expect(world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func subscribersThatStayAwayLoseTheirSubscriptions() {
        let world = BrokerWorld {
            $0.offlineSubscriberTimeoutMs = 10_000
            $0.offlineSubscriberCheckMs = 1_000
        }
        let client = TestClient(world, "a")
        let gone = client.consumer(on: .topic("T")) { $0.subscriptionName = "gone" }
        _ = client.consumer(on: .topic("T")) { $0.subscriptionName = "here" }
        world.tell(client.link, .removeConsumer(gone, .nothing))
        client.send("1", to: .topic("T"))
        world.settle()
        for _ in 0..<10 { world.advance(by: 1_000) }
        #expect(world.broker.subscriptions.count == 2)
        for _ in 0..<2 { world.advance(by: 1_000) }
        world.settle()
        #expect(world.broker.subscriptions.keys.map(\.name) == ["here"])
        #expect(world.disk.subscriptions.map(\.name) == ["here"])
    }
}
