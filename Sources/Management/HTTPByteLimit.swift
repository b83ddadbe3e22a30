import NIOCore

/// Counts the bytes of each request before anything of it is parsed or kept, and answers 431 to who sends too many.
final class HTTPByteLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let refusal =
        "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    private let limit: Int
    private var received = 0
    private var isRefused = false

    init(limit: Int) {
        self.limit = limit
    }

    /// The next byte belongs to another request.
    func requestEnded() { self.received = 0 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isRefused else { return }
        self.received += self.unwrapInboundIn(data).readableBytes
        guard self.received > self.limit else { return context.fireChannelRead(data) }
        self.isRefused = true
        let channel = context.channel
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: Self.refusal))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
