// A broker without a broker: an elector in a process of its own, for tests that stop, kill and hang it.
//
//     ElectionHelper DIRECTORY NAME BEAT WARN STEP_DOWN EXIT TAKE_OVER [hang]     times in milliseconds
//
// Says on standard output: `MASTER epoch`, `STEPDOWN code`, and the answers to the commands on standard input:
// `gate` -> `PASSED` or `CLOSED reason`; `dispatch` -> `DISPATCH true|false`; `release` -> `RELEASED`, and ends.
// With `hang` the elector's thread never returns from becoming master. Log lines go to standard error.

import Election
import Glibc
import Logging
import Synchronization

final class HelperRoot: ElectionDelegate {
    /// Guards the gate, which the elector's thread sets and the main thread uses.
    private let held = Mutex<CommitGate?>(nil)
    private let hangs: Bool

    init(hangs: Bool) { self.hangs = hangs }

    var gate: CommitGate? { self.held.withLock { $0 } }

    func fenceEpoch() -> Epoch? { nil }

    func becomeMaster(_ term: Term, gate: CommitGate) {
        self.held.withLock { $0 = gate }
        say("MASTER \(term.epoch)")
        while self.hangs { pause() }
    }

    func proveFence(_ epoch: Epoch) -> FenceProof { .unknown }
    func stepDown(_ reason: StepDownReason) { say("STEPDOWN \(reason.code)") }
}

func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

func run() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 8 else {
        say("usage: ElectionHelper DIRECTORY NAME BEAT WARN STEP_DOWN EXIT TAKE_OVER [hang]")
        exit(64)
    }
    let times = arguments[3...7].map { Duration.milliseconds(Int64($0) ?? 0) }
    let settings = try ElectionSettings(
        times: ElectionTimes(beat: times[0], warn: times[1], stepDown: times[2], exit: times[3], takeOver: times[4]))
    let root = HelperRoot(hangs: arguments.last == "hang")
    let logger = Logger(label: "helper") { StreamLogHandler.standardError(label: $0) }
    let elector = try Elector(
        Elector.Configuration(directory: arguments[1], brokerName: arguments[2], settings: settings, logger: logger),
        delegate: root)
    try elector.start()
    let clock = SystemElectionClock()
    while let line = readLine() {
        switch line {
        case "serving": elector.servingStarted()
        case "dispatch": say("DISPATCH \(root.gate?.dispatchAllowed(at: clock.now()) ?? false)")
        case "gate":
            do throws(GateClosed) {
                guard let gate = root.gate else { throw .notMaster }
                try gate.pass()
                say("PASSED")
            } catch {
                say("CLOSED \(error)")
            }
        case "release":
            elector.release()
            say("RELEASED")
            return
        default: say("unknown command \(line)")
        }
    }
}

do {
    try run()
} catch {
    say("ERROR \(error)")
    exit(70)
}
