/// What a look at a store shows: for commands that do not serve.
package struct StoreReport: Hashable, Sendable {
    /// The master that opened the store last.
    package struct Fence: Hashable, Sendable {
        package let epoch: Int64
        package let holder: String

        package init(epoch: Int64, holder: String) {
            self.epoch = epoch
            self.holder = holder
        }
    }

    package struct Queue: Hashable, Sendable {
        package let name: String
        package let messages: Int64
        package let bytes: Int64
        /// UTC, by the producer's clock, as `YYYY-MM-DD HH:MM:SS.SSS`; nil for an empty queue.
        package let oldestSentAt: String?

        package init(name: String, messages: Int64, bytes: Int64, oldestSentAt: String?) {
            self.name = name
            self.messages = messages
            self.bytes = bytes
            self.oldestSentAt = oldestSentAt
        }
    }

    package struct Subscription: Hashable, Sendable {
        package let clientID: String
        package let name: String
        package let topic: String
        package let messages: Int64
        package let oldestSentAt: String?

        package init(clientID: String, name: String, topic: String, messages: Int64, oldestSentAt: String?) {
            self.clientID = clientID
            self.name = name
            self.topic = topic
            self.messages = messages
            self.oldestSentAt = oldestSentAt
        }
    }

    package let fence: Fence?
    /// By name.
    package let queues: [Queue]
    /// By client id and name.
    package let subscriptions: [Subscription]
    /// XA transactions that wait for their coordinator.
    package let transactionsInDoubt: Int64
    /// Messages that are to be sent later.
    package let scheduled: Int64
    /// Size of the database file.
    package let bytes: Int64

    package init(
        fence: Fence?, queues: [Queue], subscriptions: [Subscription], transactionsInDoubt: Int64, scheduled: Int64,
        bytes: Int64
    ) {
        self.fence = fence
        self.queues = queues
        self.subscriptions = subscriptions
        self.transactionsInDoubt = transactionsInDoubt
        self.scheduled = scheduled
        self.bytes = bytes
    }
}
