package import BrokerCore
package import NIOCore

/// What a connection needs of the engine, from whatever loop the connection lives on.
package protocol BrokerPort: Sendable {
    /// Makes the link known. `attached` runs on `loop`, at once where that is the engine's own.
    func attach(_ link: any BrokerLink, on loop: any EventLoop, attached: @escaping @Sendable (LinkID) -> Void)
    /// The socket is gone.
    func detach(_ link: LinkID)
    /// The socket's outgoing buffer is full, or has room again.
    func setWritable(_ link: LinkID, _ isWritable: Bool)
    /// One burst of requests, in order.
    func submit(_ requests: [BrokerRequest])
}

/// The engine, entered directly from its own loop and by one hop per burst from any other.
package struct EnginePort: BrokerPort {
    private let engine: BrokerEngine
    private let loop: any EventLoop

    /// - Parameter loop: the engine's own.
    package init(engine: BrokerEngine, loop: any EventLoop) {
        self.engine = engine
        self.loop = loop
    }

    package func attach(
        _ link: any BrokerLink, on loop: any EventLoop, attached: @escaping @Sendable (LinkID) -> Void
    ) {
        self.enter { engine in
            let id = engine.attach(link)
            if loop.inEventLoop { attached(id) } else { loop.execute { attached(id) } }
        }
    }

    package func detach(_ link: LinkID) {
        self.enter { $0.detach(link) }
    }

    package func setWritable(_ link: LinkID, _ isWritable: Bool) {
        self.enter { $0.setWritable(link, isWritable) }
    }

    package func submit(_ requests: [BrokerRequest]) {
        self.enter { $0.submit(requests) }
    }

    private func enter(_ body: @escaping @Sendable (isolated BrokerEngine) -> Void) {
        if self.loop.inEventLoop {
            self.engine.assumeIsolated { engine in body(engine) }
        } else {
            self.loop.execute { self.engine.assumeIsolated { engine in body(engine) } }
        }
    }
}
