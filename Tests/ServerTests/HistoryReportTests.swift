import SQLite
import TestSupport
import Testing

@testable import Election
@testable import Server

/// The words of `lockkeeper status --history`, for terms as the lease database gives them.
@Suite struct HistoryReportTests {
    private let directory = TemporaryDirectory()
    private let clock = SystemElectionClock()

    private func row(_ epoch: Int64, _ name: String, at milliseconds: Int64, pid: Int32 = 2_000_000_000) throws
        -> LeaseRow
    {
        let here = try ProcessPlace.ofThisProcess()
        let holder = BrokerIdentity(
            name: name, instance: InstanceID(UInt64(epoch)), host: "host-\(name)",
            process: ProcessPlace(bootID: here.bootID, pidNamespace: here.pidNamespace, pid: pid, startedTicks: 0))
        return LeaseRow(
            epoch: Epoch(epoch), holder: holder, phase: .acquired, acquiredAtMilliseconds: milliseconds,
            renewedAtMilliseconds: milliseconds, times: .standard)
    }

    private func event(
        _ name: ElectionEvent.Name, _ row: LeaseRow, at milliseconds: Int64, other: LeaseRow? = nil,
        duration: Int64? = nil, _ detail: String = "told"
    ) -> HistoryEntry {
        HistoryEntry(
            happenedAtMilliseconds: milliseconds, event: name.rawValue, epoch: row.epoch, broker: row.holder.name,
            host: row.holder.host, pid: Int64(row.holder.process.pid), otherBroker: other?.holder.name,
            otherHost: other?.holder.host, otherPID: nil, otherEpoch: other?.epoch.rawValue,
            durationMilliseconds: duration, detail: detail)
    }

    /// Elected at `start`, serving 100 ms later, last renewed 1 s after that; then whatever `end` makes of it.
    private func serve(
        _ epoch: Int64, _ name: String, from start: Int64, after previous: LeaseRow? = nil,
        events: [HistoryEntry] = [], end: (inout LeaseRow) -> [HistoryEntry] = { _ in [] }
    ) throws -> LeaseRow {
        var row = try self.row(epoch, name, at: start)
        let database = LeaseDatabase(directory: self.directory.path, broker: row.holder, clock: self.clock)
        _ = try database.take(row)
        (row.phase, row.renewedAtMilliseconds) = (.active, start + 1100)
        let told = [
            self.event(.takeoverStarted, row, at: start, other: previous),
            self.event(.masterStarted, row, at: start + 100),
        ]
        #expect(database.renew(row, notes: LeaseNotes(events: told + events)) == .renewed)
        let last = end(&row)
        #expect(database.renew(row, notes: LeaseNotes(events: last)) == .renewed)
        database.close()
        return row
    }

    private func report(nowMs: Int64, limit: Int = 10, sinceMs: Int64? = nil) throws -> HistoryReport {
        HistoryReport(
            try TermHistory.read(directory: self.directory.path, limit: limit, since: sinceMs), nowMs: nowMs)
    }

    /// The lines of the block of one epoch.
    private func block(_ epoch: Int, nowMs: Int64) throws -> [Substring] {
        let lines = try self.report(nowMs: nowMs).text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("epoch \(epoch): ") })
        return Array(lines[start...].prefix { !$0.isEmpty })
    }

    private func has(_ block: [Substring], _ label: String, _ text: String) -> Bool {
        block.contains { $0.hasPrefix("  \(label) ") && $0.hasSuffix("  \(text)") }
    }

    private func json(_ report: HistoryReport, _ path: String) throws -> String? {
        let text = report.json.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        return try SQLiteShell.query(":memory:", "select json_extract('\(text)', '\(path)')").first
    }

    @Test func aCleanHandoverIsExact() throws {
        let first = try self.serve(1, "a", from: 100_000) { row in
            (row.phase, row.endedAtMilliseconds) = (.released, 105_000)
            return [self.event(.masterReleased, row, at: 105_000, "gives it up")]
        }
        _ = try self.serve(2, "b", from: 105_300, after: first)
        let block = try self.block(1, nowMs: 200_000)
        #expect(block.first == "epoch 1: a on host-a, pid 2000000000")
        #expect(self.has(block, "ended", "released: it was stopped"), "\(block)")
        #expect(self.has(block, "reason", "gives it up"))
        #expect(self.has(block, "found by", "b: told"))
        #expect(self.has(block, "nobody", "served for 400 ms, until b served under epoch 2"))
        #expect(
            self.has(block, "served", "from 1970-01-01 00:01:40.100 UTC until 1970-01-01 00:01:45.000 UTC, 4900 ms"))
        let report = try self.report(nowMs: 200_000)
        #expect(try self.json(report, "$.terms[1].ended_how") == "released")
        #expect(try self.json(report, "$.terms[1].nobody_at_least_ms") == "400")
        #expect(try self.json(report, "$.terms[1].nobody_at_most_ms") == "400")
        #expect(try self.json(report, "$.terms[1].next_broker") == "b")
        #expect(try self.json(report, "$.terms[1].events[1].event") == "master.started")
    }

    @Test func aKilledMasterIsBounded() throws {
        let first = try self.serve(1, "a", from: 100_000)
        _ = try self.serve(2, "b", from: 103_000, after: first)
        let block = try self.block(1, nowMs: 200_000)
        #expect(self.has(block, "ended", "lost: killed or cut off, it did not give up its lease"))
        #expect(
            self.has(
                block, "served",
                "from 1970-01-01 00:01:40.100 UTC, at least until 1970-01-01 00:01:41.100 UTC, not after 1970-01-01 "
                    + "00:01:43.000 UTC"))
        #expect(
            self.has(
                block, "nobody",
                "served for 100 ms to 2000 ms, until b served under epoch 2; the master was lost between two looks"))
        #expect(try self.json(try self.report(nowMs: 200_000), "$.terms[1].ended_how") == "lost")
    }

    @Test func twoAtOnceAreSaid() throws {
        let first = try self.serve(1, "a", from: 100_000)
        let told = self.event(.masterSteppedDown, first, at: 103_900, "deposed")
        _ = try self.serve(2, "b", from: 103_000, after: first, events: [told])
        let block = try self.block(1, nowMs: 200_000)
        #expect(self.has(block, "ended", "stepped down"))
        #expect(
            self.has(
                block, "nobody",
                "served for no time: the next one served 800 ms before this one ended, by their two clocks"))
        #expect(try self.json(try self.report(nowMs: 200_000), "$.terms[1].nobody_at_most_ms") == "-800")
    }

    @Test func aDeadMasterWithoutSuccessorLeavesNobody() throws {
        _ = try self.serve(1, "a", from: 100_000)
        let block = try self.block(1, nowMs: 161_100)
        #expect(
            self.has(
                block, "ended", "lost: it does not renew its lease (process gone), and nobody has taken over"))
        #expect(self.has(block, "nobody", "served for at most 1 min 0 s, until now"))
        #expect(try self.json(try self.report(nowMs: 161_100), "$.has_master") == "0")
        #expect(try self.json(try self.report(nowMs: 161_100), "$.terms[0].ended_how") == "lost")
    }

    @Test func aTermThatNeverServedIsSaid() throws {
        let first = try self.serve(1, "a", from: 100_000)
        let failed = try self.row(2, "b", at: 102_000)
        let database = LeaseDatabase(directory: self.directory.path, broker: failed.holder, clock: self.clock)
        _ = try database.take(failed)
        database.close()
        _ = try self.serve(3, "a", from: 104_000, after: failed)
        let block = try self.block(2, nowMs: 200_000)
        #expect(self.has(block, "served", "never") && self.has(block, "ended", "before it served"))
        #expect(!block.contains { $0.hasPrefix("  nobody") })
        #expect(try self.block(1, nowMs: 200_000).contains { $0.contains("until a served under epoch 3") })
        #expect(first.epoch == Epoch(1))
    }

    @Test func interruptionsInATermAreAddedUp() throws {
        let row = try self.row(1, "a", at: 100_000)
        let pauses = [
            self.event(.leaseProved, row, at: 100_300, duration: 14_000),
            self.event(.leaseProved, row, at: 100_500, duration: 1000),
        ]
        _ = try self.serve(1, "a", from: 100_000, events: pauses)
        let block = try self.block(1, nowMs: 200_000)
        #expect(
            self.has(block, "paused", "2 times, 15.0 s in all: the process stood still and served nobody"), "\(block)")
        #expect(try self.json(try self.report(nowMs: 200_000), "$.terms[0].paused_ms") == "15000")
    }

    @Test func nothingToTellIsSaid() throws {
        _ = try self.serve(1, "a", from: 100_000) { row in
            (row.phase, row.endedAtMilliseconds) = (.released, 105_000)
            return []
        }
        #expect(try self.report(nowMs: 200_000, sinceMs: 150_000).text.contains("nobody was master in this time"))
    }
}
