/// Everything one transaction of the store writes, as plain values.
///
/// The store applies the parts in the order in which they stand here. A batch never both inserts and deletes one
/// sequence: such a message is elided before the batch is handed over.
package struct StoreBatch: Sendable {
    package struct NewDestination: Sendable {
        package let id: DestinationID
        package let destination: Destination

        package init(id: DestinationID, destination: Destination) {
            self.id = id
            self.destination = destination
        }
    }

    /// A message row. Topic messages are stored only with the subscriptions that still want them.
    package struct Insert: Sendable {
        package let sequence: MessageSequence
        package let destination: DestinationID
        package let message: Message
        package let redeliveryCount: Int32
        /// Durable subscriptions, or spools of consumers, that shall get it; empty for queues.
        package let subscriptions: [SubscriptionID]
        /// The prepared transaction that hides the message until it commits.
        package let prepared: XATransactionID?
        /// Unix time in milliseconds before which nobody gets it; 0 for at once.
        package let notBeforeMs: Int64
        /// Whether the next master drops the row although the message is persistent: its subscriptions are not durable.
        /// Rows of messages that are not persistent are dropped anyway.
        package let isSpooled: Bool

        package init(
            sequence: MessageSequence, destination: DestinationID, message: Message, redeliveryCount: Int32 = 0,
            subscriptions: [SubscriptionID] = [], prepared: XATransactionID? = nil, notBeforeMs: Int64 = 0,
            isSpooled: Bool = false
        ) {
            self.sequence = sequence
            self.destination = destination
            self.message = message
            self.redeliveryCount = redeliveryCount
            self.subscriptions = subscriptions
            self.prepared = prepared
            self.notBeforeMs = notBeforeMs
            self.isSpooled = isSpooled
        }
    }

    /// The final acknowledgement of one message by one backlog.
    package struct Removal: Hashable, Sendable {
        package let backlog: BacklogID
        package let sequence: MessageSequence

        package init(backlog: BacklogID, sequence: MessageSequence) {
            self.backlog = backlog
            self.sequence = sequence
        }
    }

    /// A prepared XA branch: its sends are `inserts` that name it, its acknowledgements stand here.
    package struct Prepare: Sendable {
        package let transaction: XATransactionID
        package let removals: [Removal]

        package init(transaction: XATransactionID, removals: [Removal]) {
            self.transaction = transaction
            self.removals = removals
        }
    }

    /// The end of a prepared branch: commit shows its messages and applies its removals, rollback deletes its messages.
    package struct Resolve: Sendable {
        package let transaction: XATransactionID
        package let commits: Bool

        package init(transaction: XATransactionID, commits: Bool) {
            self.transaction = transaction
            self.commits = commits
        }
    }

    /// Deletes the destination's row, its messages and its subscriptions.
    package var destroyedDestinations: [DestinationID] = []
    package var newDestinations: [NewDestination] = []
    /// Deletes the subscription and its backlog.
    package var destroyedSubscriptions: [SubscriptionID] = []
    package var newSubscriptions: [SubscriptionRecord] = []
    /// Ascending by sequence.
    package var inserts: [Insert] = []
    package var prepares: [Prepare] = []
    package var resolves: [Resolve] = []
    /// In any order. Removing an unknown sequence does nothing.
    package var removals: [Removal] = []
    /// What happens to scheduled jobs, in this order.
    package var scheduleChanges: [ScheduleChange] = []
    /// Highest sequence number stored per producer, to recognise replayed sends after a take-over.
    package var producerSequences: [ProducerID: Int64] = [:]
    /// Messages of the backlog up to here may have reached a consumer by now. The next master marks what is left of
    /// them as redelivered. Never goes back.
    package var deliveredThrough: [BacklogID: MessageSequence] = [:]
    /// Highest sequence given out so far, where it is above those of the inserts: of messages that are never stored.
    /// The store keeps some hundred thousand numbers in reserve, so that telling it a few times a second suffices.
    package var lastSequence: MessageSequence?

    package init() {}

    package var isEmpty: Bool { self.removals.isEmpty && self.isOfRemovalsAlone }

    /// Besides removals there is nothing that is worth a commit.
    var isOfRemovalsAlone: Bool {
        self.inserts.isEmpty && self.newDestinations.isEmpty && self.destroyedDestinations.isEmpty
            && self.newSubscriptions.isEmpty && self.destroyedSubscriptions.isEmpty && self.prepares.isEmpty
            && self.resolves.isEmpty && self.scheduleChanges.isEmpty
    }
}

extension StoreBatch {
    /// Whether this is one message, for a queue or for later. Not what fires: pages that were read before must arrive
    /// before it is durable.
    var isOneMessage: Bool {
        guard let change = self.scheduleChanges.first else { return self.inserts.count == 1 }
        guard self.scheduleChanges.count == 1, self.inserts.isEmpty, case .insert = change else { return false }
        return true
    }
}

/// One ordered backlog of messages in the store: a queue's, or a durable subscription's.
package enum BacklogID: Hashable, Sendable {
    case queue(DestinationID)
    case subscription(SubscriptionID)
}

/// A durable topic subscription (JMS 1.1 §6.11.1), named by client id and subscription name.
package struct SubscriptionRecord: Hashable, Sendable {
    package let id: SubscriptionID
    package let clientID: String
    package let name: String
    /// The topic as subscribed to: may be a wildcard.
    package let topic: Destination
    package let selector: String?
    package let isNoLocal: Bool

    package init(
        id: SubscriptionID, clientID: String, name: String, topic: Destination, selector: String?, isNoLocal: Bool
    ) {
        self.id = id
        self.clientID = clientID
        self.name = name
        self.topic = topic
        self.selector = selector
        self.isNoLocal = isNoLocal
    }
}
