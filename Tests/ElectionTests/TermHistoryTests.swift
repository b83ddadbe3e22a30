import Glibc
import SQLite
import TestSupport
import Testing

@testable import Election

@Suite struct TermHistoryTests {
    private let directory = TemporaryDirectory()
    private let clock = ManualClock()
    private let a = Fixture.broker("a", instance: 1)
    private let b = Fixture.broker("b", instance: 2)

    /// A lease of that epoch that serves from `start` on and was renewed half a second later.
    private func serve(_ epoch: Int64, _ broker: BrokerIdentity, from start: Int64, notes: [HistoryEntry] = []) throws {
        let database = LeaseDatabase(directory: self.directory.path, broker: broker, clock: self.clock)
        var row = LeaseRow(
            epoch: Epoch(epoch), holder: broker, phase: .acquired, acquiredAtMilliseconds: start - 100,
            renewedAtMilliseconds: start - 100, times: .standard)
        _ = try database.take(row)
        (row.phase, row.renewedAtMilliseconds) = (.active, start + 500)
        let events = [self.entry(.masterStarted, epoch, broker, at: start)] + notes
        #expect(database.renew(row, notes: LeaseNotes(events: events)) == .renewed)
        database.close()
    }

    private func entry(
        _ event: ElectionEvent.Name, _ epoch: Int64, _ broker: BrokerIdentity, at milliseconds: Int64
    ) -> HistoryEntry {
        HistoryEntry(
            happenedAtMilliseconds: milliseconds, event: event.rawValue, epoch: Epoch(epoch), broker: broker.name,
            host: broker.host, pid: 1, otherBroker: nil, otherHost: nil, otherPID: nil, otherEpoch: nil,
            durationMilliseconds: nil, detail: "")
    }

    private func read(limit: Int = 10, since: Int64? = nil) throws -> TermHistory {
        try TermHistory.read(directory: self.directory.path, limit: limit, since: since, clock: self.clock)
    }

    @Test func termsComeNewestFirstWithTheirBounds() throws {
        try self.serve(1, self.a, from: 10_000)
        try self.serve(2, self.b, from: 12_000)
        let history = try self.read()
        #expect(history.chapters.map(\.term.epoch) == [Epoch(2), Epoch(1)])
        let lost = try #require(history.chapters.last?.term)
        #expect(lost.ending == .lost && lost.endedAtMilliseconds == nil)
        #expect(lost.endedFromMilliseconds == 10_500 && lost.endedUntilMilliseconds == 11_900)
        #expect(lost.successor == .init(epoch: Epoch(2), broker: "b", startedAtMilliseconds: 12_000))
        #expect(lost.nobody(now: 99_000) == (.milliseconds(100), .milliseconds(1500)))
        let present = try #require(history.chapters.first?.term)
        #expect(present.ending == .serves && present.successor == nil)
        #expect(present.nobody(now: 99_000) == (nil, nil))
    }

    @Test func eventsBelongToTheTermTheyNameOrInWhichTheyHappened() throws {
        try self.serve(
            1, self.a, from: 10_000, notes: [self.entry(.lockRefused, 0, self.b, at: 10_100)])
        try self.serve(
            2, self.b, from: 12_000,
            notes: [
                // Told late, by the beat of the deposed.
                self.entry(.masterSteppedDown, 1, self.a, at: 12_500), self.entry(.lockRefused, 0, self.a, at: 12_600),
                self.entry(.lockStale, 0, self.b, at: 11_000), self.entry(.leaseLate, 0, self.b, at: 5000),
            ])
        let chapters = try self.read().chapters
        #expect(chapters.first?.events.map(\.happenedAtMilliseconds) == [12_000, 12_600])
        #expect(chapters.last?.events.map(\.happenedAtMilliseconds) == [10_000, 10_100, 11_000, 12_500])
        #expect(chapters.last?.term.ending == .steppedDown)
    }

    @Test func eventsOfOneMillisecondKeepTheirOrder() throws {
        let names: [ElectionEvent.Name] = [
            .takeoverStarted, .lockAcquired, .takeoverFinished, .leaseLate, .leaseProved,
        ]
        try self.serve(1, self.a, from: 10_000, notes: names.map { self.entry($0, 1, self.a, at: 10_000) })
        let told = try #require(try self.read().chapters.first).events.map(\.event)
        #expect(told == ["master.started"] + names.map(\.rawValue))
    }

    private static let limits: [(Int, [Int64])] = [(1, [3]), (2, [3, 2]), (10, [3, 2, 1])]

    @Test(arguments: Self.limits)
    func theNewestAreShownUpToTheLimit(limit: Int, epochs: [Int64]) throws {
        for epoch in Int64(1)...3 { try self.serve(epoch, self.a, from: epoch * 10_000) }
        #expect(try self.read(limit: limit).chapters.map(\.term.epoch.rawValue) == epochs)
    }

    private static let starts: [(Int64, [Int64])] = [
        (0, [3, 2, 1]), (15_000, [3, 2, 1]), (19_950, [3, 2]), (29_901, [3]), (90_000, [3]),
    ]

    @Test(arguments: Self.starts)
    func whatEndedBeforeIsLeftOut(since: Int64, epochs: [Int64]) throws {
        for epoch in Int64(1)...3 { try self.serve(epoch, self.a, from: epoch * 10_000) }
        let history = try self.read(since: since)
        #expect(history.chapters.map(\.term.epoch.rawValue) == epochs)
        #expect(history.chapters.flatMap(\.events).allSatisfy { $0.happenedAtMilliseconds >= since })
    }

    @Test func aFileOfTheFirstSchemaSaysThatItIsOld() throws {
        try self.serve(1, self.a, from: 10_000)
        let database = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try database.execute(
            """
            DROP TRIGGER lease_taken; DROP TRIGGER term_told; DROP TRIGGER term_found; DROP VIEW master_terms;
            DROP VIEW term_bounds; DROP VIEW active_alarm; DROP TABLE term; DROP TABLE alarm;
            DELETE FROM schema_migration WHERE number = 2
            """)
        database.close()
        let history = try self.read()
        #expect(history.isOutdated && history.chapters.isEmpty)
        #expect(history.status.lease.epoch == Epoch(1))
    }

    @Test func aDirectoryWithoutALeaseIsNamed() {
        #expect(throws: ElectionStatusError.neverUsed(self.directory.path)) { try self.read() }
        #expect(self.directory.contents().isEmpty)
    }
}
