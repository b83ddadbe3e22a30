import BrokerCore
import SQLite

/// Writes scheduled jobs into rows of the table `schedule`, a message's columns as in `message`, and when they are due
/// into the tables `schedule_recent` and `schedule_time`.
struct ScheduleWriter {
    private let database: Database
    private let statements: StoreStatements
    private var messages: MessageWriter
    private let timesAtOnce: Int64

    init(_ database: Database, _ statements: StoreStatements, timesAtOnce: Int64) {
        self.timesAtOnce = timesAtOnce
        self.database = database
        self.statements = statements
        self.messages = MessageWriter(statements.insertSchedule)
    }

    /// Carries out `change`, and follows in `catalog` how many jobs there are.
    ///
    /// - Parameter preparedID: of the transaction that hides what is inserted.
    mutating func apply(
        _ change: ScheduleChange, preparedID: Int64?, in catalog: inout StoreCatalog
    ) throws(SQLiteError) {
        switch change {
        case .insert(let job, _):
            try self.insert(job, preparedID)
            if preparedID == nil { try self.insertTime(job, &catalog) }
            catalog.schedules.add(ScheduleTotals(jobs: 1, bytes: Int64(MessageWriter.size(of: job.message))))
        case .reschedule(let job):
            try self.reschedule(job, &catalog)
        case .remove(let id, let jobID):
            try self.remove(id, jobID, &catalog)
        case .removeDue(let range):
            try self.remove(due: range, &catalog)
        }
    }

    /// Shows the jobs of a prepared transaction.
    func reveal(preparedID: Int64, in catalog: inout StoreCatalog) throws(SQLiteError) {
        let times = try self.database.prepare(
            StoreSQL.insertPreparedTimes, for: "noting when prepared messages are due")
        try times.bind(preparedID, at: 1)
        try times.run()
        catalog.recentTimes &+= self.database.changes
        let show = try self.database.prepare(StoreSQL.showPreparedSchedules, for: "showing prepared schedules")
        try show.bind(preparedID, at: 1)
        try show.run()
    }

    /// Sorts the recent times in where they have become many. To be called once at the end of a transaction.
    func finish(in catalog: inout StoreCatalog) throws(SQLiteError) {
        guard catalog.recentTimes >= self.timesAtOnce else { return }
        try self.database.prepare(StoreSQL.sortInRecentTimes, for: "sorting scheduled messages").run()
        try self.database.prepare(StoreSQL.deleteRecentTimes, for: "sorting scheduled messages").run()
        catalog.recentTimes = 0
    }

    // MARK: Rows

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

    private func reschedule(_ job: ScheduleRecord, _ catalog: inout StoreCatalog) throws(SQLiteError) {
        let old = self.statements.readScheduleDueTime
        var dueMs: Int64?
        try old.bind(job.id.rawValue, at: 1)
        try old.forEachRow { dueMs = old.integer(0) }
        guard let dueMs else { return }
        try self.removeTime(dueMs, job.id.rawValue, &catalog)
        let statement = self.statements.reschedule
        try statement.bind(job.id.rawValue, at: 1)
        try statement.bind(job.dueMs, at: 2)
        try statement.bind(Int64(job.repeatsLeft), at: 3)
        try statement.run()
        try self.insertTime(job, &catalog)
    }

    private func remove(
        _ id: ScheduleID, _ jobID: String, _ catalog: inout StoreCatalog
    ) throws(SQLiteError) {
        let statement = self.statements.deleteSchedule
        try statement.bind(id.rawValue, at: 1)
        try statement.bind(jobID, at: 2)
        var removed: (dueMs: Int64, bytes: Int64)?
        try statement.forEachRow { removed = (statement.integer(0), statement.integer(1)) }
        guard let removed else { return }
        catalog.schedules.add(ScheduleTotals(jobs: -1, bytes: -removed.bytes))
        try self.removeTime(removed.dueMs, id.rawValue, &catalog)
    }

    private func remove(due range: ClosedRange<Int64>, _ catalog: inout StoreCatalog) throws(SQLiteError) {
        func prepare(_ sql: StaticString) throws(SQLiteError) -> Statement {
            let statement = try self.database.prepare(sql, for: "deleting scheduled messages")
            try statement.bind(range.lowerBound, at: 1)
            try statement.bind(range.upperBound, at: 2)
            return statement
        }
        let count = try prepare(StoreSQL.countSchedulesDue)
        try count.forEachRow {
            catalog.schedules.add(ScheduleTotals(jobs: -count.integer(0), bytes: -count.integer(1)))
        }
        try prepare(StoreSQL.deleteSchedulesDue).run()
        try prepare(StoreSQL.deleteTimesDue).run()
        try prepare(StoreSQL.deleteRecentTimesDue).run()
        catalog.recentTimes &-= self.database.changes
    }

    // MARK: Times

    private func insertTime(_ job: ScheduleRecord, _ catalog: inout StoreCatalog) throws(SQLiteError) {
        let statement = self.statements.insertRecentTime
        try statement.bind(job.id.rawValue, at: 1)
        try statement.bind(job.dueMs, at: 2)
        try statement.run()
        catalog.recentTimes &+= 1
    }

    private func removeTime(_ dueMs: Int64, _ id: Int64, _ catalog: inout StoreCatalog) throws(SQLiteError) {
        try self.statements.deleteRecentTime.bind(id, at: 1)
        try self.statements.deleteRecentTime.run()
        guard self.database.changes == 0 else {
            catalog.recentTimes &-= 1
            return
        }
        try self.statements.deleteTime.bind(dueMs, at: 1)
        try self.statements.deleteTime.bind(id, at: 2)
        try self.statements.deleteTime.run()
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
