import DequeModule

/// One consumer with its dispatch window.
///
/// Of the messages dispatched and not yet removed, D, the client has released E by saying "delivered"; more may be
/// dispatched while D - E is below the prefetch (OpenWire reference, 11.4).
final class Consumer {
    enum Role {
        /// Competes for the messages of queues.
        case queues
        /// A topic subscription that ends with the consumer; what exceeds the window waits in the backlog.
        case topic(Backlog)
        case durable(DurableSubscription)
        case browser(Browse)
    }

    let request: ConsumerRequest
    unowned let connection: Connection
    let filter: MessageFilter
    let role: Role
    /// Order of creation among all consumers.
    let number: UInt64
    private let shared: SharedPolicy
    /// What a topic consumer may be behind; nil for any number.
    private(set) var pendingLimit: Int?
    /// Messages that were dropped because it was too far behind.
    var discarded: Int64 = 0
    /// Whether it had no room for a message when it was last looked at, since when, and how often.
    var isSlow = false
    var slowSinceMs: Int64 = 0
    var slowCount = 0
    var checkedMs: Int64
    var lastAcknowledgedMs: Int64
    var prefetch: Int
    var dispatched: Deque<Delivery> = []
    /// E of the window.
    var released = 0
    /// A pull that waits for a message; with prefetch 0 nothing is dispatched without one.
    var pull: Pull?
    /// The queues it is a member of.
    var queues: [Queue] = []
    /// The topics it is a member of.
    var topics: [Topic] = []

    struct Pull {
        /// Monotonic milliseconds at which "no message" is due; nil to wait for ever.
        let deadlineMs: Int64?
    }

    init(
        _ request: ConsumerRequest, connection: Connection, filter: MessageFilter, role: Role, number: UInt64,
        policy: SharedPolicy, at now: Instant
    ) {
        self.request = request
        self.connection = connection
        self.filter = filter
        self.role = role
        self.number = number
        self.prefetch = Int(max(0, request.prefetch))
        self.shared = policy
        self.pendingLimit = policy.entry.pendingLimit.limit(
            prefetch: self.prefetch, requested: request.maximumPending)
        self.checkedMs = now.monotonicMs
        self.lastAcknowledgedMs = now.monotonicMs
    }

    /// What may wait beyond the window goes by its size where the policy says so.
    func setPrefetch(_ prefetch: Int32) {
        self.prefetch = Int(max(0, prefetch))
        self.pendingLimit = self.policy.pendingLimit.limit(
            prefetch: self.prefetch, requested: self.request.maximumPending)
    }

    var policy: PolicyEntry { _read { yield self.shared.entry } }

    var id: ConsumerID { self.request.id }
    var link: LinkID { self.connection.link.id }

    /// Whether it is so far behind on its topics that the store keeps the rest.
    var isSpooling: Bool {
        if case .topic(let backlog) = self.role { backlog.waitsOnDisk } else { false }
    }

    var hasCredit: Bool {
        guard self.connection.link.isWritable, !self.connection.isEnding else { return false }
        return self.prefetch == 0 ? self.pull != nil : self.dispatched.count - self.released < self.prefetch
    }

    /// Index of the message an acknowledgement names, or nil when it is not outstanding here.
    func index(of reference: Acknowledgement.Reference) -> Int? {
        if reference.sequence > 0 {
            if let first = self.dispatched.first, first.entry.sequence.rawValue == reference.sequence { return 0 }
            if let last = self.dispatched.last, last.entry.sequence.rawValue == reference.sequence {
                return self.dispatched.count - 1
            }
            let found = self.dispatched.firstIndex { $0.entry.sequence.rawValue == reference.sequence }
            if found != nil { return found }
        }
        guard let id = reference.id else { return nil }
        return self.dispatched.firstIndex { $0.entry.message.id == id }
    }

    func release(_ count: Int) { self.released = max(0, self.released - count) }
}

/// A message in flight to a consumer.
struct Delivery {
    let entry: Entry
    let source: Source
    /// The open transaction that has acknowledged it.
    var transaction: Transaction?

    /// The backlog it came from, and goes back to.
    enum Source {
        case queue(Queue)
        case subscription(DurableSubscription)
        /// A subscription without memory of its own: nothing to remove, nothing to give back.
        case none
    }
}

/// What a consumer wants to see of a destination.
struct MessageFilter {
    let selector: Selector?
    /// Connection whose own messages are left out.
    let noLocalConnection: String?

    var passesAll: Bool { self.selector == nil && self.noLocalConnection == nil }

    func passes(_ message: Message, sequence: MessageSequence, redeliveryCount: Int32) -> Bool {
        if let own = self.noLocalConnection {
            // The sender's, which the id of a bridged or numbered message does not name.
            if (message.extras?.sender ?? message.id.producer).connection == own { return false }
        }
        guard let selector else { return true }
        return selector.matches(MessageView(message: message, redeliveryCount: redeliveryCount))
    }
}
