import BrokerCore

extension Mapper {
    private static let count: ClosedRange<Int64> = 0...Int64(Int32.max)
    private static let time: ClosedRange<Int64> = 0...Int64.max

    /// `destinationPolicy/policyMap`.
    mutating func policies(_ broker: inout ConfiguredElement) {
        guard var map = self.only(broker.elements("destinationPolicy"), in: "destinationPolicy") else { return }
        var lines: [Destination: Int] = [:]
        for element in map.elements("policyEntries") {
            var element = element
            guard let destination = self.destinationOfPolicy(&element) else { continue }
            for name in destination.elements {
                if let line = lines[name] {
                    self.diagnostics.warning(
                        element.position, "this <policyEntry> for \(name) replaces the one of line \(line)")
                }
                lines[name] = element.position.line
            }
            let entry = self.policy(element, for: destination.description)
            self.file.core.policies.entries.set(entry, for: destination)
        }
        if var element = self.only(map.elements("defaultEntry"), in: "defaultEntry") {
            element.drop(["queue", "topic", "tempQueue", "tempTopic", "destination"])
            self.file.core.policies.defaultEntry = self.policy(element, for: "all others")
        }
        self.finish(map)
    }

    /// What an entry is for: one of its attributes `queue`, `topic`, `tempQueue` and `tempTopic`, or a `destination`.
    private mutating func destinationOfPolicy(_ element: inout ConfiguredElement) -> Destination? {
        var found: [Destination] = []
        if let queue = element.text("queue") { found.append(.queue(queue.text)) }
        if let topic = element.text("topic") { found.append(.topic(topic.text)) }
        if element.boolean("tempQueue") == true { found.append(Destination(.temporaryQueue, ">")) }
        if element.boolean("tempTopic") == true { found.append(Destination(.temporaryTopic, ">")) }
        if var inner = self.only(element.elements("destination"), in: "destination"),
            let destination = self.destination(&inner)
        {
            found.append(destination)
        }
        guard let first = found.first, !first.name.isEmpty else {
            self.diagnostics.error(
                element.position, "<policyEntry> needs queue=\"...\" or topic=\"...\", or tempQueue or tempTopic")
            return nil
        }
        if found.count > 1 {
            self.diagnostics.error(
                element.position,
                "<policyEntry> is for \(found.map(\.description).joined(separator: " and for ")): it can be for one only"
            )
        }
        return first
    }

    private mutating func policy(_ written: ConfiguredElement, for name: String) -> PolicyEntry {
        var element = written
        var entry = PolicyEntry()
        self.producers(&element, &entry)
        self.dispatch(&element, &entry)
        self.expiry(&element, &entry)
        self.life(&element, &entry)
        self.advisories(&element, &entry)
        self.accepted(&element, &entry)
        self.strategies(&element, &entry)
        self.finish(element)
        self.effective("policy \(name)", Self.summary(written, without: element), written.position)
        return entry
    }

    /// What has effect of an entry, as it is written.
    private static func summary(_ written: ConfiguredElement, without rest: ConfiguredElement) -> String {
        var words: [String] = []
        for (name, value) in written.attributes.sorted(by: { $0.key < $1.key })
        where rest.attributes[name] == nil && !["queue", "topic", "tempQueue", "tempTopic"].contains(name) {
            words.append("\(name)=\(value.text)")
        }
        for (name, part) in written.parts.sorted(by: { $0.key < $1.key }) where rest.parts[name] == nil {
            for element in part.elements where element.name != "queue" && element.name != "topic" {
                let attributes = element.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" }
                words.append(
                    attributes.isEmpty ? element.name : "\(element.name)(\(attributes.joined(separator: ", ")))")
            }
        }
        return words.isEmpty ? "defaults" : words.joined(separator: ", ")
    }

    // MARK: Attributes

    private mutating func producers(_ element: inout ConfiguredElement, _ entry: inout PolicyEntry) {
        self.read(&element, "producerFlowControl", into: &entry.isFlowControlled)
        self.read(&element, "memoryLimit", into: &entry.memoryLimitBytes, in: Self.time)
        self.read(&element, "sendFailIfNoSpace", into: &entry.failsSendIfNoSpace)
        self.read(&element, "sendFailIfNoSpaceAfterTimeout", into: &entry.failsSendAfterMs, in: Self.time)
        self.read(&element, "blockedProducerWarningInterval", into: &entry.blockedProducerWarningMs, in: Self.time)
        self.read(&element, "minimumMessageSize", into: &entry.minimumMessageSizeBytes, in: Self.time)
        self.read(&element, "cursorMemoryHighWaterMark", into: &entry.cursorMemoryHighWaterMarkPercent, in: 1...100)
        self.read(&element, "storeUsageHighWaterMark", into: &entry.storeUsageHighWaterMarkPercent, in: 1...100)
    }

    private mutating func dispatch(_ element: inout ConfiguredElement, _ entry: inout PolicyEntry) {
        self.read(&element, "prioritizedMessages", into: &entry.isPrioritized)
        self.read(&element, "maxPageSize", into: &entry.maxPageSize, in: 1...Int64(Int32.max))
        self.read(&element, "maxBrowsePageSize", into: &entry.maxBrowsePageSize, in: 1...Int64(Int32.max))
        self.read(&element, "queuePrefetch", into: &entry.queuePrefetch, in: Self.count)
        self.read(&element, "queueBrowserPrefetch", into: &entry.queueBrowserPrefetch, in: Self.count)
        self.read(&element, "topicPrefetch", into: &entry.topicPrefetch, in: Self.count)
        self.read(&element, "durableTopicPrefetch", into: &entry.durableTopicPrefetch, in: Self.count)
        self.read(&element, "usePrefetchExtension", into: &entry.usesPrefetchExtension)
        self.read(&element, "useConsumerPriority", into: &entry.usesConsumerPriority)
        self.read(&element, "strictOrderDispatch", into: &entry.isStrictlyOrdered)
        self.read(&element, "allConsumersExclusiveByDefault", into: &entry.makesConsumersExclusive)
        self.read(&element, "lazyDispatch", into: &entry.isLazy)
        self.read(&element, "timeBeforeDispatchStarts", into: &entry.dispatchDelayMs, in: Self.time)
        self.read(&element, "consumersBeforeDispatchStarts", into: &entry.consumersBeforeDispatch, in: Self.count)
        guard let type = element.text("messageGroupMapFactoryType") else { return }
        let name = type.text.split(separator: "?").first.map { $0.lowercased() } ?? ""
        if ["cached", "simple", "bucket"].contains(name) {
            entry.messageGroupMap = name
        } else {
            self.diagnostics.error(
                type.position, "messageGroupMapFactoryType=\"\(type.text)\" is none of cached, simple and bucket")
        }
    }

    private mutating func expiry(_ element: inout ConfiguredElement, _ entry: inout PolicyEntry) {
        self.read(&element, "expireMessagesPeriod", into: &entry.expiryPeriodMs, in: Self.time)
        self.read(&element, "maxExpirePageSize", into: &entry.maxExpirePageSize, in: 1...Int64(Int32.max))
        self.read(&element, "persistJMSRedelivered", into: &entry.persistsRedelivered)
        self.read(&element, "sendDuplicateFromStoreToDLQ", into: &entry.sendsStoreDuplicatesToDeadLetters)
        self.read(&element, "enableAudit", into: &entry.isAudited)
        self.read(&element, "maxProducersToAudit", into: &entry.maxProducersToAudit, in: Self.count)
        self.read(&element, "maxAuditDepth", into: &entry.maxAuditDepth, in: Self.count)
        self.read(&element, "alwaysRetroactive", into: &entry.isAlwaysRetroactive)
    }

    private mutating func life(_ element: inout ConfiguredElement, _ entry: inout PolicyEntry) {
        self.read(&element, "gcInactiveDestinations", into: &entry.isCollectedWhenInactive)
        self.read(&element, "inactiveTimoutBeforeGC", into: &entry.inactiveBeforeCollectionMs, in: Self.time)
        self.read(&element, "inactiveTimeoutBeforeGC", into: &entry.inactiveBeforeCollectionMs, in: Self.time)
        self.read(&element, "gcWithNetworkConsumers", into: &entry.isCollectedWithNetworkConsumers)
        self.read(&element, "maxDestinations", into: &entry.maxDestinations, in: -1...Int64(Int32.max))
        self.read(&element, "allowTempDestinationStealing", into: &entry.allowsTemporaryStealing)
    }

    private mutating func advisories(_ element: inout ConfiguredElement, _ entry: inout PolicyEntry) {
        self.read(&element, "sendAdvisoryIfNoConsumers", into: &entry.advisesNoConsumers)
        self.read(&element, "advisoryForConsumed", into: &entry.advisesConsumed)
        self.read(&element, "advisoryForDelivery", into: &entry.advisesDelivered)
        self.read(&element, "advisoryForDispatched", into: &entry.advisesDispatched)
        self.read(&element, "advisoryForDiscardingMessages", into: &entry.advisesDiscarded)
        self.read(&element, "advisoryForSlowConsumers", into: &entry.advisesSlowConsumers)
        self.read(&element, "advisoryForFastProducers", into: &entry.advisesFastProducers)
        self.read(&element, "advisoryWhenFull", into: &entry.advisesFull)
        self.read(&element, "includeBodyForAdvisory", into: &entry.includesBodyInAdvisories)
    }

    private mutating func accepted(_ element: inout ConfiguredElement, _ entry: inout PolicyEntry) {
        self.read(&element, "useCache", into: &entry.usesCache)
        self.read(&element, "optimizedDispatch", into: &entry.isOptimized)
        self.read(&element, "reduceMemoryFootprint", into: &entry.reducesMemoryFootprint)
        self.read(&element, "optimizeMessageStoreInFlightLimit", into: &entry.optimizedInFlightLimit, in: Self.count)
        self.read(&element, "doOptimzeMessageStorage", into: &entry.optimizesMessageStorage)
        self.read(&element, "advancedMessageStatisticsEnabled", into: &entry.hasAdvancedStatistics)
    }
}
