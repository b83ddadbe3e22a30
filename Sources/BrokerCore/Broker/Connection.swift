/// A socket as the broker knows it.
final class Link {
    let id: LinkID
    /// False while the socket's outgoing buffer is full: its consumers get nothing meanwhile.
    var isWritable = true
    /// Whether the broker has asked the socket's handler to stop reading.
    var isSuspended = false
    var connections: [ConnectionID] = []

    init(_ id: LinkID) { self.id = id }
}

/// A client's connection and everything that lives and dies with it.
final class Connection {
    let request: ConnectRequest
    let link: Link
    let clientID: String
    var sessions: Set<Int64> = [-1]
    var consumers: [ConsumerID: Consumer] = [:]
    var producers: [ProducerID: ProducerRequest] = [:]
    var transactions: [TransactionID: Transaction] = [:]
    var temporaries: [Destination] = []
    /// On a reconnected connection: producers that were answered since, whose replays are therefore over.
    var answeredProducers: Set<ProducerID> = []
    /// Set while everything of it is being removed: its consumers get nothing more.
    var isEnding = false

    init(_ request: ConnectRequest, link: Link, clientID: String) {
        self.request = request
        self.link = link
        self.clientID = clientID
    }

    var id: ConnectionID { self.request.id }
}

/// An open, or prepared, transaction.
///
/// Sends are held back, acknowledged messages stay in flight, until it commits.
final class Transaction {
    struct Acknowledged {
        let entry: Entry
        let source: Delivery.Source
        /// Nil once the consumer is gone; then a rollback gives the message back to its backlog.
        weak var consumer: Consumer?
    }

    struct Send {
        let message: Message
        /// Where it becomes a scheduled job at the commit, and is sent later.
        let plan: SchedulePlan?
    }

    let id: TransactionID
    /// Order of creation among all transactions.
    let number: UInt64
    var sends: [Send] = []
    var acknowledged: [Acknowledged] = []
    /// Set by the first failed command: the transaction can only be rolled back.
    var failure: BrokerError?
    /// When something was last done in it.
    var usedAtMs: Int64
    /// Copies in the store that a commit reveals; set by prepare.
    var prepared: [PreparedCopy]?
    /// Acknowledgements prepared under an earlier master, whose messages are not in memory.
    var recovered: [StoreBatch.Removal] = []

    var xid: XATransactionID? { if case .xa(let xid) = self.id { xid } else { nil } }

    /// A copy stored by prepare and not yet visible, with its destination.
    struct PreparedCopy {
        let copy: StoredCopy
        let destination: Destination
        let subscriptions: [SubscriptionID]
    }

    init(_ id: TransactionID, number: UInt64, at now: Instant) {
        self.usedAtMs = now.monotonicMs
        self.id = id
        self.number = number
    }
}
