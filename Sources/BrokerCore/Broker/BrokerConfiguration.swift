/// What an operator can set about the broker machine. Sizes are in bytes.
package struct BrokerConfiguration: Sendable {
    package var name: String
    /// Stable over restarts and the same for all brokers of a data directory: XA clients compare it.
    package var id: String
    /// The address clients are told in `BrokerInfo` and in advisories.
    package var url: String
    /// What one queue or subscription keeps in memory of its waiting messages before the store alone holds the rest.
    package var windowBytes = 4 << 20
    /// The window where all backlogs together hold more than `memoryLimit`.
    package var smallWindowBytes = 128 << 10
    /// Waiting messages in memory, all backlogs together. Beyond it windows shrink and producers to topics are held.
    package var memoryLimit = 64 << 20
    /// Bytes that may wait for the store before producers are held back.
    package var unstoredLimit = 16 << 20
    package var pageMessages = 500
    package var pageBytes = 1 << 20
    package var deadLetterQueue = "ActiveMQ.DLQ"
    /// How often waiting messages in memory are checked for expiry, in milliseconds.
    package var expiryPeriodMs: Int64 = 30_000
    /// Highest number of producers whose last sequence is remembered to recognise replays.
    package var rememberedProducers = 20_000

    package init(name: String, id: String, url: String) {
        self.name = name
        self.id = id
        self.url = url
    }
}
