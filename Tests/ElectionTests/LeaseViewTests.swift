import Migrations
import SQLite
import TestSupport
import Testing

@testable import Election

/// What an operator sees at the sqlite3 prompt, for histories as brokers write them.
@Suite struct LeaseViewTests {
    private let directory = TemporaryDirectory()
    private let clock = ManualClock()
    private var path: String { self.directory.file("lease.db") }

    private func lease(of broker: BrokerIdentity) -> LeaseDatabase {
        LeaseDatabase(directory: self.directory.path, broker: broker, clock: self.clock)
    }

    private func row(_ epoch: Int64, _ broker: BrokerIdentity, at milliseconds: Int64) -> LeaseRow {
        LeaseRow(
            epoch: Epoch(epoch), holder: broker, phase: .acquired, acquiredAtMilliseconds: milliseconds,
            renewedAtMilliseconds: milliseconds, times: .standard)
    }

    private func entry(
        _ event: ElectionEvent.Name, _ epoch: Int64, _ broker: BrokerIdentity, at milliseconds: Int64,
        other: LeaseRow? = nil, detail: String = "why"
    ) -> HistoryEntry {
        HistoryEntry(
            happenedAtMilliseconds: milliseconds, event: event.rawValue, epoch: Epoch(epoch), broker: broker.name,
            host: broker.host, pid: 1, otherBroker: other?.holder.name, otherHost: other?.holder.host, otherPID: nil,
            otherEpoch: other?.epoch.rawValue, durationMilliseconds: nil, detail: detail)
    }

    /// A term that is elected 100 ms before it serves, and renews until `renewed`.
    private func serve(
        _ epoch: Int64, _ broker: BrokerIdentity, from start: Int64, renewed: Int64, after previous: LeaseRow? = nil
    ) throws -> (row: LeaseRow, lease: LeaseDatabase) {
        let lease = self.lease(of: broker)
        var row = self.row(epoch, broker, at: start - 100)
        _ = try lease.take(row)
        row.phase = .active
        row.renewedAtMilliseconds = start
        var events = [self.entry(.masterStarted, epoch, broker, at: start)]
        if let previous {
            events.insert(self.entry(.takeoverStarted, epoch, broker, at: start - 90, other: previous), at: 0)
        }
        #expect(lease.renew(row, notes: LeaseNotes(events: events)) == .renewed)
        row.renewedAtMilliseconds = renewed
        #expect(lease.renew(row, notes: LeaseNotes()) == .renewed)
        return (row, lease)
    }

    private func ask(_ columns: String, _ epoch: Int64) throws -> String? {
        try SQLiteShell.query(self.path, "select \(columns) from master_terms where epoch = \(epoch)").first
    }

    private let a = Fixture.broker("a", instance: 1)
    private let b = Fixture.broker("b", instance: 2)
    private static let columns = "ended_how, nobody_ms, nobody_at_least_ms, next_broker"

    @Test func aReleasedTermIsExact() throws {
        var (row, lease) = try self.serve(1, self.a, from: 1_000_000, renewed: 1_005_000)
        (row.phase, row.endedAtMilliseconds) = (.released, 1_005_200)
        let event = self.entry(.masterReleased, 1, self.a, at: 1_005_200)
        #expect(lease.renew(row, notes: LeaseNotes(events: [event])) == .renewed)
        _ = try self.serve(2, self.b, from: 1_006_000, renewed: 1_007_000, after: row)
        #expect(try self.ask(Self.columns, 1) == "released|800|800|b")
        #expect(try self.ask("started_utc, ended_utc", 1) == "1970-01-01 00:16:40.000|1970-01-01 00:16:45.200")
        #expect(try self.ask("reason, found", 1) == "why|b: why")
        #expect(try self.ask(Self.columns, 2) == "serves|||")
    }

    @Test func aKilledTermIsBounded() throws {
        let (row, _) = try self.serve(1, self.a, from: 1_000_000, renewed: 1_005_000)
        _ = try self.serve(2, self.b, from: 1_006_000, renewed: 1_007_000, after: row)
        #expect(try self.ask(Self.columns, 1) == "lost|1000|100|b")
        #expect(try self.ask("renewed_utc, ended_utc", 1) == "1970-01-01 00:16:45.000|")
        #expect(try self.ask("reason, found", 1) == "|b: why")
    }

    @Test func whatADeposedMasterTellsLaterReplacesTheGuess() throws {
        let (row, _) = try self.serve(1, self.a, from: 1_000_000, renewed: 1_005_000)
        let (next, lease) = try self.serve(2, self.b, from: 1_006_000, renewed: 1_007_000, after: row)
        let told = self.entry(.masterSteppedDown, 1, self.a, at: 1_006_500, detail: "no good beat")
        #expect(lease.renew(next, notes: LeaseNotes(events: [told])) == .renewed)
        #expect(try self.ask(Self.columns, 1) == "stepped down|-500|-500|b", "both served for half a second")
        #expect(try self.ask("reason", 1) == "no good beat")
    }

    @Test func aTermThatNeverServedLeavesTheGapToTheOneBefore() throws {
        let (row, _) = try self.serve(1, self.a, from: 1_000_000, renewed: 1_005_000)
        let failed = self.row(2, self.b, at: 1_005_500)
        _ = try self.lease(of: self.b).take(failed)
        let again = Fixture.broker("a", instance: 3)
        _ = try self.serve(3, again, from: 1_009_000, renewed: 1_009_500, after: failed)
        #expect(try self.ask(Self.columns, 1) == "lost|4000|3500|a")
        #expect(try self.ask("ended_how, ifnull(nobody_ms, '-')", 2) == "never served|-")
        #expect(row.epoch == Epoch(1))
    }

    @Test func withoutASuccessorNobodyServesUntilNow() throws {
        var (row, lease) = try self.serve(1, self.a, from: 1_000_000, renewed: 1_005_000)
        (row.phase, row.endedAtMilliseconds) = (.steppedDown, 1_005_200)
        #expect(lease.renew(row, notes: LeaseNotes()) == .renewed)
        let decades = "nobody_ms > 1000000000000 and nobody_ms = nobody_at_least_ms"
        #expect(try self.ask("ended_how, \(decades)", 1) == "stepped down|1")
    }

    @Test func termsOutliveTheEventsThatToldThem() throws {
        let (row, lease) = try self.serve(1, self.a, from: 1_000_000, renewed: 1_005_000)
        let many = (0..<1100).map { self.entry(.leaseLate, 1, self.a, at: 1_000_000 + $0) }
        #expect(lease.renew(row, notes: LeaseNotes(events: many)) == .renewed)
        #expect(
            try SQLiteShell.query(self.path, "select count(*) from ha_event where event = 'master.started'") == ["0"])
        #expect(try self.ask("started_utc, ended_how", 1) == "1970-01-01 00:16:40.000|serves")
    }

    @Test func theLastThousandTermsAreKept() throws {
        _ = try self.serve(1, self.a, from: 1_000_000, renewed: 1_005_000)
        _ = try self.lease(of: self.b).take(self.row(1000, self.b, at: 2_000_000))
        #expect(try SQLiteShell.query(self.path, "select epoch from term") == ["1", "1000"])
        _ = try self.lease(of: self.a).take(self.row(1001, Fixture.broker("a", instance: 4), at: 3_000_000))
        #expect(try SQLiteShell.query(self.path, "select epoch from term") == ["1000", "1001"])
    }

    @Test func aFileOfTheFirstSchemaTellsItsTermsAfterTheUpgrade() throws {
        let first = try Database(path: self.path, access: .readWriteCreate)
        _ = try Migrator(database: "lease.db", steps: [Migrations.lease[0]]).migrate(first)
        try first.execute(
            """
            INSERT INTO ha_event VALUES (1, 1000000, 'master.started', 1, 'a', 'h', 7, NULL, NULL, NULL, NULL, NULL, '');
            INSERT INTO ha_event VALUES (2, 1005000, 'master.stepped_down', 1, 'a', 'h', 7, NULL, NULL, NULL, NULL,
                   NULL, 'no good beat');
            INSERT INTO ha_event VALUES (3, 1006000, 'takeover.started', 2, 'b', 'h', 8, 'a', 'h', 7, 1, NULL, 'over');
            INSERT INTO ha_event VALUES (4, 1006100, 'master.started', 2, 'b', 'h', 8, NULL, NULL, NULL, NULL, NULL, '')
            """)
        first.close()
        _ = try self.lease(of: self.b).take(self.row(3, Fixture.broker("a", instance: 9), at: 1_009_000))
        #expect(try self.ask(Self.columns, 1) == "stepped down|1100|1100|b")
        #expect(try self.ask("pid, reason, found", 1) == "7|no good beat|b: over")
        #expect(try self.ask("ended_how, ifnull(nobody_ms, 'unknown')", 2) == "lost|unknown")
        #expect(try self.ask("ended_how", 3) == "starting")
    }

    @Test func aRebuiltFileKeepsTheTermsOfTheEventsItKeeps() throws {
        let (row, lease) = try self.serve(1, self.a, from: 1_000_000, renewed: 1_005_000)
        #expect(row.epoch == Epoch(1))
        lease.close()
        _ = try LeaseFile(directory: self.directory.path, broker: self.b, clock: self.clock).rebuild(because: "a test")
        #expect(try self.ask("broker, started_utc", 1) == "a|1970-01-01 00:16:40.000")
    }

    @Test func alarmsNameBothParties() throws {
        let (row, lease) = try self.serve(1, self.a, from: 1_000_000, renewed: 1_005_000)
        let beats = [self.a, self.b].map {
            BeatRecord(
                broker: $0, state: .standby, epoch: .none, counter: 1, times: .standard, wallMilliseconds: 1)
        }
        #expect(lease.renew(row, notes: LeaseNotes(brokers: beats)) == .renewed)
        try SQLiteShell.change(
            self.path,
            "insert into alarm values ('lock.false', 'b', 1000000, 'a', 'granted twice', 'mount without nolock')")
        #expect(
            try SQLiteShell.query(self.path, "select * from active_alarm") == [
                "1970-01-01 00:16:40|lock.false|b|host-b|4711|a|host-a|4711|granted twice|mount without nolock"
            ])
    }
}
