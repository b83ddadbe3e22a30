package import BrokerCore

/// Drives a store from tests that can wait for its answers.
package struct StoreDriver: Sendable {
    package let store: any MessageStore
    /// Lets a store under manual control go on; nothing for one with a thread of its own.
    private let settle: @Sendable () -> Void

    package init(_ store: any MessageStore, settle: @escaping @Sendable () -> Void = {}) {
        self.store = store
        self.settle = settle
    }

    /// Lets the store answer what was handed to it directly.
    package func letGo() { self.settle() }

    package func result(of batch: StoreBatch) async -> Result<any CommitProof, StoreError> {
        await withCheckedContinuation { continuation in
            self.store.commit(batch) { continuation.resume(returning: $0) }
            self.settle()
        }
    }

    /// Commits what `fill` puts into a batch.
    @discardableResult package func commit(_ fill: (inout StoreBatch) -> Void) async throws -> any CommitProof {
        var batch = StoreBatch()
        fill(&batch)
        return try await self.result(of: batch).get()
    }

    package func pageResult(
        of backlog: BacklogID, priority: Int8? = nil, from: Int64 = 0, limit: Int = 1_000, maximumBytes: Int = 1 << 30
    ) async -> Result<[StoredMessage], StoreError> {
        await withCheckedContinuation { continuation in
            self.store.page(
                of: backlog, priority: priority, from: MessageSequence(from), limit: limit, maximumBytes: maximumBytes
            ) { continuation.resume(returning: $0) }
            self.settle()
        }
    }

    package func page(
        of backlog: BacklogID, priority: Int8? = nil, from: Int64 = 0, limit: Int = 1_000, maximumBytes: Int = 1 << 30
    ) async throws -> [StoredMessage] {
        try await self.pageResult(of: backlog, priority: priority, from: from, limit: limit, maximumBytes: maximumBytes)
            .get()
    }

    /// The sequences of a whole backlog.
    package func sequences(of backlog: BacklogID) async throws -> [Int64] {
        try await self.page(of: backlog).map(\.sequence.rawValue)
    }

    package func close() async {
        await withCheckedContinuation { continuation in
            self.store.close { continuation.resume() }
            self.settle()
        }
    }
}

extension StoreBatch {
    package mutating func insert(
        _ sequence: Int64, _ destination: DestinationID, _ message: Message, redeliveryCount: Int32 = 0,
        subscriptions: [SubscriptionID] = [], prepared: XATransactionID? = nil, notBeforeMs: Int64 = 0,
        isSpooled: Bool = false
    ) {
        self.inserts.append(
            Insert(
                sequence: MessageSequence(sequence), destination: destination, message: message,
                redeliveryCount: redeliveryCount, subscriptions: subscriptions, prepared: prepared,
                notBeforeMs: notBeforeMs, isSpooled: isSpooled))
    }

    package mutating func remove(_ sequence: Int64, from backlog: BacklogID) {
        self.removals.append(Removal(backlog: backlog, sequence: MessageSequence(sequence)))
    }
}
