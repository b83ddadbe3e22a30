extension SchemaTable {
    /// Persistence adapters, lockers and their parts; also those that versions before 5.17 had.
    static let stores = """
        kahaDB:
            archiveCorruptedIndex? archiveDataLogs? brokerName checkForCorruptJournalFiles?
            checkpointInterval+ checksumJournalFiles? cleanupInterval+ cleanupOnStop? compactAcksAfterNoGC#
            compactAcksIgnoresStoreGrowth? concurrentStoreAndDispatchQueues?
            concurrentStoreAndDispatchTopics? databaseLockedWaitDelay# enableAckCompaction?
            enableIndexDiskSyncs? enableIndexPageCaching? enableIndexRecoveryFile? enableIndexWriteAsync?
            enableJournalDiskSyncs? enableSubscriptionStatistics? failoverProducersAuditDepth#
            forceRecoverIndex? ignoreMissingJournalfiles? indexCacheSize~ indexLFUEvictionFactor%
            indexWriteBatchSize~ journalDiskSyncInterval+ journalDiskSyncStrategy journalMaxFileLength~
            journalMaxWriteBatchSize~ lockKeepAlivePeriod+ maxAsyncJobs# maxFailoverProducersToTrack#
            preallocationScope preallocationStrategy purgeRecoveredXATransactionStrategy stopOnError?
            useIndexLFRUEviction? useLock?
            brokerService() directory() directoryArchive() indexDirectory() locker(database-locker
            lease-database-locker shared-file-locker transact-database-locker) scheduledThreadPoolExecutor()
            transactionIdTransformer() usageManager()
        mKahaDB:
            brokerName checkForCorruption? journalCleanupInterval+ journalMaxFileLength~
            journalWriteBatchSize~ lockKeepAlivePeriod+ stopOnError? useLock?
            brokerService() directory() filteredPersistenceAdapters(filteredKahaDB) locker(database-locker
            lease-database-locker shared-file-locker transact-database-locker) scheduledThreadPoolExecutor()
            transactionStore() usageManager()
        filteredKahaDB:
            perDestination? queue tempQueue? tempTopic? topic
            adapter() destination(queue tempQueue tempTopic topic) persistenceAdapter(jdbcPersistenceAdapter
            journalPersistenceAdapter kahaDB mKahaDB memoryPersistenceAdapter) template(filteredKahaDB)
            usage(storeUsage)
        levelDB:
            asyncBufferSize# autoCompactionRatio# brokerName directory failoverProducersAuditDepth#
            flushDelay# indexBlockRestartInterval# indexBlockSize# indexCacheSize+ indexCompression
            indexFactory indexMaxOpenFiles# indexWriteBufferSize# lockKeepAlivePeriod+ logCompression
            logDirectory logSize+ maxFailoverProducersToTrack# monitorStats? paranoidChecks? stopOnError?
            sync? useLock? verifyChecksums?
            brokerService() locker(database-locker lease-database-locker shared-file-locker
            transact-database-locker) scheduledThreadPoolExecutor() transactionIdTransformer()
            usageManager()
        replicatedLevelDB:
            asyncBufferSize# bind brokerName connectUrl container directory failoverProducersAuditDepth#
            flushDelay# hostname indexBlockRestartInterval# indexBlockSize# indexCacheSize+ indexCompression
            indexFactory indexMaxOpenFiles# indexWriteBufferSize# lockKeepAlivePeriod+ logCompression
            logSize+ maxFailoverProducersToTrack# monitorStats? paranoidChecks? replicas# securityToken
            stopOnError? sync useLock? verifyChecksums? weight# zkAddress zkPassword zkPath zkSessionTimeout
            brokerService() locker(database-locker lease-database-locker shared-file-locker
            transact-database-locker) scheduledThreadPoolExecutor() usageManager()
        amqPersistenceAdapter:
            archiveDataLogs? brokerName checkpointInterval+ cleanupInterval+ directory directoryArchive
            disableLocking? forceRecoverReferenceStore? indexBinSize# indexKeySize# indexLoadFactor#
            indexMaxBinSize# indexPageSize~ journalThreadPriority# maxCheckpointMessageAddSize~
            maxFileLength~ maxReferenceFileLength~ persistentIndex? recoverReferenceStore?
            syncOnTransaction? syncOnWrite? useDedicatedTaskRunner? useNio?
            asyncDataManager() brokerService() referenceStoreAdapter() taskRunnerFactory(taskRunnerFactory)
            usageManager() wireFormat()
        amqPersistenceAdapterFactory:
            brokerName checkpointInterval+ cleanupInterval+ dataDirectory forceRecoverReferenceStore?
            indexBinSize# indexKeySize# indexLoadFactor# indexMaxBinSize# indexPageSize#
            journalThreadPriority# maxFileLength# maxReferenceFileLength# persistentIndex?
            recoverReferenceStore? syncOnTransaction? syncOnWrite? useDedicatedTaskRunner? useNio?
            referenceStoreAdapter() taskRunnerFactory(taskRunnerFactory)
        kahaPersistenceAdapter:
            brokerName directory maxDataFileLength persistentIndex?
            brokerService() size() usageManager()
        memoryPersistenceAdapter:
            brokerName createTransactionStore? useExternalMessageReferences?
            directory() usageManager()
        jdbcPersistenceAdapter:
            auditRecoveryDepth# brokerName changeAutoCommitAllowed? cleanupPeriod# createTablesOnStartup?
            dataDirectory enableAudit? lockAcquireSleepInterval+ lockKeepAlivePeriod+ maxAuditDepth#
            maxProducersToAudit# maxRows# networkTimeout# queryTimeout# stopOnError? transactionIsolation#
            useDatabaseLock? useExternalMessageReferences? useLock?
            adapter() brokerService() dataDirectoryFile() dataSource() databaseLocker(database-locker
            lease-database-locker shared-file-locker transact-database-locker) directory() ds()
            lockDataSource() locker(database-locker lease-database-locker shared-file-locker
            transact-database-locker) scheduledThreadPoolExecutor() statements(statements) usageManager()
            wireFormat()
        journalPersistenceAdapter:
            brokerName checkpointInterval+ maxCheckpointMessageAddSize# maxCheckpointWorkers#
            useExternalMessageReferences?
            brokerService() directory() journal() longTermPersistence(jdbcPersistenceAdapter
            journalPersistenceAdapter kahaDB mKahaDB memoryPersistenceAdapter)
            persistenceAdapter(jdbcPersistenceAdapter journalPersistenceAdapter kahaDB mKahaDB
            memoryPersistenceAdapter) taskRunnerFactory(taskRunnerFactory) usageManager()
        journalPersistenceAdapterFactory:
            checkpointInterval+ createTablesOnStartup? dataDirectory journalLogFileSize~ journalLogFiles#
            journalThreadPriority# lockKeepAlivePeriod+ stopOnError? useDatabaseLock?
            useDedicatedTaskRunner? useJournal? useLock? useQuickJournal?
            adapter() brokerService() dataDirectoryFile() dataSource() jdbcAdapter() journal()
            journalArchiveDirectory() locker(database-locker lease-database-locker shared-file-locker
            transact-database-locker) scheduledThreadPoolExecutor() statements(statements)
            taskRunnerFactory(taskRunnerFactory)
        journaledJDBC:
        pListStoreImpl:
            cleanupInterval+ enableIndexWriteAsync? failIfDatabaseIsLocked? indexCacheSize#
            indexEnablePageCaching? indexPageSize# indexWriteBatchSize# journalMaxFileLength#
            journalMaxWriteBatchSize# lazyInit?
            brokerService() directory() indexDirectory()
        shared-file-locker:
            failIfLocked? lockAcquireSleepInterval+ name
            directory() lockable()
        lease-database-locker:
            createTablesOnStartup? failIfLocked? handleStartException? leaseHolderId
            lockAcquireSleepInterval+ maxAllowableDiffFromDBTime# name queryTimeout#
            dataSource() lockable() statements(statements)
        database-locker transact-database-locker:
            createTablesOnStartup? failIfLocked? lockAcquireSleepInterval+ name queryTimeout#
            dataSource() exceptionHandler() lockable() statements(statements)
        statements:
            addMessageStatement binaryDataType clearDurableLastAckInTxStatement clearXidFlagStatement
            containerNameDataType createDurableSubStatement currentDateTimeStatement
            deleteOldMessagesStatementWithPriority deleteSubscriptionStatement
            destinationMessageCountStatement dropAckPKAlterStatementEnd durableSubAcksTableName
            durableSubscriberMessageCountStatement durableSubscriberMessageCountStatementWithPriority
            findAcksPendingOutcomeStatement findAllDestinationsStatement findAllDurableSubMessagesStatement
            findAllDurableSubsStatement findAllMessageIdsStatement findAllMessagesStatement
            findDurableSubMessagesStatement findDurableSubStatement findLastSequenceIdInAcksStatement
            findLastSequenceIdInMsgsStatement findMessageByIdStatement findMessageSequenceIdStatement
            findMessageStatement findNextMessagesByPriorityStatement findNextMessagesStatement
            findOpsPendingOutcomeStatement findXidByIdStatement insertDurablePriorityAckStatement
            lastAckedDurableSubscriberMessageStatement lastProducerSequenceIdStatement leaseObtainStatement
            leaseOwnerStatement leaseUpdateStatement lockCreateStatement lockTableName lockUpdateStatement
            longDataType messageTableName msgIdDataType nextDurableSubscriberMessageStatement
            removeAllMessagesStatement removeAllSubscriptionsStatement removeMessageStatment
            selectDurablePriorityAckStatement sequenceDataType stringIdDataType tablePrefix
            updateDurableLastAckInTxStatement updateDurableLastAckStatement
            updateDurableLastAckWithPriorityInTxStatement updateDurableLastAckWithPriorityStatement
            updateLastPriorityAckRowOfDurableSubStatement updateMessageStatement updateXidFlagStatement
            useExternalMessageReferences? useLockCreateWhereClause?
            createLockSchemaStatements() createSchemaStatements() dropSchemaStatements()
        axionJDBCAdapter blobJDBCAdapter bytesJDBCAdapter db2JDBCAdapter defaultJDBCAdapter hsqldb-jdbc-adapter imageBasedJDBCAdaptor informixJDBCAdapter maxdb-jdbc-adapter oracleBlobJDBCAdapter oracleJDBCAdapter sqlServerJDBCAdapter streamJDBCAdapter sybase-jdbc-adapter transact-jdbc-adapter:
            batchStatements? batchStatments? maxRows# useExternalMessageReferences?
            statements(statements)
        mysql-jdbc-adapter:
            batchStatements? batchStatments? engineType maxRows# typeStatement useExternalMessageReferences?
            statements(statements)
        postgresql-jdbc-adapter:
            acksPkName batchStatements? batchStatments? maxRows# useExternalMessageReferences?
            statements(statements)
        """
}
