package import NIOCore
package import NIOWebSocket

/// Carries a stream of bytes in WebSocket messages (RFC 6455).
///
/// In: the content of text and binary messages, whole or in fragments, is one stream, so that a frame of the protocol
/// inside may span messages. Out: each write is one message, text where it is UTF-8 and binary where not; an empty
/// write, which is a connection's last, says goodbye. Pings are answered, a close is answered and carried out.
package final class WebSocketTunnel: ChannelDuplexHandler {
    package typealias InboundIn = WebSocketFrame
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = WebSocketFrame

    /// Between the first and the last fragment of a message.
    private var isFragmented = false
    private var isClosing = false

    package init() {}

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = self.unwrapInboundIn(data)
        guard !self.isClosing else { return }
        guard frame.maskKey != nil else { return self.close(.protocolError, context) }
        switch frame.opcode {
        case .text, .binary:
            guard !self.isFragmented else { return self.close(.protocolError, context) }
            self.isFragmented = !frame.fin
            self.pass(frame, context)
        case .continuation:
            guard self.isFragmented else { return self.close(.protocolError, context) }
            self.isFragmented = !frame.fin
            self.pass(frame, context)
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(self.wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            var code = frame.unmaskedData
            self.close(code.readWebSocketErrorCode() ?? .normalClosure, context)
        case .pong:
            break
        default:
            self.close(.protocolError, context)
        }
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = self.unwrapOutboundIn(data)
        if self.isClosing {
            promise?.fail(ChannelError.ioOnClosedChannel)
        } else if bytes.readableBytes == 0 {
            self.isClosing = true
            context.write(self.wrapOutboundOut(Self.goodbye(.normalClosure, context)), promise: promise)
        } else {
            let opcode: WebSocketOpcode = Self.isText(bytes) ? .text : .binary
            context.write(
                self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: bytes)), promise: promise)
        }
    }

    private func pass(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        let bytes = frame.unmaskedData
        if bytes.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(bytes)) }
    }

    private func close(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        self.isClosing = true
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(self.wrapOutboundOut(Self.goodbye(code, context))).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }

    private static func goodbye(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) -> WebSocketFrame {
        var data = context.channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: code)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }

    /// A text message that is not UTF-8 makes the other side close the connection (RFC 6455 §8.1).
    private static func isText(_ bytes: ByteBuffer) -> Bool {
        bytes.withUnsafeReadableBytes { bytes in
            if bytes.allSatisfy({ $0 < 0x80 }) { return true }
            return String(validating: bytes, as: UTF8.self) != nil
        }
    }
}
