import ArgumentParser
import Server

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say who is master of a data directory, what is wrong, and what waits in its queues.",
        discussion: """
            Only looks: it works from any process, beside a master or without one,
            while lease.db is locked, and changes nothing.

            With --history it says instead who was master when, how each term ended,
            and for how long nobody served, with what happened meanwhile.

            EXIT STATUS
              0   a master serves; with --history: there is something to tell
              3   nobody serves: no master, one that is starting, or one that hangs
              66  the directory does not exist, or no broker has ever been its master
              74  lease.db is damaged
              75  lease.db cannot be read at the moment
              78  the data is a newer version's

            EXAMPLES
              lockkeeper status
              lockkeeper status --data /shared/orders --json
              lockkeeper status --data /shared/orders >/dev/null || echo "no master"
              lockkeeper status --history --since 2h
              lockkeeper status --history --since "2026-11-22 16:00" --limit 100
            """)

    @Option(help: ArgumentHelp("The directory that master and standby share.", valueName: "dir"))
    var data = "./data"

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    @Flag(help: "Say who was master when, and why it changed.")
    var history = false

    @Option(help: ArgumentHelp("With --history: the newest terms, at most so many.", valueName: "n"))
    var limit = 10

    @Option(
        help: ArgumentHelp(
            "With --history: from then on. How long ago in s, m, h or d, or a time in UTC: 2026-11-22T16:27.",
            valueName: "time"))
    var since: SinceArgument?

    func validate() throws {
        guard (1...1000).contains(self.limit) else {
            throw ValidationError("--limit \(self.limit) is not between 1 and 1000")
        }
        guard self.history || self.since == nil else { throw ValidationError("--since needs --history") }
    }

    func run() async throws {
        let directory = try DataDirectory.existing(self.data)
        guard !self.history else {
            let since = self.since?.unixMs(nowMs: SystemClock.wallMs())
            let report = try HistoryReport.read(directory, limit: self.limit, sinceMs: since)
            return print(self.json ? report.json : report.text, terminator: self.json ? "\n" : "")
        }
        let report = try StatusReport.read(directory)
        print(self.json ? report.json : report.text, terminator: self.json ? "\n" : "")
        if !report.hasMaster { throw ExitCode(ExitStatus.nobodyServes.rawValue) }
    }
}
