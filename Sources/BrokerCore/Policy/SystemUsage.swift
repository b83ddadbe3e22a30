/// What the whole broker may use (ActiveMQ: `systemUsage`). Limits of 0 are none.
///
/// ActiveMQ's defaults are much larger for memory (70 % of its heap); here waiting messages are in memory for speed
/// alone, and ``BrokerConfiguration/memoryLimit`` keeps them few.
package struct SystemUsage: Sendable, Hashable {
    /// `memoryUsage/memoryUsage limit`: messages in memory that only consumers can free, in bytes; nil for
    /// ``BrokerConfiguration/memoryLimit``.
    package var memoryLimitBytes: Int64?
    /// `storeUsage/storeUsage limit`, in bytes of the database: over it, senders wait or are refused.
    package var storeLimitBytes: Int64 = 0
    /// `tempUsage/tempUsage limit`: spooled messages, in bytes. ActiveMQ's default.
    package var temporaryLimitBytes: Int64 = 50 << 30
    /// `jobSchedulerUsage/jobSchedulerUsage limit`.
    package var schedulerLimitBytes: Int64 = 50 << 30
    /// `sendFailIfNoSpace`: refuse instead of waiting.
    package var failsSendIfNoSpace = false
    /// `sendFailIfNoSpaceAfterTimeout`: refuse after so long; 0 never.
    package var failsSendAfterMs: Int64 = 0
    /// `sendFailIfNoSpaceExplicitlySet`, where the broker's word overrides that of a policy entry.
    package var overridesPolicies = false

    package init() {}
}
