import Glibc
import SQLite
import TestSupport
import Testing

@testable import Election

/// Taking over from real processes that keep their locks.
@Suite struct EscapeProcessTests {
    private let directory = TemporaryDirectory()

    private func rescuer() throws -> BrokerIdentity { try .ofThisProcess(name: "rescuer") }

    /// Killed in the middle of its term; another process keeps both locks, as a server does for a host that is gone.
    private func leaveLocksBehind() throws -> ChildProcess {
        let master = try ChildBroker("master", in: self.directory, times: Fixture.hasty)
        #expect(master.hasSaid("MASTER 1"))
        #expect(master.ask("gate") == "PASSED")
        master.signal(SIGKILL)
        #expect(master.exitStatus() == nil)
        let holder = try ChildProcess(
            ChildProcess.builtProgram("lock-holder"),
            [self.directory.file(LockFiles.flockName), self.directory.file(LockFiles.posixName)])
        #expect(holder.readLine() == "HELD")
        return holder
    }

    @Test func aStandbyServesAlthoughTheOldLocksAreHeldForEver() throws {
        StoreImage.withLog.put(into: self.directory)
        let holder = try self.leaveLocksBehind()
        let standby = try Standby("standby", in: self.directory, times: Fixture.hasty)
        #expect(standby.isRefused)
        #expect(standby.root.gate == nil)

        let escape = StaleLockEscape(directory: self.directory.path, broker: try self.rescuer())
        let plan = try escape.inspect(.now { _ in })
        #expect(plan.party?.broker == "master")
        #expect(plan.life == .gone)
        #expect(plan.processesHere == [holder.pid])
        #expect(plan.silence >= Fixture.hasty.takeOver)
        let report = try escape.perform(plan)

        #expect(standby.isMaster)
        let term = try #require(standby.root.terms.first)
        #expect(term.epoch > report.epoch)
        #expect(term.previous?.holder.name == "master", "the lease came along")
        try standby.root.gate?.pass()
        let relocated = try StoreRelocation(directory: self.directory.path).perform(under: term.epoch)
        #expect(relocated == nil || relocated?.kept.contains("broker.db.stale-\(term.epoch)") == true)
        #expect(try StoreImage.rows(self.directory) == StoreImage.withLog.rows)
        standby.elector.release()
        holder.kill()
        // Who comes after that finds nothing left of it.
        let next = try Standby("next", in: self.directory, times: Fixture.hasty)
        #expect(next.isMaster)
    }

    /// A third broker's record allows a longer silence than the standby's own settings.
    @Test func aStandingOrderThatCameTooEarlyIsTriedAgain() throws {
        let holder = try self.leaveLocksBehind()
        let patient = Fixture.broker("patient", instance: 8)
        var times = Fixture.hasty
        times.takeOver = .seconds(4)
        var file = BeatFile(dataDirectory: self.directory.path, broker: patient)
        try file.write(
            BeatRecord(
                broker: patient, state: .stopped, epoch: .none, counter: 1, times: times, wallMilliseconds: 1))
        let standby = try Standby("standby", in: self.directory, times: Fixture.hasty, policy: .takeover)
        #expect(standby.isMaster)
        let refusals = standby.log.lines.filter { $0.metadata["event"] == "lock.escape_refused" }
        #expect(refusals.count == 1 && refusals.first?.message.contains("may be silent for 4 s") == true)
        #expect(standby.log.lines(of: .lockEscaped).count == 1)
        #expect(standby.root.terms.first?.previous?.holder.name == "master")
        holder.kill()
    }

    /// Its host is this one, so the test has to lift the rule against that.
    @Test func aHolderThatOnlySleptIsDeposedAtItsFirstGate() throws {
        let master = try ChildBroker("master", in: self.directory, times: Fixture.hasty)
        #expect(master.hasSaid("MASTER 1"))
        master.tell("serving")
        #expect(master.ask("gate") == "PASSED")
        master.signal(SIGSTOP)
        let standby = try Standby("standby", in: self.directory, times: Fixture.hasty)
        #expect(standby.isRefused)

        var rules = EscapeRules()
        let strict = StaleLockEscape(directory: self.directory.path, broker: try self.rescuer(), rules: rules)
        #expect(throws: EscapeRefusal.self) { try strict.inspect(.done(silence: .seconds(60), of: nil)) }
        rules.mayBeProcessHere = true
        let escape = StaleLockEscape(directory: self.directory.path, broker: try self.rescuer(), rules: rules)
        let plan = try escape.inspect(.now { _ in })
        #expect(plan.life == .stopped)
        _ = try escape.perform(plan)
        #expect(standby.isMaster)
        try standby.root.gate?.pass()

        master.signal(SIGCONT)
        master.tell("gate")
        #expect(master.hasSaid("CLOSED"))
        #expect(master.hasSaid("STEPDOWN"))
        #expect(master.ask("dispatch") == "DISPATCH false")
        #expect(master.lines.filter { $0 == "PASSED" }.count == 1, "only the one before")
        try standby.root.gate?.pass()
        #expect(standby.root.stepDowns.isEmpty)
    }

    /// As above, and it was stopped while it had its lease locked for a renewal.
    @Test func aHolderStoppedInTheMiddleOfARenewalKeepsNobodyFromTheNewLease() throws {
        let master = try ChildBroker("master", in: self.directory, times: Fixture.hasty)
        #expect(master.hasSaid("MASTER 1"))
        #expect(eventually { self.stopInARenewal(master) }, "it beats every 20 ms")
        var rules = EscapeRules()
        rules.mayBeProcessHere = true
        let escape = StaleLockEscape(directory: self.directory.path, broker: try self.rescuer(), rules: rules)
        _ = try escape.perform(escape.inspect(.now { _ in }))
        let standby = try Standby("standby", in: self.directory, times: Fixture.hasty)
        #expect(standby.isMaster)
        #expect(
            eventually {
                if case .row(let row) = LeaseReader.look(in: self.directory.path) {
                    return row.holder.name == "standby"
                } else {
                    return false
                }
            })
        master.signal(SIGCONT)
        #expect(master.hasSaid("STEPDOWN"))
        try standby.root.gate?.pass()
    }

    private func stopInARenewal(_ master: ChildBroker) -> Bool {
        master.signal(SIGSTOP)
        if case .unclear = LeaseReader.look(in: self.directory.path) { return true }
        master.signal(SIGCONT)
        return false
    }
}
