import ArgumentParser
import SQLiteStore
import Server

struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Show or remove messages that are to be sent later.",
        discussion: """
            EXAMPLES
              lockkeeper schedule list --data /shared/orders
              lockkeeper schedule remove --data /shared/orders ID:host-1:1:1:1:42
              lockkeeper schedule remove --data /shared/orders --from 2026-12-24T00:00 --to 2026-12-26T23:59
            """,
        subcommands: [ScheduleListCommand.self, ScheduleRemoveCommand.self])
}

struct ScheduleListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show what is due next.",
        discussion: """
            Only looks: beside a master, or without one. Times are those of this
            machine's clock. It is the view schedule_due of broker.db.

            EXIT STATUS
              0   shown
              66  the directory does not exist, or no broker has ever been its master
              75  the master holds its store for itself, as on network file systems, or
                  the last one ended unplanned and the next has not started
            """)

    @Option(help: ArgumentHelp("The directory that master and standby share.", valueName: "dir"))
    var data = "./data"

    @Option(help: ArgumentHelp("At most so many.", valueName: "n"))
    var limit = 100

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func validate() throws {
        guard (1...1_000_000).contains(self.limit) else {
            throw ValidationError("--limit \(self.limit) is not between 1 and 1000000")
        }
    }

    func run() async throws {
        let report = try ScheduleDesk.report(try DataDirectory.existing(self.data), limit: self.limit)
        print(self.json ? Self.json(report) : report.text, terminator: self.json ? "\n" : "")
    }

    private static func json(_ report: ScheduleReport) -> String {
        JSONLine.object([
            ("total", "\(report.total)"),
            (
                "jobs",
                JSONLine.array(
                    report.jobs.map { job in
                        JSONLine.object([
                            ("job_id", JSONLine.quoted(job.jobID)), ("due_at", JSONLine.quoted(job.dueAt)),
                            ("due_at_ms", "\(job.dueMs)"), ("destination", JSONLine.quoted(job.destination)),
                            ("period_ms", "\(job.periodMs)"), ("repeats_left", "\(job.repeatsLeft)"),
                            ("bytes", "\(job.bytes)"), ("cron", job.cron.map(JSONLine.quoted) ?? "null"),
                        ])
                    })
            ),
        ])
    }
}

struct ScheduleRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Have the master remove scheduled messages.",
        discussion: """
            Names jobs by their ids, as schedule list shows them, or all that are due in
            a span of time; a repeated message goes with all of its repetitions. Ids
            that do not exist are passed over. Done when this returns with 0.

            EXIT STATUS
              0   removed, or not there
              64  neither ids nor a span nor --all
              69  no master serves
              75  the master did not answer in time
              77  no permission to write into the directory
            """)

    @Argument(help: ArgumentHelp("The jobs.", valueName: "job-id"))
    var jobIDs: [String] = []

    @Option(help: ArgumentHelp("The directory that master and standby share.", valueName: "dir"))
    var data = "./data"

    @Flag(help: "Remove all.")
    var all = false

    @Option(help: ArgumentHelp("Those due from then on, in UTC: 2026-12-24T00:00.", valueName: "time"))
    var from: SinceArgument?

    @Option(help: ArgumentHelp("Those due until then.", valueName: "time"))
    var to: SinceArgument?

    @Option(help: ArgumentHelp("How long to wait for the master.", valueName: "time"))
    var wait = TimeArgument(.seconds(60))

    func validate() throws {
        let isSpan = self.from != nil || self.to != nil
        guard [!self.jobIDs.isEmpty, isSpan, self.all].count(where: { $0 }) == 1 else {
            throw ValidationError("name job ids, or a span by --from and --to, or --all: one of them")
        }
        guard !self.jobIDs.contains(where: { $0.contains("\n") || $0.isEmpty }) else {
            throw ValidationError("a job id is one line, and not empty")
        }
    }

    func run() async throws {
        let now = SystemClock.wallMs()
        let first = self.from?.unixMs(nowMs: now) ?? .min
        let last = self.to?.unixMs(nowMs: now) ?? .max
        guard first <= last else { throw StartError(.usage, "--from is after --to") }
        try ScheduleDesk.remove(
            self.jobIDs.isEmpty ? .due(first...last) : .jobs(self.jobIDs), try DataDirectory.existing(self.data),
            waitMs: self.wait.milliseconds)
    }
}
