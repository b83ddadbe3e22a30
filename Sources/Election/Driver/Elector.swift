import CSystemCalls
import Glibc
package import Logging
import Synchronization

/// Why a broker cannot take part in an election at all. Each description is one line that names thing and remedy.
package enum ElectionError: Error, Hashable, Sendable, CustomStringConvertible {
    case badName(String)
    case noDirectory(String)
    case notADirectory(String)
    case unusableDirectory(SystemFailure)
    case newerLease(String)
    /// A master's process would outlive the server's lease on its lock.
    case exitAfterServerLease(exit: Duration, lease: Duration)
    case system(SystemFailure)

    package var description: String {
        switch self {
        case .badName(let name):
            "the broker name \"\(name)\" cannot be used: 1 to 64 letters, digits, dots, underscores or hyphens, and no "
                + "dot first"
        case .noDirectory(let path): "the data directory \(path) does not exist: create it, or name another"
        case .notADirectory(let path): "\(path) is not a directory: name another data directory"
        case .unusableDirectory(let failure):
            "the data directory cannot be used: \(failure): check the mount and the permissions of this user"
        case .newerLease(let text): text
        case .exitAfterServerLease(let exit, let lease):
            "exit (\(exit.wholeMilliseconds) ms) must be shorter than the NFSv4 server's lease "
                + "(\(lease.wholeMilliseconds) ms), after which the server gives a silent master's lock to another: lower "
                + "--exit-after, or raise the server's lease and say so with --nfs4-lease"
        case .system(let failure): failure.description
        }
    }
}

/// This broker's part in the election of one directory's master: a thread that owns locks, beats and lease, a watch,
/// and a deadline.
///
/// One elector stands for one candidacy: after it stepped down or was released, another is made.
package final class Elector: Sendable {
    package struct Configuration: Sendable {
        /// Must exist.
        package var directory: String
        package var brokerName: String
        package var settings: ElectionSettings
        package var logger: Logger
        /// What an earlier candidacy of this process knew: see ``Elector/knownEpoch``.
        package var knownEpoch = Epoch.none
        /// Of the process, so that its counters survive a new candidacy.
        package var meter = ElectionMeter()
        var clock: any ElectionClock = SystemElectionClock()
        var exit: @Sendable (Int32) -> Void = { sys_exit_now($0) }

        package init(directory: String, brokerName: String, settings: ElectionSettings, logger: Logger) {
            self.directory = directory
            self.brokerName = brokerName
            self.settings = settings
            self.logger = logger
        }
    }

    /// What other threads ask of the elector's.
    private struct Mail {
        var servingStarted = false
        var startingProgressed = false
        var storeFailure: String?
        var queues: [QueueSummary]?
        var beatNow = false
        var gateClosed: GateClosed?
        var release = false
    }

    package let broker: BrokerIdentity
    package let verdict: FileSystemVerdict
    private let configuration: Configuration
    private let delegate: any ElectionDelegate
    private let pulse = MasterPulse()
    private let journal: EventJournal
    private let end: MasterEnd
    private let wake: Signal
    private let finished: Signal
    /// Guards the mail to the elector's thread.
    private let mail = Mutex(Mail())
    /// Guards the picture for other threads.
    private let picture: Mutex<ElectionSnapshot>
    /// The elector's thread, once it runs, as a number.
    private let thread = Atomic<UInt>(0)
    private let isStarted = Atomic<Bool>(false)
    private let knownEpochValue: Atomic<Int64>

    /// The highest epoch that this process ever saw in the directory, for its next candidacy.
    package var knownEpoch: Epoch { Epoch(self.knownEpochValue.load(ordering: .relaxed)) }

    /// Looks at the directory without writing anything to it.
    ///
    /// - Throws: ``ElectionError`` for a directory in which this broker could never become master.
    package init(_ configuration: Configuration, delegate: any ElectionDelegate) throws(ElectionError) {
        guard BrokerIdentity.isValidName(configuration.brokerName) else { throw .badName(configuration.brokerName) }
        let verdict = try Self.look(at: configuration.directory)
        let (exit, lease) = (configuration.settings.times.exit, configuration.settings.serverLease)
        guard verdict.kind != .nfs4 || exit < lease else { throw .exitAfterServerLease(exit: exit, lease: lease) }
        self.verdict = verdict
        do throws(SystemFailure) {
            self.broker = try BrokerIdentity.ofThisProcess(name: configuration.brokerName)
            self.wake = try Signal()
            self.finished = try Signal()
        } catch {
            throw .system(error)
        }
        self.configuration = configuration
        self.knownEpochValue = Atomic(configuration.knownEpoch.rawValue)
        self.delegate = delegate
        self.journal = EventJournal(
            logger: configuration.logger, broker: self.broker, clock: configuration.clock, meter: configuration.meter)
        self.end = MasterEnd(
            pulse: self.pulse, journal: self.journal, delegate: delegate, verdict: verdict)
        self.picture = Mutex(
            ElectionSnapshot(role: .standby, broker: self.broker, lease: nil, at: configuration.clock.now()))
    }

    private static func look(at directory: String) throws(ElectionError) -> FileSystemVerdict {
        var about = stat()
        guard stat(directory, &about) == 0 else {
            let number = errno
            if number == ENOENT { throw .noDirectory(directory) }
            throw .unusableDirectory(SystemFailure("stat", directory, number))
        }
        guard about.st_mode & S_IFMT == S_IFDIR else { throw .notADirectory(directory) }
        if case .newer(let text) = LeaseReader.look(in: directory) { throw .newerLease(text) }
        do throws(SystemFailure) {
            return try FileSystemVerdict.of(directory)
        } catch {
            throw .unusableDirectory(error)
        }
    }

    /// Opens the lock files, making them in a new directory, and starts the threads: the first try at the locks
    /// follows at once.
    ///
    /// - Throws: ``ElectionError/unusableDirectory(_:)`` where the lock files cannot be made or written, such as on a
    ///   read-only disk.
    package func start() throws(ElectionError) {
        guard !self.isStarted.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let directory: DataDirectory
        do throws(SystemFailure) {
            directory = try DataDirectory(
                path: self.configuration.directory, broker: self.broker, verdict: self.verdict,
                clock: self.configuration.clock)
        } catch {
            throw .unusableDirectory(error)
        }
        self.sayVerdict()
        let handover = Handover(directory)
        let times = self.configuration.settings.times
        do throws(SystemFailure) {
            try DeadlineThread.start(
                pulse: self.pulse, exitAfter: times.exit, status: self.configuration.settings.exitStatus,
                exit: self.configuration.exit)
            try MasterWatch(
                pulse: self.pulse, journal: self.journal, end: self.end, times: times, verdict: self.verdict
            ).start()
            try PosixThread.start(name: "lk-elector", stackBytes: 1 << 20) { self.run(handover) }
        } catch {
            self.pulse.release()
            throw .system(error)
        }
    }

    private func sayVerdict() {
        var fields: Logger.Metadata = ["event": "file_system.verdict"]
        for field in self.verdict.fields { fields[field.key] = "\(field.value)" }
        self.journal.say(.info, "data directory on \(self.verdict.kind.rawValue)", fields)
        for warning in self.verdict.refusals + self.verdict.warnings {
            self.journal.say(
                .warning, "the file system of the data directory: \(warning)", ["event": "file_system.unsafe"])
        }
    }
}

// MARK: - For the composition root, from any thread

extension Elector {
    /// The connectors are open.
    package func servingStarted() { self.post { $0.servingStarted = true } }

    /// Opening the store takes long for a good reason, and comes on: the time in which a master must serve starts anew.
    package func startingProgressed() { self.post { $0.startingProgressed = true } }

    /// The store cannot go on, and another broker may. Leads to ``ElectionDelegate/stepDown(_:)``.
    package func storeFailed(_ reason: String) { self.post { $0.storeFailure = $0.storeFailure ?? reason } }

    /// Replaces the figures in `queue_summary` with the next beat. Destinations that are not listed disappear.
    package func publish(_ queues: [QueueSummary]) { self.mail.withLock { $0.queues = queues } }

    /// Gives back lease and locks, so that a standby takes over at once, and returns when that is done.
    ///
    /// Only after the store is closed: the next master must not meet our last write. May be called at any time, also
    /// for a standby, and more than once; from the elector's own thread it returns at once.
    package func release() {
        self.post { $0.release = true }
        guard self.isStarted.load(ordering: .acquiring) else { return }
        guard UInt(pthread_self()) != self.thread.load(ordering: .relaxed) else { return }
        // Storage that hangs may keep this from ever being done. A master's deadline ends the process then; a standby
        // holds nothing, so that its caller need not wait for longer.
        let start = self.configuration.clock.now()
        while self.pulse.phase != .released {
            let waited = self.configuration.clock.now() - start
            if self.pulse.phase == .idle && waited > self.configuration.settings.times.exit { return }
            self.finished.await(atMost: .milliseconds(500))
        }
    }

    package func snapshot() -> ElectionSnapshot { self.picture.withLock { $0 } }

    private func post(_ change: (inout Mail) -> Void) {
        self.mail.withLock { change(&$0) }
        self.wake.raise()
    }
}

// MARK: - The elector's thread

extension Elector {
    /// Carries the directory to the thread that owns it from then on.
    private final class Handover: @unchecked Sendable {
        // Written before the thread starts, taken once by the thread itself.
        let directory: DataDirectory

        init(_ directory: DataDirectory) { self.directory = directory }
    }

    private func run(_ handover: Handover) {
        self.thread.store(UInt(pthread_self()), ordering: .relaxed)
        let core = self.makeCore(handover.directory)
        while true {
            let mail = self.mail.withLock { mail in
                defer { mail = Mail() }
                return mail
            }
            if let queues = mail.queues { core.publish(queues) }
            // Why the gate is shut says more than that the store failed at it.
            if let reason = mail.gateClosed { core.gateClosed(reason) }
            if let reason = mail.storeFailure { core.storeFailed(reason) }
            if mail.startingProgressed { core.startingProgressed() }
            if mail.servingStarted { core.servingStarted() }
            if mail.beatNow { core.wantBeat() }
            if mail.release { break }
            let pause = core.step()
            self.knownEpochValue.store(core.machine.knownEpoch.rawValue, ordering: .relaxed)
            if pause > .zero { self.wake.wait(atMost: pause) }
        }
        core.release()
        self.finished.raise()
    }

    /// What the operator has chosen for stale locks.
    private var standingOrder: StandingOrder? {
        let settings = self.configuration.settings
        guard settings.staleLockPolicy == .takeover else { return nil }
        var rules = EscapeRules()
        rules.serverLease = settings.serverLease
        return StandingOrder(
            escape: StaleLockEscape(
                directory: self.configuration.directory, broker: self.broker, rules: rules,
                clock: self.configuration.clock),
            journal: self.journal, pause: settings.times.takeOver)
    }

    private func makeCore(_ directory: DataDirectory) -> ElectorCore {
        let configuration = self.configuration
        let everyCommit = self.verdict.storeMode.locking == .exclusive
        return ElectorCore(
            ElectorCore.Parts(
                broker: self.broker, settings: configuration.settings, verdict: self.verdict,
                clock: configuration.clock, directory: directory, delegate: self.delegate, journal: self.journal,
                pulse: self.pulse, end: self.end,
                makeGate: { [pulse = self.pulse] (term) throws(SystemFailure) in
                    let proof = try directory.lockProof()
                    return CommitGate(
                        term: term, times: configuration.settings.times, looksAtEachCommit: everyCommit,
                        clock: configuration.clock, pulse: pulse, locks: { proof.check() },
                        openProbe: { () throws(LeaseError) in try LeaseProbe(directory: configuration.directory) },
                        alarm: { closed in
                            self.post { mail in
                                mail.beatNow = true
                                mail.gateClosed = mail.gateClosed ?? closed
                            }
                        })
                },
                life: { [here = self.broker.process] place in place.look(from: here) },
                show: { snapshot in self.picture.withLock { $0 = snapshot.following($0) } }, escape: self.standingOrder,
                knownEpoch: configuration.knownEpoch))
    }
}
