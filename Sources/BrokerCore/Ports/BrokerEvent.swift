/// What the broker has to tell a client's socket. Events of one link are delivered in order.
package enum BrokerEvent: Sendable {
    case reply(LinkID, ReplyToken, BrokerReply)
    /// A command that asked for no answer failed.
    case failure(LinkID, BrokerError)
    case dispatch(LinkID, Dispatch)
    /// Nothing (more) to deliver: the end of a browse, or a pull that ran out of time.
    case noMessage(LinkID, ConsumerID)
    /// The consumer was cut off: its client is told to close it.
    case stopConsumer(LinkID, ConsumerID)
    /// The broker is done with the socket; the text says why, for the log.
    case close(LinkID, String)
    /// Stop, or go on, reading from the socket: flow control.
    case suspendReading(LinkID)
    case resumeReading(LinkID)

    package var link: LinkID {
        switch self {
        case .reply(let link, _, _), .failure(let link, _), .dispatch(let link, _), .noMessage(let link, _),
            .stopConsumer(let link, _), .close(let link, _), .suspendReading(let link), .resumeReading(let link):
            link
        }
    }
}

package enum BrokerReply: Sendable {
    case done
    /// The outcome of a prepare: false when the transaction had nothing to do and is over.
    case prepared(hasWork: Bool)
    case transactions([XATransactionID])
    case failed(BrokerError)
}

/// One message for one consumer.
package struct Dispatch: Sendable {
    package let consumer: ConsumerID
    package let message: Message
    package let sequence: MessageSequence
    /// Earlier deliveries that the broker knows of.
    package let redeliveryCount: Int32
    package let isFirstOfGroup: Bool

    package init(
        consumer: ConsumerID, message: Message, sequence: MessageSequence, redeliveryCount: Int32,
        isFirstOfGroup: Bool
    ) {
        self.consumer = consumer
        self.message = message
        self.sequence = sequence
        self.redeliveryCount = redeliveryCount
        self.isFirstOfGroup = isFirstOfGroup
    }
}

/// What advisory topics tell (their names start with `ActiveMQ.Advisory.`).
package enum Advisory: Hashable, Sendable {
    case destinationAdded(Destination, ConnectionID)
    case destinationRemoved(Destination, ConnectionID)
    case connectionStarted(ConnectionID, clientID: String, userName: String?, peer: String)
    case connectionStopped(ConnectionID)
    case consumerStarted(ConsumerDescription)
    case consumerStopped(ConsumerID)
    case producerStarted(ProducerID, destination: Destination?, windowSize: Int32)
    case producerStopped(ProducerID)
    /// What befell a message, mostly without its body; the topic says what it was.
    case message(Message)
    /// The destination, or the broker, has no room.
    case full
    /// This broker became master.
    case becameMaster
}

/// A consumer as advisories describe it.
package struct ConsumerDescription: Hashable, Sendable {
    package let id: ConsumerID
    package let destination: Destination
    package let prefetch: Int32
    package let isBrowser: Bool
    package let selector: String?
    package let subscriptionName: String?
    package let clientID: String?
    package let isNoLocal: Bool
    package let isExclusive: Bool
    package let isRetroactive: Bool
    package let priority: Int8

    package init(_ request: ConsumerRequest) {
        self.id = request.id
        self.destination = request.destination
        self.prefetch = request.prefetch
        self.isBrowser = request.isBrowser
        self.selector = request.selector
        self.subscriptionName = request.subscriptionName
        self.clientID = request.clientID
        self.isNoLocal = request.isNoLocal
        self.isExclusive = request.isExclusive
        self.isRetroactive = request.isRetroactive
        self.priority = request.priority
    }
}

/// Why the broker refused a command. Each case has one fixed meaning to clients; the sessions map it to their
/// protocol's error.
package enum BrokerError: Error, Hashable, Sendable {
    case invalidClientID(String)
    case notAuthorized(String)
    case invalidSelector(String)
    case invalidDestination(String)
    /// A send to a temporary destination that is gone.
    case destinationGone(Destination)
    /// Out of order: unknown session, producer, consumer.
    case illegalState(String)
    case resourceExhausted(String)
    /// The transaction was marked for rollback; it is rolled back.
    case rolledBack(String)
    /// An XA failure with the code of X/Open XA §3 (`xaErrorCode`).
    case xa(String, code: Int32)
    /// Anything else the client should show its user.
    case general(String)
    /// This broker is no longer master; nothing was confirmed.
    case stopped
}

/// The time at which a command or tick happens. The broker never looks at a clock.
package struct Instant: Hashable, Sendable {
    /// Unix time, for expiry and stamps.
    package let wallMs: Int64
    /// Monotonic time, for waiting.
    package let monotonicMs: Int64

    package init(wallMs: Int64, monotonicMs: Int64) {
        self.wallMs = wallMs
        self.monotonicMs = monotonicMs
    }
}
