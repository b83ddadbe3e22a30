/// Delayed, repeated and cron delivery (OpenWire reference, 22).
///
/// A job's due time leaves the schedule and its message enters its destinations in one batch, and no consumer sees that
/// message before the batch is durable. So a master that dies has either done all of it, or the next one does.
extension Broker {
    /// Jobs that fire into one batch, at most: ordinary messages have their turn between batches.
    private static let maximumFired = 500
    /// How long jobs are gathered, from the last that fired on, before they make a batch of their own: with one each, a
    /// thousand a second would leave the disk to nobody else. A job with none before it fires at its time.
    private static let gatherMs: Int64 = 10
    /// How long until they go with a batch that is written anyway.
    private static let joinMs: Int64 = 4

    // MARK: Coming in

    /// What the scheduler is to do with a message; nil for one that is sent at once.
    func schedulePlan(of message: Message) throws(BrokerError) -> SchedulePlan? {
        guard self.configuration.schedulesMessages else { return nil }
        return try SchedulePlan(message.properties, maximumRepeats: self.configuration.maximumScheduleRepeats)
    }

    /// As ``schedulePlan(of:)``; the transaction of a message that is refused can't be committed any more.
    func schedulePlan(of message: Message, in transaction: TransactionID?) throws(BrokerError) -> SchedulePlan? {
        do throws(BrokerError) {
            return try self.schedulePlan(of: message)
        } catch {
            if let transaction { try self.openTransaction(transaction).failure = error }
            throw error
        }
    }

    /// Makes a job of a message. Durable with the batch being formed.
    func schedule(_ message: Message, _ plan: SchedulePlan, prepared: XATransactionID? = nil) {
        self.addJob(
            message, dueMs: plan.firstDueMs(sentAtMs: self.now.wallMs, in: self.configuration.timeZone),
            delayMs: plan.delayMs, periodMs: plan.periodMs, repeats: plan.repeats, cron: plan.cron?.text,
            prepared: prepared)
        if message.headers.isPersistent { self.memory.note(message.id) }
    }

    /// Makes jobs of those messages of a transaction that ask for it. Returns whether there are any.
    @discardableResult
    func schedule(_ sends: [Transaction.Send], prepared: XATransactionID? = nil) -> Bool {
        var isAny = false
        for send in sends {
            guard let plan = send.plan else { continue }
            self.schedule(send.message, plan, prepared: prepared)
            isAny = true
        }
        return isAny
    }

    private func addJob(
        _ message: Message, dueMs: Int64, delayMs: Int64, periodMs: Int64, repeats: Int32, cron: String?,
        prepared: XATransactionID? = nil
    ) {
        let id = ScheduleID(self.nextSequence().rawValue)
        let job = ScheduleRecord(
            id: id, jobID: "\(message.id.producer):\(id.rawValue)", dueMs: dueMs, delayMs: delayMs, periodMs: periodMs,
            repeatsLeft: repeats, cron: cron, message: message)
        self.change(.insert(job, prepared: prepared))
    }

    /// Puts a change into the batch being formed, and follows it in memory.
    func change(_ change: ScheduleChange) {
        self.writes.schedule(change)
        self.scheduled.follow(change)
    }

    // MARK: Firing

    /// The monotonic time at which the next job is due.
    var nextScheduleMs: Int64? {
        guard self.configuration.schedulesMessages, !self.isStoreFull, let next = self.scheduled.window.first,
            self.scheduled.forming.count < Self.maximumFired, self.writes.bytes <= self.configuration.unstoredLimit
        else { return nil }
        let wait = next.dueMs.subtractingReportingOverflow(self.now.wallMs)
        let dueMs =
            self.now.monotonicMs
            + max(0, wait.overflow ? Self.longestWaitMs : min(wait.partialValue, Self.longestWaitMs))
        return max(dueMs, self.scheduled.firesFrom(gapMs: Self.gatherMs))
    }

    private static let longestWaitMs: Int64 = 3_600_000

    /// Fires what is due, as much as one batch takes; the rest follows when that is stored.
    func fireSchedules() { self.fireSchedules(gapMs: Self.gatherMs) }

    /// As ``fireSchedules()``, into a batch that is about to be written.
    func joinSchedules() { self.fireSchedules(gapMs: Self.joinMs) }

    private func fireSchedules(gapMs: Int64) {
        guard self.configuration.schedulesMessages, !self.isStoreFull,
            self.writes.bytes <= self.configuration.unstoredLimit,
            self.now.monotonicMs >= self.scheduled.firesFrom(gapMs: gapMs)
        else { return }
        let room = Self.maximumFired - self.scheduled.forming.count
        let due = self.scheduled.window.takeDue(atMs: self.now.wallMs, limit: room)
        guard !due.isEmpty else { return }
        self.scheduled.noteFired(atMs: self.now.monotonicMs, areMoreDue: due.count == room)
        for job in due { self.fire(job) }
    }

    private func fire(_ job: ScheduleRecord) {
        let catchUp = self.configuration.catchUp
        let next = job.next(firedAtMs: self.now.wallMs, catchUp, in: self.configuration.timeZone)
        if job.startsOthers {
            self.addJob(
                job.message, dueMs: job.firstDueOfStarted(firedAtMs: self.now.wallMs, catchUp), delayMs: job.delayMs,
                periodMs: job.periodMs, repeats: job.repeatsLeft, cron: nil)
        } else {
            self.sendOut(job)
        }
        if let next {
            self.change(.reschedule(next))
        } else {
            // The window let go of it when it was due.
            self.writes.schedule(.remove(job.id, jobID: job.jobID))
        }
    }

    private func sendOut(_ job: ScheduleRecord) {
        do throws(BrokerError) {
            for copy in try self.copies(of: self.outgoing(job)) { self.hold(copy) }
        } catch {
            // A temporary destination that is gone, or a name that was never one: nobody can get the message.
            return
        }
    }

    /// The message as its consumers get it.
    private func outgoing(_ job: ScheduleRecord) -> Message {
        let message = job.message
        let properties = BrokerProperties.setting(
            ScheduleProperties.jobID, to: .text(job.jobID), removing: ScheduleProperties.asking, in: message.properties)
        var headers = message.headers
        headers.brokerInTimeMs = self.now.wallMs
        // Time to live counts from now; without it the stamp stays that of sending.
        if headers.timestampMs > 0, headers.expirationMs > headers.timestampMs, headers.timestampMs < self.now.wallMs {
            headers.expirationMs += self.now.wallMs - headers.timestampMs
            headers.timestampMs = self.now.wallMs
        }
        var extras = message.extras
        extras?.originalTransaction = nil
        guard job.isRepeated else { return message.with(headers: headers, properties: properties, extras: extras) }
        var own = extras ?? MessageExtras()
        own.sender = own.sender ?? message.id.producer
        return Message(
            id: self.newScheduleMessageID(), headers: headers, properties: properties, bodyKind: message.bodyKind,
            isCompressed: message.isCompressed, body: message.body, extras: own)
    }

    /// An id that no master gives again: clients would take its message for a duplicate.
    func newScheduleMessageID() -> MessageID {
        let producer = ProducerID(connection: self.configuration.id, session: 0, value: 1)
        return MessageID(producer: producer, sequence: self.nextSequence().rawValue)
    }

    /// Writes a copy without showing it to anybody.
    private func hold(_ held: Copy) {
        let (message, destination) = (held.message, held.target.destination)
        guard message.headers.isPersistent, !destination.isTemporary else {
            self.scheduled.forming.append(.passing(message, destination: destination))
            return
        }
        let copy = StoredCopy(sequence: self.nextSequence(), message: message)
        var subscriptions: [SubscriptionID] = []
        switch held.target {
        case .queue(let queue):
            self.writes.insert(copy, destination: self.storeID(of: queue), receipt: nil)
        case .topic(let topic):
            subscriptions = topic.subscriptions.filter { $0.wants(message, sequence: copy.sequence) }.map(\.record.id)
            guard !subscriptions.isEmpty else { break }
            self.writes.insert(
                copy, destination: self.storeID(of: topic), subscriptions: subscriptions, receipt: nil)
        }
        self.scheduled.forming.append(.row(copy, destination: destination, subscriptions: subscriptions))
    }

    // MARK: Showing

    /// The batch that was written is durable: its copies are there for everybody.
    func showFired(_ totals: ScheduleTotals) {
        let fired = self.scheduled.takeFired(totals)
        guard !fired.isEmpty else { return }
        self.isCommitting = true
        for item in fired { self.show(item) }
        self.isCommitting = false
        self.dispatchTouched()
    }

    private func show(_ item: ScheduleBook.Fired) {
        switch item {
        case .passing(let message, let destination):
            // Nobody may have asked for it in time, or its temporary destination be gone.
            if let queue = self.queues[destination] {
                self.deliver(Copy(message: message, target: .queue(queue)), receipt: nil)
            } else if let topic = self.topics[destination] {
                self.deliver(Copy(message: message, target: .topic(topic)), receipt: nil)
            }
        case .row(let copy, let destination, let subscriptions):
            if let queue = self.queues[destination] {
                self.show(copy, in: queue)
            } else if let topic = self.topics[destination] {
                self.show(copy, in: topic, to: subscriptions)
            }
        }
    }

    private func show(_ copy: StoredCopy, in queue: Queue) {
        // The queue may have been destroyed meanwhile, and another one made under its name.
        guard copy.state == .stored, queue.backlog.id == .queue(copy.destination) else { return }
        let entry = Entry(copy)
        queue.backlog.reveal(entry)
        queue.rescan(from: queue.backlog.place(of: entry))
        if queue.tells { self.adviseSent(copy.message, to: .queue(queue)) }
        self.touchedQueues.append(queue)
    }

    private func show(_ copy: StoredCopy, in topic: Topic, to subscriptions: [SubscriptionID]) {
        for subscription in topic.subscriptions where subscriptions.contains(subscription.record.id) {
            subscription.backlog.reveal(Entry(copy))
            self.touchedSubscriptions.append(subscription)
        }
        self.spread(copy.message, sequence: copy.sequence, on: topic, redeliveryCount: 0)
    }

    /// A queue or subscription is destroyed: what has fired into it and was not shown goes with it.
    func dropFired(in backlog: BacklogID?) {
        guard let backlog else { return }
        for case .row(let copy, _, let subscriptions) in self.scheduled.forming + self.scheduled.writing {
            switch backlog {
            case .queue(let id) where copy.destination == id && subscriptions.isEmpty:
                self.writes.remove(copy, from: backlog)
            case .subscription(let id) where subscriptions.contains(id):
                self.writes.remove(copy, from: backlog)
            default: break
            }
        }
    }

    // MARK: Pages

    func takeSchedulePages() -> [ScheduleBook.PageRequest] {
        guard self.configuration.schedulesMessages else { return [] }
        let limit = self.configuration.pageMessages
        var requests: [ScheduleBook.PageRequest] = []
        if let request = self.scheduled.nextWindowPage(limit: limit) { requests.append(request) }
        // Replies that nobody takes must not fill the memory.
        if self.transientBytes <= self.transientLimit / 2, let request = self.scheduled.nextBrowsePage(limit: limit) {
            requests.append(request)
        }
        return requests
    }

    func receive(_ page: [ScheduleRecord], for request: ScheduleBook.PageRequest, at now: Instant) {
        self.now = now
        switch request.receiver {
        case .window(let generation):
            self.scheduled.receive(
                page, after: request.after, generation: generation, pending: self.writes.scheduleChanges)
            self.fireSchedules()
        case .browse:
            self.show(browsed: page)
        }
        self.collectElided()
    }
}
