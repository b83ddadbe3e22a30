import BrokerCore
import SQLiteStore
import Synchronization
import TestSupport

/// A gate that tests open and close.
final class TestGate: CommitGate {
    /// Nil while open.
    private let reason = Mutex<String?>(nil)
    private let count = Mutex(0)

    func prove() throws(GateClosed) {
        self.count.withLock { $0 += 1 }
        if let reason = self.reason.withLock({ $0 }) { throw GateClosed(reason: reason) }
    }

    func close(_ reason: String) { self.reason.withLock { $0 = reason } }

    var proofCount: Int { self.count.withLock { $0 } }
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
}
