package import BrokerCore

/// One client's socket: the protocol rules between its frames and the broker (STOMP 1.0, 1.1 and 1.2 in ActiveMQ's
/// dialect).
///
///     handshake --CONNECT or STOMP--> open --DISCONNECT--> leaving --all answered--> ended
///         +--------------- fault, refusal, the broker's close -------------------------^
///
/// - handshake: only CONNECT and STOMP are accepted.
/// - open: the version is settled. Frames become requests at once, even before CONNECTED is sent: the broker works in
///   order, and its answer to CONNECT comes first.
/// - leaving: nothing more is taken in. The receipt of DISCONNECT goes out when every persistent message before it is
///   stored and every receipt before it is sent.
/// - ended: the socket is being closed; what still comes from either side is dropped.
///
/// A refusal is an ERROR frame with the text and the receipt's id, after which the socket is closed. The broker's names
/// for the socket (connection, session -1, producer 1, consumers 1, 2, ...) are made up here.
package struct STOMPSession: Sendable {
    /// What a frame of the peer leads to.
    package enum Received: Sendable {
        case none
        case submit(BrokerRequest)
        case submitAll([BrokerRequest])
        /// The version and the heart-beats are settled.
        case connect([BrokerRequest])
        /// Close once everything before is written.
        case finish
        /// Send the frame, then close; the fault is for the log.
        case refuse(STOMPFrame, STOMPSessionFault)
    }

    /// What an event of the broker leads to.
    package enum Sent: Sendable {
        case none
        case frame(STOMPFrame)
        case two(STOMPFrame, STOMPFrame)
        case refuse(STOMPFrame, STOMPSessionFault)
        /// Send the frames, which are the last ones, then close.
        case finish([STOMPFrame])
        /// Close once everything before is written; the text is for the log.
        case close(because: String)
    }

    /// What the passing of time leads to.
    package enum Ticked: Sendable {
        case none
        case heartBeat
        case close(STOMPSessionFault)
    }

    enum State {
        case handshake
        case open
        /// - answered: the broker has let go of the connection.
        case leaving(receipt: String, answered: Bool)
        case ended
    }

    struct OpenTransaction {
        let number: Int64
        let id: TransactionID
        /// What COMMIT rejects: a message goes to the dead letter queue then, and not before.
        var rejections: [Acknowledgement] = []
    }

    let link: LinkID
    let peer: String
    let settings: STOMPSessionSettings
    let connection: ConnectionID
    let producer: ProducerID
    var state = State.handshake
    /// What CONNECT has settled on.
    package internal(set) var version = STOMPVersion.v10
    var heartBeat: STOMPSessionHeartBeat
    var destinations: STOMPDestinations
    var receipts = STOMPSessionReceipts()
    var subscriptions: [Int64: STOMPSubscription] = [:]
    /// The newest consumer of each subscription id.
    var consumersByID: [String: Int64] = [:]
    var transactions: [String: OpenTransaction] = [:]
    /// CONNECTED, and the receipt id that a refusal carries instead.
    var greeting: STOMPFrame?
    var lastConsumer: Int64 = 0
    var lastTransaction: Int64 = 0
    var lastMessage: Int64 = 0
    /// Persistent messages without receipt that are not stored yet.
    var unstored = 0
    /// Consumers in auto mode with messages on their way that are not acknowledged.
    private var automatic: [Int64] = []

    /// - Parameter peer: `tcp://host:port` of the other side.
    package init(link: LinkID, peer: String, settings: STOMPSessionSettings, openedAt now: Instant) {
        self.link = link
        self.peer = peer
        self.settings = settings
        let name = "\(settings.identityPrefix)\(link.rawValue)"
        self.connection = ConnectionID(name)
        self.producer = ProducerID(connection: name, session: -1, value: 1)
        self.destinations = STOMPDestinations(connection: name)
        self.heartBeat = STOMPSessionHeartBeat(openedAt: now)
    }

    // MARK: Events in

    /// A frame of the peer. `now` becomes the arrival time of messages.
    package mutating func receive(_ frame: STOMPFrame, at now: Instant) -> Received {
        switch self.state {
        case .leaving, .ended: return .none
        case .handshake, .open: break
        }
        do throws(STOMPSessionFault) {
            return try self.perform(frame, at: now)
        } catch {
            return .refuse(self.refusal(error, receipt: frame["receipt"]), error)
        }
    }

    /// The peer's bytes are no frames.
    package mutating func receive(_ error: STOMPError) -> Received {
        if case .ended = self.state { return .none }
        let fault = STOMPSessionFault.malformed(error)
        return .refuse(self.refusal(fault, receipt: nil), fault)
    }

    /// An event of the broker for this link.
    package mutating func send(_ event: BrokerEvent, at now: Instant) -> Sent {
        if case .ended = self.state { return .none }
        switch event {
        case .dispatch(_, let dispatch):
            return self.dispatch(dispatch)
        case .reply(_, let token, let reply):
            return self.answer(reply, to: token)
        case .failure(_, let error):
            return self.refuse(error, receipt: nil)
        case .noMessage(_, let consumer):
            return self.endOfBrowse(consumer)
        case .close(_, let reason):
            self.state = .ended
            return .close(because: reason)
        case .stopConsumer:
            // STOMP has no frame that ends one subscription from this side.
            self.state = .ended
            return .close(because: "a subscription was too slow, and the destination's policy ends it")
        case .suspendReading, .resumeReading:
            // What keeps the socket from being read is the handler's to say.
            return .none
        }
    }

    /// The acknowledgements that auto mode owes for what was sent since the last call.
    package mutating func takeAcknowledgements() -> [BrokerRequest] {
        guard !self.automatic.isEmpty else { return [] }
        var requests: [BrokerRequest] = []
        requests.reserveCapacity(self.automatic.count)
        for number in self.automatic {
            guard let acknowledgement = self.subscriptions[number]?.takeAutomatic() else { continue }
            requests.append(self.request(.acknowledge(acknowledgement)))
        }
        self.automatic.removeAll(keepingCapacity: true)
        return requests
    }

    /// Time passed. Due at the latest at ``nextTickMs``; earlier and more often does no harm.
    package mutating func tick(at now: Instant) -> Ticked {
        if case .ended = self.state { return .none }
        switch self.heartBeat.tick(at: now) {
        case .none: return .none
        case .send: return .heartBeat
        case .closeSilent(let ms):
            self.state = .ended
            return .close(.silentPeer(afterMs: ms))
        case .closeUnconnected(let ms):
            self.state = .ended
            return .close(.connectTimedOut(afterMs: ms))
        }
    }

    /// Bytes came in, whether or not they completed a frame.
    package mutating func bytesReceived(at now: Instant) { self.heartBeat.bytesReceived(at: now) }

    /// Bytes were written.
    package mutating func bytesSent(at now: Instant) { self.heartBeat.bytesSent(at: now) }

    /// The socket is read again, or is not read for a while: then silence proves nothing.
    package mutating func readingChanged(to isReading: Bool, at now: Instant) {
        if isReading { self.heartBeat.readingResumed(at: now) } else { self.heartBeat.readingSuspended() }
    }

    // MARK: Queries

    /// Monotonic time at which ``tick(at:)`` is due, unless bytes flow until then; nil while nothing is watched.
    package var nextTickMs: Int64? {
        if case .ended = self.state { nil } else { self.heartBeat.nextTickMs }
    }

    // MARK: Answers

    func request(_ command: BrokerCommand, _ token: STOMPSessionToken? = nil) -> BrokerRequest {
        BrokerRequest(link: self.link, command: command, reply: token?.replyToken)
    }

    /// Ends the session: nothing is said after an ERROR.
    mutating func refusal(_ fault: STOMPSessionFault, receipt: String?) -> STOMPFrame {
        self.state = .ended
        let text = fault.description
        var headers = [STOMPHeader("message", text), STOMPHeader("content-type", "text/plain")]
        if let receipt { headers.append(STOMPHeader("receipt-id", receipt)) }
        if case .unsupportedVersion = fault { headers.append(STOMPHeader("version", STOMPVersion.supported)) }
        let body = Array(text.utf8)
        headers.append(STOMPHeader("content-length", String(body.count)))
        return STOMPFrame(.error, headers, body: body)
    }

    private mutating func refuse(_ error: BrokerError, receipt: String?) -> Sent {
        if case .stopped = error {
            // An answer would make the client take its frame for refused; a closed socket makes it repeat the frame to
            // the next master.
            self.state = .ended
            return .close(because: "the broker is not master any more")
        }
        let fault = STOMPSessionFault.refused(error)
        return .refuse(self.refusal(fault, receipt: receipt), fault)
    }

    private mutating func answer(_ reply: BrokerReply, to token: ReplyToken) -> Sent {
        guard let token = STOMPSessionToken(token) else {
            assertionFailure("a reply token that no session made: \(token.rawValue)")
            return .none
        }
        var receipt: String?
        switch token {
        case .receipt(let number), .subscribed(let number, _): receipt = self.receipts.take(number)
        case .connected: receipt = self.greeting?["receipt-id"]
        case .disconnected: if case .leaving(let asked, _) = self.state { receipt = asked }
        case .unasked: self.unstored -= 1
        }
        if case .failed(let error) = reply { return self.refuse(error, receipt: receipt) }
        switch token {
        case .connected:
            defer { self.greeting = nil }
            return self.greeting.map { .frame($0) } ?? .none
        case .receipt:
            return self.departure(after: receipt.map { Self.receiptFrame($0) })
        case .subscribed(_, let number):
            return self.subscribed(Int64(number), receipt)
        case .unasked:
            return self.departure(after: nil)
        case .disconnected:
            if let receipt { self.state = .leaving(receipt: receipt, answered: true) }
            return self.departure(after: nil)
        }
    }

    /// What is due, with the receipt of DISCONNECT where it was the last thing before it.
    private mutating func departure(after frame: STOMPFrame?) -> Sent {
        guard case .leaving(let receipt, true) = self.state, self.unstored == 0, self.receipts.count == 0 else {
            return frame.map { .frame($0) } ?? .none
        }
        self.state = .ended
        let last = Self.receiptFrame(receipt)
        return .finish(frame.map { [$0, last] } ?? [last])
    }

    private mutating func subscribed(_ number: Int64, _ receipt: String?) -> Sent {
        guard let receipt else { return .none }
        let frame = Self.receiptFrame(receipt)
        guard var subscription = self.subscriptions[number] else { return self.departure(after: frame) }
        subscription.awaitsReceipt = false
        self.subscriptions[number] = subscription
        guard subscription.endsAfterReceipt else { return self.departure(after: frame) }
        return .two(frame, self.endFrame(of: subscription))
    }

    private static func receiptFrame(_ receipt: String) -> STOMPFrame {
        STOMPFrame(.receipt, [STOMPHeader("receipt-id", receipt)])
    }

    // MARK: Messages

    private mutating func dispatch(_ dispatch: Dispatch) -> Sent {
        let number = dispatch.consumer.value
        guard self.subscriptions[number] != nil else { return .none }
        let messageID = dispatch.message.id.description
        // In place: its outstanding messages must not be copied.
        let isDue = self.subscriptions[number]?.delivered(dispatch.sequence, messageID: messageID) ?? false
        if isDue { self.automatic.append(number) }
        guard let subscription = self.subscriptions[number] else { return .none }
        return .frame(self.message(dispatch, id: messageID, for: subscription))
    }

    private mutating func endOfBrowse(_ consumer: ConsumerID) -> Sent {
        guard let subscription = self.subscriptions[consumer.value], subscription.isBrowser else { return .none }
        guard subscription.awaitsReceipt else { return .frame(self.endFrame(of: subscription)) }
        self.subscriptions[consumer.value]?.endsAfterReceipt = true
        return .none
    }

    private func endFrame(of subscription: STOMPSubscription) -> STOMPFrame {
        STOMPFrame(
            .message,
            [
                STOMPHeader("destination", self.destinations.text(of: subscription.destination)),
                STOMPHeader("message-id", "0"), STOMPHeader("subscription", subscription.id ?? ""),
                STOMPHeader("browser", "end"),
            ])
    }
}
