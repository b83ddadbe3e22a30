import BrokerCore
import SQLite

/// Writes scheduled jobs into rows of the table `schedule`: a message's columns as in `message`, and when it is due.
struct ScheduleWriter {
    private let database: Database
    private let statements: StoreStatements
    private var messages: MessageWriter

    init(_ database: Database, _ statements: StoreStatements) {
        self.database = database
        self.statements = statements
        self.messages = MessageWriter(statements.insertSchedule)
    }

    /// - Parameter preparedID: of the transaction that hides what is inserted.
    mutating func apply(_ change: ScheduleChange, preparedID: Int64?) throws(SQLiteError) {
        switch change {
        case .insert(let job, _):
            try self.insert(job, preparedID)
        case .reschedule(let job):
            let statement = self.statements.reschedule
            try statement.bind(job.id.rawValue, at: 1)
            try statement.bind(job.dueMs, at: 2)
            try statement.bind(Int64(job.repeatsLeft), at: 3)
            try statement.run()
        case .remove(let id, let jobID):
            let statement = self.statements.deleteSchedule
            try statement.bind(id.rawValue, at: 1)
            try statement.bind(jobID, at: 2)
            try statement.run()
        case .removeDue(let range):
            let statement = try self.database.prepare(StoreSQL.deleteSchedulesDue, for: "deleting scheduled messages")
            try statement.bind(range.lowerBound, at: 1)
            try statement.bind(range.upperBound, at: 2)
            try statement.run()
        }
    }

    private mutating func insert(_ job: ScheduleRecord, _ preparedID: Int64?) throws(SQLiteError) {
        let destination = job.message.destination
        let statement = self.statements.insertSchedule
        try statement.bind(job.jobID, at: 21)
        try statement.bind(destination.kind.column, at: 22)
        try statement.bind(destination.name, at: 23)
        try statement.bind(job.dueMs, at: 24)
        try statement.bind(job.delayMs, at: 25)
        try statement.bind(job.periodMs, at: 26)
        try statement.bind(Int64(job.repeatsLeft), at: 27)
        try statement.bind(job.cron, at: 28)
        let row = StoreBatch.Insert(
            sequence: MessageSequence(job.id.rawValue), destination: DestinationID(0), message: job.message)
        try self.messages.write(row, preparedID: preparedID, home: destination)
    }
}

/// One row of ``StoreSQL/readSchedules``.
struct ScheduleRow {
    private let row: Statement
    private let message: MessageRow

    init(_ row: Statement) {
        self.row = row
        self.message = MessageRow(row)
    }

    static func bind(_ request: SchedulePageRequest, to statement: Statement) throws(SQLiteError) {
        try statement.bind(request.after.dueMs, at: 1)
        try statement.bind(request.after.id.rawValue, at: 2)
        try statement.bind(request.through, at: 3)
        try statement.bind(Int64(max(request.limit, 0)), at: 4)
    }

    func read() throws(MessageRow.Unreadable) -> ScheduleRecord {
        let id = ScheduleID(self.row.integer(0))
        guard let kind = Destination.Kind(column: self.row.text(20) ?? "") else {
            throw MessageRow.Unreadable(reason: "schedule \(id.rawValue) cannot be read: destination_kind")
        }
        let stored = try self.message.read(home: Destination(kind, self.row.text(21) ?? ""))
        return ScheduleRecord(
            id: id, jobID: self.row.text(19) ?? "", dueMs: self.row.integer(22), delayMs: self.row.integer(23),
            periodMs: self.row.integer(24), repeatsLeft: Int32(truncatingIfNeeded: self.row.integer(25)),
            cron: self.row.text(26), message: stored.message)
    }
}
