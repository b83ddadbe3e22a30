import Logging
import Synchronization

/// Where events go: at once to the log, and then into the history in `lease.db`, by this broker's own hand while it is
/// master and by its beats to another master while it is not. Keeps as well which of them hold at the moment.
final class EventJournal: Sendable {
    /// What waits for a lease to be written to; there may be no master for months.
    private static let capacity = 64
    /// A beat has room for a few.
    private static let notesInABeat = 4

    private struct Waiting {
        /// Zero for an event of another broker.
        let number: Int64
        let entry: HistoryEntry
        /// The first beat that carried it.
        var publishedAt: Int64?
    }

    private struct State {
        var lastNumber: Int64 = 0
        var waiting: [Waiting] = []
        var alarms: [ElectionEvent] = []
    }

    private let logger: Logger
    private let broker: BrokerIdentity
    private let clock: any ElectionClock
    let meter: ElectionMeter
    /// Guards what waits and what holds: the elector and its watch both add to it.
    private let state = Mutex(State())

    init(logger: Logger, broker: BrokerIdentity, clock: any ElectionClock, meter: ElectionMeter = ElectionMeter()) {
        var logger = logger
        logger[metadataKey: "broker"] = "\(broker.name)"
        logger[metadataKey: "host"] = "\(broker.host)"
        logger[metadataKey: "pid"] = "\(broker.process.pid)"
        self.logger = logger
        self.broker = broker
        self.clock = clock
        self.meter = meter
        // Nothing of an earlier candidacy holds any more.
        meter.hold(alarms: [])
    }

    func record(_ event: ElectionEvent) { _ = self.recorded(event) }

    /// Records the event, and keeps it as true until it is cleared.
    func raise(_ event: ElectionEvent) {
        let recorded = self.recorded(event)
        self.state.withLock { state in
            state.alarms.removeAll { $0.name == event.name }
            state.alarms.append(recorded)
            self.meter.hold(alarms: state.alarms.map(\.name.rawValue))
        }
    }

    /// What the event said is over.
    func clear(_ name: ElectionEvent.Name) {
        self.state.withLock { state in
            state.alarms.removeAll { $0.name == name }
            self.meter.hold(alarms: state.alarms.map(\.name.rawValue))
        }
    }

    /// What holds at the moment, oldest first.
    var alarms: [ElectionEvent] { self.state.withLock { $0.alarms } }

    /// A line that is of no interest after the process.
    func say(_ level: Logger.Level, _ text: String, _ metadata: Logger.Metadata = [:]) {
        self.logger.log(level: level, "\(text)", metadata: metadata)
    }

    private func recorded(_ event: ElectionEvent) -> ElectionEvent {
        var event = event
        event.happenedAtMilliseconds = self.clock.wallMilliseconds()
        self.meter.count(event)
        self.logger.log(level: event.level, "\(event.text)", metadata: event.metadata)
        let entry = HistoryEntry(event, by: self.broker)
        self.state.withLock { state in
            state.lastNumber += 1
            state.waiting.append(Waiting(number: state.lastNumber, entry: entry))
            state.waiting.removeFirst(max(0, state.waiting.count - Self.capacity))
        }
        return event
    }

    // MARK: On the way to the history

    /// The oldest events that wait, for the beat with this counter to carry.
    func notes(forBeat counter: Int64) -> [BeatNote] {
        self.state.withLock { state in
            var notes: [BeatNote] = []
            for index in state.waiting.indices where state.waiting[index].number > 0 {
                guard notes.count < Self.notesInABeat else { break }
                notes.append(BeatNote(number: state.waiting[index].number, entry: state.waiting[index].entry))
                if state.waiting[index].publishedAt == nil { state.waiting[index].publishedAt = counter }
            }
            return notes
        }
    }

    /// A master has seen our beat with this counter, and with it wrote down what it carried.
    func delivered(throughBeat counter: Int64) {
        self.state.withLock { state in
            state.waiting.removeAll { waiting in waiting.publishedAt.map { $0 <= counter } ?? false }
        }
    }

    /// An event of another broker, for this master to write.
    func take(_ entry: HistoryEntry) {
        self.state.withLock { state in
            state.waiting.append(Waiting(number: 0, entry: entry))
            state.waiting.removeFirst(max(0, state.waiting.count - Self.capacity))
        }
    }

    /// Runs `put` with what waits for the history, and forgets it if that says it is written.
    func handOver(_ put: ([HistoryEntry]) -> Bool) {
        let taken = self.state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        guard !put(taken.map(\.entry)) else { return }
        self.state.withLock { $0.waiting = Array((taken + $0.waiting).suffix(Self.capacity)) }
    }
}
