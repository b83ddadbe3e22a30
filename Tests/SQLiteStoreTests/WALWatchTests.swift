import BrokerCore
import SQLite
import SQLiteStore
import TestSupport
import Testing

@Suite struct WALWatchTests {
    private let log = NoticeLog()

    private func place() -> SQLitePlace {
        var place = SQLitePlace()
        place.adjust = { [log] in
            $0.notice = log.append
            $0.checkpointPages = 50
            $0.walNoticeBytes = 1 << 20
        }
        return place
    }

    private func commit(_ numbers: ClosedRange<Int64>, _ driver: StoreDriver) async throws {
        for number in numbers {
            try await driver.commit { $0.insert(number, DestinationID(1), SampleMessage.numbered(number)) }
        }
    }

    @Test func theLogIsUsedAgainAndKeepsItsSize() async throws {
        let place = self.place()
        let driver = try await place.openWithQueue()
        try await self.commit(1...200, driver)
        let size = try #require(TestFile.size("\(place.path)-wal"))
        try await self.commit(201...600, driver)
        let later = try #require(TestFile.size("\(place.path)-wal"))
        #expect(size > 50 * 4_096 && later < 2 * size)
        #expect(self.log.notices.isEmpty)
        await driver.close()
    }

    @Test func aReaderThatPinsTheLogIsReportedWithItsRemedy() async throws {
        let place = self.place()
        let driver = try await place.openWithQueue()
        let reader = try Database(path: place.path, access: .readOnly)
        try reader.begin(.deferred)
        try reader.execute("SELECT count(*) FROM message")
        try await self.commit(1...1_000, driver)
        let held = try #require(TestFile.size("\(place.path)-wal"))
        #expect(held > 4 << 20)
        reader.rollback()
        try await self.commit(1_001...1_200, driver)
        await driver.close()
        let events = self.log.events
        #expect(events.first == "store.wal_held_by_reader" && events.last == "store.wal_released")
        #expect((3...5).contains(events.count), "told again each time the log has doubled: \(events)")
        let first = try #require(self.log.notices.first)
        #expect(first.description.contains("fuser -v \(place.path)"))
    }
}
