import BrokerCore
import TestSupport

/// Makes random batches that keep to the contract of `StoreBatch`: what a broker could hand over.
struct RandomWorld {
    private(set) var lastSequence: Int64 = 0
    private var lastDestination: Int64 = 0
    private var lastSubscription: Int64 = 0
    private var queues: [DestinationID] = []
    private var topics: [DestinationID] = []
    private var subscriptions: [SubscriptionID] = []
    private var stored: [StoreBatch.Removal] = []
    private var prepared: [XATransactionID] = []

    mutating func batch(_ random: inout SeededRandom) -> StoreBatch {
        var batch = StoreBatch()
        if self.queues.count < 3 || Self.chance(20, &random) { self.addDestination(to: &batch, &random) }
        if !self.topics.isEmpty, Self.chance(8, &random) { self.addSubscription(to: &batch, &random) }
        if Self.chance(25, &random) { self.destroy(in: &batch, &random) }
        let present = self.stored
        let transaction: XATransactionID? =
            Self.chance(6, &random) ? XATransactionID(formatID: 1, global: [1], branch: self.newBranch()) : nil
        for _ in 0..<Int.random(in: 0...15, using: &random) { self.insert(into: &batch, transaction, &random) }
        if let transaction {
            let removals = present.shuffled(using: &random).prefix(3)
            batch.prepares = [.init(transaction: transaction, removals: Array(removals))]
            self.prepared.append(transaction)
        } else if !self.prepared.isEmpty, Self.chance(5, &random) {
            let index = Int.random(in: 0..<self.prepared.count, using: &random)
            batch.resolves = [
                .init(transaction: self.prepared.remove(at: index), commits: Bool.random(using: &random))
            ]
        }
        batch.removals = self.someRemovals(of: present, &random)
        if Self.chance(3, &random) {
            let producer = ProducerID(connection: "c\(Int.random(in: 0...5, using: &random))", session: 1, value: 1)
            batch.producerSequences = [producer: Int64.random(in: 0...99, using: &random)]
        }
        return batch
    }

    func backlog(_ random: inout SeededRandom) -> BacklogID {
        let backlogs = self.queues.map(BacklogID.queue) + self.subscriptions.map(BacklogID.subscription)
        return backlogs.randomElement(using: &random) ?? .queue(DestinationID(99))
    }

    /// A take-over drops messages that are not persistent; their removals would do nothing.
    mutating func forgetSpooled(_ snapshot: StoreSnapshot) {
        self.lastSequence = max(self.lastSequence, snapshot.lastSequence.rawValue)
    }

    // MARK: Private

    private static func chance(_ one: Int, _ random: inout SeededRandom) -> Bool {
        Int.random(in: 1...one, using: &random) == 1
    }

    private mutating func newBranch() -> [UInt8] {
        self.lastSequence += 1
        return Array("\(self.lastSequence)".utf8)
    }

    private mutating func addDestination(to batch: inout StoreBatch, _ random: inout SeededRandom) {
        self.lastDestination += 1
        let id = DestinationID(self.lastDestination)
        let isTopic = Bool.random(using: &random)
        batch.newDestinations.append(
            .init(id: id, destination: isTopic ? .topic("T\(id.rawValue)") : .queue("Q\(id.rawValue)")))
        if isTopic { self.topics.append(id) } else { self.queues.append(id) }
    }

    private mutating func addSubscription(to batch: inout StoreBatch, _ random: inout SeededRandom) {
        guard let topic = self.topics.randomElement(using: &random) else { return }
        self.lastSubscription += 1
        let id = SubscriptionID(self.lastSubscription)
        let isWildcard = Bool.random(using: &random)
        batch.newSubscriptions.append(
            SubscriptionRecord(
                id: id, clientID: "c", name: "s\(id.rawValue)", topic: .topic(isWildcard ? ">" : "T\(topic.rawValue)"),
                selector: nil, isNoLocal: false))
        self.subscriptions.append(id)
    }

    private mutating func destroy(in batch: inout StoreBatch, _ random: inout SeededRandom) {
        switch Int.random(in: 0...2, using: &random) {
        case 0 where self.queues.count > 2:
            let id = self.queues.remove(at: Int.random(in: 0..<self.queues.count, using: &random))
            self.forgetDestination(id, in: &batch)
        case 1 where !self.topics.isEmpty:
            let id = self.topics.remove(at: Int.random(in: 0..<self.topics.count, using: &random))
            self.forgetDestination(id, in: &batch)
        case 2 where !self.subscriptions.isEmpty:
            let id = self.subscriptions.remove(at: Int.random(in: 0..<self.subscriptions.count, using: &random))
            batch.newSubscriptions.removeAll { $0.id == id }
            batch.destroyedSubscriptions.append(id)
            self.stored.removeAll { $0.backlog == .subscription(id) }
        default: break
        }
    }

    private mutating func forgetDestination(_ id: DestinationID, in batch: inout StoreBatch) {
        if batch.newDestinations.contains(where: { $0.id == id }) {
            batch.newDestinations.removeAll { $0.id == id }
        } else {
            batch.destroyedDestinations.append(id)
        }
        // Its subscriptions go with it, and may be asked for in vain; new ones of it are not made in the same batch.
        let name = Destination.topic("T\(id.rawValue)")
        for record in batch.newSubscriptions where record.topic == name {
            self.subscriptions.removeAll { $0 == record.id }
        }
        batch.newSubscriptions.removeAll { $0.topic == name }
        self.stored.removeAll { $0.backlog == .queue(id) }
    }

    private mutating func insert(
        into batch: inout StoreBatch, _ transaction: XATransactionID?, _ random: inout SeededRandom
    ) {
        self.lastSequence += Int64.random(in: 1...3, using: &random) / 2 + 1
        let isPersistent = !Self.chance(8, &random)
        let toTopic = Bool.random(using: &random)
        let wanted = self.subscriptions.filter { _ in Bool.random(using: &random) }
        let text = String(repeating: "x", count: Int.random(in: 0...3_000, using: &random))
        if toTopic, let topic = self.topics.randomElement(using: &random), !wanted.isEmpty {
            let destination = Destination.topic("T\(topic.rawValue)")
            batch.insert(
                self.lastSequence, topic,
                SampleMessage.text(self.lastSequence, to: destination, text: text, isPersistent: isPersistent),
                redeliveryCount: 1, subscriptions: wanted, prepared: transaction)
            self.stored += wanted.map {
                .init(backlog: .subscription($0), sequence: MessageSequence(self.lastSequence))
            }
        } else if let queue = self.queues.randomElement(using: &random) {
            let destination = Destination.queue("Q\(queue.rawValue)")
            batch.insert(
                self.lastSequence, queue,
                SampleMessage.text(self.lastSequence, to: destination, text: text, isPersistent: isPersistent),
                prepared: transaction)
            self.stored.append(.init(backlog: .queue(queue), sequence: MessageSequence(self.lastSequence)))
        }
    }

    /// Single ones, runs of neighbours, repeated and unknown ones.
    private mutating func someRemovals(
        of present: [StoreBatch.Removal], _ random: inout SeededRandom
    ) -> [StoreBatch.Removal] {
        guard !present.isEmpty, Bool.random(using: &random) else { return [] }
        let start = Int.random(in: 0..<present.count, using: &random)
        var removals = Array(present[start...].prefix(Int.random(in: 1...12, using: &random)))
        if Bool.random(using: &random) { removals.shuffle(using: &random) }
        if let first = removals.first, Bool.random(using: &random) { removals.append(first) }
        let unknown = MessageSequence(Int64.random(in: 1...max(self.lastSequence, 1), using: &random))
        removals.append(.init(backlog: self.backlog(&random), sequence: unknown))
        if Bool.random(using: &random) { self.stored.removeAll { removals.contains($0) } }
        return removals
    }
}
