import Testing

@testable import BrokerCore

/// The broker and its model get the same commands, and every consumer must see the same deliveries.
@Suite struct BrokerModelTests {
    @Test(arguments: ModelSeeds.all)
    func deliversExactlyWhatTheModelDelivers(seed: UInt64) {
        var comparison = ModelComparison(seed: seed)
        comparison.run(steps: 250)
        comparison.drain()
        #expect(
            comparison.faults.isEmpty,
            "reproduce with seed \(seed); it came to this:\n\(comparison.history.suffix(60).joined(separator: "\n"))")
    }
}

enum ModelSeeds {
    /// Each of these showed a fault once.
    private static let regressions: [UInt64] = [
        3_272_715_471_513_211_877, 8_079_751_304_104_623_711, 4_146_888_622_515_823_346, 10_201_753_759_171_580_050,
        1_551_772_336_303_200_537, 822786823388627459, 9685881539529068070, 9965370936695518266, 11495129940547685690,
        12621410948018713894, 16784660596596445736,
        16805387200563782731, 3610507241449663729, 6448437639568205369, 7197307376784418859, 9495177980252541184,
    ]

    static var all: [UInt64] {
        var generator = SystemRandomNumberGenerator()
        return self.regressions + (0..<60).map { _ in UInt64.random(in: 0...UInt64.max, using: &generator) }
    }
}

struct ModelComparison {
    private static let names = ["A", "P", "s", "sp"]
    private var chance: SeededChance
    private var world = BrokerWorld()
    private var model: BrokerModel
    private var clients: [TestClient] = []
    /// Dispatches that a consumer has and did not acknowledge for good.
    private var held: [ConsumerID: [Dispatch]] = [:]
    private var transactions: [Int: (client: Int, id: TransactionID)] = [:]
    private var lastTransaction = 0
    private var lastBody = 0
    private var generation = 0
    private var step = 0
    private(set) var faults: [String] = []
    /// What was done and delivered, for those who look for the cause of a fault.
    private(set) var history: [String] = []

    init(seed: UInt64) {
        self.chance = SeededChance(seed: seed)
        self.model = BrokerModel(now: 0)
        for name in Self.names {
            self.model.queues[name] = BrokerModel.Queue(name, isPrioritized: name.lowercased().hasSuffix("p"))
        }
        self.serve(StoreSnapshot(), ModelStore())
        self.subscribeOnce()
    }

    private mutating func serve(_ snapshot: StoreSnapshot, _ disk: ModelStore) {
        let (window, page) = self.chance.pick([(4 << 20, 500), (6_000, 3), (2_500, 1)])
        let now = self.world.now
        self.world = BrokerWorld(snapshot: snapshot, now: now) {
            $0.windowBytes = window
            $0.smallWindowBytes = window
            $0.pageMessages = page
            var entry = PolicyEntry()
            entry.isPrioritized = true
            $0.policies.entries.set(entry, for: .queue("P"))
            $0.policies.entries.set(entry, for: .topic("TP"))
        }
        self.world.disk = disk
        self.model.now = now.wallMs
        self.generation += 1
        self.clients = (0..<3).map { self.client($0) }
        self.held = [:]
        self.transactions = [:]
    }

    /// Durable subscriptions belong to a client id: each client has its own two.
    private func client(_ index: Int) -> TestClient {
        TestClient(self.world, "g\(self.generation)c\(index)", clientID: "client\(index)")
    }

    /// The subscriptions exist from the start.
    private mutating func subscribeOnce() {
        for name in ["s", "sp"] {
            let id = self.clients[0].consumer(on: Self.topic(of: name)) { $0.subscriptionName = name }
            self.world.tell(self.clients[0].link, .removeConsumer(id, .nothing))
        }
        self.world.settle()
    }

    private static func topic(of subscription: String) -> Destination { .topic(subscription == "s" ? "T" : "TP") }

    mutating func run(steps: Int) {
        for step in 0..<steps {
            self.step = step
            switch self.chance.below(100) {
            case 0..<40: self.send()
            case 40..<50: self.addConsumer()
            case 50..<53: self.removeConsumer()
            case 53..<80: self.acknowledge()
            case 80..<88: self.endTransaction()
            case 88..<92: self.advance()
            case 92..<94: self.loseClient()
            case 94..<98: self.browse()
            default: self.takeOver()
            }
            self.compare()
            guard self.faults.isEmpty else { return }
        }
    }

    private mutating func note(_ text: String) { self.history.append("\(self.step): \(text)") }

    // MARK: Commands

    private mutating func send() {
        let client = self.chance.below(3)
        let (destination, queues) = self.chance.pick([
            (Destination.queue("A"), ["A"]), (.queue("P"), ["P"]), (.topic("T"), ["s"]), (.topic("TP"), ["sp"]),
            (.queue("A,P,topic://T"), ["A", "P", "s"]),
        ])
        self.lastBody += 1
        var headers = MessageHeaders(destination: destination, isPersistent: self.chance.below(4) > 0)
        headers.priority = Int8(self.chance.pick([4, 4, 4, 0, 9, 5]))
        if self.chance.below(5) == 0 {
            headers.groupID = self.chance.pick(["g", "h"])
            headers.groupSequence = self.chance.below(6) == 0 ? -1 : 0
        }
        if self.chance.below(8) == 0 {
            headers.expirationMs = self.world.now.wallMs + Int64(1 + self.chance.below(4_000))
        }
        let transaction = self.chance.below(3) == 0 ? self.transaction(of: client) : nil
        let wanted = headers
        self.clients[client].send(
            "\(self.lastBody)", to: destination, persistent: headers.isPersistent, in: transaction?.id
        ) {
            $0.priority = wanted.priority
            $0.groupID = wanted.groupID
            $0.groupSequence = wanted.groupSequence
            $0.expirationMs = wanted.expirationMs
        }
        self.model.send(to: queues, "\(self.lastBody)", headers, in: transaction?.number)
        self.note(
            "send \(self.lastBody) to \(queues) priority \(headers.priority) group \(headers.groupID ?? "-") "
                + "\(headers.groupSequence) expires \(headers.expirationMs) in \(transaction?.number ?? 0) of \(client)"
        )
    }

    private mutating func transaction(of client: Int) -> (number: Int, id: TransactionID) {
        if let open = self.transactions.filter({ $0.value.client == client }).min(by: { $0.key < $1.key }) {
            return (open.key, open.value.id)
        }
        self.lastTransaction += 1
        let id = self.clients[client].begin(Int64(self.lastTransaction))
        self.transactions[self.lastTransaction] = (client, id)
        return (self.lastTransaction, id)
    }

    private mutating func addConsumer() {
        guard self.model.consumers.count < 7 else { return }
        let name = self.chance.pick(Self.names)
        guard let queue = self.model.queues[name] else { return }
        let isSubscription = name.hasPrefix("s")
        if isSubscription, !queue.members.isEmpty { return }
        let client = isSubscription ? 0 : self.chance.below(3)
        let (prefetch, selects) = (Int32(self.chance.pick([1, 2, 5, 100])), self.chance.below(4) == 0)
        let (isExclusive, priority) = (self.chance.below(8) == 0, Int8(self.chance.below(5) == 0 ? 3 : 0))
        var asked: ConsumerRequest?
        let destination = isSubscription ? Self.topic(of: name) : Destination.queue(name)
        _ = self.clients[client].consumer(on: destination, prefetch: prefetch) {
            if isSubscription {
                $0.subscriptionName = name
            } else {
                $0.selector = selects ? "JMSPriority >= 5" : nil
                $0.isExclusive = isExclusive
                $0.priority = priority
            }
            asked = $0
        }
        guard let asked else { return }
        self.model.add(BrokerModel.Consumer(asked, client: client, queue: queue))
        self.note(
            "add \(asked.id.text) on \(name) prefetch \(prefetch) \(asked.selector ?? "") "
                + "exclusive \(asked.isExclusive) priority \(asked.priority)")
    }

    private var sortedConsumers: [BrokerModel.Consumer] {
        self.model.consumers.values.sorted { ($0.client, $0.id.value) < ($1.client, $1.id.value) }
    }

    private mutating func removeConsumer() {
        guard !self.model.consumers.isEmpty else { return }
        let consumer = self.chance.pick(self.sortedConsumers)
        let counts = self.chance.below(2) == 0
        let last: LastDelivered = counts ? .unknown : .nothing
        self.world.tell(self.clients[consumer.client].link, .removeConsumer(consumer.id, last))
        self.model.remove(consumer, counts: counts)
        self.note("remove \(consumer.id.text)")
        self.held[consumer.id] = nil
    }

    private mutating func acknowledge() {
        guard !self.model.consumers.isEmpty else { return }
        let consumer = self.chance.pick(self.sortedConsumers)
        let client = self.clients[consumer.client]
        let unmarked = Set(consumer.inFlight.filter { $0.transaction == nil }.map(\.message.body))
        let open = (self.held[consumer.id] ?? []).filter { unmarked.contains(Self.body($0)) }
        guard let first = open.first else { return }
        let transaction = self.chance.below(3) == 0 ? self.transaction(of: consumer.client) : nil
        let kind = self.chance.below(6)
        self.note(
            "acknowledge \(kind) of \(consumer.id.text) in \(transaction?.number ?? 0), has \(open.map(Self.body))")
        switch kind {
        case 0:
            // Everything from the oldest on; what is marked in between stays.
            let last = self.chance.pick(open)
            let range = open.prefix { $0.sequence != last.sequence }.map(Self.body) + [Self.body(last)]
            client.acknowledge(last, from: first, count: Int32(range.count), in: transaction?.id)
            self.model.consume(range, of: consumer, in: transaction?.number, individually: false)
            if transaction == nil { self.forget(range, of: consumer) }
        case 1:
            let count = 1 + self.chance.below(3)
            client.acknowledge(first, .delivered, count: Int32(count))
            self.model.delivered(count, of: consumer)
        case 2:
            client.acknowledge(first, .poison)
            self.model.poison(Self.body(first), of: consumer)
            self.forget([Self.body(first)], of: consumer)
        default:
            let one = self.chance.pick(open)
            client.acknowledge(one, .individual, in: transaction?.id)
            self.model.consume([Self.body(one)], of: consumer, in: transaction?.number, individually: true)
            if transaction == nil { self.forget([Self.body(one)], of: consumer) }
        }
    }

    private mutating func forget(_ bodies: [String], of consumer: BrokerModel.Consumer) {
        self.held[consumer.id]?.removeAll { bodies.contains(Self.body($0)) }
    }

    private mutating func endTransaction() {
        guard let number = self.transactions.keys.min(), let open = self.transactions.removeValue(forKey: number) else {
            return
        }
        let commits = self.chance.below(3) > 0
        self.note("end \(number) \(commits)")
        self.clients[open.client].end(open.id, commits ? .commitOnePhase : .rollback)
        self.model.end(number, commits: commits)
    }

    private mutating func advance() {
        self.note("advance")
        self.world.advance(by: Int64(self.chance.pick([500, 2_000, 40_000])))
        self.model.now = self.world.now.wallMs
    }

    private mutating func loseClient() {
        let index = self.chance.below(3)
        self.note("lose client \(index)")
        for (number, open) in self.transactions where open.client == index {
            self.model.end(number, commits: false)
            self.transactions[number] = nil
        }
        for consumer in self.sortedConsumers where consumer.client == index {
            self.model.remove(consumer, counts: true)
            self.held[consumer.id] = nil
        }
        self.world.detach(self.clients[index].link)
        self.generation += 1
        self.clients[index] = self.client(index)
    }

    private mutating func browse() {
        self.settle()
        let name = self.chance.pick(["A", "P"])
        guard let queue = self.model.queues[name] else { return }
        let client = self.clients[self.chance.below(3)]
        let id = client.consumer(on: .queue(name), prefetch: 10_000) { $0.isBrowser = true }
        self.world.settle()
        let seen = self.world.received(by: id)
        let inFlight = queue.members.flatMap(\.inFlight).filter { $0.transaction == nil }.map(\.message)
        let all = BrokerModel.Queue(name, isPrioritized: queue.isPrioritized)
        for message in queue.waiting + inFlight where !message.headers.isExpired(atMs: self.model.now) {
            all.insert(message)
        }
        if seen != all.waiting.map(\.body) {
            self.faults.append("step \(self.step): a browser of \(name) saw \(seen), not \(all.waiting.map(\.body))")
        }
        self.world.tell(client.link, .removeConsumer(id, .nothing))
    }

    private mutating func takeOver() {
        self.note("take over")
        self.settle()
        self.model.takeOver()
        let disk = self.world.disk.reopened()
        self.serve(disk.snapshot(), disk)
    }

    // MARK: Comparison

    private static func body(_ dispatch: Dispatch) -> String {
        String(decoding: dispatch.message.body ?? [], as: UTF8.self)
    }

    private mutating func settle() {
        self.world.settle()
        self.model.settle()
    }

    private mutating func compare() {
        self.settle()
        if self.world.broker.spooledBytes != self.world.disk.spooledBytes {
            self.faults.append(
                "step \(self.step): \(self.world.broker.spooledBytes) bytes count as spooled, and "
                    + "\(self.world.disk.spooledBytes) are")
        }
        for consumer in self.sortedConsumers {
            let seen = self.world.dispatches(to: consumer.id)
            let expected = consumer.news
            consumer.news = []
            if seen.map(Self.body) != expected.map(\.body) {
                self.faults.append(
                    "step \(self.step): \(consumer.id.text) of \(consumer.queue.name) got \(seen.map(Self.body)), "
                        + "not \(expected.map(\.body))")
            }
            for (dispatch, message) in zip(seen, expected) { self.compareCounts(dispatch, message) }
            self.held[consumer.id, default: []] += seen
            if !seen.isEmpty { self.note("    \(consumer.id.text) <- \(seen.map(Self.body))") }
        }
        self.world.forgetEvents()
    }

    private mutating func compareCounts(_ dispatch: Dispatch, _ message: BrokerModel.Message) {
        let isRight =
            message.count.map { $0 == dispatch.redeliveryCount }
            ?? (dispatch.redeliveryCount >= (message.wasDelivered ? 1 : 0))
        if !isRight {
            self.faults.append(
                "step \(self.step): \(message.body) came with \(dispatch.redeliveryCount) redeliveries, not "
                    + "\(message.count.map(String.init) ?? "at least 1")")
        }
        message.count = dispatch.redeliveryCount
        message.wasDelivered = true
    }

    /// Everything comes out in the end, and the dead are where they belong.
    mutating func drain() {
        guard self.faults.isEmpty else { return }
        self.takeOver()
        self.compare()
        for name in Self.names {
            let destination = name.hasPrefix("s") ? Self.topic(of: name) : Destination.queue(name)
            guard let queue = self.model.queues[name] else { continue }
            var asked: ConsumerRequest?
            _ = self.clients[0].consumer(on: destination, prefetch: 1_000) {
                if name.hasPrefix("s") { $0.subscriptionName = name }
                asked = $0
            }
            guard let asked else { continue }
            let consumer = BrokerModel.Consumer(asked, client: 0, queue: queue)
            self.model.add(consumer)
            self.compare()
            for dispatch in self.held[consumer.id] ?? [] { self.clients[0].acknowledge(dispatch, .individual) }
            consumer.inFlight = []
            self.compare()
        }
        for name in ["A", "P"] where !self.world.disk.bodies(in: name).isEmpty {
            self.faults.append("left in \(name): \(self.world.disk.bodies(in: name))")
        }
        let dead = self.world.disk.bodies(in: "ActiveMQ.DLQ")
        if dead.sorted() != self.model.dead.sorted() {
            self.faults.append("dead are \(dead.sorted()), not \(self.model.dead.sorted())")
        }
    }
}
