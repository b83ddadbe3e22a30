import BrokerCore
import Synchronization

/// Time in a test's hands.
final class ManualInstant: Sendable {
    private let ms = Atomic<Int64>(1_000_000)

    var now: Instant {
        let ms = self.ms.load(ordering: .sequentiallyConsistent)
        return Instant(wallMs: 1_789_000_000_000 + ms, monotonicMs: ms)
    }

    func advance(ms: Int64) { self.ms.add(ms, ordering: .sequentiallyConsistent) }
}
