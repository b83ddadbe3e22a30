package import BrokerCore

/// One client's socket: the protocol rules between its frames and the broker (OpenWire reference §§9-21).
///
///     handshake --WireFormatInfo--> open --ShutdownInfo, fault or the broker's close--> ended
///
/// - handshake: our WireFormatInfo is on its way; of the peer only its own is accepted.
/// - open: settings are negotiated and BrokerInfo is sent; commands become requests, events become frames.
/// - ended: the socket is being closed; what still comes from either side is dropped.
///
/// Knows nothing of what exists in the broker: whether an id is known, a name is free or a transaction open is for the
/// broker to say. Ids are handed on by value, so one socket may carry several connections.
package struct OpenWireSession: Sendable {
    /// What a frame of the peer leads to.
    package enum Received: Sendable {
        case none
        case submit(BrokerRequest)
        case send(OpenWireCommand)
        /// The handshake is done. Everything from here on is written in `format`, first `greeting`. The decoder has
        /// taken the same settings by itself.
        case negotiated(WireFormat, greeting: OpenWireCommand)
        /// The peer said goodbye: close without a word.
        case finished
        /// Close without a word, and log why.
        case close(OpenWireSessionFault)
    }

    /// What an event of the broker leads to.
    package enum Sent: Sendable {
        case none
        case frames(Frames)
        /// Close once everything before is written; the text is for the log.
        case close(because: String)
        case suspendReading
        case resumeReading
    }

    /// What the passing of time leads to.
    package enum Ticked: Sendable {
        case none
        case send(OpenWireCommand)
        case close(OpenWireSessionFault)
    }

    private enum State {
        case handshake
        case open
        case ended
    }

    let link: LinkID
    let peer: String
    private let settings: OpenWireSessionSettings
    private var state = State.handshake
    private var keepAlive: OpenWireSessionKeepAlive
    var inbound = OpenWireSessionInbound()
    var outbound = OpenWireSessionOutbound()
    var windows = OpenWireSessionWindows()
    /// A failover client said so before its ConnectionInfo (reference §18.2).
    var isFaultTolerant = false

    /// - Parameter peer: `tcp://host:port` of the other side.
    package init(link: LinkID, peer: String, settings: OpenWireSessionSettings, openedAt now: Instant) {
        self.link = link
        self.peer = peer
        self.settings = settings
        self.keepAlive = OpenWireSessionKeepAlive(openedAt: now)
    }

    /// The first frame, to be sent at once without waiting for the peer's (reference §2.1).
    package var opening: OpenWireCommand { .wireFormatInfo(self.settings.announcement) }

    // MARK: Events in

    /// A frame of the peer. `now` becomes the arrival time of messages.
    package mutating func receive(_ command: OpenWireCommand, at now: Instant) -> Received {
        switch self.state {
        case .ended:
            return .none
        case .handshake:
            return self.receiveHandshake(command, at: now)
        case .open:
            do throws(OpenWireSessionFault) {
                return try self.perform(command, at: now)
            } catch {
                return self.end(error)
            }
        }
    }

    /// An event of the broker for this link. `now` becomes the dispatch time of messages.
    package mutating func send(_ event: BrokerEvent, at now: Instant) -> Sent {
        if case .ended = self.state { return .none }
        switch event {
        case .dispatch(_, let dispatch):
            return .frames(.dispatch(self.outbound.dispatch(dispatch, at: now)))
        case .reply(_, let token, let reply):
            return self.answer(reply, to: token)
        case .failure(_, let error):
            guard let report = Self.connectionError(error) else { return self.end(because: error) }
            return .frames(.one(report))
        case .noMessage(_, let consumer):
            return .frames(.dispatch(self.outbound.noMessage(for: consumer)))
        case .stopConsumer(_, let consumer):
            return .frames(.one(self.outbound.stop(consumer)))
        case .close(_, let reason):
            self.state = .ended
            return .close(because: reason)
        case .suspendReading:
            self.keepAlive.readingSuspended()
            return .suspendReading
        case .resumeReading:
            self.keepAlive.readingResumed(at: now)
            return .resumeReading
        }
    }

    /// Time passed. Due at the latest at ``nextTickMs``; earlier and more often does no harm.
    package mutating func tick(at now: Instant) -> Ticked {
        if case .ended = self.state { return .none }
        switch self.keepAlive.tick(at: now) {
        case .none:
            return .none
        case .sendKeepAlive:
            return .send(.keepAliveInfo(KeepAliveInfo()))
        case .closeSilent(let ms):
            self.state = .ended
            return .close(.silentPeer(afterMs: ms))
        case .closeUnnegotiated(let ms):
            self.state = .ended
            return .close(.handshakeTimedOut(afterMs: ms))
        }
    }

    /// Bytes came in, whether or not they completed a frame.
    package mutating func bytesReceived(at now: Instant) {
        self.keepAlive.bytesReceived(at: now)
    }

    /// Bytes were written.
    package mutating func bytesSent(at now: Instant) {
        self.keepAlive.bytesSent(at: now)
    }

    // MARK: Queries

    /// Monotonic time at which ``tick(at:)`` is due, unless bytes flow until then; nil while nothing is watched.
    package var nextTickMs: Int64? {
        if case .ended = self.state { nil } else { self.keepAlive.nextTickMs }
    }

    /// What to ask of the broker when the encoder refuses a dispatch: a text too long for the peer's encoding, a frame
    /// above its limit. The message goes to the dead letter queue, instead of coming back to the same wall for ever.
    package func undeliverable(_ dispatch: Dispatch, because error: OpenWireError) -> BrokerRequest {
        let reference = Acknowledgement.Reference(id: dispatch.message.id, sequence: dispatch.sequence.rawValue)
        let acknowledgement = Acknowledgement(
            consumer: dispatch.consumer, kind: .poison, first: reference, last: reference, count: 1, transaction: nil,
            cause: "the message cannot be written in the client's wire format: \(error)")
        return BrokerRequest(link: self.link, command: .acknowledge(acknowledgement), reply: nil)
    }

    // MARK: Private

    private mutating func receiveHandshake(_ command: OpenWireCommand, at now: Instant) -> Received {
        guard case .wireFormatInfo(let info) = command else {
            if case .null = command { return .none }
            return self.end(.commandBeforeHandshake(type: command.typeCode))
        }
        do throws(OpenWireError) {
            let format = WireFormat.negotiated(self.settings.wireFormat, try WireFormatSettings(info))
            self.keepAlive.negotiated(
                durationMs: format.maxInactivityDuration, initialDelayMs: format.maxInactivityDurationInitialDelay,
                at: now)
            self.outbound.version = format.version
            self.state = .open
            return .negotiated(format, greeting: .brokerInfo(self.settings.brokerInfo))
        } catch {
            return self.end(.badHandshake(error))
        }
    }

    private mutating func end(_ fault: OpenWireSessionFault) -> Received {
        self.state = .ended
        return .close(fault)
    }

    /// For the one error that clients must not see: see ``OpenWireSessionError``.
    private mutating func end(because error: BrokerError) -> Sent {
        self.state = .ended
        return .close(because: "broker error without answer: \(error)")
    }

    mutating func finish() -> Received {
        self.state = .ended
        return .finished
    }

    private mutating func answer(_ reply: BrokerReply, to token: ReplyToken) -> Sent {
        guard let token = OpenWireSessionToken(token) else {
            assertionFailure("a reply token that no session made: \(token.rawValue)")
            return .none
        }
        if case .failed(let error) = reply, OpenWireSessionError(error) == nil { return self.end(because: error) }
        switch token {
        case .response(let commandID):
            if case .done = reply { return .frames(.response(Self.plainResponse(to: commandID))) }
            return .frames(.one(Self.response(reply, to: commandID)))
        case .connected(let commandID, let wantsResponse, let wantsControl):
            return Self.connected(reply, to: wantsResponse ? commandID : nil, wantsControl: wantsControl)
        case .accepted(let number, let size):
            return self.accepted(reply, number: number, size: size)
        }
    }
}
