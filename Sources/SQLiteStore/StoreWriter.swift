import BrokerCore
import SQLite

/// Evidence of a durable transaction. Made only here, after COMMIT returned.
package struct StoredCommit: CommitProof {
    package let epoch: Int64

    fileprivate init(epoch: Int64) { self.epoch = epoch }
}

/// The one writer of the store: owns the connection, lives on a thread of its own, and serves requests in their order.
///
///     serving ──(any error but full)──> failed ──close──> closed
///        └──────────────────close──────────────────────────^
///
/// serving: `open` is set and `failure` nil. failed: nothing is read or written any more, and the log is left as it
/// is, since this process may no longer be master. closed: the files are let go.
final class StoreWriter {
    private let configuration: StoreConfiguration
    private let epoch: Int64
    private let gate: any CommitGate
    private let handOver: HandOver
    private var open: OpenStore?
    private var failure: StoreError?
    private var room: RoomGuard
    private var wal: WALWatch
    private var isFull = false

    typealias CommitRequest = (batch: StoreBatch, done: @Sendable (Result<any CommitProof, StoreError>) -> Void)

    init(
        _ configuration: StoreConfiguration, epoch: Int64, gate: any CommitGate, handOver: HandOver, open: OpenStore
    ) {
        self.configuration = configuration
        self.epoch = epoch
        self.gate = gate
        self.handOver = handOver
        self.open = open
        self.room = RoomGuard(configuration)
        self.wal = WALWatch(configuration)
    }

    /// Serves until a close request.
    func run() {
        var requests: [StoreRequest] = []
        var commits: [CommitRequest] = []
        while true {
            self.handOver.take(into: &requests)
            for index in requests.indices {
                switch requests[index] {
                case .commit(let batch, let done):
                    commits.append((batch, done))
                    if self.isTransactionFull(commits) || !requests.isCommit(at: index + 1) {
                        self.commit(commits)
                        commits.removeAll(keepingCapacity: true)
                    }
                case .page(let page, let done):
                    done(self.page(page))
                case .close(let done):
                    return self.close(done, leftOver: requests[(index + 1)...])
                }
            }
        }
    }

    private func isTransactionFull(_ commits: [CommitRequest]) -> Bool {
        let rows = commits.reduce(0) { $0 + $1.batch.rowCount }
        let bytes = commits.reduce(0) { $0 + $1.batch.byteCount }
        return rows >= self.configuration.maximumRows || bytes >= self.configuration.maximumBytes
    }

    // MARK: Commit

    /// Commits several batches in one transaction; if there is no room for all, each in its own, in order.
    private func commit(_ commits: [CommitRequest]) {
        switch self.transact(commits) {
        case .failure(.full) where commits.count > 1:
            for commit in commits { self.commit([commit]) }
        case .success(let proof):
            for commit in commits { commit.done(.success(proof)) }
            self.afterCommit(wroteMessages: commits.contains { !$0.batch.inserts.isEmpty })
        case .failure(let error):
            for commit in commits { commit.done(.failure(error)) }
            if case .full(let text) = error { self.noteFull(text) }
        }
    }

    private func transact(_ commits: [CommitRequest]) -> Result<StoredCommit, StoreError> {
        guard let open = self.open, self.failure == nil else { return .failure(.closed) }
        do throws(StoreError) {
            try self.checkRoom(for: commits, in: open)
            do throws(StoreError) {
                return .success(try self.attempt(commits, in: open))
            } catch .full where commits.allSatisfy(\.batch.inserts.isEmpty) {
                // What only frees room may find it in the write-ahead log, once that is copied.
                try self.mapped(open) { () throws(SQLiteError) in try open.database.checkpoint(.passive) }
                return .success(try self.attempt(commits, in: open))
            }
        } catch .full(let text) {
            return .failure(.full(text))
        } catch {
            self.failure = error
            return .failure(error)
        }
    }

    private func attempt(_ commits: [CommitRequest], in open: OpenStore) throws(StoreError) -> StoredCommit {
        do throws(StoreError) {
            try self.mapped(open) { () throws(SQLiteError) in try open.statements.begin.run() }
            try self.checkFence(open)
            open.applier.start(from: open.catalog)
            try self.mapped(open) { () throws(SQLiteError) in
                for commit in commits { try open.applier.apply(commit.batch) }
                try open.applier.finish()
            }
            try self.finish(open)
        } catch {
            open.database.rollback()
            throw error
        }
        return StoredCommit(epoch: self.epoch)
    }

    /// Gate, COMMIT, and the catalog as the transaction left it.
    private func finish(_ open: OpenStore) throws(StoreError) {
        do throws(GateClosed) {
            try self.gate.prove()
        } catch {
            throw .gateClosed(error.reason)
        }
        try self.mapped(open) { () throws(SQLiteError) in try open.statements.commit.run() }
        open.catalog = open.applier.catalog
    }

    private func checkFence(_ open: OpenStore) throws(StoreError) {
        let found = try self.mapped(open) { () throws(SQLiteError) in
            defer { open.statements.readFence.reset() }
            return try open.statements.readFence.step() ? open.statements.readFence.integer(0) : 0
        }
        guard found == self.epoch else { throw .fenced(held: self.epoch, found: found) }
    }

    private func checkRoom(for commits: [CommitRequest], in open: OpenStore) throws(StoreError) {
        guard commits.contains(where: { !$0.batch.inserts.isEmpty }) else { return }
        let bytes = commits.reduce(0) { $0 + $1.batch.byteCount }
        let refusal = try self.mapped(open) { () throws(SQLiteError) in
            try self.room.refusal(of: bytes, open.database)
        }
        if let refusal { throw .full(refusal) }
    }

    /// The receipts are out: now there is time for the log.
    private func afterCommit(wroteMessages: Bool) {
        if self.isFull, wroteMessages {
            self.isFull = false
            self.configuration.notice(.roomAgain)
        }
        guard let open = self.open else { return }
        do throws(StoreError) {
            try self.mapped(open) { () throws(SQLiteError) in try self.wal.afterCommit(open.database) }
        } catch .full(let text) {
            // The commit stands; only its copy into the database file has to wait for room.
            self.noteFull(text)
        } catch {
            self.failure = error
        }
    }

    private func noteFull(_ text: String) {
        guard !self.isFull else { return }
        self.isFull = true
        self.configuration.notice(.full(text))
    }

    // MARK: Page

    private func page(_ request: PageRequest) -> Result<[StoredMessage], StoreError> {
        guard let open = self.open, self.failure == nil else { return .failure(.closed) }
        do throws(StoreError) {
            return .success(try self.read(request, in: open))
        } catch {
            self.failure = error
            return .failure(error)
        }
    }

    private func read(_ request: PageRequest, in open: OpenStore) throws(StoreError) -> [StoredMessage] {
        let (statement, backlog) =
            switch request.backlog {
            case .queue(let id): (open.statements.readQueuePage, id.rawValue)
            case .subscription(let id): (open.statements.readSubscriptionPage, id.rawValue)
            }
        defer { statement.reset() }
        try self.mapped(open) { () throws(SQLiteError) in
            try statement.bind(backlog, at: 1)
            try statement.bind(request.from.rawValue, at: 2)
            try statement.bind(Int64(max(request.limit, 0)), at: 3)
        }
        var messages: [StoredMessage] = []
        var bytes = 0
        while try self.mapped(open, { () throws(SQLiteError) in try statement.step() }) {
            let row = MessageRow(statement)
            bytes += row.size
            if bytes > request.maximumBytes, !messages.isEmpty { break }
            do throws(MessageRow.Unreadable) {
                messages.append(try row.read(home: open.catalog.destinations[row.destination]))
            } catch {
                throw .corrupt("\(self.configuration.path): \(error.reason)")
            }
        }
        return messages
    }

    // MARK: Close

    private func close(_ done: @Sendable () -> Void, leftOver: ArraySlice<StoreRequest>) {
        self.stopOrderly()
        self.open = nil
        for request in leftOver + self.handOver.close() { request.refuse() }
        done()
    }

    /// Writes the last number exactly and empties the log: only while this process is provably master. Whatever fails
    /// here has failed after everything was confirmed, and the next master recovers from the log.
    private func stopOrderly() {
        guard let open = self.open, self.failure == nil else { return }
        do throws(StoreError) {
            try self.mapped(open) { () throws(SQLiteError) in try open.statements.begin.run() }
            try self.checkFence(open)
            open.applier.start(from: open.catalog)
            try self.mapped(open) { () throws(SQLiteError) in try open.applier.releaseReservedNumbers() }
            try self.finish(open)
            try self.mapped(open) { () throws(SQLiteError) in try open.database.setCheckpointOnClose(true) }
        } catch {
            open.database.rollback()
            self.failure = error
        }
    }

    /// Runs calls of SQLite and says what their failure means for the store.
    @discardableResult private func mapped<Value>(
        _ open: OpenStore, _ body: () throws(SQLiteError) -> Value
    ) throws(StoreError) -> Value {
        do throws(SQLiteError) {
            return try body()
        } catch {
            open.database.rollback()
            throw StoreFailure(error: error, path: self.configuration.path)
                .whileServing(damagedPage: { DamagedPage.find(in: open.database) })
        }
    }
}

/// Everything that keeps the database open.
final class OpenStore {
    let database: Database
    let statements: StoreStatements
    let applier: BatchApplier
    /// As of the last commit.
    var catalog: StoreCatalog

    init(_ database: Database, _ catalog: StoreCatalog, maximumProducers: Int) throws(SQLiteError) {
        self.database = database
        self.catalog = catalog
        self.statements = try StoreStatements(database)
        self.applier = BatchApplier(database, self.statements, catalog, maximumProducers: maximumProducers)
    }
}

extension StoreRequest {
    /// Answers a request that came after the end.
    func refuse() {
        switch self {
        case .commit(_, let done): done(.failure(.closed))
        case .page(_, let done): done(.failure(.closed))
        case .close(let done): done()
        }
    }
}

extension [StoreRequest] {
    fileprivate func isCommit(at index: Int) -> Bool {
        guard index < self.count, case .commit = self[index] else { return false }
        return true
    }
}

extension StoreBatch {
    var rowCount: Int { self.inserts.count + self.removals.count }

    var byteCount: Int { self.inserts.reduce(0) { $0 &+ MessageWriter.size(of: $1.message) } }
}
