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
            found.usedAtMs = self.now.monotonicMs
            transaction = found
        }
        consumer.lastAcknowledgedMs = self.now.monotonicMs
        var needsStore = false
        let bound = self.writes.boundRemovals
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
        self.answer(request, .done, afterCommit: needsStore, isFree: self.writes.boundRemovals == bound)
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
            if self.tellsDeliveries { self.noteConsumed(delivery.entry.message, consumer) }
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
                if self.tellsDeliveries { self.noteConsumed(delivery.entry.message, consumer) }
                if self.finish(delivery.entry, delivery.source) { needsStore = true }
                removed += 1
            }
            consumer.dispatched.replaceSubrange(range, with: kept)
        }
        consumer.release(removed)
        return needsStore
    }

    func noteConsumed(_ message: Message, _ consumer: Consumer) {
        if self.policies.policy(for: message.destination).entry.advisesConsumed {
            self.adviseConsumed(message, consumer)
        }
    }

    /// Poison or expired for the client: to the dead letter queue, and gone from here.
    private func reject(_ range: Range<Int>, of consumer: Consumer, _ acknowledgement: Acknowledgement) -> Bool {
        var needsStore = false
        let deliveries = range.map { consumer.dispatched[$0] }
        consumer.dispatched.removeSubrange(range)
        for delivery in deliveries {
            if case .none = delivery.source, !delivery.entry.message.destination.isTopic { continue }
            let written = self.writes.enqueuedCount
            if acknowledgement.kind == .expired {
                self.expire(delivery.entry.message, from: self.origin(of: delivery.entry.message, in: delivery.source))
            } else {
                let cause = acknowledgement.cause ?? "poison acknowledgement"
                self.giveUp(delivery.entry, from: delivery.source, cause: cause)
            }
            let isMoved = self.writes.enqueuedCount != written
            if self.finish(delivery.entry, delivery.source, isFree: !isMoved) { needsStore = true }
        }
        consumer.release(1)
        return needsStore
    }

    /// The end of one message in one backlog. Returns whether the store must know of it.
    ///
    /// - Parameter isFree: see ``PendingWrites/remove(_:from:isFree:)``.
    @discardableResult
    func finish(_ entry: Entry, _ source: Delivery.Source, isFree: Bool = true) -> Bool {
        let backlog: Backlog
        switch source {
        case .none: return false
        case .queue(let queue): backlog = queue.backlog
        case .subscription(let subscription): backlog = subscription.backlog
        }
        self.noteGone(entry, from: backlog)
        return !self.writes.remove(entry.copy, from: backlog.id, isFree: isFree)
    }

    /// A message has left its backlog for good, whether or not the store must still be told.
    func noteGone(_ entry: Entry, from backlog: Backlog) {
        backlog.count -= 1
        self.noteUnspooled(entry.copy, in: backlog)
    }
}
