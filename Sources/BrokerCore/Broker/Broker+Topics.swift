import DequeModule

/// Topics: every consumer gets everything, within what its policy lets it be behind.
extension Broker {
    func publish(_ message: Message, on topic: Topic, receipt: Receipt?, _ redeliveryCount: Int32 = 0) {
        let sequence = self.nextSequence()
        if !topic.subscriptions.isEmpty {
            let wanting = topic.subscriptions.filter { $0.wants(message, sequence: sequence) }
            let copy = StoredCopy(sequence: sequence, message: message, redeliveryCount: redeliveryCount)
            self.store(copy, topic: topic, for: wanting, receipt: receipt)
        }
        self.spread(message, sequence: sequence, on: topic, redeliveryCount: redeliveryCount)
    }

    /// Gives a message to the consumers that are there now.
    func spread(_ message: Message, sequence: MessageSequence, on topic: Topic, redeliveryCount: Int32) {
        topic.published += 1
        topic.memory?.keep(message, sequence: sequence, at: self.now)
        if topic.tells { self.adviseSent(message, to: .topic(topic)) }
        guard !topic.members.isEmpty else { return }
        // Shared by all subscribers: nothing about it changes.
        let entry = Entry(StoredCopy(sequence: sequence, message: message), redeliveryCount: redeliveryCount)
        self.give(entry, of: topic)
    }

    /// Gives a message to those of the topic's consumers that want it.
    func give(_ entry: Entry, of topic: Topic) {
        var late: [Backlog] = []
        if topic.isSelective {
            for consumer in self.chosen(for: entry, of: topic) { self.offer(entry, on: topic, to: consumer, &late) }
        } else {
            for consumer in topic.members
            where consumer.filter.passesAll
                || consumer.filter.passes(entry.message, sequence: entry.sequence, redeliveryCount: 0)
            {
                self.offer(entry, on: topic, to: consumer, &late)
            }
        }
        if !late.isEmpty { self.spool(entry, on: topic, for: late) }
    }

    /// Where a dispatch policy picks the consumers.
    private func chosen(for entry: Entry, of topic: Topic) -> [Consumer] {
        var chosen = topic.members.filter {
            $0.filter.passes(entry.message, sequence: entry.sequence, redeliveryCount: 0)
        }
        switch topic.policy.dispatch {
        case .priority, .priorityNetwork:
            let highest = chosen.map(\.request.priority).max()
            chosen.removeAll { $0.request.priority != highest }
        case .clientIDFilter(let property):
            if let properties = entry.message.properties,
                case .string(let clientID)? = PropertyMap.selectorValue(of: property, in: properties)
            {
                chosen.removeAll { $0.connection.clientID != clientID }
            }
        case .roundRobin, .simple, .strictOrder:
            break
        }
        return chosen
    }

    private func store(
        _ copy: StoredCopy, topic: Topic, for wanting: [DurableSubscription], receipt: Receipt?
    ) {
        guard !wanting.isEmpty else { return }
        let message = copy.message
        let window = self.windowBytes
        let spills = wanting.contains { $0.backlog.spills(message, windowBytes: window) }
        if topic.owner == nil, message.headers.isPersistent || spills {
            self.writes.insert(
                copy, destination: self.storeID(of: topic), subscriptions: wanting.map(\.record.id),
                receipt: message.headers.isPersistent ? receipt : nil)
        }
        for subscription in wanting {
            self.noteSpooled(copy, in: subscription.backlog)
            subscription.backlog.append(
                Entry(copy, redeliveryCount: copy.redeliveryCount), windowBytes: window)
            if self.isCommitting {
                self.touchedSubscriptions.append(subscription)
            } else {
                self.dispatch(subscription)
            }
        }
    }

    /// As the other, for one consumer alone.
    ///
    /// - Parameter topic: nil for a message that waits in memory only.
    func offer(_ entry: Entry, on topic: Topic?, to consumer: Consumer) {
        var late: [Backlog] = []
        self.offer(entry, on: topic, to: consumer, &late)
        if let topic, !late.isEmpty { self.spool(entry, on: topic, for: late) }
    }

    /// Gives a topic consumer its message now, or keeps it until its window has room: in memory, or in `late` where
    /// memory has no more room for what this consumer is behind.
    private func offer(_ entry: Entry, on topic: Topic?, to consumer: Consumer, _ late: inout [Backlog]) {
        guard case .topic(let backlog) = consumer.role else { return }
        if backlog.isEmpty, consumer.hasCredit {
            self.deliver(entry, to: consumer, from: .none)
            return
        }
        self.noteSlow(consumer)
        if consumer.pendingLimit == 0 {
            self.discard([entry], of: consumer)
            return
        }
        if consumer.pendingLimit == nil, topic?.maySpool == true,
            backlog.spills(entry.message, windowBytes: self.topicWindowBytes)
        {
            late.append(backlog)
            return
        }
        backlog.append(entry, windowBytes: .max)
        self.transientBytes += entry.message.size
        if let limit = consumer.pendingLimit, backlog.ready.count > limit {
            self.evict(from: backlog, of: consumer, limit: limit)
        }
    }

    // MARK: What consumers are behind

    /// Keeps a message in the store, once for all these consumers, until they can take it. Not for safety but for space:
    /// they are not durable, and the next master drops it.
    private func spool(_ entry: Entry, on topic: Topic, for backlogs: [Backlog]) {
        // A number of its own: the one it has may be that of the row for durable subscriptions.
        let copy = StoredCopy(
            sequence: self.nextSequence(), message: entry.message, redeliveryCount: entry.redeliveryCount,
            isForSpool: true)
        var ids: [SubscriptionID] = []
        for backlog in backlogs {
            if case .subscription(let id)? = backlog.id {
                ids.append(id)
            } else {
                ids.append(self.newSubscriptionID())
                backlog.id = ids.last.map { .subscription($0) }
            }
        }
        self.writes.insert(copy, destination: self.storeID(of: topic), subscriptions: ids, receipt: nil)
        let window = self.topicWindowBytes
        for backlog in backlogs {
            self.noteSpooled(copy, in: backlog)
            backlog.append(Entry(copy, redeliveryCount: entry.redeliveryCount), windowBytes: window)
        }
    }

    /// What a topic's consumer may be behind in memory. All together stay below the limit at which producers are held.
    private var topicWindowBytes: Int {
        self.transientBytes > self.transientLimit / 2
            ? self.configuration.smallWindowBytes : min(self.configuration.windowBytes, self.transientLimit / 2)
    }

    /// Gives a consumer what waits for it, and asks for what waits in the store.
    func dispatch(_ backlog: Backlog, to consumer: Consumer) {
        while consumer.hasCredit, let entry = backlog.takeFirst() {
            if entry.copy.isSpooled {
                self.noteUnspooled(entry.copy, in: backlog)
                self.writes.remove(entry.copy, from: backlog.id)
            } else {
                self.transientBytes -= entry.message.size
            }
            self.deliver(entry, to: consumer, from: .none)
        }
        if consumer.isSlow, consumer.hasCredit { consumer.isSlow = false }
        if !self.suspended.isEmpty { self.resumeLinks() }
        self.refill(backlog) { .spool(consumer, lane: $0) }
    }

    /// A consumer has gone, and nobody else gets what it was behind.
    func drop(_ backlog: Backlog) {
        for entry in backlog.ready where !entry.copy.isSpooled { self.transientBytes -= entry.message.size }
        guard backlog.spooledBytes > 0, case .subscription(let id)? = backlog.id else { return }
        self.empty(backlog)
        self.writes.destroy(id)
    }

    // MARK: What consumers find when they come

    /// Gives a new consumer what the topic kept for it.
    func recall(_ topic: Topic, for consumer: Consumer) {
        guard let memory = topic.memory else { return }
        let isRetroactive = consumer.request.isRetroactive || topic.policy.isAlwaysRetroactive
        for entry in memory.recall(isRetroactive: isRetroactive, at: self.now)
        where consumer.filter.passes(entry.message, sequence: entry.sequence, redeliveryCount: 0) {
            self.offer(entry, on: topic, to: consumer)
        }
    }

    // MARK: What consumers lose when they are too far behind

    /// Drops messages until no more than `limit` wait: expired ones, then those the eviction strategy names.
    private func evict(from backlog: Backlog, of consumer: Consumer, limit: Int) {
        let eviction = consumer.policy.eviction
        if backlog.ready.count > min(limit, max(0, eviction.expiredHighWatermark)) {
            for entry in backlog.takeExpired(atMs: self.now.wallMs) {
                self.transientBytes -= entry.message.size
                self.expire(entry.message, from: Origin(home: entry.message.destination))
            }
        }
        while backlog.ready.count > limit {
            let victims = eviction.victims(in: backlog)
            let gone = backlog.takeAll { victims.contains($0.sequence) }
            if gone.isEmpty { return }
            for entry in gone { self.transientBytes -= entry.message.size }
            self.discard(gone, of: consumer)
        }
    }

    private func discard(_ entries: [Entry], of consumer: Consumer) {
        for entry in entries {
            consumer.discarded += 1
            self.adviseDiscarded(entry.message, consumer)
        }
    }
}

extension MessageEviction {
    /// Which messages go next: at least one, where there are any.
    fileprivate func victims(in backlog: Backlog) -> Set<MessageSequence> {
        let ready = backlog.ready
        switch self.order {
        case .oldest:
            break
        case .oldestWithLowestPriority:
            let lowest = ready.map(\.message.headers.priority).min()
            let oldest = ready.filter { $0.message.headers.priority == lowest }.map(\.sequence).min()
            return oldest.map { [$0] } ?? []
        case .uniqueProperty(let name):
            var newest: [SelectorValue: MessageSequence] = [:]
            var older: Set<MessageSequence> = []
            for entry in ready.sorted(by: { $0.sequence < $1.sequence }) {
                guard let properties = entry.message.properties,
                    let value = PropertyMap.selectorValue(of: name, in: properties)
                else { continue }
                if let before = newest.updateValue(entry.sequence, forKey: value) { older.insert(before) }
            }
            if !older.isEmpty { return older }
        }
        return ready.map(\.sequence).min().map { [$0] } ?? []
    }
}
