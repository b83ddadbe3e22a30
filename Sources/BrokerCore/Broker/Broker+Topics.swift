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
        if topic.isSelective { return self.publish(entry, toSomeOf: topic) }
        for consumer in topic.members
        where consumer.filter.passesAll
            || consumer.filter.passes(message, sequence: sequence, redeliveryCount: 0)
        {
            self.offer(entry, to: consumer)
        }
    }

    /// Where a dispatch policy picks the consumers.
    private func publish(_ entry: Entry, toSomeOf topic: Topic) {
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
        for consumer in chosen { self.offer(entry, to: consumer) }
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

    /// Gives a topic consumer its message now, or keeps it until its window has room.
    func offer(_ entry: Entry, to consumer: Consumer) {
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
        backlog.append(entry, windowBytes: .max)
        self.transientBytes += entry.message.size
        if let limit = consumer.pendingLimit, backlog.ready.count > limit {
            self.evict(from: backlog, of: consumer, limit: limit)
        }
    }

    // MARK: What consumers find when they come

    /// Gives a new consumer what the topic kept for it.
    func recall(_ topic: Topic, for consumer: Consumer) {
        guard let memory = topic.memory else { return }
        let isRetroactive = consumer.request.isRetroactive || topic.policy.isAlwaysRetroactive
        for entry in memory.recall(isRetroactive: isRetroactive, at: self.now)
        where consumer.filter.passes(entry.message, sequence: entry.sequence, redeliveryCount: 0) {
            self.offer(entry, to: consumer)
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
