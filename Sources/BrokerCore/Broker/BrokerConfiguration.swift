/// What an operator can set about the broker machine. Sizes are in bytes.
package struct BrokerConfiguration: Sendable {
    package var name: String
    /// Stable over restarts and the same for all brokers of a data directory: XA clients compare it.
    package var id: String
    /// The address clients are told in `BrokerInfo` and in advisories.
    package var url: String
    /// What one queue or subscription keeps in memory of its waiting messages before the store alone holds the rest.
    package var windowBytes = 4 << 20
    /// The window where all backlogs together hold more than `memoryLimit`.
    package var smallWindowBytes = 128 << 10
    /// Waiting messages in memory, all backlogs together. Beyond it windows shrink and producers to topics are held.
    package var memoryLimit = 64 << 20
    /// Bytes that may wait for the store before producers are held back.
    package var unstoredLimit = 16 << 20
    package var pageMessages = 500
    package var pageBytes = 1 << 20
    /// Highest number of producers whose last sequence is remembered to recognise replays.
    package var rememberedProducers = 20_000

    /// ActiveMQ: `destinationPolicy`.
    package var policies = PolicyMap()
    /// ActiveMQ: `destinationInterceptors`. Nil for its default: `VirtualTopic.>`, if ``usesVirtualTopics``.
    package var interceptors: [DestinationInterceptor]?
    /// ActiveMQ: `broker useVirtualTopics`.
    package var usesVirtualTopics = true
    /// ActiveMQ: `broker useMirroredQueues`.
    package var usesMirroredQueues = false
    /// ActiveMQ: `redeliveryPlugin`.
    package var redelivery: RedeliveryPlugin?
    /// ActiveMQ: `systemUsage`.
    package var usage = SystemUsage()
    /// ActiveMQ: `destinations`: made before the first client comes.
    package var startupDestinations: [Destination] = []
    /// ActiveMQ: `broker advisorySupport`. Without it there are only those that clients cannot do without: about
    /// temporary destinations.
    package var sendsAdvisories = true
    /// ActiveMQ: `broker schedulePeriodForDestinationPurge`: how often inactive destinations are looked for; 0 never.
    package var purgePeriodMs: Int64 = 0
    /// ActiveMQ: `broker maxPurgedDestinationsPerSweep`; 0 for any number.
    package var purgeLimit = 0
    /// ActiveMQ: `broker offlineDurableSubscriberTimeout`; -1 never.
    package var offlineSubscriberTimeoutMs: Int64 = -1
    /// ActiveMQ: `broker offlineDurableSubscriberTaskSchedule`.
    package var offlineSubscriberCheckMs: Int64 = 300_000
    /// ActiveMQ: `broker rejectDurableConsumers`.
    package var rejectsDurableConsumers = false
    /// ActiveMQ: `broker populateJMSXUserID`.
    package var populatesUserID = false
    /// ActiveMQ: `broker maxUncommittedCount`: sends in one transaction; 0 for any number.
    package var maxUncommittedCount = 0
    /// ActiveMQ: `broker enableMessageExpirationOnActiveDurableSubs`.
    package var expiresOnActiveSubscriptions = false
    /// ActiveMQ: `statisticsBrokerPlugin`.
    package var answersStatistics = false
    /// A transaction in which nothing happens for so long is rolled back; 0 never. ActiveMQ has no such limit.
    package var idleTransactionTimeoutMs: Int64 = 0
    /// ActiveMQ: `broker schedulerSupport`, off there by default. Without it messages that are to be sent later are sent
    /// at once, with their properties.
    package var schedulesMessages = true
    /// ActiveMQ: `broker maxSchedulerRepeatAllowed`.
    package var maximumScheduleRepeats: Int32 = 1_000
    package var catchUp = CatchUp.latest
    /// In which cron expressions are read.
    package var timeZone = TimeZoneRules.utc

    package init(name: String, id: String, url: String) {
        self.name = name
        self.id = id
        self.url = url
    }
}
