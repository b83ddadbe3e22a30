import Glibc
import SQLite
import TestSupport
import Testing

@testable import Election

@Suite struct ElectionStatusTests {
    private let directory = TemporaryDirectory()
    private let clock = ManualClock()

    /// A lease as a broker of this process would leave it.
    private func leave(_ phase: LeaseRow.Phase, epoch: Int64 = 1, pid: Int32 = getpid()) throws {
        let here = try ProcessPlace.ofThisProcess()
        let broker = BrokerIdentity(
            name: "a", instance: InstanceID(1), host: "h",
            process: ProcessPlace(bootID: here.bootID, pidNamespace: here.pidNamespace, pid: pid, startedTicks: 0))
        var row = Fixture.lease(epoch, broker, times: .standard)
        row.renewedAtMilliseconds = self.clock.wallMilliseconds()
        row.phase = phase
        let database = LeaseDatabase(directory: self.directory.path, broker: broker, clock: self.clock)
        _ = try database.take(row)
        database.close()
    }

    private func read() throws -> ElectionStatus {
        try ElectionStatus.read(directory: self.directory.path, clock: self.clock)
    }

    @Test func directoriesWithoutALeaseAreToldApart() throws {
        let missing = self.directory.file("missing")
        #expect(throws: ElectionStatusError.noDirectory(missing)) {
            try ElectionStatus.read(directory: missing, clock: self.clock)
        }
        #expect(throws: ElectionStatusError.neverUsed(self.directory.path)) { try self.read() }
        #expect(self.directory.contents().isEmpty, "looking makes nothing")
        let file = self.directory.file("file")
        _ = try FileHandle.open(file, O_CREAT | O_WRONLY)
        #expect(throws: ElectionStatusError.notADirectory(file)) {
            try ElectionStatus.read(directory: file, clock: self.clock)
        }
    }

    @Test(arguments: [
        (LeaseRow.Phase.acquired, ElectionStatus.Standing.starting), (.active, .serving), (.released, .released),
        (.steppedDown, .steppedDown),
    ])
    func thePhaseOfALivingHolderIsItsStanding(phase: LeaseRow.Phase, standing: ElectionStatus.Standing) throws {
        try self.leave(phase)
        let status = try self.read()
        #expect(status.standing == standing)
        #expect(status.age == .zero)
        #expect(status.holderLife == .running)
    }

    @Test func aLeaseThatDoesNotMoveGoesStale() throws {
        try self.leave(.active)
        self.clock.advance(by: .seconds(2))
        #expect(try self.read().standing == .serving)
        self.clock.advance(by: .seconds(1))
        #expect(try self.read().standing == .stale)
        #expect(try self.read().age == .seconds(3))
    }

    @Test func aHolderThatEndedIsDead() throws {
        try self.leave(.active, pid: 2_000_000_000)
        let status = try self.read()
        #expect(status.standing == .dead)
        #expect(status.holderLife == .gone)
    }

    @Test func anUnreadableLeaseIsSaid() throws {
        let file = try FileHandle.open(self.directory.file("lease.db"), O_CREAT | O_WRONLY)
        try file.write([UInt8](repeating: 0x55, count: 5000), at: 0)
        guard case .unreadable = #expect(throws: ElectionStatusError.self, performing: { try self.read() }) else {
            Issue.record("expected it to be unreadable")
            return
        }
        #expect(self.directory.contents() == ["lease.db"])
    }

    @Test func aRenewalUnderWayOnlyDelaysTheLook() throws {
        try self.leave(.active)
        let writer = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try writer.begin(.exclusive)
        guard case .unclear = #expect(throws: ElectionStatusError.self, performing: { try self.read() }) else {
            Issue.record("expected it to be unclear")
            return
        }
        writer.rollback()
        #expect(try self.read().standing == .serving)
    }

    @Test func brokersAlarmsAndLocksAreShown() throws {
        try self.leave(.active)
        var beat = BeatFile(dataDirectory: self.directory.path, broker: Fixture.broker("b"))
        try beat.write(
            BeatRecord(
                broker: Fixture.broker("b"), state: .standby, epoch: .none, counter: 7, times: .standard,
                wallMilliseconds: self.clock.wallMilliseconds(), alarms: ["lock.false"]))
        let database = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try database.execute(
            """
            INSERT INTO alarm VALUES ('lock.false', 'b', 5, 'a', 'both were granted', 'mount without nolock');
            INSERT INTO lock_probe VALUES ('b', 'a', 'posix', 'granted', '', 9)
            """)
        database.close()
        let status = try self.read()
        #expect(status.brokers.map(\.record.broker.name) == ["b"])
        #expect(status.alarms.map(\.remedy) == ["mount without nolock"])
        #expect(
            status.probes == [
                LockProbe(prober: "b", holder: "a", kind: "posix", answer: "granted", probedAtMilliseconds: 9)
            ])
        #expect(status.verdict != nil)
    }

    @Test func whileTheLeaseIsLockedTheBeatsTell() throws {
        try self.leave(.active)
        let here = try ProcessPlace.ofThisProcess()
        let holder = BrokerIdentity(name: "a", instance: InstanceID(1), host: "h", process: here)
        let matrix = LockMatrix(flock: .refused, posix: .granted, ofd: .notTried)
        for (broker, state) in [(holder, BeatRecord.State.master), (Fixture.broker("b"), .standby)] {
            var beat = BeatFile(dataDirectory: self.directory.path, broker: broker)
            try beat.write(
                BeatRecord(
                    broker: broker, state: state, epoch: Epoch(4), counter: 7, times: .standard,
                    wallMilliseconds: self.clock.wallMilliseconds(), lockView: matrix.description))
        }
        let line = try FileHandle.open(self.directory.file(LockFiles.flockName), O_CREAT | O_RDWR)
        try line.write(Array("broker=a host=h pid=1 epoch=4\n".utf8), at: 0)
        let writer = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try writer.begin(.exclusive)
        defer { writer.rollback() }
        let status = try self.read()
        #expect(status.leaseProblem != nil)
        #expect(status.standing == .serving && status.lease.epoch == Epoch(4))
        #expect(status.brokers.map(\.record.broker.name) == ["a", "b"])
        #expect(status.probes.map(\.kind) == ["flock", "posix"], "what the holder says of itself is no proof")
        #expect(status.probes.map(\.answer) == ["refused", "granted"])
        #expect(status.probes.allSatisfy { $0.prober == "b" && $0.holder == "a" })
    }

    @Test func lookingChangesNoByte() throws {
        try self.leave(.active)
        let before = try FileNames.contents(of: self.directory.file("lease.db"), upTo: 1 << 20)
        let names = self.directory.contents()
        _ = try self.read()
        #expect(try FileNames.contents(of: self.directory.file("lease.db"), upTo: 1 << 20) == before)
        #expect(self.directory.contents() == names)
    }
}
