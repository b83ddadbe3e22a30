import TestSupport
import Testing

@testable import BrokerCore

/// What the next master does, and what clocks do that are put on or back.
@Suite struct BrokerScheduleTakeOverTests {
    private let queue = Destination.queue("Q")

    @Test func whatCameDueMeanwhileFiresOnceAndInOrder() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        for number in 1...1_200 {
            client.schedule("\(number)", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(Int32(number))])
        }
        world.settle()
        let next = world.takenOver(after: 60_000)
        let consumer = TestClient(next, "b").consumer(on: self.queue, prefetch: 32_000)
        next.settle()
        next.pass(1)
        #expect(next.received(by: consumer) == (1...1_200).map(String.init))
        #expect(next.disk.schedules.jobs.isEmpty)
        let third = next.takenOver()
        third.pass(60_000)
        #expect(third.disk.bodies(in: "Q").count == 1_200, "nothing fires again")
    }

    /// A master dies with the batch of a firing handed over, stored or not.
    @Test(arguments: [true, false])
    func aFiringThatWasOnItsWayIsDoneByOneMasterOnly(isStored: Bool) throws {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.schedule(
            "x", to: self.queue,
            ["AMQ_SCHEDULED_DELAY": .int(1_000), "AMQ_SCHEDULED_PERIOD": .int(1_000), "AMQ_SCHEDULED_REPEAT": .int(1)])
        world.settle()
        world.advance(by: 1_000)
        let batch = try #require(world.store(completing: false))
        if isStored { world.disk.apply(batch) }
        let next = world.takenOver()
        let consumer = TestClient(next, "b").consumer(on: self.queue)
        next.settle()
        next.pass(1)
        #expect(next.received(by: consumer) == ["x"])
        next.pass(999)
        #expect(next.received(by: consumer) == ["x", "x"])
        #expect(Set(next.dispatches(to: consumer).map(\.message.id)).count == 2)
        next.pass(10_000)
        #expect(next.received(by: consumer).count == 2 && next.disk.schedules.jobs.isEmpty)
    }

    /// Four times pass without a master: 11,000 to 14,000 after the first at 10,000.
    @Test(arguments: [(CatchUp.latest, [1, 2, 3]), (.all, [4, 5, 6])])
    func repetitionsThatWereMissed(catchUp: CatchUp, counts: [Int]) {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        client.schedule(
            "x", to: self.queue,
            ["AMQ_SCHEDULED_DELAY": .int(10_000), "AMQ_SCHEDULED_PERIOD": .int(1_000), "AMQ_SCHEDULED_REPEAT": .int(9)])
        world.settle()
        world.pass(10_000)
        let next = world.takenOver(after: 4_300) { $0.catchUp = catchUp }
        let consumer = TestClient(next, "b").consumer(on: self.queue)
        next.settle()
        next.pass(1)
        let before = 1
        #expect(next.received(by: consumer).count - before == counts[0])
        next.pass(699)
        #expect(next.received(by: consumer).count - before == counts[1], "at 15,000, where it was due anyway")
        next.pass(1_000)
        #expect(next.received(by: consumer).count - before == counts[2])
        next.pass(60_000)
        // Ticks come once a step here: what a step passed over is one delivery, or all.
        #expect(catchUp == .latest || next.received(by: consumer).count == 10)
    }

    @Test(arguments: [(CatchUp.latest, 1), (.all, 5)])
    func cronTimesThatWereMissed(catchUp: CatchUp, count: Int) {
        let world = BrokerWorld(now: Instant(wallMs: 1_767_225_600_000, monotonicMs: 0))
        let client = TestClient(world, "a")
        client.schedule("x", to: self.queue, ["AMQ_SCHEDULED_CRON": .text("* * * * *")])
        world.settle()
        let next = world.takenOver(after: 5 * 60_000 + 1) { $0.catchUp = catchUp }
        let consumer = TestClient(next, "b").consumer(on: self.queue)
        next.settle()
        next.pass(1)
        #expect(next.received(by: consumer).count == count)
        next.pass(60_000 - 3)
        #expect(next.received(by: consumer).count == count)
        next.pass(1)
        #expect(next.received(by: consumer).count == count + 1)
    }

    @Test func aClockThatIsPutBackFiresNothingTwiceAndLosesNothing() {
        let world = BrokerWorld(now: Instant(wallMs: 1_767_225_600_000, monotonicMs: 0))
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.schedule("cron", to: self.queue, ["AMQ_SCHEDULED_CRON": .text("* * * * *")])
        client.schedule("once", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(60_000)])
        client.schedule("later", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(90_000)])
        world.settle()
        world.pass(60_000)
        #expect(world.received(by: consumer) == ["cron", "once"])
        world.stepClock(by: -50_000)
        world.pass(50_000)
        #expect(world.received(by: consumer) == ["cron", "once"], "00:01 comes again")
        world.pass(30_000)
        world.pass(30_000)
        #expect(world.received(by: consumer) == ["cron", "once", "later", "cron"])
    }

    @Test func aClockThatIsPutOnFiresWhatItPassesOver() {
        let world = BrokerWorld(now: Instant(wallMs: 1_767_225_600_000, monotonicMs: 0))
        let client = TestClient(world, "a")
        let consumer = client.consumer(on: self.queue)
        client.schedule("b", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(60_000)])
        client.schedule("a", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(30_000)])
        world.settle()
        world.stepClock(by: 3_600_000)
        // The broker looks once a second, whatever its deadline was.
        world.pass(1_000)
        #expect(world.received(by: consumer) == ["a", "b"])
        world.pass(3_600_000)
        #expect(world.received(by: consumer).count == 2)
    }

    /// Many more than the window holds, sent in no order, with take-overs between.
    @Test func aMillionthOfEverythingIsInMemory() {
        var world = BrokerWorld()
        var expected: [(due: Int64, number: Int)] = []
        var client = TestClient(world, "a")
        for number in 0..<12_000 {
            let delay = Int64(number &* 7_919 % 12_007) * 10 + 1_000
            expected.append((delay, number))
            client.schedule("\(number)", to: self.queue, ["AMQ_SCHEDULED_DELAY": .long(delay)])
            if number % 100 == 0 { world.settle() }
        }
        world.settle()
        #expect(world.broker.scheduled.window.jobs.count <= 4_096)
        for _ in 0..<3 {
            world.pass(30_000)
            world = world.takenOver()
            world.settle()
            #expect(world.broker.scheduled.window.jobs.count <= 4_096)
        }
        for _ in 0..<400 { world.pass(500) }
        client = TestClient(world, "b")
        let bodies = world.disk.bodies(in: "Q")
        #expect(bodies == expected.sorted { $0.due < $1.due }.map { "\($0.number)" })
        #expect(world.disk.schedules.jobs.isEmpty)
    }
}
