package import BrokerCore
import Testing

/// What every store must do with scheduled jobs.
extension MessageStoreConformance {
    private static func job(
        _ id: Int64, due: Int64, _ message: Message? = nil, cron: String? = nil, repeats: Int32 = 0
    ) -> ScheduleRecord {
        ScheduleRecord(
            id: ScheduleID(id), jobID: "ID:c:1:1:\(id)", dueMs: due, delayMs: 7, periodMs: 8, repeatsLeft: repeats,
            cron: cron, message: message ?? SampleMessage.text(id, to: .queue("Q")))
    }

    private static func keys(_ jobs: [ScheduleRecord]) -> [Int64] { jobs.map(\.id.rawValue) }

    static func jobsComeBack(_ place: any StorePlace) async throws {
        let (driver, _) = try place.open(epoch: 1)
        let destinations: [Destination] = [
            .queue("Q"), .topic("T"), Destination(.temporaryQueue, "ID:x:1"), .queue("A,topic://B"),
        ]
        var jobs: [ScheduleRecord] = []
        for destination in destinations {
            for message in try SampleMessage.everyShape(to: destination) {
                let id = Int64(jobs.count + 1)
                let isCron = id % 2 == 0
                jobs.append(
                    Self.job(id, due: id * 10, message, cron: isCron ? "*/5 * * * *" : nil, repeats: isCron ? -1 : 3))
            }
        }
        let all = jobs
        try await driver.commit { $0.scheduleChanges = all.map { .insert($0, prepared: nil) } }
        await driver.close()
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(snapshot.lastSequence >= MessageSequence(Int64(jobs.count)), "jobs are numbered with the messages")
        let read = try await next.schedules()
        #expect(read.count == jobs.count)
        for (stored, sent) in zip(read, jobs) {
            #expect(MessageContent(stored.message) == MessageContent(sent.message))
            #expect(stored.key == sent.key && stored.jobID == sent.jobID && stored.cron == sent.cron)
            #expect(stored.delayMs == 7 && stored.periodMs == 8 && stored.repeatsLeft == sent.repeatsLeft)
        }
        await next.close()
    }

    static func jobsAreInOrder(_ place: any StorePlace) async throws {
        let (driver, _) = try place.open(epoch: 1)
        let dues: [Int64] = [50, -10, 20, 20, 40, 20, .max, 0]
        try await driver.commit { batch in
            for (index, due) in dues.enumerated() {
                batch.scheduleChanges.append(.insert(Self.job(Int64(index + 1), due: due), prepared: nil))
            }
        }
        #expect(try await Self.keys(driver.schedules()) == [2, 8, 3, 4, 6, 5, 1, 7])
        #expect(try await Self.keys(driver.schedules(limit: 3)) == [2, 8, 3])
        let third = ScheduleKey(dueMs: 20, id: ScheduleID(3))
        #expect(try await Self.keys(driver.schedules(after: third)) == [4, 6, 5, 1, 7])
        #expect(try await Self.keys(driver.schedules(after: third, through: 40)) == [4, 6, 5])
        #expect(try await Self.keys(driver.schedules(after: ScheduleKey(dueMs: 21, id: .init(0)), limit: 1)) == [5])
        let size = SampleMessage.text(1, to: .queue("Q")).size
        #expect(try await Self.keys(driver.schedules(maximumBytes: 2 * size)) == [2, 8])
        #expect(try await Self.keys(driver.schedules(maximumBytes: 0)) == [2], "never none for its size")
        #expect(try await Self.keys(driver.schedules(limit: 0)) == [])
        await driver.close()
    }

    static func jobChangesAreInOrder(_ place: any StorePlace) async throws {
        let (driver, _) = try place.open(epoch: 1)
        let jobs = (Int64(1)...6).map { Self.job($0, due: $0 * 10, repeats: 5) }
        var moved = jobs[0]
        (moved.dueMs, moved.repeatsLeft) = (25, 4)
        let again = moved
        try await driver.commit { batch in
            batch.scheduleChanges = jobs.map { .insert($0, prepared: nil) }
            batch.scheduleChanges += [
                .removeDue(20...30), .reschedule(again), .insert(Self.job(7, due: 22), prepared: nil),
                .remove(ScheduleID(4), jobID: jobs[3].jobID), .remove(ScheduleID(5), jobID: "another"),
                .remove(ScheduleID(99), jobID: "none"), .reschedule(jobs[3]),
            ]
        }
        let read = try await driver.schedules()
        #expect(Self.keys(read) == [7, 1, 5, 6])
        #expect(read[1].dueMs == 25 && read[1].repeatsLeft == 4)
        try await driver.commit { $0.scheduleChanges = [.removeDue(.min ... .max)] }
        #expect(try await driver.schedules().isEmpty)
        await driver.close()
    }

    /// A job leaves and its message enters in one batch, or neither happens.
    static func firingIsAtomic(_ place: any StorePlace) async throws {
        let (driver, _) = try place.open(epoch: 1)
        let queue = DestinationID(1)
        try await driver.commit {
            $0.newDestinations = [.init(id: queue, destination: .queue("Q"))]
            $0.scheduleChanges = [.insert(Self.job(1, due: 10), prepared: nil)]
        }
        let (next, _) = try place.open(epoch: 2)
        // The old master fires, and is fenced.
        var batch = StoreBatch()
        batch.insert(2, queue, SampleMessage.text(1, to: .queue("Q")))
        batch.scheduleChanges = [.remove(ScheduleID(1), jobID: "ID:c:1:1:1")]
        guard case .failure(.fenced) = await driver.result(of: batch) else {
            Issue.record("not fenced")
            return
        }
        #expect(try await next.schedules().count == 1)
        #expect(try await next.sequences(of: .queue(queue)).isEmpty)
        let again = batch
        try await next.commit { $0 = again }
        #expect(try await next.schedules().isEmpty)
        #expect(try await next.sequences(of: .queue(queue)) == [2])
        await driver.close()
        await next.close()
    }

    static func preparedJobsWait(_ place: any StorePlace) async throws {
        let (driver, _) = try place.open(epoch: 1)
        let (kept, undone) = (
            XATransactionID(formatID: 1, global: [1], branch: [1]),
            XATransactionID(formatID: 1, global: [2], branch: [1])
        )
        try await driver.commit { batch in
            batch.scheduleChanges = [
                .insert(Self.job(1, due: 10), prepared: kept), .insert(Self.job(2, due: 20), prepared: undone),
                .insert(Self.job(3, due: 30), prepared: nil), .removeDue(0...20),
                .remove(ScheduleID(1), jobID: "ID:c:1:1:1"),
            ]
            batch.prepares = [
                .init(transaction: kept, removals: []), .init(transaction: undone, removals: []),
            ]
        }
        #expect(try await Self.keys(driver.schedules()) == [3])
        await driver.close()
        let (next, snapshot) = try place.open(epoch: 2)
        #expect(Set(snapshot.prepared.map(\.transaction)) == [kept, undone])
        #expect(try await Self.keys(next.schedules()) == [3])
        try await next.commit {
            $0.resolves = [.init(transaction: kept, commits: true), .init(transaction: undone, commits: false)]
        }
        #expect(try await Self.keys(next.schedules()) == [1, 3])
        await next.close()
    }
}

extension StoreDriver {
    package func schedules(
        after key: ScheduleKey = .start, through: Int64 = .max, limit: Int = 1_000, maximumBytes: Int = 1 << 30
    ) async throws -> [ScheduleRecord] {
        let result: Result<[ScheduleRecord], StoreError> = await withCheckedContinuation { continuation in
            self.store.schedules(after: key, through: through, limit: limit, maximumBytes: maximumBytes) {
                continuation.resume(returning: $0)
            }
            self.letGo()
        }
        return try result.get()
    }
}
