import BrokerCore
import Testing

@testable import Configuration

@Suite struct BrokerFileTests {
    // MARK: Files that must load

    /// The three examples of ActiveMQ's page on master and slave with a shared file system, as they stand there.
    @Test(arguments: ["kahaDB", "levelDB", "amqPersistenceAdapter"])
    func theSnippetsOfTheSharedFileSystemLoadUnchanged(adapter: String) throws {
        let text = FileText(
            """
                <persistenceAdapter>
                  <\(adapter) directory="/sharedFileSystem/sharedBrokerData"/>
                </persistenceAdapter>
            """)
        let file = try text.clean()
        #expect(file.store?.directory == "/sharedFileSystem/sharedBrokerData")
        #expect(file.connectors == nil)
        #expect(text.notes.count == 1)
        #expect(text.notes.first?.hasPrefix("a.xml:2:7: note: <\(adapter)> becomes the SQLite store") == true)
    }

    /// The page's `broker`, whose `dataDirectory` is for the schedules: they are in the store here.
    @Test func theBrokerOfTheSharedFileSystemPageLoads() throws {
        let text = FileText(
            """
            <broker xmlns="http://activemq.apache.org/schema/core"
            dataDirectory="/some/location"
            brokerName="mmuserb2" useJmx="true" advisorySupport="false"
            persistent="true" deleteAllMessagesOnStartup="false"
            useShutdownHook="false" schedulerSupport="true">
              <persistenceAdapter>
                <kahaDB directory="/sharedFileSystem/sharedBrokerData"/>
              </persistenceAdapter>
            </broker>
            """)
        let file = try #require(text.file)
        #expect(file.brokerName == "mmuserb2")
        #expect(file.store?.directory == "/sharedFileSystem/sharedBrokerData")
        #expect(!file.core.sendsAdvisories)
        #expect(!file.deletesAllMessagesOnStart)
        #expect(text.warnings.count == 1)
        #expect(text.warnings.first?.contains("useJmx") == true)
        #expect(file.core.schedulesMessages)
        #expect(text.notes.contains { $0.contains("/some/location") && $0.contains("not used") })
    }

    /// Shaped as what ActiveMQ 5.17 is shipped with.
    @Test func aShippedFileLoads() throws {
        let text = FileText(
            """
            <beans
              xmlns="http://www.springframework.org/schema/beans"
              xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
              xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans.xsd">
                <bean class="org.springframework.beans.factory.config.PropertyPlaceholderConfigurer">
                    <property name="locations">
                        <value>file:${activemq.conf}/credentials.properties</value>
                    </property>
                </bean>
                <bean id="logQuery" class="io.fabric8.insight.log.log4j.Log4jLogQuery" lazy-init="false"/>
                <broker xmlns="http://activemq.apache.org/schema/core" brokerName="localhost" dataDirectory="${activemq.data}">
                    <destinationPolicy>
                        <policyMap>
                          <policyEntries>
                            <policyEntry topic=">" >
                              <pendingMessageLimitStrategy>
                                <constantPendingMessageLimitStrategy limit="1000"/>
                              </pendingMessageLimitStrategy>
                            </policyEntry>
                          </policyEntries>
                        </policyMap>
                    </destinationPolicy>
                    <managementContext>
                        <managementContext createConnector="false"/>
                    </managementContext>
                    <persistenceAdapter>
                        <kahaDB directory="${activemq.data}/kahadb"/>
                    </persistenceAdapter>
                    <systemUsage>
                        <systemUsage>
                            <memoryUsage><memoryUsage percentOfJvmHeap="70" /></memoryUsage>
                            <storeUsage><storeUsage limit="100 gb"/></storeUsage>
                            <tempUsage><tempUsage limit="50 gb"/></tempUsage>
                        </systemUsage>
                    </systemUsage>
                    <transportConnectors>
                        <transportConnector name="openwire" uri="tcp://0.0.0.0:61616?maximumConnections=1000&amp;wireFormat.maxFrameSize=104857600"/>
                        <transportConnector name="amqp" uri="amqp://0.0.0.0:5672?maximumConnections=1000&amp;wireFormat.maxFrameSize=104857600"/>
                        <transportConnector name="ws" uri="ws://0.0.0.0:61614?maximumConnections=1000&amp;wireFormat.maxFrameSize=104857600"/>
                    </transportConnectors>
                    <shutdownHooks>
                        <bean xmlns="http://www.springframework.org/schema/beans" class="org.apache.activemq.hooks.SpringContextHook" />
                    </shutdownHooks>
                </broker>
                <import resource="jetty.xml"/>
            </beans>
            """, path: "/opt/activemq/conf/activemq.xml",
            properties: ["/opt/activemq/conf/credentials.properties": "activemq.username=system"])
        let file = try #require(text.file, "\(text.errors)")
        #expect(
            file.store
                == FileStore(
                    directory: "/opt/activemq/data/kahadb", parent: "/opt/activemq/data",
                    position: TextPosition(line: 27, column: 21)))
        #expect(file.connectors?.map(\.port) == [61_616])
        #expect(file.connectors?.first?.maximumConnections == 1000)
        #expect(file.connectors?.first?.maximumFrameBytes == 104_857_600)
        #expect(file.stompConnectors.map(\.port) == [61_614])
        #expect(file.core.policies.entry(for: .topic("a")).pendingLimit == .constant(1000))
        #expect(file.core.usage.storeLimitBytes == 100 << 30)
        #expect(file.core.usage.temporaryLimitBytes == 50 << 30)
        let words = ["logQuery", "percentOfJvmHeap", "amqp is not served", "shutdownHooks", "jetty.xml"]
        let warnings = text.warnings.filter { !$0.hasSuffix("it is not followed yet") }
        #expect(warnings.count == words.count, "\(warnings)")
        for (warning, word) in zip(warnings, words) { #expect(warning.contains(word), "\(warning)") }
    }

    @Test func propertiesOfTheFileStandForPlaceholders() throws {
        let bean = "<bean class='x.PropertyPlaceholderConfigurer'><property name='location' value='file:/p'/></bean>"
        let broker = "<broker brokerName='${who}'/>"
        let text = FileText("<beans>\(broker)\(bean)</beans>", properties: ["/p": "who = me"])
        #expect(try text.clean().brokerName == "me")
        let missing = FileText("<beans>\(bean)<broker brokerName='${who:nobody}'/></beans>")
        #expect(missing.file?.brokerName == "nobody")
        #expect(missing.warnings.first?.contains("/p cannot be read") == true)
    }

    @Test func prefixesAndSimpleElementsAndSpringPropertiesAreOtherWaysToSayIt() throws {
        let text = FileText(
            """
            <b:beans xmlns:b="http://www.springframework.org/schema/beans" xmlns:amq="http://activemq.apache.org/schema/core">
              <amq:broker persistent="true">
                <amq:brokerName> element </amq:brokerName>
                <b:property name="dataDirectory" value="/spring"/>
                <amq:destinations><amq:queue physicalName="Q"/></amq:destinations>
              </amq:broker>
            </b:beans>
            """)
        let file = try text.clean()
        #expect(file.brokerName == "element")
        #expect(file.store?.directory == "/spring")
        #expect(file.core.startupDestinations == [.queue("Q")])
    }

    // MARK: The broker's attributes

    @Test func attributesOfTheBrokerReachTheCore() throws {
        let file = try FileText(
            broker: "",
            attributes: """
                advisorySupport="false" useVirtualTopics="false" useMirroredQueues="true" deleteAllMessagesOnStartup="true"
                schedulePeriodForDestinationPurge="10000" maxPurgedDestinationsPerSweep="5"
                offlineDurableSubscriberTimeout="86400000" offlineDurableSubscriberTaskSchedule="3600000"
                rejectDurableConsumers="true" populateJMSXUserID="true" maxUncommittedCount="7"
                enableMessageExpirationOnActiveDurableSubs="true" schedulerSupport="false" maxSchedulerRepeatAllowed="5"
                """
        ).clean()
        #expect(!file.core.sendsAdvisories)
        #expect(!file.core.usesVirtualTopics)
        #expect(file.core.usesMirroredQueues)
        #expect(file.deletesAllMessagesOnStart)
        #expect(file.core.purgePeriodMs == 10_000)
        #expect(file.core.purgeLimit == 5)
        #expect(file.core.offlineSubscriberTimeoutMs == 86_400_000)
        #expect(file.core.offlineSubscriberCheckMs == 3_600_000)
        #expect(file.core.rejectsDurableConsumers)
        #expect(file.core.populatesUserID)
        #expect(file.core.maxUncommittedCount == 7)
        #expect(!file.core.schedulesMessages)
        #expect(file.core.maximumScheduleRepeats == 5)
        #expect(file.core.expiresOnActiveSubscriptions)
        #expect(file.effective.map(\.name).contains("maxUncommittedCount"))
        #expect(file.effective.allSatisfy { $0.origin.hasPrefix("line ") })
    }

    /// Everything at ActiveMQ's default, or as this broker does it anyway.
    @Test func whatMakesNoDifferenceIsNotWarnedOf() throws {
        let text = FileText(
            broker: "",
            attributes: """
                persistent="true" useJmx="false" useShutdownHook="false" start="true"
                restartAllowed="true" waitForSlave="false" enableStatistics="true" cacheTempDestinations="false"
                dedicatedTaskRunner="true" keepDurableSubsActive="true" systemExitOnShutdown="false" startAsync="false"
                """)
        #expect(try text.clean().store == nil)
    }

    @Test(arguments: [
        ("useJmx=\"true\"", "no JMX"), ("schedulerDirectory=\"x\"", "one store"),
        ("persistent=\"false\"", "all the same"),
        ("waitForSlave=\"true\"", "without waiting"), ("brokerId=\"x\"", "data directory"),
        ("useVirtualDestSubs=\"true\"", "not connected"), ("systemExitOnShutdownExitCode=\"3\"", "exit statuses"),
        ("brokerName=\"a b/c\"", "becomes a_b_c"), ("persistenceAdapter=\"#store\"", "not looked up"),
        ("systemUsage=\"#usage\"", "not looked up"),
    ])
    func whatHasNoEffectIsOneWarning(attribute: String, words: String) {
        let text = FileText(broker: "", attributes: attribute)
        #expect(text.errors == [])
        #expect(text.warnings.count == 1, "\(text.warnings)")
        #expect(text.warnings.first?.contains(words) == true, "\(text.warnings)")
        #expect(text.warnings.first?.hasPrefix("a.xml:1:9: warning: ") == true)
    }

    @Test(arguments: [
        ("<networkConnectors><networkConnector uri=\"static:(tcp://h:1)\"/></networkConnectors>", "not connected"),
        ("<sslContext><sslContext keyStore=\"k\" keyStorePassword=\"p\"/></sslContext>", "no TLS"),
        ("<managementContext><managementContext createConnector=\"true\"/></managementContext>", "no JMX"),
        ("<managementContext><managementContext/></managementContext>", "no JMX"),
        ("<ioExceptionHandler><defaultIOExceptionHandler/></ioExceptionHandler>", "hands over"),
        ("<plugins><loggingBrokerPlugin logAll=\"true\"/></plugins>", "not supported"),
        (
            "<plugins><simpleAuthenticationPlugin><users><authenticationUser username=\"a\" password=\"b\" groups=\"c\"/>"
                + "</users></simpleAuthenticationPlugin></plugins>", "whoever can connect"
        ),
        ("<plugins><runtimeConfigurationPlugin checkPeriod=\"1000\"/></plugins>", "next start"),
        ("<tempDataStore><pListStoreImpl/></tempDataStore>", "data directory"),
        (
            "<shutdownHooks><bean xmlns=\"http://www.springframework.org/schema/beans\" class=\"X\"/></shutdownHooks>",
            "Java"
        ),
        ("<other xmlns=\"urn:x\"/>", "none of ActiveMQ's"),
    ])
    func whatIsMissingIsOneWarning(part: String, words: String) {
        let text = FileText(broker: part)
        #expect(text.errors == [])
        #expect(text.warnings.count == 1, "\(text.warnings)")
        #expect(text.warnings.first?.contains(words) == true, "\(text.warnings)")
        #expect(text.warnings.first?.hasPrefix("a.xml:2:") == true)
    }
}
