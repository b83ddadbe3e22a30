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
            while consumer.hasCredit, let entry = backlog.takeFirst() {
                self.transientBytes -= entry.message.size
                self.deliver(entry, to: consumer, from: .none)
            }
            if !self.suspended.isEmpty { self.resumeLinks() }
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
            while let entry = queue.backlog.ready.first {
                if entry.message.headers.groupID != nil {
                    self.dispatchSelectively(queue)
                    break
                }
                guard let member = queue.nextMember() else { break }
                _ = queue.backlog.takeFirst()
                self.deliverOrExpire(entry, from: queue, to: member.consumer, isFirstOfGroup: false)
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
        if backlog.usesGroups { lowest = MessageSequence(0) }
        var index = backlog.index(after: lowest)
        while index < backlog.ready.count {
            let candidates = queue.candidates()
            if candidates.isEmpty { return }
            let entry = backlog.ready[index]
            guard let (member, isFirst) = self.taker(of: entry, among: candidates, in: queue) else {
                index += 1
                continue
            }
            _ = backlog.take(at: index)
            queue.served(member)
            self.deliverOrExpire(entry, from: queue, to: member.consumer, isFirstOfGroup: isFirst)
        }
    }

    private func taker(of entry: Entry, among candidates: [Queue.Member], in queue: Queue) -> (Queue.Member, Bool)? {
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
            member.scanned = max(member.scanned, entry.sequence)
        }
        return nil
    }

    private func deliverOrExpire(_ entry: Entry, from queue: Queue, to consumer: Consumer, isFirstOfGroup: Bool) {
        if queue.owner != nil { self.transientBytes -= entry.message.size }
        if entry.message.headers.isExpired(atMs: self.now.wallMs) {
            self.expire(entry.message, redeliveryCount: entry.redeliveryCount)
            self.finish(entry, .queue(queue))
            return
        }
        self.deliver(entry, to: consumer, from: .queue(queue), isFirstOfGroup: isFirstOfGroup)
    }

    func dispatch(_ subscription: DurableSubscription) {
        guard let consumer = subscription.active else { return }
        while consumer.hasCredit, let entry = subscription.backlog.takeFirst() {
            if entry.message.headers.isExpired(atMs: self.now.wallMs) {
                self.expire(entry.message, redeliveryCount: entry.redeliveryCount)
                self.finish(entry, .subscription(subscription))
                continue
            }
            self.deliver(entry, to: consumer, from: .subscription(subscription))
        }
        self.refill(subscription)
    }

    func deliver(_ entry: Entry, to consumer: Consumer, from source: Delivery.Source, isFirstOfGroup: Bool = false) {
        consumer.dispatched.append(Delivery(entry: entry, source: source, transaction: nil))
        self.noteDelivery(of: entry, from: source)
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
        guard let from = backlog.diskFrom, !backlog.isPaging, let id = backlog.id else { return }
        let hasRoom = backlog.readyBytes < self.configuration.windowBytes / 4
        // Where filters pass over everything in the window, look further, within reason.
        let isStuck =
            queue.hasFilters && backlog.readyBytes < self.configuration.windowBytes * 4
            && queue.members.contains { $0.consumer.hasCredit }
        guard hasRoom || isStuck else { return }
        backlog.isPaging = true
        self.request(id, from, .backlog(queue))
    }

    private func refill(_ subscription: DurableSubscription) {
        let backlog = subscription.backlog
        guard let from = backlog.diskFrom, !backlog.isPaging, let id = backlog.id,
            backlog.readyBytes < self.configuration.windowBytes / 4
        else { return }
        backlog.isPaging = true
        self.request(id, from, .subscription(subscription))
    }

    private func request(_ id: BacklogID, _ from: MessageSequence, _ receiver: PageRequest.Receiver) {
        self.pageRequests.append(
            PageRequest(id: id, from: from, limit: self.configuration.pageMessages, receiver: receiver))
    }

    func takePageRequests() -> [PageRequest] {
        guard !self.pageRequests.isEmpty else { return [] }
        defer { self.pageRequests.removeAll(keepingCapacity: true) }
        return self.pageRequests
    }

    func receive(_ page: [StoredMessage], for request: PageRequest, at now: Instant) {
        self.now = now
        switch request.receiver {
        case .backlog(let queue):
            queue.backlog.receive(page, isLast: page.isEmpty)
            self.dispatch(queue)
            for member in queue.members where member.consumer.pull?.deadlineMs.map({ $0 <= now.monotonicMs }) == true {
                if !self.isPaging(for: member.consumer) { self.endPull(member.consumer) }
            }
        case .subscription(let subscription):
            subscription.backlog.receive(page, isLast: page.isEmpty)
            self.dispatch(subscription)
        case .browser(let id, let queue):
            guard let consumer = self.consumers[id], case .browser(let browse) = consumer.role else { break }
            browse.isPaging = false
            self.take(page, of: queue, into: browse)
            self.continueBrowse(browse, for: consumer)
        case .single(let backlog, let sequence):
            guard let row = page.first, row.sequence == sequence else { break }
            let copy = StoredCopy(sequence: sequence, message: row.message, state: .stored)
            backlog.place(Entry(copy, redeliveryCount: row.redeliveryCount))
            for queue in self.queues.values where queue.backlog === backlog { self.dispatch(queue) }
            for subscription in self.subscriptions.values where subscription.backlog === backlog {
                self.dispatch(subscription)
            }
        }
        self.collectElided()
    }

    // MARK: Browsing

    /// A snapshot of the queues: what waits, what is in flight, and where the rest lies in the store.
    func browse(_ queues: [Queue]) -> Browse {
        let browse = Browse(queues: queues, end: self.newestSequence)
        for queue in queues {
            var (memory, from, unstored) = queue.backlog.snapshot()
            for member in queue.members {
                for delivery in member.consumer.dispatched where delivery.transaction == nil {
                    if case .queue(let source) = delivery.source, source === queue { memory.append(delivery.entry) }
                }
            }
            memory.sort { $0.sequence < $1.sequence }
            browse.pending.append(contentsOf: memory)
            if let from { browse.disk.append((queue, from, unstored)) }
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
        if let part = browse.disk.first, let id = part.queue.backlog.id {
            browse.isPaging = true
            self.request(id, part.from, .browser(consumer.id, part.queue))
        } else {
            browse.isOver = true
            self.pulling[consumer.id] = nil
            consumer.pull = nil
            self.events.append(.noMessage(consumer.link, consumer.id))
        }
    }

    private func take(_ page: [StoredMessage], of queue: Queue, into browse: Browse) {
        guard !browse.disk.isEmpty else { return }
        let part = browse.disk[0]
        let rows = page.filter { $0.sequence <= browse.end }
        for row in rows {
            let copy = StoredCopy(sequence: row.sequence, message: row.message, state: .stored)
            browse.pending.append(Entry(copy, redeliveryCount: row.redeliveryCount))
        }
        if let last = rows.last, rows.count == page.count {
            browse.disk[0].from = last.sequence.next
        } else {
            // What was not stored when the browse began and is in no page either comes last.
            let next = rows.last?.sequence.next ?? part.from
            browse.pending.append(contentsOf: part.unstored.filter { $0.sequence >= next && $0.copy.state != .elided })
            browse.disk.removeFirst()
        }
    }
}
