import BrokerCore
import Dispatch
import SQLiteStore
import Synchronization
import TestSupport
import Testing

/// A gate that tests open and close.
final class TestGate: CommitGate {
    /// Nil while open.
    private let reason = Mutex<String?>(nil)
    private let count = Mutex(0)

    func prove() throws(GateClosed) {
        self.count.withLock { $0 += 1 }
        if let reason = self.reason.withLock({ $0 }) { throw GateClosed(reason: reason) }
    }

    func proveCommitted() throws(GateClosed) {}

    func close(_ reason: String) { self.reason.withLock { $0 = reason } }

    var proofCount: Int { self.count.withLock { $0 } }
}

/// A gate at which one transaction waits until a test lets it go.
final class TurnstileGate: CommitGate {
    private let isShut = Atomic(false)
    private let proofs = Atomic(0)
    private let passage = DispatchSemaphore(value: 0)
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init() { (self.arrivals, self.arrival) = AsyncStream.makeStream() }

    func prove() throws(GateClosed) {
        self.proofs.add(1, ordering: .sequentiallyConsistent)
        guard self.isShut.exchange(false, ordering: .sequentiallyConsistent) else { return }
        self.arrival.yield()
        self.passage.wait()
    }

    func proveCommitted() throws(GateClosed) {}

    /// The next to prove waits.
    func shut() { self.isShut.store(true, ordering: .sequentiallyConsistent) }

    /// Returns once somebody waits.
    func arrived() async {
        for await _ in self.arrivals { break }
    }

    func letGo() { self.passage.signal() }

    var proofCount: Int { self.proofs.load(ordering: .sequentiallyConsistent) }
}

/// What a store told its operator.
final class NoticeLog: Sendable {
    private let log = Mutex<[StoreNotice]>([])

    var notices: [StoreNotice] { self.log.withLock { $0 } }
    var events: [String] { self.notices.map(\.event) }

    func append(_ notice: StoreNotice) { self.log.withLock { $0.append(notice) } }
}

/// A directory with a store in it.
struct SQLitePlace: StorePlace {
    let directory = TemporaryDirectory()
    let gate = TestGate()
    var profile = FileSystemProfile.local
    var adjust: @Sendable (inout StoreConfiguration) -> Void = { _ in }

    var configuration: StoreConfiguration {
        var configuration = StoreConfiguration(
            directory: self.directory.path, profile: self.profile, holder: "test", openedAtMs: 1_700_000_000_000)
        self.adjust(&configuration)
        return configuration
    }

    var path: String { self.configuration.path }

    func open(epoch: Int64) throws -> (driver: StoreDriver, snapshot: StoreSnapshot) {
        let (store, snapshot) = try SQLiteStore.open(
            configuration: self.configuration, epoch: epoch, gate: self.gate)
        return (StoreDriver(store), snapshot)
    }

    /// With the queue `Q`, number 1.
    func openWithQueue() async throws -> StoreDriver {
        let (driver, _) = try self.open(epoch: 1)
        try await driver.commit { $0.newDestinations = [.init(id: DestinationID(1), destination: .queue("Q"))] }
        return driver
    }

    /// Scheduled messages are counted, and each that is not in doubt has its time in one of two tables.
    func checkSchedules(jobs: Int) throws {
        let counts = """
            SELECT schedule_count, schedule_bytes, (SELECT count(*) FROM schedule),
                (SELECT ifnull(sum(size_bytes), 0) FROM schedule) FROM store_state
            """
        let columns = try #require(try SQLiteShell.query(self.path, counts).first).split(separator: "|")
        #expect(columns[0] == columns[2] && columns[1] == columns[3] && columns[0] == "\(jobs)", "\(columns)")
        let differences = """
            WITH time AS (SELECT schedule_id, due_at_ms FROM schedule_time
                UNION ALL SELECT schedule_id, due_at_ms FROM schedule_recent)
            SELECT count(*) FROM schedule FULL JOIN time USING (schedule_id, due_at_ms)
            WHERE (job_id IS NULL OR time.due_at_ms IS NULL) AND prepared_id IS NULL
            UNION ALL SELECT count(*) - count(DISTINCT schedule_id) FROM time
            """
        #expect(try SQLiteShell.query(self.path, differences) == ["0", "0"])
        #expect(try SQLiteShell.query(self.path, "PRAGMA integrity_check") == ["ok"])
    }

    /// Counts must agree with the rows, always.
    func check(messages: Int) throws {
        let counts = try SQLiteShell.query(
            self.path,
            """
            SELECT name, message_count, byte_count,
                (SELECT count(*) FROM message AS m
                    WHERE m.destination_id = d.destination_id AND prepared_id IS NULL),
                (SELECT ifnull(sum(size_bytes), 0) FROM message AS m
                    WHERE m.destination_id = d.destination_id AND prepared_id IS NULL)
            FROM destination AS d
            """)
        var sum = 0
        for line in counts {
            let columns = line.split(separator: "|")
            #expect(columns[1] == columns[3] && columns[2] == columns[4], "counts of \(columns[0])")
            sum += Int(columns[1]) ?? 0
        }
        #expect(sum == messages)
        let orphans = "SELECT count(*) FROM subscription_message WHERE sequence NOT IN (SELECT sequence FROM message)"
        #expect(try SQLiteShell.query(self.path, orphans) == ["0"])
        #expect(try SQLiteShell.query(self.path, "PRAGMA integrity_check") == ["ok"])
    }
}
