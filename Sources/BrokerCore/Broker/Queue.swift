/// A queue: one backlog, and the consumers that compete for it.
final class Queue {
    /// A consumer's place in the queue.
    final class Member {
        let consumer: Consumer
        /// Messages up to here were refused by the consumer's filter, and needn't be shown to it again.
        var scanned = Place.start
        /// The backlog's ``Backlog/arrivals`` when all of it had been looked at.
        var examined: Int?

        init(_ consumer: Consumer) { self.consumer = consumer }
    }

    let destination: Destination
    let backlog: Backlog
    /// Highest priority first; equal ones by age.
    private(set) var members: [Member] = []
    private var turn = 0
    private(set) var hasFilters = false
    private(set) var hasExclusive = false
    /// Whether all are equal and take turns; else the first with room is served.
    private var takesTurns = true
    /// Message groups and the consumer that owns each.
    private var groups: [String: ConsumerID] = [:]
    private var nextExpiryMs: Int64 = 0
    /// Owner of a temporary queue.
    let owner: ConnectionID?
    var producerCount = 0
    private let shared: SharedPolicy
    let interception: Interception?
    /// What its own memory limit leaves to its window.
    let memoryWindowBytes: Int
    /// Whether advisories of its messages are asked for.
    let tells: Bool
    var idleness = Idleness()
    /// Since this broker started serving.
    var dispatchCount: Int64 = 0
    var expiredCount: Int64 = 0

    init(
        destination: Destination, backlog: Backlog, owner: ConnectionID?, policy: SharedPolicy,
        interception: Interception?
    ) {
        self.destination = destination
        self.backlog = backlog
        self.owner = owner
        self.shared = policy
        self.interception = interception
        self.memoryWindowBytes = policy.entry.memoryWindowBytes
        self.tells = policy.entry.advisesDelivered || policy.entry.advisesNoConsumers
    }

    var policy: PolicyEntry { _read { yield self.shared.entry } }

    var isIdle: Bool { self.members.isEmpty }

    /// Whether it is time to look for expired messages; the next time is set.
    func isExpiryDue(atMs now: Int64) -> Bool {
        let period = self.shared.entry.expiryPeriodMs
        guard period > 0, now >= self.nextExpiryMs else { return false }
        self.nextExpiryMs = now + period
        return true
    }

    func add(_ consumer: Consumer) {
        let priority = self.priority(of: consumer)
        // An exclusive newcomer of the highest priority takes over; others stand behind their equals.
        let takesOver = consumer.request.isExclusive && priority == .max
        let place = self.members.firstIndex {
            let other = self.priority(of: $0.consumer)
            return takesOver ? other <= priority : other < priority
        }
        self.members.insert(Member(consumer), at: place ?? self.members.count)
        self.membersChanged()
    }

    func remove(_ consumer: Consumer) {
        self.members.removeAll { $0.consumer === consumer }
        let owned = self.groups.count
        self.groups = self.groups.filter { $0.value != consumer.id }
        self.membersChanged()
        if self.groups.count < owned { self.rescanAll() }
    }

    private func priority(of consumer: Consumer) -> Int8 {
        self.policy.usesConsumerPriority ? consumer.request.priority : 0
    }

    private func membersChanged() {
        let policy = self.shared.entry
        self.turn = 0
        self.hasFilters = self.members.contains { !$0.consumer.filter.passesAll }
        self.hasExclusive = self.members.contains { $0.consumer.request.isExclusive } || policy.makesConsumersExclusive
        let first = self.members.first.map { self.priority(of: $0.consumer) }
        self.takesTurns =
            self.members.allSatisfy { self.priority(of: $0.consumer) == first } && !policy.isStrictlyOrdered
            && policy.dispatch != .simple
    }

    /// Whether a message may have to be left for some consumers while others may have what comes after it.
    var looksAhead: Bool { self.hasFilters || self.backlog.usesGroups }

    /// Messages went back to the backlog: those who passed them by must look again.
    func rescan(from place: Place) {
        guard self.looksAhead else { return }
        let before = Place(rank: place.rank, sequence: MessageSequence(place.sequence.rawValue - 1))
        for member in self.members where member.scanned > before {
            member.scanned = before
            member.examined = nil
        }
    }

    /// Who may have what has changed: everybody looks at everything again.
    private func rescanAll() {
        guard self.looksAhead else { return }
        for member in self.members {
            member.scanned = .start
            member.examined = nil
        }
    }

    /// The next consumer with room, where all take everything: round robin among equals, higher priorities first.
    func nextMember() -> Member? {
        let count = self.members.count
        guard self.takesTurns else { return self.members.first { $0.consumer.hasCredit } }
        for step in 0..<count {
            let index = (self.turn + step) % count
            if self.members[index].consumer.hasCredit {
                self.turn = (index + 1) % count
                return self.members[index]
            }
        }
        return nil
    }

    /// Who may be offered messages now, in the order in which they should be asked.
    func candidates() -> [Member] {
        if self.hasExclusive {
            let exclusive = self.members.first { $0.consumer.request.isExclusive } ?? self.members.first
            return exclusive.map { $0.consumer.hasCredit ? [$0] : [] } ?? []
        }
        let count = self.members.count
        guard self.takesTurns, count > 1 else { return self.members.filter { $0.consumer.hasCredit } }
        return (0..<count).map { self.members[($0 + self.turn) % count] }.filter { $0.consumer.hasCredit }
    }

    /// A member got a message: the next one comes first now.
    func served(_ member: Member) {
        guard let index = self.members.firstIndex(where: { $0 === member }) else { return }
        self.turn = (index + 1) % self.members.count
    }

    enum GroupDecision {
        case anybody(isFirst: Bool)
        case only(ConsumerID)
    }

    /// Who may get the next message of a group (OpenWire reference, 13.7).
    func decide(group: String, sequence: Int32) -> GroupDecision {
        guard sequence != 1, let owner = self.groups[group] else { return .anybody(isFirst: true) }
        return .only(owner)
    }

    func assign(group: String, sequence: Int32, to consumer: ConsumerID) {
        if sequence < 0 {
            self.groups[group] = nil
            self.rescanAll()
        } else {
            self.groups[group] = consumer
        }
    }
}

/// A topic: consumers that each get everything, and durable subscriptions that get it even while nobody listens.
final class Topic {
    let destination: Destination
    var members: [Consumer] = []
    var subscriptions: [DurableSubscription] = []
    /// The store's number, once a message for a durable subscription was stored.
    var id: DestinationID?
    let owner: ConnectionID?
    var producerCount = 0
    private let shared: SharedPolicy
    let interception: Interception?
    /// What is kept for consumers that come later.
    let memory: SubscriptionMemory?
    /// Whether a dispatch policy picks the consumers.
    let isSelective: Bool
    /// Whether advisories of its messages are asked for.
    let tells: Bool
    /// Whether the store may keep what its consumers are behind.
    let maySpool: Bool
    var idleness = Idleness()
    /// Messages since this broker started serving.
    var published: Int64 = 0

    init(
        destination: Destination, id: DestinationID?, owner: ConnectionID?, policy: SharedPolicy,
        interception: Interception?
    ) {
        self.destination = destination
        self.id = id
        self.owner = owner
        self.shared = policy
        self.interception = interception
        self.maySpool = owner == nil && !destination.isAdvisory
        self.memory = destination.isAdvisory ? nil : SubscriptionMemory(policy.entry.recovery)
        self.isSelective =
            switch policy.entry.dispatch {
            case .priority, .priorityNetwork, .clientIDFilter: !destination.isAdvisory
            case .roundRobin, .simple, .strictOrder: false
            }
        self.tells =
            !destination.isAdvisory && (policy.entry.advisesDelivered || policy.entry.advisesNoConsumers)
    }

    var policy: PolicyEntry { _read { yield self.shared.entry } }
}

/// A durable topic subscription. It outlives its consumer, its connection and its broker.
final class DurableSubscription {
    struct Key: Hashable {
        let clientID: String
        let name: String
    }

    let record: SubscriptionRecord
    let selector: Selector?
    let backlog: Backlog
    let pattern: [DestinationPattern]
    var active: Consumer? {
        didSet { self.offlineSinceMs = nil }
    }
    /// Monotonic time at which it was first found without a consumer.
    var offlineSinceMs: Int64?
    private let shared: SharedPolicy
    private var nextExpiryMs: Int64 = 0

    init(
        record: SubscriptionRecord, selector: Selector?, stored: Int64,
        deliveredBefore: MessageSequence = MessageSequence(0), policy: SharedPolicy
    ) {
        self.record = record
        self.selector = selector
        self.backlog = Backlog(
            id: .subscription(record.id), stored: stored, deliveredBefore: deliveredBefore,
            isPrioritized: policy.entry.isPrioritized)
        self.shared = policy
        self.pattern = record.topic.elements.map { DestinationPattern($0) }
    }

    var key: Key { Key(clientID: self.record.clientID, name: self.record.name) }

    /// Whether it is time to look for expired messages; the next time is set.
    func isExpiryDue(atMs now: Int64) -> Bool {
        let period = self.shared.entry.expiryPeriodMs
        guard period > 0, now >= self.nextExpiryMs else { return false }
        self.nextExpiryMs = now + period
        return true
    }

    func covers(_ topic: Destination) -> Bool { self.pattern.contains { $0.matches(topic) } }

    func wants(_ message: Message, sequence: MessageSequence) -> Bool {
        let own = self.record.isNoLocal ? self.active?.connection.id.value : nil
        return MessageFilter(selector: self.selector, noLocalConnection: own)
            .passes(message, sequence: sequence, redeliveryCount: 0)
    }
}
