package import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix

/// The handlers of the protocols that a port offers.
package struct OfferedProtocols: Sendable {
    /// Nil where the port does not offer it.
    package var openWire: (@Sendable (any Channel) -> any ChannelInboundHandler)?
    /// The second argument says whether the channel is a WebSocket.
    package var stomp: @Sendable (any Channel, Bool) -> any ChannelInboundHandler
    /// Largest WebSocket frame taken, in bytes.
    package var webSocketFrameLimit: Int
    /// How long a peer may say nothing before it is greeted in OpenWire: only there may a client wait for that.
    package var silence = TimeAmount.seconds(1)
    /// How long a peer may say nothing at all, or be about to become a WebSocket.
    package var limit = TimeAmount.seconds(30)

    package init(
        openWire: (@Sendable (any Channel) -> any ChannelInboundHandler)?,
        stomp: @escaping @Sendable (any Channel, Bool) -> any ChannelInboundHandler, webSocketFrameLimit: Int
    ) {
        self.openWire = openWire
        self.stomp = stomp
        self.webSocketFrameLimit = webSocketFrameLimit
    }
}

/// Waits for a socket's first byte, gives the socket the handlers for what its peer speaks, and leaves.
///
/// Confined to its channel's event loop.
package final class ProtocolDetector: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    private let offered: OfferedProtocols
    private let logger: Logger
    private var timer: Scheduled<Void>?
    private var isDecided = false

    package init(_ offered: OfferedProtocols, logger: Logger) {
        self.offered = offered
        self.logger = logger
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.wait(context) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    package func channelActive(context: ChannelHandlerContext) {
        self.wait(context)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        if !self.isDecided, let first = FirstBytes(bytes.readableBytesView) { self.decide(first, context) }
        context.fireChannelRead(data)
        if self.isDecided { self.leave(context) }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if !self.isDecided, event is ConnectionClosure { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard self.isDecided else { return context.close(promise: nil) }
        context.fireErrorCaught(error)
    }

    // MARK: Private

    private func wait(_ context: ChannelHandlerContext) {
        guard self.timer == nil, !self.isDecided else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let delay = self.offered.openWire == nil ? self.offered.limit : self.offered.silence
        self.timer = context.eventLoop.scheduleTask(in: delay) {
            let (detector, context) = bound.value
            detector.nothingCame(context)
        }
    }

    private func nothingCame(_ context: ChannelHandlerContext) {
        guard !self.isDecided else { return }
        guard self.offered.openWire != nil else {
            self.logger.debug("connection.closing", metadata: ["reason": "the peer said nothing"])
            return context.close(promise: nil)
        }
        self.decide(.openWire, context)
        self.leave(context)
    }

    private func decide(_ first: FirstBytes, _ context: ChannelHandlerContext) {
        self.isDecided = true
        self.timer?.cancel()
        let channel = context.channel
        do {
            switch first {
            case .openWire:
                // Where it is not offered the noise gets the answer that STOMP has for noise.
                try channel.pipeline.syncOperations.addHandler(
                    self.offered.openWire?(channel) ?? self.offered.stomp(channel, false))
            case .stomp:
                try channel.pipeline.syncOperations.addHandler(self.offered.stomp(channel, false))
            case .http:
                try WebSocketDoor.open(channel, self.offered, self.logger)
            }
        } catch {
            self.logger.warning("connection.closing", metadata: ["reason": "\(error)"])
            context.close(promise: nil)
        }
    }

    private func leave(_ context: ChannelHandlerContext) {
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
