import BrokerCore
import Configuration
import Testing

@Suite struct MapperPoliciesTests {
    private static let attributes: [(String, @Sendable (inout PolicyEntry) -> Void)] = [
        ("producerFlowControl=\"false\"", { $0.isFlowControlled = false }),
        ("memoryLimit=\"5 mb\"", { $0.memoryLimitBytes = 5 << 20 }),
        ("sendFailIfNoSpace=\"true\"", { $0.failsSendIfNoSpace = true }),
        ("sendFailIfNoSpaceAfterTimeout=\"3000\"", { $0.failsSendAfterMs = 3000 }),
        ("blockedProducerWarningInterval=\"0\"", { $0.blockedProducerWarningMs = 0 }),
        ("minimumMessageSize=\"1\"", { $0.minimumMessageSizeBytes = 1 }),
        ("cursorMemoryHighWaterMark=\"50\"", { $0.cursorMemoryHighWaterMarkPercent = 50 }),
        ("storeUsageHighWaterMark=\"90\"", { $0.storeUsageHighWaterMarkPercent = 90 }),
        ("prioritizedMessages=\"true\"", { $0.isPrioritized = true }), ("maxPageSize=\"5\"", { $0.maxPageSize = 5 }),
        ("maxBrowsePageSize=\"6\"", { $0.maxBrowsePageSize = 6 }), ("queuePrefetch=\"1\"", { $0.queuePrefetch = 1 }),
        ("queueBrowserPrefetch=\"2\"", { $0.queueBrowserPrefetch = 2 }),
        ("topicPrefetch=\"3\"", { $0.topicPrefetch = 3 }),
        ("durableTopicPrefetch=\"4\"", { $0.durableTopicPrefetch = 4 }),
        ("usePrefetchExtension=\"false\"", { $0.usesPrefetchExtension = false }),
        ("useConsumerPriority=\"false\"", { $0.usesConsumerPriority = false }),
        ("strictOrderDispatch=\"true\"", { $0.isStrictlyOrdered = true }),
        ("allConsumersExclusiveByDefault=\"true\"", { $0.makesConsumersExclusive = true }),
        ("lazyDispatch=\"true\"", { $0.isLazy = true }),
        ("timeBeforeDispatchStarts=\"5\"", { $0.dispatchDelayMs = 5 }),
        ("consumersBeforeDispatchStarts=\"2\"", { $0.consumersBeforeDispatch = 2 }),
        ("messageGroupMapFactoryType=\"bucket?bucketCount=5\"", { $0.messageGroupMap = "bucket" }),
        ("expireMessagesPeriod=\"0\"", { $0.expiryPeriodMs = 0 }),
        ("maxExpirePageSize=\"7\"", { $0.maxExpirePageSize = 7 }),
        ("persistJMSRedelivered=\"true\"", { $0.persistsRedelivered = true }),
        ("sendDuplicateFromStoreToDLQ=\"true\"", { $0.sendsStoreDuplicatesToDeadLetters = true }),
        ("enableAudit=\"false\"", { $0.isAudited = false }),
        ("maxProducersToAudit=\"8\"", { $0.maxProducersToAudit = 8 }),
        ("maxAuditDepth=\"9\"", { $0.maxAuditDepth = 9 }),
        ("alwaysRetroactive=\"true\"", { $0.isAlwaysRetroactive = true }),
        ("gcInactiveDestinations=\"true\"", { $0.isCollectedWhenInactive = true }),
        ("inactiveTimoutBeforeGC=\"5000\"", { $0.inactiveBeforeCollectionMs = 5000 }),
        ("inactiveTimeoutBeforeGC=\"6000\"", { $0.inactiveBeforeCollectionMs = 6000 }),
        ("gcWithNetworkConsumers=\"true\"", { $0.isCollectedWithNetworkConsumers = true }),
        ("maxDestinations=\"10\"", { $0.maxDestinations = 10 }),
        ("allowTempDestinationStealing=\"true\"", { $0.allowsTemporaryStealing = true }),
        ("sendAdvisoryIfNoConsumers=\"true\"", { $0.advisesNoConsumers = true }),
        ("advisoryForConsumed=\"true\"", { $0.advisesConsumed = true }),
        ("advisoryForDelivery=\"true\"", { $0.advisesDelivered = true }),
        ("advisoryForDispatched=\"true\"", { $0.advisesDispatched = true }),
        ("advisoryForDiscardingMessages=\"true\"", { $0.advisesDiscarded = true }),
        ("advisoryForSlowConsumers=\"true\"", { $0.advisesSlowConsumers = true }),
        ("advisoryForFastProducers=\"true\"", { $0.advisesFastProducers = true }),
        ("advisoryWhenFull=\"true\"", { $0.advisesFull = true }),
        ("includeBodyForAdvisory=\"true\"", { $0.includesBodyInAdvisories = true }),
        ("useCache=\"false\"", { $0.usesCache = false }),
        ("optimizedDispatch=\"true\"", { $0.isOptimized = true }),
        ("reduceMemoryFootprint=\"true\"", { $0.reducesMemoryFootprint = true }),
        ("optimizeMessageStoreInFlightLimit=\"1\"", { $0.optimizedInFlightLimit = 1 }),
        ("doOptimzeMessageStorage=\"false\"", { $0.optimizesMessageStorage = false }),
        ("advancedMessageStatisticsEnabled=\"true\"", { $0.hasAdvancedStatistics = true }),
    ]

    /// Each by itself, so that none can be mistaken for another.
    @Test func everyAttributeReachesItsPlaceInTheCore() throws {
        for (attribute, change) in Self.attributes {
            var entry = PolicyEntry()
            change(&entry)
            #expect(entry != PolicyEntry(), "\(attribute)")
            #expect(try FileText(policy: attribute).policy() == entry, "\(attribute)")
        }
    }

    private static let strategies: [(String, @Sendable (inout PolicyEntry) -> Void)] = [
        (
            "<deadLetterStrategy><sharedDeadLetterStrategy processExpired='false' processNonPersistent='true' expiration='5' enableAudit='false'"
                + " maxProducersToAudit='1' maxAuditDepth='2'><deadLetterQueue><queue physicalName='DLQ' DLQ='true'/></deadLetterQueue>"
                + "</sharedDeadLetterStrategy></deadLetterStrategy>",
            {
                $0.deadLetters = DeadLetterStrategy(.shared(.queue("DLQ")))
                $0.deadLetters.processesExpired = false
                $0.deadLetters.processesNonPersistent = true
                $0.deadLetters.expirationMs = 5
                $0.deadLetters.isAudited = false
                $0.deadLetters.maxProducersToAudit = 1
                $0.deadLetters.maxAuditDepth = 2
            }
        ),
        (
            "<deadLetterStrategy><individualDeadLetterStrategy queuePrefix='a' queueSuffix='b' topicPrefix='c' topicSuffix='d'"
                + " useQueueForQueueMessages='false' useQueueForTopicMessages='false' destinationPerDurableSubscriber='true'/>"
                + "</deadLetterStrategy>",
            {
                var individual = DeadLetterStrategy.Individual()
                individual.queuePrefix = "a"
                individual.queueSuffix = "b"
                individual.topicPrefix = "c"
                individual.topicSuffix = "d"
                individual.usesQueueForQueueMessages = false
                individual.usesQueueForTopicMessages = false
                individual.isPerDurableSubscriber = true
                $0.deadLetters = DeadLetterStrategy(.individual(individual))
            }
        ),
        (
            "<deadLetterStrategy><discarding/></deadLetterStrategy>",
            { $0.deadLetters = DeadLetterStrategy(.discarding) }
        ),
        (
            "<pendingMessageLimitStrategy><constantPendingMessageLimitStrategy limit='5'/></pendingMessageLimitStrategy>",
            { $0.pendingLimit = .constant(5) }
        ),
        (
            "<pendingMessageLimitStrategy><prefetchRatePendingMessageLimitStrategy multiplier='2.5'/></pendingMessageLimitStrategy>",
            { $0.pendingLimit = .prefetchRate(2.5) }
        ),
        (
            "<messageEvictionStrategy><oldestMessageEvictionStrategy evictExpiredMessagesHighWatermark='5'/></messageEvictionStrategy>",
            { $0.eviction.expiredHighWatermark = 5 }
        ),
        (
            "<messageEvictionStrategy><oldestMessageWithLowestPriorityEvictionStrategy/></messageEvictionStrategy>",
            { $0.eviction = MessageEviction(.oldestWithLowestPriority) }
        ),
        (
            "<messageEvictionStrategy><uniquePropertyMessageEvictionStrategy propertyName='p'/></messageEvictionStrategy>",
            { $0.eviction = MessageEviction(.uniqueProperty("p")) }
        ),
        (
            "<slowConsumerStrategy><abortSlowConsumerStrategy checkPeriod='1' maxSlowDuration='2' maxSlowCount='3' abortConnection='true' ignoreNetworkConsumers='false'/></slowConsumerStrategy>",
            {
                var policy = SlowConsumerPolicy()
                policy.checkPeriodMs = 1
                policy.maxSlowMs = 2
                policy.maxSlowCount = 3
                policy.abortsConnection = true
                policy.ignoresNetworkConsumers = false
                $0.slowConsumers = policy
            }
        ),
        (
            "<slowConsumerStrategy><abortSlowAckConsumerStrategy maxTimeSinceLastAck='5' ignoreIdleConsumers='false'/></slowConsumerStrategy>",
            {
                var policy = SlowConsumerPolicy()
                policy.measure = .lastAcknowledgement(maximumMs: 5, ignoresIdle: false)
                $0.slowConsumers = policy
            }
        ),
        (
            "<subscriptionRecoveryPolicy><fixedSizedSubscriptionRecoveryPolicy maximumSize='5' useSharedBuffer='false'/></subscriptionRecoveryPolicy>",
            { $0.recovery = .fixedSize(bytes: 5) }
        ),
        (
            "<subscriptionRecoveryPolicy><fixedCountSubscriptionRecoveryPolicy maximumSize='6'/></subscriptionRecoveryPolicy>",
            { $0.recovery = .fixedCount(6) }
        ),
        (
            "<subscriptionRecoveryPolicy><timedSubscriptionRecoveryPolicy recoverDuration='7'/></subscriptionRecoveryPolicy>",
            { $0.recovery = .timed(ms: 7) }
        ),
        (
            "<subscriptionRecoveryPolicy><lastImageSubscriptionRecoveryPolicy/></subscriptionRecoveryPolicy>",
            { $0.recovery = .lastImage }
        ),
        (
            "<subscriptionRecoveryPolicy><retainedMessageSubscriptionRecoveryPolicy><wrapped><fixedCountSubscriptionRecoveryPolicy/></wrapped></retainedMessageSubscriptionRecoveryPolicy></subscriptionRecoveryPolicy>",
            { $0.recovery = .retained(wrapping: .fixedCount(100)) }
        ),
        ("<dispatchPolicy><simpleDispatchPolicy/></dispatchPolicy>", { $0.dispatch = .simple }),
        ("<dispatchPolicy><strictOrderDispatchPolicy/></dispatchPolicy>", { $0.dispatch = .strictOrder }),
        ("<dispatchPolicy><priorityDispatchPolicy/></dispatchPolicy>", { $0.dispatch = .priority }),
        ("<dispatchPolicy><priorityNetworkDispatchPolicy/></dispatchPolicy>", { $0.dispatch = .priorityNetwork }),
        (
            "<dispatchPolicy><clientIdFilterDispatchPolicy ptpClientId='c'/></dispatchPolicy>",
            { $0.dispatch = .clientIDFilter(property: "c") }
        ),
    ]

    @Test func everyStrategyReachesItsPlaceInTheCore() throws {
        for (part, change) in Self.strategies {
            var entry = PolicyEntry()
            change(&entry)
            #expect(entry != PolicyEntry(), "\(part)")
            #expect(try FileText(policy: "", part).policy() == entry, "\(part)")
        }
    }

    @Test func whatIsTheDefaultStaysIt() throws {
        let parts = """
            <deadLetterStrategy><sharedDeadLetterStrategy/></deadLetterStrategy><dispatchPolicy><roundRobinDispatchPolicy/>
            </dispatchPolicy><subscriptionRecoveryPolicy><noSubscriptionRecoveryPolicy/></subscriptionRecoveryPolicy>
            <pendingQueuePolicy><vmQueueCursor/></pendingQueuePolicy>
            """
        #expect(try FileText(policy: "", parts).policy() == PolicyEntry())
    }

    private func map(_ entries: String) -> FileText {
        FileText(broker: "<destinationPolicy><policyMap>\(entries)</policyMap></destinationPolicy>")
    }

    @Test func entriesAreForTheirDestinations() throws {
        let policies = try self.map(
            """
            <policyEntries><policyEntry queue=">" queuePrefetch="1"/><policyEntry queue="A.>" queuePrefetch="2"/>
            <policyEntry topic=">" queuePrefetch="3"/><policyEntry tempQueue="true" queuePrefetch="4"/>
            <policyEntry tempTopic="true" queuePrefetch="5"/><policyEntry queuePrefetch="6"><destination><queue physicalName="A.b"/>
            </destination></policyEntry><policyEntry queue="C,D" queuePrefetch="7"/></policyEntries>
            """
        ).clean().core.policies
        let expected: [(Destination, Int32)] = [
            (.queue("X"), 1), (.queue("A.x"), 2), (.topic("A.x"), 3), (Destination(.temporaryQueue, "q"), 4),
            (Destination(.temporaryTopic, "t"), 5), (.queue("A.b"), 6), (.queue("C"), 7), (.queue("D"), 7),
        ]
        for (destination, prefetch) in expected {
            #expect(policies.entry(for: destination).queuePrefetch == prefetch, "\(destination)")
        }
    }

    @Test func theDefaultEntryIsForAllOthers() throws {
        let policies = try self.map(
            "<policyEntries><policyEntry queue='A'/></policyEntries><defaultEntry><policyEntry queuePrefetch='9'/></defaultEntry>"
        ).clean().core.policies
        #expect(policies.entry(for: .queue("B")).queuePrefetch == 9)
        #expect(policies.entry(for: .queue("A")).queuePrefetch == 1000)
    }

    @Test func aSecondEntryForOneNameIsWarnedOf() {
        let text = self.map(
            "<policyEntries><policyEntry queue='A' queuePrefetch='1'/>\n<policyEntry queue='A'/></policyEntries>")
        #expect(text.warnings.first?.contains("replaces the one of line 2") == true, "\(text.diagnostics)")
    }

    @Test func whatHasEffectIsShownAsWritten() throws {
        let file = try FileText(
            policy: "memoryLimit='5 mb' lazyDispatch='true'",
            "<deadLetterStrategy><individualDeadLetterStrategy queuePrefix='D.'/></deadLetterStrategy>"
                + "<pendingQueuePolicy><vmQueueCursor/></pendingQueuePolicy>"
        ).clean()
        #expect(
            file.effective == [
                EffectiveSetting(
                    "policy queue://>",
                    "lazyDispatch=true, memoryLimit=5 mb, individualDeadLetterStrategy(queuePrefix=D.)",
                    origin: "line 2")
            ])
    }

    @Test(arguments: [
        ("<policyEntry/>", "needs queue="), ("<policyEntry queue=''/>", "needs queue="),
        ("<policyEntry queue='A' topic='B'/>", "for one only"),
        ("<policyEntry queue='A' tempQueue='true'/>", "for one only"),
        ("<policyEntry queue='A' memoryLimt='1'/>", "did you mean memoryLimit?"),
        ("<policyEntry queue='A' memoryLimit='1 xb'/>", "64 mb"),
        ("<policyEntry queue='A' queuePrefetch='-1'/>", "at least 0"),
        ("<policyEntry queue='A' cursorMemoryHighWaterMark='101'/>", "1 to 100"),
        ("<policyEntry queue='A' messageGroupMapFactoryType='none'/>", "cached, simple and bucket"),
        (
            "<policyEntry queue='A'><deadLetterStrategy><sharedDeadLeterStrategy/></deadLetterStrategy></policyEntry>",
            "did you mean <sharedDeadLetterStrategy>?"
        ),
        (
            "<policyEntry queue='A'><messageEvictionStrategy><uniquePropertyMessageEvictionStrategy/></messageEvictionStrategy></policyEntry>",
            "propertyName"
        ),
        (
            "<policyEntry queue='A'><slowConsumerStrategy><abortSlowConsumerStrategy checkPeriod='0'/></slowConsumerStrategy></policyEntry>",
            "at least 1"
        ),
        ("<policyEntry queue='A'><sharedDeadLetterStrategy/></policyEntry>", "it belongs in <deadLetterStrategy>"),
    ])
    func whatIsWrongIsNamed(entry: String, words: String) {
        let text = self.map("<policyEntries>\(entry)</policyEntries>")
        #expect(text.errors.count == 1, "\(text.errors)")
        #expect(text.errors.first?.contains(words) == true, "\(text.errors)")
    }

    @Test(arguments: [
        (
            "", "<networkBridgeFilterFactory><defaultNetworkBridgeFilterFactory/></networkBridgeFilterFactory>",
            "not connected"
        ),
        (
            "", "<subscriptionRecoveryPolicy><queryBasedSubscriptionRecoveryPolicy/></subscriptionRecoveryPolicy>",
            "keeps nothing"
        ),
        ("maxQueueAuditDepth='5'", "", "maxAuditDepth"), ("deadLetterStrategy='#dlq'", "", "not looked up"),
    ])
    func whatHasNoEffectIsOneWarning(attributes: String, part: String, words: String) {
        let text = FileText(policy: attributes, part)
        #expect(text.errors == [])
        #expect(text.warnings.count == 1, "\(text.warnings)")
        #expect(text.warnings.first?.contains(words) == true, "\(text.warnings)")
    }
}
