import SQLite

/// What goes into one transaction with a renewal, for people.
struct LeaseNotes {
    var events: [HistoryEntry] = []
    /// Beats seen, this broker's own among them.
    var brokers: [BeatRecord] = []
    /// Nil: leave the summary as it is.
    var queues: [QueueSummary]?
}

/// Writes ``LeaseNotes`` on one connection.
final class LeaseNoteWriter {
    private struct QueueKey: Hashable {
        let kind: String
        let destination: String
    }

    private let seeBroker: Statement
    private let addEvent: Statement
    private let pruneEvents: Statement
    private let putQueue: Statement
    private let dropQueue: Statement
    /// What `queue_summary` holds, so that only changes are written; nil: not known.
    private var queues: [QueueKey: QueueSummary]?

    init(_ database: Database) throws(SQLiteError) {
        self.seeBroker = try database.prepare(LeaseStatements.seeBroker, for: "noting a broker")
        self.addEvent = try database.prepare(LeaseStatements.addEvent, for: "adding to the history")
        self.pruneEvents = try database.prepare(LeaseStatements.pruneEvents, for: "shortening the history")
        self.putQueue = try database.prepare(LeaseStatements.putQueue, for: "refreshing the queue summary")
        self.dropQueue = try database.prepare(LeaseStatements.dropQueue, for: "refreshing the queue summary")
    }

    /// The transaction of the last ``write(_:in:at:)`` was rolled back: nothing is known of the table any more.
    func forgetQueues() { self.queues = nil }

    func write(_ notes: LeaseNotes, in database: Database, at wallMilliseconds: Int64) throws(SQLiteError) {
        for event in notes.events { try self.addEvent.run(adding: event) }
        if !notes.events.isEmpty { try self.pruneEvents.run() }
        for beat in notes.brokers { try self.note(beat, at: wallMilliseconds) }
        if let queues = notes.queues { try self.refresh(queues, in: database, at: wallMilliseconds) }
    }

    private func note(_ beat: BeatRecord, at wallMilliseconds: Int64) throws(SQLiteError) {
        let broker = beat.broker
        let texts = [broker.name, broker.instance.description, broker.host, broker.process.bootID]
        for (index, text) in texts.enumerated() { try self.seeBroker.bind(text, at: Int32(index + 1)) }
        try self.seeBroker.bind(Int64(broker.process.pid), at: 5)
        try self.seeBroker.bind(beat.state.rawValue, at: 6)
        try self.seeBroker.bind(beat.epoch.rawValue, at: 7)
        try self.seeBroker.bind(beat.counter, at: 8)
        try self.seeBroker.bind(wallMilliseconds, at: 9)
        try self.seeBroker.run()
    }

    private func refresh(
        _ queues: [QueueSummary], in database: Database, at wallMilliseconds: Int64
    ) throws(SQLiteError) {
        if self.queues == nil {
            try database.prepare(LeaseStatements.dropQueues, for: "emptying the queue summary").run()
        }
        var gone = self.queues ?? [:]
        var present: [QueueKey: QueueSummary] = [:]
        for queue in queues {
            let key = QueueKey(kind: queue.kind, destination: queue.destination)
            present[key] = queue
            if gone.removeValue(forKey: key) == queue { continue }
            try self.putQueue.bind(queue.destination, at: 1)
            try self.putQueue.bind(queue.kind, at: 2)
            let numbers = [queue.messages, queue.consumers, queue.producers, queue.enqueued, queue.dequeued]
            for (index, number) in numbers.enumerated() { try self.putQueue.bind(number, at: Int32(index + 3)) }
            try self.putQueue.bind(wallMilliseconds, at: 8)
            try self.putQueue.run()
        }
        for key in gone.keys {
            try self.dropQueue.bind(key.destination, at: 1)
            try self.dropQueue.bind(key.kind, at: 2)
            try self.dropQueue.run()
        }
        self.queues = present
    }
}

extension Statement {
    /// Runs ``LeaseStatements/addEvent``.
    func run(adding entry: HistoryEntry) throws(SQLiteError) {
        try self.bind(entry.happenedAtMilliseconds, at: 1)
        try self.bind(entry.event, at: 2)
        try self.bind(entry.epoch.rawValue, at: 3)
        try self.bind(entry.broker, at: 4)
        try self.bind(entry.host, at: 5)
        try self.bind(entry.pid, at: 6)
        try self.bind(entry.otherBroker, at: 7)
        try self.bind(entry.otherHost, at: 8)
        try self.bind(entry.otherPID, at: 9)
        try self.bind(entry.otherEpoch, at: 10)
        try self.bind(entry.durationMilliseconds, at: 11)
        try self.bind(entry.detail, at: 12)
        try self.run()
    }
}
