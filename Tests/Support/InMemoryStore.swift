package import BrokerCore
import Synchronization

/// What several in-memory stores share, as brokers share a directory: it survives each of them.
package final class InMemoryDisk: Sendable {
    struct Row {
        let destination: DestinationID
        let message: Message
        let redeliveryCount: Int32
        let notBeforeMs: Int64
        let isSpooled: Bool
        var subscriptions: Set<SubscriptionID>
        var prepared: XATransactionID?
    }

    struct Content {
        var epoch: Int64 = 0
        var destinations: [DestinationID: Destination] = [:]
        var subscriptions: [SubscriptionID: SubscriptionRecord] = [:]
        /// Sorted by sequence.
        var rows: [(sequence: MessageSequence, row: Row)] = []
        var prepared: [(transaction: XATransactionID, removals: [StoreBatch.Removal])] = []
        var schedules = ScheduleTable()
        var producerSequences: [ProducerID: Int64] = [:]
        var deliveredThrough: [BacklogID: MessageSequence] = [:]
        var lastSequence: Int64 = 0
        var lastDestinationID: Int64 = 0
        var lastSubscriptionID: Int64 = 0
    }

    /// Guards the content: stores of several brokers may live on several threads.
    let content = Mutex(Content())

    package init() {}

    /// Messages in a backlog, prepared ones left out.
    package func depth(of backlog: BacklogID) -> Int {
        self.content.withLock { $0.rows.count { $0.row.isIn(backlog) } }
    }

    package var messageCount: Int { self.content.withLock { $0.rows.count } }
}

/// A store in memory that does nothing by itself: a test applies one request after the other with ``pump()``, and so
/// decides when a commit completes.
///
/// A crash is the end of all references: what was not pumped is never answered, and the disk is as it was.
package final class InMemoryStore: MessageStore {
    package enum OpenError: Error, Hashable {
        case fenced(held: Int64, found: Int64)
    }

    private struct Proof: CommitProof {
        let epoch: Int64
        let schedules: ScheduleTotals
    }

    private enum Request: Sendable {
        case commit(StoreBatch, @Sendable (Result<any CommitProof, StoreError>) -> Void)
        case page(
            BacklogID, Int8?, MessageSequence, Int, Int, @Sendable (Result<[StoredMessage], StoreError>) -> Void)
        case schedules(ScheduleKey, Int64, Int, Int, @Sendable (Result<[ScheduleRecord], StoreError>) -> Void)
        case close(@Sendable () -> Void)
    }

    private struct State {
        var waiting: [Request] = []
        var failures: [StoreError] = []
        var isOver = false
    }

    package let disk: InMemoryDisk
    private let epoch: Int64
    /// Guards the requests: a broker may hand over on one thread while a test pumps on another.
    private let state = Mutex(State())

    /// As `SQLiteStore.open`: refuses an epoch that is not above the disk's, drops messages that are not persistent.
    package static func open(
        _ disk: InMemoryDisk, epoch: Int64
    ) throws(OpenError) -> (store: InMemoryStore, snapshot: StoreSnapshot) {
        let found = disk.content.withLock { $0.epoch }
        guard epoch > found else { throw .fenced(held: epoch, found: found) }
        let snapshot = disk.content.withLock { content in
            content.epoch = epoch
            content.rows.removeAll {
                ($0.row.isSpooled || !$0.row.message.headers.isPersistent) && $0.row.prepared == nil
            }
            return content.snapshot
        }
        return (InMemoryStore(disk, epoch: epoch), snapshot)
    }

    private init(_ disk: InMemoryDisk, epoch: Int64) {
        self.disk = disk
        self.epoch = epoch
    }

    // MARK: Manual control

    /// Requests that wait to be pumped.
    package var waitingCount: Int { self.state.withLock { $0.waiting.count } }

    /// Applies the oldest waiting request and answers it. False when none waits.
    @discardableResult package func pump() -> Bool {
        guard let request = self.state.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) else {
            return false
        }
        self.answer(request)
        return true
    }

    /// Pumps until nothing waits, what the answers hand over included.
    package func pumpAll() {
        while self.pump() {}
    }

    /// The next commit that is pumped fails with `error` and changes nothing. Several are kept in order.
    package func failNextCommit(with error: StoreError) { self.state.withLock { $0.failures.append(error) } }

    // MARK: MessageStore

    package func commit(
        _ batch: StoreBatch, done: @escaping @Sendable (Result<any CommitProof, StoreError>) -> Void
    ) {
        self.state.withLock { $0.waiting.append(.commit(batch, done)) }
    }

    package func page(
        of backlog: BacklogID, priority: Int8?, from: MessageSequence, limit: Int, maximumBytes: Int,
        done: @escaping @Sendable (Result<[StoredMessage], StoreError>) -> Void
    ) {
        self.state.withLock { $0.waiting.append(.page(backlog, priority, from, limit, maximumBytes, done)) }
    }

    package func schedules(
        after key: ScheduleKey, through: Int64, limit: Int, maximumBytes: Int,
        done: @escaping @Sendable (Result<[ScheduleRecord], StoreError>) -> Void
    ) {
        self.state.withLock { $0.waiting.append(.schedules(key, through, limit, maximumBytes, done)) }
    }

    package func close(done: @escaping @Sendable () -> Void) {
        self.state.withLock { $0.waiting.append(.close(done)) }
    }

    // MARK: Private

    private func answer(_ request: Request) {
        let isOver = self.state.withLock { $0.isOver }
        switch request {
        case .commit(let batch, let done):
            done(isOver ? .failure(.closed) : self.apply(batch))
        case .page(let backlog, let priority, let from, let limit, let maximumBytes, let done):
            if isOver { return done(.failure(.closed)) }
            done(.success(self.disk.content.withLock { $0.page(of: backlog, priority, from, limit, maximumBytes) }))
        case .schedules(let key, let through, let limit, let maximumBytes, let done):
            if isOver { return done(.failure(.closed)) }
            done(
                .success(
                    self.disk.content.withLock {
                        $0.schedules.page(after: key, through: through, limit: limit, maximumBytes: maximumBytes)
                    }))
        case .close(let done):
            self.state.withLock { $0.isOver = true }
            done()
        }
    }

    private func apply(_ batch: StoreBatch) -> Result<any CommitProof, StoreError> {
        if let error = self.state.withLock({ $0.failures.isEmpty ? nil : $0.failures.removeFirst() }) {
            return self.failed(with: error)
        }
        let (found, schedules) = self.disk.content.withLock { content in
            if content.epoch == self.epoch { content.apply(batch) }
            return (content.epoch, content.schedules.totals)
        }
        if found != self.epoch { return self.failed(with: .fenced(held: self.epoch, found: found)) }
        return .success(Proof(epoch: self.epoch, schedules: schedules))
    }

    private func failed(with error: StoreError) -> Result<any CommitProof, StoreError> {
        if case .full = error { return .failure(error) }
        self.state.withLock { $0.isOver = true }
        return .failure(error)
    }
}

extension InMemoryDisk.Row {
    func isIn(_ backlog: BacklogID) -> Bool {
        guard self.prepared == nil else { return false }
        return switch backlog {
        case .queue(let id): self.destination == id
        case .subscription(let id): self.subscriptions.contains(id)
        }
    }
}

extension InMemoryDisk.Content {
    var snapshot: StoreSnapshot {
        var snapshot = StoreSnapshot()
        snapshot.lastSequence = MessageSequence(self.lastSequence)
        snapshot.lastDestinationID = self.lastDestinationID
        snapshot.lastSubscriptionID = self.lastSubscriptionID
        snapshot.producerSequences = self.producerSequences
        snapshot.schedules = self.schedules.totals
        snapshot.destinations = self.destinations.map { id, destination in
            let count = self.rows.count { $0.row.destination == id && $0.row.prepared == nil }
            return .init(
                id: id, destination: destination, messageCount: Int64(count),
                deliveredThrough: self.deliveredThrough[.queue(id)] ?? MessageSequence(0))
        }
        snapshot.subscriptions = self.subscriptions.map { id, record in
            .init(
                record: record, messageCount: Int64(self.rows.count { $0.row.isIn(.subscription(id)) }),
                deliveredThrough: self.deliveredThrough[.subscription(id)] ?? MessageSequence(0))
        }
        snapshot.prepared = self.prepared.map { transaction, removals in
            let inserts = self.rows.filter { $0.row.prepared == transaction }
                .map { (sequence: $0.sequence, destination: $0.row.destination, message: $0.row.message) }
            return .init(transaction: transaction, inserts: inserts, removals: removals)
        }
        return snapshot
    }

    func page(
        of backlog: BacklogID, _ priority: Int8?, _ from: MessageSequence, _ limit: Int, _ maximumBytes: Int
    ) -> [StoredMessage] {
        var found: [StoredMessage] = []
        var bytes = 0
        for (sequence, row) in self.rows[self.index(of: from)...]
        where row.isIn(backlog) && (priority == nil || row.message.headers.priority == priority) {
            bytes += row.message.size
            if found.count >= limit || (bytes > maximumBytes && !found.isEmpty) { break }
            found.append(
                StoredMessage(
                    sequence: sequence, message: row.message.asStored, redeliveryCount: row.redeliveryCount,
                    notBeforeMs: row.notBeforeMs))
        }
        return found
    }

    mutating func apply(_ batch: StoreBatch) {
        for id in batch.destroyedDestinations { self.destroy(id) }
        for new in batch.newDestinations {
            self.destinations[new.id] = new.destination
            self.lastDestinationID = max(self.lastDestinationID, new.id.rawValue)
        }
        for id in batch.destroyedSubscriptions { self.destroy(id) }
        for record in batch.newSubscriptions {
            self.subscriptions[record.id] = record
            self.lastSubscriptionID = max(self.lastSubscriptionID, record.id.rawValue)
        }
        for insert in batch.inserts { self.insert(insert) }
        for change in batch.scheduleChanges {
            self.schedules.apply(change)
            if case .insert(let job, _) = change { self.lastSequence = max(self.lastSequence, job.id.rawValue) }
        }
        for prepare in batch.prepares {
            self.prepared[self.preparedIndex(prepare.transaction)].removals += prepare.removals
        }
        for resolve in batch.resolves { self.resolve(resolve) }
        for removal in batch.removals { self.remove(removal) }
        self.producerSequences.merge(batch.producerSequences, uniquingKeysWith: max)
        self.deliveredThrough.merge(batch.deliveredThrough) { max($0, $1) }
        self.lastSequence = max(self.lastSequence, batch.lastSequence?.rawValue ?? 0)
    }

    private mutating func insert(_ insert: StoreBatch.Insert) {
        if let transaction = insert.prepared { _ = self.preparedIndex(transaction) }
        let row = InMemoryDisk.Row(
            destination: insert.destination, message: insert.message, redeliveryCount: insert.redeliveryCount,
            notBeforeMs: insert.notBeforeMs, isSpooled: insert.isSpooled, subscriptions: Set(insert.subscriptions),
            prepared: insert.prepared)
        self.rows.insert((insert.sequence, row), at: self.index(of: insert.sequence))
        self.lastSequence = max(self.lastSequence, insert.sequence.rawValue)
    }

    private mutating func remove(_ removal: StoreBatch.Removal) {
        let index = self.index(of: removal.sequence)
        guard index < self.rows.count, self.rows[index].sequence == removal.sequence,
            self.rows[index].row.isIn(removal.backlog)
        else { return }
        if case .subscription(let id) = removal.backlog { self.rows[index].row.subscriptions.remove(id) }
        if self.rows[index].row.subscriptions.isEmpty { self.rows.remove(at: index) }
    }

    private mutating func resolve(_ resolve: StoreBatch.Resolve) {
        guard let index = self.prepared.firstIndex(where: { $0.transaction == resolve.transaction }) else { return }
        let (transaction, removals) = self.prepared.remove(at: index)
        self.schedules.resolve(transaction, commits: resolve.commits)
        guard resolve.commits else { return self.rows.removeAll { $0.row.prepared == transaction } }
        for index in self.rows.indices where self.rows[index].row.prepared == transaction {
            self.rows[index].row.prepared = nil
        }
        for removal in removals { self.remove(removal) }
    }

    private mutating func destroy(_ id: DestinationID) {
        if let destination = self.destinations.removeValue(forKey: id), destination.isTopic {
            for (id, record) in self.subscriptions where record.topic == destination { self.destroy(id) }
        }
        self.rows.removeAll { $0.row.destination == id }
        self.forgetRemovals(of: .queue(id))
    }

    private mutating func destroy(_ id: SubscriptionID) {
        self.subscriptions[id] = nil
        for index in self.rows.indices.reversed() where self.rows[index].row.subscriptions.remove(id) != nil {
            if self.rows[index].row.subscriptions.isEmpty { self.rows.remove(at: index) }
        }
        self.forgetRemovals(of: .subscription(id))
    }

    private mutating func forgetRemovals(of backlog: BacklogID) {
        for index in self.prepared.indices { self.prepared[index].removals.removeAll { $0.backlog == backlog } }
    }

    private mutating func preparedIndex(_ transaction: XATransactionID) -> Int {
        if let index = self.prepared.firstIndex(where: { $0.transaction == transaction }) { return index }
        self.prepared.append((transaction, []))
        return self.prepared.count - 1
    }

    /// Of the first row with at least this sequence.
    private func index(of sequence: MessageSequence) -> Int {
        var low = 0
        var high = self.rows.count
        while low < high {
            let middle = (low + high) / 2
            if self.rows[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Message {
    /// Without what stores never keep.
    fileprivate var asStored: Message {
        guard var extras = self.extras else { return self }
        extras.advisory = nil
        extras.targetConsumer = nil
        return self.with(headers: self.headers, properties: self.properties, extras: extras)
    }
}
