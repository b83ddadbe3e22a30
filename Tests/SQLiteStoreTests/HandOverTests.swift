import BrokerCore
import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import SQLiteStore

@Suite struct HandOverTests {
    private func page(_ number: Int64) -> StoreRequest {
        .page(
            PageRequest(
                backlog: .queue(DestinationID(number)), from: MessageSequence(0), limit: 1, maximumBytes: 1), { _ in })
    }

    private func numbers(_ requests: [StoreRequest]) -> [Int64] {
        requests.compactMap {
            guard case .page(let page, _) = $0, case .queue(let id) = page.backlog else { return nil }
            return id.rawValue
        }
    }

    @Test func requestsAreTakenTogetherAndInOrder() {
        let handOver = HandOver()
        for number in Int64(1)...3 { #expect(handOver.put(self.page(number))) }
        var taken: [StoreRequest] = [self.page(99)]
        handOver.take(into: &taken)
        #expect(self.numbers(taken) == [1, 2, 3])
    }

    @Test func aFullQueueHoldsUpWhoFillsItUntilItIsTaken() async {
        let handOver = HandOver(capacity: 2)
        let putCount = Atomic<Int64>(0)
        let others = Thread {
            for number in Int64(1)...50 {
                _ = handOver.put(self.page(number))
                putCount.store(number, ordering: .sequentiallyConsistent)
            }
        }
        var seen: [Int64] = []
        while seen.count < 50 {
            var taken: [StoreRequest] = []
            handOver.take(into: &taken)
            seen += self.numbers(taken)
            #expect(taken.count <= 2)
        }
        others.join()
        #expect(seen == Array(1...50))
        #expect(putCount.load(ordering: .sequentiallyConsistent) == 50)
    }

    @Test func theWriterNeverWaitsForItself() {
        let handOver = HandOver(capacity: 1)
        #expect(handOver.put(self.page(1)))
        var taken: [StoreRequest] = []
        handOver.take(into: &taken)
        for number in Int64(2)...5 { #expect(handOver.put(self.page(number))) }
        handOver.take(into: &taken)
        #expect(self.numbers(taken) == [2, 3, 4, 5])
    }

    @Test func aClosedQueueRefusesAndGivesBackWhatWasLeft() {
        let handOver = HandOver()
        #expect(handOver.put(self.page(1)))
        #expect(self.numbers(handOver.close()) == [1])
        #expect(!handOver.put(self.page(2)))
    }

    /// A thread that may block, which those of Swift's concurrency must not.
    private final class Thread: Sendable {
        private let done = DispatchSemaphore(value: 0)

        init(_ body: @escaping @Sendable () -> Void) {
            DispatchQueue.global().async { [done] in
                body()
                done.signal()
            }
        }

        func join() { self.done.wait() }
    }
}
