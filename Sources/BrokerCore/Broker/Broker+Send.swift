/// Sends: from a producer to the backlogs.
extension Broker {
    func send(
        _ message: Message, transaction id: TransactionID?, request: BrokerRequest, link: Link
    ) throws(BrokerError) {
        if try self.manageSchedules(message, request: request) { return }
        let plan = try self.schedulePlan(of: message, in: id)
        if plan != nil, try self.waitsForScheduleRoom(message, in: id, request: request, link: link) { return }
        if let id {
            try self.sendInTransaction(message, plan, id: id, request: request)
            return
        }
        let connection = self.numberingConnection(of: message, request)
        if connection != nil, self.isReplay(message) {
            self.answerReplay(request)
            return
        }
        if self.mayRefuseSends, try self.waitsForRoom(message, request: request) { return }
        if self.configuration.answersStatistics, self.answerStatistics(message) {
            self.answer(request, .done)
            return
        }
        let receipt = request.reply.map { Receipt(link: link.id, token: $0) }
        if let plan {
            for element in message.destination.elements { try self.checkExists(element) }
            self.schedule(message, plan)
            if let receipt { self.writes.wait(receipt) }
            self.holdBack(link)
            return
        }
        let isRepeated = self.mayBeRepeated(message, receipt, connection)
        try self.route(message, receipt: receipt, redeliveryCount: isRepeated ? 1 : 0)
        if let receipt, receipt.outstanding == 0 { self.answer(request, .done) }
        if self.holdBack(link, for: message, request) { self.adviseShortage(of: message) }
    }

    /// The connection whose producer numbers its messages so that a repeated one can be told, if it does.
    ///
    /// A bridged message has a number of its own too, but not from its sender: it may come late, and must not be taken
    /// for a repetition.
    func numberingConnection(of message: Message, _ request: BrokerRequest) -> Connection? {
        if request.mayBeRepeated {
            return self.connections[ConnectionID((message.extras?.sender ?? message.id.producer).connection)]
        }
        let connection = self.connections[ConnectionID(message.id.producer.connection)]
        return connection?.request.isFailoverReconnect == true ? connection : nil
    }

    /// A message that is there already is confirmed no earlier than it is stored: nobody may have been told of its
    /// first sending because it is still on its way to the disk.
    func answerReplay(_ request: BrokerRequest) {
        self.answer(request, .done, afterCommit: self.isStoring)
    }

    /// Whether a send may be the repetition of one that a lost master had delivered but not stored.
    ///
    /// After a reconnect a client first repeats what was not answered. So until one of a producer's sends is answered
    /// here, its messages may have been seen by a consumer, and say so (JMS 1.1 §3.4.7: likely, not certain).
    private func mayBeRepeated(_ message: Message, _ receipt: Receipt?, _ connection: Connection?) -> Bool {
        guard let connection, let receipt, message.headers.isPersistent,
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

    /// Puts one copy where it belongs.
    func deliver(_ copy: Copy, receipt: Receipt?, redeliveryCount: Int32 = 0) {
        if copy.message.headers.isExpired(atMs: self.now.wallMs) {
            self.expire(copy.message, from: Origin(home: copy.target.destination))
            return
        }
        switch copy.target {
        case .queue(let queue): self.enqueue(copy.message, on: queue, receipt: receipt, redeliveryCount)
        case .topic(let topic): self.publish(copy.message, on: topic, receipt: receipt, redeliveryCount)
        }
    }

    func enqueue(_ message: Message, on queue: Queue, receipt: Receipt?, _ redeliveryCount: Int32 = 0) {
        let copy = StoredCopy(
            sequence: self.nextSequence(), message: message, redeliveryCount: redeliveryCount)
        let entry = Entry(copy, redeliveryCount: redeliveryCount)
        let window = min(self.windowBytes, queue.memoryWindowBytes)
        if queue.owner == nil {
            if message.headers.isPersistent {
                self.writes.insert(copy, destination: self.storeID(of: queue), receipt: receipt)
            } else if queue.backlog.spills(message, windowBytes: window) {
                // Not for safety but for space: the row is dropped by the next master.
                self.writes.insert(copy, destination: self.storeID(of: queue), receipt: nil)
                self.noteSpooled(copy, in: queue.backlog)
            }
        } else {
            self.transientBytes += message.size
        }
        queue.backlog.append(entry, windowBytes: window)
        if queue.backlog.isPrioritized { queue.rescan(from: queue.backlog.place(of: entry)) }
        if queue.tells { self.adviseSent(message, to: .queue(queue)) }
        if self.isCommitting { self.touchedQueues.append(queue) } else { self.dispatch(queue) }
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

    // MARK: Flow control

    /// What a producer waits for.
    enum Shortage {
        /// The store, or slow consumers, can't keep up.
        case memory
        case spool
        case schedules
    }

    /// Stops reading from a producer's socket while the store or slow consumers can't keep up.
    @discardableResult
    func holdBack(_ link: Link) -> Bool {
        let isOver =
            self.writes.bytes > self.configuration.unstoredLimit || self.transientBytes > self.transientLimit
        return isOver && self.suspend(link, for: .memory)
    }

    /// As ``holdBack(_:)`` after a message, and also while too much of its kind is spooled. Where the next one like it is
    /// to be refused, only the store itself holds its sender back.
    func holdBack(_ link: Link, for message: Message, _ request: BrokerRequest) -> Bool {
        if self.writes.bytes > self.configuration.unstoredLimit { return self.suspend(link, for: .memory) }
        let lacksMemory = self.transientBytes > self.transientLimit
        guard lacksMemory || self.isSpoolFull, !self.refusesNext(message, request) else { return false }
        if lacksMemory { return self.suspend(link, for: .memory) }
        return self.mayBeSpooled(message) && self.suspend(link, for: .spool)
    }

    /// False where the socket is not read anyway.
    @discardableResult
    func suspend(_ link: Link, for shortage: Shortage) -> Bool {
        guard !link.isSuspended else { return false }
        link.isSuspended = true
        self.suspended[link.id] = shortage
        self.events.append(.suspendReading(link.id))
        return true
    }

    func resumeLinks() {
        guard !self.suspended.isEmpty else { return }
        let resumed = self.suspended.filter { self.isOver($0.value) }.keys
        for id in resumed.sorted(by: { $0.rawValue < $1.rawValue }) {
            self.suspended[id] = nil
            self.links[id]?.isSuspended = false
            self.events.append(.resumeReading(id))
        }
    }

    private func isOver(_ shortage: Shortage) -> Bool {
        switch shortage {
        case .memory:
            self.writes.bytes <= self.configuration.unstoredLimit / 2
                && self.transientBytes <= self.transientLimit / 4 * 3
        case .spool: Int64(self.spooledBytes) <= self.spoolLimit / 4 * 3
        case .schedules: !self.isScheduleFull
        }
    }
}
