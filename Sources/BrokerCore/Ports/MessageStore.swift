/// What the broker needs from durable storage.
///
/// All calls return at once; `done` runs later, once, on the store's own thread, in the order of the calls. A page
/// therefore sees every batch handed over before it and none handed over after it.
package protocol MessageStore: Sendable {
    /// Applies all of `batch` in one transaction under the store's epoch, or none of it.
    ///
    /// The proof exists only once the transaction is durable. After ``StoreError/full(_:)`` the store is as before and
    /// stays usable; after any other error it refuses all further batches.
    func commit(_ batch: StoreBatch, done: @escaping @Sendable (Result<any CommitProof, StoreError>) -> Void)

    /// As ``commit(_:done:)``, but on the caller's thread and at once, where the store is idle and nothing has to be
    /// waited for but the disk; nil, with nothing done, where it is not. For callers that have nothing else to do
    /// until the batch is durable: it saves them two changes of thread.
    func commitAtOnce(_ batch: StoreBatch) -> Result<any CommitProof, StoreError>?

    /// At most `limit` messages of a backlog with a sequence of at least `from`, oldest first, and at most about
    /// `maximumBytes` of them (but never none because of it); of one priority alone, where one is named. Messages of
    /// prepared transactions are left out.
    func page(
        of backlog: BacklogID, priority: Int8?, from: MessageSequence, limit: Int, maximumBytes: Int,
        done: @escaping @Sendable (Result<[StoredMessage], StoreError>) -> Void)

    /// At most `limit` jobs after `key` that are due no later than `through`, in the order of their keys, and at most
    /// about `maximumBytes` of them (but never none because of it). Those of prepared transactions are left out.
    func schedules(
        after key: ScheduleKey, through: Int64, limit: Int, maximumBytes: Int,
        done: @escaping @Sendable (Result<[ScheduleRecord], StoreError>) -> Void)

    /// Finishes what was handed over, then lets go of the database. Nothing may be handed over afterwards.
    func close(done: @escaping @Sendable () -> Void)
}

extension MessageStore {
    /// A store that always uses its own thread.
    package func commitAtOnce(_ batch: StoreBatch) -> Result<any CommitProof, StoreError>? { nil }
}

/// Evidence that a batch is durable. Only stores make it (an architecture test checks who conforms), and receipts
/// leave the broker only in exchange for it.
package protocol CommitProof: Sendable {
    /// Epoch under which the transaction was fenced.
    var epoch: Int64 { get }
    /// The jobs that the store holds after it.
    var schedules: ScheduleTotals { get }
}

/// A message read back.
package struct StoredMessage: Sendable {
    package let sequence: MessageSequence
    package let message: Message
    package let redeliveryCount: Int32
    /// As ``StoreBatch/Insert/notBeforeMs``.
    package let notBeforeMs: Int64

    package init(sequence: MessageSequence, message: Message, redeliveryCount: Int32, notBeforeMs: Int64 = 0) {
        self.sequence = sequence
        self.message = message
        self.redeliveryCount = redeliveryCount
        self.notBeforeMs = notBeforeMs
    }
}

/// What a new master must know before it serves. Reading it never scans the messages.
package struct StoreSnapshot: Sendable {
    package struct DestinationRecord: Sendable {
        package let id: DestinationID
        package let destination: Destination
        /// Messages stored, prepared ones left out.
        package let messageCount: Int64
        /// As ``StoreBatch/deliveredThrough`` has it for the queue.
        package let deliveredThrough: MessageSequence

        package init(
            id: DestinationID, destination: Destination, messageCount: Int64,
            deliveredThrough: MessageSequence = MessageSequence(0)
        ) {
            self.id = id
            self.destination = destination
            self.messageCount = messageCount
            self.deliveredThrough = deliveredThrough
        }
    }

    package struct Subscription: Sendable {
        package let record: SubscriptionRecord
        package let messageCount: Int64
        package let deliveredThrough: MessageSequence

        package init(
            record: SubscriptionRecord, messageCount: Int64, deliveredThrough: MessageSequence = MessageSequence(0)
        ) {
            self.record = record
            self.messageCount = messageCount
            self.deliveredThrough = deliveredThrough
        }
    }

    /// A branch that was prepared and neither committed nor rolled back.
    package struct PreparedTransaction: Sendable {
        package let transaction: XATransactionID
        package let inserts: [(sequence: MessageSequence, destination: DestinationID, message: Message)]
        package let removals: [StoreBatch.Removal]

        package init(
            transaction: XATransactionID,
            inserts: [(sequence: MessageSequence, destination: DestinationID, message: Message)],
            removals: [StoreBatch.Removal]
        ) {
            self.transaction = transaction
            self.inserts = inserts
            self.removals = removals
        }
    }

    /// Highest sequence ever given out as far as the store knows; the next master continues above it.
    package var lastSequence: MessageSequence
    /// Highest destination and subscription numbers ever used, likewise.
    package var lastDestinationID: Int64
    package var lastSubscriptionID: Int64
    package var destinations: [DestinationRecord]
    package var subscriptions: [Subscription]
    package var producerSequences: [ProducerID: Int64]
    package var prepared: [PreparedTransaction]
    package var schedules: ScheduleTotals

    package init() {
        self.lastSequence = MessageSequence(0)
        self.lastDestinationID = 0
        self.lastSubscriptionID = 0
        self.destinations = []
        self.subscriptions = []
        self.producerSequences = [:]
        self.prepared = []
        self.schedules = ScheduleTotals()
    }
}

/// The ways in which storage fails. Only `full` passes by itself; after the others the master steps down.
package enum StoreError: Error, Sendable {
    /// Another broker is master now.
    case fenced(held: Int64, found: Int64)
    /// The commit gate did not open: lock, lease or time could not be proved. The text says which.
    case gateClosed(String)
    /// No room: nothing was written.
    case full(String)
    /// The file is damaged. The text names file and page where known.
    case corrupt(String)
    case io(code: Int32, systemError: Int32, during: String)
    /// Handed over after the store was closed or had failed.
    case closed
}
