import Glibc
import SQLite
import TestSupport
import Testing

@Suite struct StatusCommandTests {
    private let scratch = TemporaryDirectory()
    private var data: String { self.scratch.file("data") }

    private func status(_ more: [String]) throws -> (lines: [String], status: Int32?) {
        try Program.run(["status", "--data", self.data] + more)
    }

    /// A value of the JSON object, by SQLite's own reader.
    private func json(_ path: String) throws -> String? {
        let text = try self.status(["--json"]).lines.joined().split(separator: "'").joined(separator: "''")
        return try SQLiteShell.query(":memory:", "select json_extract('\(text)', '\(path)')").first
    }

    @Test func aMissingDirectoryIsNamedAndNotMade() throws {
        let (lines, status) = try self.status([])
        #expect(status == 66)
        #expect(lines.count == 1)
        #expect(lines.first?.contains(self.data) == true)
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func aDirectoryThatWasNeverUsedIsNamedAndLeftEmpty() throws {
        #expect(mkdir(self.data, 0o755) == 0)
        let (lines, status) = try self.status([])
        #expect(status == 66)
        #expect(lines.first?.contains("no broker has ever been master") == true)
        #expect(TemporaryDirectory.contents(of: self.data).isEmpty)
    }

    @Test func whileAMasterRunsItIsNamed() throws {
        let broker = try Program(runningOn: self.data, name: "node-1")
        _ = try broker.awaitServing()
        let lines = try #require(try self.awaitStatus(0))
        #expect(lines.contains { $0.hasPrefix("master") && $0.contains("node-1") && $0.hasSuffix("serving") })
        #expect(try self.json("$.holder") == "node-1")
        #expect(try self.json("$.epoch") == "1")
        #expect(try self.json("$.standing") == "serving")
        #expect(try self.json("$.has_master") == "1")
        // A local file system's locks are worth something.
        #expect(try self.json("$.unsafe_locks") == "0")
        #expect(!lines.contains { $0.hasPrefix("UNSAFE LOCKS") })
        #expect(try self.json("$.pid") == "\(broker.child.pid)")
        #expect(broker.stop() == 0)
    }

    @Test(arguments: [(SIGTERM, "released", "was stopped"), (SIGKILL, "dead", "has ended")])
    func withoutAMasterTheLastOneIsNamed(signal: Int32, standing: String, words: String) throws {
        let broker = try Program(runningOn: self.data, name: "node-1")
        _ = try broker.awaitServing()
        _ = broker.awaitEvent("takeover.finished")
        broker.child.send(signal)
        _ = broker.child.wait()
        let before = TemporaryDirectory.contents(of: self.data)
        #expect(try self.json("$.standing") == standing)
        #expect(try self.json("$.has_master") == "0")
        #expect(try self.status([]).status == 3)
        #expect(try self.status(["--json"]).status == 3)
        #expect(try self.status([]).lines.contains { $0.contains("node-1") && $0.contains(words) })
        #expect(TemporaryDirectory.contents(of: self.data) == before)
    }

    /// Asks until the exit status is that one: what a broker does shows a moment after its log says it.
    private func awaitStatus(_ wanted: Int32) throws -> [String]? {
        for _ in 0..<200 {
            let (lines, status) = try self.status([])
            if status == wanted { return lines }
        }
        return nil
    }

    @Test func aMasterThatHangsIsNoMaster() throws {
        let broker = try Program(
            runningOn: self.data, name: "node-1",
            ["--beat", "50ms", "--warn-after", "200ms", "--exit-after", "50s", "--take-over-after", "60s"])
        _ = try broker.awaitServing()
        #expect(try self.awaitStatus(0) != nil)
        broker.child.send(SIGSTOP)
        let lines = try #require(try self.awaitStatus(3))
        #expect(lines.contains { $0.hasPrefix("master") && $0.contains("node-1") && $0.contains("does not renew") })
        // Its beat is older by less than its lease, or by more: both run out within moments.
        let isSilent = try (0..<200).contains { _ in
            try self.status([]).lines.contains { $0.hasPrefix("node-1") && $0.contains("silent") }
        }
        #expect(isSilent)
        broker.child.send(SIGCONT)
        #expect(try self.awaitStatus(0) != nil)
        #expect(broker.stop() == 0)
    }

    @Test func whileSomebodyLocksTheLeaseTheBeatsTell() throws {
        let broker = try Program(runningOn: self.data, name: "node-1")
        _ = try broker.awaitServing()
        #expect(try self.awaitStatus(0) != nil)
        let other = try Database(path: self.data + "/lease.db", access: .readWrite, busyTimeoutMs: 5000)
        try other.begin(.exclusive)
        let (lines, status) = try self.status([])
        other.rollback()
        #expect(status == 0, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("lease.db") && $0.contains("cannot be read") })
        #expect(lines.contains { $0.hasPrefix("node-1") && $0.contains("master") })
        #expect(broker.stop() == 0)
    }

    // MARK: History

    /// A value of the JSON object of the history.
    private func history(_ path: String, _ more: String...) throws -> String? {
        let text = try self.status(["--history", "--json"] + more).lines.joined()
            .split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        return try SQLiteShell.query(":memory:", "select json_extract('\(text)', '\(path)')").first
    }

    @Test(arguments: [(SIGTERM, "released"), (SIGKILL, "lost")])
    func theHistoryTellsHowAMasterEndedAndForHowLongNobodyWas(signal: Int32, ending: String) throws {
        let first = try Program(runningOn: self.data, name: "node-1")
        _ = try first.awaitServing()
        _ = first.awaitEvent("takeover.finished")
        let second = try Program(runningOn: self.data, name: "node-2")
        _ = second.awaitEvent("lock.refused")
        first.child.send(signal)
        _ = first.child.readLines()
        _ = first.child.wait()
        _ = try second.awaitServing()
        #expect(try self.awaitStatus(0) != nil)
        #expect(try self.history("$.terms[0].broker") == "node-2")
        #expect(try self.history("$.terms[0].ended_how") == "serves")
        #expect(try self.history("$.terms[1].broker") == "node-1")
        #expect(try self.history("$.terms[1].ended_how") == ending)
        #expect(try self.history("$.terms[1].pid") == "\(first.child.pid)")
        let least = try #require(try self.history("$.terms[1].nobody_at_least_ms").flatMap { Int($0) })
        let most = try #require(try self.history("$.terms[1].nobody_at_most_ms").flatMap { Int($0) })
        #expect(least >= 0 && least <= most && (least == most) == (ending == "released"))
        #expect(try self.history("$.terms[1].found")?.hasPrefix("node-2: ") == true)
        let view = "select ended_how, next_broker from master_terms where epoch = 1"
        #expect(try SQLiteShell.query(self.data + "/lease.db", view) == ["\(ending)|node-2"])

        let text = try self.status(["--history"])
        #expect(text.status == 0)
        #expect(text.lines.contains { $0.hasPrefix("epoch 1: node-1 on ") })
        #expect(text.lines.contains { $0.hasPrefix("  nobody ") && $0.contains("until node-2 served under epoch 2") })
        #expect(text.lines.contains { $0.contains("master.started") && $0.contains("node-2") })
        #expect(try self.history("$.terms[1]", "--limit", "1") == "")
        #expect(try self.history("$.terms[0].epoch", "--since", "1h", "--limit", "1") == "2")
        #expect(try self.history("$.terms[0].events[0]", "--since", "9999-01-01") == "")
        #expect(second.stop() == 0)
    }

    @Test(arguments: [
        (["--history", "--limit", "0"], "--limit"), (["--history", "--since", "yesterday"], "--since"),
        (["--since", "2h"], "--history"), (["--history", "--since", "2026-02-30"], "--since"),
    ])
    func aWrongQuestionIsNamed(arguments: [String], named: String) throws {
        let (lines, status) = try self.status(arguments)
        #expect(status == 64 && lines.count == 1)
        #expect(lines.first?.contains(named) == true, "\(lines)")
    }
}
