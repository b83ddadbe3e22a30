import Logging
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// HTTP up to the upgrade to a WebSocket (RFC 6455) that carries STOMP.
enum WebSocketDoor {
    /// The sub-protocols of STOMP, the one preferred first. Which version is spoken CONNECT still decides.
    private static let subprotocols = ["v12.stomp", "v11.stomp", "v10.stomp", "stomp"]

    /// Adds the handlers behind those that are there.
    static func open(_ channel: any Channel, _ offered: OfferedProtocols, _ logger: Logger) throws {
        let refusal = HTTPRefusalHandler(limit: offered.limit)
        let bound = NIOLoopBound(refusal, eventLoop: channel.eventLoop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: offered.webSocketFrameLimit,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(Self.answer(to: head.headers))
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.addHandler(WebSocketTunnel())
                    try operations.addHandler(offered.stomp(channel, true))
                    operations.removeHandler(bound.value, promise: nil)
                }
            })
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { _ in logger.debug("connection.upgraded", metadata: ["to": "websocket"]) }
            ))
        try channel.pipeline.syncOperations.addHandler(refusal)
    }

    /// The headers that accept the upgrade; nil where the client speaks only other protocols.
    static func answer(to headers: HTTPHeaders) -> HTTPHeaders? {
        let wanted = headers[canonicalForm: "Sec-WebSocket-Protocol"].map { String($0) }
        if wanted.isEmpty { return HTTPHeaders() }
        guard let chosen = self.subprotocols.first(where: { wanted.contains($0) }) else { return nil }
        return HTTPHeaders([("Sec-WebSocket-Protocol", chosen)])
    }
}

/// Answers what is no upgrade to a WebSocket for STOMP, and closes.
private final class HTTPRefusalHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let limit: TimeAmount
    private var timer: Scheduled<Void>?
    private var isAnswered = false

    init(limit: TimeAmount) { self.limit = limit }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(in: self.limit) { bound.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let request) = self.unwrapInboundIn(data), !self.isAnswered else { return }
        self.isAnswered = true
        let isWebSocket = request.headers[canonicalForm: "Upgrade"].contains { $0.lowercased() == "websocket" }
        var head = HTTPResponseHead(version: request.version, status: isWebSocket ? .badRequest : .upgradeRequired)
        let text = "This port takes OpenWire, STOMP, and WebSockets with the sub-protocol v12.stomp.\n"
        head.headers.add(name: "Content-Type", value: "text/plain")
        head.headers.add(name: "Content-Length", value: String(text.utf8.count))
        head.headers.add(name: "Connection", value: "close")
        if !isWebSocket { head.headers.add(name: "Upgrade", value: "websocket") }
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ConnectionClosure { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The request whose upgrade failed comes next, and is answered.
        if error is NIOWebSocketUpgradeError { return }
        context.close(promise: nil)
    }
}
