/// One destination's figures, as the master publishes them in `lease.db` for people and for standbys.
package struct QueueSummary: Hashable, Sendable {
    package var destination: String
    /// `queue` or `topic`.
    package var kind: String
    package var messages: Int64
    package var consumers: Int64
    package var producers: Int64
    /// Since this master started serving.
    package var enqueued: Int64
    package var dequeued: Int64

    package init(
        destination: String, kind: String, messages: Int64, consumers: Int64, producers: Int64, enqueued: Int64,
        dequeued: Int64
    ) {
        self.destination = destination
        self.kind = kind
        self.messages = messages
        self.consumers = consumers
        self.producers = producers
        self.enqueued = enqueued
        self.dequeued = dequeued
    }
}
