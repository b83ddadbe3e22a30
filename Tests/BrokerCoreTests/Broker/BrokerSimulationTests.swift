import Testing

@testable import BrokerCore

/// Many clients, one broker after the other on one disk, crashes at any step: what was promised must hold.
@Suite struct BrokerSimulationTests {
    @Test(arguments: SimulationSeeds.all)
    func nothingConfirmedIsLostAndNothingAcknowledgedComesBack(seed: UInt64) {
        var simulation = BrokerSimulation(seed: seed)
        simulation.run(steps: 600)
        simulation.drain()
        #expect(simulation.faults.isEmpty, "reproduce with seed \(seed)")
        #expect(simulation.lost.isEmpty, "reproduce with seed \(seed)")
    }
}

enum SimulationSeeds {
    static let regressions: [UInt64] = [1_001, 1_004, 1_005]
    static var all: [UInt64] {
        var generator = SystemRandomNumberGenerator()
        return self.regressions + (0..<25).map { _ in UInt64.random(in: 0...UInt64.max, using: &generator) }
    }
}

struct BrokerSimulation {
    private var chance: SeededChance
    private var world: BrokerWorld
    private var clients: [TestClient] = []
    private var consumers: [(client: TestClient, id: ConsumerID)] = []
    private var transactions: [(client: TestClient, id: TransactionID, sent: [String], acked: [String])] = []
    private var sentBefore: [String: Int64] = [:]
    private var pendingSends: [ReplyToken: [String]] = [:]
    private var pendingAcks: [ReplyToken: [String]] = [:]
    private var seen = 0
    /// In flight per consumer, oldest first.
    private var inFlight: [ConsumerID: [Dispatch]] = [:]
    private var marked: Set<String> = []
    private var confirmed: Set<String> = []
    private var consumed: Set<String> = []
    /// Acknowledged durably: must never be seen again.
    private var gone: Set<String> = []
    private var nextBody = 0
    private var nextTransaction: Int64 = 0
    private(set) var faults: [String] = []
    private let queues = [Destination.queue("A"), .queue("B")]
    private var generation = 0

    init(seed: UInt64) {
        self.chance = SeededChance(seed: seed)
        self.world = BrokerWorld()
        self.start(snapshot: StoreSnapshot(), disk: ModelStore())
    }

    /// Confirmed messages that nobody ever consumed.
    var lost: [String] { self.confirmed.subtracting(self.consumed).sorted() }

    private mutating func start(snapshot: StoreSnapshot, disk: ModelStore) {
        self.generation += 1
        let small = self.roll(2) == 0
        self.world = BrokerWorld(snapshot: snapshot) {
            if small {
                $0.windowBytes = 6_000
                $0.pageMessages = 3
            }
        }
        self.world.disk = disk
        self.clients = (0..<3).map { TestClient(self.world, "g\(self.generation)c\($0)") }
        self.consumers = []
        self.transactions = []
        self.pendingSends = [:]
        self.pendingAcks = [:]
        self.inFlight = [:]
        self.marked = []
        self.seen = 0
    }

    private mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self.chance) }

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            switch self.roll(100) {
            case 0..<30: self.send()
            case 30..<38: self.sendInTransaction()
            case 38..<43: self.endTransaction()
            case 43..<50: self.addConsumer()
            case 50..<54: self.removeConsumer()
            case 54..<78: self.acknowledge()
            case 78..<94: self.storeAndPage()
            case 94..<96: self.world.advance(by: 1_000)
            case 96..<98: self.loseClient()
            case 98: self.crash()
            default: self.spareWrite()
            }
            self.observe()
        }
    }

    private mutating func send() {
        let client = self.clients[self.roll(self.clients.count)]
        let body = self.newBody()
        let token = client.send(body, to: self.queues[self.roll(2)], persistent: true)
        self.pendingSends[token] = [body]
    }

    private mutating func newBody() -> String {
        self.nextBody += 1
        return "\(self.nextBody)"
    }

    private mutating func sendInTransaction() {
        if self.transactions.isEmpty || self.roll(3) == 0 {
            let client = self.clients[self.roll(self.clients.count)]
            self.nextTransaction += 1
            self.transactions.append((client, client.begin(self.nextTransaction), [], []))
        }
        let index = self.roll(self.transactions.count)
        let body = self.newBody()
        self.transactions[index].client.send(
            body, to: self.queues[self.roll(2)], in: self.transactions[index].id)
        self.transactions[index].sent.append(body)
    }

    private mutating func endTransaction() {
        guard !self.transactions.isEmpty else { return }
        let transaction = self.transactions.remove(at: self.roll(self.transactions.count))
        if self.roll(3) == 0 {
            transaction.client.end(transaction.id, .rollback)
            self.marked.subtract(transaction.acked)
            return
        }
        let token = transaction.client.end(transaction.id, .commitOnePhase)
        self.pendingSends[token] = transaction.sent
        self.pendingAcks[token] = transaction.acked
        self.consumed.formUnion(transaction.acked)
        for id in self.inFlight.keys {
            self.inFlight[id]?.removeAll { transaction.acked.contains(Self.body($0)) }
        }
        self.marked.subtract(transaction.acked)
    }

    private mutating func addConsumer() {
        guard self.consumers.count < 5 else { return }
        let client = self.clients[self.roll(self.clients.count)]
        let prefetch = Int32([1, 3, 100][self.roll(3)])
        let id = client.consumer(on: self.roll(4) == 0 ? .queue("A,B") : self.queues[self.roll(2)], prefetch: prefetch)
        self.consumers.append((client, id))
    }

    private mutating func removeConsumer() {
        guard !self.consumers.isEmpty else { return }
        let (client, id) = self.consumers.remove(at: self.roll(self.consumers.count))
        // A client ends its transaction before it closes what took part in it, or loses it with the connection.
        guard !self.transactions.contains(where: { $0.client === client && !$0.acked.isEmpty }) else {
            self.consumers.append((client, id))
            return
        }
        self.inFlight[id] = nil
        self.world.tell(client.link, .removeConsumer(id, [.nothing, .unknown][self.roll(2)]))
    }

    private mutating func acknowledge() {
        guard !self.consumers.isEmpty else { return }
        let (client, id) = self.consumers[self.roll(self.consumers.count)]
        let open = (self.inFlight[id] ?? []).filter { !self.marked.contains(Self.body($0)) }
        guard let first = open.first else { return }
        switch self.roll(4) {
        case 0:
            let last = open[self.roll(open.count)]
            let range = open.prefix { $0.sequence != last.sequence } + [last]
            // A range runs in dispatch order over everything between: only right where nothing in it is marked.
            guard self.isContiguous(Array(range), in: self.inFlight[id] ?? []) else { return }
            self.finish(Array(range), token: client.acknowledge(last, from: first, count: Int32(range.count)))
        case 1:
            let one = open[self.roll(open.count)]
            self.finish([one], token: client.acknowledge(one, .individual))
        case 2:
            guard let index = self.transactions.firstIndex(where: { $0.client === client }) else { return }
            let one = open[self.roll(open.count)]
            client.acknowledge(one, .individual, in: self.transactions[index].id)
            self.transactions[index].acked.append(Self.body(one))
            self.marked.insert(Self.body(one))
        default:
            self.finish([first], token: client.acknowledge(first))
        }
    }

    private func isContiguous(_ range: [Dispatch], in all: [Dispatch]) -> Bool {
        guard let start = all.firstIndex(where: { $0.sequence == range[0].sequence }) else { return false }
        return all[start...].prefix(range.count).map(\.sequence) == range.map(\.sequence)
    }

    private mutating func finish(_ dispatches: [Dispatch], token: ReplyToken) {
        let bodies = dispatches.map(Self.body)
        self.consumed.formUnion(bodies)
        self.pendingAcks[token] = bodies
        for dispatch in dispatches {
            self.inFlight[dispatch.consumer]?.removeAll { $0.sequence == dispatch.sequence }
        }
    }

    private mutating func storeAndPage() {
        self.world.store()
        if self.roll(2) == 0 { self.world.settle() }
    }

    /// The store has no room once.
    private mutating func spareWrite() {
        guard let batch = self.world.broker.takeBatch() else { return }
        self.world.broker.putBack(batch)
    }

    private mutating func loseClient() {
        let index = self.roll(self.clients.count)
        let client = self.clients[index]
        for (owner, id) in self.consumers where owner === client { self.inFlight[id] = nil }
        self.consumers.removeAll { $0.client === client }
        for transaction in self.transactions where transaction.client === client {
            self.marked.subtract(transaction.acked)
        }
        self.transactions.removeAll { $0.client === client }
        self.world.detach(client.link)
        self.generation += 1
        self.clients[index] = TestClient(self.world, "g\(self.generation)c\(index)")
    }

    private mutating func crash() {
        // The batch in the store's hands may have become durable just before.
        if self.roll(2) == 0, let batch = self.world.store(completing: false) { self.world.disk.apply(batch) }
        self.start(snapshot: self.world.disk.snapshot(), disk: self.world.disk)
    }

    /// Reads what the broker told its clients since the last look, and checks it.
    private mutating func observe() {
        let events = self.world.events
        for event in events[self.seen...] {
            switch event {
            case .reply(_, let token, .done):
                self.confirmed.formUnion(self.pendingSends.removeValue(forKey: token) ?? [])
                self.gone.formUnion(self.pendingAcks.removeValue(forKey: token) ?? [])
            case .reply(_, let token, .failed(let error)):
                self.faults.append("refused: \(error)")
                self.pendingSends[token] = nil
            case .dispatch(_, let dispatch):
                let body = Self.body(dispatch)
                if self.gone.contains(body) { self.faults.append("\(body) came back after its acknowledgement") }
                for (id, list) in self.inFlight where list.contains(where: { Self.body($0) == body }) {
                    self.faults.append("\(body) is in flight twice: to \(id) and \(dispatch.consumer)")
                }
                self.inFlight[dispatch.consumer, default: []].append(dispatch)
            default:
                break
            }
        }
        self.seen = events.count
    }

    private static func body(_ dispatch: Dispatch) -> String {
        String(decoding: dispatch.message.body ?? [], as: UTF8.self)
    }

    /// Faults stop: everything confirmed must come out.
    mutating func drain() {
        self.world.settle()
        self.observe()
        self.crash()
        let client = self.clients[0]
        let ids = self.queues.map { client.consumer(on: $0, prefetch: 10) }
        self.consumers = ids.map { (client, $0) }
        var idle = 0
        while idle < 3 {
            self.world.settle()
            self.observe()
            let open = ids.flatMap { self.inFlight[$0] ?? [] }
            idle = open.isEmpty ? idle + 1 : 0
            for dispatch in open { self.finish([dispatch], token: client.acknowledge(dispatch)) }
        }
        for queue in ["A", "B"] where !self.world.disk.bodies(in: queue).isEmpty {
            self.faults.append("left in \(queue): \(self.world.disk.bodies(in: queue))")
        }
    }
}
