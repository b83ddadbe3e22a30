import BrokerCore
import NIOCore
import Testing

@testable import OpenWire

/// A session with its handshake done, and the words to hold a conversation with it.
struct SessionPeer {
    static let link = LinkID(7)
    static let settings = SessionPeer.makeSettings()

    var session: OpenWireSession
    var now = Instant(wallMs: 1_700_000_000_000, monotonicMs: 1_000)

    /// - Parameter version: what the client speaks; nil for a socket that has said nothing yet.
    init(version: Int32? = 12) {
        self.session = OpenWireSession(
            link: Self.link, peer: "tcp://10.0.0.1:4711", settings: Self.settings, openedAt: self.now)
        if let version { _ = self.session.receive(Self.handshake(version: version), at: self.now) }
    }

    static func handshake(
        version: Int32 = 12, change: (inout WireFormatSettings) -> Void = { _ in }
    ) -> OpenWireCommand {
        var theirs = WireFormatSettings()
        theirs.version = version
        change(&theirs)
        do throws(PrimitiveError) {
            return .wireFormatInfo(try theirs.info())
        } catch {
            fatalError("no announcement: \(error)")
        }
    }

    private static func makeSettings() -> OpenWireSessionSettings {
        do throws(PrimitiveError) {
            return try OpenWireSessionSettings(
                brokerID: "ID:lockkeeper", brokerName: "keeper", brokerURL: "tcp://keeper:61616")
        } catch {
            fatalError("no settings: \(error)")
        }
    }

    mutating func receive(_ command: OpenWireCommand) -> OpenWireSession.Received {
        self.session.receive(command, at: self.now)
    }

    /// The request that a command leads to.
    mutating func request(
        _ command: OpenWireCommand, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> BrokerRequest {
        let received = self.receive(command)
        guard case .submit(let request) = received else {
            return try #require(nil as BrokerRequest?, "\(received)", sourceLocation: sourceLocation)
        }
        #expect(request.link == Self.link, sourceLocation: sourceLocation)
        return request
    }

    /// The fault that a command leads to.
    mutating func fault(
        _ command: OpenWireCommand, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> OpenWireSessionFault {
        let received = self.receive(command)
        guard case .close(let fault) = received else {
            return try #require(nil as OpenWireSessionFault?, "\(received)", sourceLocation: sourceLocation)
        }
        return fault
    }

    /// The frames that an event leads to; empty for an event that sends nothing.
    mutating func frames(
        _ event: BrokerEvent, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [OpenWireCommand] {
        switch self.session.send(event, at: self.now) {
        case .none: return []
        case .frames(.dispatch(let dispatch)): return [.messageDispatch(dispatch)]
        case .frames(.response(let response)): return [.response(response)]
        case .frames(.one(let command)): return [command]
        case .frames(.two(let first, let second)): return [first, second]
        case let other: return try #require(nil as [OpenWireCommand]?, "\(other)", sourceLocation: sourceLocation)
        }
    }

    /// The frames of the broker's answer to a request.
    mutating func answer(
        _ request: BrokerRequest, _ reply: BrokerReply, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [OpenWireCommand] {
        let token = try #require(request.reply, sourceLocation: sourceLocation)
        return try self.frames(.reply(Self.link, token, reply), sourceLocation: sourceLocation)
    }
}

/// Identifiers as a client of the connection `c` would use them.
enum Client {
    static let connection = WireConnectionID("c")
    static let session = WireSessionID(connectionID: "c", value: 1)
    static let consumer = WireConsumerID(connectionID: "c", sessionID: 1, value: 2)
    static let producer = WireProducerID(connectionID: "c", sessionID: 1, value: 3)
    static let queue = WireDestination(.queue, "Q")

    static let producerID = ProducerID(connection: "c", session: 1, value: 3)
    static let consumerID = ConsumerID(connection: "c", session: 1, value: 2)

    /// A command asking for a response, made by `change`.
    static func command<T: BaseCommand>(_ command: T, id: Int32? = 9, change: (inout T) -> Void = { _ in }) -> T {
        var command = command
        if let id { command.header = CommandHeader(commandID: id, responseRequired: true) }
        change(&command)
        return command
    }

    static func message(
        _ kind: WireMessageKind = .text, id: Int32? = 9, change: (inout WireMessage) -> Void = { _ in }
    ) -> OpenWireCommand {
        var message = WireMessage(kind: kind)
        if let id { message.header = CommandHeader(commandID: id, responseRequired: true) }
        message.producerID = self.producer
        message.destination = self.queue
        message.messageID = WireMessageID(producerID: self.producer, producerSequenceID: 5)
        message.content = [0, 0, 0, 1, 0x78]
        change(&message)
        return .message(message)
    }
}

extension OpenWireCommand {
    /// The bytes of this command's frame.
    func frame(_ format: WireFormat = WireFormat()) throws -> [UInt8] {
        var encoder = OpenWireEncoder(format: format)
        var buffer = ByteBuffer()
        try encoder.encode(self, into: &buffer)
        return Array(buffer.readableBytesView)
    }
}
