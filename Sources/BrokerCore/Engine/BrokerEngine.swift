package import NIOCore

/// A client's socket as the engine sees it: where its events go.
package protocol BrokerLink: AnyObject, Sendable {
    /// Called on the engine's event loop, at most once per burst, with the events in order.
    func deliver(_ events: [BrokerEvent])
}

/// What the engine gets from outside: time, and whether this broker may still serve.
package struct BrokerEnvironment: Sendable {
    package let now: @Sendable () -> Instant
    /// False while this broker can't prove that it is master (a pause, a late beat). Nothing is delivered meanwhile.
    package let mayServe: @Sendable () -> Bool
    /// Told when the store has no more room (why), and nil when it has room again.
    package let storeIsFull: @Sendable (String?) -> Void

    package init(
        now: @escaping @Sendable () -> Instant, mayServe: @escaping @Sendable () -> Bool,
        storeIsFull: @escaping @Sendable (String?) -> Void
    ) {
        self.now = now
        self.mayServe = mayServe
        self.storeIsFull = storeIsFull
    }
}

/// Runs the broker machine on one event loop, between the sockets and the store.
///
/// The actor's executor is that loop: code on the loop enters with `assumeIsolated` and pays no hop. One batch is with
/// the store at a time; what happens meanwhile forms the next one.
package actor BrokerEngine {
    private let loop: any EventLoop
    private let executor: any SerialExecutor
    private let broker: Broker
    private let store: any MessageStore
    private let environment: BrokerEnvironment
    private let onFailure: @Sendable (StoreError) -> Void
    private var links: [LinkID: Outbox] = [:]
    private var dirty: [Outbox] = []
    private var nextLink: UInt64 = 0
    private var held: [BrokerEvent] = []
    private var isHolding = false
    private var isStopped = false
    private var whenDrained: [@Sendable () -> Void] = []
    private var wakeUp: (at: Int64, task: Scheduled<Void>)?
    private var ticker: RepeatedTask?
    /// While the store has no room only removals go there, and everything else is tried again now and then.
    private var isFull = false
    private var isRetryScheduled = false
    private var isDelivering = false
    private var isRemovalScheduled = false
    /// Whether what is being written are only removals that went ahead of the batch that has no room.
    private var isAhead = false
    /// Batches that are durable, and whom to tell when so many are.
    private var commits = 0
    private var whenStored: [(commit: Int, done: @Sendable (Bool) -> Void)] = []
    /// The link whose requests came last, and since when no other link's did.
    private var soloist: (link: LinkID, sinceMs: Int64)?

    private final class Outbox {
        let link: any BrokerLink
        var events: [BrokerEvent] = []

        init(_ link: any BrokerLink) { self.link = link }
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    /// - Parameter onFailure: called once, on the loop, when the store has failed for good. Nothing is delivered
    ///   afterwards; whoever made the engine closes the sockets.
    package init(
        loop: any EventLoop, configuration: BrokerConfiguration, store: any MessageStore, snapshot: StoreSnapshot,
        environment: BrokerEnvironment, onFailure: @escaping @Sendable (StoreError) -> Void
    ) {
        self.loop = loop
        self.executor = loop.executor
        self.broker = Broker(configuration: configuration, snapshot: snapshot)
        self.store = store
        self.environment = environment
        self.onFailure = onFailure
    }

    /// Starts the clockwork. To be called once before the first link.
    package func start() {
        self.ticker = self.loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] _ in
            self?.assumeIsolated { $0.tick() }
        }
        // What came due while nobody served is not kept waiting.
        self.tick()
    }

    // MARK: Links

    package func attach(_ link: any BrokerLink) -> LinkID {
        self.nextLink += 1
        let id = LinkID(self.nextLink)
        self.links[id] = Outbox(link)
        self.broker.attach(id)
        return id
    }

    /// The socket is gone.
    package func detach(_ link: LinkID) {
        guard self.links.removeValue(forKey: link) != nil, !self.isStopped else { return }
        self.broker.detach(link, at: self.environment.now())
        self.pump()
    }

    /// The socket's outgoing buffer is full, or has room again.
    package func setWritable(_ link: LinkID, _ isWritable: Bool) {
        guard !self.isStopped else { return }
        self.broker.setWritable(link, isWritable, at: self.environment.now())
        self.pump()
    }

    /// Carries out a burst of requests in order.
    package func submit(_ requests: [BrokerRequest]) {
        guard !self.isStopped else { return }
        let now = self.environment.now()
        if let link = requests.first?.link, link != self.soloist?.link { self.soloist = (link, now.monotonicMs) }
        for request in requests { self.broker.perform(request, at: now) }
        self.pump()
    }

    // MARK: Stopping

    /// Takes no more requests; `drained` runs on the loop once everything handed over is stored and its answers are
    /// delivered, or at once when the store has failed. Then nothing is outstanding.
    package func stop(drained: @escaping @Sendable () -> Void) {
        self.isStopped = true
        self.ticker?.cancel()
        self.wakeUp?.task.cancel()
        self.whenDrained.append(drained)
        self.broker.storeAtOnce()
        self.handOver()
        self.finishStopping()
    }

    /// Stops dead: nothing that is outstanding is answered.
    package func abandon() {
        self.isStopped = true
        self.ticker?.cancel()
        self.wakeUp?.task.cancel()
        self.links = [:]
        self.dirty = []
        self.held = []
    }

    private func finishStopping() {
        guard !self.whenDrained.isEmpty, !self.broker.isStoring else { return }
        self.deliver()
        let waiting = self.whenDrained
        self.whenDrained = []
        for drained in waiting { drained() }
    }

    package var elidedMessages: UInt64 { self.broker.elidedMessages }

    /// What operators see of the destinations, deepest first.
    package func figures(limit: Int) -> [DestinationFigures] { self.broker.figures(limit: limit) }

    /// The jobs in the store, as of the last commit.
    package var scheduleTotals: ScheduleTotals { self.broker.scheduleTotals }

    // MARK: Operators

    /// XA branches that wait for their coordinator.
    package var inDoubt: [InDoubtTransaction] { self.broker.inDoubt() }

    /// Commits or rolls back a branch in its coordinator's place. `done` is told, on the loop, whether there was such a
    /// branch, once its end is durable; nothing is told when the broker stops or fails before that.
    package func resolve(_ id: XATransactionID, commits: Bool, done: @escaping @Sendable (Bool) -> Void) {
        guard !self.isStopped else { return }
        guard self.broker.resolve(id, commits: commits, at: self.environment.now()) else { return done(false) }
        self.pump(then: done)
    }

    /// Removes a scheduled job. `done` is told, on the loop, when that is durable; nothing when the broker stops or
    /// fails before that.
    package func removeSchedule(_ jobID: String, done: @escaping @Sendable () -> Void) {
        guard !self.isStopped else { return }
        self.broker.removeSchedule(jobID, at: self.environment.now())
        self.pump { _ in done() }
    }

    /// As ``removeSchedule(_:done:)``, all jobs whose next time lies in the range, in Unix milliseconds.
    package func removeSchedules(due range: ClosedRange<Int64>, done: @escaping @Sendable () -> Void) {
        guard !self.isStopped else { return }
        self.broker.removeSchedules(due: range, at: self.environment.now())
        self.pump { _ in done() }
    }

    /// Hands over the batch being formed, as soon as the one before it is stored; `done` is told when all is durable,
    /// and at once where there is nothing to store.
    private func pump(then done: @escaping @Sendable (Bool) -> Void) {
        let batches: Int = (self.broker.isWriting && !self.isAhead ? 1 : 0) + (self.broker.hasUnwritten ? 1 : 0)
        guard batches > 0 else {
            self.pump()
            return done(true)
        }
        self.whenStored.append((self.commits + batches, done))
        self.broker.storeAtOnce()
        self.pump()
    }

    // MARK: The pump

    private func tick() {
        guard !self.isStopped else { return }
        self.broker.tick(at: self.environment.now())
        self.pump()
    }

    private func wake() {
        guard !self.isStopped else { return }
        self.broker.wake(at: self.environment.now())
        self.pump()
    }

    /// Moves what the broker has produced: batches and pages to the store, events to the links.
    private func pump() {
        self.handOver()
        for request in self.broker.takePageRequests() { self.fetch(request) }
        for request in self.broker.takeSchedulePages() { self.fetch(request) }
        self.deliver()
        self.scheduleWakeUp()
    }

    private func handOver() {
        if !self.isFull, self.broker.mayStoreLater { return self.scheduleRemovals() }
        guard let batch = self.isFull ? self.broker.takeRemovals() : self.broker.takeBatch() else { return }
        self.isAhead = self.isFull
        if self.isLone(batch), self.environment.mayServe(), let result = self.store.commitAtOnce(batch) {
            self.stored(batch, result)
            return
        }
        self.commit(batch)
    }

    /// Acknowledgements that nobody waits for go with what comes next, or after a while by themselves: a commit for each
    /// few of them would only hold up the producers. What a crash loses of them is delivered again and says so, as what
    /// was acknowledged a moment before it.
    private func scheduleRemovals() {
        guard !self.isRemovalScheduled else { return }
        self.isRemovalScheduled = true
        self.loop.scheduleTask(in: .milliseconds(Self.removalDelayMs)) { [weak self] () -> Void in
            self?.assumeIsolated {
                $0.isRemovalScheduled = false
                guard !$0.isStopped, $0.broker.mayStoreLater else { return }
                $0.broker.storeAtOnce()
                $0.pump()
            }
        }
    }

    private static let removalDelayMs: Int64 = 10

    /// Whether the batch is one message of the only client that is doing anything. That client waits for its answer,
    /// and nobody else has work for the loop: then the loop stores it itself rather than wake another thread. With
    /// acknowledgements, or with a second client, it would hold up what makes elision and group commit work.
    private func isLone(_ batch: StoreBatch) -> Bool {
        guard batch.isOneMessage, batch.removals.isEmpty, !self.isFull, let soloist = self.soloist else {
            return false
        }
        return self.environment.now().monotonicMs - soloist.sinceMs >= Self.soloMs
    }

    private static let soloMs: Int64 = 100

    private func commit(_ batch: StoreBatch) {
        self.store.commit(batch) { [self, loop] result in
            loop.execute { self.assumeIsolated { $0.stored(batch, result) } }
        }
    }

    private func stored(_ batch: StoreBatch, _ result: Result<any CommitProof, StoreError>) {
        switch result {
        case .success(let proof):
            if self.isFull {
                // What freed room has made it worth trying the rest.
                if batch.inserts.isEmpty { self.scheduleRetry() } else { self.endFull() }
            }
            self.broker.committed(proof, at: self.environment.now())
            if !self.isAhead { self.commits += 1 }
            while let first = self.whenStored.first, first.commit <= self.commits {
                self.whenStored.removeFirst()
                first.done(true)
            }
            self.pump()
            self.finishStopping()
        case .failure(.full(let reason)):
            self.broker.putBack(batch)
            // It is one batch with what came meanwhile.
            for index in self.whenStored.indices {
                self.whenStored[index].commit = min(self.whenStored[index].commit, self.commits + 1)
            }
            if !self.isFull {
                self.isFull = true
                self.broker.setStoreFull(true, at: self.environment.now())
                self.environment.storeIsFull(reason)
            }
            self.scheduleRetry()
        case .failure(let error):
            let failed = self.whenDrained
            self.whenDrained = []
            self.abandon()
            self.onFailure(error)
            for drained in failed { drained() }
        }
    }

    /// Producers wait for their answers while the store has no room; what frees room goes first.
    private func retry() {
        guard self.isFull else { return }
        guard !self.broker.isWriting else { return self.scheduleRetry() }
        if let removals = self.broker.takeRemovals() {
            self.isAhead = true
            self.commit(removals)
        } else if let batch = self.broker.takeBatch() {
            self.isAhead = false
            self.commit(batch)
        } else {
            // What had no room was consumed meanwhile.
            self.endFull()
        }
    }

    private func endFull() {
        self.isFull = false
        self.broker.setStoreFull(false, at: self.environment.now())
        self.environment.storeIsFull(nil)
    }

    private func scheduleRetry() {
        guard !self.isRetryScheduled else { return }
        self.isRetryScheduled = true
        self.loop.scheduleTask(in: .milliseconds(500)) { [weak self] in
            self?.assumeIsolated {
                $0.isRetryScheduled = false
                $0.retry()
            }
        }
    }

    private func fetch(_ request: Broker.PageRequest) {
        let bytes = self.broker.configuration.pageBytes
        let box = PageBox(request: request)
        self.store.page(
            of: request.id, priority: request.priority, from: request.from, limit: request.limit, maximumBytes: bytes
        ) { [self, loop] result in
            loop.execute {
                self.assumeIsolated { engine in
                    engine.fetched(result) { engine.broker.receive($0, for: box.request, at: $1) }
                }
            }
        }
    }

    private func fetch(_ request: ScheduleBook.PageRequest) {
        let bytes = self.broker.configuration.pageBytes
        self.store.schedules(
            after: request.after, through: request.through, limit: request.limit, maximumBytes: bytes
        ) { [self, loop] result in
            loop.execute {
                self.assumeIsolated { engine in
                    engine.fetched(result) { engine.broker.receive($0, for: request, at: $1) }
                }
            }
        }
    }

    private func fetched<Page>(_ result: Result<Page, StoreError>, receive: (Page, Instant) -> Void) {
        guard !self.isStopped else { return }
        switch result {
        case .success(let page):
            receive(page, self.environment.now())
            self.pump()
        case .failure(let error):
            self.abandon()
            self.onFailure(error)
        }
    }

    private func deliver() {
        // A link that is told something may at once report that its buffer is full: what that causes comes after.
        guard !self.isDelivering else { return }
        self.isDelivering = true
        defer { self.isDelivering = false }
        while self.deliverOnce() {}
    }

    /// Delivers what there is. Returns whether there may be more.
    private func deliverOnce() -> Bool {
        var events = self.broker.takeEvents()
        if self.isHolding || !self.held.isEmpty {
            self.held += events
            events = []
        }
        guard !self.isHolding, !events.isEmpty || !self.held.isEmpty else { return false }
        guard self.environment.mayServe() else {
            self.held += events
            self.hold()
            return false
        }
        if !self.held.isEmpty {
            events = self.held + events
            self.held = []
        }
        self.distribute(events)
        return true
    }

    private func distribute(_ events: [BrokerEvent]) {
        for event in events {
            guard let outbox = self.links[event.link] else { continue }
            if outbox.events.isEmpty { self.dirty.append(outbox) }
            outbox.events.append(event)
        }
        let dirty = self.dirty
        self.dirty.removeAll(keepingCapacity: true)
        for outbox in dirty {
            let burst = outbox.events
            outbox.events.removeAll(keepingCapacity: true)
            outbox.link.deliver(burst)
        }
    }

    /// This broker can't prove just now that it is master: nobody is told anything until it can.
    private func hold() {
        guard !self.isHolding else { return }
        self.isHolding = true
        self.loop.scheduleTask(in: .milliseconds(10)) { [weak self] in
            self?.assumeIsolated {
                $0.isHolding = false
                $0.deliver()
            }
        }
    }

    private func scheduleWakeUp() {
        guard let deadline = self.broker.nextDeadlineMs else { return }
        if let wakeUp = self.wakeUp, wakeUp.at <= deadline { return }
        self.wakeUp?.task.cancel()
        let delay = max(1, deadline - self.environment.now().monotonicMs)
        let task = self.loop.scheduleTask(in: .milliseconds(delay)) { [weak self] () -> Void in
            self?.assumeIsolated {
                $0.wakeUp = nil
                $0.wake()
            }
        }
        self.wakeUp = (deadline, task)
    }
}

/// Carries a page request through the store's thread. The request refers to objects of the loop, and is only touched
/// there: the store never looks inside.
private struct PageBox: @unchecked Sendable {
    let request: Broker.PageRequest
}
