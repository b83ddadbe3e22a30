import BrokerCore
import TestSupport
import Testing

@testable import SQLiteStore

/// The times of scheduled messages, which come to their place in order only when they are many.
@Suite struct ScheduleColumnsTests {
    private static func job(_ id: Int64, due: Int64) -> ScheduleRecord {
        ScheduleRecord(
            id: ScheduleID(id), jobID: "j:\(id)", dueMs: due, delayMs: 0, periodMs: 0, repeatsLeft: 0, cron: nil,
            message: SampleMessage.text(id, to: .queue("Q")))
    }

    private func place(timesAtOnce: Int64) -> SQLitePlace {
        var place = SQLitePlace()
        place.adjust = { $0.timesAtOnce = timesAtOnce }
        return place
    }

    @Test func recentTimesAreSortedInWhenTheyAreMany() async throws {
        let place = self.place(timesAtOnce: 10)
        let driver = try await place.openWithQueue()
        for id in Int64(1)...29 {
            try await driver.commit { $0.scheduleChanges = [.insert(Self.job(id, due: id * 7 % 30), prepared: nil)] }
        }
        let recent = "SELECT count(*) FROM schedule_recent"
        #expect(try SQLiteShell.query(place.path, recent) == ["9"])
        let due = try await driver.schedules().map(\.dueMs)
        #expect(due == due.sorted() && due.count == 29)
        await driver.close()
        // The next master goes on counting.
        let (next, _) = try place.open(epoch: 2)
        try await next.commit { $0.scheduleChanges = [.insert(Self.job(30, due: 30), prepared: nil)] }
        #expect(try SQLiteShell.query(place.path, recent) == ["0"])
        await next.close()
        try place.checkSchedules(jobs: 30)
    }

    /// Jobs of both tables, in any order of changes, against a list.
    @Test(arguments: Array(1...20) as [UInt64]) func changesReachEveryJob(seed: UInt64) async throws {
        let place = self.place(timesAtOnce: 16)
        let driver = try await place.openWithQueue()
        var random = SeededRandom(seed: seed)
        var table = ScheduleTable()
        let branch = XATransactionID(formatID: 1, global: [1], branch: [2])
        for step in Int64(1)...60 {
            var batch = StoreBatch()
            for number in 0..<Int64.random(in: 1...5, using: &random) {
                let (id, due) = (step * 10 + number, Int64.random(in: 0..<50, using: &random))
                let known = table.jobs.randomElement(using: &random)
                switch (Int.random(in: 0..<10, using: &random), known) {
                case (0, let known?): batch.scheduleChanges.append(.remove(known.id, jobID: known.jobID))
                case (1, let known?): batch.scheduleChanges.append(.reschedule(Self.job(known.id.rawValue, due: due)))
                case (2, _): batch.scheduleChanges.append(.removeDue(due...(due + 3)))
                case (3, _): batch.scheduleChanges.append(.insert(Self.job(id, due: due), prepared: branch))
                default: batch.scheduleChanges.append(.insert(Self.job(id, due: due), prepared: nil))
                }
            }
            if step % 7 == 0 { batch.resolves = [.init(transaction: branch, commits: step % 2 == 0)] }
            for change in batch.scheduleChanges { table.apply(change) }
            for resolve in batch.resolves { table.resolve(branch, commits: resolve.commits) }
            let whole = batch
            let proof = try await driver.commit { $0 = whole }
            #expect(proof.schedules == table.totals, "seed \(seed), step \(step)")
            #expect(try await driver.schedules().map(\.key) == table.jobs.map(\.key), "seed \(seed), step \(step)")
        }
        await driver.close()
        try place.checkSchedules(jobs: Int(table.totals.jobs))
    }
}
