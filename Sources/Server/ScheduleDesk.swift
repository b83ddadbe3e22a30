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
            let status: ExitStatus =
                switch error {
                case .missing: .noInput
                case .locked, .needsRecovery, .outdated: .temporaryFailure
                case .notReadable: .noPermission
                case .schema: .configuration
                case .corrupt, .io: .io
                }
            throw StartError(status, error.description)
        }
    }

    /// Has the master remove jobs, and returns once that is durable.
    ///
    /// - Throws: a line for the operator where nobody serves, or the master does not answer in time.
    package static func remove(
        _ removal: Removal, _ directory: DataDirectory, waitMs: Int64
    ) throws(StartError) {
        guard try StatusReport.read(directory).hasMaster else {
            throw StartError(
                .unavailable, "no master serves \(directory.path): start a broker, it alone may change the schedules")
        }
        let requests: [OperatorRequest] =
            switch removal {
            case .jobs(let jobIDs): jobIDs.map { .removeSchedule($0) }
            case .due(let range): [.removeSchedules(range)]
            }
        let files = RequestFiles(directory: directory.path)
        let start = SystemClock.monotonicMs()
        let name = RequestFiles.name(atMs: SystemClock.wallMs())
        do throws(SystemFailure) {
            try files.ask(requests, name: name)
        } catch {
            throw StartError(
                .noPermission,
                "cannot write into \(directory.path)/\(RequestFiles.folder): \(error); run this as the user of the "
                    + "broker")
        }
        while true {
            if let answer = files.takeAnswer(name) {
                if answer == "done" { return }
                throw StartError(.software, "the master says: \(answer)")
            }
            guard SystemClock.monotonicMs() - start < waitMs else { break }
            RequestFiles.pause(milliseconds: 20)
        }
        let isUndone = files.withdraw(name)
        throw StartError(
            .temporaryFailure,
            isUndone
                ? "the master did not answer in time, and nothing was done; see lockkeeper status"
                : "the master did not answer in time, and may still be at it; see lockkeeper schedule list")
    }
}
