/// What ActiveMQ has and this broker does not follow: why, and where it makes no difference.
enum Effects {
    enum Effect {
        /// Makes no difference that anybody could see.
        case none
        /// Makes none with these values.
        case same([String], String)
        case missing(String)
    }

    static func of(_ name: String, in element: String) -> Effect {
        if let effect = self.table["\(element) \(name)"] ?? self.everywhere[name] { return effect }
        return .missing("it is not supported yet")
    }

    static func isPart(_ name: String, of element: String) -> Bool {
        Schema.activeMQ.elements[element]?.parts[name] != nil
    }

    private static let noManagement = "there is no JMX; lockkeeper status shows who is master and what waits"
    private static let noNetwork = "brokers are not connected to each other yet"
    private static let threads = "threads are not configured"

    private static let everywhere: [String: Effect] = [
        "name": .none, "executor": .none, "brokerService": .none, "usageManager": .none,
        "scheduledThreadPoolExecutor": .none, "taskRunnerFactory": .none, "pollingTime": .none,
        "percentUsageMinDelta": .none, "parent": .none, "brokerName": .none, "broker": .none,
    ]

    private static let table: [String: Effect] = Effects.broker.merging(Effects.parts) { one, _ in one }

    private static let broker: [String: Effect] = [
        "broker adjustUsageLimits": .same(["false"], "limits are taken as they are written"),
        "broker allowTempAutoCreationOnSend": .same(["false"], "temporary destinations are made by their owners alone"),
        "broker anonymousProducerAdvisorySupport": .same(["false"], "there is no advisory of this kind yet"),
        "broker brokerId": .missing(
            "the id is made once and kept in the data directory, so that all its brokers share it"),
        "broker cacheTempDestinations": .same(["false"], "temporary destinations are deleted at once"),
        "broker timeBeforePurgeTempDestinations": .none,
        "broker consumerSystemUsagePortion": .none, "broker producerSystemUsagePortion": .none,
        "broker splitSystemUsageForProducersConsumers": .same(["false"], "memory is one for both"),
        "broker consumerSystemUsage": .missing("memory is one for producers and consumers"),
        "broker producerSystemUsage": .missing("memory is one for producers and consumers"),
        "broker dedicatedTaskRunner": .none, "broker taskRunnerPriority": .none,
        "broker persistenceThreadPriority": .none, "broker persistenceTaskRunnerFactory": .none,
        "broker enableStatistics": .same(["true"], "figures are always kept"),
        "broker ioExceptionHandler": .missing(
            "a master whose storage fails hands over to a standby; one whose disk is full holds its producers back"),
        "broker jobSchedulerStore": .missing("messages and their schedules are in one store"),
        "broker schedulerDirectory": .missing("messages and their schedules are in one store"),
        "broker schedulerDirectoryFile": .missing("messages and their schedules are in one store"),
        "broker tmpDataDirectory": .missing("everything is in the data directory"),
        "broker tempDataStore": .missing("everything is in the data directory"),
        "broker keepDurableSubsActive": .none,
        "broker managementContext": .missing(noManagement), "broker mbeanInvocationTimeout": .none,
        "broker populateUserNameInMBeans": .none, "broker adminView": .none, "broker brokerObjectName": .none,
        "broker useJmx": .same(["false"], noManagement),
        "broker maxInflatedDataSize": .missing("compressed messages are passed on as they are"),
        "broker monitorConnectionSplits": .none, "broker networkConnectorStartAsync": .none,
        "broker networkConnectors": .missing(noNetwork), "broker networkConnectorURIs": .missing(noNetwork),
        "broker proxyConnectors": .missing(noNetwork), "broker jmsBridgeConnectors": .missing(noNetwork),
        "broker useVirtualDestSubs": .same(["false"], noNetwork),
        "broker useVirtualDestSubsOnCreation": .same(["false"], noNetwork),
        "broker passiveSlave": .same(["false"], "every broker of a directory can become its master"),
        "broker plugins": .missing("plugins come with a later version"),
        "broker restartAllowed": .same(["true"], "restarting is left to a supervisor"),
        "broker rollbackOnlyOnAsyncException": .same(["true"], "a transaction that failed is always rolled back"),
        "broker schedulePeriodForDiskUsageCheck": .same(["0"], "the room that is left is watched with every commit"),
        "broker diskUsageCheckRegrowThreshold": .same(["-1"], "limits do not follow the disk"),
        "broker services": .missing("Java objects cannot be loaded"),
        "broker shutdownHooks": .missing("Java objects cannot be loaded"),
        "broker regionBroker": .missing("Java objects cannot be loaded"),
        "broker destinationFactory": .missing("Java objects cannot be loaded"),
        "broker messageAuthorizationPolicy": .missing("there is no authorization yet"),
        "broker shutdownOnMasterFailure": .same(["false"], "a standby takes over when the master fails"),
        "broker shutdownOnSlaveFailure": .same(["false"], "a master does not depend on its standbys"),
        "broker sslContext": .missing("there is no TLS yet"),
        "broker start": .same(["true"], "a broker that is run is started"), "broker startAsync": .none,
        "broker storeOpenWireVersion": .none, "broker brokerContext": .none, "broker startException": .none,
        "broker systemExitOnShutdown": .same(["false"], "the process ends when its broker does"),
        "broker systemExitOnShutdownExitCode": .missing("the exit statuses are fixed; see lockkeeper --help"),
        "broker transportConnectorURIs": .missing("write <transportConnector uri=\"...\"/> in <transportConnectors>"),
        "broker useAuthenticatedPrincipalForJMSXUserID": .same(["false"], "there is no authentication yet"),
        "broker useLocalHostBrokerName": .same(["false"], "leave brokerName away, or write it"),
        "broker useLoggingForShutdownErrors": .none, "broker useShutdownHook": .none,
        "broker useTempMirroredQueues": .same(["true"], "temporary queues are not mirrored"),
        "broker virtualThreadTaskRunner": .none, "broker vmConnectorURI": .none,
        "broker waitForSlave": .same(["false"], "a master serves without waiting for a standby"),
        "broker waitForSlaveTimeout": .none,
    ]

    private static let parts: [String: Effect] = [
        "transportConnector brokerInfo": .none, "transportConnector displayStackTrace": .none,
        "transportConnector enableStatusMonitor": .same(["false"], "peers that take nothing are always closed"),
        "transportConnector warnOnRemoteClose": .none, "transportConnector disableAsyncDispatch": .none,
        "transportConnector server": .missing("Java objects cannot be loaded"),
        "transportConnector discoveryUri": .missing("brokers are not announced; clients name them with failover:"),
        "transportConnector discoveryAgent": .missing("brokers are not announced; clients name them with failover:"),
        "transportConnector publishedAddressPolicy": .missing("clients keep the addresses that they were given"),
        "transportConnector rebalanceClusterClients": .same(["false"], noNetwork),
        "transportConnector updateClusterClients": .same(["false"], noNetwork),
        "transportConnector updateClusterClientsOnRemove": .same(["false"], noNetwork),
        "transportConnector updateClusterFilter": .none,
        "transportConnector auditNetworkProducers": .same(["false"], noNetwork),
        "transportConnector allowLinkStealing": .same(
            ["false"], "a client id that is connected is refused to others"),
        "transportConnector autoStart": .same(["true"], "every connector is started"),
        "systemUsage adapter": .none, "systemUsage jobSchedulerStore": .none, "systemUsage tempStore": .none,
        "systemUsage checkLimitsLogLevel": .none,
        "memoryUsage percentOfJvmHeap": .missing(
            "there is no JVM; write limit=\"...\", or leave it at the default, which keeps the process small"),
        "memoryUsage portion": .none, "memoryUsage usage": .none, "memoryUsage usagePortion": .none,
        "memoryUsage percentUsage": .none,
        "storeUsage percentLimit": .missing("write limit=\"...\"; a disk that is full holds the producers back"),
        "tempUsage percentLimit": .missing("write limit=\"...\"; a disk that is full holds the producers back"),
        "policyEntry pendingQueuePolicy": .none, "policyEntry pendingSubscriberPolicy": .none,
        "policyEntry pendingDurableSubscriberPolicy": .none,
        "policyEntry networkBridgeFilterFactory": .missing(noNetwork),
        "policyEntry messageGroupMapFactory": .none, "policyEntry useTopicSubscriptionInflightStats": .none,
        "policyEntry advancedNetworkStatisticsEnabled": .same(["false"], noNetwork),
        "policyEntry maxQueueAuditDepth": .missing("write maxAuditDepth"),
        "policyMap entries": .missing("write <policyEntries>"),
        "queue DLQ": .same(["false"], "dead letters are told by the deadLetterStrategy"),
        "topic DLQ": .same(["false"], "dead letters are told by the deadLetterStrategy"),
        "queue properties": .missing("a destination has no properties"),
        "topic properties": .missing("a destination has no properties"),
        "virtualTopic concurrentSend": .none, "virtualTopic transactedSend": .none,
        "filteredDestination filter": .missing("Java objects cannot be loaded; write selector=\"...\""),
        "redeliveryPlugin next": .none, "redeliveryPlugin adminConnectionContext": .none,
    ]
}
