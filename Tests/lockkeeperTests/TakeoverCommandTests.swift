import Glibc
import TestSupport
import Testing

@Suite struct TakeoverCommandTests {
    private let scratch = TemporaryDirectory()
    private var data: String { self.scratch.file("data") }
    private static let times = [
        "--beat", "50ms", "--warn-after", "200ms", "--step-down-after", "500ms", "--exit-after", "800ms",
        "--take-over-after", "1500ms",
    ]

    private func takeover(_ more: [String]) throws -> (lines: [String], status: Int32?) {
        try Program.run(["takeover", "--data", self.data] + more)
    }

    private func broker(_ name: String, _ more: [String] = []) throws -> Program {
        try Program(runningOn: self.data, name: name, Self.times + more)
    }

    /// What the store holds, as an operator sees it beside the broker.
    private func messages() throws -> String {
        let path = "\(self.data)/broker.db"
        #expect(try SQLiteShell.query(path, "pragma integrity_check") == ["ok"])
        return try #require(
            try SQLiteShell.query(path, "select count(*), sum(sequence), sum(length(body)) from message").first)
    }

    /// A master with messages that was killed, whose locks another process keeps for ever.
    private func leaveLocksBehind() throws -> (messages: String, holder: ChildProcess) {
        #expect(mkdir(self.data, 0o755) == 0)
        let filling = try ChildProcess(ChildProcess.builtProgram("store-child"), [self.data, "1", "5"])
        for _ in 0..<60 { _ = filling.readLine() }
        filling.kill()
        let master = try self.broker("a")
        _ = try master.awaitServing()
        let messages = try self.messages()
        #expect(!messages.hasPrefix("0|"))
        master.child.kill()
        let locks = ["flock", "posix"].map { "\(self.data)/lock.\($0)" }
        let holder = try ChildProcess(ChildProcess.builtProgram("lock-holder"), locks)
        #expect(holder.readLine() == "HELD")
        return (messages, holder)
    }

    // MARK: Refusals

    private func expectRefusal(
        _ arguments: [String] = ["--yes"], status: Int32, naming parts: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try self.takeover(arguments)
        #expect(result.status == status, "\(result.lines)", sourceLocation: sourceLocation)
        let line = result.lines.last ?? ""
        #expect(line.hasPrefix("lockkeeper: "), sourceLocation: sourceLocation)
        for part in parts { #expect(line.contains(part), "\(line)", sourceLocation: sourceLocation) }
    }

    @Test func aMissingOrUnusedDirectoryIsNamedAndLeftEmpty() throws {
        try self.expectRefusal(status: 66, naming: [self.data, "does not exist"])
        #expect(mkdir(self.data, 0o755) == 0)
        try self.expectRefusal(status: 66, naming: [self.data, "no broker has ever run"])
        #expect(TemporaryDirectory.contents(of: self.data).isEmpty)
    }

    @Test func aMasterThatRunsIsNotTakenOverFrom() throws {
        let master = try self.broker("a")
        _ = try master.awaitServing()
        try self.expectRefusal(status: 69, naming: ["broker a on", "runs on this host", "kill -9 \(master.child.pid)"])
        #expect(master.stop() == 0)
        try self.expectRefusal(status: 69, naming: ["nobody holds the locks"])
    }

    @Test func withoutATerminalItMustBeConfirmedBefore() throws {
        try self.expectRefusal([], status: 64, naming: ["--yes"])
    }

    // MARK: Taking over

    @Test func afterTheCommandAStandbyServesWithAllMessages() throws {
        let (messages, holder) = try self.leaveLocksBehind()
        let standby = try self.broker("b")
        let stale = try #require(standby.awaitEvent("lock.stale"))
        #expect(stale.contains("other_broker=a"))

        let result = try self.takeover(["--yes", "--json"])
        #expect(result.status == 0, "\(result.lines)")
        #expect(result.lines.contains { $0.hasPrefix("watching broker a on") })
        let json = try #require(result.lines.last).split(separator: "'").joined(separator: "''")
        func value(_ path: String) throws -> String? {
            try SQLiteShell.query(":memory:", "select json_extract('\(json)', '\(path)')").first
        }
        #expect(try value("$.taken_over") == "1")
        #expect(try value("$.presumed_dead.broker") == "a")
        #expect(try Int(#require(try value("$.silent_ms"))) ?? 0 >= 1500)
        #expect(try value("$.kept[0]") == "lease.db.stale-3")

        _ = try standby.awaitServing()
        #expect(try self.messages() == messages)
        #expect(standby.log.contains { $0.contains("event=store.relocated") })
        let names = TemporaryDirectory.contents(of: self.data)
        #expect(names.contains { $0.hasPrefix("broker.db.stale-") } && names.contains("lock.posix.stale-3"))
        #expect(!names.contains { $0.contains(".new-") || $0.hasPrefix("relocate.") }, "\(names)")
        let history = try SQLiteShell.query(
            "\(self.data)/lease.db", "select broker, other_broker, epoch from ha_event where event = 'lock.escaped'")
        #expect(history == ["takeover|a|3"])
        #expect(standby.stop() == 0)
        holder.kill()
    }

    @Test func aStandbyWithAStandingOrderTakesOverByItself() throws {
        let (messages, holder) = try self.leaveLocksBehind()
        let standby = try self.broker("b", ["--stale-lock", "takeover"])
        let escaped = try #require(standby.awaitEvent("lock.escaped"), "\(standby.log)")
        for part in ["other_broker=a", "epoch=3", "kept="] { #expect(escaped.contains(part), "\(escaped)") }
        _ = try standby.awaitServing()
        #expect(try self.messages() == messages)
        #expect(standby.stop() == 0)
        holder.kill()
    }

    private static let script = ["script", "-qefc", "true", "/dev/null"]

    /// On a terminal it asks, and only "yes" is an answer.
    @Test(.enabled(if: Program.works(Self.script), "needs script(1)"))
    func onATerminalItAsks() throws {
        let (_, holder) = try self.leaveLocksBehind()
        func answer(_ text: String) throws -> (lines: [String], status: Int32?) {
            let command = "\(ChildProcess.builtProgram("lockkeeper")) takeover --data \(self.data)"
            let shell = try ChildProcess("sh", ["-c", "echo \(text) | script -qefc '\(command)' /dev/null"])
            let lines = shell.readLines()
            return (lines, shell.wait())
        }
        let before = TemporaryDirectory.contents(of: self.data)
        let refused = try answer("no")
        #expect(refused.status == 69, "\(refused.lines)")
        #expect(refused.lines.contains { $0.contains("Presumed dead: broker a on") })
        #expect(refused.lines.contains { $0.contains("nothing was changed") })
        #expect(TemporaryDirectory.contents(of: self.data) == before)
        let done = try answer("yes")
        #expect(done.status == 0, "\(done.lines)")
        #expect(done.lines.contains { $0.contains("Taken over under epoch 3") })
        holder.kill()
    }
}
