/// One request of a client, in the broker's terms. `reply` is nil where the client wants no answer to success.
package struct BrokerRequest: Sendable {
    package let link: LinkID
    package let command: BrokerCommand
    package let reply: ReplyToken?
    /// A send whose number is its producer's own and kept over reconnects: stored already, it is answered and not
    /// stored again. Connections that say they replay (``ConnectRequest/isFailoverReconnect``) need not say it.
    package var mayBeRepeated = false

    package init(link: LinkID, command: BrokerCommand, reply: ReplyToken?) {
        self.link = link
        self.command = command
        self.reply = reply
    }
}

/// What a session hands in to recognise an answer; opaque to the broker.
package struct ReplyToken: Hashable, Sendable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

package enum BrokerCommand: Sendable {
    case connect(ConnectRequest)
    case openSession(SessionID)
    case addProducer(ProducerRequest)
    case addConsumer(ConsumerRequest)
    /// `headers.destination` may be composite; the broker makes one copy per element.
    case send(Message, transaction: TransactionID?)
    case acknowledge(Acknowledgement)
    case pull(ConsumerID, PullWait)
    case setPrefetch(ConsumerID, Int32)
    case transaction(TransactionID, connection: ConnectionID, TransactionStep)
    /// Asks for the prepared transactions of the whole broker: answered by ``BrokerReply/transactions(_:)``.
    case recoverTransactions
    /// Announces a temporary destination, or creates an ordinary one.
    case addDestination(Destination, ConnectionID)
    case removeDestination(Destination, ConnectionID)
    case removeConsumer(ConsumerID, LastDelivered)
    case removeProducer(ProducerID)
    case removeSession(SessionID, LastDelivered)
    case removeConnection(ConnectionID, LastDelivered)
    /// Deletes a durable subscription of the connection's client id.
    case unsubscribe(ConnectionID, name: String)
}

package struct ConnectRequest: Sendable {
    package let id: ConnectionID
    /// Nil or empty is refused: a client must have a name.
    package let clientID: String?
    package let userName: String?
    /// Never logged, never in advisories.
    package let password: String?
    /// The client says it replays after a reconnect, so that its repeated sends must be recognised.
    package let isFailoverReconnect: Bool
    package let isFaultTolerant: Bool
    package let isManageable: Bool
    /// `tcp://host:port` of the peer, for error messages and advisories.
    package let peer: String

    package init(
        id: ConnectionID, clientID: String?, userName: String?, password: String?, isFailoverReconnect: Bool,
        isFaultTolerant: Bool, isManageable: Bool, peer: String
    ) {
        self.id = id
        self.clientID = clientID
        self.userName = userName
        self.password = password
        self.isFailoverReconnect = isFailoverReconnect
        self.isFaultTolerant = isFaultTolerant
        self.isManageable = isManageable
        self.peer = peer
    }
}

package struct ProducerRequest: Sendable {
    package let id: ProducerID
    /// Nil for a producer that names the destination with each message.
    package let destination: Destination?
    /// Bytes the client may have unacknowledged; 0 for no window.
    package let windowSize: Int32

    package init(id: ProducerID, destination: Destination?, windowSize: Int32) {
        self.id = id
        self.destination = destination
        self.windowSize = windowSize
    }
}

package struct ConsumerRequest: Sendable {
    package let id: ConsumerID
    /// May be composite or a wildcard.
    package let destination: Destination
    /// Messages in flight at most; 0 to dispatch only on ``BrokerCommand/pull(_:_:)``.
    package var prefetch: Int32
    package var isBrowser = false
    package var selector: String?
    /// Not nil on a topic makes the subscription durable.
    package var subscriptionName: String?
    package var isNoLocal = false
    package var isExclusive = false
    package var isRetroactive = false
    /// Higher is served first.
    package var priority: Int8 = 0
    /// Backlog limit of a slow topic consumer; 0 for the broker's default.
    package var maximumPending: Int32 = 0
    package var isDispatchAsync = false
    package var isOptimizedAcknowledge = false
    package var clientID: String?

    package init(id: ConsumerID, destination: Destination, prefetch: Int32) {
        self.id = id
        self.destination = destination
        self.prefetch = prefetch
    }
}

/// How long a pull waits for a message.
package enum PullWait: Hashable, Sendable {
    case forever
    case none
    case milliseconds(Int64)
}

/// What the client says about the last message its application saw, when a consumer goes away.
package enum LastDelivered: Hashable, Sendable {
    /// Nothing was delivered: redelivery counters stay.
    case nothing
    /// Unknown: every outstanding message counts as delivered once more.
    case unknown
    /// Everything up to and including this one counts as delivered.
    case upTo(MessageSequence)
}

package struct Acknowledgement: Sendable {
    package enum Kind: UInt8, Hashable, Sendable {
        /// Seen by the application, not yet consumed: only widens the window.
        case delivered
        /// Consumed: the range leaves the backlog.
        case consumed
        /// Consumed: exactly `last`.
        case individual
        /// Undeliverable: the range goes to the dead letter queue.
        case poison
        /// Found expired by the client.
        case expired
        /// Redelivered by the client itself; information only.
        case redelivered
    }

    /// A message as an acknowledgement names it: by the broker's number where the client echoes it, else by id.
    package struct Reference: Sendable {
        package let id: MessageID?
        /// 0 where the client does not know it.
        package let sequence: Int64

        package init(id: MessageID?, sequence: Int64) {
            self.id = id
            self.sequence = sequence
        }
    }

    package let consumer: ConsumerID
    package let kind: Kind
    /// Nil: from the consumer's oldest outstanding message.
    package let first: Reference?
    package let last: Reference
    package let count: Int32
    package let transaction: TransactionID?
    /// Why a message is poison, for its dead letter copy.
    package let cause: String?

    package init(
        consumer: ConsumerID, kind: Kind, first: Reference?, last: Reference, count: Int32,
        transaction: TransactionID?, cause: String? = nil
    ) {
        self.consumer = consumer
        self.kind = kind
        self.first = first
        self.last = last
        self.count = count
        self.transaction = transaction
        self.cause = cause
    }
}

package enum TransactionStep: Hashable, Sendable {
    case begin, end, prepare, commitOnePhase, commitTwoPhase, rollback, forget
}
