import Glibc
import TestSupport
import Testing

/// `--http` of the built program, as Prometheus and load balancers see it.
@Suite struct HTTPInterfaceTests {
    private let scratch = TemporaryDirectory()
    private var data: String { self.scratch.file("data") }

    /// Starts a broker with its listener on, and reads on until that is open.
    private func broker(_ name: String, _ more: [String] = []) throws -> (program: Program, port: Int) {
        let program = try Program(runningOn: self.data, name: name, ["--http", "127.0.0.1:0"] + more)
        let line = try #require(program.awaitEvent("management.started"), "\(program.log)")
        let address = line.split(separator: " ").first { $0.hasPrefix("address=") }
        return (program, try #require(address.flatMap { Int($0.split(separator: ":").last ?? "") }))
    }

    private func metric(_ name: String, _ port: Int) throws -> Substring? {
        let body = try #require(try HTTPProbe.get("/metrics", port: port)).body
        return body.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.map { $0.dropFirst(name.count + 1) }
    }

    /// The first 200 of `/ready`: the event of the log comes a moment before.
    private func awaitReady(_ port: Int) throws -> HTTPProbe.Answer? {
        for _ in 0..<5000 {
            if let answer = try HTTPProbe.get("/ready", port: port), answer.status == 200 { return answer }
        }
        return nil
    }

    @Test func masterAndStandbyBothTellAndOnlyTheMasterIsReady() throws {
        let (master, masterPort) = try self.broker("a")
        _ = try master.awaitServing()
        #expect(try self.awaitReady(masterPort) != nil)
        let (standby, standbyPort) = try self.broker("b")
        _ = standby.awaitEvent("lock.refused")
        for port in [masterPort, standbyPort] {
            #expect(try HTTPProbe.get("/live", port: port)?.status == 200)
            #expect(try self.metric("lockkeeper_has_master", port) == "1")
            #expect(try self.metric("lockkeeper_epoch", port) == "1")
        }
        let waiting = try #require(try HTTPProbe.get("/ready", port: standbyPort))
        #expect(waiting.status == 503)
        #expect(waiting.body.contains("\"role\":\"standby\",\"holder\":\"a\""), "\(waiting.body)")
        #expect(try self.metric("lockkeeper_role{role=\"master\"}", masterPort) == "1")
        #expect(try self.metric("lockkeeper_role{role=\"standby\"}", standbyPort) == "1")
        #expect(try self.metric("lockkeeper_ha_events_total{event=\"master.started\"}", masterPort) == "1")
        #expect(try self.metric("lockkeeper_ha_events_total{event=\"master.started\"}", standbyPort) == "0")
        #expect(try self.metric("lockkeeper_ha_events_total{event=\"lock.refused\"}", standbyPort) == "1")

        master.child.kill()
        _ = standby.awaitEvent("takeover.finished")
        let ready = try #require(try self.awaitReady(standbyPort))
        #expect(ready.body.contains("\"holder\":\"b\""), "\(ready.body)")
        #expect(try self.metric("lockkeeper_takeover_duration_seconds_count", standbyPort) == "1")
        #expect(try self.metric("lockkeeper_epoch", standbyPort) == "2")
        #expect(standby.stop() == 0)
    }

    @Test func statusIsThatOfTheCommand() throws {
        let (master, port) = try self.broker("a")
        _ = try master.awaitServing()
        #expect(try self.awaitReady(port) != nil)
        let answer = try #require(try HTTPProbe.get("/status", port: port))
        #expect(answer.status == 200)
        let literal = answer.body.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        let fields = "'$.holder', '$.epoch', '$.standing', '$.pid'"
        #expect(
            try SQLiteShell.query(":memory:", "select json_extract('\(literal)', \(fields))")
                == ["[\"a\",1,\"serving\",\(master.child.pid)]"])
        #expect(master.stop() == 0)
    }

    @Test func countersSurviveANewCandidacy() throws {
        let (broker, port) = try self.broker("a")
        _ = try broker.awaitServing()
        #expect(rename(self.data + "/lock.flock", self.data + "/lock.flock.old") == 0)
        #expect(broker.awaitEvent("broker.standing_again") != nil)
        _ = try broker.awaitServing()
        _ = broker.awaitEvent("takeover.finished")
        #expect(try self.metric("lockkeeper_ha_events_total{event=\"master.stepped_down\"}", port) == "1")
        #expect(try self.metric("lockkeeper_ha_events_total{event=\"master.started\"}", port) == "2")
        #expect(broker.stop() == 0)
    }

    @Test func aStoppedMasterIsNotReadyWhenItWakes() throws {
        let (broker, port) = try self.broker(
            "a",
            [
                "--beat", "20ms", "--warn-after", "100ms", "--step-down-after", "200ms", "--exit-after", "20s",
                "--take-over-after", "40s",
            ])
        _ = try broker.awaitServing()
        #expect(try self.awaitReady(port) != nil)
        let probe = try HTTPProbe(port: port)
        broker.child.send(SIGSTOP)
        // Asked while it is stopped, answered with what is true when it wakes.
        #expect(try ChildProcess("sleep", ["0.4"]).wait() == 0)
        probe.send("GET /ready HTTP/1.1\r\nHost: a\r\n\r\n")
        broker.child.send(SIGCONT)
        let answer = try #require(probe.answer())
        // Its first beat may have been faster than the answer; then it is proved again.
        if answer.status != 503 { #expect(broker.awaitEvent("lease.proved") != nil) }
        #expect(broker.stop() == 0)
    }

    @Test func aTakenPortOfTheListenerIsNamed() throws {
        let (broker, port) = try self.broker("a")
        _ = try broker.awaitServing()
        let (lines, status) = try Program.run([
            "run", "--data", self.data, "--name", "b", "--openwire", "127.0.0.1:0", "--http", "127.0.0.1:\(port)",
        ])
        #expect(status == 69 && lines.count == 1)
        #expect(lines.first?.contains("127.0.0.1:\(port)") == true && lines.first?.contains("--http") == true)
        #expect(broker.stop() == 0)
    }

    @Test func withoutTheOptionNothingListens() throws {
        let broker = try Program(runningOn: self.data)
        _ = try broker.awaitServing()
        #expect(!broker.log.contains { $0.contains("management.started") })
        #expect(broker.stop() == 0)
    }
}
