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

    init(cores: Int = System.coreCount) {
        self.coreGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.core = self.coreGroup.next()
        let others = min(cores - 1, 8)
        self.connections = others > 1 ? MultiThreadedEventLoopGroup(numberOfThreads: others) : self.coreGroup
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
