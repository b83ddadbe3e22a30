import TestSupport
import Testing

@testable import BrokerCore

@Suite struct BrokerScheduleManagementTests {
    private let queue = Destination.queue("Q")
    private let world = BrokerWorld()

    private func fill(_ client: TestClient) {
        for (body, delay) in [("c", 30_000), ("a", 10_000), ("d", 40_000), ("b", 20_000)] {
            client.schedule(body, to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(Int32(delay))])
        }
    }

    private func replies(_ client: TestClient) -> (Destination, ConsumerID) {
        let replyTo = Destination(.temporaryQueue, "\(client.id.value):1")
        self.world.tell(client.link, .addDestination(replyTo, client.id))
        return (replyTo, client.consumer(on: replyTo))
    }

    @Test(arguments: [Destination.topic("ActiveMQ.Scheduler.Management"), .queue("activemq.scheduler.managementX")])
    func browseAnswersWithTheJobsInTheirOrder(management: Destination) throws {
        let client = TestClient(self.world, "a")
        let (replyTo, consumer) = self.replies(client)
        self.fill(client)
        // Nothing of it is stored yet, and all of it is shown.
        let token = client.manage("BROWSE", to: management, replyTo: replyTo)
        self.world.settle()
        #expect(self.world.isAnswered(token) && self.world.received(by: consumer) == ["a", "b", "c", "d"])
        let message = try #require(self.world.dispatches(to: consumer).first).message
        #expect(!message.headers.isPersistent && message.headers.type == "Advisory")
        #expect(message.extras?.originalDestination == self.queue && message.id.producer.connection == "ID:broker")
        let properties = try PropertyMap(decoding: try #require(message.properties))
        let jobID = try #require(self.world.disk.schedules.jobs.first).jobID
        #expect(properties == ["AMQ_SCHEDULED_DELAY": .int(10_000), "scheduledJobId": .text(jobID)])
        #expect(self.world.disk.schedules.jobs.count == 4, "only looked at")
        #expect(self.world.broker.queues[.queue(management.name)] == nil && self.world.broker.topics[management] == nil)
    }

    @Test func timesMayBeGivenAsNumberOrText() {
        let client = TestClient(self.world, "a")
        let (replyTo, consumer) = self.replies(client)
        self.fill(client)
        let now = self.world.now.wallMs
        client.manage(
            "BROWSE", replyTo: replyTo,
            ["ACTION_START_TIME": .text("\(now + 20_000)"), "ACTION_END_TIME": .long(now + 30_000)])
        self.world.settle()
        #expect(self.world.received(by: consumer) == ["b", "c"])
        client.manage("BROWSE", replyTo: replyTo, ["ACTION_START_TIME": .long(now + 20_000)])
        self.world.settle()
        #expect(self.world.received(by: consumer).count == 6, "one end alone is none")
        client.manage(
            "BROWSE", replyTo: replyTo, ["ACTION_START_TIME": .long(now + 2), "ACTION_END_TIME": .long(now + 1)])
        self.world.settle()
        #expect(self.world.received(by: consumer).count == 6)
        let bad = client.manage(
            "BROWSE", replyTo: replyTo, ["ACTION_START_TIME": .text("noon"), "ACTION_END_TIME": .long(now)])
        guard case .general(let text)? = self.world.failure(of: bad) else { Issue.record("not refused"); return }
        #expect(text.contains("ACTION_START_TIME"))
    }

    @Test func oneJobIsRemovedByItsId() throws {
        let client = TestClient(self.world, "a")
        self.fill(client)
        self.world.settle()
        let jobs = self.world.disk.schedules.jobs
        let token = client.manage("REMOVE", ["scheduledJobId": .text(jobs[1].jobID)])
        #expect(!self.world.isAnswered(token), "answered when it is durable")
        for unknown in ["", "x", "a:1:1:999999", "b:1:1:\(jobs[0].id.rawValue)", jobs[0].jobID + "x"] {
            client.manage("REMOVE", ["scheduledJobId": .text(unknown)])
        }
        client.manage("REMOVE")
        client.manage("DANCE")
        self.world.settle()
        #expect(self.world.isAnswered(token))
        #expect(self.world.disk.schedules.jobs.map(\.jobID) == [jobs[0], jobs[2], jobs[3]].map(\.jobID))
        let consumer = client.consumer(on: self.queue)
        self.world.pass(60_000)
        #expect(self.world.received(by: consumer) == ["a", "c", "d"])
    }

    @Test(arguments: [true, false])
    func allAreRemovedOrThoseOfASpan(isStored: Bool) {
        let client = TestClient(self.world, "a")
        self.fill(client)
        if isStored { self.world.settle() }
        let now = self.world.now.wallMs
        client.manage(
            "REMOVEALL", ["ACTION_START_TIME": .long(now + 10_001), "ACTION_END_TIME": .long(now + 30_000)])
        client.schedule("new", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(15_000)])
        self.world.settle()
        #expect(self.world.disk.schedules.jobs.map { $0.dueMs - now } == [10_000, 15_000, 40_000])
        client.manage("REMOVEALL")
        self.world.settle()
        #expect(self.world.disk.schedules.jobs.isEmpty && self.world.broker.nextDeadlineMs == nil)
        let consumer = client.consumer(on: self.queue)
        self.world.pass(60_000)
        #expect(self.world.received(by: consumer).isEmpty)
    }

    @Test func browsingManyGoesPageByPageAndEndsWhenNobodyListens() {
        let client = TestClient(self.world, "a")
        let (replyTo, consumer) = self.replies(client)
        for number in 0..<1_300 {
            client.schedule("\(number)", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(60_000)])
        }
        client.manage("BROWSE", replyTo: replyTo)
        client.manage("BROWSE", replyTo: Destination(.temporaryQueue, "nobody:1"))
        self.world.settle()
        #expect(self.world.dispatches(to: consumer).count == 1_000, "its prefetch")
        for dispatch in self.world.dispatches(to: consumer) { client.acknowledge(dispatch) }
        self.world.settle()
        #expect(self.world.received(by: consumer) == (0..<1_300).map(String.init))
        #expect(self.world.broker.scheduled.browses.isEmpty)
    }

    @Test func operatorsRemoveLikeClients() throws {
        let client = TestClient(self.world, "a")
        self.fill(client)
        self.world.settle()
        let jobs = self.world.disk.schedules.jobs
        self.world.broker.removeSchedule(jobs[0].jobID, at: self.world.now)
        self.world.broker.removeSchedules(due: jobs[2].dueMs...jobs[2].dueMs, at: self.world.now)
        self.world.settle()
        #expect(self.world.disk.schedules.jobs.map(\.jobID) == [jobs[1].jobID, jobs[3].jobID])
    }
}
