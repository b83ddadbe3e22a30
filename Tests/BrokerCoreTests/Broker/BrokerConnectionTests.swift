import Testing

@testable import BrokerCore

@Suite struct BrokerConnectionTests {
    let queue = Destination.queue("Q")

    @Test func refusesAClientIDInUse() {
        let world = BrokerWorld()
        _ = TestClient(world, "a")
        let link = world.attach()
        let token = world.ask(link, .connect(TestClient.request("other", clientID: "client-a")))
        #expect(
            world.failure(of: token)
                == .invalidClientID("Broker: b - Client: client-a already connected from tcp://127.0.0.1:9"))
    }

    @Test(arguments: [nil, ""] as [String?]) func refusesAMissingClientID(id: String?) {
        let world = BrokerWorld()
        let request = ConnectRequest(
            id: ConnectionID("x"), clientID: id, userName: nil, password: nil, isFailoverReconnect: false,
            isFaultTolerant: false, isManageable: false, peer: "p")
        guard case .invalidClientID? = world.failure(of: world.ask(world.attach(), .connect(request))) else {
            Issue.record("expected a refusal")
            return
        }
    }

    @Test func theSameConnectionOnANewSocketTakesOver() {
        let world = BrokerWorld()
        let old = TestClient(world, "a")
        old.send("1", to: self.queue)
        world.settle()
        let before = old.consumer(on: self.queue)
        #expect(world.received(by: before) == ["1"])
        world.forgetEvents()
        let new = TestClient(world, "a", reconnecting: true)
        let closes = world.events.contains { if case .close(old.link, _) = $0 { true } else { false } }
        #expect(closes)
        let after = new.consumer(on: self.queue)
        #expect(world.received(by: after) == ["1"])
        world.detach(old.link)
        let repeated = new.send("2", to: .topic("T"))
        world.settle()
        #expect(world.isAnswered(repeated))
    }

    @Test func replayedCreationsAreAccepted() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        #expect(world.isAnswered(world.ask(client.link, .connect(TestClient.request("a")))))
        #expect(world.isAnswered(world.ask(client.link, .openSession(SessionID(connection: "a", value: -1)))))
        let request = ConsumerRequest(
            id: ConsumerID(connection: "a", session: 1, value: 5), destination: self.queue, prefetch: 1)
        #expect(world.isAnswered(world.ask(client.link, .addConsumer(request))))
        #expect(world.isAnswered(world.ask(client.link, .addConsumer(request))))
    }

    @Test func refusesAConsumerOnAnUnknownSession() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let request = ConsumerRequest(
            id: ConsumerID(connection: "a", session: 42, value: 5), destination: self.queue, prefetch: 1)
        guard case .illegalState? = world.failure(of: world.ask(client.link, .addConsumer(request))) else {
            Issue.record("expected a refusal")
            return
        }
    }

    @Test func aBadSelectorIsNamed() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        var request = ConsumerRequest(
            id: ConsumerID(connection: "a", session: 1, value: 5), destination: self.queue, prefetch: 1)
        request.selector = "a = = 3"
        guard case .invalidSelector? = world.failure(of: world.ask(client.link, .addConsumer(request))) else {
            Issue.record("expected a refusal")
            return
        }
    }

    @Test func aFullSocketGetsNothingUntilItHasRoom() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        world.broker.setWritable(client.link, false, at: world.now)
        client.send("1", to: self.queue)
        #expect(world.received(by: consumer).isEmpty)
        world.broker.setWritable(client.link, true, at: world.now)
        world.collect()
        #expect(world.received(by: consumer) == ["1"])
    }
}
