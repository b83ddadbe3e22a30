/// How one destination, or all that match a name with wildcards, are treated (ActiveMQ: `policyEntry`).
///
/// The defaults are ActiveMQ's. Each property names the attribute or child element it is set by.
package struct PolicyEntry: Sendable, Hashable {
    // MARK: Memory and producers

    /// `producerFlowControl`: producers wait while the destination has no room; else its messages are spooled to disk.
    package var isFlowControlled = true
    /// `memoryLimit`: bytes of waiting messages in memory; 0 for the broker's limit alone.
    package var memoryLimitBytes: Int64 = 0
    /// `sendFailIfNoSpace`: refuse a send that finds no room; nil for what ``SystemUsage`` says.
    package var failsSendIfNoSpace: Bool?
    /// `sendFailIfNoSpaceAfterTimeout`: refuse after waiting so long; 0 never, nil for what ``SystemUsage`` says.
    package var failsSendAfterMs: Int64?
    /// `blockedProducerWarningInterval`: how often a producer that waits is written to the log; 0 never.
    package var blockedProducerWarningMs: Int64 = 30_000
    /// `minimumMessageSize`: a message counts for at least so many bytes.
    package var minimumMessageSizeBytes: Int64 = 1024
    /// `cursorMemoryHighWaterMark`: percent of the memory limit from which waiting messages stay on disk.
    package var cursorMemoryHighWaterMarkPercent = 70
    /// `storeUsageHighWaterMark`: percent of the store limit from which producers wait.
    package var storeUsageHighWaterMarkPercent = 100

    // MARK: Dispatch

    /// `prioritizedMessages`: higher priorities first.
    package var isPrioritized = false
    /// `maxPageSize`: messages read from the store at once.
    package var maxPageSize = 200
    /// `maxBrowsePageSize`: messages read for a browser at once.
    package var maxBrowsePageSize = 400
    /// `queuePrefetch`: for consumers that ask for the client's default of 1000.
    package var queuePrefetch: Int32 = 1000
    /// `queueBrowserPrefetch`: for browsers that ask for the client's default of 500.
    package var queueBrowserPrefetch: Int32 = 500
    /// `topicPrefetch`: for consumers that ask for the client's default of 32767.
    package var topicPrefetch: Int32 = 32_767
    /// `durableTopicPrefetch`: for durable subscribers that ask for the client's default of 100 or 1000.
    package var durableTopicPrefetch: Int32 = 100
    /// `usePrefetchExtension`: messages delivered and not yet acknowledged widen the window.
    package var usesPrefetchExtension = true
    /// `useConsumerPriority`: consumers of higher priority are served first.
    package var usesConsumerPriority = true
    /// `strictOrderDispatch`: a queue is emptied to one consumer before the next gets anything.
    package var isStrictlyOrdered = false
    /// `dispatchPolicy`.
    package var dispatch = DispatchPolicy.roundRobin
    /// `allConsumersExclusiveByDefault`.
    package var makesConsumersExclusive = false
    /// `lazyDispatch`: waits for a full page before dispatching. Has no effect here.
    package var isLazy = false
    /// `timeBeforeDispatchStarts`: wait so long after the first consumer came.
    package var dispatchDelayMs: Int64 = 0
    /// `consumersBeforeDispatchStarts`: wait for so many consumers.
    package var consumersBeforeDispatch = 0
    /// `messageGroupMapFactoryType`: `cached`, `simple` or `bucket`. All keep every group's owner here.
    package var messageGroupMap = "cached"

    // MARK: Expiry, redelivery, dead letters

    /// `expireMessagesPeriod`: how often waiting messages are checked; 0 never.
    package var expiryPeriodMs: Int64 = 30_000
    /// `maxExpirePageSize`: messages checked at once.
    package var maxExpirePageSize = 400
    /// `deadLetterStrategy`.
    package var deadLetters = DeadLetterStrategy()
    /// `persistJMSRedelivered`: deliveries are recorded before they happen. Always so here, per queue, not per message.
    package var persistsRedelivered = false
    /// `sendDuplicateFromStoreToDLQ`. The store holds no duplicates here.
    package var sendsStoreDuplicatesToDeadLetters = false

    // MARK: Slow consumers and topics

    /// `pendingMessageLimitStrategy`: what a topic consumer may be behind.
    package var pendingLimit = PendingMessageLimit.unlimited
    /// `messageEvictionStrategy`: which messages go beyond that limit.
    package var eviction = MessageEviction()
    /// `slowConsumerStrategy`.
    package var slowConsumers: SlowConsumerPolicy?
    /// `subscriptionRecoveryPolicy`: what a topic keeps for retroactive consumers.
    package var recovery = SubscriptionRecovery.none
    /// `alwaysRetroactive`: consumers get what was kept without asking.
    package var isAlwaysRetroactive = false

    // MARK: Duplicates

    /// `enableAudit`.
    package var isAudited = true
    /// `maxProducersToAudit`.
    package var maxProducersToAudit = 64
    /// `maxAuditDepth`.
    package var maxAuditDepth = 10_000

    // MARK: Life

    /// `gcInactiveDestinations`: delete the destination when it is empty and unused. Needs
    /// ``BrokerConfiguration/purgePeriodMs``.
    package var isCollectedWhenInactive = false
    /// `inactiveTimeoutBeforeGC`, `inactiveTimoutBeforeGC`: so long after its last use.
    package var inactiveBeforeCollectionMs: Int64 = 60_000
    /// `gcWithNetworkConsumers`: consumers of other brokers do not count as use.
    package var isCollectedWithNetworkConsumers = false
    /// `maxDestinations`: below this entry's name; -1 for any number.
    package var maxDestinations = -1
    /// `allowTempDestinationStealing`: other connections may consume from a temporary destination.
    package var allowsTemporaryStealing = false

    // MARK: Advisories

    /// `sendAdvisoryIfNoConsumers`.
    package var advisesNoConsumers = false
    /// `advisoryForConsumed`.
    package var advisesConsumed = false
    /// `advisoryForDelivery`.
    package var advisesDelivered = false
    /// `advisoryForDispatched`.
    package var advisesDispatched = false
    /// `advisoryForDiscardingMessages`.
    package var advisesDiscarded = false
    /// `advisoryForSlowConsumers`.
    package var advisesSlowConsumers = false
    /// `advisoryForFastProducers`.
    package var advisesFastProducers = false
    /// `advisoryWhenFull`.
    package var advisesFull = false
    /// `includeBodyForAdvisory`: advisories that carry a message carry its body too.
    package var includesBodyInAdvisories = false

    // MARK: Accepted for ActiveMQ's sake

    /// `useCache`: waiting messages stay in memory while there is room. Always so here.
    package var usesCache = true
    /// `optimizedDispatch`.
    package var isOptimized = false
    /// `reduceMemoryFootprint`.
    package var reducesMemoryFootprint = false
    /// `optimizeMessageStoreInFlightLimit`.
    package var optimizedInFlightLimit = 10
    /// `doOptimzeMessageStorage`.
    package var optimizesMessageStorage = true
    /// `advancedMessageStatisticsEnabled`.
    package var hasAdvancedStatistics = false

    package init() {}
}

extension PolicyEntry {
    /// What the destination's memory limit leaves to a backlog's window in memory.
    var memoryWindowBytes: Int {
        guard self.memoryLimitBytes > 0 else { return .max }
        let share = Double(self.memoryLimitBytes) * Double(max(1, self.cursorMemoryHighWaterMarkPercent)) / 100
        return max(1, Int(min(share, 1e15)))
    }
}
