package import BrokerCore
import SQLite

/// The persistence adapter: messages, subscriptions and transactions in one SQLite database.
///
/// Only the master opens it. Everything is written by one thread of the store's own, in transactions that check the
/// fence row and pass the commit gate; whatever waits while a transaction commits shares the next one.
package final class SQLiteStore: MessageStore {
    /// Under which its transactions are fenced.
    package let epoch: Int64
    private let handOver: HandOver
    private let writer: Writer

    /// The writer for whoever has the right to its work: its own thread, or who has claimed it from the hand-over.
    private final class Writer: @unchecked Sendable {
        // Unchecked because the right passes from thread to thread under the hand-over's mutex, which also orders what
        // they did.
        let writer: StoreWriter

        init(_ writer: StoreWriter) { self.writer = writer }
    }

    /// Opens the store in an existing directory, creating the database where there is none, on the caller's thread.
    ///
    /// Migrates the schema, raises the fence to `epoch`, and drops messages that were only spooled. Reads as much as
    /// there are destinations, subscriptions, producers and transactions in doubt, never the messages.
    package static func open(
        configuration: StoreConfiguration, epoch: Int64, gate: any CommitGate
    ) throws(StoreOpenError) -> (store: SQLiteStore, snapshot: StoreSnapshot) {
        let (open, snapshot) = try StoreOpening(configuration, epoch: epoch, gate: gate).open()
        let handOver = HandOver()
        let writer = Writer(StoreWriter(configuration, epoch: epoch, gate: gate, handOver: handOver, open: open))
        do throws(WriterThread.CannotStart) {
            try WriterThread.start { writer.writer.run() }
        } catch {
            throw .io(
                "the store's thread cannot start: \(SystemError.text(error.systemError))", code: 0,
                systemError: error.systemError)
        }
        return (SQLiteStore(epoch: epoch, handOver: handOver, writer: writer), snapshot)
    }

    /// Of the SQLite library in use, for the log: before 3.51.3 it must have one writing connection only.
    package static var libraryVersion: String { SQLiteLibrary.version }

    private init(epoch: Int64, handOver: HandOver, writer: Writer) {
        self.epoch = epoch
        self.writer = writer
        self.handOver = handOver
    }

    deinit {
        // Ends the thread of a store that nobody closed; after a close this is refused.
        _ = self.handOver.put(.close({}))
    }

    /// An empty batch writes nothing, but passes fence and gate: an idle broker proves its mastership with it.
    package func commit(
        _ batch: StoreBatch, done: @escaping @Sendable (Result<any CommitProof, StoreError>) -> Void
    ) {
        self.put(.commit(batch, done))
    }

    package func commitAtOnce(_ batch: StoreBatch) -> Result<any CommitProof, StoreError>? {
        guard self.handOver.claim() else { return nil }
        defer { self.handOver.release() }
        return self.writer.writer.commitAtOnce(batch)
    }

    package func page(
        of backlog: BacklogID, priority: Int8?, from: MessageSequence, limit: Int, maximumBytes: Int,
        done: @escaping @Sendable (Result<[StoredMessage], StoreError>) -> Void
    ) {
        let request = PageRequest(
            backlog: backlog, priority: priority, from: from, limit: limit, maximumBytes: maximumBytes)
        self.put(.page(request, done))
    }

    package func schedules(
        after key: ScheduleKey, through: Int64, limit: Int, maximumBytes: Int,
        done: @escaping @Sendable (Result<[ScheduleRecord], StoreError>) -> Void
    ) {
        let request = SchedulePageRequest(after: key, through: through, limit: limit, maximumBytes: maximumBytes)
        self.put(.schedules(request, done))
    }

    /// After an error the database is left as it is, its log included; else the log is copied and deleted.
    package func close(done: @escaping @Sendable () -> Void) { self.put(.close(done)) }

    private func put(_ request: StoreRequest) {
        if !self.handOver.put(request) { request.refuse() }
    }
}
