extension SchemaTable {
    /// What a policy entry can hold.
    static let policies = """
        policyMap:
            defaultEntry(policyEntry) entries(policyEntry) policyEntries(policyEntry)
        policyEntry:
            advancedMessageStatisticsEnabled? advancedNetworkStatisticsEnabled? advisoryForConsumed?
            advisoryForDelivery? advisoryForDiscardingMessages? advisoryForDispatched?
            advisoryForFastProducers? advisoryForSlowConsumers? advisoryWhenFull?
            allConsumersExclusiveByDefault? allowTempDestinationStealing? alwaysRetroactive?
            blockedProducerWarningInterval+ consumersBeforeDispatchStarts# cursorMemoryHighWaterMark#
            doOptimzeMessageStorage? durableTopicPrefetch# enableAudit? expireMessagesPeriod+
            gcInactiveDestinations? gcWithNetworkConsumers? inactiveTimeoutBeforeGC+ inactiveTimoutBeforeGC+
            includeBodyForAdvisory? lazyDispatch? maxAuditDepth# maxBrowsePageSize# maxDestinations#
            maxExpirePageSize# maxPageSize# maxProducersToAudit# maxQueueAuditDepth# memoryLimit~
            messageGroupMapFactoryType minimumMessageSize+ optimizeMessageStoreInFlightLimit#
            optimizedDispatch? persistJMSRedelivered? prioritizedMessages? producerFlowControl? queue
            queueBrowserPrefetch# queuePrefetch# reduceMemoryFootprint? sendAdvisoryIfNoConsumers?
            sendDuplicateFromStoreToDLQ? sendFailIfNoSpace? sendFailIfNoSpaceAfterTimeout+
            storeUsageHighWaterMark# strictOrderDispatch? tempQueue? tempTopic? timeBeforeDispatchStarts#
            topic topicPrefetch# useCache? useConsumerPriority? usePrefetchExtension?
            useTopicSubscriptionInflightStats?
            deadLetterStrategy(discarding individualDeadLetterStrategy sharedDeadLetterStrategy)
            destination(queue tempQueue tempTopic topic) dispatchPolicy(clientIdFilterDispatchPolicy
            priorityDispatchPolicy priorityNetworkDispatchPolicy roundRobinDispatchPolicy
            simpleDispatchPolicy strictOrderDispatchPolicy)
            messageEvictionStrategy(oldestMessageEvictionStrategy
            oldestMessageWithLowestPriorityEvictionStrategy uniquePropertyMessageEvictionStrategy)
            messageGroupMapFactory(cachedMessageGroupMapFactory messageGroupHashBucketFactory
            simpleMessageGroupMapFactory) networkBridgeFilterFactory(conditionalNetworkBridgeFilterFactory
            defaultNetworkBridgeFilterFactory) pendingDurableSubscriberPolicy(fileDurableSubscriberCursor
            storeDurableSubscriberCursor vmDurableCursor)
            pendingMessageLimitStrategy(constantPendingMessageLimitStrategy
            prefetchRatePendingMessageLimitStrategy) pendingQueuePolicy(fileQueueCursor storeCursor
            vmQueueCursor) pendingSubscriberPolicy(fileCursor vmCursor)
            slowConsumerStrategy(abortSlowAckConsumerStrategy abortSlowConsumerStrategy)
            subscriptionRecoveryPolicy(fixedCountSubscriptionRecoveryPolicy
            fixedSizedSubscriptionRecoveryPolicy lastImageSubscriptionRecoveryPolicy
            noSubscriptionRecoveryPolicy queryBasedSubscriptionRecoveryPolicy
            retainedMessageSubscriptionRecoveryPolicy timedSubscriptionRecoveryPolicy)
        sharedDeadLetterStrategy discarding:
            enableAudit? expiration+ maxAuditDepth# maxProducersToAudit# processExpired?
            processNonPersistent?
            deadLetterQueue(queue tempQueue tempTopic topic)
        individualDeadLetterStrategy:
            destinationPerDurableSubscriber? enableAudit? expiration+ maxAuditDepth# maxProducersToAudit#
            processExpired? processNonPersistent? queuePrefix queueSuffix topicPrefix topicSuffix
            useQueueForQueueMessages? useQueueForTopicMessages?
        abortSlowAckConsumerStrategy:
            abortConnection? checkPeriod+ ignoreIdleConsumers? ignoreNetworkConsumers? maxSlowCount+
            maxSlowDuration+ maxTimeSinceLastAck+ name
            brokerService()
        abortSlowConsumerStrategy:
            abortConnection? checkPeriod+ ignoreNetworkConsumers? maxSlowCount+ maxSlowDuration+ name
            brokerService()
        constantPendingMessageLimitStrategy:
            limit#
        prefetchRatePendingMessageLimitStrategy:
            multiplier%
        oldestMessageEvictionStrategy oldestMessageWithLowestPriorityEvictionStrategy:
            evictExpiredMessagesHighWatermark#
        uniquePropertyMessageEvictionStrategy:
            evictExpiredMessagesHighWatermark# propertyName
        clientIdFilterDispatchPolicy:
            ptpClientId ptpSuffix
        priorityDispatchPolicy priorityNetworkDispatchPolicy roundRobinDispatchPolicy simpleDispatchPolicy strictOrderDispatchPolicy simpleMessageGroupMapFactory fileCursor fileDurableSubscriberCursor fileQueueCursor storeCursor vmCursor vmDurableCursor vmQueueCursor defaultNetworkBridgeFilterFactory:
        simpleDispatchSelector:
            destination(queue tempQueue tempTopic topic)
        queueDispatchSelector:
            destination(queue tempQueue tempTopic topic) exclusiveConsumer()
        fixedCountSubscriptionRecoveryPolicy:
            maximumSize#
            broker()
        fixedSizedSubscriptionRecoveryPolicy:
            maximumSize# useSharedBuffer?
            broker() buffer()
        lastImageSubscriptionRecoveryPolicy noSubscriptionRecoveryPolicy:
            broker()
        queryBasedSubscriptionRecoveryPolicy:
            broker() query()
        retainedMessageSubscriptionRecoveryPolicy:
            broker() wrapped(fixedCountSubscriptionRecoveryPolicy fixedSizedSubscriptionRecoveryPolicy
            lastImageSubscriptionRecoveryPolicy noSubscriptionRecoveryPolicy
            queryBasedSubscriptionRecoveryPolicy retainedMessageSubscriptionRecoveryPolicy
            timedSubscriptionRecoveryPolicy)
        timedSubscriptionRecoveryPolicy:
            recoverDuration+
            broker()
        cachedMessageGroupMapFactory:
            cacheSize#
        messageGroupHashBucketFactory:
            bucketCount# cacheSize#
        storeDurableSubscriberCursor:
            immediatePriorityDispatch? useCache?
        conditionalNetworkBridgeFilterFactory:
            rateDuration# rateLimit# replayDelay# replayWhenNoConsumers? selectorAware?
        """
}
