/// What a look at a store shows: for commands that do not serve.
package struct StoreReport: Hashable, Sendable {
    /// The master that opened the store last.
    package struct Fence: Hashable, Sendable {
        package let epoch: Int64
        package let holder: String
    }

    package struct Queue: Hashable, Sendable {
        package let name: String
        package let messages: Int64
        package let bytes: Int64
        /// UTC, by the producer's clock, as `YYYY-MM-DD HH:MM:SS.SSS`; nil for an empty queue.
        package let oldestSentAt: String?
    }

    package struct Subscription: Hashable, Sendable {
        package let clientID: String
        package let name: String
        package let topic: String
        package let messages: Int64
        package let oldestSentAt: String?
    }

    package let fence: Fence?
    /// By name.
    package let queues: [Queue]
    /// By client id and name.
    package let subscriptions: [Subscription]
    /// XA transactions that wait for their coordinator.
    package let transactionsInDoubt: Int64
    /// Size of the database file.
    package let bytes: Int64
}
