import Election
package import SQLiteStore

/// What `lockkeeper schedule` does: looks at the store, and asks the master.
package enum ScheduleDesk {
    package enum Removal: Sendable {
        case jobs([String])
        /// All whose next time lies in the range, in Unix milliseconds.
        case due(ClosedRange<Int64>)
    }

    /// Reads what is due next, beside a master or without one.
    package static func report(_ directory: DataDirectory, limit: Int) throws(StartError) -> ScheduleReport {
        do throws(StoreInspectionError) {
            return try StoreInspector.schedules(onDirectory: directory.path, limit: limit)
        } catch {
            throw StartError(error)
        }
    }

    /// Has the master remove jobs, and returns once that is durable.
    ///
    /// - Throws: a line for the operator where nobody serves, or the master does not answer in time.
    package static func remove(
        _ removal: Removal, _ directory: DataDirectory, waitMs: Int64
    ) throws(StartError) {
        let requests: [OperatorRequest] =
            switch removal {
            case .jobs(let jobIDs): jobIDs.map { .removeSchedule($0) }
            case .due(let range): [.removeSchedules(range)]
            }
        let asker = RequestAsker(directory: directory, subject: "the schedules", look: "lockkeeper schedule list")
        _ = try asker.ask(requests, waitMs: waitMs)
    }
}
