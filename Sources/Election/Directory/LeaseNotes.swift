import SQLite

/// What goes into one transaction with a renewal, for people.
struct LeaseNotes {
    var events: [HistoryEntry] = []
    /// Beats seen, this broker's own among them.
    var brokers: [BeatRecord] = []
    /// What holds at the moment, for every broker whose beats are in `brokers`.
    var alarms: [AlarmNote] = []
    /// Nil: leave the summary as it is.
    var queues: [QueueSummary]?
}

/// One row of `alarm`.
struct AlarmNote: Hashable, Sendable {
    var event: String
    var broker: String
    var sinceMilliseconds: Int64
    var otherBroker: String?
    var detail = ""
    var remedy = ""

    init(_ event: ElectionEvent, of broker: String) {
        self.event = event.name.rawValue
        self.broker = broker
        self.sinceMilliseconds = event.happenedAtMilliseconds
        self.otherBroker = event.other?.broker
        self.detail = event.text
        self.remedy = event.remedy ?? ""
    }

    /// An alarm of which a beat carries the name alone. Its words come with the event.
    init(named event: String, of broker: String, seenAt wallMilliseconds: Int64) {
        self.event = event
        self.broker = broker
        self.sinceMilliseconds = wallMilliseconds
    }

    fileprivate struct Key: Hashable {
        let event: String
        let broker: String
    }

    fileprivate var key: Key { Key(event: self.event, broker: self.broker) }
}

/// Writes ``LeaseNotes`` on one connection.
final class LeaseNoteWriter {
    private struct QueueKey: Hashable {
        let kind: String
        let destination: String
    }

    /// The master that writes: the standbys' probes are of its locks.
    private let holder: String?
    private let seeBroker: Statement
    private let addEvent: Statement
    private let pruneEvents: Statement
    private let putQueue: Statement
    private let dropQueue: Statement
    private let putProbe: Statement
    private let putAlarm: Statement
    private let dropAlarm: Statement
    /// What `alarm` holds; nil: not known.
    private var alarms: Set<AlarmNote.Key>?
    /// What `queue_summary` holds, so that only changes are written; nil: not known.
    private var queues: [QueueKey: QueueSummary]?

    init(_ database: Database, holder: String? = nil) throws(SQLiteError) {
        self.holder = holder
        self.seeBroker = try database.prepare(LeaseStatements.seeBroker, for: "noting a broker")
        self.addEvent = try database.prepare(LeaseStatements.addEvent, for: "adding to the history")
        self.pruneEvents = try database.prepare(LeaseStatements.pruneEvents, for: "shortening the history")
        self.putQueue = try database.prepare(LeaseStatements.putQueue, for: "refreshing the queue summary")
        self.dropQueue = try database.prepare(LeaseStatements.dropQueue, for: "refreshing the queue summary")
        self.putProbe = try database.prepare(LeaseStatements.putProbe, for: "noting what the locks answered")
        self.putAlarm = try database.prepare(LeaseStatements.putAlarm, for: "noting an alarm")
        self.dropAlarm = try database.prepare(LeaseStatements.dropAlarm, for: "ending an alarm")
    }

    /// The transaction of the last ``write(_:in:at:)`` was rolled back: nothing is known of the tables any more.
    func forget() {
        self.queues = nil
        self.alarms = nil
    }

    func write(_ notes: LeaseNotes, in database: Database, at wallMilliseconds: Int64) throws(SQLiteError) {
        for event in notes.events { try self.addEvent.run(adding: event) }
        if !notes.events.isEmpty { try self.pruneEvents.run() }
        for beat in notes.brokers { try self.note(beat, at: wallMilliseconds) }
        if !notes.brokers.isEmpty { try self.refresh(notes.alarms, in: database) }
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
        try self.seeBroker.bind(beat.alarms.joined(separator: ","), at: 10)
        try self.seeBroker.bind(beat.lockView, at: 11)
        try self.seeBroker.run()
        guard let holder = self.holder, holder != broker.name, let matrix = LockMatrix(parsing: beat.lockView) else {
            return
        }
        try self.note(matrix, of: holder, by: broker.name, at: wallMilliseconds)
    }

    /// What `broker` found of `holder`'s locks.
    private func note(_ matrix: LockMatrix, of holder: String, by broker: String, at wallMilliseconds: Int64)
        throws(SQLiteError)
    {
        for kind in LockMatrix.Kind.allCases where matrix[kind] != .notTried {
            try self.putProbe.bind(broker, at: 1)
            try self.putProbe.bind(holder, at: 2)
            try self.putProbe.bind(kind.rawValue, at: 3)
            try self.putProbe.bind(matrix[kind].word, at: 4)
            try self.putProbe.bind(wallMilliseconds, at: 5)
            try self.putProbe.run()
        }
    }

    private func refresh(_ alarms: [AlarmNote], in database: Database) throws(SQLiteError) {
        var gone: Set<AlarmNote.Key>
        if let known = self.alarms {
            gone = known
        } else {
            gone = []
            let select = try database.prepare(LeaseStatements.selectAlarms, for: "reading the alarms")
            try select.forEachRow { () throws(SQLiteError) in
                gone.insert(AlarmNote.Key(event: select.text(0) ?? "", broker: select.text(1) ?? ""))
            }
        }
        let known = gone
        for alarm in alarms {
            gone.remove(alarm.key)
            if self.alarms != nil, known.contains(alarm.key) { continue }
            try self.putAlarm.bind(alarm.event, at: 1)
            try self.putAlarm.bind(alarm.broker, at: 2)
            try self.putAlarm.bind(alarm.sinceMilliseconds, at: 3)
            try self.putAlarm.bind(alarm.otherBroker, at: 4)
            try self.putAlarm.bind(alarm.detail, at: 5)
            try self.putAlarm.bind(alarm.remedy, at: 6)
            try self.putAlarm.run()
        }
        for key in gone {
            try self.dropAlarm.bind(key.event, at: 1)
            try self.dropAlarm.bind(key.broker, at: 2)
            try self.dropAlarm.run()
        }
        self.alarms = Set(alarms.map(\.key))
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
