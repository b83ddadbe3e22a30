import ArgumentParser
import Glibc
import Server

@main
struct Lockkeeper: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockkeeper",
        abstract: "A message broker for ActiveMQ clients, with its standby on the same directory.",
        discussion: """
            Brokers started on one data directory elect a master among them. The master
            serves; the others refuse connections and take over when it goes away.

            EXAMPLES
              lockkeeper run
                  a broker on ./data, serving OpenWire on 127.0.0.1:61616
              lockkeeper run --data /shared/orders --openwire 0.0.0.0:61616
                  one of two on a directory that both hosts have mounted
              lockkeeper run --config activemq.xml
                  a broker as ActiveMQ's own file describes it
              lockkeeper status --data /shared/orders
                  who is master, and what waits in the queues
              lockkeeper doctor /shared/orders
                  whether a directory is safe for two brokers
              lockkeeper transactions list
                  XA transactions whose coordinator has not decided
              lockkeeper status --history
                  who was master when, why it changed, how long nobody was

            EXIT STATUS
              0   done, or stopped by SIGTERM or SIGINT
              3   status: nobody serves
              64  the command line is wrong
              65  there is no such transaction
              66  the directory to look at does not exist or was never used, or there is
                  no such configuration file
              69  the port is in use, or the address is not this machine's
              70  a fault of Lockkeeper's own
              73  the data directory cannot be made, or its disk is read-only
              74  reading or writing failed, or the store is damaged
              75  the process ended itself because its storage hung: start it again
              77  no permission
              78  the configuration file is wrong, the data is a newer version's, or its mount
                  makes locks worth nothing
            """,
        version: "lockkeeper \(BuildVersion.text)",
        subcommands: [
            RunCommand.self, StatusCommand.self, ScheduleCommand.self, TransactionsCommand.self, DoctorCommand.self,
            ConfigCommand.self, TakeoverCommand.self, DoctorHelperCommand.self,
        ])

    static func main() async {
        do {
            var command = try Self.parseAsRoot(Definition.separated(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as StartError {
            Self.complain(error.description)
            Glibc.exit(error.status.rawValue)
        } catch let code as ExitCode {
            // The command has said everything.
            Glibc.exit(code.rawValue)
        } catch {
            Self.finish(error)
        }
    }

    /// Help and versions go to standard output; anything else becomes one line and the status for wrong usage.
    private static func finish(_ error: any Error) -> Never {
        guard !Self.exitCode(for: error).isSuccess else {
            print(Self.fullMessage(for: error))
            Glibc.exit(0)
        }
        let lines = Self.message(for: error).split(separator: "\n").map { line in String(line) }
        Self.complain("\(lines.joined(separator: " ")); see lockkeeper --help")
        Glibc.exit(ExitStatus.usage.rawValue)
    }

    private static func complain(_ text: String) {
        StandardError().write("lockkeeper: \(text)\n")
    }
}
