import Election
import Logging

/// Keeps a broker from a mount on which locks are known to be worth nothing.
enum MountCheck {
    /// Looks at the mount that holds the data directory. Where that cannot be had, the elector says so.
    static func run(_ settings: BrokerSettings) throws(StartError) {
        let verdict: FileSystemVerdict
        do throws(SystemFailure) {
            verdict = try FileSystemVerdict.of(settings.dataDirectory)
        } catch {
            return
        }
        try self.judge(verdict, allowsUnsafeLocks: settings.allowsUnsafeLocks, settings.logger)
    }

    /// - Throws: One line with the mount option, why it is dangerous, the remedy for this file system, and the way to
    ///   start in spite of it.
    static func judge(
        _ verdict: FileSystemVerdict, allowsUnsafeLocks: Bool, _ logger: Logger
    ) throws(StartError) {
        guard let refusal = verdict.refusal else { return }
        guard allowsUnsafeLocks else {
            throw StartError(.configuration, "\(refusal); --allow-unsafe-locks starts the broker in spite of it")
        }
        logger.warning(
            "file_system.unsafe_locks_allowed",
            metadata: [
                "options": "\(verdict.refusals.map(\.option).joined(separator: ","))", "file_system": "\(verdict.kind)",
                "mount_point": "\(verdict.mountPoint)", "reason": "\(refusal)",
                "remedy": "\(verdict.refusals.map(\.remedy).joined(separator: "; "))",
            ])
    }
}
