import BrokerCore

extension Mapper {
    private static let count: ClosedRange<Int64> = 0...Int64(Int32.max)

    /// The parts of a policy entry.
    mutating func strategies(_ element: inout ConfiguredElement, _ entry: inout PolicyEntry) {
        if let strategy = self.only(element.elements("deadLetterStrategy"), in: "deadLetterStrategy") {
            entry.deadLetters = self.deadLetters(strategy)
        }
        if let strategy = self.only(element.elements("pendingMessageLimitStrategy"), in: "pendingMessageLimitStrategy")
        {
            entry.pendingLimit = self.pendingLimit(strategy)
        }
        if let strategy = self.only(element.elements("messageEvictionStrategy"), in: "messageEvictionStrategy") {
            entry.eviction = self.eviction(strategy)
        }
        if let strategy = self.only(element.elements("slowConsumerStrategy"), in: "slowConsumerStrategy") {
            entry.slowConsumers = self.slowConsumers(strategy)
        }
        if let policy = self.only(element.elements("subscriptionRecoveryPolicy"), in: "subscriptionRecoveryPolicy") {
            entry.recovery = self.recovery(policy)
        }
        if let policy = self.only(element.elements("dispatchPolicy"), in: "dispatchPolicy") {
            entry.dispatch = self.dispatchPolicy(policy)
        }
    }

    // MARK: Dead letters

    private mutating func deadLetters(_ written: ConfiguredElement) -> DeadLetterStrategy {
        var element = written
        var strategy = DeadLetterStrategy()
        switch element.name {
        case "individualDeadLetterStrategy": strategy.target = .individual(self.individual(&element))
        case "discarding":
            strategy.target = .discarding
            element.drop(["deadLetterQueue"])
        default:
            if let name = element.text("deadLetterQueue") {
                strategy.target = .shared(Destination(parsing: name.text, default: .queue))
            }
            if var queue = self.only(element.elements("deadLetterQueue"), in: "deadLetterQueue"),
                let destination = self.destination(&queue)
            {
                // That it is one, is said by its being here.
                queue.drop(["DLQ"])
                self.finish(queue)
                strategy.target = .shared(destination)
            }
        }
        self.read(&element, "processExpired", into: &strategy.processesExpired)
        self.read(&element, "processNonPersistent", into: &strategy.processesNonPersistent)
        self.read(&element, "expiration", into: &strategy.expirationMs, in: 0...Int64.max)
        self.read(&element, "enableAudit", into: &strategy.isAudited)
        self.read(&element, "maxProducersToAudit", into: &strategy.maxProducersToAudit, in: Self.count)
        self.read(&element, "maxAuditDepth", into: &strategy.maxAuditDepth, in: Self.count)
        self.finish(element)
        return strategy
    }

    private mutating func individual(_ element: inout ConfiguredElement) -> DeadLetterStrategy.Individual {
        var individual = DeadLetterStrategy.Individual()
        self.read(&element, "queuePrefix", into: &individual.queuePrefix)
        self.read(&element, "queueSuffix", into: &individual.queueSuffix)
        self.read(&element, "topicPrefix", into: &individual.topicPrefix)
        self.read(&element, "topicSuffix", into: &individual.topicSuffix)
        self.read(&element, "useQueueForQueueMessages", into: &individual.usesQueueForQueueMessages)
        self.read(&element, "useQueueForTopicMessages", into: &individual.usesQueueForTopicMessages)
        self.read(&element, "destinationPerDurableSubscriber", into: &individual.isPerDurableSubscriber)
        return individual
    }

    // MARK: Slow consumers

    private mutating func pendingLimit(_ written: ConfiguredElement) -> PendingMessageLimit {
        var element = written
        defer { self.finish(element) }
        if element.name == "prefetchRatePendingMessageLimitStrategy" {
            var multiplier = 0.5
            self.read(&element, "multiplier", into: &multiplier, atLeast: 0)
            return .prefetchRate(multiplier)
        }
        // Written without a limit, it limits nothing.
        var limit = -1
        self.read(&element, "limit", into: &limit, in: -1...Int64(Int32.max))
        return .constant(limit)
    }

    private mutating func eviction(_ written: ConfiguredElement) -> MessageEviction {
        var element = written
        var eviction = MessageEviction()
        switch element.name {
        case "oldestMessageWithLowestPriorityEvictionStrategy": eviction.order = .oldestWithLowestPriority
        case "uniquePropertyMessageEvictionStrategy":
            if let property = element.text("propertyName"), !property.text.isEmpty {
                eviction.order = .uniqueProperty(property.text)
            } else {
                self.diagnostics.error(element.position, "<\(element.name)> needs propertyName=\"...\"")
            }
        default: eviction.order = .oldest
        }
        self.read(
            &element, "evictExpiredMessagesHighWatermark", into: &eviction.expiredHighWatermark, in: Self.count)
        self.finish(element)
        return eviction
    }

    private mutating func slowConsumers(_ written: ConfiguredElement) -> SlowConsumerPolicy {
        var element = written
        var policy = SlowConsumerPolicy()
        if element.name == "abortSlowAckConsumerStrategy" {
            var maximumMs: Int64 = 30_000
            var ignoresIdle = true
            self.read(&element, "maxTimeSinceLastAck", into: &maximumMs, in: 1...Int64.max)
            self.read(&element, "ignoreIdleConsumers", into: &ignoresIdle)
            policy.measure = .lastAcknowledgement(maximumMs: maximumMs, ignoresIdle: ignoresIdle)
        }
        self.read(&element, "checkPeriod", into: &policy.checkPeriodMs, in: 1...Int64.max)
        self.read(&element, "maxSlowDuration", into: &policy.maxSlowMs, in: -1...Int64.max)
        self.read(&element, "maxSlowCount", into: &policy.maxSlowCount, in: -1...Int64.max)
        self.read(&element, "abortConnection", into: &policy.abortsConnection)
        self.read(&element, "ignoreNetworkConsumers", into: &policy.ignoresNetworkConsumers)
        self.finish(element)
        return policy
    }

    // MARK: Topics

    private mutating func recovery(_ written: ConfiguredElement) -> SubscriptionRecovery {
        var element = written
        defer { self.finish(element) }
        switch element.name {
        case "fixedSizedSubscriptionRecoveryPolicy":
            var bytes = 65_536
            self.read(&element, "maximumSize", into: &bytes, in: 1...Int64(Int32.max))
            element.drop(["useSharedBuffer"])
            return .fixedSize(bytes: bytes)
        case "fixedCountSubscriptionRecoveryPolicy":
            var count = 100
            self.read(&element, "maximumSize", into: &count, in: 1...Int64(Int32.max))
            return .fixedCount(count)
        case "timedSubscriptionRecoveryPolicy":
            var ms: Int64 = 60_000
            self.read(&element, "recoverDuration", into: &ms, in: 1...Int64.max)
            return .timed(ms: ms)
        case "lastImageSubscriptionRecoveryPolicy": return .lastImage
        case "queryBasedSubscriptionRecoveryPolicy":
            self.diagnostics.warning(
                element.position, "<\(element.name)> keeps nothing: Java objects cannot be loaded")
            element.drop(["query"])
            return .query
        case "retainedMessageSubscriptionRecoveryPolicy":
            let wrapped = self.only(element.elements("wrapped"), in: "wrapped")
            return .retained(wrapping: wrapped.map { self.recovery($0) } ?? .none)
        default: return .none
        }
    }

    private mutating func dispatchPolicy(_ written: ConfiguredElement) -> DispatchPolicy {
        var element = written
        defer { self.finish(element) }
        switch element.name {
        case "simpleDispatchPolicy": return .simple
        case "strictOrderDispatchPolicy": return .strictOrder
        case "priorityDispatchPolicy": return .priority
        case "priorityNetworkDispatchPolicy": return .priorityNetwork
        case "clientIdFilterDispatchPolicy":
            let property = element.text("ptpClientId")?.text ?? "PTP_CLIENTID"
            return .clientIDFilter(property: property)
        default: return .roundRobin
        }
    }
}
