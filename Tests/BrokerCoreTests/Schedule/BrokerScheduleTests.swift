import TestSupport
import Testing

@testable import BrokerCore

@Suite struct BrokerScheduleTests {
    private let queue = Destination.queue("Q")

    @Test func aDelayedMessageIsDurableAtOnceAndDeliveredInItsTime() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        let token = client.schedule(
            "later", to: self.queue, ["AMQ_SCHEDULED_DELAY": .long(5_000), "colour": .text("red")])
        #expect(!world.isAnswered(token))
        world.settle()
        #expect(world.isAnswered(token))
        let job = try #require(world.disk.schedules.jobs.first)
        #expect(job.dueMs == world.now.wallMs + 5_000 && job.jobID == "a:1:1:\(job.id.rawValue)")
        #expect(world.broker.nextDeadlineMs == world.now.monotonicMs + 5_000)
        world.pass(4_999)
        #expect(world.received(by: consumer).isEmpty)
        world.pass(1)
        #expect(world.received(by: consumer) == ["later"])
        #expect(world.disk.schedules.jobs.isEmpty && world.broker.nextDeadlineMs == nil)
        let message = try #require(world.dispatches(to: consumer).first).message
        let properties = try PropertyMap(decoding: try #require(message.properties))
        #expect(properties == ["colour": .text("red"), "scheduledJobId": .text(job.jobID)])
        #expect(message.id == MessageID(producer: client.producer, sequence: 1), "a single delivery keeps the id")
        #expect(message.headers.timestampMs == world.now.wallMs - 5_000, "without expiry the stamp stays")
    }

    /// A due time leaves the schedule and its message enters the queue in one batch, and nobody sees it before.
    @Test func firingIsOneBatchAndSeenOnlyWhenDurable() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(10)])
        world.settle()
        world.advance(by: 10)
        let batch = try #require(world.store(completing: false))
        #expect(batch.inserts.count == 1 && batch.scheduleChanges.count == 1)
        guard case .remove? = batch.scheduleChanges.first else { Issue.record("no removal"); return }
        #expect(world.received(by: consumer).isEmpty)
        // Whatever makes the queue dispatch meanwhile.
        client.send("y", to: self.queue, persistent: false)
        #expect(world.received(by: consumer) == ["y"])
        world.complete(batch)
        #expect(world.received(by: consumer) == ["y", "x"])
    }

    @Test func allBindingsGetTheirCopyInOneBatch() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let topic = Destination.topic("VirtualTopic.T")
        let virtual = client.consumer(on: .queue("Consumer.A.VirtualTopic.T"))
        let durable = client.consumer(on: topic) { $0.subscriptionName = "s" }
        let plain = client.consumer(on: topic)
        let queue = client.consumer(on: self.queue)
        client.schedule("x", to: Destination(.topic, "VirtualTopic.T,queue://Q"), ["AMQ_SCHEDULED_DELAY": .int(10)])
        world.settle()
        world.advance(by: 10)
        let batch = try #require(world.store(completing: false))
        #expect(batch.inserts.count == 3)
        for consumer in [virtual, durable, plain, queue] { #expect(world.received(by: consumer).isEmpty) }
        world.complete(batch)
        for consumer in [virtual, durable, plain, queue] { #expect(world.received(by: consumer) == ["x"]) }
    }

    @Test func equalTimesAreInTheOrderOfSending() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.schedule("late", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(300)])
        for number in 1...5 {
            client.schedule("\(number)", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(200)])
            world.settle()
        }
        client.schedule("early", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(100)])
        world.pass(1_000)
        #expect(world.received(by: consumer) == ["early", "1", "2", "3", "4", "5", "late"])
    }

    @Test func repetitionsHaveIdsOfTheirOwnAndEnd() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.schedule(
            "x", to: self.queue,
            ["AMQ_SCHEDULED_DELAY": .long(1_000), "AMQ_SCHEDULED_PERIOD": .long(500), "AMQ_SCHEDULED_REPEAT": .int(2)])
        world.settle()
        let jobID = try #require(world.disk.schedules.jobs.first).jobID
        for (passed, count) in [(999, 0), (1, 1), (499, 1), (1, 2), (500, 3), (5_000, 3)] {
            world.pass(Int64(passed))
            #expect(world.received(by: consumer).count == count, "after \(passed) more")
        }
        let messages = world.dispatches(to: consumer).map(\.message)
        #expect(Set(messages.map(\.id)).count == 3 && messages.allSatisfy { $0.id.producer.connection == "ID:broker" })
        #expect(messages.allSatisfy { $0.extras?.sender == client.producer })
        for message in messages {
            let properties = try PropertyMap(decoding: try #require(message.properties))
            #expect(properties == ["scheduledJobId": .text(jobID)])
        }
        #expect(world.disk.schedules.jobs.isEmpty)
    }

    @Test func timeToLiveCountsFromTheDelivery() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        let sent = world.now.wallMs
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .long(5_000)]) { $0.expirationMs = sent + 1_000 }
        world.settle()
        world.pass(5_000)
        let headers = try #require(world.dispatches(to: consumer).first).message.headers
        #expect(headers.timestampMs == sent + 5_000 && headers.expirationMs == sent + 6_000)
    }

    @Test func cronFiresAtItsTimesInTheBrokersZone() {
        // 2026-01-01 00:00 UTC is 05:30 there.
        let zone = TimeZoneRules { _ in 19_800 }
        let start = Instant(wallMs: 1_767_225_600_000, monotonicMs: 0)
        let world = BrokerWorld(now: start) { $0.timeZone = zone }
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_CRON": .text("0 6,7 * * *")])
        world.settle()
        for (minutes, count) in [(29, 0), (1, 1), (59, 1), (1, 2), (22 * 60, 2), (60, 3)] {
            world.pass(Int64(minutes) * 60_000)
            #expect(world.received(by: consumer).count == count, "after \(minutes) more")
        }
        #expect(Set(world.dispatches(to: consumer).map(\.message.id)).count == 3)
    }

    /// As ActiveMQ: each cron time starts a job of its own, and the cron job delivers nothing itself.
    @Test func cronWithRepetitionsStartsASeriesAtEachTime() {
        let world = BrokerWorld(now: Instant(wallMs: 1_767_225_600_000, monotonicMs: 0))
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.schedule(
            "x", to: self.queue,
            [
                "AMQ_SCHEDULED_CRON": .text("*/5 * * * *"), "AMQ_SCHEDULED_DELAY": .long(1_000),
                "AMQ_SCHEDULED_PERIOD": .long(2_000), "AMQ_SCHEDULED_REPEAT": .int(2),
            ])
        world.settle()
        // The first time comes after the delay, and its series after another one.
        for (ms, count) in [(301_000, 0), (999, 0), (1, 1), (2_000, 2), (2_000, 3), (290_000, 3)] {
            world.pass(Int64(ms))
            #expect(world.received(by: consumer).count == count, "after \(ms) more")
        }
        for (ms, count) in [(4_000, 3), (1_000, 4), (2_000, 5), (2_000, 6), (290_000, 6)] {
            world.pass(Int64(ms))
            #expect(world.received(by: consumer).count == count, "after \(ms) more")
        }
        #expect(world.disk.schedules.jobs.count == 1)
        #expect(Set(world.dispatches(to: consumer).map(\.message.id)).count == 6)
    }

    @Test func aTransactionSchedulesAtItsCommit() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        let (kept, undone) = (client.begin(1), client.begin(2))
        client.schedule("kept", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(1_000)], in: kept)
        client.schedule("undone", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(1_000)], in: undone)
        client.send("plain", to: self.queue, in: kept)
        world.pass(5_000)
        #expect(world.disk.schedules.jobs.isEmpty)
        let token = client.end(kept, .commitOnePhase)
        client.end(undone, .rollback)
        #expect(!world.isAnswered(token))
        world.settle()
        #expect(world.isAnswered(token) && world.received(by: consumer) == ["plain"])
        #expect(world.disk.schedules.jobs.map(\.dueMs) == [world.now.wallMs + 1_000])
        world.pass(1_000)
        #expect(world.received(by: consumer) == ["plain", "kept"])
    }

    @Test(arguments: [true, false])
    func aBranchInDoubtHidesItsJobs(commits: Bool) {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let id = TransactionID.xa(XATransactionID(formatID: 1, global: [1], branch: [2]))
        world.tell(client.link, .transaction(id, connection: client.id, .begin))
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(1_000)], in: id)
        client.end(id, .prepare)
        world.pass(5_000)
        let next = world.takenOver()
        let consumer = TestClient(next, "b").consumer(on: self.queue)
        next.pass(5_000)
        #expect(next.received(by: consumer).isEmpty && next.disk.schedules.jobs.isEmpty)
        #expect(
            next.broker.resolve(XATransactionID(formatID: 1, global: [1], branch: [2]), commits: commits, at: next.now))
        next.settle()
        next.pass(1)
        #expect(next.received(by: consumer) == (commits ? ["x"] : []))
    }

    @Test func wrongValuesAreRefusedAndMarkTheirTransaction() {
        let world = BrokerWorld { $0.maximumScheduleRepeats = 5 }
        let client = TestClient(world, "a")
        let token = client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_CRON": .text("x")])
        guard case .general(let text)? = world.failure(of: token) else { Issue.record("not refused"); return }
        #expect(text.contains("AMQ_SCHEDULED_CRON"))
        let transaction = client.begin(1)
        let bad = client.schedule(
            "x", to: self.queue, ["AMQ_SCHEDULED_PERIOD": .int(1), "AMQ_SCHEDULED_REPEAT": .int(6)], in: transaction)
        #expect(world.failure(of: bad) != nil)
        let end = client.end(transaction, .commitOnePhase)
        guard case .rolledBack? = world.failure(of: end) else { Issue.record("not rolled back"); return }
        world.settle()
        #expect(world.disk.schedules.jobs.isEmpty)
    }

    @Test func withoutTheSchedulerThePropertiesPassAsPlainOnes() throws {
        let world = BrokerWorld { $0.schedulesMessages = false }
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        let management = client.consumer(on: .topic("ActiveMQ.Scheduler.Management"))
        client.schedule(
            "x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .long(5_000), "AMQ_SCHEDULED_CRON": .text("nonsense")])
        client.manage("REMOVEALL")
        world.settle()
        #expect(world.received(by: consumer) == ["x"] && world.dispatches(to: management).count == 1)
        let properties = try #require(world.dispatches(to: consumer).first?.message.properties)
        #expect(try PropertyMap.value(of: "AMQ_SCHEDULED_DELAY", in: properties) == .long(5_000))
    }

    @Test func whatAJobHadSentIsSentOnAtOnce() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(5_000), "scheduledJobId": .text("ID:1")])
        world.settle()
        #expect(world.received(by: consumer) == ["x"])
    }

    @Test func whatIsNotPersistentIsKeptUntilItsTimeAllTheSame() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(1_000)]) { $0.isPersistent = false }
        world.settle()
        let next = world.takenOver()
        let consumer = TestClient(next, "b").consumer(on: self.queue)
        next.settle()
        next.pass(1_000)
        #expect(next.received(by: consumer) == ["x"])
        #expect(next.disk.bodies(in: "Q").isEmpty)
    }

    @Test func aRepeatedSendAfterAFailoverSchedulesOnce() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(1_000)])
        world.settle()
        let next = world.takenOver()
        let again = TestClient(next, "a", reconnecting: true)
        let consumer = again.consumer(on: self.queue)
        let token = again.schedule("x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(1_000)])
        next.settle()
        #expect(next.isAnswered(token) && next.disk.schedules.jobs.count == 1)
        next.pass(5_000)
        #expect(next.received(by: consumer) == ["x"])
    }

    @Test func aTemporaryDestinationThatIsGoneTakesItsMessageAlong() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let temporary = Destination(.temporaryQueue, "a:1")
        world.tell(client.link, .addDestination(temporary, client.id))
        let consumer = client.consumer(on: temporary)
        client.schedule("there", to: temporary, ["AMQ_SCHEDULED_DELAY": .int(500)])
        client.schedule("gone", to: temporary, ["AMQ_SCHEDULED_DELAY": .int(1_000)])
        world.settle()
        world.pass(500)
        #expect(world.received(by: consumer) == ["there"])
        world.tell(client.link, .removeConsumer(consumer, .unknown))
        world.tell(client.link, .removeDestination(temporary, client.id))
        world.pass(5_000)
        #expect(world.disk.schedules.jobs.isEmpty)
    }

    /// The queue goes between firing and storing, or while the batch is being written.
    @Test(arguments: [true, false])
    func aQueueThatIsDestroyedTakesWhatHasJustFired(isWriting: Bool) throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.send("before", to: self.queue)
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(10)])
        world.settle()
        world.advance(by: 10)
        let batch = isWriting ? world.store(completing: false) : nil
        world.tell(client.link, .removeDestination(self.queue, client.id))
        client.send("after", to: self.queue)
        if let batch { world.complete(batch) }
        world.settle()
        #expect(world.disk.bodies(in: "Q") == ["after"])
        let consumer = client.consumer(on: self.queue)
        world.settle()
        #expect(world.received(by: consumer) == ["after"])
    }

    @Test func aFullStoreHoldsFiringUpAndLosesNothing() throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(10)])
        client.schedule("y", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(500)])
        world.settle()
        world.advance(by: 10)
        let refused = try #require(world.broker.takeBatch())
        world.broker.putBack(refused)
        world.broker.setStoreFull(true, at: world.now)
        world.advance(by: 1_000)
        #expect(world.broker.nextDeadlineMs == nil, "nothing is tried while there is no room")
        world.broker.setStoreFull(false, at: world.now)
        world.pass(1)
        #expect(world.received(by: consumer) == ["x", "y"] && world.disk.schedules.jobs.isEmpty)
    }
}
