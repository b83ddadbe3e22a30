import Testing

@testable import BrokerCore

@Suite struct BrokerSendTests {
    let queue = Destination.queue("Q")

    @Test func answersAPersistentSendOnlyAfterItsCommit() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let token = client.send("1", to: self.queue)
        #expect(!world.isAnswered(token))
        let batch = world.store(completing: false)
        #expect(batch?.inserts.count == 1)
        #expect(!world.isAnswered(token))
        if let batch { world.complete(batch) }
        #expect(world.isAnswered(token))
    }

    @Test func answersANonPersistentSendAtOnceAndWritesNothing() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let token = client.send("1", to: self.queue, persistent: false)
        #expect(world.isAnswered(token))
        #expect(world.store() == nil)
    }

    @Test func dispatchesBeforeTheCommitAndElidesWhatIsAcknowledgedFirst() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        let token = client.send("1", to: self.queue)
        #expect(!world.isAnswered(token))
        client.acknowledge(try #require(world.dispatches(to: consumer).first))
        #expect(world.isAnswered(token))
        #expect(world.broker.elidedMessages == 1)
        world.settle()
        #expect(world.batches.allSatisfy { $0.inserts.isEmpty && $0.removals.isEmpty })
    }

    @Test func removesInTheNextBatchWhatIsAcknowledgedWhileItIsWritten() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        let token = client.send("1", to: self.queue)
        let batch = try #require(world.store(completing: false))
        client.acknowledge(try #require(world.dispatches(to: consumer).first))
        #expect(!world.isAnswered(token))
        world.complete(batch)
        #expect(world.isAnswered(token))
        #expect(world.disk.bodies(in: "Q") == ["1"])
        #expect(world.store()?.removals.count == 1)
        #expect(world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func groupsEverythingThatComesDuringACommitIntoTheNext() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("1", to: self.queue)
        let first = try #require(world.store(completing: false))
        for body in 2...50 { client.send("\(body)", to: self.queue) }
        #expect(world.store() == nil)
        world.complete(first)
        #expect(world.store()?.inserts.count == 49)
    }

    @Test func putsOneCopyIntoEachElementOfACompositeAndAnswersOnce() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let token = client.send("x", to: .queue("A, B,queue://A"))
        #expect(!world.isAnswered(token))
        world.settle()
        #expect(world.isAnswered(token))
        #expect(world.disk.bodies(in: "A") == ["x"])
        #expect(world.disk.bodies(in: "B") == ["x"])
    }

    @Test func refusesASendToAGoneTemporaryQueue() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let gone = Destination(.temporaryQueue, "a:1")
        #expect(world.failure(of: client.send("x", to: gone)) == .destinationGone(gone))
    }

    @Test func recognisesAReplayedSendAfterAReconnectAndATakeOver() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("1", to: self.queue)
        client.send("2", to: self.queue)
        world.settle()
        let next = BrokerWorld(snapshot: world.disk.snapshot())
        next.disk = world.disk
        let again = TestClient(next, "a", reconnecting: true, sentBefore: 1)
        let replayed = again.send("2", to: self.queue)
        let new = again.send("3", to: self.queue)
        next.settle()
        #expect(next.isAnswered(replayed) && next.isAnswered(new))
        #expect(next.disk.bodies(in: "Q") == ["1", "2", "3"])
    }

    /// A client whose socket broke repeats at once, perhaps before the disk has the first sending.
    @Test func aRepeatedSendIsNotConfirmedBeforeTheFirstIsStored() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("1", to: self.queue)
        let batch = world.store(completing: false)
        world.detach(client.link)
        let again = TestClient(world, "a", reconnecting: true)
        let repeated = again.send("1", to: self.queue)
        #expect(!world.isAnswered(repeated))
        if let batch { world.complete(batch) }
        world.settle()
        #expect(world.isAnswered(repeated))
        #expect(world.disk.bodies(in: "Q") == ["1"])
    }

    @Test func marksAsRedeliveredWhatALostMasterMayHaveDelivered() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue, prefetch: 1)
        for body in 1...3 { client.send("\(body)", to: self.queue) }
        client.send("unseen", to: .queue("R"))
        world.settle()
        #expect(world.received(by: consumer) == ["1"])
        let next = BrokerWorld(snapshot: world.disk.snapshot())
        next.disk = world.disk
        let other = TestClient(next, "b")
        let seen = other.consumer(on: self.queue)
        let fresh = other.consumer(on: .queue("R"))
        next.settle()
        #expect(next.received(by: seen) == ["1", "2", "3"])
        #expect(next.dispatches(to: seen).first?.redeliveryCount == 1)
        #expect(next.dispatches(to: fresh).map(\.redeliveryCount) == [0])
    }

    @Test func notesTheDeliveryOfStoredMessagesWithoutDelayAndOfElidedOnesNever() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("1", to: self.queue)
        world.settle()
        let consumer = client.consumer(on: self.queue)
        #expect(try #require(world.store()).deliveredThrough.count == 1)
        client.acknowledge(world.dispatches(to: consumer)[0])
        world.settle()
        client.send("2", to: self.queue)
        client.acknowledge(try #require(world.dispatches(to: consumer).last))
        #expect(world.store() == nil)
    }

    @Test func marksTheFirstSendsAfterAReconnectUntilOneIsAnswered() {
        let world = BrokerWorld()
        let client = TestClient(world, "a", reconnecting: true)
        let consumer = client.consumer(on: self.queue)
        client.send("perhaps repeated", to: self.queue)
        world.settle()
        client.send("new", to: self.queue)
        world.settle()
        #expect(world.dispatches(to: consumer).map(\.redeliveryCount) == [1, 0])
    }

    @Test func tellsTheStoreOfNumbersThatAreNeverStored() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue, prefetch: 1)
        for body in 0...100_001 {
            client.send("\(body)", to: self.queue, persistent: false)
            client.acknowledge(try #require(world.dispatches(to: consumer).last))
            world.forgetEvents()
        }
        #expect(try #require(world.store()?.lastSequence) > MessageSequence(100_000))
    }

    @Test func continuesItsNumbersAboveTheStoredOnes() throws {
        let world = BrokerWorld()
        TestClient(world, "a").send("1", to: self.queue)
        let first = try #require(world.store()?.inserts.first?.sequence)
        let next = BrokerWorld(snapshot: world.disk.snapshot())
        TestClient(next, "b").send("2", to: self.queue)
        let second = try #require(next.store()?.inserts.first?.sequence)
        #expect(second > first)
    }

    @Test func buriesWhatHasExpiredOnArrival() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let expired = client.message("late", to: self.queue) { $0.expirationMs = world.now.wallMs - 1 }
        let token = world.ask(client.link, .send(expired, transaction: nil))
        #expect(world.isAnswered(token))
        world.settle()
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ") == ["late"])
        #expect(world.disk.bodies(in: "Q").isEmpty)
    }

    @Test func buriesWhatExpiresWhileItWaits() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let message = client.message("soon", to: self.queue) { $0.expirationMs = world.now.wallMs + 10_000 }
        world.ask(client.link, .send(message, transaction: nil))
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["soon"])
        world.advance(by: 31_000)
        world.settle()
        #expect(world.disk.bodies(in: "Q").isEmpty)
        #expect(world.disk.bodies(in: "ActiveMQ.DLQ") == ["soon"])
    }

    @Test func holdsAProducerBackWhileTheStoreIsBehindAndLetsItGoOn() throws {
        let world = BrokerWorld { $0.unstoredLimit = 10_000 }
        let client = TestClient(world, "a")
        for body in 0..<20 { client.send("\(body)", to: self.queue) }
        let suspensions = world.events.filter { if case .suspendReading = $0 { true } else { false } }
        #expect(suspensions.count == 1)
        world.settle()
        let resumptions = world.events.filter { if case .resumeReading = $0 { true } else { false } }
        #expect(resumptions.count == 1)
    }

    @Test func keepsEverythingInOrderWhenTheStoreHasNoRoomForAWhile() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue, prefetch: 2)
        let tokens = (1...3).map { client.send("\($0)", to: self.queue) }
        let refused = try #require(world.store(completing: false))
        world.broker.putBack(refused)
        let late = client.send("4", to: self.queue)
        #expect((tokens + [late]).allSatisfy { !world.isAnswered($0) })
        // A final acknowledgement needs no room: the message need not be written any more.
        client.acknowledge(try #require(world.dispatches(to: consumer).first))
        #expect(world.isAnswered(tokens[0]))
        world.settle()
        #expect((tokens + [late]).allSatisfy { world.isAnswered($0) })
        #expect(world.disk.bodies(in: "Q") == ["2", "3", "4"])
    }
}
