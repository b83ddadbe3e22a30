package import NIOCore
import Synchronization

/// All client sockets of this process, of all connectors and loops: counts them, and closes them at once.
package final class ConnectionTable: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    package enum Admission: Hashable, Sendable {
        case admitted
        /// The limit is reached.
        case full(limit: Int)
        /// The broker is closing its connections.
        case closed
    }

    package let limit: Int
    /// Guards who is connected: sockets come and go on every loop, and the order to close comes from another.
    private let state = Mutex(State())

    package init(limit: Int) {
        self.limit = limit
    }

    package func admit(_ channel: any Channel) -> Admission {
        self.state.withLock { state in
            guard !state.isClosed else { return .closed }
            guard state.channels.count < self.limit else { return .full(limit: self.limit) }
            state.channels[ObjectIdentifier(channel)] = channel
            return .admitted
        }
    }

    package func remove(_ channel: any Channel) {
        self.state.withLock { state in _ = state.channels.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    package var count: Int { self.state.withLock { $0.channels.count } }

    /// Admits nobody any more and tells every connection `event`; each closes in the way the event asks for.
    ///
    /// - Returns: A future on `loop` that is there when all of them are closed.
    @discardableResult
    package func closeAll(_ event: ConnectionClosure, on loop: any EventLoop) -> EventLoopFuture<Void> {
        let channels = self.state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(event) }
        return .andAllComplete(channels.map(\.closeFuture), on: loop)
    }
}

/// How the broker ends a connection of its own accord.
package enum ConnectionClosure: Hashable, Sendable {
    /// Everything already answered is still written, then the socket is closed.
    case afterFlush
    /// Nothing more is written: this broker may not be master any more.
    case immediate
}
