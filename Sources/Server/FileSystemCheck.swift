import Doctor
import Election
import Logging

/// The file system check that runs beside every start of a broker: its result as one line of the log.
struct FileSystemCheck: Sendable {
    private let check: StartCheck?

    /// Starts it, and returns at once.
    init(_ settings: BrokerSettings) {
        let logger = settings.logger
        var check = StartCheck.Settings(
            directory: settings.dataDirectory, name: settings.name, slowSync: settings.election.times.warn / 2)
        check.limit = .seconds(2)
        do throws(SystemFailure) {
            self.check = try StartCheck(check) { step in
                logger.warning(
                    "file_system.check",
                    metadata: [
                        "hangs": "\(step)", "remedy": "a file call does not return: look at the storage and its mount",
                    ])
            } done: {
                Self.report($0, logger)
            }
        } catch {
            self.check = nil
            logger.debug("file_system.check", metadata: ["skipped": "\(error)"])
        }
    }

    /// Breaks it off, so that nothing of it is left in the directory.
    func stop() { self.check?.stop() }

    static func report(_ result: StartCheck.Result, _ logger: Logger) {
        var metadata: Logger.Metadata = [:]
        for (key, value) in result.figures { metadata[key] = "\(value)" }
        if !result.skipped.isEmpty { metadata["skipped"] = "\(result.skipped.joined(separator: ", "))" }
        guard !result.problems.isEmpty else { return logger.info("file_system.check", metadata: metadata) }
        metadata["problem"] = "\(result.problems.map(\.text).joined(separator: "; "))"
        metadata["remedy"] = "\(result.problems.map(\.remedy).joined(separator: "; "))"
        logger.warning("file_system.check", metadata: metadata)
    }
}
