import Logging
import Synchronization

/// Where events go: at once to the log, and then, when this broker may write `lease.db`, into its history.
final class EventJournal: Sendable {
    /// What waits for a lease to be written to; a standby cannot write and may wait for months.
    private static let capacity = 64

    private let logger: Logger
    private let clock: any ElectionClock
    let meter: ElectionMeter
    /// Guards the events that wait, which the elector and its watch both add to.
    private let waiting = Mutex<[ElectionEvent]>([])

    init(logger: Logger, broker: BrokerIdentity, clock: any ElectionClock, meter: ElectionMeter = ElectionMeter()) {
        var logger = logger
        logger[metadataKey: "broker"] = "\(broker.name)"
        logger[metadataKey: "host"] = "\(broker.host)"
        logger[metadataKey: "pid"] = "\(broker.process.pid)"
        self.logger = logger
        self.clock = clock
        self.meter = meter
    }

    func record(_ event: ElectionEvent) {
        var event = event
        event.happenedAtMilliseconds = self.clock.wallMilliseconds()
        self.meter.count(event)
        self.logger.log(level: event.level, "\(event.text)", metadata: event.metadata)
        self.waiting.withLock { waiting in
            waiting.append(event)
            if waiting.count > Self.capacity { waiting.removeFirst(waiting.count - Self.capacity) }
        }
    }

    /// A line that is of no interest after the process.
    func say(_ level: Logger.Level, _ text: String, _ metadata: Logger.Metadata = [:]) {
        self.logger.log(level: level, "\(text)", metadata: metadata)
    }

    /// Hands over what waits to be written to the history.
    func takeWaiting() -> [ElectionEvent] {
        self.waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }

    /// Takes back what could not be written.
    func putBack(_ events: [ElectionEvent]) {
        guard !events.isEmpty else { return }
        self.waiting.withLock { $0 = Array((events + $0).suffix(Self.capacity)) }
    }
}
