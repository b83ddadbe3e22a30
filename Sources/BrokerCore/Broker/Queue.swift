/// A queue: one backlog, and the consumers that compete for it.
final class Queue {
    /// A consumer's place in the queue.
    final class Member {
        let consumer: Consumer
        /// Messages up to here were refused by the consumer's filter, and needn't be shown to it again.
        var scanned = MessageSequence(0)

        init(_ consumer: Consumer) { self.consumer = consumer }
    }

    let destination: Destination
    let backlog: Backlog
    /// Highest priority first; equal ones by age.
    private(set) var members: [Member] = []
    private var turn = 0
    private(set) var hasFilters = false
    private(set) var hasExclusive = false
    private var hasEqualPriorities = true
    /// Message groups and the consumer that owns each.
    private var groups: [String: ConsumerID] = [:]
    /// Owner of a temporary queue.
    let owner: ConnectionID?
    var producerCount = 0

    init(destination: Destination, backlog: Backlog, owner: ConnectionID?) {
        self.destination = destination
        self.backlog = backlog
        self.owner = owner
    }

    var isIdle: Bool { self.members.isEmpty }

    func add(_ consumer: Consumer) {
        let priority = consumer.request.priority
        let place = self.members.firstIndex { $0.consumer.request.priority < priority } ?? self.members.count
        self.members.insert(Member(consumer), at: place)
        self.membersChanged()
    }

    func remove(_ consumer: Consumer) {
        self.members.removeAll { $0.consumer === consumer }
        self.groups = self.groups.filter { $0.value != consumer.id }
        self.membersChanged()
    }

    private func membersChanged() {
        self.turn = 0
        self.hasFilters = self.members.contains { !$0.consumer.filter.passesAll }
        self.hasExclusive = self.members.contains { $0.consumer.request.isExclusive }
        let first = self.members.first?.consumer.request.priority
        self.hasEqualPriorities = self.members.allSatisfy { $0.consumer.request.priority == first }
    }

    /// Messages went back to the backlog: those who passed them by must look again.
    func rescan(from sequence: MessageSequence) {
        let before = MessageSequence(sequence.rawValue - 1)
        for member in self.members where member.scanned > before { member.scanned = before }
    }

    /// The next consumer with room, where all take everything: round robin among equals, higher priorities first.
    func nextMember() -> Member? {
        let count = self.members.count
        guard self.hasEqualPriorities else { return self.members.first { $0.consumer.hasCredit } }
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
            let exclusive = self.members.first { $0.consumer.request.isExclusive }
            return exclusive.map { $0.consumer.hasCredit ? [$0] : [] } ?? []
        }
        let count = self.members.count
        guard self.hasEqualPriorities, count > 1 else { return self.members.filter { $0.consumer.hasCredit } }
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
        if sequence < 0 { self.groups[group] = nil } else { self.groups[group] = consumer }
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

    init(destination: Destination, id: DestinationID?, owner: ConnectionID?) {
        self.destination = destination
        self.id = id
        self.owner = owner
    }
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
    var active: Consumer?

    init(
        record: SubscriptionRecord, selector: Selector?, stored: Int64,
        deliveredBefore: MessageSequence = MessageSequence(0)
    ) {
        self.record = record
        self.selector = selector
        self.backlog = Backlog(
            id: .subscription(record.id), stored: stored, deliveredBefore: deliveredBefore)
        self.pattern = record.topic.elements.map { DestinationPattern($0) }
    }

    var key: Key { Key(clientID: self.record.clientID, name: self.record.name) }

    func covers(_ topic: Destination) -> Bool { self.pattern.contains { $0.matches(topic) } }

    func wants(_ message: Message, sequence: MessageSequence) -> Bool {
        let own = self.record.isNoLocal ? self.active?.connection.id.value : nil
        return MessageFilter(selector: self.selector, noLocalConnection: own)
            .passes(message, sequence: sequence, redeliveryCount: 0)
    }
}
