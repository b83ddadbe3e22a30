import ArgumentParser
import Server

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say who is master of a data directory, and what waits in its queues.")

    @Option(help: ArgumentHelp("The directory that master and standby share.", valueName: "dir"))
    var data = "./data"

    @Flag(help: "Print one JSON object instead of text.")
    var json = false
}
