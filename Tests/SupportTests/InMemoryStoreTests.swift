import BrokerCore
import Synchronization
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

/// What only a store under manual control can do.
@Suite struct InMemoryStoreControlTests {
    private let disk = InMemoryDisk()
    private let queue = DestinationID(1)

    private final class Answers: Sendable {
        private let texts = Mutex<[String]>([])

        var all: [String] { self.texts.withLock { $0 } }

        func add(_ text: String) { self.texts.withLock { $0.append(text) } }
    }

    private func commit(_ number: Int64, to store: InMemoryStore, _ answers: Answers) {
        var batch = StoreBatch()
        batch.insert(number, self.queue, SampleMessage.text(number, to: .queue("Q")))
        store.commit(batch) { result in
            switch result {
            case .success(let proof): answers.add("\(number) under \(proof.epoch)")
            case .failure(let error): answers.add("\(number) \(error)")
            }
        }
    }

    @Test func nothingHappensUntilItIsPumped() throws {
        let (store, _) = try InMemoryStore.open(self.disk, epoch: 3)
        let answers = Answers()
        self.commit(1, to: store, answers)
        self.commit(2, to: store, answers)
        #expect(store.waitingCount == 2 && answers.all.isEmpty && self.disk.messageCount == 0)
        #expect(store.pump())
        #expect(store.waitingCount == 1 && answers.all == ["1 under 3"] && self.disk.messageCount == 1)
        #expect(store.pump() && !store.pump())
        #expect(self.disk.depth(of: .queue(self.queue)) == 2)
    }

    @Test func fullPassesAndOtherFailuresDoNot() throws {
        let (store, _) = try InMemoryStore.open(self.disk, epoch: 1)
        let answers = Answers()
        store.failNextCommit(with: .full("no room"))
        for number in Int64(1)...2 { self.commit(number, to: store, answers) }
        store.pumpAll()
        #expect(answers.all == ["1 full(\"no room\")", "2 under 1"])
        store.failNextCommit(with: .gateClosed("lease"))
        for number in Int64(3)...4 { self.commit(number, to: store, answers) }
        store.pumpAll()
        #expect(answers.all.dropFirst(2) == ["3 gateClosed(\"lease\")", "4 closed"])
        #expect(self.disk.messageCount == 1)
    }

    @Test func aCrashForgetsWhatWasNotPumped() throws {
        let (store, _) = try InMemoryStore.open(self.disk, epoch: 1)
        let answers = Answers()
        self.commit(1, to: store, answers)
        store.pump()
        self.commit(2, to: store, answers)
        let (_, snapshot) = try InMemoryStore.open(self.disk, epoch: 2)
        #expect(snapshot.lastSequence == MessageSequence(1))
        store.pumpAll()
        #expect(answers.all == ["1 under 1", "2 fenced(held: 1, found: 2)"])
        #expect(self.disk.messageCount == 1)
    }
}
