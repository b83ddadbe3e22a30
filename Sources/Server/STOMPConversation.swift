package import BrokerCore
package import Logging
package import NIOCore
package import STOMP

/// What all STOMP connections have in common.
package struct STOMPConnectionSettings: Sendable {
    package let session: STOMPSessionSettings
    package var limits = STOMPLimits.default
    package var flow = ConnectionFlow()

    package init(session: STOMPSessionSettings) {
        self.session = session
    }
}

/// STOMP on one socket, or within one WebSocket. No protocol rule stands here.
package struct STOMPConversation: Conversation {
    private let settings: STOMPSessionSettings
    /// Whether the transport keeps messages apart, each of which is then one frame.
    private let marksEnds: Bool
    private var session: STOMPSession?
    private var decoder: STOMPDecoder
    private var encoder = STOMPEncoder()

    package init(_ settings: STOMPConnectionSettings, marksEnds: Bool = false) {
        self.settings = settings.session
        self.marksEnds = marksEnds
        self.decoder = STOMPDecoder(limits: settings.limits)
    }

    package mutating func begin(
        link: LinkID, peer: String, at now: Instant, logger: Logger, into output: inout ConversationOutput
    ) -> ConversationStep {
        self.session = STOMPSession(link: link, peer: peer, settings: self.settings, openedAt: now)
        return .proceed
    }

    package mutating func receive(
        _ bytes: inout ByteBuffer, at now: Instant, into output: inout ConversationOutput
    ) -> ConversationStep {
        do throws(STOMPError) {
            guard let frame = try self.decoder.decode(buffer: &bytes) else { return .waitForBytes }
            return self.follow(self.session?.receive(frame, at: now) ?? .none, into: &output)
        } catch {
            return self.follow(self.session?.receive(error) ?? .none, into: &output)
        }
    }

    private mutating func follow(
        _ received: STOMPSession.Received, into output: inout ConversationOutput
    ) -> ConversationStep {
        switch received {
        case .none: return .proceed
        case .submit(let request):
            output.requests.append(request)
            return .proceed
        case .submitAll(let requests):
            output.requests += requests
            return .proceed
        case .connect(let requests):
            output.requests += requests
            if let version = self.session?.version { self.encoder.version = version }
            return .reschedule
        case .finish:
            return .closeWhenWritten(because: "the client said goodbye")
        case .refuse(let frame, let fault):
            self.encode(frame, into: &output)
            return .closeWhenWritten(because: fault.description)
        }
    }

    package mutating func send(
        _ event: BrokerEvent, at now: Instant, into output: inout ConversationOutput
    ) -> ConversationStep {
        switch self.session?.send(event, at: now) {
        case .some(.none), nil:
            return .proceed
        case .frame(let frame):
            self.encode(frame, into: &output)
            return .proceed
        case .two(let first, let second):
            self.encode(first, into: &output)
            self.encode(second, into: &output)
            return .proceed
        case .refuse(let frame, let fault):
            self.encode(frame, into: &output)
            return .closeWhenWritten(because: fault.description)
        case .finish(let frames):
            for frame in frames { self.encode(frame, into: &output) }
            return .closeWhenWritten(because: "the client said goodbye")
        case .close(let reason):
            return .closeWhenWritten(because: reason)
        }
    }

    private func encode(_ frame: STOMPFrame, into output: inout ConversationOutput) {
        self.encoder.encode(frame, into: &output.bytes)
        self.markEnd(in: &output)
    }

    private func markEnd(in output: inout ConversationOutput) {
        if self.marksEnds { output.ends.append(output.bytes.writerIndex) }
    }

    package mutating func drained(into output: inout ConversationOutput) {
        guard let due = self.session?.takeAcknowledgements(), !due.isEmpty else { return }
        output.requests += due
    }

    package mutating func tick(at now: Instant, into output: inout ConversationOutput) -> ConversationStep {
        switch self.session?.tick(at: now) {
        case .heartBeat:
            STOMPEncoder.heartBeat(into: &output.bytes)
            self.markEnd(in: &output)
            return .proceed
        case .close(let fault):
            return .close(because: fault.description, .info)
        case .some(.none), nil:
            return .proceed
        }
    }

    package mutating func bytesReceived(at now: Instant) { self.session?.bytesReceived(at: now) }

    package mutating func bytesSent(at now: Instant) { self.session?.bytesSent(at: now) }

    package mutating func readingChanged(to isReading: Bool, at now: Instant) {
        self.session?.readingChanged(to: isReading, at: now)
    }

    package var nextTickMs: Int64? { self.session?.nextTickMs }
}

/// One STOMP socket.
package typealias STOMPConnectionHandler = ConnectionHandler<STOMPConversation>

extension ConnectionHandler<STOMPConversation> {
    /// - Parameter isWebSocket: each frame is to be a message of its own.
    package convenience init(
        settings: STOMPConnectionSettings, isWebSocket: Bool = false, port: any BrokerPort, flushes: FlushQueue,
        loop: any EventLoop, logger: Logger
    ) {
        self.init(
            STOMPConversation(settings, marksEnds: isWebSocket), flow: settings.flow, port: port, flushes: flushes,
            loop: loop, logger: logger)
    }
}
