import BrokerCore
import NIOCore
import Testing

@testable import OpenWire

/// The recorded sessions of real clients, played against a session (OpenWire reference, appendix B).
@Suite struct OpenWireSessionVectorTests {
    /// Brokers that ask for a network connection, and are turned away.
    private static func isNetwork(_ file: VectorFile) -> Bool { file.name.contains("/network-") }

    private static func commands(_ file: VectorFile, fromClient: Bool) throws -> [(VectorFile.Frame, OpenWireCommand)] {
        var decoder = OpenWireDecoder(format: file.format)
        return try file.frames(fromClient: fromClient).map { frame in
            var buffer = ByteBuffer(bytes: frame.bytes)
            return (frame, try #require(try decoder.decode(buffer: &buffer)))
        }
    }

    /// A peer for the version that the recording settled on.
    private static func peer(_ file: VectorFile) -> SessionPeer {
        var peer = SessionPeer(version: nil)
        _ = peer.receive(SessionPeer.handshake(version: file.format.version))
        return peer
    }

    /// Whatever a real client sends is accepted, and gets an answer exactly where it asked for one.
    @Test(arguments: try VectorFile.all().filter { $0.isSession && !isNetwork($0) })
    func everythingThatClientsSendIsAccepted(_ file: VectorFile) throws {
        var peer = SessionPeer(version: nil)
        var answered: Set<Int32> = []
        for (frame, command) in try Self.commands(file, fromClient: true) {
            let place: Comment = "\(file.name):\(frame.line) \(frame.typeName)"
            let header = command.header
            if Self.isViolation(command) {
                // Ends the session; the recorded conversation goes on as if it had not been said.
                var session = peer
                _ = try session.fault(command)
                answered.formUnion(header.map { [$0.commandID] } ?? [])
                continue
            }
            switch peer.receive(command) {
            case .submit(let request):
                switch request.reply.flatMap({ OpenWireSessionToken($0) }) {
                case .response(let id), .connected(let id, wantsResponse: true, wantsControl: _):
                    #expect(header == CommandHeader(commandID: id, responseRequired: true), place)
                    answered.insert(id)
                case nil, .accepted, .connected:
                    #expect(header?.responseRequired == false, place)
                }
            case .send(let reply):
                #expect(header?.responseRequired == true, place)
                guard case .keepAliveInfo = reply else {
                    Issue.record(place)
                    continue
                }
            case .negotiated(let format, greeting: .brokerInfo):
                #expect(frame.typeName == "WireFormatInfo", place)
                #expect(format.version <= 12, place)
            case .none, .finished:
                #expect(header?.responseRequired == false, place)
            case .negotiated, .close:
                Issue.record(place)
            }
        }
        for (frame, command) in try Self.commands(file, fromClient: false) {
            guard let id = Self.correlationID(command) else { continue }
            #expect(answered.contains(id), "\(file.name):\(frame.line) answers what we would not")
        }
    }

    /// What the recording did on purpose and no client does (errors-1): a consumer without destination.
    private static func isViolation(_ command: OpenWireCommand) -> Bool {
        if case .consumerInfo(let info) = command { info.destination == nil } else { false }
    }

    @Test(arguments: try VectorFile.all().filter { $0.isSession && isNetwork($0) })
    func brokersThatWantANetworkAreTurnedAway(_ file: VectorFile) throws {
        var peer = SessionPeer(version: nil)
        for (_, command) in try Self.commands(file, fromClient: true) {
            guard case .close(let fault) = peer.receive(command) else { continue }
            guard case .networkConnection(let name) = fault else {
                Issue.record("\(fault)")
                return
            }
            #expect(!name.isEmpty)
            return
        }
        Issue.record("the broker was let in")
    }

    /// The same events make the frames of the recorded broker, byte for byte.
    @Test(arguments: try VectorFile.all().filter { $0.isSession && !isNetwork($0) })
    func whatTheBrokerSaysLooksAsRecorded(_ file: VectorFile) throws {
        var peer = Self.peer(file)
        var events = RecordedEvents(link: SessionPeer.link)
        let format = WireFormat(version: file.format.version)
        for (frame, command) in try Self.commands(file, fromClient: false) {
            let place: Comment = "\(file.name):\(frame.line) \(frame.typeName)"
            guard let expected = try events.expectation(for: command) else { continue }
            peer.now = expected.now
            let frames = try peer.frames(expected.event)
            #expect(frames.count == 1, place)
            #expect(try frames.first?.frame(format).hex == expected.frame.frame(format).hex, place)
        }
    }

    /// The recorded frames that nothing but a whole conversation explains: ConnectionControl and ProducerAck.
    @Test(arguments: try VectorFile.named("producer-window-1", "basic-1", "durable-1"))
    func conversationsLookAsRecorded(_ file: VectorFile) throws {
        var peer = SessionPeer(version: nil)
        var said: [[UInt8]] = []
        let format = WireFormat(version: file.format.version)
        for (_, command) in try Self.commands(file, fromClient: true) {
            guard case .submit(let request) = peer.receive(command), request.reply != nil else { continue }
            for frame in try peer.answer(request, .done) where Self.isOfConversation(frame) {
                said.append(try frame.frame(format))
            }
        }
        let recorded = try Self.commands(file, fromClient: false).map(\.1).filter(Self.isOfConversation)
        #expect(try said.map(\.hex) == recorded.map { try $0.frame(format).hex })
        #expect(!said.isEmpty)
    }

    private static func isOfConversation(_ command: OpenWireCommand) -> Bool {
        switch command {
        case .connectionControl, .producerAck: true
        default: false
        }
    }

    private static func correlationID(_ command: OpenWireCommand) -> Int32? {
        switch command {
        case .response(let response): response.correlationID
        case .exceptionResponse(let response): response.correlationID
        case .integerResponse(let response): response.correlationID
        case .dataArrayResponse(let response): response.correlationID
        default: nil
        }
    }
}
