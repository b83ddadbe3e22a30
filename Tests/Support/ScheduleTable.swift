package import BrokerCore

/// Scheduled jobs as any store keeps them, in a few lines.
package struct ScheduleTable: Sendable {
    private var rows: [ScheduleID: (job: ScheduleRecord, prepared: XATransactionID?)] = [:]

    package init() {}

    /// What is visible, in its order.
    package var jobs: [ScheduleRecord] {
        self.rows.values.filter { $0.prepared == nil }.map(\.job).sorted { $0.key < $1.key }
    }

    /// With those that nobody sees yet.
    package var totals: ScheduleTotals {
        let sizes = self.rows.values.map { ($0.job.message.properties?.count ?? 0) + ($0.job.message.body?.count ?? 0) }
        return ScheduleTotals(jobs: Int64(self.rows.count), bytes: Int64(sizes.reduce(0, +)))
    }

    package mutating func apply(_ change: ScheduleChange) {
        switch change {
        case .insert(let job, let prepared):
            self.rows[job.id] = (job, prepared)
        case .reschedule(let job):
            if let row = self.rows[job.id], row.prepared == nil { self.rows[job.id] = (job, nil) }
        case .remove(let id, let jobID):
            if let row = self.rows[id], row.prepared == nil, row.job.jobID == jobID { self.rows[id] = nil }
        case .removeDue(let range):
            self.rows = self.rows.filter { $0.value.prepared != nil || !range.contains($0.value.job.dueMs) }
        }
    }

    package mutating func resolve(_ transaction: XATransactionID, commits: Bool) {
        for (id, row) in self.rows where row.prepared == transaction {
            self.rows[id] = commits ? (row.job, nil) : nil
        }
    }

    package func page(after key: ScheduleKey, through: Int64, limit: Int, maximumBytes: Int) -> [ScheduleRecord] {
        var found: [ScheduleRecord] = []
        var bytes = 0
        for job in self.jobs where job.key > key && job.dueMs <= through {
            bytes += job.message.size
            if found.count >= limit || bytes > maximumBytes && !found.isEmpty { break }
            found.append(job)
        }
        return found
    }
}
