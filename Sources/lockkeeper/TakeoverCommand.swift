import ArgumentParser
import Election
import Glibc
import Server

struct TakeoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "takeover",
        abstract: "Take over from a broker whose host is gone, although its locks are still held.",
        discussion: """
            Only where nothing else frees the locks: an NFSv3 server keeps those of a
            host that lost its power until that host is up again. The command watches
            for as long as any broker of the directory may be silent, says who is
            presumed dead and why, asks, and then makes new lock files. A standby is
            granted them with its next try, copies the store to new files and serves.
            The old files stay, as *.stale-EPOCH, until you remove them.

            It refuses while anything of the holder moves, when its process is on this
            host, when the locks can be had, and when the file system itself will free
            them. The broker presumed dead, should it wake, steps down by itself and
            confirms nothing; a message that it wrote in its very last moment and had
            not confirmed may be missing.

            Brokers do the same by themselves with --stale-lock takeover.

            EXAMPLES
              lockkeeper takeover --data /shared/orders
              lockkeeper takeover --data /shared/orders --yes --json

            EXIT STATUS
              0   taken over
              64  standard input is no terminal, and --yes is missing
              66  the directory does not exist or was never used
              69  refused: the holder lives, or there is a better way; or not confirmed
              74  reading or writing failed: run it again
              75  too early, or another broker was faster: see lockkeeper status
              77  no permission
            """)

    @Option(help: ArgumentHelp("The directory that master and standby share.", valueName: "dir"))
    var data = "./data"

    @Flag(help: "Do not ask. Needed where standard input is no terminal.")
    var yes = false

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    @Option(
        name: .customLong("nfs4-lease"),
        help: ArgumentHelp(
            "After which the NFSv4 server of the data directory frees the locks of a dead host.", valueName: "time"))
    var nfs4Lease = TimeArgument(.seconds(90))

    func run() async throws {
        guard self.yes || isatty(STDIN_FILENO) == 1 else {
            throw StartError(
                .usage, "a take-over has to be confirmed, and standard input is no terminal: add --yes to go on without"
            )
        }
        let directory = try DataDirectory.existing(self.data)
        let escape = try self.escape(directory.path)
        let plan = try Self.unlessRefused { () throws(EscapeRefusal) in
            var display = ProgressDisplay()
            defer { display.end() }
            return try escape.inspect(.now { display.show($0) })
        }
        try self.confirm(plan)
        let report = try Self.unlessRefused { () throws(EscapeRefusal) in try escape.perform(plan) }
        self.show(report, plan)
    }

    private static func unlessRefused<Value>(
        _ body: () throws(EscapeRefusal) -> Value
    ) throws(StartError) -> Value {
        do throws(EscapeRefusal) {
            return try body()
        } catch {
            throw StartError(error)
        }
    }

    private func escape(_ directory: String) throws(StartError) -> StaleLockEscape {
        var rules = EscapeRules()
        rules.serverLease = self.nfs4Lease.duration
        do throws(SystemFailure) {
            return StaleLockEscape(
                directory: directory, broker: try BrokerIdentity.ofThisProcess(name: "takeover"), rules: rules)
        } catch {
            throw StartError(.software, error.description)
        }
    }

    // MARK: The operator's choice

    private func confirm(_ plan: EscapePlan) throws(StartError) {
        if !self.json { print(Self.text(plan)) }
        guard !self.yes else { return }
        StandardError().write("Take over? Type yes to go on: ")
        guard readLine() == "yes" else { throw StartError(.unavailable, "not confirmed: nothing was changed") }
    }

    private static func text(_ plan: EscapePlan) -> String {
        let party = plan.party?.description ?? "whoever holds the locks"
        let steps = plan.steps.enumerated().map { "  \($0.offset + 1). \($0.element)" }
        return """
            Presumed dead: \(party)
            because
            \(plan.reasons.map { "  - \($0)" }.joined(separator: "\n"))
            The take-over is to
            \(steps.joined(separator: "\n"))
            """
    }

    private func show(_ report: EscapeReport, _ plan: EscapePlan) {
        guard self.json else {
            print(
                """
                Taken over under epoch \(report.epoch). A standby serves within moments; where none runs, start a broker.
                Kept until you remove them: \(report.kept.sorted().joined(separator: " "))
                """)
            return
        }
        let party = plan.party.map { party in
            JSONLine.object([
                ("broker", JSONLine.quoted(party.broker)), ("host", JSONLine.quoted(party.host)),
                ("pid", "\(party.pid)"), ("epoch", "\(party.epoch)"),
            ])
        }
        print(
            JSONLine.object([
                ("directory", JSONLine.quoted(plan.directory)), ("taken_over", "true"),
                ("epoch", "\(report.epoch)"), ("presumed_dead", party ?? "null"),
                ("silent_ms", "\(plan.silence.wholeMilliseconds)"),
                ("reasons", JSONLine.array(plan.reasons.map(JSONLine.quoted))),
                ("kept", JSONLine.array(report.kept.sorted().map(JSONLine.quoted))),
            ]))
    }
}

/// Says on standard error how the watch goes: in place on a terminal, else a line now and then.
struct ProgressDisplay {
    private static let pause: Int64 = 5
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var saidAt: Int64?

    mutating func show(_ progress: StaleLockEscape.Progress) {
        let seconds = progress.silence.wholeMilliseconds / 1000
        let isDue = self.saidAt.map { self.isTerminal ? seconds != $0 : seconds >= $0 + Self.pause } ?? true
        guard isDue || progress.silence >= progress.needed else { return }
        self.saidAt = seconds
        let party = progress.party?.description ?? "whoever holds the locks"
        let needed = (progress.needed.wholeMilliseconds + 999) / 1000
        let line = "watching \(party): silent for \(seconds) of \(needed) s"
        StandardError().write(self.isTerminal ? "\r\(line)" : "\(line)\n")
    }

    /// What follows begins a line.
    func end() {
        if self.isTerminal && self.saidAt != nil { StandardError().write("\n") }
    }
}
