import SQLite
import TestSupport
import Testing

@Suite struct ScheduleCommandTests {
    private let scratch = TemporaryDirectory()
    private var data: String { self.scratch.file("data") }

    private func schedule(_ arguments: String...) throws -> (lines: [String], status: Int32?) {
        try Program.run(["schedule"] + arguments + ["--data", self.data])
    }

    /// A store with a job every hour of 2100, in UTC, whose number is that hour's.
    private func fill(hours: ClosedRange<Int>) throws {
        let broker = try Program(runningOn: self.data)
        _ = try broker.awaitServing()
        #expect(broker.stop() == 0)
        try SQLiteShell.change(
            self.data + "/broker.db",
            """
            INSERT INTO schedule SELECT value, 'ID:c:1:1:' || value, 'queue', 'Q', (4102444800 + 3600 * value) * 1000, 0,
                500 * (value % 2), value % 3 - 1, CASE WHEN value = 2 THEN '0 2 * * *' END, NULL, 5, 1, 4, 0, NULL, 0,
                NULL, 0, 'ID:c:1:1:1', 'text', 0, NULL, NULL, NULL, x'0000000161'
            FROM generate_series(\(hours.lowerBound), \(hours.upperBound));
            INSERT INTO schedule_time SELECT due_at_ms, schedule_id FROM schedule;
            UPDATE store_state SET schedule_count = \(hours.count), schedule_bytes = 5 * \(hours.count)
            """)
    }

    private func jobs() throws -> [String] {
        try SQLiteShell.query(self.data + "/broker.db", "SELECT job_id FROM schedule_due")
    }

    @Test func listShowsWhatIsDueWithAndWithoutAMaster() throws {
        try self.fill(hours: 1...5)
        let (lines, status) = try self.schedule("list")
        #expect(status == 0 && lines.count == 6)
        #expect(
            lines[0].split(separator: " ").map { String($0) } == [
                "due", "destination", "period", "left", "bytes", "cron", "job",
            ])
        #expect(lines[1].contains("queue://Q") && lines[1].contains("500 ms") && lines[1].hasSuffix("ID:c:1:1:1"))
        #expect(lines[2].contains("0 2 * * *") && lines[3].contains("for ever"))
        let broker = try Program(runningOn: self.data)
        _ = try broker.awaitServing()
        #expect(try self.schedule("list").lines == lines)
        let few = try self.schedule("list", "--limit", "2").lines
        #expect(few.count == 4 && few[3] == "and 3 more")
        let json = try self.schedule("list", "--limit", "2", "--json").lines.joined()
        #expect(json.hasPrefix("{\"total\":5,\"jobs\":[{\"job_id\":\"ID:c:1:1:1\",\"due_at\":\""))
        #expect(json.contains("\"cron\":\"0 2 * * *\"") && json.contains("\"due_at_ms\":4102448400000"))
        #expect(broker.stop() == 0)
    }

    @Test func removeIsCarriedOutByTheMaster() throws {
        try self.fill(hours: 1...6)
        let broker = try Program(runningOn: self.data, ["--beat", "50ms", "--warn-after", "200ms"])
        _ = try broker.awaitServing()
        _ = broker.awaitEvent("takeover.finished")
        #expect(try self.schedule("remove", "ID:c:1:1:2", "ID:c:1:1:999", "nonsense").status == 0)
        #expect(try self.jobs() == ["ID:c:1:1:1", "ID:c:1:1:3", "ID:c:1:1:4", "ID:c:1:1:5", "ID:c:1:1:6"])
        #expect(try self.schedule("remove", "--from", "2100-01-01 04:00", "--to", "2100-01-01 05:00").status == 0)
        #expect(try self.jobs() == ["ID:c:1:1:1", "ID:c:1:1:3", "ID:c:1:1:6"])
        #expect(try self.schedule("remove", "--all").status == 0)
        #expect(try self.jobs().isEmpty)
        #expect(try self.schedule("list").lines == ["Nothing is scheduled."])
        #expect(TemporaryDirectory.contents(of: self.data + "/requests").isEmpty, "nothing is left behind")
        #expect(broker.stop() == 0)
    }

    @Test func withoutAMasterNothingIsRemoved() throws {
        try self.fill(hours: 1...1)
        let (lines, status) = try self.schedule("remove", "--all")
        #expect(status == 69 && lines.count == 1)
        #expect(lines.first?.contains("no master serves") == true)
        #expect(try self.jobs() == ["ID:c:1:1:1"])
    }

    @Test(arguments: [[], ["--all", "ID:1"], ["--all", "--from", "1h"], ["a\nb"], [""], ["--from", "yesterday"]])
    func aWrongQuestionIsNamed(arguments: [String]) throws {
        let (lines, status) = try Program.run(["schedule", "remove", "--data", self.data] + arguments)
        #expect(status == 64 && lines.count == 1, "\(lines)")
    }

    @Test func aDirectoryThatWasNeverUsedIsNamed() throws {
        #expect(try self.schedule("list").status == 66)
        #expect(try self.schedule("remove", "--all").status == 66)
    }
}
