import CSystemCalls
import Glibc
import Logging
import Synchronization
import TestSupport

@testable import Election

/// A clock that stands still until it is moved.
final class ManualClock: ElectionClock {
    private let nanoseconds = Atomic<Int64>(1_000_000_000_000)
    private let wall = Atomic<Int64>(1_770_000_000_000)

    func now() -> BootInstant { BootInstant(nanoseconds: self.nanoseconds.load(ordering: .relaxed)) }
    func wallMilliseconds() -> Int64 { self.wall.load(ordering: .relaxed) }

    func advance(by duration: Duration) {
        self.nanoseconds.wrappingAdd(duration.wholeNanoseconds, ordering: .relaxed)
        self.wall.wrappingAdd(duration.wholeMilliseconds, ordering: .relaxed)
    }
}

enum Fixture {
    /// Fast beats and the deadlines of a real installation: nothing here may end because the machine is busy.
    static let patient = ElectionTimes(
        beat: .milliseconds(20), warn: .seconds(10), stepDown: .seconds(20), exit: .seconds(30), takeOver: .seconds(40))

    /// For tests that wait for the deadlines themselves.
    static let hasty = ElectionTimes(
        beat: .milliseconds(20), warn: .milliseconds(300), stepDown: .milliseconds(1000), exit: .milliseconds(2000),
        takeOver: .milliseconds(2500))

    static func settings(
        _ times: ElectionTimes = Self.patient, servingLimit: Duration = .seconds(60)
    ) throws -> ElectionSettings {
        try ElectionSettings(times: times, servingLimit: servingLimit)
    }

    static func broker(_ name: String, instance: UInt64 = 1, pid: Int32 = 4711) -> BrokerIdentity {
        BrokerIdentity(
            name: name, instance: InstanceID(instance), host: "host-\(name)",
            process: ProcessPlace(bootID: "boot", pidNamespace: "pid:[1]", pid: pid, startedTicks: 99))
    }

    static func lease(
        _ epoch: Int64, _ broker: BrokerIdentity, phase: LeaseRow.Phase = .acquired, counter: Int64 = 0,
        times: ElectionTimes = Self.patient
    ) -> LeaseRow {
        LeaseRow(
            epoch: Epoch(epoch), holder: broker, phase: phase, acquiredAtMilliseconds: 1_770_000_000_000,
            renewedAtMilliseconds: 1_770_000_000_001, counter: counter, times: times)
    }
}

/// SplitMix64: the same seed gives the same chance.
struct SeededChance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// Waits until `condition` holds, looking every millisecond; false after ten seconds.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let clock = SystemElectionClock()
    let end = clock.now().advanced(by: .seconds(10))
    while clock.now() < end {
        if try condition() { return true }
        usleep(1000)
    }
    return try condition()
}

/// Keeps the log lines of a test.
final class LogBook: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]
    }

    /// Guards the lines, which several threads write.
    private let kept = Mutex<[Line]>([])

    var lines: [Line] { self.kept.withLock { $0 } }

    func lines(of event: ElectionEvent.Name) -> [Line] {
        self.lines.filter { $0.metadata["event"] == event.rawValue }
    }

    var logger: Logger { Logger(label: "test") { _ in Handler(book: self) } }

    fileprivate func keep(_ line: Line) { self.kept.withLock { $0.append(line) } }

    private struct Handler: LogHandler {
        let book: LogBook
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let merged = self.metadata.merging(event.metadata ?? [:]) { _, new in new }
            self.book.keep(
                Line(level: event.level, message: "\(event.message)", metadata: merged.mapValues { "\($0)" }))
        }
    }
}

/// A composition root that notes what it is told.
final class Root: ElectionDelegate {
    struct Notes {
        var fence: Epoch?
        var fenceProof = FenceProof.ours
        var terms: [Term] = []
        var gate: CommitGate?
        var stepDowns: [StepDownReason] = []
    }

    /// Guards the notes: the elector's threads and the test write them.
    private let notes: Mutex<Notes>
    private let onMaster: @Sendable () -> Void

    init(fence: Epoch? = nil, onMaster: @escaping @Sendable () -> Void = {}) {
        self.notes = Mutex(Notes(fence: fence))
        self.onMaster = onMaster
    }

    var terms: [Term] { self.notes.withLock { $0.terms } }
    var gate: CommitGate? { self.notes.withLock { $0.gate } }
    var stepDowns: [StepDownReason] { self.notes.withLock { $0.stepDowns } }
    func answer(_ proof: FenceProof) { self.notes.withLock { $0.fenceProof = proof } }

    func fenceEpoch() -> Epoch? { self.notes.withLock { $0.fence } }

    func becomeMaster(_ term: Term, gate: CommitGate) {
        self.notes.withLock {
            $0.terms.append(term)
            $0.gate = gate
        }
        self.onMaster()
    }

    func proveFence(_ epoch: Epoch) -> FenceProof { self.notes.withLock { $0.fenceProof } }
    func stepDown(_ reason: StepDownReason) { self.notes.withLock { $0.stepDowns.append(reason) } }
}

/// One of the two locks, held by some other program for as long as this lives.
final class ForeignLock {
    private let file: FileHandle
    let isGranted: Bool

    init(_ name: String, in directory: TemporaryDirectory) throws {
        let file = try FileHandle.open(directory.file(name), O_RDWR | O_CREAT)
        let answer = name == LockFiles.flockName ? sys_flock_try(file.descriptor) : sys_ofd_try(file.descriptor)
        self.file = file
        self.isGranted = answer == 0
    }
}

/// Something that happens beside a test that blocks. A thread of its own: the tests' threads are few, and blocked ones
/// would keep each other from running.
final class Companion: Sendable {
    private let done: Signal

    init(_ body: @escaping @Sendable () -> Void) throws {
        let done = try Signal()
        self.done = done
        try PosixThread.start(name: "companion", stackBytes: 1 << 20) {
            body()
            done.raise()
        }
    }

    func finish() { self.done.await(atMost: .seconds(20)) }
}
