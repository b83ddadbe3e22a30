import DequeModule

/// Dispatch: from the backlogs to consumers with room in their windows.
extension Broker {
    /// Gives a consumer what it may have now.
    func dispatch(to consumer: Consumer) {
        switch consumer.role {
        case .queues:
            for queue in consumer.queues where consumer.hasCredit { self.dispatch(queue) }
        case .durable(let subscription):
            self.dispatch(subscription)
        case .topic(let backlog):
            self.dispatch(backlog, to: consumer)
        case .browser(let browse):
            self.continueBrowse(browse, for: consumer)
        }
    }

    /// Offers the queue's waiting messages, oldest first, to its consumers.
    func dispatch(_ queue: Queue) {
        guard !queue.isIdle else { return }
        if queue.hasFilters || queue.hasExclusive {
            self.dispatchSelectively(queue)
        } else {
            while let entry = queue.backlog.first {
                if entry.message.headers.groupID != nil {
                    self.dispatchSelectively(queue)
                    break
                }
                if entry.message.headers.isExpired(atMs: self.now.wallMs) {
                    _ = queue.backlog.takeFirst()
                    self.expire(entry, of: queue)
                    continue
                }
                guard let member = queue.nextMember() else { break }
                _ = queue.backlog.takeFirst()
                self.deliver(entry, of: queue, to: member.consumer, isFirstOfGroup: false)
            }
        }
        self.refill(queue)
    }

    /// Where filters, groups or exclusive consumers decide: each message goes to the first consumer that may have it,
    /// and stays in its place where there is none.
    private func dispatchSelectively(_ queue: Queue) {
        let backlog = queue.backlog
        guard var lowest = queue.candidates().map(\.scanned).min() else { return }
        // Who may have a message of a group changes with the group's owner: such messages are looked at each time.
        if backlog.usesGroups { lowest = .start }
        var index = backlog.index(after: lowest)
        while index < backlog.deliverable {
            let candidates = queue.candidates()
            if candidates.isEmpty { return }
            let entry = backlog.ready[index]
            if entry.message.headers.isExpired(atMs: self.now.wallMs) {
                self.expire(backlog.take(at: index), of: queue)
                continue
            }
            guard let (member, isFirst) = self.taker(of: entry, among: candidates, in: queue) else {
                index += 1
                continue
            }
            _ = backlog.take(at: index)
            queue.served(member)
            self.deliver(entry, of: queue, to: member.consumer, isFirstOfGroup: isFirst)
            // Closing a group lets go of what waited for its owner.
            if entry.message.headers.groupSequence < 0, entry.message.headers.groupID != nil { index = 0 }
        }
    }

    func taker(of entry: Entry, among candidates: [Queue.Member], in queue: Queue) -> (Queue.Member, Bool)? {
        let headers = entry.message.headers
        var owner: ConsumerID?
        var isFirst = false
        if let group = headers.groupID {
            switch queue.decide(group: group, sequence: headers.groupSequence) {
            case .anybody(let first): isFirst = first
            case .only(let consumer): owner = consumer
            }
        }
        for member in candidates where owner == nil || member.consumer.id == owner {
            // A message may be looked at again for its group, but the filter's answer never changes.
            let filter = member.consumer.filter
            if filter.passesAll
                || filter.passes(entry.message, sequence: entry.sequence, redeliveryCount: entry.redeliveryCount)
            {
                if let group = headers.groupID {
                    queue.assign(group: group, sequence: headers.groupSequence, to: member.consumer.id)
                }
                return (member, isFirst)
            }
            member.scanned = max(member.scanned, queue.backlog.place(of: entry))
        }
        return nil
    }

    /// A message that was taken from its queue goes to `consumer`.
    func deliver(_ entry: Entry, of queue: Queue, to consumer: Consumer, isFirstOfGroup: Bool) {
        if queue.owner != nil { self.transientBytes -= entry.message.size }
        queue.dispatchCount += 1
        self.deliver(entry, to: consumer, from: .queue(queue), isFirstOfGroup: isFirstOfGroup)
    }

    /// A message that was taken from its queue has expired: it uses up nobody's turn.
    func expire(_ entry: Entry, of queue: Queue) {
        if queue.owner != nil { self.transientBytes -= entry.message.size }
        self.expire(entry, in: .queue(queue))
    }

    func dispatch(_ subscription: DurableSubscription) {
        guard let consumer = subscription.active else { return }
        while consumer.hasCredit, let entry = subscription.backlog.takeFirst() {
            if entry.message.headers.isExpired(atMs: self.now.wallMs) {
                self.expire(entry, in: .subscription(subscription))
                continue
            }
            self.deliver(entry, to: consumer, from: .subscription(subscription))
        }
        self.refill(subscription)
    }

    func deliver(_ entry: Entry, to consumer: Consumer, from source: Delivery.Source, isFirstOfGroup: Bool = false) {
        consumer.dispatched.append(Delivery(entry: entry, source: source, transaction: nil))
        self.noteDelivery(of: entry, from: source)
        if self.tellsDeliveries, self.policies.policy(for: entry.message.destination).entry.advisesDispatched {
            self.adviseDispatched(entry.message, consumer)
        }
        if consumer.pull != nil {
            consumer.pull = nil
            self.pulling[consumer.id] = nil
        }
        self.events.append(
            .dispatch(
                consumer.link,
                Dispatch(
                    consumer: consumer.id, message: entry.message, sequence: entry.sequence,
                    redeliveryCount: entry.redeliveryCount, isFirstOfGroup: isFirstOfGroup)))
    }

    /// Lets the store know, ahead of what is delivered, how far deliveries may have come: all that exists by now, so
    /// that it need not be told of each.
    private func noteDelivery(of entry: Entry, from source: Delivery.Source) {
        guard entry.copy.state != .transient else { return }
        let backlog: Backlog
        switch source {
        case .none: return
        case .queue(let queue): backlog = queue.backlog
        case .subscription(let subscription): backlog = subscription.backlog
        }
        guard entry.sequence > backlog.notedThrough, let id = backlog.id else { return }
        backlog.notedThrough = self.newestSequence
        self.writes.noteDelivery(of: entry.copy, in: id, through: self.newestSequence)
    }

    // MARK: Paging

    /// Asks for the next page of a queue when its window runs low and somebody could take from it.
    private func refill(_ queue: Queue) {
        let backlog = queue.backlog
        guard !backlog.isPaging, let next = backlog.nextPage, let id = backlog.id else { return }
        let hasRoom = backlog.hasRoom(windowBytes: self.configuration.windowBytes)
        guard hasRoom else {
            if queue.looksAhead { self.scan(queue) }
            return
        }
        backlog.isPaging = true
        self.request(id, backlog.priority(ofLane: next.lane), next.from, .backlog(queue, lane: next.lane))
    }

    private func refill(_ subscription: DurableSubscription) {
        self.refill(subscription.backlog) { .subscription(subscription, lane: $0) }
    }

    /// Asks for the next page of a backlog when its window runs low.
    func refill(_ backlog: Backlog, _ receiver: (_ lane: Int) -> PageRequest.Receiver) {
        guard !backlog.isPaging, let next = backlog.nextPage, let id = backlog.id,
            backlog.hasRoom(windowBytes: self.configuration.windowBytes)
        else { return }
        backlog.isPaging = true
        self.request(id, backlog.priority(ofLane: next.lane), next.from, receiver(next.lane))
    }

    func request(
        _ id: BacklogID, _ priority: Int8?, _ from: MessageSequence, _ receiver: PageRequest.Receiver
    ) {
        self.pageRequests.append(
            PageRequest(
                id: id, priority: priority, from: from, limit: self.configuration.pageMessages, receiver: receiver))
    }

    func takePageRequests() -> [PageRequest] {
        guard !self.pageRequests.isEmpty else { return [] }
        defer { self.pageRequests.removeAll(keepingCapacity: true) }
        return self.pageRequests
    }

    func receive(_ page: [StoredMessage], for request: PageRequest, at now: Instant) {
        self.now = now
        switch request.receiver {
        case .backlog(let queue, let lane):
            queue.backlog.receive(page, lane: lane, isLast: page.isEmpty, atMs: now.wallMs)
            if queue.backlog.nextDueMs != nil { self.noteDeferral(in: queue.backlog) }
            // Members may have passed over later lanes already.
            if queue.backlog.isPrioritized { queue.rescan(from: Place(rank: UInt8(lane), sequence: request.from)) }
            self.dispatch(queue)
            self.endDuePulls(of: queue)
        case .subscription(let subscription, let lane):
            subscription.backlog.receive(page, lane: lane, isLast: page.isEmpty, atMs: now.wallMs)
            if subscription.backlog.nextDueMs != nil { self.noteDeferral(in: subscription.backlog) }
            self.dispatch(subscription)
        case .spool(let consumer, let lane):
            guard self.consumers[consumer.id] === consumer, case .topic(let backlog) = consumer.role else { break }
            backlog.receive(page, lane: lane, isLast: page.isEmpty, atMs: now.wallMs)
            self.dispatch(backlog, to: consumer)
            if consumer.pull?.deadlineMs.map({ $0 <= now.monotonicMs }) == true { self.endPull(consumer) }
        case .scan(let queue, let lane, let start):
            self.receiveScan(page, of: queue, lane: lane, after: start)
            self.endDuePulls(of: queue)
        case .browser(let id):
            guard let consumer = self.consumers[id], case .browser(let browse) = consumer.role else { break }
            browse.isPaging = false
            browse.take(page)
            self.continueBrowse(browse, for: consumer)
        case .single(let backlog, let sequence):
            backlog.locked.remove(sequence)
            guard let row = page.first, row.sequence == sequence, backlog.isInWindow(sequence, row.message) else {
                break
            }
            let entry = backlog.entry(of: row)
            backlog.insert(entry)
            for queue in self.queues.values where queue.backlog === backlog {
                queue.rescan(from: backlog.place(of: entry))
                self.dispatch(queue)
            }
            for subscription in self.subscriptions.values where subscription.backlog === backlog {
                self.dispatch(subscription)
            }
        }
        self.collectElided()
    }

    private func endDuePulls(of queue: Queue) {
        for member in queue.members
        where member.consumer.pull?.deadlineMs.map({ $0 <= self.now.monotonicMs }) == true {
            if !self.isPaging(for: member.consumer) { self.endPull(member.consumer) }
        }
    }

    // MARK: Browsing

    /// A snapshot of the queues: what waits, what is in flight, and where the rest lies in the store.
    func browse(_ queues: [Queue]) -> Browse {
        let browse = Browse(end: self.newestSequence)
        for queue in queues {
            var inFlight: [Entry] = []
            for member in queue.members {
                for delivery in member.consumer.dispatched where delivery.transaction == nil {
                    if case .queue(let source) = delivery.source, source === queue { inFlight.append(delivery.entry) }
                }
            }
            browse.add(queue.backlog, inFlight: inFlight)
        }
        return browse
    }

    func continueBrowse(_ browse: Browse, for consumer: Consumer) {
        while consumer.hasCredit, let entry = browse.pending.popFirst() {
            if entry.message.headers.isExpired(atMs: self.now.wallMs) { continue }
            guard
                consumer.filter.passes(
                    entry.message, sequence: entry.sequence, redeliveryCount: entry.redeliveryCount)
            else { continue }
            self.deliver(entry, to: consumer, from: .none)
        }
        guard browse.pending.isEmpty, !browse.isPaging, !browse.isOver else { return }
        if let (id, priority, from) = browse.nextPage {
            browse.isPaging = true
            self.request(id, priority, from, .browser(consumer.id))
        } else if browse.advance() {
            self.continueBrowse(browse, for: consumer)
        } else {
            browse.isOver = true
            self.pulling[consumer.id] = nil
            consumer.pull = nil
            self.events.append(.noMessage(consumer.link, consumer.id))
        }
    }
}
