/// What a topic keeps for consumers that come later and ask for it (ActiveMQ: `subscriptionRecoveryPolicy`).
package enum SubscriptionRecovery: Sendable, Hashable {
    /// `noSubscriptionRecoveryPolicy`.
    case none
    /// `fixedSizedSubscriptionRecoveryPolicy`, `maximumSize` (65536): so many bytes of the newest messages.
    /// `useSharedBuffer` has no effect.
    case fixedSize(bytes: Int)
    /// `fixedCountSubscriptionRecoveryPolicy`, `maximumSize` (100).
    case fixedCount(Int)
    /// `timedSubscriptionRecoveryPolicy`, `recoverDuration` (60000).
    case timed(ms: Int64)
    /// `lastImageSubscriptionRecoveryPolicy`.
    case lastImage
    /// `queryBasedSubscriptionRecoveryPolicy` needs a query of the operator's own: keeps nothing.
    case query
    /// `retainedMessageSubscriptionRecoveryPolicy`: the last message sent with the property `ActiveMQ.Retain`, given
    /// to every new consumer, with the property `ActiveMQ.Retained`; what the wrapped policy keeps as well.
    indirect case retained(wrapping: SubscriptionRecovery)
}

/// How messages are spread over consumers (ActiveMQ: `dispatchPolicy`).
package enum DispatchPolicy: Sendable, Hashable {
    /// `roundRobinDispatchPolicy`.
    case roundRobin
    /// `simpleDispatchPolicy`: always from the first consumer on.
    case simple
    /// `strictOrderDispatchPolicy`: all consumers of a topic see its messages in the same order. Always so here.
    case strictOrder
    /// `priorityDispatchPolicy`: of a topic's consumers, those with the highest priority alone.
    case priority
    /// `priorityNetworkDispatchPolicy`: as ``priority``; a client that is connected directly comes before bridges.
    case priorityNetwork
    /// `clientIdFilterDispatchPolicy`, `ptpClientId` (`PTP_CLIENTID`): a message with that property goes to the
    /// consumers of the client id it names.
    case clientIDFilter(property: String)
}
