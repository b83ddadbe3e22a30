/// The jobs that are due next, in memory; those behind them are in the store alone.
///
/// Invariants:
/// - `jobs` ascends by key and holds every job up to `reach` (all, where that is nil), however it came to be there.
/// - Its size is bounded in number and bytes, however many jobs there are: what is too much drops off its end.
/// - A page shows the jobs as of the batches handed over before it, so that with the changes handed over since, and
///   those not handed over yet, it is what holds when it arrives.
struct ScheduleWindow {
    private(set) var jobs: [ScheduleRecord] = []
    private(set) var bytes = 0
    /// The last key that is covered; nil where there is nothing behind the window.
    private(set) var reach: ScheduleKey? = .start
    private let maximumJobs: Int
    private let maximumBytes: Int

    init(maximumJobs: Int, maximumBytes: Int) {
        self.maximumJobs = maximumJobs
        self.maximumBytes = maximumBytes
    }

    var first: ScheduleRecord? { self.jobs.first }

    /// Whether it is worth to ask the store for more.
    var needsPage: Bool {
        self.reach != nil && self.jobs.count < self.maximumJobs / 2 && self.bytes < self.maximumBytes / 2
    }

    /// Forgets everything: the store is asked anew.
    mutating func reset() {
        self.jobs = []
        self.bytes = 0
        self.reach = .start
    }

    /// Follows what a batch will do, or has done.
    mutating func apply(_ change: ScheduleChange) {
        self.follow(change, above: nil)
        self.trim()
    }

    /// Removes and returns the jobs that are due, at most `limit`.
    mutating func takeDue(atMs now: Int64, limit: Int) -> [ScheduleRecord] {
        let count = self.jobs.prefix(max(0, limit)).prefix { $0.dueMs <= now }.count
        guard count > 0 else { return [] }
        let due = Array(self.jobs.prefix(count))
        self.jobs.removeFirst(count)
        for job in due { self.bytes -= job.size }
        return due
    }

    /// Takes in a page of what follows `start`, which was asked for when that was ``reach``; an empty one says that
    /// there is nothing more. `unseen` are the changes that the page does not show.
    mutating func receive(_ page: [ScheduleRecord], after start: ScheduleKey, unseen: [ScheduleChange]) {
        // What dropped off meanwhile would be missing between window and page.
        guard self.reach == start else { return }
        var tail = ScheduleWindow(maximumJobs: self.maximumJobs, maximumBytes: self.maximumBytes)
        tail.jobs = page
        tail.bytes = page.reduce(0) { $0 + $1.size }
        tail.reach = page.last?.key
        for change in unseen { tail.follow(change, above: start) }
        self.jobs += tail.jobs
        self.bytes += tail.bytes
        self.reach = tail.reach
        self.trim()
    }

    private mutating func follow(_ change: ScheduleChange, above start: ScheduleKey?) {
        switch change {
        case .insert(let job, prepared: nil), .reschedule(let job):
            // A page may still show it, perhaps at its old time; the window itself let go of it when it came due.
            if start != nil { self.remove { $0.id == job.id } }
            self.insert(job, above: start)
        case .insert:
            break
        case .remove(let id, let jobID):
            self.remove { $0.id == id && $0.jobID == jobID }
        case .removeDue(let range):
            self.remove { range.contains($0.dueMs) }
        }
    }

    private mutating func remove(where isMeant: (ScheduleRecord) -> Bool) {
        var removed = 0
        self.jobs.removeAll { job in
            guard isMeant(job) else { return false }
            removed += job.size
            return true
        }
        self.bytes -= removed
    }

    private mutating func insert(_ job: ScheduleRecord, above start: ScheduleKey?) {
        let key = job.key
        if let reach, key > reach { return }
        if let start, key <= start { return }
        var (low, high) = (0, self.jobs.count)
        while low < high {
            let middle = (low + high) / 2
            if self.jobs[middle].key < key { low = middle + 1 } else { high = middle }
        }
        self.jobs.insert(job, at: low)
        self.bytes += job.size
    }

    /// Drops jobs off the end, a part at once so that this is seldom.
    private mutating func trim() {
        guard self.jobs.count > self.maximumJobs || self.bytes > self.maximumBytes, self.jobs.count > 1 else { return }
        while self.jobs.count > 1,
            self.jobs.count > self.maximumJobs / 4 * 3 || self.bytes > self.maximumBytes / 4 * 3
        {
            self.bytes -= self.jobs.removeLast().size
        }
        self.reach = self.jobs[self.jobs.count - 1].key
    }
}

extension ScheduleRecord {
    /// Memory it is taken to cost.
    var size: Int { self.message.size }
}
