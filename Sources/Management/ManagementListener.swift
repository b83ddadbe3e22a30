package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The HTTP listener: metrics, health and status of one broker, on master and standby alike.
///
/// It has a thread of its own for sockets and one for files, so that neither a slow peer nor a slow storage is felt by
/// the broker. It only reads: there is nothing to ask for that changes anything.
package final class ManagementListener: Sendable {
    /// The port that the system chose where 0 was asked for.
    package let port: Int
    private let group: MultiThreadedEventLoopGroup
    private let files: NIOThreadPool
    private let server: any Channel

    private init(
        port: Int, group: MultiThreadedEventLoopGroup, files: NIOThreadPool, server: any Channel
    ) {
        self.port = port
        self.group = group
        self.files = files
        self.server = server
    }

    /// Binds and listens until ``stop()``.
    ///
    /// - Throws: what NIO reports where the address cannot be had; nothing is left behind then.
    package static func start(
        host: String, port: Int, source: any ManagementSource, limits: HTTPLimits = HTTPLimits(), logger: Logger
    ) async throws -> ManagementListener {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let files = NIOThreadPool(numberOfThreads: 1)
        files.start()
        do {
            let server = try await Self.bootstrap(group, files, source, limits, logger).bind(host: host, port: port)
                .get()
            return ManagementListener(
                port: server.localAddress?.port ?? port, group: group, files: files, server: server)
        } catch {
            files.shutdownGracefully { _ in }
            try await group.shutdownGracefully()
            throw error
        }
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup, _ files: NIOThreadPool, _ source: any ManagementSource,
        _ limits: HTTPLimits, _ logger: Logger
    ) -> ServerBootstrap {
        let loop = group.next()
        let site = NIOLoopBoundBox<HTTPSite?>.makeBoxSendingValue(nil, eventLoop: loop)
        let open = OpenConnections()
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                guard open.admit(limits.connections) else {
                    logger.debug("management.refused", metadata: ["limit": "\(limits.connections)"])
                    return channel.close()
                }
                channel.closeFuture.whenComplete { _ in open.leave() }
                return channel.eventLoop.makeCompletedFuture {
                    let made =
                        site.value
                        ?? HTTPSite(
                            source: source,
                            status: StatusDesk(loop: loop, thread: files, source: source, limits: limits))
                    site.value = made
                    try Self.configure(channel, made, limits)
                }
            }
    }

    private static func configure(_ channel: any Channel, _ site: HTTPSite, _ limits: HTTPLimits) throws {
        let bytes = HTTPByteLimit(limit: limits.requestBytes)
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = limits.requestBytes
        decoding.maxHeaderListSize = limits.requestBytes
        decoding.maxHeaderFieldCount = limits.headerFields
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(bytes)
        try pipeline.configureHTTPServerPipeline(
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoding)
        try pipeline.addHandler(HTTPRequestHandler(site: site, limits: limits, bytes: bytes))
    }

    /// Stops listening and closes what is open. Does not wait for a look at files that hangs.
    package func stop() async {
        self.files.shutdownGracefully { _ in }
        do {
            try await self.group.shutdownGracefully()
        } catch {
            // Only a group that was shut down already refuses, and then all is done.
            return
        }
    }
}

/// How many peers are connected: counted on the loop, read by none else.
private final class OpenConnections: Sendable {
    private let count = Atomic<Int>(0)

    func admit(_ limit: Int) -> Bool {
        let admitted = self.count.wrappingAdd(1, ordering: .relaxed).newValue <= limit
        if !admitted { self.leave() }
        return admitted
    }

    func leave() { self.count.wrappingSubtract(1, ordering: .relaxed) }
}
