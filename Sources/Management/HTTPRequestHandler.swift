import NIOCore
import NIOHTTP1

/// Serves one connection: one request after another, none of which may take longer than its limits.
///
///     waiting ──end of a request──> answering ──answer taken──> waiting, or closed
///
/// waiting: a timer runs until the end of the next request. answering: one runs until the peer has taken the answer;
/// the pipeline holds further requests back.
final class HTTPRequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let site: HTTPSite
    private let limits: HTTPLimits
    private let bytes: HTTPByteLimit
    private var head: HTTPRequestHead?
    private var timer: Scheduled<Void>?

    init(site: HTTPSite, limits: HTTPLimits, bytes: HTTPByteLimit) {
        self.site = site
        self.limits = limits
        self.bytes = bytes
    }

    func handlerAdded(context: ChannelHandlerContext) { self.closeUnless(context, in: self.limits.request) }

    func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            self.bytes.requestEnded()
            guard let head = self.head else { return }
            self.head = nil
            self.answer(head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: Private

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.timer?.cancel()
        guard head.method == .GET || head.method == .HEAD else {
            return self.send(.text(.methodNotAllowed, "only GET and HEAD"), to: head, context)
        }
        let path = head.uri.prefix { $0 != "?" && $0 != "#" }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.site.reply(to: path, on: context.eventLoop).whenSuccess { reply in
            let (handler, context) = bound.value
            handler.send(reply, to: head, context)
        }
    }

    private func send(_ reply: HTTPReply, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        // The peer may have left while the answer was made.
        guard context.channel.isActive else { return }
        var headers = HTTPHeaders([
            ("content-type", reply.contentType), ("content-length", "\(reply.body.utf8.count)"),
            ("cache-control", "no-store"),
        ])
        if reply.status == .methodNotAllowed { headers.add(name: "allow", value: "GET, HEAD") }
        let staysOpen = request.isKeepAlive
        if !staysOpen { headers.add(name: "connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: reply.status.rawValue)
        let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            let body = context.channel.allocator.buffer(string: reply.body)
            context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        self.closeUnless(context, in: self.limits.answer)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil))).whenComplete { result in
            let (handler, context) = bound.value
            handler.timer?.cancel()
            guard case .success = result, staysOpen else { return context.close(promise: nil) }
            handler.closeUnless(context, in: handler.limits.idle)
        }
    }

    /// Ends the connection after that time, unless the timer is replaced or cancelled.
    private func closeUnless(_ context: ChannelHandlerContext, in time: TimeAmount) {
        self.timer?.cancel()
        let channel = context.channel
        self.timer = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}
