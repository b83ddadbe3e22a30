import ArgumentParser
import Server

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Work with configuration files.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Say what a configuration file would do.",
            discussion: """
                Prints what would have effect, with the line that says so, on standard
                output; everything wrong, without effect or worth knowing goes to
                standard error as FILE:LINE:COLUMN. Nothing is started or changed. Exits
                with 0 where a broker would start with the file, with 78 where it has
                errors, and with 66 where it does not exist.

                EXAMPLES
                  lockkeeper config check activemq.xml
                  lockkeeper config check -Dactivemq.data=/shared activemq.xml
                """)

        @Argument(help: ArgumentHelp("A configuration file as ActiveMQ has it.", valueName: "file"))
        var file: String

        @Option(
            name: .customShort("D"), parsing: .unconditionalSingleValue,
            help: ArgumentHelp("The value of ${NAME} in the configuration file.", valueName: "name=value"))
        var definitions: [Definition] = []

        func run() async throws {
            var arguments = ["--config", self.file, "--check"]
            for definition in self.definitions { arguments += ["-D", "\(definition.name)=\(definition.value)"] }
            try await RunCommand.parse(arguments).run()
        }
    }
}
