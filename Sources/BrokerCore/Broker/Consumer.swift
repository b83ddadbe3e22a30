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

    init(_ request: ConsumerRequest, connection: Connection, filter: MessageFilter, role: Role, number: UInt64) {
        self.request = request
        self.connection = connection
        self.filter = filter
        self.role = role
        self.number = number
        self.prefetch = Int(max(0, request.prefetch))
    }

    var id: ConsumerID { self.request.id }
    var link: LinkID { self.connection.link.id }

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

/// The state of a queue browser: a snapshot that is walked once.
final class Browse {
    let queues: [Queue]
    var pending: Deque<Entry> = []
    /// Backlogs of which a part lies in the store only: where to ask next.
    var disk: [(queue: Queue, from: MessageSequence, unstored: [Entry])] = []
    /// The newest message of the snapshot.
    let end: MessageSequence
    var isPaging = false
    var isOver = false

    init(queues: [Queue], end: MessageSequence) {
        self.queues = queues
        self.end = end
    }
}

/// What a consumer wants to see of a destination.
struct MessageFilter {
    let selector: Selector?
    /// Connection whose own messages are left out.
    let noLocalConnection: String?

    var passesAll: Bool { self.selector == nil && self.noLocalConnection == nil }

    func passes(_ message: Message, sequence: MessageSequence, redeliveryCount: Int32) -> Bool {
        if let own = self.noLocalConnection, message.id.producer.connection == own { return false }
        guard let selector else { return true }
        return selector.matches(MessageView(message: message, redeliveryCount: redeliveryCount))
    }
}
