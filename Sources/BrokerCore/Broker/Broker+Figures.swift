/// One destination as operators see it.
package struct DestinationFigures: Hashable, Sendable {
    package let destination: Destination
    /// Not finally acknowledged. For a topic: of the durable subscription that is furthest behind.
    package let messages: Int64
    package let consumers: Int
    package let producers: Int
    /// Since this broker started serving; 0 for topics, which keep no count.
    package let enqueued: Int64
    package let dequeued: Int64
}

extension Broker {
    /// Queues, and topics that clients made, without temporary ones and advisories: the `limit` deepest.
    package func figures(limit: Int) -> [DestinationFigures] {
        var figures = self.queues.values.filter { !$0.destination.isTemporary }.map { queue in
            DestinationFigures(
                destination: queue.destination, messages: queue.backlog.count, consumers: queue.members.count,
                producers: queue.producerCount, enqueued: queue.backlog.enqueued, dequeued: queue.backlog.dequeued)
        }
        for topic in self.topics.values where !topic.destination.isTemporary && !topic.destination.isAdvisory {
            figures.append(
                DestinationFigures(
                    destination: topic.destination,
                    messages: topic.subscriptions.map(\.backlog.count).max() ?? 0, consumers: topic.members.count,
                    producers: topic.producerCount, enqueued: 0, dequeued: 0))
        }
        figures.sort { ($1.messages, $0.destination.description) < ($0.messages, $1.destination.description) }
        return Array(figures.prefix(limit))
    }
}
