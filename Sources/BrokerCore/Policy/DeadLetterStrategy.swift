/// What becomes of messages that cannot be delivered (ActiveMQ: `deadLetterStrategy` and its three implementations).
package struct DeadLetterStrategy: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
        /// `sharedDeadLetterStrategy`. Attribute or element `deadLetterQueue`.
        case shared(Destination)
        /// `individualDeadLetterStrategy`.
        case individual(Individual)
        /// `discarding`: they are gone. `discardingDLQBrokerPlugin` sets it for all.
        case discarding
    }

    /// One dead letter destination per destination.
    package struct Individual: Sendable, Hashable {
        /// `queuePrefix`.
        package var queuePrefix = "ActiveMQ.DLQ.Queue."
        /// `queueSuffix`.
        package var queueSuffix = ""
        /// `topicPrefix`.
        package var topicPrefix = "ActiveMQ.DLQ.Topic."
        /// `topicSuffix`.
        package var topicSuffix = ""
        /// `useQueueForQueueMessages`: false for a dead letter topic.
        package var usesQueueForQueueMessages = true
        /// `useQueueForTopicMessages`: false for a dead letter topic.
        package var usesQueueForTopicMessages = true
        /// `destinationPerDurableSubscriber`: the name ends with client id and subscription name.
        package var isPerDurableSubscriber = false

        package init() {}

        /// Where a dead message of `destination` goes; `subscriber` is `clientID:subscriptionName`.
        package func destination(for destination: Destination, subscriber: String?) -> Destination {
            var name = destination.name
            if self.isPerDurableSubscriber, let subscriber { name += "." + subscriber }
            if destination.isQueue {
                let text = self.queuePrefix + name + self.queueSuffix
                return self.usesQueueForQueueMessages ? .queue(text) : .topic(text)
            }
            let text = self.topicPrefix + name + self.topicSuffix
            return self.usesQueueForTopicMessages ? .queue(text) : .topic(text)
        }
    }

    package var target = Target.shared(.queue("ActiveMQ.DLQ"))
    /// `processExpired`: expired messages count as dead.
    package var processesExpired = true
    /// `processNonPersistent`: non-persistent ones too. They stay non-persistent.
    package var processesNonPersistent = false
    /// `expiration`: a dead letter lives so many milliseconds; 0 for ever.
    package var expirationMs: Int64 = 0
    /// `enableAudit`: the same message does not go there twice.
    package var isAudited = true
    /// `maxProducersToAudit` of the strategy.
    package var maxProducersToAudit = 64
    /// `maxAuditDepth` of the strategy.
    package var maxAuditDepth = 10_000

    package init() {}

    package init(_ target: Target) { self.target = target }
}
