/// What a look at a store shows of the messages that are to be sent later.
package struct ScheduleReport: Hashable, Sendable {
    package struct Job: Hashable, Sendable {
        package let jobID: String
        /// By the clock on this machine's wall, as `YYYY-MM-DD HH:MM:SS.SSS`.
        package let dueAt: String
        package let dueMs: Int64
        package let destination: String
        /// 0 for none.
        package let periodMs: Int64
        /// -1 for ever.
        package let repeatsLeft: Int64
        package let bytes: Int64
        package let cron: String?

        package init(
            jobID: String, dueAt: String, dueMs: Int64, destination: String, periodMs: Int64, repeatsLeft: Int64,
            bytes: Int64, cron: String?
        ) {
            self.jobID = jobID
            self.dueAt = dueAt
            self.dueMs = dueMs
            self.destination = destination
            self.periodMs = periodMs
            self.repeatsLeft = repeatsLeft
            self.bytes = bytes
            self.cron = cron
        }
    }

    /// Of all jobs, those of transactions in doubt too.
    package let total: Int64
    /// The next, in the order of their times.
    package let jobs: [Job]

    package init(total: Int64, jobs: [Job]) {
        self.total = total
        self.jobs = jobs
    }
}
