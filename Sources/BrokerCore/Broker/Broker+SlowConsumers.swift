/// Consumers that do not keep up: noticed, told of, and cut off where their policy says so.
extension Broker {
    /// A consumer has no room for a message that is there.
    func noteSlow(_ consumer: Consumer) {
        guard !consumer.isSlow else { return }
        consumer.isSlow = true
        consumer.slowSinceMs = self.now.monotonicMs
        consumer.slowCount += 1
        if consumer.policy.advisesSlowConsumers { self.adviseSlow(consumer) }
    }

    /// Looks at the consumers whose policy asks for it. To be called about once a second.
    func checkSlowConsumers() {
        guard self.watchesSlowConsumers else { return }
        for consumer in self.consumers.values.sorted(by: { $0.number < $1.number }) {
            if case .browser = consumer.role { continue }
            let policy = consumer.policy
            guard policy.slowConsumers != nil || policy.advisesSlowConsumers else { continue }
            if self.isHeldUp(consumer) { self.noteSlow(consumer) } else { consumer.isSlow = false }
            guard let strategy = policy.slowConsumers else { continue }
            guard self.now.monotonicMs - consumer.checkedMs >= min(strategy.checkPeriodMs, strategy.maximumMs) else {
                continue
            }
            consumer.checkedMs = self.now.monotonicMs
            if let reason = self.reason(toAbort: consumer, strategy) { self.abort(consumer, strategy, reason) }
        }
    }

    /// Whether its window is full while messages wait.
    private func isHeldUp(_ consumer: Consumer) -> Bool {
        guard consumer.prefetch > 0, consumer.dispatched.count - consumer.released >= consumer.prefetch else {
            return false
        }
        switch consumer.role {
        case .queues: return consumer.queues.contains { !$0.backlog.isEmpty }
        case .topic(let backlog): return !backlog.isEmpty
        case .durable(let subscription): return !subscription.backlog.isEmpty
        case .browser: return false
        }
    }

    private func reason(toAbort consumer: Consumer, _ strategy: SlowConsumerPolicy) -> String? {
        switch strategy.measure {
        case .lastAcknowledgement(let maximum, let ignoresIdle):
            if ignoresIdle, consumer.dispatched.isEmpty { return nil }
            let silence = self.now.monotonicMs - consumer.lastAcknowledgedMs
            return maximum > 0 && silence >= maximum ? "it has acknowledged nothing for \(silence) ms" : nil
        case .fullWindow:
            if strategy.maxSlowCount > 0, consumer.slowCount > strategy.maxSlowCount {
                return "it was slow \(consumer.slowCount) times"
            }
            let duration = self.now.monotonicMs - consumer.slowSinceMs
            let isTooLong = consumer.isSlow && strategy.maxSlowMs > 0 && duration >= strategy.maxSlowMs
            return isTooLong ? "it has been slow for \(duration) ms" : nil
        }
    }

    /// Its messages go back at once, also where the client is dead; a living one is told to stop.
    private func abort(_ consumer: Consumer, _ strategy: SlowConsumerPolicy, _ reason: String) {
        let id = "\(consumer.id.connection):\(consumer.id.session):\(consumer.id.value)"
        if strategy.abortsConnection {
            self.events.append(.close(consumer.link, "consumer \(id) is cut off: \(reason)"))
            self.end(consumer.connection, lastDelivered: .unknown)
        } else {
            self.events.append(.stopConsumer(consumer.link, consumer.id))
            self.remove([consumer], lastDelivered: .unknown)
        }
    }
}

extension SlowConsumerPolicy {
    /// The time within which a slow consumer must be found.
    fileprivate var maximumMs: Int64 {
        switch self.measure {
        case .lastAcknowledgement(let maximum, _): max(maximum, 1)
        case .fullWindow: self.maxSlowMs > 0 ? self.maxSlowMs : .max
        }
    }
}
