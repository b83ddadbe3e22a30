import Testing

@testable import BrokerCore

@Suite struct BrokerTransactionTests {
    let queue = Destination.queue("Q")

    @Test func commitsSendsAndAcknowledgementsInOneBatch() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("old", to: self.queue)
        world.settle()
        let consumer = client.consumer(on: self.queue)
        world.settle()
        let transaction = client.begin(1)
        client.acknowledge(world.dispatches(to: consumer)[0], in: transaction)
        client.send("new 1", to: .queue("R"), in: transaction)
        client.send("new 2", to: .queue("R"), in: transaction)
        #expect(world.store() == nil)
        let commit = client.end(transaction, .commitOnePhase)
        #expect(!world.isAnswered(commit))
        let batch = try #require(world.store(completing: false))
        #expect(batch.inserts.count == 2 && batch.removals.count == 1)
        #expect(!world.isAnswered(commit))
        world.complete(batch)
        #expect(world.isAnswered(commit))
        #expect(world.disk.bodies(in: "R") == ["new 1", "new 2"])
    }

    /// The client did not hear of the commit and plays the whole transaction again to the next master.
    @Test func recognisesAReplayedTransactionAfterATakeOver() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let transaction = client.begin(1)
        for body in ["1", "2"] { client.send(body, to: self.queue, in: transaction) }
        client.end(transaction, .commitOnePhase)
        world.settle()
        let next = BrokerWorld(snapshot: world.disk.snapshot())
        next.disk = world.disk
        let again = TestClient(next, "a", reconnecting: true)
        let replayed = again.begin(1)
        for body in ["1", "2"] { again.send(body, to: self.queue, in: replayed) }
        let commit = again.end(replayed, .commitOnePhase)
        let second = again.begin(2)
        again.send("3", to: self.queue, in: second)
        again.end(second, .commitOnePhase)
        next.settle()
        #expect(next.isAnswered(commit))
        #expect(next.disk.bodies(in: "Q") == ["1", "2", "3"])
    }

    /// Branches end in any order: a message older than its producer's newest is no repetition.
    @Test func takesOlderMessagesOfASuspendedBranchAfterAReconnect() {
        let world = BrokerWorld()
        let client = TestClient(world, "a", reconnecting: true)
        let (first, second) = (self.branch(1), self.branch(2))
        for id in [first, second] { world.tell(client.link, .transaction(id, connection: client.id, .begin)) }
        client.send("1", to: self.queue, in: first)
        client.send("2", to: self.queue, in: second)
        client.end(second, .commitOnePhase)
        world.settle()
        let late = client.message("late", to: self.queue, sequence: 1)
        world.ask(client.link, .send(late, transaction: first))
        client.end(first, .commitOnePhase)
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["2", "1", "late"])
    }

    private func branch(_ number: UInt8) -> TransactionID {
        .xa(XATransactionID(formatID: 1, global: [1], branch: [number]))
    }

    @Test func rollbackLeavesMessagesInFlightAndSendsNothing() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("1", to: self.queue)
        world.settle()
        let consumer = client.consumer(on: self.queue)
        let transaction = client.begin(1)
        client.acknowledge(world.dispatches(to: consumer)[0], in: transaction)
        client.send("no", to: self.queue, in: transaction)
        #expect(world.isAnswered(client.end(transaction, .rollback)))
        #expect(world.received(by: consumer) == ["1"])
        client.acknowledge(world.dispatches(to: consumer)[0], in: client.begin(2))
        #expect(!world.isAnswered(client.end(.local(connection: "a", value: 2), .commitOnePhase)))
        world.settle()
        #expect(world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func givesBackWhatAClosedConsumerAcknowledgedInARolledBackTransaction() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("1", to: self.queue)
        world.settle()
        let consumer = client.consumer(on: self.queue)
        let transaction = client.begin(1)
        client.acknowledge(world.dispatches(to: consumer)[0], in: transaction)
        world.tell(client.link, .removeConsumer(consumer, .upTo(world.dispatches(to: consumer)[0].sequence)))
        let second = client.consumer(on: self.queue)
        #expect(world.received(by: second).isEmpty)
        client.end(transaction, .rollback)
        #expect(world.received(by: second) == ["1"])
        #expect(world.dispatches(to: second)[0].redeliveryCount == 1)
    }

    @Test func aFailedSendMakesTheCommitFail() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let transaction = client.begin(1)
        client.send("good", to: self.queue, in: transaction)
        let bad = client.send("bad", to: Destination(.temporaryQueue, "gone"), in: transaction)
        #expect(world.failure(of: bad) != nil)
        guard case .rolledBack? = world.failure(of: client.end(transaction, .commitOnePhase)) else {
            Issue.record("expected the commit to be rolled back")
            return
        }
        world.settle()
        #expect(world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func aLostConnectionRollsBack() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("1", to: self.queue)
        world.settle()
        let consumer = client.consumer(on: self.queue)
        let transaction = client.begin(1)
        client.acknowledge(world.dispatches(to: consumer)[0], in: transaction)
        client.send("no", to: self.queue, in: transaction)
        world.detach(client.link)
        let other = TestClient(world, "b")
        let next = other.consumer(on: self.queue)
        #expect(world.received(by: next) == ["1"])
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["1"])
    }

    @Test func transactedAcknowledgementsHoldTheWindowUntilCommit() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        for body in 1...4 { client.send("\(body)", to: self.queue) }
        world.settle()
        let consumer = client.consumer(on: self.queue, prefetch: 2)
        let transaction = client.begin(1)
        let first = world.dispatches(to: consumer)
        client.acknowledge(first[1], from: first[0], count: 2, in: transaction)
        #expect(world.received(by: consumer).count == 2)
        client.end(transaction, .commitOnePhase)
        #expect(world.received(by: consumer).count == 4)
    }

    // MARK: XA

    private func xa(_ number: UInt8) -> TransactionID {
        .xa(XATransactionID(formatID: 1, global: [number], branch: [1]))
    }

    private func beginXA(_ client: TestClient, _ id: TransactionID) {
        client.world.tell(client.link, .transaction(id, connection: client.id, .begin))
    }

    @Test func preparedWorkSurvivesAndCommitsUnderTheNextMaster() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("in", to: self.queue)
        world.settle()
        let consumer = client.consumer(on: self.queue)
        let id = self.xa(7)
        self.beginXA(client, id)
        client.acknowledge(world.dispatches(to: consumer)[0], in: id)
        client.send("out", to: .queue("R"), in: id)
        let prepare = client.end(id, .prepare)
        #expect(world.reply(to: prepare) == nil)
        world.settle()
        guard case .prepared(hasWork: true)? = world.reply(to: prepare) else {
            Issue.record("expected prepared")
            return
        }
        #expect(world.disk.bodies(in: "R").isEmpty)
        let next = BrokerWorld(snapshot: world.disk.snapshot())
        next.disk = world.disk
        let other = TestClient(next, "b")
        let reader = other.consumer(on: self.queue)
        let target = other.consumer(on: .queue("R"))
        next.settle()
        #expect(next.received(by: reader).isEmpty)
        guard case .transactions(let found)? = next.reply(to: next.ask(other.link, .recoverTransactions)) else {
            Issue.record("expected the prepared transactions")
            return
        }
        #expect(found.map { TransactionID.xa($0) } == [id])
        let commit = other.end(id, .commitTwoPhase)
        next.settle()
        #expect(next.isAnswered(commit))
        #expect(next.received(by: target) == ["out"])
        #expect(next.received(by: reader).isEmpty)
    }

    @Test func rollingBackAPreparedBranchReturnsItsMessages() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("in", to: self.queue)
        world.settle()
        let consumer = client.consumer(on: self.queue)
        let id = self.xa(8)
        self.beginXA(client, id)
        client.acknowledge(world.dispatches(to: consumer)[0], in: id)
        client.send("out", to: .queue("R"), in: id)
        client.end(id, .prepare)
        world.settle()
        let next = BrokerWorld(snapshot: world.disk.snapshot())
        next.disk = world.disk
        let other = TestClient(next, "b")
        let reader = other.consumer(on: self.queue)
        next.settle()
        #expect(next.received(by: reader).isEmpty)
        other.end(id, .rollback)
        next.settle()
        #expect(next.received(by: reader) == ["in"])
        #expect(next.disk.bodies(in: "R").isEmpty)
    }

    @Test func anEmptyBranchIsReadOnlyAndAnUnknownOneIsNamed() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let id = self.xa(9)
        self.beginXA(client, id)
        guard case .prepared(hasWork: false)? = world.reply(to: client.end(id, .prepare)) else {
            Issue.record("expected read-only")
            return
        }
        guard case .xa(_, code: -4)? = world.failure(of: client.end(self.xa(10), .commitTwoPhase)) else {
            Issue.record("expected XAER_NOTA")
            return
        }
    }
}
