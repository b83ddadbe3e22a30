import Glibc
import TestSupport
import Testing

@Suite struct StatusCommandTests {
    private let scratch = TemporaryDirectory()
    private var data: String { self.scratch.file("data") }

    private func status(_ more: String...) throws -> (lines: [String], status: Int32?) {
        try Program.run(["status", "--data", self.data] + more)
    }

    /// A value of the JSON object, by SQLite's own reader.
    private func json(_ path: String) throws -> String? {
        let text = try self.status("--json").lines.joined().split(separator: "'").joined(separator: "''")
        return try SQLiteShell.query(":memory:", "select json_extract('\(text)', '\(path)')").first
    }

    @Test func aMissingDirectoryIsNamedAndNotMade() throws {
        let (lines, status) = try self.status()
        #expect(status == 66)
        #expect(lines.count == 1)
        #expect(lines.first?.contains(self.data) == true)
        #expect(self.scratch.contents().isEmpty)
    }

    @Test func aDirectoryThatWasNeverUsedIsNamedAndLeftEmpty() throws {
        #expect(mkdir(self.data, 0o755) == 0)
        let (lines, status) = try self.status()
        #expect(status == 66)
        #expect(lines.first?.contains("no broker has ever been master") == true)
        #expect(TemporaryDirectory.contents(of: self.data).isEmpty)
    }

    @Test func whileAMasterRunsItIsNamed() throws {
        let broker = try Program(runningOn: self.data, name: "node-1")
        _ = try broker.awaitServing()
        _ = broker.awaitEvent("takeover.finished")
        let text = try self.status()
        #expect(text.status == 0)
        #expect(text.lines.contains { $0.hasPrefix("master") && $0.contains("node-1") && $0.hasSuffix("serving") })
        #expect(try self.json("$.holder") == "node-1")
        #expect(try self.json("$.epoch") == "1")
        #expect(try self.json("$.standing") == "serving")
        #expect(try self.json("$.has_master") == "1")
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
        #expect(try self.status().lines.contains { $0.contains("node-1") && $0.contains(words) })
        #expect(TemporaryDirectory.contents(of: self.data) == before)
    }
}
