import Logging
import NIOCore
import NIOPosix

/// The event loops of a process: the core's, which runs the engine, and those of the connections.
///
/// On one or two cores they are one and the same loop, which saves every hop; with more cores connections decode on
/// loops of their own and pass whole bursts to the core's.
struct EventLoops: Sendable {
    let core: any EventLoop
    let connections: MultiThreadedEventLoopGroup
    private let coreGroup: MultiThreadedEventLoopGroup

    /// - Parameter connectionThreads: loops of the connections' own; 0 to use the core's, nil to go by the machine.
    init(connectionThreads: Int?) {
        self.coreGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.core = self.coreGroup.next()
        let cores = System.coreCount
        let threads = connectionThreads ?? (cores > 2 ? min(cores - 1, 8) : 0)
        self.connections = threads > 0 ? MultiThreadedEventLoopGroup(numberOfThreads: threads) : self.coreGroup
    }

    func shutdown(_ logger: Logger) async {
        do {
            if self.connections !== self.coreGroup { try await self.connections.shutdownGracefully() }
            try await self.coreGroup.shutdownGracefully()
        } catch {
            logger.warning("loops.shutdown_failed", metadata: ["error": "\(error)"])
        }
    }
}
