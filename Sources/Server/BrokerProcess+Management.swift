import Logging
import Management
import NIOCore

extension BrokerProcess {
    /// Runs until a graceful shutdown, or until the broker cannot go on, with the HTTP listener, where one is asked
    /// for, open all the while: on a standby, between two terms, and while storage hangs.
    ///
    /// - Throws: ``StartError``; a data directory that this run made and nothing was put into is removed again.
    package func run() async throws {
        let listener: ManagementListener?
        do throws(StartError) {
            listener = try await self.startListener()
        } catch {
            await self.loops.shutdown(self.settings.logger)
            throw error
        }
        do {
            try await self.runBroker()
        } catch {
            await listener?.stop()
            throw error
        }
        await listener?.stop()
    }

    private func startListener() async throws(StartError) -> ManagementListener? {
        guard let address = self.settings.http else { return nil }
        let logger = self.settings.logger
        do {
            let listener = try await ManagementListener.start(
                host: address.host, port: address.port, source: self.view, logger: logger)
            let bound = ListenAddress(host: address.host, port: listener.port)
            logger.info("management.started", metadata: ["protocol": "http", "address": "\(bound)"])
            return listener
        } catch {
            let code = (error as? IOError)?.errnoCode ?? 0
            if code != 0 { throw PortCheck.failure(of: address, code, option: "--http") }
            throw StartError(
                .unavailable, "cannot listen on \(address): \(error); choose another with --http HOST:PORT")
        }
    }
}
