/// What a topic consumer without durable subscription may be behind (ActiveMQ: `pendingMessageLimitStrategy`).
package enum PendingMessageLimit: Sendable, Hashable {
    /// No strategy, or a constant limit below 0.
    case unlimited
    /// `constantPendingMessageLimitStrategy`: `limit` messages beyond the prefetch. 0 keeps none.
    case constant(Int)
    /// `prefetchRatePendingMessageLimitStrategy`: `multiplier` (0.5) times the prefetch.
    case prefetchRate(Double)

    /// Messages that may wait; nil for any number. The client's own wish (`maximumPendingMessageLimit`) comes first.
    package func limit(prefetch: Int, requested: Int32) -> Int? {
        if requested > 0 { return Int(requested) }
        switch self {
        case .unlimited: return nil
        case .constant(let limit): return limit < 0 ? nil : limit
        case .prefetchRate(let multiplier):
            let limit = (Double(prefetch) * multiplier).rounded(.down)
            return limit >= 0 && limit < 1e15 ? Int(limit) : nil
        }
    }
}

/// Which messages of a slow topic consumer are dropped (ActiveMQ: `messageEvictionStrategy`).
package struct MessageEviction: Sendable, Hashable {
    package enum Order: Sendable, Hashable {
        /// `oldestMessageEvictionStrategy`.
        case oldest
        /// `oldestMessageWithLowestPriorityEvictionStrategy`.
        case oldestWithLowestPriority
        /// `uniquePropertyMessageEvictionStrategy`, `propertyName`: all but the newest with the same value.
        case uniqueProperty(String)
    }

    package var order = Order.oldest
    /// `evictExpiredMessagesHighWatermark`: expired ones go first once so many wait.
    package var expiredHighWatermark = 1000

    package init() {}

    package init(_ order: Order) { self.order = order }
}
