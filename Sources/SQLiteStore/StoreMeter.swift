import Synchronization

/// Counts what the stores of one process commit, for metrics: written by whoever has the writer's work, read by any
/// thread.
package final class StoreMeter: Sendable {
    private let commitCount = Atomic<Int64>(0)
    private let rowCount = Atomic<Int64>(0)

    package init() {}

    /// Transactions that stored something.
    package var commits: Int64 { self.commitCount.load(ordering: .relaxed) }
    /// What they wrote and removed.
    package var rows: Int64 { self.rowCount.load(ordering: .relaxed) }

    /// A transaction is durable. One without rows only proved fence and gate, and does not count.
    func committed(rows: Int) {
        guard rows > 0 else { return }
        self.commitCount.wrappingAdd(1, ordering: .relaxed)
        self.rowCount.wrappingAdd(Int64(rows), ordering: .relaxed)
    }
}
