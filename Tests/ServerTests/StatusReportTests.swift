import SQLite
import SQLiteStore
import TestSupport
import Testing

@testable import Election
@testable import Server

/// From the files of a directory to the lines and the JSON of `lockkeeper status`.
@Suite struct StatusReportTests {
    private let directory = TemporaryDirectory()

    private static let matrix = LockMatrix(flock: .refused, posix: .granted, ofd: .granted)

    /// Leaves what a master of that phase, and a standby that reports a false lock, would have left a moment ago.
    private func leave(_ phase: LeaseRow.Phase = .active, alarms: [String] = [], age: Int64 = 0) throws {
        let clock = SystemElectionClock()
        let now = clock.wallMilliseconds() - age
        let here = try ProcessPlace.ofThisProcess()
        let master = BrokerIdentity(name: "a", instance: InstanceID(1), host: "host-a", process: here)
        let standby = BrokerIdentity(
            name: "b", instance: InstanceID(2), host: "host-b",
            process: ProcessPlace(bootID: "other", pidNamespace: "x", pid: 22, startedTicks: 1))
        var row = LeaseRow(
            epoch: Epoch(3), holder: master, phase: .acquired, acquiredAtMilliseconds: now,
            renewedAtMilliseconds: now, times: .standard)
        let database = LeaseDatabase(directory: self.directory.path, broker: master, clock: clock)
        _ = try database.take(row)
        row.phase = phase
        let beats = [(master, BeatRecord.State.master, Int64(3)), (standby, .standby, 0)].map { broker, state, epoch in
            BeatRecord(
                broker: broker, state: state, epoch: Epoch(epoch), counter: 9, times: .standard, wallMilliseconds: now,
                alarms: broker == standby ? alarms : [],
                lockView: broker == standby ? Self.matrix.description : "")
        }
        #expect(database.renew(row, notes: LeaseNotes(brokers: beats)) == .renewed)
        database.close()
        for beat in beats {
            var file = BeatFile(dataDirectory: self.directory.path, broker: beat.broker)
            try file.write(beat)
        }
    }

    private func change(_ sql: String) throws {
        let database = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try database.execute(sql)
        database.close()
    }

    private func report() throws -> StatusReport {
        try StatusReport.read(try DataDirectory.existing(self.directory.path))
    }

    private func lines() throws -> [Substring] {
        try self.report().text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// A value of the JSON object, by SQLite's own reader.
    private func json(_ path: String) throws -> String? {
        let text = try self.report().json.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "''")
        return try SQLiteShell.query(":memory:", "select json_extract('\(text)', '\(path)')").first
    }

    @Test func aServingMasterComesFirst() throws {
        try self.leave()
        let report = try self.report()
        #expect(report.hasMaster)
        let lines = try self.lines()
        #expect(lines[1].hasPrefix("master") && lines[1].contains("a on host-a") && lines[1].hasSuffix("serving"))
        #expect(lines.contains { $0.hasPrefix("fencing") && $0.contains("L1: ") })
        #expect(lines.contains { $0.hasPrefix("file system") && $0.contains("locking; locks hold on this host") })
        #expect(!lines.contains { $0.hasPrefix("ALARM") || $0.hasPrefix("UNSAFE") })
        #expect(try self.json("$.file_system.fencing_level") == "L1")
        #expect(try self.json("$.file_system.unsafe_locks") == "0")
        #expect(try self.json("$.has_master") == "1")
    }

    @Test(arguments: [LeaseRow.Phase.acquired, .released, .steppedDown])
    func whoDoesNotServeIsNoMaster(phase: LeaseRow.Phase) throws {
        try self.leave(phase)
        #expect(try !self.report().hasMaster)
        #expect(try self.json("$.has_master") == "0")
    }

    @Test func aMasterThatDoesNotRenewIsNoMaster() throws {
        try self.leave(age: 60_000)
        #expect(try !self.report().hasMaster)
        #expect(try self.json("$.standing") == "stale")
        #expect(try self.lines().contains { $0.hasPrefix("master") && $0.contains("does not renew its lease") })
    }

    @Test func everyBrokerIsListedWithStateAndAge() throws {
        try self.leave()
        let lines = try self.lines()
        let heading = try #require(lines.firstIndex { $0.hasPrefix("broker  state") })
        #expect(lines[heading + 1].hasPrefix("a       master       3  "))
        #expect(lines[heading + 2].hasPrefix("b       standby      -  "))
        #expect(lines[heading + 2].contains(" ago ") && lines[heading + 2].contains("host-b"))
        #expect(try self.json("$.brokers[1].broker") == "b")
        #expect(try self.json("$.brokers[1].state") == "standby")
        #expect(try self.json("$.brokers[1].locks") == Self.matrix.description)
    }

    @Test func anAlarmNamesBothPartiesTheEvidenceAndTheRemedy() throws {
        try self.leave(alarms: ["lock.false"])
        try self.change(
            "INSERT OR REPLACE INTO alarm VALUES ('lock.false', 'b', 1000, 'a', 'granted to both', 'mount it hard')")
        let lines = try self.lines()
        let first = try #require(lines.firstIndex { $0.hasPrefix("ALARM") })
        #expect(lines[first].hasPrefix("ALARM lock.false: b on host-b, pid 22 about a on host-a, pid "))
        #expect(lines[first].hasSuffix(", since 1970-01-01 00:00:01 UTC"))
        #expect(lines[first + 1] == "    granted to both" && lines[first + 2] == "    mount it hard")
        #expect(try self.json("$.alarms[0].event") == "lock.false")
        #expect(try self.json("$.alarms[0].other_host") == "host-a")
        #expect(try self.json("$.alarms[0].remedy") == "mount it hard")
    }

    @Test func theLockMatrixIsATable() throws {
        try self.leave()
        let lines = try self.lines()
        let heading = try #require(lines.firstIndex { $0.hasPrefix("locks tried by  held by  flock") })
        #expect(lines[heading + 1].hasPrefix("b               a        refused  granted  granted  "))
        #expect(lines[heading + 2].hasPrefix("(granted: "))
        #expect(try self.json("$.locks[0].kind") == "flock")
        #expect(try self.json("$.locks[2].answer") == "granted")
    }
}
