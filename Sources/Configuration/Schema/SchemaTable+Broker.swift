extension SchemaTable {
    /// The broker, its connectors, limits and destinations.
    static let broker = """
        broker brokerService:
            adjustUsageLimits? advisorySupport? allowTempAutoCreationOnSend?
            anonymousProducerAdvisorySupport? brokerId brokerName cacheTempDestinations?
            consumerSystemUsagePortion# dataDirectory dedicatedTaskRunner? deleteAllMessagesOnStartup?
            diskUsageCheckRegrowThreshold~ enableMessageExpirationOnActiveDurableSubs? enableStatistics?
            keepDurableSubsActive? maxInflatedDataSize# maxPurgedDestinationsPerSweep#
            maxSchedulerRepeatAllowed# maxUncommittedCount# mbeanInvocationTimeout+ monitorConnectionSplits?
            networkConnectorStartAsync? offlineDurableSubscriberTaskSchedule+
            offlineDurableSubscriberTimeout+ passiveSlave? persistenceThreadPriority# persistent?
            populateJMSXUserID? populateUserNameInMBeans? producerSystemUsagePortion#
            rejectDurableConsumers? restartAllowed? rollbackOnlyOnAsyncException?
            schedulePeriodForDestinationPurge# schedulePeriodForDiskUsageCheck# schedulerDirectory
            schedulerSupport? shutdownOnMasterFailure? shutdownOnSlaveFailure?
            splitSystemUsageForProducersConsumers? start? startAsync? storeOpenWireVersion#
            systemExitOnShutdown? systemExitOnShutdownExitCode# taskRunnerPriority#
            timeBeforePurgeTempDestinations# useAuthenticatedPrincipalForJMSXUserID? useJmx?
            useLocalHostBrokerName? useLoggingForShutdownErrors? useMirroredQueues? useShutdownHook?
            useTempMirroredQueues? useVirtualDestSubs? useVirtualDestSubsOnCreation? useVirtualTopics?
            virtualThreadTaskRunner? waitForSlave? waitForSlaveTimeout+
            adminView() brokerContext() brokerObjectName() consumerSystemUsage(systemUsage)
            dataDirectoryFile() destinationFactory() destinationInterceptors(mirroredQueue
            virtualDestinationInterceptor) destinationPolicy(policyMap) destinations(queue tempQueue
            tempTopic topic) ioExceptionHandler(defaultIOExceptionHandler jDBCIOExceptionHandler
            leaseLockerIOExceptionHandler) jmsBridgeConnectors(jmsQueueConnector jmsTopicConnector)
            jobSchedulerStore() managementContext(managementContext) messageAuthorizationPolicy()
            networkConnectorURIs() networkConnectors(ldapNetworkConnector multicastNetworkConnector
            networkConnector) persistenceAdapter(kahaDB mKahaDB jdbcPersistenceAdapter
            journalPersistenceAdapter journaledJDBC memoryPersistenceAdapter levelDB replicatedLevelDB
            amqPersistenceAdapter kahaPersistenceAdapter)
            persistenceFactory(journalPersistenceAdapterFactory journaledJDBC amqPersistenceAdapterFactory)
            persistenceTaskRunnerFactory(taskRunnerFactory) plugins(authorizationPlugin
            connectionDotFilePlugin destinationDotFilePlugin destinationPathSeparatorPlugin
            destinationsPlugin discardingDLQBrokerPlugin forcePersistencyModeBrokerPlugin
            jaasAuthenticationPlugin jaasCertificateAuthenticationPlugin jaasDualAuthenticationPlugin
            loggingBrokerPlugin multicastTraceBrokerPlugin partitionBrokerPlugin redeliveryPlugin
            runtimeConfigurationPlugin simpleAuthenticationPlugin statisticsBrokerPlugin
            timeStampingBrokerPlugin traceBrokerPathPlugin udpTraceBrokerPlugin
            virtualSelectorCacheBrokerPlugin camelRoutesBrokerPlugin) producerSystemUsage(systemUsage)
            proxyConnectors(proxyConnector) regionBroker() schedulerDirectoryFile() services()
            shutdownHooks() sslContext(sslContext) startException() systemUsage(systemUsage)
            taskRunnerFactory(taskRunnerFactory) tempDataStore(pListStoreImpl) tmpDataDirectory()
            transportConnectorURIs() transportConnectors(transportConnector) vmConnectorURI()
        transportConnector:
            allowLinkStealing? auditNetworkProducers? autoStart? disableAsyncDispatch? displayStackTrace?
            enableStatusMonitor? maximumConsumersAllowedPerConnection# maximumProducersAllowedPerConnection#
            name rebalanceClusterClients? updateClusterClients? updateClusterClientsOnRemove?
            updateClusterFilter warnOnRemoteClose?
            brokerInfo() brokerService() discoveryAgent() discoveryUri() messageAuthorizationPolicy()
            publishedAddressPolicy(publishedAddressPolicy) server() taskRunnerFactory(taskRunnerFactory)
            uri()
        publishedAddressPolicy:
            clusterClientUriQuery publishedHostStrategy
            hostMapping() portMapping()
        managementContext:
            allowRemoteAddressInMBeanNames? brokerName connectorHost connectorPath connectorPort~
            createConnector? createMBeanServer? findTigerMbeanServer? jmxDomainName rmiServerPort~
            suppressMBean useMBeanServer?
            MBeanServer() environment() server()
        sslContext:
            crlPath keyStore keyStoreAlgorithm keyStoreKeyPassword keyStorePassword keyStoreType protocol
            provider secureRandomAlgorithm trustStore trustStoreAlgorithm trustStorePassword trustStoreType
            SSLContext() keyManagers() secureRandom() trustManagers()
        taskRunnerFactory:
            daemon? dedicatedTaskRunner? maxIterationsPerRun# maxThreadPoolSize# name priority#
            shutdownAwaitTermination+
            executor() rejectedTaskHandler() threadClassLoader()
        systemUsage:
            checkLimitsLogLevel name sendFailIfNoSpace? sendFailIfNoSpaceAfterTimeout+
            sendFailIfNoSpaceExplicitySet?
            adapter() executor() jobSchedulerStore() jobSchedulerUsage(jobSchedulerUsage)
            memoryUsage(memoryUsage) parent(systemUsage) storeUsage(storeUsage) tempStore(pListStoreImpl)
            tempUsage(tempUsage)
        memoryUsage:
            limit~ name percentOfJvmHeap# percentUsage# percentUsageMinDelta~ pollingTime# portion% usage+
            usagePortion%
            executor() limiter(defaultUsageCapacity usageCapacity) parent()
        storeUsage:
            limit~ name percentLimit# percentUsage# percentUsageMinDelta~ pollingTime# total~ usagePortion%
            executor() limiter(defaultUsageCapacity usageCapacity) parent() store(jdbcPersistenceAdapter
            journalPersistenceAdapter kahaDB mKahaDB memoryPersistenceAdapter)
        tempUsage:
            limit~ name percentLimit# percentUsage# percentUsageMinDelta~ pollingTime# total~ usagePortion%
            executor() limiter(defaultUsageCapacity usageCapacity) parent() store(pListStoreImpl)
        jobSchedulerUsage:
            limit~ name percentUsage# percentUsageMinDelta~ pollingTime# usagePortion%
            executor() limiter(defaultUsageCapacity usageCapacity) parent() store()
        defaultUsageCapacity usageCapacity:
            limit+
        defaultIOExceptionHandler jDBCIOExceptionHandler leaseLockerIOExceptionHandler:
            ignoreAllErrors? ignoreNoSpaceErrors? ignoreSQLExceptions? noSpaceMessage
            resumeCheckSleepPeriod+ sqlExceptionMessage stopStartConnectors? systemExitOnShutdown?
            brokerService()
        queue topic:
            DLQ? name physicalName
            compositeDestinations(queue tempQueue tempTopic topic) properties()
        tempQueue tempTopic:
            DLQ? connectionId name physicalName sequenceId+
            compositeDestinations(queue tempQueue tempTopic topic) connection() properties()
        virtualDestinationInterceptor:
            virtualDestinations(compositeQueue compositeTopic virtualTopic)
        virtualTopic:
            concurrentSend? dropOnResourceLimit? local? name postfix prefix selectorAware?
            setOriginalDestination? transactedSend?
        compositeQueue compositeTopic:
            concurrentSend? copyMessage? forwardOnly? name sendWhenNotMatched?
            forwardTo(queue topic tempQueue tempTopic filteredDestination)
        filteredDestination:
            queue selector topic
            destination(queue tempQueue tempTopic topic) filter()
        mirroredQueue:
            copyMessage? postfix prefix
            brokerService()
        commandAgent:
            brokerUrl password username
            commandDestination(queue tempQueue tempTopic topic) connection()
            connectionFactory(connectionFactory xaConnectionFactory)
        camelEndpointLoader:
            camelContext() component() source()
        """
}
