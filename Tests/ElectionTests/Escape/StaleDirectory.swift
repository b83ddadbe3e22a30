import Glibc
import SQLite
import TestSupport
import Testing

@testable import Election

/// A directory whose master is gone without having let go of its locks.
final class StaleDirectory {
    /// Far shorter than settings allow: the records of a test's own.
    static let times = ElectionTimes(
        beat: .milliseconds(10), warn: .milliseconds(40), stepDown: .milliseconds(60), exit: .milliseconds(80),
        takeOver: .milliseconds(150))

    let directory = TemporaryDirectory()
    let dead: BrokerIdentity
    /// What the dead host left on the server.
    private(set) var locks: [ForeignLock] = []

    /// - Parameter dead: of a host that nothing can be said of.
    init(
        dead: BrokerIdentity = Fixture.broker("dead"), image: StoreImage? = nil, hasLease: Bool = true,
        hasBeat: Bool = true
    ) throws {
        self.dead = dead
        image?.put(into: self.directory)
        if hasLease { try self.writeLease(counter: 7) }
        if hasBeat { try self.writeBeat(counter: 9) }
        try self.lock()
        _ = try EpochFiles(directory: self.directory.path).claim(Epoch(3), line: "broker=dead")
    }

    func lock() throws {
        self.locks = try [LockFiles.flockName, LockFiles.posixName].map { name in
            let lock = try ForeignLock(name, in: self.directory)
            #expect(lock.isGranted)
            return lock
        }
        let line = Array("broker=dead instance=\(self.dead.instance)\n".utf8)
        #expect(TestFile.overwrite(self.directory.file(LockFiles.flockName), at: 0, with: line))
    }

    func unlock() { self.locks = [] }

    /// The lease as the dead master wrote it last.
    var row: LeaseRow { Fixture.lease(3, self.dead, phase: .active, counter: 7, times: Self.times) }

    func writeLease(counter: Int64) throws {
        let lease = LeaseDatabase(directory: self.directory.path, broker: self.dead, clock: SystemElectionClock())
        var row = self.row
        if try FileIdentity.ofPath(LeaseReader.path(in: self.directory.path)) == nil {
            _ = try lease.take(row)
        } else {
            let database = try Database(
                path: LeaseReader.path(in: self.directory.path), access: .readWrite, busyTimeoutMs: 2000)
            row.counter = counter
            try database.execute("UPDATE lease SET counter = \(counter)")
            database.close()
        }
        lease.close()
    }

    func writeBeat(
        counter: Int64, of broker: BrokerIdentity? = nil, state: BeatRecord.State = .master, epoch: Int64 = 3
    ) throws {
        let broker = broker ?? self.dead
        var file = BeatFile(dataDirectory: self.directory.path, broker: broker)
        try file.write(
            BeatRecord(
                broker: broker, state: state, epoch: Epoch(epoch), counter: counter, times: Self.times,
                wallMilliseconds: 1_770_000_000_000))
    }

    func escape(rules: EscapeRules = EscapeRules()) throws -> StaleLockEscape {
        StaleLockEscape(directory: self.directory.path, broker: try .ofThisProcess(name: "rescuer"), rules: rules)
    }

    static var watched: StaleLockEscape.Watching { .done(silence: .seconds(60), of: nil) }

    /// What is refused, or nil.
    func refusal(_ watching: StaleLockEscape.Watching = StaleDirectory.watched) throws -> EscapeRefusal? {
        let escape = try self.escape()
        do throws(EscapeRefusal) {
            _ = try escape.inspect(watching)
            return nil
        } catch {
            return error
        }
    }

    func events() throws -> [HistoryEntry] {
        let database = try Database(path: LeaseReader.path(in: self.directory.path), access: .readOnly)
        defer { database.close() }
        return try LeaseReader.history(in: database, limit: 10)
    }
}

/// A standby in this process.
final class Standby {
    let elector: Elector
    let root = Root()
    let log = LogBook()

    init(
        _ name: String, in directory: TemporaryDirectory, times: ElectionTimes = Fixture.patient,
        policy: StaleLockPolicy = .report
    ) throws {
        self.elector = try Elector(
            Elector.Configuration(
                directory: directory.path, brokerName: name,
                settings: try ElectionSettings(times: times, staleLockPolicy: policy),
                logger: self.log.logger),
            delegate: self.root)
        try self.elector.start()
    }

    deinit { self.elector.release() }

    var isMaster: Bool { eventually { self.root.gate != nil } }
    var isRefused: Bool { eventually { !self.log.lines(of: .lockRefused).isEmpty } }
}
