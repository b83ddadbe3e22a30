import BrokerCore
import Glibc
import SQLite
import SQLiteStore
import TestSupport
import Testing

/// Commits on the caller's thread, which stands in for the writer while the writer has nothing to do.
@Suite struct CommitAtOnceTests {
    private let queue = BacklogID.queue(DestinationID(1))

    private func batch(_ sequence: Int64) -> StoreBatch {
        var batch = StoreBatch()
        batch.insert(sequence, DestinationID(1), SampleMessage.text(sequence, to: .queue("Q")))
        return batch
    }

    /// Tries until the writer's thread waits for work: it may still be on its way back from the last commit.
    private func atOnce(_ store: any MessageStore, _ batch: StoreBatch) -> Result<any CommitProof, StoreError>? {
        for _ in 0..<1_000_000 {
            if let result = store.commitAtOnce(batch) { return result }
            sched_yield()
        }
        return nil
    }

    /// Whether the store does nothing and leaves the batch to its own thread.
    private func isLeft(_ store: any MessageStore, _ sequence: Int64) -> Bool {
        if case .none = store.commitAtOnce(self.batch(sequence)) { true } else { false }
    }

    @Test func takesTurnsWithTheWritersThreadAndIsJustAsDurable() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        for sequence in Int64(1)...20 {
            if sequence % 2 == 0 {
                _ = try await driver.result(of: self.batch(sequence)).get()
            } else {
                let proof = try #require(self.atOnce(driver.store, self.batch(sequence))).get()
                #expect(proof.epoch == 1)
            }
        }
        #expect(try await driver.sequences(of: self.queue) == Array(1...20))
        await driver.close()
        let (next, _) = try place.open(epoch: 2)
        #expect(try await next.sequences(of: self.queue) == Array(1...20))
        await next.close()
    }

    @Test func leavesItToTheWriterWhileThatIsAtWork() async throws {
        let place = SQLitePlace()
        let gate = TurnstileGate()
        let (store, _) = try SQLiteStore.open(configuration: place.configuration, epoch: 1, gate: gate)
        let driver = StoreDriver(store)
        try await driver.commit { $0.newDestinations = [.init(id: DestinationID(1), destination: .queue("Q"))] }
        gate.shut()
        async let first = driver.result(of: self.batch(1))
        await gate.arrived()
        #expect(self.isLeft(store, 2))
        gate.letGo()
        _ = try await first.get()
        _ = try #require(self.atOnce(store, self.batch(2))).get()
        #expect(try await driver.sequences(of: self.queue) == [1, 2])
        await driver.close()
        #expect(self.isLeft(store, 3))
    }

    @Test func waitsForNobodyElsesTransaction() async throws {
        let place = SQLitePlace()
        let driver = try await place.openWithQueue()
        _ = try #require(self.atOnce(driver.store, self.batch(1))).get()
        let other = try Database(path: place.path, access: .readWrite)
        try other.begin(.immediate)
        for _ in 0..<100 { #expect(self.isLeft(driver.store, 2)) }
        other.rollback()
        _ = try #require(self.atOnce(driver.store, self.batch(2))).get()
        #expect(try await driver.sequences(of: self.queue) == [1, 2])
        await driver.close()
    }

    @Test func passesTheGateLikeEveryCommit() async throws {
        let place = SQLitePlace()
        let gate = TestGate()
        let (store, _) = try SQLiteStore.open(configuration: place.configuration, epoch: 1, gate: gate)
        let driver = StoreDriver(store)
        try await driver.commit { $0.newDestinations = [.init(id: DestinationID(1), destination: .queue("Q"))] }
        gate.close("deposed")
        guard case .failure(.gateClosed("deposed"))? = self.atOnce(store, self.batch(1)) else {
            Issue.record("expected a closed gate")
            return
        }
        #expect(try SQLiteShell.query(place.path, "SELECT count(*) FROM message") == ["0"])
        #expect(self.isLeft(store, 2), "the store has ended")
        await driver.close()
    }
}
