import TestSupport
import Testing

@testable import BrokerCore

/// What happens when scheduled messages find no room (ActiveMQ: `jobSchedulerUsage`).
@Suite struct BrokerScheduleRoomTests {
    private let queue = Destination.queue("Q")
    private let delay: PropertyMap = ["AMQ_SCHEDULED_DELAY": .int(5_000)]

    /// With two jobs, which are all that there is room for.
    private func full(
        _ change: (inout BrokerConfiguration) -> Void = { _ in }
    ) -> (BrokerWorld, TestClient) {
        let world = BrokerWorld {
            $0.usage.schedulerLimitBytes = 1_000
            change(&$0)
        }
        let client = TestClient(world, "a")
        for body in ["1", "2"] { #expect(world.failure(of: client.schedule(body, to: self.queue, self.delay)) == nil) }
        world.forgetEvents()
        return (world, client)
    }

    private func isHeld(_ client: TestClient) -> Bool {
        var isHeld = false
        for event in client.world.events {
            switch event {
            case .suspendReading(client.link): isHeld = true
            case .resumeReading(client.link): isHeld = false
            default: break
            }
        }
        return isHeld
    }

    @Test func aSenderWaitsUntilJobsHaveFired() {
        let (world, client) = self.full()
        let third = client.schedule("3", to: self.queue, self.delay)
        world.settle()
        #expect(!world.isAnswered(third) && self.isHeld(client))
        #expect(world.disk.schedules.jobs.count == 2 && world.broker.scheduleTotals.jobs == 2)
        #expect(world.broker.nextDeadlineMs == world.now.monotonicMs + 5_000, "nothing is due before the jobs")
        // What is sent at once needs no such room.
        let other = TestClient(world, "b")
        let plain = other.send("now", to: .queue("P"))
        world.settle()
        #expect(world.isAnswered(plain) && self.isHeld(client))
        world.pass(5_000)
        #expect(world.isAnswered(third) && !self.isHeld(client))
        #expect(world.disk.schedules.jobs.count == 1 && world.disk.bodies(in: "Q") == ["1", "2"])
    }

    @Test func removedJobsMakeRoom() {
        let (world, client) = self.full()
        let third = client.schedule("3", to: self.queue, self.delay)
        TestClient(world, "b").manage("REMOVEALL")
        world.settle()
        #expect(world.isAnswered(third) && !self.isHeld(client))
        #expect(world.disk.schedules.jobs.count == 1)
    }

    @Test func whereToldSoASendIsRefused() {
        let (world, client) = self.full { $0.usage.failsSendIfNoSpace = true }
        let third = client.schedule("3", to: self.queue, self.delay)
        guard case .resourceExhausted(let text)? = world.failure(of: third) else {
            Issue.record("not refused")
            return
        }
        #expect(text.hasPrefix("Job Scheduler Store is Full ("))
        let transaction = client.begin(1)
        #expect(world.failure(of: client.schedule("4", to: self.queue, self.delay, in: transaction)) != nil)
        #expect(world.failure(of: client.end(transaction, .commitOnePhase)) != nil)
        world.settle()
        #expect(world.disk.schedules.jobs.count == 2 && !self.isHeld(client))
    }

    @Test func aSendWaitsNoLongerThanTold() {
        let (world, client) = self.full { $0.usage.failsSendAfterMs = 3_000 }
        let third = client.schedule("3", to: self.queue, self.delay)
        world.settle()
        #expect(world.broker.nextDeadlineMs == world.now.monotonicMs + 3_000)
        world.pass(2_999)
        #expect(world.failure(of: third) == nil)
        world.pass(1)
        guard case .resourceExhausted? = world.failure(of: third) else {
            Issue.record("not refused in time")
            return
        }
    }

    /// Nobody could be told: so it is taken, and the socket is read no further.
    @Test func whatWantsNoAnswerHoldsItsSocketUp() throws {
        let (world, client) = self.full()
        let properties = try self.delay.encoded()
        let message = client.message("3", to: self.queue)
        let scheduled = message.with(headers: message.headers, properties: properties, extras: message.extras)
        world.tell(client.link, .send(scheduled, transaction: nil))
        world.settle()
        #expect(world.disk.schedules.jobs.count == 3 && self.isHeld(client))
        world.pass(5_000)
        #expect(world.disk.schedules.jobs.isEmpty && !self.isHeld(client))
    }

    @Test func aTransactionIsTakenAndHoldsItsSocketUp() {
        let (world, client) = self.full()
        let transaction = client.begin(1)
        #expect(world.isAnswered(client.schedule("3", to: self.queue, self.delay, in: transaction)))
        let end = client.end(transaction, .commitOnePhase)
        world.settle()
        #expect(world.isAnswered(end) && world.disk.schedules.jobs.count == 3 && self.isHeld(client))
    }

    @Test func theNextMasterKnowsHowFullItIs() {
        let (world, _) = self.full()
        world.settle()
        let next = world.takenOver { $0.usage.schedulerLimitBytes = 1_000 }
        let client = TestClient(next, "b")
        let third = client.schedule("3", to: self.queue, self.delay)
        next.settle()
        #expect(!next.isAnswered(third) && next.broker.scheduleTotals == next.disk.schedules.totals)
        // Its socket ends: nobody is left who wants it stored.
        next.detach(client.link)
        next.pass(5_000)
        #expect(next.disk.schedules.jobs.isEmpty && next.disk.bodies(in: "Q") == ["1", "2"])
    }

    @Test func withoutALimitThereIsAlwaysRoom() {
        let (world, client) = self.full { $0.usage.schedulerLimitBytes = 0 }
        let third = client.schedule("3", to: self.queue, self.delay)
        world.settle()
        #expect(world.isAnswered(third) && !self.isHeld(client))
    }
}
