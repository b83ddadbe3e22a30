import DequeModule

/// Acknowledgements: what consumers say about messages in flight (OpenWire reference, 11.3 and 11.4).
extension Broker {
    func acknowledge(_ acknowledgement: Acknowledgement, request: BrokerRequest, link: Link) throws(BrokerError) {
        // After a reconnect clients acknowledge what this broker never gave them: that is no error.
        guard let consumer = self.consumers[acknowledgement.consumer] else {
            self.answer(request, .done)
            return
        }
        var transaction: Transaction?
        if let id = acknowledgement.transaction {
            let found = try self.openTransaction(id)
            if let failure = found.failure { throw failure }
            transaction = found
        }
        var needsStore = false
        switch acknowledgement.kind {
        case .redelivered:
            break
        case .delivered:
            consumer.released = min(consumer.dispatched.count, consumer.released + Int(max(0, acknowledgement.count)))
        case .individual:
            guard let index = consumer.index(of: acknowledgement.last) else { break }
            needsStore = self.consume(index..<(index + 1), of: consumer, in: transaction, isIndividual: true)
        case .consumed:
            guard let range = self.range(of: acknowledgement, in: consumer) else { break }
            needsStore = self.consume(range, of: consumer, in: transaction, isIndividual: false)
        case .poison, .expired:
            guard let range = self.range(of: acknowledgement, in: consumer) else { break }
            needsStore = self.reject(range, of: consumer, acknowledgement)
        }
        self.answer(request, .done, afterCommit: needsStore)
        self.dispatch(to: consumer)
    }

    /// The consumer's deliveries an acknowledgement covers, or nil when its last message is not outstanding.
    private func range(of acknowledgement: Acknowledgement, in consumer: Consumer) -> Range<Int>? {
        guard let last = consumer.index(of: acknowledgement.last) else { return nil }
        guard let reference = acknowledgement.first else {
            // Topic consumers may name only the last one: everything up to it.
            return 0..<(last + 1)
        }
        if let first = consumer.index(of: reference), first <= last { return first..<(last + 1) }
        // The range began before a reconnect: only as many as the client counts, never more.
        return max(0, last + 1 - Int(max(1, acknowledgement.count)))..<(last + 1)
    }

    /// Removes a range for good, or marks it for the commit of `transaction`. Returns whether the store must know.
    private func consume(
        _ range: Range<Int>, of consumer: Consumer, in transaction: Transaction?, isIndividual: Bool
    ) -> Bool {
        if let transaction {
            var marked = 0
            for index in range where consumer.dispatched[index].transaction == nil {
                consumer.dispatched[index].transaction = transaction
                let delivery = consumer.dispatched[index]
                transaction.acknowledged.append(
                    .init(entry: delivery.entry, source: delivery.source, consumer: consumer))
                marked += 1
            }
            if isIndividual { consumer.released += marked }
            return false
        }
        var needsStore = false
        var removed = 0
        if range.count == 1, range.lowerBound == 0, consumer.dispatched[0].transaction == nil {
            let delivery = consumer.dispatched.removeFirst()
            needsStore = self.finish(delivery.entry, delivery.source)
            removed = 1
        } else {
            var kept: [Delivery] = []
            for index in range {
                let delivery = consumer.dispatched[index]
                if delivery.transaction != nil {
                    kept.append(delivery)
                    continue
                }
                if self.finish(delivery.entry, delivery.source) { needsStore = true }
                removed += 1
            }
            consumer.dispatched.replaceSubrange(range, with: kept)
        }
        consumer.release(removed)
        return needsStore
    }

    /// Poison or expired for the client: to the dead letter queue, and gone from here.
    private func reject(_ range: Range<Int>, of consumer: Consumer, _ acknowledgement: Acknowledgement) -> Bool {
        var needsStore = false
        let deliveries = range.map { consumer.dispatched[$0] }
        consumer.dispatched.removeSubrange(range)
        for delivery in deliveries {
            if case .none = delivery.source, !delivery.entry.message.destination.isTopic { continue }
            if acknowledgement.kind == .expired {
                self.expire(delivery.entry.message, redeliveryCount: delivery.entry.redeliveryCount)
            } else {
                self.bury(delivery.entry.message, cause: acknowledgement.cause ?? "poison acknowledgement")
            }
            if self.finish(delivery.entry, delivery.source) { needsStore = true }
        }
        consumer.release(1)
        return needsStore
    }

    /// The final acknowledgement of one message in one backlog. Returns whether the store must know of it.
    @discardableResult
    func finish(_ entry: Entry, _ source: Delivery.Source) -> Bool {
        let backlog: Backlog
        switch source {
        case .none: return false
        case .queue(let queue): backlog = queue.backlog
        case .subscription(let subscription): backlog = subscription.backlog
        }
        backlog.count -= 1
        return !self.writes.remove(entry.copy, from: backlog.id)
    }

    // MARK: Dead letters and expiry

    /// Puts a copy into the dead letter queue, if the message is one that may go there (OpenWire reference, 12.4).
    ///
    /// Non-persistent messages and dead letters themselves are dropped, as by ActiveMQ's default strategy.
    func bury(_ message: Message, cause: String) {
        let deadLetters = Destination.queue(self.configuration.deadLetterQueue)
        guard message.headers.isPersistent, message.destination != deadLetters, !message.destination.isAdvisory else {
            return
        }
        var headers = message.headers
        headers.destination = deadLetters
        headers.expirationMs = 0
        var extras = message.extras ?? MessageExtras()
        extras.originalDestination = message.destination
        var properties = BrokerProperties.setting("dlqDeliveryFailureCause", to: .text(cause), in: message.properties)
        if message.headers.expirationMs > 0 {
            properties = BrokerProperties.setting(
                "originalExpiration", to: .long(message.headers.expirationMs), in: properties)
        }
        self.enqueue(
            message.with(headers: headers, properties: properties, extras: extras), on: self.queue(deadLetters),
            receipt: nil)
    }

    /// A message's time is over. The caller removes it from where it was.
    func expire(_ message: Message, redeliveryCount: Int32) {
        self.adviseExpired(message)
        self.bury(message, cause: "java.lang.Throwable: Message Expired. Expiration:\(message.headers.expirationMs)")
    }

    /// Removes what has expired while waiting in memory; what waits in the store is checked when it is read.
    func removeExpired() {
        for queue in self.queues.values.sorted(by: { $0.destination.name < $1.destination.name }) {
            for entry in queue.backlog.takeExpired(atMs: self.now.wallMs) {
                if queue.owner != nil { self.transientBytes -= entry.message.size }
                self.expire(entry.message, redeliveryCount: entry.redeliveryCount)
                self.finish(entry, .queue(queue))
            }
        }
        for subscription in self.subscriptions.values.sorted(by: { $0.record.id.rawValue < $1.record.id.rawValue }) {
            for entry in subscription.backlog.takeExpired(atMs: self.now.wallMs) {
                self.expire(entry.message, redeliveryCount: entry.redeliveryCount)
                self.finish(entry, .subscription(subscription))
            }
        }
    }
}
