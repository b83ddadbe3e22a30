import Election
import Glibc
import Synchronization

/// Examines whether two brokers are safe on a directory: alone, or together with a second doctor on another host.
///
/// Everything is tried in `DIR/doctor`, and nothing of it is left behind: not after a failure, and not after SIGINT,
/// SIGTERM or SIGHUP. In a directory that brokers use, nothing is tried at all.
package final class Doctor: Sendable {
    package struct Options: Sendable {
        package var directory: String
        package var name: String
        /// The doctor on the other host; nil to examine this host alone.
        package var peer: String?
        package var isJSON = false
        /// The power of this host is to be cut while the peer measures.
        package var isToBeCut = false
        /// How long to wait for the peer to come.
        package var wait = Duration.seconds(120)
        /// How long the operator has for the cut, and the locks to be freed after it.
        package var cutWait = Duration.seconds(300)
        /// What the file calls of one step may take.
        package var limit = Duration.seconds(30)
        /// Program and arguments of a helper process; its scratch directory is added.
        package var helper: [String]
        /// What is under way, for people.
        package var tell: @Sendable (String) -> Void = { StandardStreams.tell("doctor: \($0)") }

        package init(directory: String, name: String, peer: String? = nil, helper: [String]) {
            self.directory = directory
            self.name = name
            self.peer = peer
            self.helper = helper
        }
    }

    /// A report to print, and the status to end with.
    struct Outcome: Sendable {
        let text: String
        let status: Int32
    }

    let options: Options
    let session: String
    let scratch: Scratch
    let helpers = Helpers()
    let watchdog: Watchdog
    private let ending: Ending

    package init(_ options: Options) throws(DoctorError) {
        guard BrokerIdentity.isValidName(options.name) else {
            throw .usage(
                "the name \"\(options.name)\" is not 1 to 64 letters, digits, dots, dashes and underscores; choose one "
                    + "with --name NAME")
        }
        if let peer = options.peer {
            guard BrokerIdentity.isValidName(peer) else { throw .usage("the peer's name \"\(peer)\" is no name") }
            guard peer != options.name else {
                throw .usage("--peer \(peer) is this doctor's own name; give each a name of its own with --name NAME")
            }
        } else if options.isToBeCut {
            throw .usage("--cut needs a --peer that measures when the locks are freed")
        }
        self.options = options
        self.session = InstanceID(DoctorClock.randomNumber()).description
        let scratch = Scratch(in: options.directory, name: options.name, session: self.session)
        self.scratch = scratch
        let ending = Ending()
        self.ending = ending
        self.watchdog = Watchdog(limit: options.limit) { step in Self.hang(step, options, ending) }
    }

    /// Examines, prints the report, and cleans up. Blocks the calling thread for as long as it takes.
    ///
    /// - Returns: The exit status.
    /// - Throws: ``DoctorError`` where nothing could be examined at all.
    package func run() throws(DoctorError) -> Int32 {
        defer { self.ending.waitForOther() }
        try self.prepare()
        let directory = self.options.directory
        let verdict: FileSystemVerdict
        let identity: BrokerIdentity
        let use: DirectoryUse
        do throws(SystemFailure) {
            (verdict, identity, use) = try self.watchdog.during("looking at \(directory)") { () throws(SystemFailure) in
                (
                    try FileSystemVerdict.of(directory), try BrokerIdentity.ofThisProcess(name: self.options.name),
                    try DirectoryUse.look(at: directory)
                )
            }
        } catch {
            throw .unusable(error)
        }
        let facts = HostFacts(
            label: self.options.name, host: identity.host, bootID: identity.process.bootID, verdict: verdict)
        if use.isInUse { return self.print(self.outcome(self.lookedAt(use, facts))) }
        return try self.practise(identity, facts, verdict)
    }

    private func practise(
        _ identity: BrokerIdentity, _ facts: HostFacts, _ verdict: FileSystemVerdict
    ) throws(DoctorError) -> Int32 {
        do throws(SystemFailure) {
            try self.watchdog.during("making \(self.scratch.directory)") { () throws(SystemFailure) in
                try self.scratch.open()
            }
        } catch {
            throw .unusable(error)
        }
        defer { self.clean() }
        let desk = PeerDesk(self.record(identity), scratch: self.scratch)
        defer { self.watchdog.during("closing \(desk.path)") { desk.close() } }
        let lobby = PeerLobby(
            scratch: self.scratch, desk: desk, watchdog: self.watchdog, own: self.record(identity),
            tell: self.options.tell)
        let practice = Practice(doctor: self, lobby: lobby, facts: facts, verdict: verdict)
        return self.print(try practice.run())
    }

    /// The report comes before the cleaning, which may hang.
    private func print(_ outcome: Outcome) -> Int32 {
        guard self.ending.report(outcome.status) else { return outcome.status }
        StandardStreams.print(outcome.text)
        return outcome.status
    }

    func outcome(_ report: DoctorReport) -> Outcome {
        Outcome(text: self.options.isJSON ? report.json + "\n" : report.text, status: report.status)
    }

    // MARK: Private

    private func prepare() throws(DoctorError) {
        let directory = self.options.directory
        do throws(SystemFailure) {
            try self.watchdog.start()
            let isDirectory = try self.watchdog.during("looking at \(directory)") { () throws(SystemFailure) in
                try ProbeFile.isDirectory(directory)
            }
            guard isDirectory == true else {
                throw SystemFailure("opendir", directory, isDirectory == nil ? ENOENT : ENOTDIR)
            }
            try EndSignals.catchAll { number in
                self.ending.begin()
                self.helpers.close()
                self.clean()
                EndSignals.exitNow(128 + number)
            }
        } catch {
            switch error.errorNumber {
            case ENOENT: throw .noDirectory(directory)
            case ENOTDIR: throw .notADirectory(directory)
            default: throw .unusable(error)
            }
        }
    }

    private func record(_ identity: BrokerIdentity) -> PeerRecord {
        PeerRecord(
            session: self.session, name: self.options.name, wanted: self.options.peer ?? "",
            isToBeCut: self.options.isToBeCut, host: identity.host, bootID: identity.process.bootID)
    }

    private func clean() {
        let left = self.watchdog.during("removing \(self.scratch.directory)") { self.scratch.clean() }
        if !left.isEmpty { self.options.tell("could not be removed: \(left.joined(separator: ", "))") }
    }

    /// Called on the watchdog's thread: nothing here may touch the file system.
    private static func hang(_ step: String, _ options: Options, _ ending: Ending) {
        let seconds = options.limit.wholeMilliseconds / 1000
        let why = "\(step) has not returned for \(seconds) s: the storage hangs"
        let status: Int32 = 74
        let reported = ending.reported
        if reported == nil && options.isJSON {
            StandardStreams.print(
                JSONText.object([
                    ("format", .number(1)), ("mode", .text(options.peer == nil ? "alone" : "peer")), ("safe", .null),
                    ("because", .array([.text(why)])), ("directory", .text(options.directory)),
                ]).text + "\n")
        } else if reported == nil {
            StandardStreams.print("safe for two brokers: not known, because \(why)\n")
        }
        options.tell("\(why); files may be left in \(options.directory)/\(Scratch.directoryName)")
        EndSignals.exitNow(reported ?? status)
    }

    private func lookedAt(_ use: DirectoryUse, _ facts: HostFacts) -> DoctorReport {
        let users = use.users.map { "\($0.name) on \($0.host) (process \($0.pid), by its \($0.evidence))" }
        var why = users.isEmpty ? "its lock is held" : "brokers use it: \(users.joined(separator: ", "))"
        if users.isEmpty && !use.holderLine.isEmpty { why += " by the broker that wrote \"\(use.holderLine)\"" }
        let held =
            switch use.isLockHeld {
            case true?: "lock.posix is held, and this host sees it"
            case false?:
                users.isEmpty ? "lock.posix is free" : "lock.posix is free as this host sees it, although a broker runs"
            case nil: "lock.posix cannot be asked for"
            }
        let finding = Finding(
            .use, facts.label, .info, "\(why); \(held); nothing was tried",
            ["brokers": .number(Int64(use.users.count)), "lock_seen": .number(use.isLockHeld == true ? 1 : 0)])
        let evidence = Judgement.Evidence(
            findings: [finding], locks: [:], hosts: [facts], cause: nil, hasPeer: self.options.peer != nil,
            interruption: .noPeer("\(self.options.directory) is in use (\(why)), so that nothing was tried"))
        var judgement = Judgement(evidence)
        judgement.remedies.append(
            "examine another directory of the same mount, or stop the brokers; lockkeeper status shows them")
        return DoctorReport(
            mode: .looked, directory: self.options.directory, name: self.options.name, peer: self.options.peer,
            hosts: [facts], findings: [finding], judgement: judgement, cause: nil, interruption: nil)
    }
}

/// Who ends the process, of the thread that examines and those that cut it short: exactly one prints and exits.
final class Ending: Sendable {
    private struct State {
        var hasBegun = false
        var reported: Int32?
    }

    /// Guards who was first.
    private let state = Mutex(State())

    /// The status of the report that was printed; nil where none was.
    var reported: Int32? { self.state.withLock { $0.reported } }

    /// A signal ends the process from now on.
    func begin() { self.state.withLock { $0.hasBegun = true } }

    /// False: another thread ends the process, and there is nothing to print any more.
    func report(_ status: Int32) -> Bool {
        self.state.withLock { state in
            if !state.hasBegun { state.reported = status }
            return !state.hasBegun
        }
    }

    /// Does not return where another thread is ending the process.
    func waitForOther() {
        while self.state.withLock({ $0.hasBegun }) { DoctorClock.pause(microseconds: 1_000_000) }
    }
}
