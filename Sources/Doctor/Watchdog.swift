import Election
import Synchronization

/// Names the step that hangs, and ends the process: file calls on a dead server come back never, and no thread that is
/// in one can be stopped.
final class Watchdog: Sendable {
    private struct Step {
        let name: String
        let deadline: BootInstant
    }

    /// Guards the step that is under way.
    private let step = Mutex<Step?>(nil)
    private let limit: Duration
    private let expired: @Sendable (String) -> Void

    /// - Parameter expired: called on the watchdog's thread with the name of the step; is to end the process.
    init(limit: Duration, expired: @escaping @Sendable (String) -> Void) {
        self.limit = limit
        self.expired = expired
    }

    func start() throws(SystemFailure) {
        try PosixThread.start(name: "doctor-watchdog", stackBytes: 1 << 19) {
            while true {
                DoctorClock.pause(microseconds: 100_000)
                let late = self.step.withLock { step -> String? in
                    guard let step, DoctorClock.now() >= step.deadline else { return nil }
                    return step.name
                }
                if let late {
                    self.expired(late)
                    return
                }
            }
        }
    }

    /// The calls in `body` may take as long as the limit, together.
    func during<Value, Failure: Error>(
        _ name: String, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let before = self.step.withLock { step -> Step? in
            defer { step = Step(name: name, deadline: DoctorClock.now().advanced(by: self.limit)) }
            return step
        }
        defer { self.step.withLock { $0 = before } }
        return try body()
    }
}
