import ArgumentParser
import Configuration
import Logging
import Server

/// A value for `${NAME}` on the command line: `NAME=VALUE`.
struct Definition: ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        guard let equal = argument.firstIndex(of: "="), equal != argument.startIndex else { return nil }
        self.name = String(argument[..<equal])
        self.value = String(argument[argument.index(after: equal)...])
    }

    /// Writes `-DNAME=VALUE`, as it is known from Java, as `-D NAME=VALUE`: the parser would take `=` for its own.
    static func separated(_ arguments: [String]) -> [String] {
        arguments.flatMap { argument in
            argument.hasPrefix("-D") && argument.count > 2 ? ["-D", String(argument.dropFirst(2))] : [argument]
        }
    }
}

/// The configuration file of a broker, and what stands for its placeholders.
struct ConfigurationArguments: ParsableArguments {
    @Option(help: ArgumentHelp("A configuration file as ActiveMQ has it. See CONFIGURATION FILE.", valueName: "file"))
    var config: String?

    @Option(
        name: .customShort("D"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The value of ${NAME} in the configuration file.", valueName: "name=value"))
    var definitions: [Definition] = []

    @Flag(help: "Print what would have effect, with everything wrong in the configuration file, and start nothing.")
    var check = false

    /// Nil without a configuration file.
    func read() throws(StartError) -> CheckedFile? {
        guard let config = self.config else { return nil }
        return try CheckedFile(config, self.definitions)
    }
}

/// A configuration file that was read, and what there is to say about it.
struct CheckedFile {
    let path: String
    /// Nil where the file has errors.
    let file: BrokerFile?
    private let diagnostics: [Diagnostic]

    init(_ path: String, _ definitions: [Definition]) throws(StartError) {
        self.path = path
        let values = Dictionary(definitions.map { ($0.name, $0.value) }) { _, last in last }
        (self.file, self.diagnostics) = try ConfigurationSource.read(path, definitions: values)
    }

    private var errors: [Diagnostic] { self.diagnostics.filter { $0.severity == .error } }

    /// One line for each thing there is to say.
    ///
    /// - Throws: where the file has errors, after all of them are written.
    func reportOnStandardError() throws(StartError) {
        for diagnostic in self.diagnostics { StandardError().write("\(diagnostic)\n") }
        guard self.file == nil else { return }
        let count = self.errors.count
        throw StartError(.configuration, "\(self.path) has \(count == 1 ? "1 error" : "\(count) errors")")
    }

    /// - Throws: one line that names the first error and the way to all of them.
    func refuseIfWrong() throws(StartError) {
        guard let first = self.errors.first else { return }
        let others = self.errors.count - 1
        throw StartError(
            .configuration,
            "\(first)" + (others == 0 ? "" : " (and \(others) more: lockkeeper config check \(self.path))"))
    }

    /// Warnings and notes, as events.
    func log(_ logger: Logger) throws(StartError) {
        try self.refuseIfWrong()
        for diagnostic in self.diagnostics {
            let metadata: Logger.Metadata = ["at": "\(diagnostic.place)", "text": "\(diagnostic.message)"]
            if diagnostic.severity == .warning {
                logger.warning("configuration.warning", metadata: metadata)
            } else {
                logger.info("configuration.note", metadata: metadata)
            }
        }
        logger.info("configuration.read", metadata: ["file": "\(self.path)"])
    }
}
