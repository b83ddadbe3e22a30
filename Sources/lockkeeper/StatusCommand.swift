import ArgumentParser
import Server

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say who is master of a data directory, and what waits in its queues.",
        discussion: """
            Only looks: it works from any process, beside a master or without one,
            and changes nothing. Exits with 0 whether or not there is a master; ask
            has_master of --json. 66: the directory does not exist, or no broker has
            ever been master of it.

            EXAMPLES
              lockkeeper status
              lockkeeper status --data /shared/orders --json
            """)

    @Option(help: ArgumentHelp("The directory that master and standby share.", valueName: "dir"))
    var data = "./data"

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    func run() async throws {
        let report = try StatusReport.read(DataDirectory.existing(self.data))
        print(self.json ? report.json : report.text, terminator: self.json ? "\n" : "")
    }
}
