import Glibc
package import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a broker process under the system's signals.
///
/// SIGTERM and SIGINT stop it cleanly, a second one ends it on the spot with 128 and the signal's number, as a shell
/// reports it. SIGHUP is reserved for reading the configuration again, and does nothing yet.
package enum ProcessSignals {
    package static func run(_ process: BrokerProcess, logger: Logger) async throws {
        // A closed connection or log is an error of its write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        // The group's own lines say nothing that the broker's events do not.
        var quiet = logger
        quiet.logLevel = .critical
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: process, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                ], logger: quiet))
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let watch = Task { await self.watch(signals, group, logger) }
        defer { watch.cancel() }
        try await group.run()
    }

    private static func watch(_ signals: UnixSignalsSequence, _ group: ServiceGroup, _ logger: Logger) async {
        var isStopping = false
        for await signal in signals {
            if signal == .sighup {
                logger.notice("signal.reserved", metadata: ["signal": "SIGHUP", "effect": "none"])
                continue
            }
            let name = signal == .sigterm ? "SIGTERM" : "SIGINT"
            guard !isStopping else {
                logger.warning("broker.killed", metadata: ["signal": "\(name)", "reason": "a second signal"])
                _exit(128 + (signal == .sigterm ? SIGTERM : SIGINT))
            }
            isStopping = true
            logger.info("broker.stopping", metadata: ["signal": "\(name)"])
            await group.triggerGracefulShutdown()
        }
    }
}
