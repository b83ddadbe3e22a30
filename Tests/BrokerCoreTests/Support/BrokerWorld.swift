import TestSupport

@testable import BrokerCore

/// A broker under test with its store and its clients, all under the test's control.
///
/// Nothing happens by itself: ``store(_:)`` decides when a batch becomes durable, ``advance(by:)`` when time passes.
final class BrokerWorld {
    struct Proof: CommitProof {
        let epoch: Int64 = 1
        let schedules: ScheduleTotals
    }

    let broker: Broker
    private(set) var now: Instant
    private(set) var events: [BrokerEvent] = []
    private(set) var batches: [StoreBatch] = []
    var disk = ModelStore()
    private var nextLink: UInt64 = 0
    private var nextToken: UInt64 = 0

    init(
        snapshot: StoreSnapshot = StoreSnapshot(), now: Instant = Instant(wallMs: 1_000_000, monotonicMs: 0),
        _ change: (inout BrokerConfiguration) -> Void = { _ in }
    ) {
        self.now = now
        var configuration = BrokerConfiguration(name: "b", id: "ID:broker", url: "tcp://b:1")
        change(&configuration)
        self.broker = Broker(configuration: configuration, snapshot: snapshot)
    }

    func attach() -> LinkID {
        self.nextLink += 1
        let id = LinkID(self.nextLink)
        self.broker.attach(id)
        return id
    }

    func detach(_ link: LinkID) {
        self.broker.detach(link, at: self.now)
        self.collect()
    }

    func advance(by milliseconds: Int64) {
        self.now = Instant(
            wallMs: self.now.wallMs + milliseconds, monotonicMs: self.now.monotonicMs + milliseconds)
        self.broker.tick(at: self.now)
        self.collect()
    }

    /// Puts the wall clock on or back, and leaves the other alone.
    func skip(wallMs milliseconds: Int64) {
        self.now = Instant(wallMs: self.now.wallMs + milliseconds, monotonicMs: self.now.monotonicMs)
    }

    /// Sends one command that asks for an answer; returns its token.
    @discardableResult
    func ask(_ link: LinkID, _ command: BrokerCommand) -> ReplyToken {
        self.nextToken += 1
        let token = ReplyToken(self.nextToken)
        self.broker.perform(BrokerRequest(link: link, command: command, reply: token), at: self.now)
        self.collect()
        return token
    }

    /// Sends one command that asks for no answer.
    func tell(_ link: LinkID, _ command: BrokerCommand) {
        self.broker.perform(BrokerRequest(link: link, command: command, reply: nil), at: self.now)
        self.collect()
    }

    func collect() {
        self.events += self.broker.takeEvents()
    }

    /// Hands the forming batch over, and makes it durable unless told to leave it in the store's hands.
    @discardableResult
    func store(completing: Bool = true) -> StoreBatch? {
        guard let batch = self.broker.takeBatch() else { return nil }
        self.batches.append(batch)
        if completing { self.complete(batch) }
        return batch
    }

    func complete(_ batch: StoreBatch) {
        self.disk.apply(batch)
        self.broker.committed(Proof(schedules: self.disk.schedules.totals), at: self.now)
        self.collect()
    }

    /// Stores and pages until nothing is left to do.
    func settle() {
        var rounds = 0
        while rounds < 10_000 {
            rounds += 1
            let stored = self.store() != nil
            let paged = self.broker.servePages(from: self.disk, at: self.now)
            let scheduled = self.broker.serveSchedules(from: self.disk, at: self.now)
            self.collect()
            if !stored, !paged, !scheduled { return }
        }
    }

    // MARK: What clients saw

    func reply(to token: ReplyToken) -> BrokerReply? {
        for case .reply(_, token, let reply) in self.events { return reply }
        return nil
    }

    func isAnswered(_ token: ReplyToken) -> Bool {
        if case .done? = self.reply(to: token) { return true }
        return false
    }

    func failure(of token: ReplyToken) -> BrokerError? {
        if case .failed(let error)? = self.reply(to: token) { return error }
        return nil
    }

    func dispatches(to consumer: ConsumerID) -> [Dispatch] {
        self.events.compactMap { event in
            if case .dispatch(_, let dispatch) = event, dispatch.consumer == consumer { return dispatch }
            return nil
        }
    }

    func received(by consumer: ConsumerID) -> [String] {
        self.dispatches(to: consumer).map { String(decoding: $0.message.body ?? [], as: UTF8.self) }
    }

    func noMessageCount(for consumer: ConsumerID) -> Int {
        self.events.filter { event in
            if case .noMessage(_, consumer) = event { return true }
            return false
        }.count
    }

    func forgetEvents() { self.events = [] }
}

extension Broker {
    /// Answers the pages the broker asked for. Returns whether there were any.
    fileprivate func servePages(from disk: ModelStore, at now: Instant) -> Bool {
        let requests = self.takePageRequests()
        for request in requests {
            let page = disk.page(
                of: request.id, priority: request.priority, from: request.from, limit: request.limit)
            self.receive(page, for: request, at: now)
        }
        return !requests.isEmpty
    }

    /// Answers the pages of jobs that the broker asked for. Returns whether there were any.
    fileprivate func serveSchedules(from disk: ModelStore, at now: Instant) -> Bool {
        let requests = self.takeSchedulePages()
        for request in requests {
            let page = disk.schedules.page(
                after: request.after, through: request.through, limit: request.limit, maximumBytes: .max)
            self.receive(page, for: request, at: now)
        }
        return !requests.isEmpty
    }
}

/// The store's contract in a few lines: what is durable, in order.
struct ModelStore {
    private var messages: [MessageSequence: StoreBatch.Insert] = [:]
    private var removed: [StoreBatch.Removal] = []
    private var hidden: [XATransactionID: [StoreBatch.Removal]] = [:]
    private var revealed: Set<XATransactionID> = []
    private(set) var producerSequences: [ProducerID: Int64] = [:]
    private var deliveredThrough: [BacklogID: MessageSequence] = [:]
    private(set) var destinations: [StoreBatch.NewDestination] = []
    private(set) var subscriptions: [SubscriptionRecord] = []
    private(set) var commits = 0
    private(set) var schedules = ScheduleTable()
    private var lastSequence = MessageSequence(0)

    mutating func apply(_ batch: StoreBatch) {
        self.commits += 1
        self.lastSequence = max(self.lastSequence, batch.lastSequence ?? self.lastSequence)
        for id in batch.destroyedDestinations {
            self.destinations.removeAll { $0.id == id }
            self.messages = self.messages.filter { $0.value.destination != id }
        }
        self.destinations += batch.newDestinations
        for id in batch.destroyedSubscriptions { self.subscriptions.removeAll { $0.id == id } }
        self.subscriptions += batch.newSubscriptions
        for insert in batch.inserts { self.messages[insert.sequence] = insert }
        for change in batch.scheduleChanges { self.schedules.apply(change) }
        for prepare in batch.prepares { self.hidden[prepare.transaction] = prepare.removals }
        for resolve in batch.resolves {
            self.schedules.resolve(resolve.transaction, commits: resolve.commits)
            if resolve.commits {
                self.revealed.insert(resolve.transaction)
                for removal in self.hidden[resolve.transaction] ?? [] { self.remove(removal) }
            } else {
                self.messages = self.messages.filter { $0.value.prepared != resolve.transaction }
            }
            self.hidden[resolve.transaction] = nil
        }
        for removal in batch.removals { self.remove(removal) }
        self.producerSequences.merge(batch.producerSequences) { max($0, $1) }
        self.deliveredThrough.merge(batch.deliveredThrough) { max($0, $1) }
    }

    private mutating func remove(_ removal: StoreBatch.Removal) {
        switch removal.backlog {
        case .queue: self.messages[removal.sequence] = nil
        case .subscription: self.removed.append(removal)
        }
    }

    func page(
        of backlog: BacklogID, priority: Int8? = nil, from: MessageSequence, limit: Int
    ) -> [StoredMessage] {
        let rows = self.messages.values.filter { insert in
            guard insert.sequence >= from else { return false }
            if let priority, insert.message.headers.priority != priority { return false }
            if let xid = insert.prepared, !self.revealed.contains(xid) { return false }
            switch backlog {
            case .queue(let id): return insert.destination == id
            case .subscription(let id):
                return insert.subscriptions.contains(id)
                    && !self.removed.contains(.init(backlog: backlog, sequence: insert.sequence))
            }
        }
        return rows.sorted { $0.sequence < $1.sequence }.prefix(limit).map {
            StoredMessage(
                sequence: $0.sequence, message: $0.message, redeliveryCount: $0.redeliveryCount,
                notBeforeMs: $0.notBeforeMs)
        }
    }

    /// Of what is not persistent, for each queue and each durable subscription.
    var spooledBytes: Int {
        let backlogs =
            self.destinations.filter(\.destination.isQueue).map { BacklogID.queue($0.id) }
            + self.subscriptions.map { .subscription($0.id) }
        return backlogs.reduce(0) { sum, backlog in
            self.page(of: backlog, from: MessageSequence(0), limit: .max).reduce(sum) {
                $1.message.headers.isPersistent ? $0 : $0 + $1.message.size
            }
        }
    }

    /// Rows of messages that somebody still wants.
    var messageCount: Int {
        self.messages.values.count { insert in
            insert.subscriptions.isEmpty
                || insert.subscriptions.contains {
                    !self.removed.contains(.init(backlog: .subscription($0), sequence: insert.sequence))
                }
        }
    }

    /// Bodies stored for a queue, oldest first.
    func bodies(in queue: String) -> [String] {
        guard let id = self.destinations.first(where: { $0.destination == .queue(queue) })?.id else { return [] }
        return self.page(of: .queue(id), from: MessageSequence(0), limit: .max)
            .map { String(decoding: $0.message.body ?? [], as: UTF8.self) }
    }

    /// As the next master finds it: without what was only spooled.
    func reopened() -> ModelStore {
        var store = self
        store.messages = self.messages.filter {
            $0.value.message.headers.isPersistent && !$0.value.isSpooled || $0.value.prepared != nil
        }
        return store
    }

    /// What the next master reads.
    func snapshot() -> StoreSnapshot {
        var snapshot = StoreSnapshot()
        snapshot.lastSequence = max(self.messages.keys.max() ?? MessageSequence(0), self.lastSequence)
        snapshot.lastDestinationID = self.destinations.map(\.id.rawValue).max() ?? 0
        snapshot.lastSubscriptionID = self.subscriptions.map(\.id.rawValue).max() ?? 0
        snapshot.destinations = self.destinations.map { item in
            let rows = self.page(of: .queue(item.id), from: MessageSequence(0), limit: .max)
            return .init(
                id: item.id, destination: item.destination, messageCount: Int64(rows.count),
                deliveredThrough: self.deliveredThrough[.queue(item.id)] ?? MessageSequence(0))
        }
        snapshot.subscriptions = self.subscriptions.map { record in
            let rows = self.page(of: .subscription(record.id), from: MessageSequence(0), limit: .max)
            return .init(
                record: record, messageCount: Int64(rows.count),
                deliveredThrough: self.deliveredThrough[.subscription(record.id)] ?? MessageSequence(0))
        }
        snapshot.producerSequences = self.producerSequences
        snapshot.schedules = self.schedules.totals
        snapshot.prepared = self.hidden.map { xid, removals in
            let rows = self.messages.values.filter { $0.prepared == xid }.sorted { $0.sequence < $1.sequence }
            return .init(
                transaction: xid, inserts: rows.map { ($0.sequence, $0.destination, $0.message) }, removals: removals)
        }
        return snapshot
    }
}

/// A client with one session, as short to use as tests need.
final class TestClient {
    let world: BrokerWorld
    let link: LinkID
    let id: ConnectionID
    private var sent: Int64 = 0
    private var consumers: Int64 = 0

    init(
        _ world: BrokerWorld, _ name: String, clientID: String? = nil, reconnecting: Bool = false, sentBefore: Int64 = 0
    ) {
        self.world = world
        self.link = world.attach()
        self.id = ConnectionID(name)
        self.sent = sentBefore
        world.ask(self.link, .connect(Self.request(name, clientID: clientID, reconnecting: reconnecting)))
        world.tell(self.link, .openSession(SessionID(connection: name, value: 1)))
    }

    static func request(_ name: String, clientID: String? = nil, reconnecting: Bool = false) -> ConnectRequest {
        ConnectRequest(
            id: ConnectionID(name), clientID: clientID ?? "client-\(name)", userName: nil, password: nil,
            isFailoverReconnect: reconnecting, isFaultTolerant: false, isManageable: true, peer: "tcp://127.0.0.1:9")
    }

    var producer: ProducerID { ProducerID(connection: self.id.value, session: 1, value: 1) }

    func message(
        _ body: String, to destination: Destination, persistent: Bool = true, sequence: Int64? = nil,
        _ change: (inout MessageHeaders) -> Void = { _ in }
    ) -> Message {
        self.sent += 1
        var headers = MessageHeaders(
            destination: destination, isPersistent: persistent, timestampMs: self.world.now.wallMs)
        change(&headers)
        return Message(
            id: MessageID(producer: self.producer, sequence: sequence ?? self.sent), headers: headers,
            properties: nil, bodyKind: .bytes, isCompressed: false, body: Array(body.utf8))
    }

    @discardableResult
    func send(
        _ body: String, to destination: Destination, persistent: Bool = true, in transaction: TransactionID? = nil,
        _ change: (inout MessageHeaders) -> Void = { _ in }
    ) -> ReplyToken {
        let message = self.message(body, to: destination, persistent: persistent, change)
        return self.world.ask(self.link, .send(message, transaction: transaction))
    }

    func consumer(
        on destination: Destination, prefetch: Int32 = 1000, _ change: (inout ConsumerRequest) -> Void = { _ in }
    ) -> ConsumerID {
        self.consumers += 1
        let id = ConsumerID(connection: self.id.value, session: 1, value: self.consumers)
        var request = ConsumerRequest(id: id, destination: destination, prefetch: prefetch)
        change(&request)
        self.world.ask(self.link, .addConsumer(request))
        return id
    }

    /// Acknowledges what comes until nothing comes any more; returns all that ever came.
    func consumeAll(_ consumer: ConsumerID) -> [String] {
        var done = 0
        for _ in 0..<200 {
            self.world.settle()
            let all = self.world.dispatches(to: consumer)
            guard done < all.count else { break }
            for dispatch in all[done...] { self.acknowledge(dispatch) }
            done = all.count
        }
        self.world.settle()
        return self.world.received(by: consumer)
    }

    @discardableResult
    func acknowledge(
        _ dispatch: Dispatch, _ kind: Acknowledgement.Kind = .consumed, from first: Dispatch? = nil, count: Int32 = 1,
        in transaction: TransactionID? = nil
    ) -> ReplyToken {
        func reference(_ dispatch: Dispatch) -> Acknowledgement.Reference {
            .init(id: dispatch.message.id, sequence: dispatch.sequence.rawValue)
        }
        return self.world.ask(
            self.link,
            .acknowledge(
                Acknowledgement(
                    consumer: dispatch.consumer, kind: kind, first: reference(first ?? dispatch),
                    last: reference(dispatch), count: count, transaction: transaction, cause: "test")))
    }

    func begin(_ number: Int64) -> TransactionID {
        let id = TransactionID.local(connection: self.id.value, value: number)
        self.world.tell(self.link, .transaction(id, connection: self.id, .begin))
        return id
    }

    @discardableResult
    func end(_ transaction: TransactionID, _ step: TransactionStep) -> ReplyToken {
        self.world.ask(self.link, .transaction(transaction, connection: self.id, step))
    }
}
