import Testing

@testable import BrokerCore

/// The store has no room, the broker is killed before there is any: what was moved is at one place or the other.
@Suite struct BrokerFullStoreTests {
    enum Move: CaseIterable {
        case poisoned, expired, triedAgain, transacted
    }

    private let queue = Destination.queue("Q")

    private func world(_ move: Move) -> BrokerWorld {
        BrokerWorld { configuration in
            guard move == .triedAgain else { return }
            var plugin = RedeliveryPlugin()
            plugin.defaultPolicy = RedeliveryPolicy()
            configuration.redelivery = plugin
        }
    }

    /// What a broker finds in Q and in the other queues after a kill.
    private func found(_ disk: ModelStore) -> (queue: [String], others: [String]) {
        (disk.bodies(in: "Q"), disk.bodies(in: "ActiveMQ.DLQ") + disk.bodies(in: "OUT"))
    }

    /// Lets a stored message leave Q for another place.
    private func make(_ move: Move, _ world: BrokerWorld) {
        let client = TestClient(world, "a")
        client.send("1", to: self.queue) { if move == .expired { $0.expirationMs = world.now.wallMs + 5_000 } }
        world.settle()
        guard move != .expired else { return world.advance(by: 60_000) }
        let consumer = client.consumer(on: self.queue)
        world.settle()
        let dispatch = world.dispatches(to: consumer)[0]
        guard move == .transacted else {
            client.acknowledge(dispatch, .poison)
            return
        }
        let transaction = client.begin(1)
        client.acknowledge(dispatch, in: transaction)
        client.send("2", to: .queue("OUT"), in: transaction)
        client.end(transaction, .commitOnePhase)
    }

    @Test(arguments: Move.allCases, [false, true])
    func whatIsMovedIsNotLostOnAFullStore(move: Move, isTriedFirst: Bool) throws {
        let world = self.world(move)
        self.make(move, world)
        if isTriedFirst {
            let batch = try #require(world.broker.takeBatch())
            #expect(batch.inserts.count == 1 && batch.removals.count == 1, "a move is both")
            world.broker.putBack(batch)
        }
        world.broker.setStoreFull(true, at: world.now)
        if let removals = world.broker.takeRemovals() { world.complete(removals) }
        #expect(self.found(world.disk.reopened()).queue == ["1"], "nothing else keeps it")
        world.settle()
        let after = self.found(world.disk.reopened())
        switch move {
        case .triedAgain: #expect(after.queue == ["1"] && after.others.isEmpty)
        case .transacted: #expect(after.queue.isEmpty && after.others == ["2"])
        case .poisoned, .expired: #expect(after.queue.isEmpty && after.others == ["1"])
        }
    }

    /// Consumers make the room that the others wait for.
    @Test(arguments: [false, true])
    func finalAcknowledgementsGoAhead(isTransacted: Bool) throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        for body in ["1", "2", "3"] { client.send(body, to: self.queue) }
        world.settle()
        let consumer = client.consumer(on: self.queue)
        let dispatches = world.dispatches(to: consumer)
        let waiting = client.send("waiting", to: .queue("OUT"))
        client.acknowledge(dispatches[0], .poison)
        let batch = try #require(world.broker.takeBatch())
        world.broker.putBack(batch)
        let transaction = isTransacted ? client.begin(1) : nil
        client.acknowledge(dispatches[1], in: transaction)
        client.acknowledge(dispatches[2], in: transaction)
        if let transaction { client.end(transaction, .commitOnePhase) }
        let removals = try #require(world.broker.takeRemovals())
        #expect(removals.removals.map(\.sequence) == dispatches[1...].map(\.sequence) && removals.inserts.isEmpty)
        world.complete(removals)
        #expect(world.broker.takeRemovals() == nil)
        #expect(world.disk.bodies(in: "Q") == ["1"] && !world.isAnswered(waiting))
        world.settle()
        #expect(world.disk.bodies(in: "Q").isEmpty && world.disk.bodies(in: "ActiveMQ.DLQ") == ["1"])
        #expect(world.isAnswered(waiting))
    }

    /// Removals that had no room either keep their right to go ahead.
    @Test func removalsThatHadNoRoomGoAheadAgain() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        for body in ["1", "2"] { client.send(body, to: self.queue) }
        world.settle()
        let consumer = client.consumer(on: self.queue)
        let dispatches = world.dispatches(to: consumer)
        client.acknowledge(dispatches[0], .poison)
        client.acknowledge(dispatches[1])
        world.broker.putBack(try #require(world.broker.takeBatch()))
        for _ in 0..<2 { world.broker.putBack(try #require(world.broker.takeRemovals())) }
        let removals = try #require(world.broker.takeRemovals())
        #expect(removals.removals.map(\.sequence) == [dispatches[1].sequence])
    }

    /// A message that was never stored, and is moved: its sender is answered when the store has what takes its place.
    @Test(arguments: [Move.poisoned, .triedAgain, .transacted])
    func sendersOfMovedMessagesAreAnsweredWhenTheMoveIsStored(move: Move) {
        let world = self.world(move)
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        let sent = client.send("1", to: self.queue)
        let dispatch = world.dispatches(to: consumer)[0]
        let transaction = move == .transacted ? client.begin(1) : nil
        client.acknowledge(dispatch, move == .transacted ? .consumed : .poison, in: transaction)
        if let transaction {
            client.send("2", to: .queue("OUT"), in: transaction)
            client.end(transaction, .commitOnePhase)
        }
        #expect(!world.isAnswered(sent), "a kill now would lose it")
        world.settle()
        #expect(world.isAnswered(sent))
        let found = self.found(world.disk.reopened())
        #expect(found.queue + found.others == [move == .transacted ? "2" : "1"])
    }

    /// Producers wait with more than there is room for: consumers that wait for each of their answers go on.
    @Test(arguments: [false, true], [false, true])
    func whoTakesIsAnsweredOnAFullStore(isTransacted: Bool, isTriedFirst: Bool) throws {
        let world = BrokerWorld()
        let (client, producer) = (TestClient(world, "a"), TestClient(world, "b"))
        client.send("1", to: self.queue)
        world.settle()
        let consumer = client.consumer(on: self.queue)
        world.settle()
        let waiting = producer.send("2", to: .queue("OUT"))
        let dispatch = world.dispatches(to: consumer)[0]
        let answer: ReplyToken
        if isTransacted {
            let transaction = client.begin(1)
            client.acknowledge(dispatch, in: transaction)
            answer = client.end(transaction, .commitOnePhase)
        } else {
            answer = client.acknowledge(dispatch)
        }
        if isTriedFirst { world.broker.putBack(try #require(world.broker.takeBatch())) }
        world.broker.setStoreFull(true, at: world.now)
        #expect(!world.isAnswered(answer), "it is not stored yet")
        world.complete(try #require(world.broker.takeRemovals()))
        #expect(world.isAnswered(answer))
        #expect(!world.isAnswered(waiting))
        #expect(self.found(world.disk.reopened()).queue.isEmpty)
        world.broker.setStoreFull(false, at: world.now)
        world.settle()
        #expect(world.isAnswered(waiting))
    }
}
