import BrokerCore
import NIOCore
import Testing

@testable import OpenWire

/// Frames that read well, in any order and with any values, never trap a session: each leads to an action.
@Suite struct OpenWireSessionRandomTests {
    private static let seeds = Array(UInt64(1)...12)

    /// What real clients sent, of all scenarios.
    private static let commandTypes = FillingVisitor.types.filter { $0 < 92 }
    private static let recorded = Result { try Self.recordedCommands() }

    private static func recordedCommands() throws -> [OpenWireCommand] {
        var commands: [OpenWireCommand] = []
        for file in try VectorFile.all() where file.name.hasPrefix("session/loose-v12/") {
            var decoder = OpenWireDecoder(format: file.format)
            for frame in file.frames(fromClient: true) {
                var buffer = ByteBuffer(bytes: frame.bytes)
                if let command = try decoder.decode(buffer: &buffer) { commands.append(command) }
            }
        }
        return commands
    }

    @Test(arguments: Self.seeds)
    func anyOrderOfFramesAndEventsIsWithstood(seed: UInt64) throws {
        let recorded = try Self.recorded.get()
        var random = SeededGenerator(seed: seed)
        var world = World(random: &random)
        var counts: [String: Int] = [:]
        for _ in 0..<1_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                if let command = recorded.randomElement(using: &random) { world.receive(command, &random, &counts) }
            case 5..<7:
                var filling = FillingVisitor(version: world.version, random: random)
                let type = Self.commandTypes.randomElement(using: &random) ?? 0
                if let command = try filling.command(type: type) { world.receive(command, &random, &counts) }
                random = filling.random
            case 7..<9:
                world.event(&random, &counts)
            default:
                world.passTime(&random, &counts)
            }
        }
        // The sequences reach every kind of outcome, or they would prove little.
        for outcome in ["submitted", "sent", "faulted", "finished", "framed"] {
            #expect(counts[outcome, default: 0] > 0, "seed \(seed) never \(outcome): \(counts)")
        }
    }

    /// A session after another, each with a broker of chance behind it.
    private struct World {
        private var session: OpenWireSession
        private var encoder: OpenWireEncoder
        private(set) var version: Int32
        private var now = Instant(wallMs: 1_700_000_000_000, monotonicMs: 0)
        private var tokens: [ReplyToken] = []
        private var messages: [Message] = []
        private var consumers: [ConsumerID] = [Client.consumerID]

        init(random: inout SeededGenerator) {
            let version = Int32.random(in: 1...12, using: &random)
            self.version = version
            self.session = OpenWireSession(
                link: SessionPeer.link, peer: "tcp://p:1", settings: SessionPeer.settings, openedAt: self.now)
            self.encoder = OpenWireEncoder(format: WireFormat(version: version))
            if Int.random(in: 0..<8, using: &random) > 0 {
                _ = self.session.receive(SessionPeer.handshake(version: version), at: self.now)
            }
        }

        mutating func receive(
            _ command: OpenWireCommand, _ random: inout SeededGenerator, _ counts: inout [String: Int]
        ) {
            switch self.session.receive(command, at: self.now) {
            case .none:
                counts["ignored", default: 0] += 1
            case .submit(let request):
                counts["submitted", default: 0] += 1
                #expect(request.link == SessionPeer.link)
                self.remember(request)
            case .send(let reply), .negotiated(_, greeting: let reply):
                counts["sent", default: 0] += 1
                self.write(.one(reply))
            case .finished:
                counts["finished", default: 0] += 1
                self.startAgain(&random)
            case .close(let fault):
                counts["faulted", default: 0] += 1
                #expect(!fault.description.isEmpty)
                self.startAgain(&random)
            }
        }

        mutating func event(_ random: inout SeededGenerator, _ counts: inout [String: Int]) {
            switch self.session.send(self.randomEvent(&random), at: self.now) {
            case .frames(let frames):
                counts["framed", default: 0] += 1
                self.write(frames)
            case .close:
                self.startAgain(&random)
            case .none, .suspendReading, .resumeReading:
                break
            }
        }

        mutating func passTime(_ random: inout SeededGenerator, _ counts: inout [String: Int]) {
            let ms = Int64.random(in: 0...20_000, using: &random)
            self.now = Instant(wallMs: self.now.wallMs + ms, monotonicMs: self.now.monotonicMs + ms)
            if Bool.random(using: &random) { self.session.bytesReceived(at: self.now) }
            if Bool.random(using: &random) { self.session.bytesSent(at: self.now) }
            switch self.session.tick(at: self.now) {
            case .none: break
            case .send(let command): self.write(.one(command))
            case .close: self.startAgain(&random)
            }
        }

        private mutating func remember(_ request: BrokerRequest) {
            if let token = request.reply { self.tokens.append(token) }
            switch request.command {
            case .send(let message, _): self.messages.append(message)
            case .addConsumer(let consumer): self.consumers.append(consumer.id)
            default: break
            }
        }

        private mutating func startAgain(_ random: inout SeededGenerator) {
            let messages = self.messages
            self = World(random: &random)
            self.messages = messages.suffix(100)
        }

        private func randomEvent(_ random: inout SeededGenerator) -> BrokerEvent {
            let link = SessionPeer.link
            let consumer = self.consumers.randomElement(using: &random) ?? Client.consumerID
            let errors: [BrokerError] = [
                .general("x"), .stopped, .xa("y", code: .min), .destinationGone(.queue("Q")), .rolledBack(""),
            ]
            let error = errors.randomElement(using: &random) ?? .stopped
            let replies: [BrokerReply] = [
                .done, .done, .done, .prepared(hasWork: true), .transactions([]), .failed(error),
            ]
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<3:
                guard let token = self.tokens.randomElement(using: &random) else { return .noMessage(link, consumer) }
                return .reply(link, token, replies.randomElement(using: &random) ?? .done)
            case 3..<6:
                guard let message = self.messages.randomElement(using: &random) else { return .resumeReading(link) }
                let dispatch = Dispatch(
                    consumer: consumer, message: message,
                    sequence: MessageSequence(.random(in: 1...(.max), using: &random)),
                    redeliveryCount: .max, isFirstOfGroup: Bool.random(using: &random))
                return .dispatch(link, dispatch)
            case 6: return Bool.random(using: &random) ? .suspendReading(link) : .resumeReading(link)
            default: return .failure(link, error)
            }
        }

        /// What a session says can be written, whatever it was told; a text too long for the wire is the one exception.
        private mutating func write(_ frames: OpenWireSession.Frames) {
            var buffer = ByteBuffer()
            do throws(OpenWireError) {
                try self.encoder.encode(frames: frames, into: &buffer)
                #expect(buffer.readableBytes > 0)
            } catch {
                Issue.record("\(error) for \(frames)")
            }
        }
    }
}
