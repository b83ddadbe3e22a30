/// Dead letters, expiry and redelivery by the broker (OpenWire reference, 12.4).
extension Broker {
    /// Where a message came from that cannot be delivered.
    struct Origin {
        let home: Destination
        /// `clientID:subscriptionName` of a durable subscription.
        var subscriber: String?
    }

    func origin(of message: Message, in source: Delivery.Source) -> Origin {
        switch source {
        case .queue(let queue): Origin(home: queue.destination)
        case .subscription(let subscription):
            Origin(home: message.destination, subscriber: "\(subscription.key.clientID):\(subscription.key.name)")
        case .none: Origin(home: message.destination)
        }
    }

    /// A consumer gave the message up: it is tried again later, or dead. The caller removes it from where it was.
    func giveUp(_ entry: Entry, from source: Delivery.Source, cause: String) {
        let origin = self.origin(of: entry.message, in: source)
        guard !origin.home.isAdvisory else { return }
        if let plugin = self.configuration.redelivery {
            if let policy = plugin.policy(for: origin.home) {
                if policy.maximumRedeliveries == -1 || Int(entry.redeliveryCount) < policy.maximumRedeliveries {
                    if self.tryAgain(entry, in: source, policy) { return }
                } else if !plugin.buriesExhausted {
                    return
                }
            } else if !plugin.fallsBackToDeadLetters {
                return
            }
        }
        self.bury(entry.message, from: origin, cause: cause)
    }

    /// Puts a copy behind everything else of the same backlog, to be delivered after the policy's delay, with one
    /// delivery more to its count. False where there is no backlog to put it into.
    private func tryAgain(_ entry: Entry, in source: Delivery.Source, _ policy: RedeliveryPolicy) -> Bool {
        let sequence = self.nextSequence()
        var delay: Int64 = 0
        // Spread by the number, so that the same run gives the same delays.
        let chance = Double((sequence.rawValue &* 2_654_435_761) & 0xFFFF) / 0x8000 - 1
        for _ in 0...min(entry.redeliveryCount, 1_000) { delay = policy.delayMs(after: delay, chance: chance) }
        let copy = StoredCopy(
            sequence: sequence, message: entry.message, redeliveryCount: entry.redeliveryCount + 1,
            notBeforeMs: delay > 0 ? self.now.wallMs + delay : 0)
        let again = Entry(copy, redeliveryCount: copy.redeliveryCount)
        switch source {
        case .none:
            return false
        case .queue(let queue):
            if queue.owner != nil {
                self.transientBytes += entry.message.size
            } else if entry.message.headers.isPersistent {
                self.writes.insert(copy, destination: self.storeID(of: queue), receipt: nil)
            }
            self.add(again, to: queue.backlog)
            self.dispatch(queue)
        case .subscription(let subscription):
            let topic = self.topic(entry.message.destination)
            if topic.owner == nil, entry.message.headers.isPersistent {
                self.writes.insert(
                    copy, destination: self.storeID(of: topic), subscriptions: [subscription.record.id], receipt: nil)
            }
            self.add(again, to: subscription.backlog)
            self.dispatch(subscription)
        }
        return true
    }

    private func add(_ entry: Entry, to backlog: Backlog) {
        if entry.copy.notBeforeMs > 0 {
            backlog.defer(entry)
            self.noteDeferral(in: backlog)
        } else {
            backlog.append(entry, windowBytes: self.windowBytes)
        }
    }

    /// Puts a copy where the dead letter strategy of its home says, if it is one that may go there.
    ///
    /// ActiveMQ's `enableAudit` has nothing to suppress: what is buried leaves its backlog in the same batch, so that it
    /// cannot be buried again. A message in its own dead letter destination is dropped.
    func bury(_ message: Message, from origin: Origin, cause: String) {
        let policy = self.policies.policy(for: origin.home)
        let strategy = policy.entry.deadLetters
        guard message.headers.isPersistent || strategy.processesNonPersistent, !origin.home.isAdvisory else { return }
        let destination: Destination
        switch strategy.target {
        case .discarding: return
        case .shared(let shared): destination = shared
        case .individual(let individual):
            destination = individual.destination(for: origin.home, subscriber: origin.subscriber)
        }
        guard destination != origin.home, destination != message.destination else { return }
        let dead = self.deadLetter(message, for: destination, home: origin.home, strategy, cause: cause)
        do throws(BrokerError) {
            for copy in try self.copies(of: dead) { self.deliver(copy, receipt: nil) }
            self.adviseDeadLetter(message)
        } catch {
            // A dead letter destination that cannot be: nobody could have configured a place for it.
            return
        }
    }

    private func deadLetter(
        _ message: Message, for destination: Destination, home: Destination, _ strategy: DeadLetterStrategy,
        cause: String
    ) -> Message {
        var headers = message.headers
        headers.destination = destination
        headers.expirationMs = strategy.expirationMs > 0 ? self.now.wallMs + strategy.expirationMs : 0
        headers.isPersistent = true
        var extras = message.extras ?? MessageExtras()
        extras.originalDestination = home
        var properties = BrokerProperties.setting("dlqDeliveryFailureCause", to: .text(cause), in: message.properties)
        if message.headers.expirationMs > 0 {
            properties = BrokerProperties.setting(
                "originalExpiration", to: .long(message.headers.expirationMs), in: properties)
        }
        if !message.headers.isPersistent {
            properties = BrokerProperties.setting("originalDeliveryMode", to: .text("NON_PERSISTENT"), in: properties)
        }
        return message.with(headers: headers, properties: properties, extras: extras)
    }

    // MARK: Expiry

    /// A message's time is over. The caller removes it from where it was.
    func expire(_ message: Message, from origin: Origin) {
        self.adviseExpired(message)
        guard self.policies.policy(for: origin.home).entry.deadLetters.processesExpired else { return }
        self.bury(
            message, from: origin,
            cause: "java.lang.Throwable: Message Expired. Expiration:\(message.headers.expirationMs)")
    }

    func expire(_ entry: Entry, in source: Delivery.Source) {
        if case .queue(let queue) = source { queue.expiredCount += 1 }
        let written = self.writes.enqueuedCount
        self.expire(entry.message, from: self.origin(of: entry.message, in: source))
        self.finish(entry, source, isFree: self.writes.enqueuedCount == written)
    }

    /// Removes what has expired while waiting in memory, where it is time to look; what waits in the store is checked
    /// when it is read.
    func removeExpired() {
        let now = self.now.monotonicMs
        let queues = self.queues.values.filter { $0.isExpiryDue(atMs: now) }
        for queue in queues.sorted(by: { $0.destination.name < $1.destination.name }) {
            for entry in queue.backlog.takeExpired(atMs: self.now.wallMs) {
                if queue.owner != nil { self.transientBytes -= entry.message.size }
                self.expire(entry, in: .queue(queue))
            }
        }
        let subscriptions = self.subscriptions.values.filter { $0.isExpiryDue(atMs: now) }
        for subscription in subscriptions.sorted(by: { $0.record.id.rawValue < $1.record.id.rawValue }) {
            for entry in subscription.backlog.takeExpired(atMs: self.now.wallMs) {
                self.expire(entry, in: .subscription(subscription))
            }
        }
    }

    // MARK: Messages that wait for their time

    /// Remembers that `backlog` has messages that wait for their time.
    func noteDeferral(in backlog: Backlog) {
        if !self.deferring.contains(where: { $0 === backlog }) { self.deferring.append(backlog) }
    }

    /// Offers the messages whose time has come.
    func releaseDeferred() {
        guard !self.deferring.isEmpty else { return }
        var released: [ObjectIdentifier: Place] = [:]
        for backlog in self.deferring {
            released[ObjectIdentifier(backlog)] = backlog.release(atMs: self.now.wallMs)
        }
        self.deferring.removeAll { $0.nextDueMs == nil }
        guard !released.isEmpty else { return }
        for queue in self.queues.values.sorted(by: { $0.destination.name < $1.destination.name }) {
            guard let place = released[ObjectIdentifier(queue.backlog)] else { continue }
            queue.rescan(from: place)
            self.dispatch(queue)
        }
        for subscription in self.subscriptions.values where released[ObjectIdentifier(subscription.backlog)] != nil {
            self.dispatch(subscription)
        }
    }

    /// The monotonic time at which the next of them is due.
    var nextDeferredMs: Int64? {
        self.deferring.compactMap(\.nextDueMs).min().map { self.now.monotonicMs + max(0, $0 - self.now.wallMs) }
    }
}
