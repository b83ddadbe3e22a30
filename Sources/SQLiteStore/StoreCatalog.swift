import BrokerCore

/// The small part of the store that the writer keeps in memory, as of the last commit.
///
/// A value: a transaction works on a copy, which replaces the original only after the COMMIT.
struct StoreCatalog {
    var destinations: [DestinationID: Destination] = [:]
    /// Rows of prepared transactions.
    var prepared: [XATransactionID: Int64] = [:]
    /// The number that `store_state.sequence_high_water` holds: every sequence in use is at most this.
    var highWater: Int64 = 0
    /// Highest sequence that the broker is known to have given out.
    var lastSequence: Int64 = 0
    var lastDestinationID: Int64 = 0
    var lastSubscriptionID: Int64 = 0
    /// As `store_state.schedule_count` and `schedule_bytes`.
    var schedules = ScheduleTotals()
    /// Rows of `schedule_recent`.
    var recentTimes: Int64 = 0
    /// Numbers the transactions, to tell which producers were used last.
    var useCount: Int64 = 0
    /// At least as many as there are rows in `producer_sequence`.
    var producersAtMost: Int64 = 0
}
