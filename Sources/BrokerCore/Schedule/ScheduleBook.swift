/// What the broker knows of its jobs: the next of them, what has fired and waits to be stored, and who asked to see them.
struct ScheduleBook {
    /// A copy of a scheduled message that its consumers get once it is certain that no other master sends it again.
    enum Fired {
        /// A row of the batch that also takes the job's due time away.
        case row(StoredCopy, destination: Destination, subscriptions: [SubscriptionID])
        /// Never stored: not persistent, or for a temporary destination.
        case passing(Message, destination: Destination)
    }

    /// A request for a page of jobs.
    struct PageRequest: Sendable {
        enum Receiver: Sendable {
            case window(generation: Int)
            case browse
        }

        let after: ScheduleKey
        /// The last due time that is asked for.
        let through: Int64
        let limit: Int
        let receiver: Receiver
    }

    /// Somebody who asked for the jobs of a span of time.
    struct Browse {
        let replyTo: Destination
        var range: ClosedRange<Int64>
        var after: ScheduleKey
        /// What was sent before it was not handed over to the store yet.
        var waits: Bool
        var isPaging = false
    }

    var window = ScheduleWindow(maximumJobs: 4_096, maximumBytes: 4 << 20)
    /// Of the batch being formed.
    var forming: [Fired] = []
    /// Of the batch being written.
    private(set) var writing: [Fired] = []
    var browses: [Browse] = []
    /// In the store, as of the last commit.
    private(set) var totals: ScheduleTotals
    /// New jobs of the batches that are being formed and written.
    private var formingTotals = ScheduleTotals()
    private var writingTotals = ScheduleTotals()
    /// The monotonic time at which jobs fired last; nil where others need not be waited for.
    private var lastFiredMs: Int64?
    private var isPaging = false
    private var generation = 0
    /// Handed over since the outstanding page was asked for.
    private var handedOver: [ScheduleChange] = []

    init(_ totals: ScheduleTotals = ScheduleTotals()) { self.totals = totals }

    // MARK: Batches

    /// What `change` does is part of the batch being formed.
    mutating func follow(_ change: ScheduleChange) {
        self.window.apply(change)
        guard case .insert(let job, _) = change else { return }
        self.formingTotals.add(ScheduleTotals(jobs: 1, bytes: job.storedBytes))
    }

    /// What all jobs take, those on their way to the store too.
    var usedBytes: Int64 { self.totals.usedBytes + self.formingTotals.usedBytes + self.writingTotals.usedBytes }

    /// The batch being formed is handed over.
    mutating func handOver(_ batch: StoreBatch) {
        swap(&self.writing, &self.forming)
        self.writingTotals = self.formingTotals
        self.formingTotals = ScheduleTotals()
        if self.isPaging { self.handedOver += batch.scheduleChanges }
        for index in self.browses.indices { self.browses[index].waits = false }
        // Jobs of a prepared transaction are there now; only the store knows them.
        if batch.resolves.contains(where: \.commits) {
            self.window.reset()
            self.generation += 1
        }
    }

    /// That batch had no room, and waits again.
    mutating func takeBack() {
        self.forming = self.writing + self.forming
        self.writing = []
        self.formingTotals.add(self.writingTotals)
        self.writingTotals = ScheduleTotals()
    }

    /// That batch is durable, and the store holds so much: returns what may be seen now.
    mutating func takeFired(_ totals: ScheduleTotals) -> [Fired] {
        self.totals = totals
        self.writingTotals = ScheduleTotals()
        defer { self.writing = [] }
        return self.writing
    }

    // MARK: Firing

    /// The monotonic time from which jobs may fire, so that those between share the batch and its commit.
    func firesFrom(gapMs: Int64) -> Int64 { self.lastFiredMs.map { $0 + gapMs } ?? .min }

    /// Jobs fire now: all that were due, or as many as one batch takes, and then the rest need not wait.
    mutating func noteFired(atMs now: Int64, areMoreDue: Bool) { self.lastFiredMs = areMoreDue ? nil : now }

    // MARK: Pages

    mutating func nextWindowPage(limit: Int) -> PageRequest? {
        guard !self.isPaging, self.window.needsPage, let reach = self.window.reach else { return nil }
        self.isPaging = true
        return PageRequest(
            after: reach, through: .max, limit: limit, receiver: .window(generation: self.generation))
    }

    mutating func receive(
        _ page: [ScheduleRecord], after key: ScheduleKey, generation: Int, pending: [ScheduleChange]
    ) {
        self.isPaging = false
        defer { self.handedOver = [] }
        guard generation == self.generation else { return }
        self.window.receive(page, after: key, unseen: self.handedOver + pending)
    }

    mutating func nextBrowsePage(limit: Int) -> PageRequest? {
        guard let browse = self.browses.first, !browse.waits, !browse.isPaging else { return nil }
        self.browses[0].isPaging = true
        return PageRequest(after: browse.after, through: browse.range.upperBound, limit: limit, receiver: .browse)
    }
}

extension ScheduleTotals {
    /// Room that is taken to be used: with what a row has beside properties and body.
    fileprivate var usedBytes: Int64 { self.bytes + self.jobs * 512 }
}

extension ScheduleRecord {
    fileprivate var storedBytes: Int64 {
        Int64((self.message.properties?.count ?? 0) + (self.message.body?.count ?? 0))
    }
}
