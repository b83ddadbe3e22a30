import BrokerCore
import SQLiteStore
import TestSupport
import Testing

@Suite struct StoreMeterTests {
    @Test func commitsWithRowsAreCountedAndProofsAreNot() async throws {
        let meter = StoreMeter()
        var place = SQLitePlace()
        place.adjust = { $0.meter = meter }
        let driver = try await place.openWithQueue()
        let before = (meter.commits, meter.rows)
        #expect(before == (0, 0), "a destination is no row of a message")
        for number in Int64(1)...3 {
            try await driver.commit { $0.insert(number, DestinationID(1), SampleMessage.numbered(number)) }
        }
        try await driver.commit { _ in }
        #expect(meter.commits == 3 && meter.rows == 3)
        await driver.close()
    }

    @Test func theNextStoreGoesOnCounting() async throws {
        let meter = StoreMeter()
        var place = SQLitePlace()
        place.adjust = { $0.meter = meter }
        let first = try await place.openWithQueue()
        try await first.commit { $0.insert(1, DestinationID(1), SampleMessage.numbered(1)) }
        await first.close()
        let second = try place.open(epoch: 2).driver
        try await second.commit { $0.insert(2, DestinationID(1), SampleMessage.numbered(2)) }
        #expect(meter.commits == 2)
        await second.close()
    }
}
