package import BrokerCore
package import Logging
package import NIOCore
package import OpenWire

/// What all OpenWire connections have in common.
package struct OpenWireConnectionSettings: Sendable {
    package let session: OpenWireSessionSettings
    /// Largest frame taken, in bytes.
    package var frameLimit = WireLimits.defaultFrameSize
    package var flow = ConnectionFlow()

    package init(session: OpenWireSessionSettings) {
        self.session = session
    }
}

/// OpenWire on one socket. No protocol rule stands here.
package struct OpenWireConversation: Conversation {
    private let settings: OpenWireSessionSettings
    private var link: LinkID?
    private var session: OpenWireSession?
    private var decoder: OpenWireDecoder
    private var encoder = OpenWireEncoder()
    private var logger: Logger?

    package init(_ settings: OpenWireConnectionSettings) {
        self.settings = settings.session
        self.decoder = OpenWireDecoder(local: settings.session.wireFormat, frameLimit: settings.frameLimit)
    }

    package mutating func begin(
        link: LinkID, peer: String, at now: Instant, logger: Logger, into output: inout ConversationOutput
    ) -> ConversationStep {
        let session = OpenWireSession(link: link, peer: peer, settings: self.settings, openedAt: now)
        self.link = link
        self.session = session
        self.logger = logger
        return self.encode(session.opening, into: &output)
    }

    package mutating func receive(
        _ bytes: inout ByteBuffer, at now: Instant, into output: inout ConversationOutput
    ) -> ConversationStep {
        let command: OpenWireCommand
        do throws(OpenWireError) {
            guard let next = try self.decoder.decode(buffer: &bytes) else { return .waitForBytes }
            command = next
        } catch {
            return .close(because: "malformed frame: \(error)", .debug)
        }
        switch self.session?.receive(command, at: now) {
        case .submit(let request):
            output.requests.append(request)
            return .proceed
        case .send(let answer):
            return self.encode(answer, into: &output)
        case .negotiated(let format, let greeting):
            self.encoder = OpenWireEncoder(format: format)
            let step = self.encode(greeting, into: &output)
            return step == .proceed ? .reschedule : step
        case .finished:
            return .closeWhenWritten(because: "the client said goodbye")
        case .close(let fault):
            return .close(because: fault.description, .debug)
        case .some(.none), nil:
            return .proceed
        }
    }

    package mutating func send(
        _ event: BrokerEvent, at now: Instant, into output: inout ConversationOutput
    ) -> ConversationStep {
        switch self.session?.send(event, at: now) {
        case .frames(let frames):
            do throws(OpenWireError) {
                try self.encoder.encode(frames: frames, into: &output.bytes)
                return .proceed
            } catch {
                return self.refused(event, error, into: &output)
            }
        case .close(let reason):
            return .closeWhenWritten(because: reason)
        case .suspendReading, .resumeReading, .some(.none), nil:
            return .proceed
        }
    }

    /// A message that cannot be written is for the dead letter queue; an answer is the end.
    private func refused(
        _ event: BrokerEvent, _ error: OpenWireError, into output: inout ConversationOutput
    ) -> ConversationStep {
        guard case .dispatch(_, let dispatch) = event, let session = self.session else {
            return .close(because: "an answer cannot be encoded: \(error)", .warning)
        }
        self.logger?.warning(
            "message.undeliverable", metadata: ["message": "\(dispatch.message.id)", "error": "\(error)"])
        output.requests.append(session.undeliverable(dispatch, because: error))
        return .proceed
    }

    private mutating func encode(
        _ command: OpenWireCommand, into output: inout ConversationOutput
    ) -> ConversationStep {
        do throws(OpenWireError) {
            try self.encoder.encode(command, into: &output.bytes)
            return .proceed
        } catch {
            return .close(because: "an answer cannot be encoded: \(error)", .warning)
        }
    }

    package mutating func drained(into output: inout ConversationOutput) {}

    package mutating func tick(at now: Instant, into output: inout ConversationOutput) -> ConversationStep {
        switch self.session?.tick(at: now) {
        case .send(let command): self.encode(command, into: &output)
        case .close(let fault): .close(because: fault.description, .info)
        case .some(.none), nil: .proceed
        }
    }

    package mutating func bytesReceived(at now: Instant) { self.session?.bytesReceived(at: now) }

    package mutating func bytesSent(at now: Instant) { self.session?.bytesSent(at: now) }

    package mutating func readingChanged(to isReading: Bool, at now: Instant) {
        guard let link = self.link else { return }
        _ = self.session?.send(isReading ? .resumeReading(link) : .suspendReading(link), at: now)
    }

    package var nextTickMs: Int64? { self.session?.nextTickMs }
}

/// One OpenWire socket.
package typealias OpenWireConnectionHandler = ConnectionHandler<OpenWireConversation>

extension ConnectionHandler<OpenWireConversation> {
    package convenience init(
        settings: OpenWireConnectionSettings, port: any BrokerPort, flushes: FlushQueue, loop: any EventLoop,
        logger: Logger
    ) {
        self.init(
            OpenWireConversation(settings), flow: settings.flow, port: port, flushes: flushes, loop: loop,
            logger: logger)
    }
}
