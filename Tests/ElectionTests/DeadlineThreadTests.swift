import CSystemCalls
import Synchronization
import Testing

@testable import Election

/// The deadline over an exit that only notes that it was called.
@Suite struct DeadlineThreadTests {
    private final class Exit: Sendable {
        let status = Atomic<Int32>(0)
        let at = Atomic<Int64>(0)

        func call(_ status: Int32) {
            if self.status.exchange(status, ordering: .relaxed) == 0 {
                self.at.store(sys_boot_time_ns(), ordering: .relaxed)
            }
        }
    }

    private func start(_ pulse: MasterPulse, exitAfter: Duration) throws -> Exit {
        let exit = Exit()
        try DeadlineThread.start(pulse: pulse, exitAfter: exitAfter, status: 75) { exit.call($0) }
        return exit
    }

    @Test(arguments: [false, true])
    func aMasterThatProvesNothingEndsAtTheExitTime(isSteppingDown: Bool) throws {
        let pulse = MasterPulse()
        let begin = sys_boot_time_ns()
        pulse.markGood(start: BootInstant(nanoseconds: begin), runTime: pulse.runTime)
        pulse.begin(Epoch(1))
        if isSteppingDown { #expect(pulse.beginSteppingDown()) }
        let exit = try self.start(pulse, exitAfter: .milliseconds(400))
        #expect(eventually { exit.status.load(ordering: .relaxed) == 75 })
        #expect(exit.at.load(ordering: .relaxed) - begin > 400_000_000)
        pulse.release()
    }

    @Test func aMasterThatBeatsLivesOn() throws {
        let pulse = MasterPulse()
        pulse.begin(Epoch(1))
        let exit = try self.start(pulse, exitAfter: .milliseconds(400))
        #expect(
            eventually {
                pulse.markGood(start: BootInstant(nanoseconds: sys_boot_time_ns()), runTime: pulse.runTime)
                return pulse.runTime > 1_200_000_000
            })
        #expect(exit.status.load(ordering: .relaxed) == 0)
        pulse.release()
    }

    @Test func nobodyButAMasterHasADeadline() throws {
        let idle = MasterPulse()
        let released = MasterPulse()
        released.begin(Epoch(1))
        released.release()
        let exits = [
            try self.start(idle, exitAfter: .milliseconds(80)), try self.start(released, exitAfter: .milliseconds(80)),
        ]
        #expect(eventually { idle.runTime > 400_000_000 })
        #expect(exits.allSatisfy { $0.status.load(ordering: .relaxed) == 0 })
        idle.release()
    }
}

@Suite struct MasterPulseTests {
    @Test func oneCallerEndsTheMastership() {
        let pulse = MasterPulse()
        #expect(!pulse.beginSteppingDown(), "not master yet")
        pulse.begin(Epoch(3))
        #expect(pulse.epoch == Epoch(3))
        #expect(pulse.beginSteppingDown())
        #expect(!pulse.beginSteppingDown())
        #expect(pulse.phase == .steppingDown)
    }

    @Test func silenceCountsRunTimeOnly() {
        let pulse = MasterPulse()
        pulse.addRunTime(100)
        pulse.markGood(start: BootInstant(nanoseconds: 1), runTime: 100)
        #expect(pulse.silence == 0)
        pulse.addRunTime(50)
        #expect(pulse.silence == 50)
    }
}
