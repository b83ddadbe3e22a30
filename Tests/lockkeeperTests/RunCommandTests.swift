import Glibc
import TestSupport
import Testing

@Suite struct RunCommandTests {
    private let scratch = TemporaryDirectory()
    private var data: String { self.scratch.file("data") }

    // MARK: Refusals

    private func expectRefusal(
        _ arguments: [String], under wrapper: [String] = [], status: Int32, naming parts: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let stomp = arguments.contains("--stomp") ? [] : ["--stomp", "off"]
        let result = try Program.run(["run", "--name", "a"] + stomp + arguments, under: wrapper)
        #expect(result.status == status, "\(result.lines)", sourceLocation: sourceLocation)
        #expect(result.lines.count == 1, "\(result.lines)", sourceLocation: sourceLocation)
        let line = result.lines.last ?? ""
        #expect(line.hasPrefix("lockkeeper: "), sourceLocation: sourceLocation)
        for part in parts { #expect(line.contains(part), "\(line)", sourceLocation: sourceLocation) }
    }

    @Test func aFileIsNoDataDirectory() throws {
        #expect(TestFile.create(self.data))
        try self.expectRefusal(["--data", self.data], status: 73, naming: [self.data, "is a file", "--data"])
    }

    @Test func aMissingParentIsNotMade() throws {
        try self.expectRefusal(
            ["--data", self.data + "/below"], status: 73, naming: [self.data + "/below", "parent directory"])
        #expect(self.scratch.contents().isEmpty)
    }

    @Test(.enabled(if: Program.isRoot && Program.works(["unshare", "-m"]), "mounting needs root"))
    func aReadOnlyDiskIsNamed() throws {
        #expect(mkdir(self.data, 0o755) == 0)
        let script = "mount -t tmpfs -o ro none \"$1\" && shift && exec \"$@\""
        try self.expectRefusal(
            ["--data", self.data], under: ["unshare", "-m", "sh", "-c", script, "sh", self.data], status: 73,
            naming: [self.data, "Read-only file system", "read-write"])
        try self.expectRefusal(
            ["--data", self.data + "/new"], under: ["unshare", "-m", "sh", "-c", script, "sh", self.data], status: 73,
            naming: [self.data + "/new", "Read-only file system"])
    }

    private static let nobody = ["setpriv", "--reuid", "65534", "--clear-groups"]

    @Test(.enabled(if: Program.isRoot && Program.works(Self.nobody), "needs another user"))
    func aDirectoryOfAnotherUserIsNamed() throws {
        #expect(mkdir(self.data, 0o755) == 0)
        #expect(chmod(self.scratch.path, 0o755) == 0)
        try self.expectRefusal(
            ["--data", self.data, "--openwire", "127.0.0.1:0"], under: Self.nobody, status: 77,
            naming: [self.data, "Permission denied", "65534"])
        try self.expectRefusal(
            ["--data", self.scratch.file("new"), "--openwire", "127.0.0.1:0"], under: Self.nobody, status: 77,
            naming: [self.scratch.file("new"), "Permission denied"])
    }

    @Test func aPortInUseIsNamedWhetherOrNotTheBrokerWouldStandBy() throws {
        let master = try Program(runningOn: self.data)
        let port = try master.awaitServing()
        let standby = ["--data", self.data, "--openwire", "127.0.0.1:\(port)"]
        try self.expectRefusal(standby, status: 69, naming: ["127.0.0.1:\(port)", "in use", "--openwire"])
        let other = self.scratch.file("other")
        try self.expectRefusal(
            ["--data", other, "--openwire", "127.0.0.1:\(port)"], status: 69, naming: ["127.0.0.1:\(port)"])
        #expect(access(other, F_OK) != 0)
        #expect(master.stop() == 0)
    }

    // MARK: STOMP

    @Test func aSTOMPPortThatIsAskedForAndTakenIsNamed() throws {
        let master = try Program(runningOn: self.data)
        let port = try master.awaitServing()
        try self.expectRefusal(
            ["--data", self.scratch.file("other"), "--openwire", "127.0.0.1:0", "--stomp", "127.0.0.1:\(port)"],
            status: 69, naming: ["127.0.0.1:\(port)", "in use", "--stomp HOST:PORT"])
        #expect(master.stop() == 0)
    }

    /// Nobody has asked for the default port: the broker serves without it, and says how to have it otherwise.
    @Test func theDefaultSTOMPPortIsNoObstacle() throws {
        // Whoever has the port already does as well.
        let holder = BoundPort(STOMPListenerPort.standard)
        let broker = try Program(
            ["run", "--data", self.data, "--name", "a", "--openwire", "127.0.0.1:0"])
        let warning = try #require(broker.awaitEvent("stomp.port_unavailable"))
        #expect(warning.contains("127.0.0.1:61613"))
        #expect(warning.contains("--stomp off"))
        _ = try broker.awaitServing()
        #expect(broker.stop() == 0)
        withExtendedLifetime(holder) {}
    }

    @Test func bothConnectorsAreNamed() throws {
        let broker = try Program(runningOn: self.data, ["--stomp", "127.0.0.1:0"])
        _ = try broker.awaitServing()
        let second = try #require(broker.awaitEvent("connector.started"))
        #expect(second.contains("protocol=stomp"))
        #expect(broker.stop() == 0)
    }

    @Test func aForeignAddressIsNamed() throws {
        try self.expectRefusal(
            ["--data", self.data, "--openwire", "192.0.2.1:61616"], status: 69, naming: ["192.0.2.1:61616"])
        #expect(self.scratch.contents().isEmpty)
    }

    // MARK: Data that cannot be served

    /// What the last line says after the log of a broker that ended by itself.
    private func farewell(_ arguments: [String] = []) throws -> (line: String, status: Int32?) {
        let program = try Program(runningOn: self.data, arguments)
        let lines = program.child.readLines()
        return (lines.last ?? "", program.child.wait())
    }

    private func makeData() throws {
        let broker = try Program(runningOn: self.data)
        _ = try broker.awaitServing()
        #expect(broker.stop() == 0)
    }

    @Test(arguments: ["broker.db", "lease.db"])
    func aDatabaseOfANewerVersionIsRefusedByName(file: String) throws {
        try self.makeData()
        try SQLiteShell.change(
            self.data + "/" + file,
            "INSERT INTO schema_migration SELECT max(number) + 1, 'later', checksum, applied_at_ms FROM schema_migration"
        )
        let (line, status) = try self.farewell()
        #expect(status == 78, "\(line)")
        #expect(line.hasPrefix("lockkeeper: "))
        #expect(line.contains(file))
    }

    @Test func aDamagedStoreIsRefusedAndLeftAsItIs() throws {
        try self.makeData()
        let path = self.data + "/broker.db"
        #expect(TestFile.overwrite(path, at: 0, with: [UInt8](repeating: 0x5A, count: 4096)))
        let size = TestFile.size(path)
        let (line, status) = try self.farewell()
        #expect(status == 74, "\(line)")
        #expect(line.contains("broker.db"))
        #expect(TestFile.size(path) == size)
    }

    // MARK: Life

    @Test func theDirectoryIsMadeAndTheLeaseGivenBackOnSIGTERM() throws {
        let broker = try Program(runningOn: self.data)
        _ = try broker.awaitServing()
        #expect(broker.stop() == 0)
        #expect(broker.log.last?.contains("event=broker.stopped") == true)
        #expect(try SQLiteShell.query(self.data + "/lease.db", "select phase from lease") == ["RELEASED"])
    }

    @Test func theFileSystemIsToldAndCheckedBesideServing() throws {
        let broker = try Program(runningOn: self.data)
        _ = try broker.awaitServing()
        let verdict = broker.log.first { $0.contains("event=file_system.verdict") } ?? ""
        for part in ["fencing=\"L1: ", "vers=-", "sqlite=3.", "unsafe_locks=false", "mount_point=", "journal_mode="] {
            #expect(verdict.contains(part), "\(verdict)")
        }
        let check = try #require(broker.awaitEvent("file_system.check"))
        for part in [" INFO ", "locks=flock,ofd", "exclusive_create=yes", "direct_read=yes", "sync_p50_us="] {
            #expect(check.contains(part), "\(check)")
        }
        #expect(broker.stop() == 0)
        #expect(!TemporaryDirectory.contents(of: self.data).contains("doctor"))
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func aStandbyRefusesClientsUntilTheMasterIsGone(signal: Int32) throws {
        let master = try Program(runningOn: self.data, name: "a")
        _ = try master.awaitServing()
        let standby = try Program(runningOn: self.data, name: "b")
        #expect(standby.awaitEvent("lock.refused")?.contains("other_broker=a") == true)
        #expect(!standby.log.contains { $0.contains("connector.started") })
        master.child.send(signal)
        _ = try standby.awaitServing()
        #expect(try SQLiteShell.query(self.data + "/lease.db", "select holder, epoch from lease") == ["b|2"])
        #expect(standby.stop() == 0)
    }

    @Test func signalsDoWhatTheHelpSays() throws {
        let broker = try Program(runningOn: self.data)
        _ = try broker.awaitServing()
        broker.child.send(SIGHUP)
        #expect(broker.awaitEvent("signal.reserved")?.contains("SIGHUP") == true)
        broker.child.send(SIGINT)
        #expect(broker.awaitEvent("broker.stopping")?.contains("SIGINT") == true)
        broker.child.send(SIGINT)
        _ = broker.child.readLines()
        // The first may be faster than the second.
        let status = broker.child.wait()
        #expect(status == 0 || status == 128 + SIGINT)
    }

    @Test func aMasterWhoseLockFileIsReplacedStepsDownAndStandsAgain() throws {
        let broker = try Program(runningOn: self.data)
        let port = try broker.awaitServing()
        #expect(rename(self.data + "/lock.flock", self.data + "/lock.flock.old") == 0)
        #expect(broker.awaitEvent("master.stepped_down") != nil)
        #expect(broker.awaitEvent("store.abandoned") != nil)
        #expect(broker.awaitEvent("broker.standing_again") != nil)
        #expect(try broker.awaitServing() != 0)
        #expect(try SQLiteShell.query(self.data + "/lease.db", "select epoch from lease") == ["2"])
        #expect(port != 0)
        #expect(broker.stop() == 0)
    }

    @Test func aMasterThatWasStoppedProvesItselfAgain() throws {
        let times = [
            "--beat", "50ms", "--warn-after", "200ms", "--step-down-after", "400ms", "--exit-after", "10s",
            "--take-over-after", "20s",
        ]
        let broker = try Program(runningOn: self.data, times)
        _ = try broker.awaitServing()
        broker.child.send(SIGSTOP)
        // Longer than the step-down time must pass for the broker, and for it alone.
        #expect(try ChildProcess("sleep", ["0.7"]).wait() == 0)
        broker.child.send(SIGCONT)
        #expect(broker.awaitEvent("lease.proved") != nil)
        #expect(broker.stop() == 0)
    }
}

private enum STOMPListenerPort {
    static let standard: UInt16 = 61_613
}

/// A loopback port that somebody listens on: this process, where it was free.
private final class BoundPort {
    private let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)

    init(_ port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        listen(self.socket, 1)
    }

    deinit { close(self.socket) }
}
