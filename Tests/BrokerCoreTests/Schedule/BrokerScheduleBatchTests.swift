import TestSupport
import Testing

@testable import BrokerCore

/// Many jobs a second share few batches, and one alone comes at its time.
@Suite struct BrokerScheduleBatchTests {
    private let queue = Destination.queue("Q")

    /// With a job due in each of the milliseconds from 100 on.
    private func world(jobs: Int) -> (BrokerWorld, TestClient) {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        for number in 0..<jobs {
            client.schedule("\(number)", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(Int32(100 + number))])
        }
        world.settle()
        return (world, client)
    }

    private func batches(_ world: BrokerWorld, since count: Int) -> [StoreBatch] {
        world.batches[count...].filter { !$0.scheduleChanges.isEmpty }
    }

    @Test func oneAfterTheOtherTheyShareBatches() {
        let (world, client) = self.world(jobs: 100)
        let consumer = client.consumer(on: self.queue)
        world.advance(by: 99)
        let before = world.batches.count
        for millisecond in 0..<120 {
            world.advance(by: 1)
            world.settle()
            let received = world.received(by: consumer).count
            #expect(received <= millisecond + 1, "none early")
            #expect(received >= min(100, millisecond - 9), "none more than 10 ms late")
        }
        #expect(world.received(by: consumer) == (0..<100).map { "\($0)" })
        #expect((10...12).contains(self.batches(world, since: before).count))
        #expect(world.broker.nextDeadlineMs == nil)
    }

    @Test func theFirstWaitsForNobody() {
        let (world, client) = self.world(jobs: 1)
        let consumer = client.consumer(on: self.queue)
        #expect(world.broker.nextDeadlineMs == world.now.monotonicMs + 100)
        world.pass(100)
        #expect(world.received(by: consumer) == ["0"])
    }

    @Test func theyGoWithABatchThatIsWrittenAnyway() throws {
        let (world, client) = self.world(jobs: 10)
        world.pass(100)
        world.advance(by: 5)
        #expect(world.store(completing: false) == nil, "gathered until later")
        #expect(world.broker.nextDeadlineMs == world.now.monotonicMs + 5)
        client.send("now", to: .queue("P"))
        let batch = try #require(world.store())
        #expect(batch.inserts.count == 6 && batch.scheduleChanges.count == 5)
    }

    /// More than one batch takes: the rest follows at once.
    @Test func aBacklogIsNotHeldUp() {
        let world = BrokerWorld()
        let client = TestClient(world, "a")
        for number in 0..<1_200 {
            client.schedule("\(number)", to: self.queue, ["AMQ_SCHEDULED_DELAY": .int(100)])
        }
        world.settle()
        world.advance(by: 100)
        let before = world.batches.count
        world.settle()
        #expect(self.batches(world, since: before).map(\.scheduleChanges.count) == [500, 500, 200])
        #expect(world.disk.schedules.jobs.isEmpty)
    }
}
