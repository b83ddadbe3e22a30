import BrokerCore
import TestSupport
import Testing

/// An in-memory disk on which stores are pumped as soon as something is asked of them.
private struct InMemoryPlace: StorePlace {
    let disk = InMemoryDisk()

    func open(epoch: Int64) throws -> (driver: StoreDriver, snapshot: StoreSnapshot) {
        let (store, snapshot) = try InMemoryStore.open(self.disk, epoch: epoch)
        return (StoreDriver(store) { store.pumpAll() }, snapshot)
    }
}

@Suite struct InMemoryStoreTests {
    @Test(arguments: MessageStoreConformance.cases) func conforms(_ conformance: MessageStoreConformance) async throws {
        try await conformance.check(InMemoryPlace())
    }
}
