/// The broker as a deterministic machine: commands and time in, events and store batches out.
///
/// It has no clock, no I/O and no waiting; ``BrokerEngine`` gives it those. Guarantees:
/// - An answer to a persistent send, or to a commit, becomes an event only after the store has proved the batch, or
///   after the final acknowledgement of every copy (``PendingWrites``).
/// - Per producer and queue, messages are dispatched in the order in which they were sent; what goes back to a queue
///   goes back to its place.
/// - Nothing a client sends traps: unknown names are refused or ignored as the protocols demand.
package final class Broker {
    package let configuration: BrokerConfiguration
    let policies: PolicyTable
    let interceptors: InterceptorTable
    /// The queues that virtual topics feed, by topic.
    var virtualQueues: [Destination: [(queue: Queue, rules: VirtualTopic)]] = [:]
    var now = Instant(wallMs: 0, monotonicMs: 0)
    var links: [LinkID: Link] = [:]
    var connections: [ConnectionID: Connection] = [:]
    var clients: [String: ConnectionID] = [:]
    var consumers: [ConsumerID: Consumer] = [:]
    var queues: [Destination: Queue] = [:]
    var topics: [Destination: Topic] = [:]
    var subscriptions: [DurableSubscription.Key: DurableSubscription] = [:]
    /// Consumers whose destination has wildcards: they join what is created later.
    var wildcardConsumers: [Consumer] = []
    var prepared: [XATransactionID: Transaction] = [:]
    var pulling: [ConsumerID: Consumer] = [:]
    /// While a transaction commits: what came to these is dispatched when all of it is there.
    var isCommitting = false
    var touchedQueues: [Queue] = []
    var touchedSubscriptions: [DurableSubscription] = []
    var touchedConsumers: [Consumer] = []
    /// Sends that wait for room.
    var waitingSends: [WaitingSend] = []
    var isStoreFull = false
    /// Whether any policy refuses sends that find no room; else nothing is looked at.
    let mayRefuseSends: Bool
    /// Whether any policy wants to know of slow consumers.
    let watchesSlowConsumers: Bool
    /// Whether any policy wants each delivery or acknowledgement told.
    let tellsDeliveries: Bool
    var lastPurgeMs: Int64 = 0
    var lastOfflineCheckMs: Int64 = 0
    /// Backlogs with messages that wait for their time.
    var deferring: [Backlog] = []
    var memory = ReplayMemory(limit: 0)
    /// What is to be sent later.
    var scheduled = ScheduleBook()
    var writes = PendingWrites()
    var events: [BrokerEvent] = []
    var pageRequests: [PageRequest] = []
    /// Sockets of producers that are not read, and for want of what.
    var suspended: [LinkID: Shortage] = [:]
    /// Memory that only consumers can free: topic backlogs and temporary queues.
    var transientBytes = 0
    /// Bytes that are spooled to the store: of messages that are not persistent, or wait for a topic's consumer, and for
    /// which memory has no room. As with ActiveMQ each queue, durable subscription and consumer counts its own.
    var spooledBytes = 0
    /// Waiting messages in memory, all backlogs, as of the last tick.
    var windowUse = 0
    var nextConsumerNumber: UInt64 = 0
    var lastExpiryMs: Int64 = 0
    private var lastSequence: MessageSequence
    /// The newest number the store was told of.
    private var toldSequence: MessageSequence
    private var lastDestinationID: Int64
    private var lastSubscriptionID: Int64
    private var lastTransactionNumber: UInt64 = 0

    /// A page the engine shall fetch for a backlog or a browser.
    struct PageRequest {
        enum Receiver {
            case backlog(Queue, lane: Int)
            case subscription(DurableSubscription, lane: Int)
            /// A topic's consumer that is behind.
            case spool(Consumer, lane: Int)
            /// Selectors look behind the window.
            case scan(Queue, lane: Int, after: Place)
            case browser(ConsumerID)
            /// A single message that a rolled back transaction gives back.
            case single(Backlog, MessageSequence)
        }

        let id: BacklogID
        /// Nil for all.
        let priority: Int8?
        let from: MessageSequence
        let limit: Int
        let receiver: Receiver
    }

    package init(configuration: BrokerConfiguration, snapshot: StoreSnapshot) {
        self.configuration = configuration
        self.policies = PolicyTable(configuration.policies)
        self.interceptors = InterceptorTable(configuration)
        let entries = configuration.policies.entries.entries.map(\.value) + [configuration.policies.defaultEntry]
        let usage = configuration.usage
        self.mayRefuseSends =
            usage.failsSendIfNoSpace || usage.failsSendAfterMs > 0
            || entries.contains { $0.failsSendIfNoSpace == true || ($0.failsSendAfterMs ?? 0) > 0 }
        self.tellsDeliveries = entries.contains { $0.advisesDispatched || $0.advisesConsumed }
        self.watchesSlowConsumers = entries.contains { $0.slowConsumers != nil || $0.advisesSlowConsumers }
        self.lastSequence = snapshot.lastSequence
        self.toldSequence = snapshot.lastSequence
        self.lastDestinationID = snapshot.lastDestinationID
        self.lastSubscriptionID = snapshot.lastSubscriptionID
        self.memory = ReplayMemory(limit: configuration.rememberedProducers)
        self.scheduled = ScheduleBook(snapshot.schedules)
        self.recover(snapshot)
        for destination in configuration.startupDestinations { self.touch(destination) }
    }

    // MARK: Commands in

    package func attach(_ link: LinkID) { self.links[link] = Link(link) }

    /// The socket is gone: its connections end as by a removal that says nothing about what was delivered.
    package func detach(_ link: LinkID, at now: Instant) {
        self.now = now
        guard let state = self.links[link] else { return }
        for id in state.connections {
            if let connection = self.connections[id], connection.link === state {
                self.end(connection, lastDelivered: .unknown)
            }
        }
        self.links[link] = nil
        self.waitingSends.removeAll { $0.request.link == link }
        self.suspended[link] = nil
        self.collectElided()
    }

    package func setWritable(_ link: LinkID, _ isWritable: Bool, at now: Instant) {
        self.now = now
        guard let state = self.links[link], state.isWritable != isWritable else { return }
        state.isWritable = isWritable
        guard isWritable else { return }
        for id in state.connections {
            let consumers = self.connections[id]?.consumers.values.sorted { $0.number < $1.number } ?? []
            for consumer in consumers { self.dispatch(to: consumer) }
        }
    }

    package func perform(_ request: BrokerRequest, at now: Instant) {
        self.now = now
        guard let link = self.links[request.link] else { return }
        do throws(BrokerError) {
            try self.carryOut(request, link: link)
        } catch {
            if let reply = request.reply {
                self.events.append(.reply(link.id, reply, .failed(error)))
            } else {
                self.events.append(.failure(link.id, error))
            }
        }
        self.collectElided()
    }

    private func carryOut(_ request: BrokerRequest, link: Link) throws(BrokerError) {
        switch request.command {
        case .send(let message, let transaction):
            try self.send(message, transaction: transaction, request: request, link: link)
            return
        case .acknowledge(let acknowledgement):
            try self.acknowledge(acknowledgement, request: request, link: link)
            return
        case .transaction(let id, let connection, let step):
            try self.step(step, of: id, connection: connection, request: request, link: link)
            return
        case .recoverTransactions:
            self.answer(request, .transactions(self.prepared.values.sorted { $0.number < $1.number }.compactMap(\.xid)))
            return
        case .pull(let id, let wait):
            self.pull(id, wait)
        case .setPrefetch(let id, let prefetch):
            self.setPrefetch(id, prefetch)
        case .connect(let connect):
            try self.connect(connect, link: link)
        case .openSession(let id):
            try self.connection(id.connection).sessions.insert(id.value)
        case .addProducer(let producer):
            try self.addProducer(producer)
        case .addConsumer(let consumer):
            try self.addConsumer(consumer, reply: request.reply, link: link)
        case .addDestination(let destination, let connection):
            try self.addDestination(destination, connection)
        case .removeDestination(let destination, let connection):
            try self.removeDestination(destination, connection)
        case .removeConsumer(let id, let last):
            if let consumer = self.consumers[id] { self.remove([consumer], lastDelivered: last) }
        case .removeProducer(let id):
            self.removeProducer(id)
        case .removeSession(let id, let last):
            self.removeSession(id, lastDelivered: last)
        case .removeConnection(let id, let last):
            if let connection = self.connections[id] { self.end(connection, lastDelivered: last) }
        case .unsubscribe(let connection, let name):
            try self.unsubscribe(connection, name: name)
        }
        self.answer(request, .done)
    }

    /// Answers a request that needs nothing from the store, or whose changes must be durable first; `isFree` as for
    /// ``PendingWrites/wait(_:isFree:)``.
    func answer(_ request: BrokerRequest, _ reply: BrokerReply, afterCommit: Bool = false, isFree: Bool = false) {
        guard let token = request.reply else { return }
        if afterCommit {
            self.writes.wait(Receipt(link: request.link, token: token, reply: reply), isFree: isFree)
        } else {
            self.events.append(.reply(request.link, token, reply))
        }
    }

    /// What is due by time alone. To be called about once a second.
    package func tick(at now: Instant) {
        self.now = now
        self.windowUse = self.queues.values.reduce(0) { $0 + $1.backlog.readyBytes }
        if now.monotonicMs - self.lastExpiryMs >= 1_000 {
            self.lastExpiryMs = now.monotonicMs
            self.removeExpired()
        }
        self.wake(at: now)
        self.checkSlowConsumers()
        self.purgeInactive()
        self.endIdleTransactions()
        self.removeOfflineSubscriptions()
        self.collectElided()
        self.resumeLinks()
    }

    /// What has a time of its own, and nothing that looks at everything there is: it may be called a thousand times a
    /// second. To be called at ``nextDeadlineMs``.
    package func wake(at now: Instant) {
        self.now = now
        for consumer in self.pulling.values.sorted(by: { $0.number < $1.number }) {
            guard let deadline = consumer.pull?.deadlineMs, deadline <= now.monotonicMs, !self.isPaging(for: consumer)
            else { continue }
            self.endPull(consumer)
        }
        self.releaseDeferred()
        self.fireSchedules()
        self.retrySends()
        self.collectElided()
        self.resumeLinks()
    }

    /// The monotonic time at which the next pull runs out, or the next message is due that waits for its time: when to
    /// call ``wake(at:)``.
    package var nextDeadlineMs: Int64? {
        let schedule = self.nextScheduleMs
        if self.pulling.isEmpty, self.deferring.isEmpty, self.waitingSends.isEmpty { return schedule }
        var deadlines = self.pulling.values.compactMap { $0.pull?.deadlineMs } + self.waitingSends.map(\.deadlineMs)
        // Some wait however long it takes.
        deadlines.removeAll { $0 == .max }
        if let deferred = self.nextDeferredMs { deadlines.append(deferred) }
        if let schedule { deadlines.append(schedule) }
        return deadlines.min()
    }

    // MARK: Events and batches out

    package func takeEvents() -> [BrokerEvent] {
        guard !self.events.isEmpty else { return [] }
        defer { self.events.removeAll(keepingCapacity: self.events.count < 8192) }
        return self.events
    }

    /// The next batch to store, unless one is being stored.
    package func takeBatch() -> StoreBatch? {
        if self.lastSequence.rawValue - self.toldSequence.rawValue > 100_000 { self.writes.makeUrgent() }
        // What is due goes with what is written anyway.
        if self.writes.hasWork, !self.writes.isWriting { self.joinSchedules() }
        guard var batch = self.writes.take() else { return nil }
        // Numbers of messages that are never stored must not be given out again either.
        batch.lastSequence = self.lastSequence
        self.toldSequence = self.lastSequence
        self.scheduled.handOver(batch)
        return batch
    }

    /// Whether the next batch holds nothing but some acknowledgements that nobody waits for.
    var mayStoreLater: Bool { self.writes.areRemovalsAlone }

    /// Makes the next batch due, whatever it holds.
    func storeAtOnce() { if self.writes.hasWork { self.writes.makeUrgent() } }

    /// The batch taken last is durable.
    package func committed(_ proof: any CommitProof, at now: Instant) {
        self.now = now
        self.release(self.writes.committed(proof))
        self.showFired(proof.schedules)
        self.fireSchedules()
        if !self.waitingSends.isEmpty { self.retrySends() }
        self.collectElided()
        self.resumeLinks()
    }

    /// The store had no room for the batch taken last: it waits again.
    package func putBack(_ batch: StoreBatch) {
        self.writes.putBack(batch)
        self.scheduled.takeBack()
    }

    /// Only what frees room in the store, while it has none for more.
    package func takeRemovals() -> StoreBatch? { self.writes.takeRemovals() }

    /// Whether the store has a batch that it has not answered.
    var isWriting: Bool { self.writes.isWriting }

    /// Whether anything is to be written that the store was not handed yet.
    var hasUnwritten: Bool { self.writes.hasWork }

    /// Whether answers wait for the store.
    package var isStoring: Bool { self.writes.isWriting || self.writes.hasWork }

    package var elidedMessages: UInt64 { self.writes.elidedCount }

    func collectElided() { self.release(self.writes.takeElided()) }

    private func release(_ receipts: [Receipt]) {
        for receipt in receipts {
            if let (connection, producer) = receipt.replayer { connection.answeredProducers.insert(producer) }
            self.events.append(.reply(receipt.link, receipt.token, receipt.reply))
        }
    }

    // MARK: Numbers

    func nextSequence() -> MessageSequence {
        self.lastSequence = self.lastSequence.next
        return self.lastSequence
    }

    /// The id of an advisory or an answer of the broker itself, which no master gives again: a client that stays through
    /// a take-over would take its message for a duplicate.
    func newOwnMessageID() -> MessageID {
        let producer = ProducerID(connection: self.configuration.id, session: 0, value: 0)
        return MessageID(producer: producer, sequence: self.nextSequence().rawValue)
    }

    var newestSequence: MessageSequence { self.lastSequence }

    func newDestinationID(for destination: Destination) -> DestinationID {
        self.lastDestinationID += 1
        let id = DestinationID(self.lastDestinationID)
        self.writes.write { $0.newDestinations.append(.init(id: id, destination: destination)) }
        return id
    }

    func newTransactionNumber() -> UInt64 {
        self.lastTransactionNumber += 1
        return self.lastTransactionNumber
    }

    func newSubscriptionID() -> SubscriptionID {
        self.lastSubscriptionID += 1
        return SubscriptionID(self.lastSubscriptionID)
    }

    func connection(_ id: String) throws(BrokerError) -> Connection {
        guard let connection = self.connections[ConnectionID(id)] else {
            throw .illegalState("\(self.configuration.name): connection \(id) is not registered")
        }
        return connection
    }

    /// Bytes one backlog may keep in memory now.
    var windowBytes: Int {
        self.windowUse > self.configuration.memoryLimit
            ? self.configuration.smallWindowBytes : self.configuration.windowBytes
    }
}

/// The last stored sequence of each producer, so that a send replayed after a reconnect is recognised.
///
/// Holds at least the newest `limit` producers, at most twice as many.
struct ReplayMemory {
    private let limit: Int
    private var recent: [ProducerID: Int64] = [:]
    private var older: [ProducerID: Int64] = [:]

    init(limit: Int) { self.limit = limit }

    func last(of producer: ProducerID) -> Int64? { self.recent[producer] ?? self.older[producer] }

    mutating func note(_ id: MessageID) {
        if self.recent.count >= self.limit {
            self.older = self.recent
            self.recent = [:]
        }
        if let known = self.recent[id.producer] ?? self.older[id.producer], known >= id.sequence { return }
        self.recent[id.producer] = id.sequence
    }
}
