/// When, and how often, a message that a consumer gave up is tried again (ActiveMQ: `redeliveryPolicy`).
package struct RedeliveryPolicy: Sendable, Hashable {
    /// `maximumRedeliveries`; -1 for any number.
    package var maximumRedeliveries = 6
    /// `initialRedeliveryDelay`.
    package var initialDelayMs: Int64 = 1000
    /// `redeliveryDelay`: from the second time on. Also the first where ``initialDelayMs`` is 0.
    package var delayMs: Int64 = 1000
    /// `useExponentialBackOff`.
    package var isExponential = false
    /// `backOffMultiplier`.
    package var multiplier = 5.0
    /// `maximumRedeliveryDelay`; -1 for no limit. Applies to growing delays.
    package var maximumDelayMs: Int64 = -1
    /// `useCollisionAvoidance`.
    package var avoidsCollisions = false
    /// `collisionAvoidanceFactor`: the delay varies by so much of itself.
    package var collisionFactor = 0.15
    /// `preDispatchCheck`: for clients; the broker has no use for it.
    package var isCheckedBeforeDispatch = true

    package init() {}

    /// The delay before the redelivery that follows one after `previousMs`; 0 before the first. `chance` is a number
    /// of -1 to 1 that spreads collisions.
    package func delayMs(after previousMs: Int64, chance: Double) -> Int64 {
        var delay = Double(previousMs == 0 ? self.initialDelayMs : self.delayMs)
        if previousMs > 0, self.isExponential, self.multiplier > 1 {
            delay = Double(previousMs) * self.multiplier
            if self.maximumDelayMs != -1 { delay = min(delay, Double(self.maximumDelayMs)) }
        }
        // Ten years are for ever, and fit any clock.
        delay = min(delay, 315_360_000_000)
        if self.avoidsCollisions { delay += delay * self.collisionFactor * max(-1, min(1, chance)) }
        return delay > 0 ? Int64(min(delay, 631_000_000_000)) : 0
    }
}

/// Redelivery by the broker (ActiveMQ: `redeliveryPlugin`): what a client gave up waits, and is tried again from the
/// end of its queue, before it counts as dead.
package struct RedeliveryPlugin: Sendable {
    /// `redeliveryPolicyMap/redeliveryPolicyEntries`.
    package var policies = DestinationMap<RedeliveryPolicy>()
    /// `redeliveryPolicyMap/defaultEntry`: nil leaves other destinations without redelivery.
    package var defaultPolicy: RedeliveryPolicy?
    /// `fallbackToDeadLetter`: messages without a policy are dead at once, as without the plugin; else dropped.
    package var fallsBackToDeadLetters = true
    /// `sendToDlqIfMaxRetriesExceeded`; else they are dropped.
    package var buriesExhausted = true

    package init() {}

    package func policy(for destination: Destination) -> RedeliveryPolicy? {
        self.policies.value(for: destination) ?? self.defaultPolicy
    }
}
