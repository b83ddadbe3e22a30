extension SchemaTable {
    /// Plugins, security, networks, bridges and what belongs to clients.
    static let others = """
        authenticationUser:
            groups password username
        authorizationEntry tempDestinationAuthorizationEntry:
            admin groupClass queue read tempQueue? tempTopic? topic write
            adminACLs() destination(queue tempQueue tempTopic topic) readACLs() writeACLs()
        authorizationMap:
            groupClass
            authorizationEntries(authorizationEntry) defaultEntry(authorizationEntry
            tempDestinationAuthorizationEntry) entries(authorizationEntry)
            tempDestinationAuthorizationEntry(tempDestinationAuthorizationEntry)
        authorizationPlugin:
            map(authorizationMap cachedLDAPAuthorizationMap lDAPAuthorizationMap simpleAuthorizationMap)
        cachedLDAPAuthorizationMap:
            adminPermissionGroupSearchFilter authentication connectionPassword connectionProtocol
            connectionURL connectionUsername groupClass groupNameAttribute groupObjectClass
            legacyGroupMapping? permissionGroupMemberAttribute queueSearchBase
            readPermissionGroupSearchFilter refreshDisabled? refreshInterval# tempSearchBase topicSearchBase
            userNameAttribute userObjectClass writePermissionGroupSearchFilter
        camelRoutesBrokerPlugin:
            checkPeriod# routesFile
        compositeDemandForwardingBridge demandForwardingBridge:
            createdByDuplex?
            brokerService() configuration(ldapNetworkConnector multicastNetworkConnector networkConnector)
            durableDestinations(queue tempQueue tempTopic topic) dynamicallyIncludedDestinations(queue
            tempQueue tempTopic topic) excludedDestinations(queue tempQueue tempTopic topic) localBroker()
            mbeanObjectName() networkBridgeListener() remoteBroker() staticallyIncludedDestinations(queue
            tempQueue tempTopic topic)
        connectionDotFilePlugin destinationDotFilePlugin:
            file
        connectionFactory:
            alwaysSessionAsync? alwaysSyncSend? auditDepth# auditMaximumProducerNumber# beanName brokerURL
            checkForDuplicates? clientID clientIDPrefix closeTimeout# connectResponseTimeout#
            connectionIDPrefix consumerExpiryCheckEnabled? consumerFailoverRedeliveryWaitPeriod+
            copyMessageOnSend? disableTimeStampsByDefault? dispatchAsync? exclusiveConsumer?
            maxThreadPoolSize# messagePrioritySupported? nestedMapAndListEnabled? nonBlockingRedelivery?
            objectMessageSerializationDefered? optimizeAcknowledge? optimizeAcknowledgeTimeOut+
            optimizedAckScheduledAckInterval+ optimizedMessageDispatch? password producerWindowSize#
            rmIdFromConnectionId? sendAcksAsync? sendTimeout# statsEnabled? transactedIndividualAck?
            trustAllPackages? useAsyncSend? useBeanNameAsClientIdPrefix? useCompression?
            useDedicatedTaskRunner? useRetroactiveConsumer? userName warnAboutUnstartedConnectionTimeout+
            watchTopicAdvisories?
            blobTransferPolicy() clientIdGenerator() clientInternalExceptionListener()
            connectionIdGenerator() exceptionListener() prefetchPolicy(prefetchPolicy) properties()
            redeliveryPolicy(redeliveryPolicy) redeliveryPolicyMap(redeliveryPolicyMap)
            rejectedTaskHandler() sessionTaskRunner(taskRunnerFactory) transformer() transportListener()
            trustedPackages()
        destinationEntry:
            queue tempQueue? tempTopic? topic
            destination(queue tempQueue tempTopic topic) value(authorizationEntry destinationEntry
            filteredKahaDB policyEntry redeliveryPolicy tempDestinationAuthorizationEntry)
        destinationPathSeparatorPlugin:
            pathSeparator
            adminConnectionContext() next()
        destinationsPlugin:
            adminConnectionContext() location() next()
        discardingDLQBrokerPlugin:
            dropAll? dropOnly dropTemporaryQueues? dropTemporaryTopics? reportInterval#
        forcePersistencyModeBroker:
            persistenceFlag?
            adminConnectionContext() next()
        forcePersistencyModeBrokerPlugin:
            persistenceFlag?
        forwardingBridge:
            clientId destinationFilter dispatchAsync? prefetchSize# useCompression?
            localBroker() networkBridgeFailedListener() remoteBroker()
        inboundQueueBridge:
            doHandleReplyTo? inboundQueueName localQueueName selector
            consumer() consumerConnection() consumerQueue(queue) jmsConnector(jmsQueueConnector
            jmsTopicConnector) jmsMessageConvertor(simpleJmsMessageConvertor) producerConnection()
            producerQueue(queue)
        inboundTopicBridge:
            consumerName doHandleReplyTo? inboundTopicName localTopicName selector
            consumer() consumerConnection() consumerTopic(topic) jmsConnector(jmsQueueConnector
            jmsTopicConnector) jmsMessageConvertor(simpleJmsMessageConvertor) producerConnection()
            producerTopic(topic)
        jaasAuthenticationPlugin jaasCertificateAuthenticationPlugin:
            configuration discoverLoginConfig?
        jaasDualAuthenticationPlugin:
            configuration discoverLoginConfig? sslConfiguration
        jmsQueueConnector:
            jndiLocalTemplate jndiOutboundTemplate localClientId localConnectionFactoryName localPassword
            localUsername name outboundClientId outboundPassword outboundQueueConnectionFactoryName
            outboundUsername preferJndiDestinationLookup? replyToDestinationCacheSize#
            brokerService() inboundMessageConvertor(simpleJmsMessageConvertor)
            inboundQueueBridges(inboundQueueBridge) localQueueConnection()
            localQueueConnectionFactory(connectionFactory xaConnectionFactory)
            outboundMessageConvertor(simpleJmsMessageConvertor) outboundQueueBridges(outboundQueueBridge)
            outboundQueueConnection() outboundQueueConnectionFactory(connectionFactory xaConnectionFactory)
            reconnectionPolicy(reconnectionPolicy)
        jmsTopicConnector:
            jndiLocalTemplate jndiOutboundTemplate localClientId localConnectionFactoryName localPassword
            localUsername name outboundClientId outboundPassword outboundTopicConnectionFactoryName
            outboundUsername preferJndiDestinationLookup? replyToDestinationCacheSize#
            brokerService() inboundMessageConvertor(simpleJmsMessageConvertor)
            inboundTopicBridges(inboundTopicBridge) localTopicConnection()
            localTopicConnectionFactory(connectionFactory xaConnectionFactory)
            outboundMessageConvertor(simpleJmsMessageConvertor) outboundTopicBridges(outboundTopicBridge)
            outboundTopicConnection() outboundTopicConnectionFactory(connectionFactory xaConnectionFactory)
            reconnectionPolicy(reconnectionPolicy)
        lDAPAuthorizationMap:
            adminAttribute adminBase advisorySearchBase authentication connectionPassword connectionProtocol
            connectionURL connectionUsername initialContextFactory queueSearchSubtreeBool? readAttribute
            readBase tempSearchBase topicSearchSubtreeBool? useAdvisorySearchBase? writeAttribute writeBase
            context() options() queueSearchMatchingFormat() topicSearchMatchingFormat()
        ldapNetworkConnector:
            advisoryAckPercentage# advisoryForFailedForward? advisoryPrefetchSize# alwaysSyncSend?
            anonymousAuthentication? base bridgeTempDestinations? brokerName brokerURL
            checkDuplicateMessagesOnDuplex? clientIdToken conduitNetworkQueueSubscriptions?
            conduitSubscriptions? consumerPriorityBase# consumerTTL# decreaseNetworkConsumerPriority?
            destinationFilter dispatchAsync? duplex? dynamicOnly? gcDestinationViews? gcSweepTime+
            messageTTL# name networkTTL# password prefetchSize~ remotePassword remoteUserName
            searchEventListener? searchFilter searchScope staticBridge? suppressDuplicateQueueSubscriptions?
            suppressDuplicateTopicSubscriptions? syncDurableSubs? useBrokerNameAsIdSees? useCompression?
            useVirtualDestSubs? user userName
            bridgeFactory() brokerService() connectionFilter() durableDestinations()
            dynamicallyIncludedDestinations() excludedDestinations() localUri() objectName()
            sslContext(sslContext) staticallyIncludedDestinations() uri()
        loggingBrokerPlugin:
            logAll? logConnectionEvents? logConsumerEvents? logInternalEvents? logProducerEvents?
            logSessionEvents? logTransactionEvents? perDestinationLogger?
            adminConnectionContext() next()
        multicastNetworkConnector:
            advisoryAckPercentage# advisoryForFailedForward? advisoryPrefetchSize# alwaysSyncSend?
            bridgeTempDestinations? brokerName brokerURL checkDuplicateMessagesOnDuplex? clientIdToken
            conduitNetworkQueueSubscriptions? conduitSubscriptions? consumerPriorityBase# consumerTTL#
            decreaseNetworkConsumerPriority? destinationFilter dispatchAsync? duplex? dynamicOnly?
            gcDestinationViews? gcSweepTime+ messageTTL# name networkTTL# password prefetchSize~
            remotePassword remoteUserName staticBridge? suppressDuplicateQueueSubscriptions?
            suppressDuplicateTopicSubscriptions? syncDurableSubs? useBrokerNameAsIdSees? useCompression?
            useVirtualDestSubs? userName
            bridge(compositeDemandForwardingBridge demandForwardingBridge) bridgeFactory() brokerService()
            connectionFilter() durableDestinations() dynamicallyIncludedDestinations()
            excludedDestinations() localTransport() localUri() objectName() remoteTransport() remoteURI()
            sslContext(sslContext) staticallyIncludedDestinations()
        multicastTraceBrokerPlugin:
            broadcast? maxTraceDatagramSize# timeToLive#
            address() adminConnectionContext() destination() next() wireFormat() wireFormatFactory()
        networkConnector:
            advisoryAckPercentage# advisoryForFailedForward? advisoryPrefetchSize# alwaysSyncSend?
            autoStart? bridgeTempDestinations? brokerName brokerURL checkDuplicateMessagesOnDuplex?
            clientIdToken conduitNetworkQueueSubscriptions? conduitSubscriptions? consumerPriorityBase#
            consumerTTL# decreaseNetworkConsumerPriority? destinationFilter dispatchAsync? duplex?
            dynamicOnly? gcDestinationViews? gcSweepTime+ messageTTL# name networkTTL# password
            prefetchSize~ remotePassword remoteUserName staticBridge? suppressDuplicateQueueSubscriptions?
            suppressDuplicateTopicSubscriptions? syncDurableSubs? useBrokerNameAsIdSees? useCompression?
            useVirtualDestSubs? userName
            bridgeFactory() brokerService() connectionFilter() discoveryAgent() discoveryURI()
            durableDestinations() dynamicallyIncludedDestinations(queue topic tempQueue tempTopic)
            excludedDestinations(queue topic tempQueue tempTopic) localUri() objectName()
            sslContext(sslContext) staticallyIncludedDestinations(queue topic tempQueue tempTopic) uri()
        outboundQueueBridge:
            doHandleReplyTo? localQueueName outboundQueueName selector
            consumer() consumerConnection() consumerQueue(queue) jmsConnector(jmsQueueConnector
            jmsTopicConnector) jmsMessageConvertor(simpleJmsMessageConvertor) producerConnection()
            producerQueue(queue)
        outboundTopicBridge:
            consumerName doHandleReplyTo? localTopicName outboundTopicName selector
            consumer() consumerConnection() consumerTopic(topic) jmsConnector(jmsQueueConnector
            jmsTopicConnector) jmsMessageConvertor(simpleJmsMessageConvertor) producerConnection()
            producerTopic(topic)
        partitionBrokerPlugin:
            configAsJson minTransferCount#
            config()
        pooledConnectionFactory:
            maxConnections# maximumActive# resourceName
            connectionFactory(connectionFactory xaConnectionFactory) transactionManager()
        prefetchPolicy:
            all# durableTopicPrefetch# maximumPendingMessageLimit# optimizeDurableTopicPrefetch#
            queueBrowserPrefetch# queuePrefetch# topicPrefetch#
        proxyConnector:
            name proxyToLocalBroker?
            bind() localUri() remote() server()
        reconnectionPolicy:
            backOffMultiplier% initialReconnectDelay+ maxInitialConnectAttempts# maxReconnectAttempts#
            maxSendRetries# maximumReconnectDelay+ sendRetyDelay+ useExponentialBackOff?
        redeliveryPlugin:
            fallbackToDeadLetter? sendToDlqIfMaxRetriesExceeded?
            adminConnectionContext() next() redeliveryPolicyMap(redeliveryPolicyMap)
        redeliveryPolicy:
            backOffMultiplier% collisionAvoidancePercent# initialRedeliveryDelay+ maximumRedeliveries#
            maximumRedeliveryDelay+ preDispatchCheck? queue redeliveryDelay+ tempQueue? tempTopic? topic
            useCollisionAvoidance? useExponentialBackOff?
            destination(queue tempQueue tempTopic topic)
        redeliveryPolicyMap:
            defaultEntry(redeliveryPolicy) entries(redeliveryPolicy)
            redeliveryPolicyEntries(redeliveryPolicy)
        runtimeConfigurationPlugin:
            checkPeriod+
        simpleAuthenticationPlugin:
            anonymousAccessAllowed? anonymousGroup anonymousUser
            userGroups() userPasswords() users(authenticationUser)
        simpleAuthorizationMap:
            adminACLs(authorizationMap policyMap redeliveryPolicyMap) readACLs(authorizationMap policyMap
            redeliveryPolicyMap) tempDestinationAuthorizationEntry(tempDestinationAuthorizationEntry)
            writeACLs(authorizationMap policyMap redeliveryPolicyMap)
        simpleJmsMessageConvertor:
            connection()
        statisticsBrokerPlugin:
        timeStampingBrokerPlugin:
            futureOnly? processNetworkMessages? ttlCeiling+ zeroExpirationOverride+
            adminConnectionContext() next()
        traceBrokerPathPlugin:
            stampProperty
            adminConnectionContext() next()
        udpTraceBrokerPlugin:
            broadcast? maxTraceDatagramSize#
            address() adminConnectionContext() destination() next() wireFormat() wireFormatFactory()
        virtualSelectorCacheBrokerPlugin:
            ignoreWildcardSelectors? persistInterval+ singleSelectorPerDestination?
            persistFile()
        xaConnectionFactory:
            alwaysSessionAsync? alwaysSyncSend? auditDepth# auditMaximumProducerNumber# beanName brokerURL
            checkForDuplicates? clientID clientIDPrefix closeTimeout# connectResponseTimeout#
            connectionIDPrefix consumerExpiryCheckEnabled? consumerFailoverRedeliveryWaitPeriod+
            copyMessageOnSend? disableTimeStampsByDefault? dispatchAsync? exclusiveConsumer?
            maxThreadPoolSize# messagePrioritySupported? nestedMapAndListEnabled? nonBlockingRedelivery?
            objectMessageSerializationDefered? optimizeAcknowledge? optimizeAcknowledgeTimeOut+
            optimizedAckScheduledAckInterval+ optimizedMessageDispatch? password producerWindowSize#
            rmIdFromConnectionId? sendAcksAsync? sendTimeout# statsEnabled? transactedIndividualAck?
            trustAllPackages? useAsyncSend? useBeanNameAsClientIdPrefix? useCompression?
            useDedicatedTaskRunner? useRetroactiveConsumer? userName warnAboutUnstartedConnectionTimeout+
            watchTopicAdvisories? xaAckMode#
            blobTransferPolicy() clientIdGenerator() clientInternalExceptionListener()
            connectionIdGenerator() exceptionListener() prefetchPolicy(prefetchPolicy) properties()
            redeliveryPolicy(redeliveryPolicy) redeliveryPolicyMap(redeliveryPolicyMap)
            rejectedTaskHandler() sessionTaskRunner(taskRunnerFactory) transformer() transportListener()
            trustedPackages()
        """
}
