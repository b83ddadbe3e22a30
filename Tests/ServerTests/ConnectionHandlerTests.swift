import BrokerCore
import Logging
import NIOCore
import NIOEmbedded
import OpenWire
import Server
import Testing

/// Through OpenWire, whose conversation has everything that a handler must carry.
@Suite struct ConnectionHandlerTests {
    @Test func theBrokerAnnouncesItselfAndGreetsAfterTheHandshake() throws {
        let peer = try Peer()
        #expect(try peer.received().map(\.typeCode) == [TypeCode.wireFormatInfo])
        try peer.shakeHands()
        #expect(try peer.received().map(\.typeCode) == [TypeCode.brokerInfo])
    }

    @Test func theFramesOfOneReadAreOneBurst() throws {
        let peer = try Peer().open()
        try peer.send((1...50).map { peer.connect(commandID: $0) })
        let bursts = peer.port.record.bursts
        #expect(bursts.count == 1)
        #expect(bursts.first?.count == 50)
    }

    @Test func framesThatArriveByteByByteAreUnderstood() throws {
        let peer = try Peer().open()
        var bytes = try peer.encoded([peer.connect(commandID: 1), peer.connect(commandID: 2)])
        while let byte = bytes.readSlice(length: 1) { try peer.channel.writeInbound(byte) }
        #expect(peer.port.record.bursts.map(\.count) == [1, 1])
    }

    @Test func everythingOfOneTurnIsOneWrite() throws {
        let peer = try Peer(port: RecordingPort(answersAtOnce: true)).open()
        try peer.send((1...20).map { peer.connect(commandID: $0) })
        peer.loop.run()
        var writes = 0
        while let write = try peer.channel.readOutbound(as: ByteBuffer.self) {
            writes += 1
            #expect(try peer.decoded(write).count == 20)
        }
        #expect(writes == 1)
    }

    @Test(
        arguments: [
            [0x7F, 0xFF, 0xFF, 0xFF, 0x03], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 2, 200, 0], [0, 0, 0, 0],
        ] as [[UInt8]])
    func aMalformedFrameClosesItsConnectionAndNoOther(bytes: [UInt8]) throws {
        let port = RecordingPort()
        let (bad, good) = (try Peer(port: port).open(), try Peer(port: port).open())
        var burst = try bad.encoded([bad.connect(commandID: 1)])
        burst.writeBytes(bytes)
        try bad.channel.writeInbound(burst)
        bad.loop.run()
        #expect(!bad.channel.isActive)
        // What came before the fault is carried out, and the engine learns that the socket is gone.
        #expect(port.record.bursts.map(\.count) == [1])
        #expect(port.record.detached == [LinkID(1)])

        try good.send([good.connect(commandID: 1)])
        #expect(good.channel.isActive)
        #expect(port.record.bursts.map(\.count) == [1, 1])
    }

    @Test func aGoodbyeClosesAndDetachesOnce() throws {
        let peer = try Peer().open()
        try peer.send([peer.connect(commandID: 1), .shutdownInfo(ShutdownInfo())])
        peer.loop.run()
        #expect(!peer.channel.isActive)
        #expect(peer.port.record.bursts.map(\.count) == [1])
        #expect(peer.port.record.detached == [LinkID(1)])
    }

    @Test func theBrokersCloseComesAfterWhatItSaidBefore() throws {
        let peer = try Peer().open()
        peer.port.deliver([.noMessage(LinkID(1), Peer.consumer), .close(LinkID(1), "enough")])
        peer.loop.run()
        #expect(try peer.received().map(\.typeCode) == [TypeCode.messageDispatch])
        #expect(!peer.channel.isActive)
    }

    @Test func suspendedReadingStopsTheSocket() throws {
        let peer = try Peer().open()
        peer.port.deliver([.suspendReading(LinkID(1))])
        #expect(peer.autoRead == false)
        peer.port.deliver([.resumeReading(LinkID(1))])
        #expect(peer.autoRead == true)
    }

    @Test func aPeerThatDoesNotReadIsCongestedUntilItDoes() throws {
        let peer = try Peer().open()
        peer.setWritable(false)
        #expect(peer.autoRead == false)
        #expect(peer.port.record.writability == [false])
        for _ in 0..<10 { peer.port.deliver([.noMessage(LinkID(1), Peer.consumer)]) }
        peer.loop.run()
        #expect(try peer.received().isEmpty)

        peer.setWritable(true)
        peer.loop.run()
        #expect(try peer.received().count == 10)
        #expect(peer.autoRead == true)
        #expect(peer.port.record.writability == [false, true])
    }

    @Test func encodingNeverRunsFarAheadOfTheSocket() throws {
        let peer = try Peer().open()
        let message = Peer.message(bytes: 300_000)
        let events = (1...10).map { Peer.dispatch(message, sequence: $0) }
        peer.port.deliver(events)
        // Two of them pass the limit; the rest waits as references to one and the same message.
        #expect(peer.port.record.writability == [false])
        peer.loop.run()
        #expect(try peer.received().count == 10)
        #expect(peer.port.record.writability == [false, true])
    }

    @Test func aPeerThatTakesNothingIsClosedAfterTheLimit() throws {
        let peer = try Peer().open()
        peer.setWritable(false)
        peer.port.deliver([.noMessage(LinkID(1), Peer.consumer)])
        peer.advance(ms: Peer.stallLimitMs - 1)
        #expect(peer.channel.isActive)
        peer.advance(ms: Peer.stallLimitMs)
        #expect(!peer.channel.isActive)
        #expect(peer.lines.all.contains { $0.contains("event=connection.stalled") })
        #expect(peer.port.record.detached == [LinkID(1)])
    }

    @Test func aMessageThatCannotBeEncodedIsPoisonAndHurtsNobody() throws {
        let peer = try Peer().open()
        let bad = Peer.message(bytes: 1, correlationID: String(repeating: "x", count: 70_000))
        peer.port.deliver([Peer.dispatch(bad, sequence: 1), Peer.dispatch(Peer.message(bytes: 1), sequence: 2)])
        peer.loop.run()
        #expect(peer.channel.isActive)
        #expect(try peer.received().count == 1)
        guard case .acknowledge(let acknowledgement)? = peer.port.record.bursts.last?.last?.command else {
            Issue.record("expected a poison acknowledgement")
            return
        }
        #expect(acknowledgement.kind == .poison)
        #expect(acknowledgement.last.sequence == 1)
    }

    @Test func aSilentPeerIsClosedAndAnIdleOneKeptAlive() throws {
        let peer = try Peer().open()
        _ = try peer.received()
        peer.advance(ms: 10_000)
        #expect(try peer.received().map(\.typeCode) == [TypeCode.keepAliveInfo])
        peer.advance(ms: 60_000)
        #expect(!peer.channel.isActive)
    }

    @Test func nothingIsSaidWhileMastershipIsNotProved() throws {
        let peer = try Peer().open()
        peer.gate.isOn = false
        peer.port.deliver([.noMessage(LinkID(1), Peer.consumer)])
        peer.loop.run()
        #expect(try peer.received().isEmpty)
        peer.gate.isOn = true
        peer.loop.advanceTime(by: FlushQueue.retry)
        #expect(try peer.received().count == 1)
    }

    @Test func steppingDownSaysNothingMore() throws {
        let peer = try Peer().open()
        peer.port.deliver([.noMessage(LinkID(1), Peer.consumer)])
        peer.channel.pipeline.fireUserInboundEventTriggered(ConnectionClosure.immediate)
        peer.loop.run()
        #expect(try peer.received().isEmpty)
        #expect(!peer.channel.isActive)
        #expect(peer.port.record.detached == [LinkID(1)])
    }

    @Test func stoppingSaysWhatIsOutstandingAndCloses() throws {
        let peer = try Peer().open()
        peer.port.deliver([.noMessage(LinkID(1), Peer.consumer)])
        peer.channel.pipeline.fireUserInboundEventTriggered(ConnectionClosure.afterFlush)
        peer.loop.run()
        #expect(try peer.received().count == 1)
        #expect(!peer.channel.isActive)
    }

    @Test func aSocketThatFailsIsDetached() throws {
        let peer = try Peer().open()
        peer.channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
        peer.loop.run()
        #expect(!peer.channel.isActive)
        #expect(peer.port.record.detached == [LinkID(1)])
    }
}

/// A client at the other end of an embedded channel, with clock and gate in the test's hands.
private final class Peer {
    static let stallLimitMs: Int64 = 8_000
    static let consumer = ConsumerID(connection: "c", session: 1, value: 1)

    let channel: EmbeddedChannel
    let port: RecordingPort
    let gate = Switch()
    let lines = Lines()
    private let clock = ManualInstant()
    private let local: WireFormatSettings
    private var encoder = OpenWireEncoder()
    private var decoder: OpenWireDecoder

    var loop: EmbeddedEventLoop { self.channel.embeddedEventLoop }

    init(port: RecordingPort = RecordingPort()) throws {
        self.port = port
        self.local = WireFormatSettings()
        self.decoder = OpenWireDecoder(local: self.local)
        self.channel = EmbeddedChannel()
        var settings = OpenWireConnectionSettings(
            session: try OpenWireSessionSettings(brokerID: "id", brokerName: "test", brokerURL: "tcp://test:1"))
        settings.flow.stallLimitMs = Self.stallLimitMs
        let (clock, gate, lines) = (self.clock, self.gate, self.lines)
        settings.flow.now = { clock.now }
        let logger = Logger(label: "test") { _ in EventLogHandler(level: .debug, sink: lines) }
        let loop = self.channel.embeddedEventLoop
        let flushes = FlushQueue(loop: loop, logger: logger, mayAnswer: { gate.isOn })
        let handler = OpenWireConnectionHandler(
            settings: settings, port: port, flushes: flushes, loop: loop, logger: logger)
        try self.channel.pipeline.syncOperations.addHandler(handler)
        self.channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 5), promise: nil)
        loop.run()
    }

    /// With the handshake done and its frames taken.
    func open() throws -> Peer {
        try self.shakeHands()
        _ = try self.received()
        return self
    }

    func shakeHands() throws {
        try self.channel.writeInbound(try self.encoded([.wireFormatInfo(try self.local.info())]))
        self.loop.run()
        self.encoder = OpenWireEncoder(format: WireFormat.negotiated(self.local, self.local))
    }

    func connect(commandID: Int32) -> OpenWireCommand {
        var info = ConnectionInfo()
        info.header.commandID = commandID
        info.header.responseRequired = true
        info.connectionID = WireConnectionID("c")
        info.clientID = "c"
        return .connectionInfo(info)
    }

    func send(_ commands: [OpenWireCommand]) throws { try self.channel.writeInbound(try self.encoded(commands)) }

    func encoded(_ commands: [OpenWireCommand]) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        for command in commands { try self.encoder.encode(command, into: &buffer) }
        return buffer
    }

    /// What the broker has written since the last look.
    func received() throws -> [OpenWireCommand] {
        var commands: [OpenWireCommand] = []
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { commands += try self.decoded(buffer) }
        return commands
    }

    func decoded(_ buffer: ByteBuffer) throws -> [OpenWireCommand] {
        var (buffer, commands) = (buffer, [OpenWireCommand]())
        while let command = try self.decoder.decode(buffer: &buffer) { commands.append(command) }
        return commands
    }

    /// As the socket's buffer fills up and drains.
    func setWritable(_ isWritable: Bool) {
        self.channel.isWritable = isWritable
        self.channel.pipeline.fireChannelWritabilityChanged()
    }

    /// Nil where nobody changed it.
    var autoRead: Bool? {
        self.channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool
    }

    func advance(ms: Int64) {
        let step: Int64 = 500
        for _ in 0..<max(1, ms / step) {
            self.clock.advance(ms: min(step, ms))
            self.loop.advanceTime(by: .milliseconds(min(step, ms)))
        }
    }

    static func message(bytes: Int, correlationID: String? = nil) -> Message {
        var headers = MessageHeaders(destination: .queue("q"), isPersistent: true)
        headers.correlationID = correlationID
        let producer = ProducerID(connection: "c", session: 1, value: 1)
        return Message(
            id: MessageID(producer: producer, sequence: 1), headers: headers, properties: nil, bodyKind: .bytes,
            isCompressed: false, body: [UInt8](repeating: 7, count: bytes))
    }

    static func dispatch(_ message: Message, sequence: Int) -> BrokerEvent {
        .dispatch(
            LinkID(1),
            Dispatch(
                consumer: Self.consumer, message: message, sequence: MessageSequence(Int64(sequence)),
                redeliveryCount: 0, isFirstOfGroup: false))
    }
}

/// Types of frames (OpenWire reference §6.1).
private enum TypeCode {
    static let wireFormatInfo: UInt8 = 1
    static let brokerInfo: UInt8 = 2
    static let keepAliveInfo: UInt8 = 10
    static let messageDispatch: UInt8 = 21
}
