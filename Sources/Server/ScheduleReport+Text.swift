package import SQLiteStore

extension ScheduleReport {
    /// For a terminal.
    package var text: String {
        guard !self.jobs.isEmpty else {
            return self.total == 0 ? "Nothing is scheduled.\n" : "\(self.total) wait for transactions in doubt.\n"
        }
        var table = TextTable(
            ["due", "destination", "period", "left", "bytes", "cron", "job"], rightAligned: [2, 3, 4])
        for job in self.jobs {
            table.add([
                job.dueAt, job.destination, job.periodMs == 0 ? "" : "\(job.periodMs) ms",
                job.repeatsLeft == -1 ? "for ever" : "\(job.repeatsLeft)", "\(job.bytes)", job.cron ?? "", job.jobID,
            ])
        }
        let more = self.total - Int64(self.jobs.count)
        let lines = table.lines + (more > 0 ? ["and \(more) more"] : [])
        return lines.map { "\($0)\n" }.joined()
    }
}
