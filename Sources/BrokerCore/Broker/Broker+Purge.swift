/// Destinations that nobody uses any more are removed, where their policy says so (ActiveMQ: `gcInactiveDestinations`).
extension Broker {
    func purgeInactive() {
        let period = self.configuration.purgePeriodMs
        guard period > 0, self.now.monotonicMs - self.lastPurgeMs >= period else { return }
        self.lastPurgeMs = self.now.monotonicMs
        var purged = 0
        let limit = self.configuration.purgeLimit > 0 ? self.configuration.purgeLimit : .max
        for queue in self.queues.values.sorted(by: { $0.destination.name < $1.destination.name }) {
            guard purged < limit else { return }
            let policy = queue.policy
            guard policy.isCollectedWhenInactive, queue.owner == nil else { continue }
            let isInactive = queue.isIdle && queue.producerCount == 0 && queue.backlog.count == 0
            guard queue.idleness.isOver(isInactive, queue.backlog.enqueued, self.now, policy) else { continue }
            self.queues[queue.destination] = nil
            self.destroy(queue)
            self.advise("Queue", .destinationRemoved(queue.destination, ConnectionID("")))
            purged += 1
        }
        for topic in self.topics.values.sorted(by: { $0.destination.name < $1.destination.name }) {
            guard purged < limit else { return }
            let policy = topic.policy
            guard policy.isCollectedWhenInactive, topic.owner == nil, !topic.destination.isAdvisory else { continue }
            let isInactive = topic.members.isEmpty && topic.subscriptions.isEmpty && topic.producerCount == 0
            guard topic.idleness.isOver(isInactive, topic.published, self.now, policy) else { continue }
            self.topics[topic.destination] = nil
            if let id = topic.id { self.writes.destroy(id) }
            self.advise("Topic", .destinationRemoved(topic.destination, ConnectionID("")))
            purged += 1
        }
    }
}

/// Since when a destination was found unused.
struct Idleness {
    private var sinceMs: Int64?
    private var traffic: Int64 = 0

    /// Notes how the destination was found; true once it was unused for as long as the policy says.
    mutating func isOver(_ isInactive: Bool, _ traffic: Int64, _ now: Instant, _ policy: PolicyEntry) -> Bool {
        guard isInactive, traffic == self.traffic, let since = self.sinceMs else {
            self.sinceMs = isInactive ? now.monotonicMs : nil
            self.traffic = traffic
            return isInactive && policy.inactiveBeforeCollectionMs <= 0
        }
        return now.monotonicMs - since >= policy.inactiveBeforeCollectionMs
    }
}
