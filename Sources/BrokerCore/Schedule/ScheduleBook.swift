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
    private var isPaging = false
    private var generation = 0
    /// Handed over since the outstanding page was asked for.
    private var handedOver: [ScheduleChange] = []

    // MARK: Batches

    /// The batch being formed is handed over.
    mutating func handOver(_ batch: StoreBatch) {
        swap(&self.writing, &self.forming)
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
    }

    /// That batch is durable: returns what may be seen now.
    mutating func takeFired() -> [Fired] {
        defer { self.writing = [] }
        return self.writing
    }

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
