import Glibc
import SQLite
import TestSupport
import Testing

@testable import Election

/// Masters in processes of their own, stopped, killed and hung.
@Suite struct ElectorProcessTests {
    private let directory = TemporaryDirectory()

    /// A standby in this process.
    private struct Standby {
        let elector: Elector
        let root: Root
        let log: LogBook
    }

    private func standby(_ times: ElectionTimes) throws -> Standby {
        let log = LogBook()
        let root = Root()
        let elector = try Elector(
            Elector.Configuration(
                directory: self.directory.path, brokerName: "standby", settings: try Fixture.settings(times),
                logger: log.logger),
            delegate: root)
        try elector.start()
        #expect(eventually { !log.lines(of: .lockRefused).isEmpty })
        return Standby(elector: elector, root: root, log: log)
    }

    private func master(_ times: ElectionTimes, hangs: Bool = false) throws -> ChildBroker {
        let child = try ChildBroker("master", in: self.directory, times: times, hangs: hangs)
        #expect(child.hasSaid("MASTER 1"))
        return child
    }

    private func leaseCounter() -> Int64 {
        if case .row(let row) = LeaseReader.look(in: self.directory.path) { row.counter } else { 0 }
    }

    private func leaseAge() -> Duration {
        guard case .row(let row) = LeaseReader.look(in: self.directory.path) else { return .zero }
        return .milliseconds(SystemElectionClock().wallMilliseconds() - row.renewedAtMilliseconds)
    }

    /// Stops it, and lets it go on at once if that was in the middle of a renewal, which would keep the test from the
    /// lease as well.
    private func stopBetweenRenewals(_ master: ChildBroker) -> Bool {
        master.signal(SIGSTOP)
        if case .row = LeaseReader.look(in: self.directory.path) { return true }
        master.signal(SIGCONT)
        return false
    }

    private func log(of name: String) throws -> String {
        try FileNames.contents(of: self.directory.file("log-\(name)"), upTo: 1 << 20)
    }

    @Test func aKilledMasterIsTakenOverFromAtOnce() throws {
        let master = try self.master(Fixture.patient)
        let standby = try self.standby(Fixture.patient)
        master.signal(SIGKILL)
        #expect(eventually { standby.root.gate != nil })
        #expect(standby.root.terms.first?.epoch == Epoch(2))
        #expect(standby.root.terms.first?.previous?.phase == .acquired)
        #expect(standby.root.terms.first?.previous?.holder.process.pid == master.pid)
        try standby.root.gate?.pass()
        standby.elector.release()
    }

    @Test func aReleasedMasterIsTakenOverFromAtOnce() throws {
        let master = try self.master(Fixture.patient)
        let standby = try self.standby(Fixture.patient)
        #expect(master.ask("gate") == "PASSED")
        #expect(master.ask("release") == "RELEASED")
        #expect(eventually { standby.root.gate != nil })
        #expect(standby.root.terms.first?.previous?.phase == .released)
        standby.elector.release()
    }

    @Test func aStoppedMasterIsNamedAndProvesItselfWhenItWakes() throws {
        let master = try self.master(Fixture.hasty)
        master.tell("serving")
        let standby = try self.standby(Fixture.hasty)
        #expect(master.ask("gate") == "PASSED")
        master.signal(SIGSTOP)
        #expect(eventually { !standby.log.lines(of: .lockHungHolder).isEmpty })
        let line = try #require(standby.log.lines(of: .lockHungHolder).first)
        #expect(line.metadata["other_broker"] == "master")
        #expect(line.metadata["other_pid"] == "\(master.pid)")
        #expect(line.metadata["other_epoch"] == "1")
        #expect(line.metadata["process"] == "stopped")
        #expect(line.metadata["remedy"]?.contains("kill -CONT \(master.pid)") == true)
        #expect(standby.root.gate == nil, "the standby does not serve")
        #expect(try ElectionStatus.read(directory: self.directory.path).standing == .stale)

        master.signal(SIGCONT)
        #expect(master.ask("gate") == "PASSED", "proved again, and not ended by its own deadline")
        #expect(master.ask("dispatch") == "DISPATCH true")
        #expect(eventually { !standby.log.lines(of: .lockHolderMoves).isEmpty })
        #expect(try self.log(of: "master").contains("event=lease.proved"))
        #expect(master.lines.allSatisfy { !$0.hasPrefix("STEPDOWN") })
        // It is as much master as before: its beats go on past another exit time.
        let counter = self.leaseCounter()
        #expect(eventually { self.leaseCounter() > counter + 80 })
        #expect(master.ask("gate") == "PASSED")
        standby.elector.release()
    }

    @Test func aMasterDeposedWhileItWasStoppedAnswersNobody() throws {
        let master = try self.master(Fixture.hasty)
        #expect(master.ask("gate") == "PASSED")
        #expect(eventually { self.stopBetweenRenewals(master) })
        #expect(eventually { self.leaseAge() > Fixture.hasty.stepDown })
        let thief = try Database(path: self.directory.file("lease.db"), access: .readWrite, busyTimeoutMs: 2000)
        try thief.execute("UPDATE lease SET epoch = 2, holder = 'thief', instance = '00000000000000ff'")
        thief.close()
        master.signal(SIGCONT)
        master.tell("gate")
        #expect(master.hasSaid("CLOSED"))
        #expect(master.hasSaid("STEPDOWN superseded"))
        #expect(master.ask("dispatch") == "DISPATCH false")
        #expect(master.lines.filter { $0 == "PASSED" }.count == 1, "only the one before")
    }

    @Test func aMasterWhoseElectorHangsEndsByItself() throws {
        let master = try self.master(Fixture.hasty, hangs: true)
        let standby = try self.standby(Fixture.hasty)
        #expect(master.hasSaid("STEPDOWN silent"))
        #expect(master.exitStatus() == 75)
        #expect(eventually { standby.root.gate != nil }, "and the standby has the locks at once")
        let log = try self.log(of: "master")
        for event in ["lease.late", "master.stepped_down", "master.exited"] { #expect(log.contains("event=\(event)")) }
        standby.elector.release()
    }

    @Test func twoProcessesStartedAtOnceMakeOneMaster() throws {
        let first = try ChildBroker("first", in: self.directory, times: Fixture.patient)
        let second = try ChildBroker("second", in: self.directory, times: Fixture.patient)
        #expect(eventually { first.lines.contains("MASTER 1") || second.lines.contains("MASTER 1") })
        let (master, other) = first.lines.isEmpty ? (second, first) : (first, second)
        #expect(master.ask("gate") == "PASSED")
        #expect(other.ask("gate")?.hasPrefix("CLOSED") == true)
        #expect(master.ask("release") == "RELEASED")
        #expect(other.hasSaid("MASTER 2"))
    }
}
