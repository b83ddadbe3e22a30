package import Logging
package import NIOCore
import NIOPosix
package import OpenWire

/// What a connector is told.
package struct ConnectorSettings: Sendable {
    package var address: ListenAddress
    /// Connections served at most.
    package var maximumConnections = 1000
    /// Our side of the handshake.
    package var wireFormat = WireFormatSettings()
    /// How STOMP is spoken there.
    package var stomp = STOMPConnectorOptions()
    /// As it stands in the log: `openwire`, `stomp`.
    package var protocolName: String
    /// The command line's name for the address.
    package var option: String
    /// Connections that the system keeps waiting until they are accepted.
    package var backlog: Int32 = 1024
    /// Bytes that a socket may have unwritten before the connection stops reading; it goes on at half of them.
    package var writeHighWaterMark = 512 * 1024

    package init(address: ListenAddress, protocolName: String = "openwire", option: String = "--openwire") {
        self.address = address
        self.protocolName = protocolName
        self.option = option
    }
}

/// Listens for clients. While no connector is bound, clients are refused by the system: that is how a standby
/// sends them on to the master.
package final class Connector: Sendable {
    /// The address it listens on, with the port that the system chose where 0 was asked for.
    package let address: ListenAddress
    private let protocolName: String
    private let server: any Channel
    private let logger: Logger

    private init(address: ListenAddress, protocolName: String, server: any Channel, logger: Logger) {
        self.address = address
        self.protocolName = protocolName
        self.server = server
        self.logger = logger
    }

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - connections: Admits sockets up to its limit; the others are closed at once.
    ///   - makeHandler: Makes the handler of one admitted socket, on its loop.
    /// - Throws: The line for an operator whose port is in use, not permitted or not on this machine.
    package static func start(
        _ settings: ConnectorSettings, on group: any EventLoopGroup, connections: ConnectionTable,
        logger: Logger, makeHandler: @escaping @Sendable (any Channel) -> any ChannelInboundHandler
    ) async throws(StartError) -> Connector {
        let high = settings.writeHighWaterMark
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: settings.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: high / 2, high: high))
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 65_536)
            )
            .childChannelInitializer { channel in
                switch connections.admit(channel) {
                case .admitted:
                    channel.closeFuture.whenComplete { _ in connections.remove(channel) }
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(makeHandler(channel))
                    }
                case .full(let limit):
                    logger.warning(
                        "connection.refused",
                        metadata: [
                            "peer": "\(Self.text(of: channel.remoteAddress))", "limit": "\(limit)",
                            "remedy": "close idle clients or raise --max-connections",
                        ])
                    return channel.close()
                case .closed:
                    return channel.close()
                }
            }
        do {
            let server = try await bootstrap.bind(host: settings.address.host, port: settings.address.port).get()
            let address = ListenAddress(
                host: settings.address.host, port: server.localAddress?.port ?? settings.address.port)
            logger.info(
                "connector.started", metadata: ["protocol": "\(settings.protocolName)", "address": "\(address)"])
            return Connector(
                address: address, protocolName: settings.protocolName, server: server, logger: logger)
        } catch {
            let code = (error as? IOError)?.errnoCode ?? 0
            let failure =
                code == 0
                ? StartError(.unavailable, "cannot listen on \(settings.address): \(error)")
                : PortCheck.failure(of: settings.address, code, option: settings.option)
            logger.error(
                "connector.bind_failed",
                metadata: [
                    "protocol": "\(settings.protocolName)", "address": "\(settings.address)", "error": "\(failure)",
                ])
            throw failure
        }
    }

    /// Stops listening: from here on the system refuses clients. Connections already made stay.
    package func stop() async {
        do {
            try await self.server.close().get()
        } catch ChannelError.alreadyClosed {
            return
        } catch {
            self.logger.warning(
                "connector.close_failed", metadata: ["address": "\(self.address)", "error": "\(error)"])
            return
        }
        self.logger.info(
            "connector.stopped", metadata: ["protocol": "\(self.protocolName)", "address": "\(self.address)"])
    }

    /// As ``stop()``, from any thread and without waiting.
    package func stopListening() { self.server.close(promise: nil) }

    /// `HOST:PORT` of a peer, for logs.
    package static func text(of address: SocketAddress?) -> String {
        guard let address, let host = address.ipAddress, let port = address.port else { return "unknown" }
        return ListenAddress(host: host, port: port).description
    }
}
