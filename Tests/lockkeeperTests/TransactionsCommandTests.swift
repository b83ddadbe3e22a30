import SQLite
import TestSupport
import Testing

@Suite struct TransactionsCommandTests {
    private let scratch = TemporaryDirectory()
    private var data: String { self.scratch.file("data") }
    private let old = "XID:[4711,globalId=6f31,branchId=62]"
    private let bare = "XID:[-1,globalId=ff,branchId=]"

    private func transactions(_ arguments: String...) throws -> (lines: [String], status: Int32?) {
        try Program.run(["transactions"] + arguments + ["--data", self.data])
    }

    /// A store with two transactions in doubt: one sends m2 to Q and acknowledges m1 there, one acknowledges m3.
    private func fill() throws {
        let broker = try Program(runningOn: self.data)
        _ = try broker.awaitServing()
        #expect(broker.stop() == 0)
        try SQLiteShell.change(
            self.data + "/broker.db",
            """
            INSERT INTO destination VALUES (1, 'queue', 'Q', 2, 10, 0);
            UPDATE store_state SET last_destination_id = 1, sequence_high_water = 100;
            INSERT INTO prepared_transaction VALUES (1, 4711, x'6f31', x'62'), (2, -1, x'ff', x'');
            INSERT INTO message SELECT value, 1, 5, CASE WHEN value = 2 THEN 1 END, 0, 1, 4, 0, NULL, 1700000000000 + value,
                NULL, 0, 'ID:c:1:1:' || value, 'text', 0, NULL, NULL, NULL, x'0000000161', NULL
            FROM generate_series(1, 3);
            INSERT INTO prepared_removal VALUES (1, 1, 1, NULL), (2, 3, 1, NULL);
            """)
    }

    private func serve() throws -> Program {
        let broker = try Program(runningOn: self.data, ["--beat", "50ms", "--warn-after", "200ms"])
        _ = try broker.awaitServing()
        _ = broker.awaitEvent("takeover.finished")
        return broker
    }

    private func messages() throws -> [String] {
        try SQLiteShell.query(
            self.data + "/broker.db", "SELECT sequence, is_in_doubt FROM message_text ORDER BY sequence")
    }

    @Test func listShowsWhatIsInDoubtWithAndWithoutAMaster() throws {
        try self.fill()
        let (lines, status) = try self.transactions("list")
        #expect(status == 0 && lines.count == 3)
        let words = lines.map { $0.split(separator: " ").map { String($0) } }
        #expect(words[0] == ["messages", "acknowledgements", "scheduled", "age", "transaction"])
        #expect(words[1].prefix(3) == ["1", "1", "0"] && words[1].last == self.old && words[1].contains("d"))
        #expect(words[2] == ["0", "1", "0", "?", self.bare])
        let broker = try self.serve()
        #expect(try self.transactions("list").lines.count == 3)
        let json = try self.transactions("list", "--json").lines.joined()
        #expect(
            json.hasPrefix(
                "{\"transactions\":[{\"xid\":\"\(self.old)\",\"messages\":1,\"acknowledgements\":1,"
                    + "\"scheduled\":0,\"age_ms\":"))
        #expect(json.hasSuffix("\"acknowledgements\":1,\"scheduled\":0,\"age_ms\":null}]}"))
        #expect(broker.stop() == 0)
    }

    @Test(arguments: ["commit", "rollback"])
    func theMasterEndsATransaction(verdict: String) throws {
        try self.fill()
        let broker = try self.serve()
        let before = ["1|0", "2|1", "3|0"]
        let unknown = try self.transactions(verdict, "XID:[1,globalId=00,branchId=00]")
        #expect(unknown.status == 65 && unknown.lines.first?.contains("lockkeeper transactions list") == true)
        #expect(try self.messages() == before)
        #expect(try self.transactions(verdict, self.old).status == 0)
        #expect(try self.messages() == (verdict == "commit" ? ["2|0", "3|0"] : ["1|0", "3|0"]))
        #expect(try self.transactions(verdict, self.old).status == 65)
        let left = try self.transactions("list").lines
        #expect(left.count == 2 && left[1].hasSuffix(self.bare))
        #expect(try self.transactions(verdict, self.bare).status == 0)
        #expect(try self.transactions("list").lines == ["No transaction is in doubt."])
        #expect(TemporaryDirectory.contents(of: self.data + "/requests").isEmpty, "nothing is left behind")
        #expect(broker.stop() == 0)
    }

    @Test func withoutAMasterNothingIsDecided() throws {
        try self.fill()
        let (lines, status) = try self.transactions("rollback", self.old)
        #expect(status == 69 && lines.count == 1)
        #expect(lines.first?.contains("no master serves") == true)
        #expect(try self.messages() == ["1|0", "2|1", "3|0"])
    }

    @Test(arguments: [[], ["4711"], ["XID:[1,globalId=0,branchId=]"], ["a\nb"], ["a", "b"]])
    func aWrongQuestionIsNamed(arguments: [String]) throws {
        let (lines, status) = try Program.run(["transactions", "commit", "--data", self.scratch.path] + arguments)
        #expect(status == 64 && lines.count == 1, "\(lines)")
    }

    @Test func aDirectoryThatWasNeverUsedIsNamed() throws {
        #expect(try self.transactions("list").status == 66)
        #expect(try self.transactions("commit", self.old).status == 66)
    }
}
