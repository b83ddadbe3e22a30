import Glibc
import Testing

@testable import Election

@Suite struct BrokerIdentityTests {
    @Test(arguments: [
        ("a", true), ("broker-1.eu_west", true), (String(repeating: "x", count: 64), true),
        ("", false), (".hidden", false), ("..", false), ("a/b", false), ("a b", false), ("ä", false), ("a\n", false),
        (String(repeating: "x", count: 65), false),
    ])
    func namesAreSafeAsFileNames(name: String, isValid: Bool) {
        #expect(BrokerIdentity.isValidName(name) == isValid)
    }

    @Test func thisProcessSeesItselfRunning() throws {
        let here = try ProcessPlace.ofThisProcess()
        #expect(here.pid == getpid())
        #expect(here.startedTicks > 0)
        #expect(here.look(from: here) == .running)
    }

    @Test func twoIdentitiesOfOneProcessDiffer() throws {
        let first = try BrokerIdentity.ofThisProcess(name: "a")
        let second = try BrokerIdentity.ofThisProcess(name: "a")
        #expect(first.instance != second.instance)
        #expect(first.process == second.process)
    }

    @Test func elsewhereNothingIsSeen() throws {
        let here = try ProcessPlace.ofThisProcess()
        let beforeBoot = ProcessPlace(
            bootID: "another", pidNamespace: here.pidNamespace, pid: here.pid, startedTicks: here.startedTicks)
        #expect(beforeBoot.look(from: here) == .notVisible)
        let container = ProcessPlace(
            bootID: here.bootID, pidNamespace: "pid:[0]", pid: here.pid, startedTicks: here.startedTicks)
        #expect(container.look(from: here) == .notVisible)
    }

    @Test func aProcessIdUsedAgainIsAnotherProcess() throws {
        let here = try ProcessPlace.ofThisProcess()
        let earlier = ProcessPlace(
            bootID: here.bootID, pidNamespace: here.pidNamespace, pid: here.pid, startedTicks: here.startedTicks - 1)
        #expect(earlier.look(from: here) == .gone)
    }

    @Test func stoppedAndEndedProcessesAreSeenAsSuch() throws {
        let here = try ProcessPlace.ofThisProcess()
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("60"), nil]
        defer { arguments.forEach { free($0) } }
        #expect(posix_spawnp(&pid, "sleep", nil, nil, &arguments, environ) == 0)
        let child = ProcessPlace(bootID: here.bootID, pidNamespace: here.pidNamespace, pid: pid, startedTicks: 0)
        #expect(child.look(from: here) == .running)
        kill(pid, SIGSTOP)
        #expect(eventually { child.look(from: here) == .stopped })
        kill(pid, SIGKILL)
        // Not yet waited for, it is a zombie: its locks are free already.
        #expect(eventually { child.look(from: here) == .gone })
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(child.look(from: here) == .gone)
    }

    @Test(arguments: [
        ("12 (a) b) c) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 0", Character("R"), Int64(4242)),
        ("12 (sleep) T 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 7", "T", 7),
    ])
    func processEntriesWithOddNamesAreRead(text: String, state: Character, ticks: Int64) {
        let entry = ProcessEntry(parsing: text)
        #expect(entry?.state == state)
        #expect(entry?.startedTicks == ticks)
    }

    @Test(arguments: ["", "12", "12 (sleep", "12 (sleep)", "12 (sleep) R 1 2"])
    func otherTextsAreNoProcessEntries(text: String) {
        #expect(ProcessEntry(parsing: text) == nil)
    }
}
