/// Sends: from a producer to the backlogs.
extension Broker {
    func send(
        _ message: Message, transaction id: TransactionID?, request: BrokerRequest, link: Link
    ) throws(BrokerError) {
        if let id {
            try self.sendInTransaction(message, id: id, request: request)
            return
        }
        let connection = self.connections[ConnectionID(message.id.producer.connection)]
        if connection?.request.isFailoverReconnect == true, self.isReplay(message) {
            self.answer(request, .done)
            return
        }
        let receipt = request.reply.map { Receipt(link: link.id, token: $0) }
        let isRepeated = self.mayBeRepeated(message, receipt, connection)
        try self.route(message, receipt: receipt, redeliveryCount: isRepeated ? 1 : 0)
        if let receipt, receipt.outstanding == 0 { self.answer(request, .done) }
        self.holdBack(link)
    }

    /// Whether a send may be the repetition of one that a lost master had delivered but not stored.
    ///
    /// After a reconnect a client first repeats what was not answered. So until one of a producer's sends is answered
    /// here, its messages may have been seen by a consumer, and say so (JMS 1.1 §3.4.7: likely, not certain).
    private func mayBeRepeated(_ message: Message, _ receipt: Receipt?, _ connection: Connection?) -> Bool {
        guard let connection, let receipt, connection.request.isFailoverReconnect, message.headers.isPersistent,
            !connection.answeredProducers.contains(message.id.producer)
        else { return false }
        receipt.replayer = (connection, message.id.producer)
        return true
    }

    /// Whether a persistent message was stored already and is sent again after a reconnect (OpenWire reference, 16.5).
    func isReplay(_ message: Message) -> Bool {
        guard message.headers.isPersistent, let last = self.memory.last(of: message.id.producer) else { return false }
        return message.id.sequence <= last
    }

    /// Puts a copy into every element of the message's destination.
    func route(_ message: Message, receipt: Receipt?, redeliveryCount: Int32) throws(BrokerError) {
        for copy in try self.copies(of: message) {
            self.deliver(copy, receipt: receipt, redeliveryCount: redeliveryCount)
        }
        if message.headers.isPersistent { self.memory.note(message.id) }
    }

    /// One message per element of a composite destination; checks that temporary ones exist.
    func copies(of message: Message) throws(BrokerError) -> [Message] {
        let destination = message.destination
        guard destination.isComposite else {
            try self.checkExists(destination)
            return [message]
        }
        var result: [Message] = []
        for element in destination.elements {
            try self.checkExists(element)
            var headers = message.headers
            headers.destination = element
            var extras = message.extras ?? MessageExtras()
            extras.originalDestination = destination
            result.append(message.with(headers: headers, properties: message.properties, extras: extras))
        }
        return result
    }

    private func checkExists(_ destination: Destination) throws(BrokerError) {
        switch destination.kind {
        case .queue, .topic:
            if destination.name.isEmpty { throw .invalidDestination("The destination has no name") }
        case .temporaryQueue:
            if self.queues[destination] == nil { throw .destinationGone(destination) }
        case .temporaryTopic:
            if self.topics[destination] == nil { throw .destinationGone(destination) }
        }
    }

    /// Puts one copy where it belongs. The destination is a single one and exists if it is temporary.
    func deliver(_ message: Message, receipt: Receipt?, redeliveryCount: Int32 = 0) {
        if message.headers.isExpired(atMs: self.now.wallMs) {
            self.expire(message, redeliveryCount: 0)
            return
        }
        switch message.destination.kind {
        case .queue:
            self.enqueue(message, on: self.queue(message.destination), receipt: receipt, redeliveryCount)
        case .temporaryQueue:
            guard let queue = self.queues[message.destination] else { return }
            self.enqueue(message, on: queue, receipt: receipt, redeliveryCount)
        case .topic:
            self.publish(message, on: self.topic(message.destination), receipt: receipt, redeliveryCount)
        case .temporaryTopic:
            guard let topic = self.topics[message.destination] else { return }
            self.publish(message, on: topic, receipt: receipt, redeliveryCount)
        }
    }

    func enqueue(_ message: Message, on queue: Queue, receipt: Receipt?, _ redeliveryCount: Int32 = 0) {
        let copy = StoredCopy(
            sequence: self.nextSequence(), message: message, redeliveryCount: redeliveryCount)
        let entry = Entry(copy, redeliveryCount: redeliveryCount)
        let window = self.windowBytes
        if queue.owner == nil {
            if message.headers.isPersistent {
                self.writes.insert(copy, destination: self.storeID(of: queue), receipt: receipt)
            } else if queue.backlog.spills(windowBytes: window) {
                // Not for safety but for space: the row is dropped by the next master.
                self.writes.insert(copy, destination: self.storeID(of: queue), receipt: nil)
            }
        } else {
            self.transientBytes += message.size
        }
        _ = queue.backlog.append(entry, windowBytes: window)
        self.dispatch(queue)
    }

    func storeID(of queue: Queue) -> DestinationID {
        if case .queue(let id)? = queue.backlog.id { return id }
        let id = self.newDestinationID(for: queue.destination)
        queue.backlog.id = .queue(id)
        return id
    }

    func storeID(of topic: Topic) -> DestinationID {
        if let id = topic.id { return id }
        let id = self.newDestinationID(for: topic.destination)
        topic.id = id
        return id
    }

    func publish(_ message: Message, on topic: Topic, receipt: Receipt?, _ redeliveryCount: Int32 = 0) {
        let sequence = self.nextSequence()
        if !topic.subscriptions.isEmpty {
            let wanting = topic.subscriptions.filter { $0.wants(message, sequence: sequence) }
            let copy = StoredCopy(sequence: sequence, message: message, redeliveryCount: redeliveryCount)
            self.store(copy, topic: topic, for: wanting, receipt: receipt)
        }
        guard !topic.members.isEmpty else { return }
        // Shared by all subscribers: nothing about it changes.
        let entry = Entry(StoredCopy(sequence: sequence, message: message), redeliveryCount: redeliveryCount)
        for consumer in topic.members
        where consumer.filter.passesAll
            || consumer.filter.passes(message, sequence: sequence, redeliveryCount: 0)
        {
            self.offer(entry, to: consumer)
        }
    }

    private func store(
        _ copy: StoredCopy, topic: Topic, for wanting: [DurableSubscription], receipt: Receipt?
    ) {
        guard !wanting.isEmpty else { return }
        let message = copy.message
        let window = self.windowBytes
        let spills = wanting.contains { $0.backlog.spills(windowBytes: window) }
        if topic.owner == nil, message.headers.isPersistent || spills {
            self.writes.insert(
                copy, destination: self.storeID(of: topic), subscriptions: wanting.map(\.record.id),
                receipt: message.headers.isPersistent ? receipt : nil)
        }
        for subscription in wanting {
            _ = subscription.backlog.append(
                Entry(copy, redeliveryCount: copy.redeliveryCount), windowBytes: window)
            self.dispatch(subscription)
        }
    }

    /// Gives a topic consumer its message now, or keeps it until its window has room.
    func offer(_ entry: Entry, to consumer: Consumer) {
        guard case .topic(let backlog) = consumer.role else { return }
        if backlog.isEmpty, consumer.hasCredit {
            self.deliver(entry, to: consumer, from: .none)
            return
        }
        _ = backlog.append(entry, windowBytes: .max)
        self.transientBytes += entry.message.size
        let limit = Int(consumer.request.maximumPending)
        if limit > 0, backlog.ready.count > limit, let oldest = backlog.takeFirst() {
            self.transientBytes -= oldest.message.size
        }
    }

    // MARK: Flow control

    /// Stops reading from a producer's socket while the store or slow consumers can't keep up.
    func holdBack(_ link: Link) {
        guard !link.isSuspended,
            self.writes.bytes > self.configuration.unstoredLimit
                || self.transientBytes > self.configuration.memoryLimit
        else { return }
        link.isSuspended = true
        self.suspended.insert(link.id)
        self.events.append(.suspendReading(link.id))
    }

    func resumeLinks() {
        guard !self.suspended.isEmpty, self.writes.bytes <= self.configuration.unstoredLimit / 2,
            self.transientBytes <= self.configuration.memoryLimit / 4 * 3
        else { return }
        for id in self.suspended.sorted(by: { $0.rawValue < $1.rawValue }) {
            self.links[id]?.isSuspended = false
            self.events.append(.resumeReading(id))
        }
        self.suspended.removeAll()
    }
}
