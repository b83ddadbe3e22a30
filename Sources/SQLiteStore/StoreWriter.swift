package import BrokerCore
import SQLite

/// Evidence of a durable transaction. Made only here, after COMMIT returned.
package struct StoredCommit: CommitProof {
    package let epoch: Int64
    package let schedules: ScheduleTotals

    fileprivate init(epoch: Int64, schedules: ScheduleTotals) {
        self.epoch = epoch
        self.schedules = schedules
    }
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

    /// Times the busy timeout for which another process's write transaction is waited for.
    private static let maximumWaits = 5

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
        var group = CommitGroup()
        while true {
            self.handOver.take(into: &requests)
            for index in requests.indices {
                switch requests[index] {
                case .commit(let batch, let done):
                    group.append(batch, done)
                    let isFull =
                        group.rows >= self.configuration.maximumRows || group.bytes >= self.configuration.maximumBytes
                    if isFull || !requests.isCommit(at: index + 1) {
                        self.commit(group)
                        group.removeAll()
                    }
                case .page(let page, let done):
                    done(self.answer { open throws(StoreError) in try self.read(page, in: open) })
                case .schedules(let page, let done):
                    done(self.answer { open throws(StoreError) in try self.read(page, in: open) })
                case .close(let done):
                    return self.close(done, leftOver: requests[(index + 1)...])
                }
            }
        }
    }

    // MARK: Commit

    /// Commits several batches in one transaction; if there is no room for all, each in its own, in order.
    private func commit(_ group: CommitGroup) {
        switch self.transact(group) {
        case .failure(.full) where group.commits.count > 1:
            for commit in group.commits { self.commit(CommitGroup(commit)) }
        case .success(let proof):
            for commit in group.commits { commit.done(.success(proof)) }
            self.afterCommit(wroteMessages: group.hasInserts)
        case .failure(let error):
            for commit in group.commits { commit.done(.failure(error)) }
            if case .full(let text) = error { self.noteFull(text) }
        }
    }

    /// Commits one batch for a caller that has claimed the writer's work (``HandOver/claim()``), or does nothing where
    /// another process's transaction would have to be waited for.
    func commitAtOnce(_ batch: StoreBatch) -> Result<any CommitProof, StoreError>? {
        guard let open = self.open, self.failure == nil else { return nil }
        open.database.setBusyTimeout(milliseconds: 0)
        let isFree = self.beginsFreely(open)
        open.database.setBusyTimeout(milliseconds: self.configuration.busyTimeoutMs)
        guard isFree else { return nil }
        var group = CommitGroup()
        group.append(batch) { _ in }
        let result = self.transact(group)
        switch result {
        case .success: self.afterCommit(wroteMessages: group.hasInserts)
        case .failure(let error):
            open.database.rollback()
            if case .full(let text) = error { self.noteFull(text) }
        }
        return result.map { $0 }
    }

    /// Begins a write transaction if that needs no waiting.
    private func beginsFreely(_ open: OpenStore) -> Bool {
        do throws(SQLiteError) {
            try open.statements.begin.run()
            return true
        } catch {
            // Busy, or worse: the writer's own thread will find out, and say so.
            return false
        }
    }

    private func transact(_ group: CommitGroup) -> Result<StoredCommit, StoreError> {
        guard let open = self.open, self.failure == nil else { return .failure(.closed) }
        do throws(StoreError) {
            try self.checkRoom(for: group, in: open)
            do throws(StoreError) {
                return .success(try self.attempt(group, in: open))
            } catch .full where !group.hasInserts {
                // What only frees room may find it in the write-ahead log, once that is copied.
                try self.mapped(open) { () throws(SQLiteError) in try open.database.checkpoint(.passive) }
                return .success(try self.attempt(group, in: open))
            }
        } catch .full(let text) {
            return .failure(.full(text))
        } catch {
            self.failure = error
            return .failure(error)
        }
    }

    private func attempt(_ group: CommitGroup, in open: OpenStore) throws(StoreError) -> StoredCommit {
        do throws(StoreError) {
            try self.begin(open)
            try self.checkFence(open)
            open.applier.start(from: open.catalog)
            try self.mapped(open) { () throws(SQLiteError) in
                for commit in group.commits { try open.applier.apply(commit.batch) }
                try open.applier.finish()
            }
            try self.finish(open)
        } catch {
            open.database.rollback()
            throw error
        }
        self.configuration.meter.committed(rows: group.rows)
        return StoredCommit(epoch: self.epoch, schedules: open.catalog.schedules)
    }

    /// Begins a write transaction. Somebody else's, an operator's for example, is waited for and reported some times: a
    /// standby could not write either.
    private func begin(_ open: OpenStore) throws(StoreError) {
        if open.database.isInTransaction { return }
        var waits = 0
        while true {
            do throws(SQLiteError) {
                return try open.statements.begin.run()
            } catch {
                waits += 1
                if error.code != .busy || waits == Self.maximumWaits { throw self.meaning(of: error, open) }
                self.configuration.notice(.lockedByWriter(path: self.configuration.path))
            }
        }
    }

    /// Gate, COMMIT, the catalog as the transaction left it, and the gate once more where that took long.
    private func finish(_ open: OpenStore) throws(StoreError) {
        do throws(GateClosed) {
            try self.gate.prove()
        } catch {
            throw .gateClosed(error.reason)
        }
        try self.mapped(open) { () throws(SQLiteError) in try open.statements.commit.run() }
        open.catalog = open.applier.catalog
        do throws(GateClosed) {
            try self.gate.proveCommitted()
        } catch {
            throw .gateClosed(error.reason)
        }
    }

    private func checkFence(_ open: OpenStore) throws(StoreError) {
        // Left out only by Tests/Interop/fencing-cost, to measure what it costs.
        #if !WITHOUT_FENCING
            let found = try self.mapped(open) { () throws(SQLiteError) in
                defer { open.statements.readFence.reset() }
                return try open.statements.readFence.step() ? open.statements.readFence.integer(0) : 0
            }
            guard found == self.epoch else { throw .fenced(held: self.epoch, found: found) }
        #endif
    }

    private func checkRoom(for group: CommitGroup, in open: OpenStore) throws(StoreError) {
        guard group.hasInserts else { return }
        let refusal = try self.mapped(open) { () throws(SQLiteError) in
            try self.room.refusal(of: group.bytes, open.database)
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

    /// What a read of the open store finds. One that fails ends the store.
    private func answer<Row>(_ find: (OpenStore) throws(StoreError) -> [Row]) -> Result<[Row], StoreError> {
        guard let open = self.open, self.failure == nil else { return .failure(.closed) }
        do throws(StoreError) {
            return .success(try find(open))
        } catch {
            self.failure = error
            return .failure(error)
        }
    }

    private func read(_ request: PageRequest, in open: OpenStore) throws(StoreError) -> [StoredMessage] {
        let (statement, backlog) =
            switch request.backlog {
            case .queue(let id): (Self.queuePage(request.priority, open.statements), id.rawValue)
            case .subscription(let id): (open.statements.readSubscriptionPage, id.rawValue)
            }
        return try self.rows(of: statement, atMost: request.maximumBytes, in: open) { () throws(SQLiteError) in
            try statement.bind(backlog, at: 1)
            try statement.bind(request.from.rawValue, at: 2)
            try statement.bind(Int64(max(request.limit, 0)), at: 3)
            if case .subscription = request.backlog {
                try statement.bind(request.priority.map { Int64($0) }, at: 4)
            } else if let priority = request.priority {
                try statement.bind(Int64(priority), at: 4)
            }
        } parse: { row throws(MessageRow.Unreadable) in
            try row.read(home: open.catalog.destinations[row.destination])
        }
    }

    private func read(_ request: SchedulePageRequest, in open: OpenStore) throws(StoreError) -> [ScheduleRecord] {
        let statement = open.statements.readSchedules
        return try self.rows(of: statement, atMost: request.maximumBytes, in: open) { () throws(SQLiteError) in
            try ScheduleRow.bind(request, to: statement)
        } parse: { _ throws(MessageRow.Unreadable) in
            try ScheduleRow(statement).read()
        }
    }

    /// The rows of a page whose columns begin with those of a message, until they are too many bytes; one at least.
    private func rows<Row>(
        of statement: Statement, atMost maximumBytes: Int, in open: OpenStore,
        bind: () throws(SQLiteError) -> Void, parse: (MessageRow) throws(MessageRow.Unreadable) -> Row
    ) throws(StoreError) -> [Row] {
        defer { statement.reset() }
        try self.mapped(open, bind)
        var rows: [Row] = []
        var bytes = 0
        while try self.mapped(open, { () throws(SQLiteError) in try statement.step() }) {
            let row = MessageRow(statement)
            bytes += row.size
            if bytes > maximumBytes, !rows.isEmpty { break }
            do throws(MessageRow.Unreadable) {
                rows.append(try parse(row))
            } catch {
                throw .corrupt("\(self.configuration.path): \(error.reason)")
            }
        }
        return rows
    }

    private static func queuePage(_ priority: Int8?, _ statements: StoreStatements) -> Statement {
        switch priority {
        case nil: statements.readQueuePage
        case 4: statements.readDefaultPriorityPage
        default: statements.readPriorityPage
        }
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
            try self.begin(open)
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
            throw self.meaning(of: error, open)
        }
    }

    private func meaning(of error: SQLiteError, _ open: OpenStore) -> StoreError {
        open.database.rollback()
        return StoreFailure(error: error, path: self.configuration.path)
            .whileServing(damagedPage: { DamagedPage.find(in: open.database) })
    }
}

/// Everything that keeps the database open.
final class OpenStore {
    let database: Database
    let statements: StoreStatements
    let applier: BatchApplier
    /// As of the last commit.
    var catalog: StoreCatalog

    init(
        _ database: Database, _ catalog: StoreCatalog, _ configuration: StoreConfiguration
    ) throws(SQLiteError) {
        self.database = database
        self.catalog = catalog
        self.statements = try StoreStatements(database)
        self.applier = BatchApplier(database, self.statements, catalog, configuration)
    }
}

extension StoreRequest {
    /// Answers a request that came after the end.
    func refuse() {
        switch self {
        case .commit(_, let done): done(.failure(.closed))
        case .page(_, let done): done(.failure(.closed))
        case .schedules(_, let done): done(.failure(.closed))
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

/// Batches that share a transaction.
struct CommitGroup {
    typealias Done = @Sendable (Result<any CommitProof, StoreError>) -> Void

    private(set) var commits: [(batch: StoreBatch, done: Done)] = []
    private(set) var rows = 0
    /// Of the messages to be stored.
    private(set) var bytes = 0
    private(set) var hasInserts = false

    init() {}

    init(_ commit: (batch: StoreBatch, done: Done)) { self.append(commit.batch, commit.done) }

    mutating func append(_ batch: StoreBatch, _ done: @escaping Done) {
        self.commits.append((batch, done))
        self.rows += batch.inserts.count + batch.removals.count
        for insert in batch.inserts { self.bytes &+= MessageWriter.size(of: insert.message) }
        self.hasInserts = self.hasInserts || !batch.inserts.isEmpty
        self.rows += batch.scheduleChanges.count
        for case .insert(let job, _) in batch.scheduleChanges {
            self.bytes &+= MessageWriter.size(of: job.message)
            self.hasInserts = true
        }
    }

    /// Keeps its memory.
    mutating func removeAll() {
        self.commits.removeAll(keepingCapacity: true)
        (self.rows, self.bytes, self.hasInserts) = (0, 0, false)
    }
}
