import BrokerCore
import Logging
import NIOCore
import NIOEmbedded
import NIOWebSocket
import STOMP
import Server
import Testing

/// STOMP on an embedded channel: one socket, and one WebSocket.
@Suite struct STOMPConversationTests {
    @Test func theFramesOfOneReadAreOneBurst() throws {
        let peer = try Peer()
        try peer.send(
            "CONNECT\naccept-version:1.2\n\n\0" + String(repeating: "SEND\ndestination:/queue/a\n\nx\0\n", count: 20))
        // CONNECT is two requests: the connection and its producer.
        #expect(peer.port.record.bursts.map(\.count) == [22])
    }

    @Test func answersOfOneTurnAreOneWrite() throws {
        let peer = try Peer(answersAtOnce: true)
        try peer.send("CONNECT\n\n\0" + String(repeating: "SEND\ndestination:/queue/a\nreceipt:r\n\nx\0", count: 3))
        #expect(
            try peer.writes() == [
                "CONNECTED\nversion:1.0\nheart-beat:0,0\nsession:ID:t-1\nserver:t\n\n\0\n"
                    + String(repeating: "RECEIPT\nreceipt-id:r\n\n\0\n", count: 3)
            ])
    }

    @Test func anErrorIsWrittenBeforeTheSocketCloses() throws {
        let peer = try Peer()
        try peer.send("NONSENSE\n\n\0")
        #expect(try peer.writes().first?.hasPrefix("ERROR\nmessage:Unknown STOMP action: NONSENSE\n") == true)
        #expect(!peer.channel.isActive)
        #expect(peer.port.record.detached == [LinkID(1)])
    }

    /// One acknowledgement for all that one burst has brought, and only once it is on its way.
    @Test func autoModeAcknowledgesBurstsAsAWhole() throws {
        let peer = try Peer().subscribed("auto")
        peer.port.deliver((1...5).map { Peer.dispatch(sequence: $0) })
        guard case .acknowledge(let acknowledgement)? = peer.port.record.bursts.last?.first?.command else {
            Issue.record("expected an acknowledgement")
            return
        }
        #expect(acknowledgement.kind == .consumed)
        #expect(acknowledgement.last.sequence == 5)
        #expect(acknowledgement.count == 5)
        #expect(peer.port.record.bursts.last?.count == 1)
        #expect(try peer.writes().count == 1)
    }

    @Test func whatTheSocketDoesNotTakeIsNotAcknowledged() throws {
        let peer = try Peer().subscribed("auto")
        let before = peer.port.record.bursts.count
        peer.channel.isWritable = false
        peer.channel.pipeline.fireChannelWritabilityChanged()
        peer.port.deliver([Peer.dispatch(sequence: 1)])
        peer.channel.embeddedEventLoop.run()
        #expect(peer.port.record.bursts.count == before)
        peer.channel.isWritable = true
        peer.channel.pipeline.fireChannelWritabilityChanged()
        peer.channel.embeddedEventLoop.run()
        #expect(peer.port.record.bursts.count == before + 1)
    }

    @Test func heartBeatsAreLineFeeds() throws {
        let peer = try Peer(answersAtOnce: true)
        try peer.send("CONNECT\nheart-beat:0,1000\n\n\0")
        _ = try peer.writes()
        peer.advance(ms: 800)
        #expect(try peer.writes() == ["\n"])
    }

    @Test func aSilentPeerIsClosed() throws {
        let peer = try Peer(answersAtOnce: true)
        try peer.send("CONNECT\nheart-beat:1000,0\n\n\0")
        peer.advance(ms: 1500)
        try peer.send("\n")
        peer.advance(ms: 1900)
        #expect(peer.channel.isActive)
        peer.advance(ms: 200)
        #expect(!peer.channel.isActive)
    }

    // MARK: In a WebSocket

    @Test func eachFrameIsOneWebSocketMessage() throws {
        let peer = try Peer(answersAtOnce: true, isWebSocket: true)
        try peer.send("CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/queue/a\nreceipt:1\n\nx\0")
        let frames = try peer.webSocketFrames()
        #expect(frames.map(\.opcode) == [.text, .text])
        #expect(frames.last.map { String(buffer: $0.data) } == "RECEIPT\nreceipt-id:1\n\n\0\n")
    }

    @Test func aBodyThatIsNoTextMakesTheMessageBinary() throws {
        let peer = try Peer(isWebSocket: true).subscribed("client")
        peer.port.deliver([Peer.dispatch(sequence: 1, body: [0xff, 0xfe])])
        peer.channel.embeddedEventLoop.run()
        #expect(try peer.webSocketFrames().map(\.opcode) == [.binary])
    }

    /// Frames may begin and end anywhere in messages and fragments.
    @Test func messagesAndFragmentsAreOneStream() throws {
        let peer = try Peer(answersAtOnce: true, isWebSocket: true)
        try peer.channel.writeInbound(Peer.masked(.text, "CONNECT\n", fin: false))
        try peer.channel.writeInbound(Peer.masked(.ping, "hi", fin: true))
        try peer.channel.writeInbound(Peer.masked(.continuation, "\n", fin: true))
        try peer.channel.writeInbound(Peer.masked(.binary, "\0", fin: true))
        peer.channel.embeddedEventLoop.run()
        let frames = try peer.webSocketFrames()
        #expect(frames.map(\.opcode) == [.pong, .text])
        #expect(frames.first.map { String(buffer: $0.data) } == "hi")
    }

    @Test func aCloseIsAnsweredInKind() throws {
        let peer = try Peer(isWebSocket: true)
        var data = ByteBuffer()
        data.write(webSocketErrorCode: .goingAway)
        try peer.channel.writeInbound(
            WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: Peer.noMask, data: data))
        peer.channel.embeddedEventLoop.run()
        var answer = try #require(try peer.webSocketFrames().first)
        #expect(answer.opcode == .connectionClose)
        #expect(answer.data.readWebSocketErrorCode() == .goingAway)
        #expect(!peer.channel.isActive)
    }

    @Test func anErrorIsFollowedByAClose() throws {
        let peer = try Peer(isWebSocket: true)
        try peer.send("NONSENSE\n\n\0")
        #expect(try peer.webSocketFrames().map(\.opcode) == [.text, .connectionClose])
        #expect(!peer.channel.isActive)
    }

    @Test(arguments: [
        (WebSocketOpcode.continuation, true, true), (.text, true, false),
        (WebSocketOpcode(encodedWebSocketOpcode: 5) ?? .text, true, true),
    ])
    func brokenWebSocketFramesEndTheConnection(_ opcode: WebSocketOpcode, _ fin: Bool, _ isMasked: Bool) throws {
        let peer = try Peer(isWebSocket: true)
        var frame = Peer.masked(opcode, "x", fin: fin)
        if !isMasked { frame.maskKey = nil }
        try peer.channel.writeInbound(frame)
        peer.channel.embeddedEventLoop.run()
        var answer = try #require(try peer.webSocketFrames().first)
        #expect(answer.data.readWebSocketErrorCode() == .protocolError)
        #expect(!peer.channel.isActive)
    }
}

private final class Peer {
    static let noMask: WebSocketMaskingKey = [0, 0, 0, 0]

    let channel = EmbeddedChannel()
    let port: RecordingPort
    private let clock = ManualInstant()
    private let isWebSocket: Bool

    init(answersAtOnce: Bool = false, isWebSocket: Bool = false) throws {
        self.port = RecordingPort(answersAtOnce: answersAtOnce)
        self.isWebSocket = isWebSocket
        var settings = STOMPConnectionSettings(session: STOMPSessionSettings(server: "t", identityPrefix: "ID:t-"))
        let clock = self.clock
        settings.flow.now = { clock.now }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let loop = self.channel.embeddedEventLoop
        let handler = STOMPConnectionHandler(
            settings: settings, isWebSocket: isWebSocket, port: self.port,
            flushes: FlushQueue(loop: loop, logger: logger, mayAnswer: { true }), loop: loop, logger: logger)
        if isWebSocket { try self.channel.pipeline.syncOperations.addHandler(WebSocketTunnel()) }
        try self.channel.pipeline.syncOperations.addHandler(handler)
        self.channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 5), promise: nil)
        loop.run()
    }

    func subscribed(_ mode: String) throws -> Peer {
        try self.send("CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:1\ndestination:/queue/a\nack:\(mode)\n\n\0")
        return self
    }

    func send(_ text: String) throws {
        if self.isWebSocket {
            try self.channel.writeInbound(Self.masked(.text, text, fin: true))
        } else {
            try self.channel.writeInbound(ByteBuffer(string: text))
        }
        self.channel.embeddedEventLoop.run()
    }

    static func masked(_ opcode: WebSocketOpcode, _ text: String, fin: Bool) -> WebSocketFrame {
        let key: WebSocketMaskingKey = [1, 2, 3, 4]
        var data = ByteBuffer(string: text)
        data.webSocketMask(key)
        return WebSocketFrame(fin: fin, opcode: opcode, maskKey: key, data: data)
    }

    /// What was written since the last look, one text for each write.
    func writes() throws -> [String] {
        self.channel.embeddedEventLoop.run()
        var texts: [String] = []
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) {
            if buffer.readableBytes > 0 { texts.append(String(buffer: buffer)) }
        }
        return texts
    }

    func webSocketFrames() throws -> [WebSocketFrame] {
        self.channel.embeddedEventLoop.run()
        var frames: [WebSocketFrame] = []
        while let frame = try self.channel.readOutbound(as: WebSocketFrame.self) { frames.append(frame) }
        return frames
    }

    func advance(ms: Int64) {
        for _ in 0..<(ms / 100) {
            self.clock.advance(ms: 100)
            self.channel.embeddedEventLoop.advanceTime(by: .milliseconds(100))
        }
    }

    static func dispatch(sequence: Int, body: [UInt8] = []) -> BrokerEvent {
        let connection = "ID:t-1"
        let producer = ProducerID(connection: "p", session: 1, value: 1)
        let message = Message(
            id: MessageID(producer: producer, sequence: Int64(sequence)),
            headers: MessageHeaders(destination: .queue("a"), isPersistent: true), properties: nil, bodyKind: .bytes,
            isCompressed: false, body: body)
        return .dispatch(
            LinkID(1),
            Dispatch(
                consumer: ConsumerID(connection: connection, session: -1, value: 1), message: message,
                sequence: MessageSequence(Int64(sequence)), redeliveryCount: 0, isFirstOfGroup: false))
    }
}
