/// When a consumer that does not keep up is cut off (ActiveMQ: `slowConsumerStrategy`).
package struct SlowConsumerPolicy: Sendable, Hashable {
    package enum Measure: Sendable, Hashable {
        /// `abortSlowConsumerStrategy`: its window is full while messages wait.
        case fullWindow
        /// `abortSlowAckConsumerStrategy`, `maxTimeSinceLastAck` (30000): it does not acknowledge. With
        /// `ignoreIdleConsumers` (true) consumers that have nothing to acknowledge do not count.
        case lastAcknowledgement(maximumMs: Int64, ignoresIdle: Bool)
    }

    package var measure = Measure.fullWindow
    /// `checkPeriod`.
    package var checkPeriodMs: Int64 = 30_000
    /// `maxSlowDuration`: cut off when slow for so long; -1 never for that reason.
    package var maxSlowMs: Int64 = 30_000
    /// `maxSlowCount`: or when it became slow so often; -1 never for that reason.
    package var maxSlowCount = -1
    /// `abortConnection`: the whole connection; else the consumer alone is told to stop.
    package var abortsConnection = false
    /// `ignoreNetworkConsumers`.
    package var ignoresNetworkConsumers = true

    package init() {}
}
