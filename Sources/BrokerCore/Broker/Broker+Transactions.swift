import DequeModule

/// Local and XA transactions (OpenWire reference, 15).
///
/// Sends are held back until commit, acknowledged messages stay in flight to their consumer; so a rollback changes
/// nothing but the marks, and the client redelivers by itself. A commit is one store batch.
extension Broker {
    func step(
        _ step: TransactionStep, of id: TransactionID, connection: ConnectionID, request: BrokerRequest, link: Link
    ) throws(BrokerError) {
        switch step {
        case .begin:
            try self.begin(id, connection)
            self.answer(request, .done)
        case .end:
            self.answer(request, .done)
        case .prepare:
            try self.prepare(id, request: request)
        case .commitOnePhase, .commitTwoPhase:
            try self.commit(id, step, request: request)
            self.holdBack(link)
        case .rollback:
            try self.rollBack(id, request: request)
        case .forget:
            try self.forget(id, request: request)
        }
    }

    /// Ends a branch that was decided without the resource manager; nothing of it is left here to decide otherwise.
    private func forget(_ id: TransactionID, request: BrokerRequest) throws(BrokerError) {
        if case .xa(let xid) = id, let transaction = self.prepared[xid] {
            self.rollBack(transaction)
            self.answer(request, .done, afterCommit: true)
            return
        }
        self.rollBack(try self.openTransaction(id))
        self.answer(request, .done)
    }

    private func begin(_ id: TransactionID, _ owner: ConnectionID) throws(BrokerError) {
        let connection = try self.connection(owner.value)
        if case .xa(let xid) = id, self.prepared[xid] != nil {
            throw .xa("Transaction '\(xid)' has already been prepared.", code: -6)
        }
        // A resource manager may join a branch from another connection: there is one transaction of that name.
        if case .xa = id, self.connections.values.contains(where: { $0.transactions[id] != nil }) { return }
        if connection.transactions[id] == nil {
            connection.transactions[id] = Transaction(id, number: self.newTransactionNumber(), at: self.now)
        }
    }

    func openTransaction(_ id: TransactionID) throws(BrokerError) -> Transaction {
        switch id {
        case .local(let owner, _):
            if let found = self.connections[ConnectionID(owner)]?.transactions[id] { return found }
            throw .xa("Transaction '\(Self.text(of: id))' has not been started.", code: -4)
        case .xa(let xid):
            for connection in self.connections.values {
                if let found = connection.transactions[id] { return found }
            }
            throw .xa("Transaction '\(xid)' has not been started.", code: -4)
        }
    }

    private static func text(of id: TransactionID) -> String {
        switch id {
        case .local(let connection, let value): "TX:\(connection):\(value)"
        case .xa(let xid): xid.description
        }
    }

    func sendInTransaction(
        _ message: Message, _ plan: SchedulePlan?, id: TransactionID, request: BrokerRequest
    ) throws(BrokerError) {
        let transaction = try self.openTransaction(id)
        if let failure = transaction.failure { throw failure }
        do throws(BrokerError) {
            for element in message.destination.elements { try self.checkExists(element) }
        } catch {
            transaction.failure = error
            throw error
        }
        if self.isReplay(message), self.tellsRepetitions(of: message, in: id, request) {
            self.answerReplay(request)
            return
        }
        let limit = self.configuration.maxUncommittedCount
        if limit > 0, transaction.sends.count >= limit {
            let failure = BrokerError.resourceExhausted(
                "Can't send message: uncommitted message count \(limit) exceeded")
            transaction.failure = failure
            throw failure
        }
        transaction.usedAtMs = self.now.monotonicMs
        transaction.sends.append(.init(message: message, plan: plan))
        self.answer(request, .done)
    }

    /// Whether a message that is not newer than its producer's newest is sent again, and not merely later.
    ///
    /// A session's local transactions follow each other, and so do their messages. Branches of a resource manager may
    /// be suspended and end in any order: there a lower number says nothing.
    private func tellsRepetitions(of message: Message, in id: TransactionID, _ request: BrokerRequest) -> Bool {
        if request.mayBeRepeated { return true }
        guard case .local = id else { return false }
        return self.numberingConnection(of: message, request) != nil
    }

    private func commit(_ id: TransactionID, _ step: TransactionStep, request: BrokerRequest) throws(BrokerError) {
        if case .xa(let xid) = id, let transaction = self.prepared[xid] {
            guard step == .commitTwoPhase else {
                throw .xa("Transaction '\(xid)' is prepared: commit it in two phases.", code: -6)
            }
            self.commitPrepared(transaction, xid)
            self.answer(request, .done, afterCommit: true)
            return
        }
        let transaction = try self.openTransaction(id)
        if case .xa(let xid) = id, step == .commitTwoPhase {
            throw .xa("Transaction '\(xid)' has not been prepared.", code: -6)
        }
        if let failure = transaction.failure {
            self.rollBack(transaction)
            throw .rolledBack("COMMIT FAILED: Transaction marked rollback only: \(failure)")
        }
        // Everything is checked before anything is changed: a commit happens whole or not at all.
        var copies: [Copy] = []
        for send in transaction.sends where send.plan == nil {
            do throws(BrokerError) {
                copies += try self.copies(of: send.message)
            } catch {
                self.rollBack(transaction)
                throw .rolledBack("COMMIT FAILED: \(error)")
            }
        }
        self.forget(transaction)
        let receipt = request.reply.map { Receipt(link: request.link, token: $0) }
        self.isCommitting = true
        let written = self.writes.enqueuedCount
        for copy in copies { self.deliver(copy, receipt: receipt) }
        let isScheduling = self.schedule(transaction.sends)
        self.noteStored(transaction.sends)
        // It is stored whole or not at all: what it takes goes ahead of the rest only where it is all there is.
        let isFree =
            self.writes.enqueuedCount == written && !isScheduling
            && !transaction.acknowledged.contains { PendingWrites.isHidden($0.entry.copy) }
        let needsStore = self.finishAcknowledged(of: transaction, isFree: isFree) || isScheduling
        self.isCommitting = false
        self.dispatchTouched()
        if needsStore, let receipt { self.writes.wait(receipt, isFree: isFree) }
        if let receipt, receipt.outstanding == 0 { self.answer(request, .done) }
        if self.isSpoolFull, let link = self.links[request.link],
            let send = transaction.sends.first(where: { self.mayBeSpooled($0.message) })
        {
            if self.holdBack(link, for: send.message, request) { self.adviseShortage(of: send.message) }
        }
    }

    private func noteStored(_ sends: [Transaction.Send]) {
        for send in sends where send.message.headers.isPersistent { self.memory.note(send.message.id) }
    }

    /// Everything a commit brings, and all the room it makes, is there before the first message goes out: so its order
    /// is that of the queues.
    func dispatchTouched() {
        let (queues, subscriptions) = (self.touchedQueues, self.touchedSubscriptions)
        self.touchedQueues.removeAll(keepingCapacity: true)
        self.touchedSubscriptions.removeAll(keepingCapacity: true)
        let consumers = self.touchedConsumers
        self.touchedConsumers.removeAll(keepingCapacity: true)
        for queue in queues { self.dispatch(queue) }
        for subscription in subscriptions { self.dispatch(subscription) }
        for consumer in consumers { self.dispatch(to: consumer) }
    }

    /// Takes the transaction's acknowledged messages away for good. Returns whether the store must know.
    private func finishAcknowledged(of transaction: Transaction, isFree: Bool) -> Bool {
        var needsStore = false
        for item in transaction.acknowledged {
            if self.tellsDeliveries, let consumer = item.consumer { self.noteConsumed(item.entry.message, consumer) }
            if self.finish(item.entry, item.source, isFree: isFree) { needsStore = true }
        }
        self.clearMarks(of: transaction, removing: true)
        return needsStore
    }

    /// Ends the marks of a transaction at its consumers, with the messages or without them.
    private func clearMarks(of transaction: Transaction, removing: Bool) {
        var counts: [ObjectIdentifier: (Consumer, Int)] = [:]
        for item in transaction.acknowledged {
            guard let consumer = item.consumer, self.consumers[consumer.id] === consumer else { continue }
            counts[ObjectIdentifier(consumer), default: (consumer, 0)].1 += 1
        }
        for (consumer, count) in counts.values.sorted(by: { $0.0.number < $1.0.number }) {
            if removing {
                consumer.dispatched.removeAll { $0.transaction === transaction }
            } else {
                for index in consumer.dispatched.indices where consumer.dispatched[index].transaction === transaction {
                    consumer.dispatched[index].transaction = nil
                }
            }
            consumer.release(count)
        }
        // All have their room before the first message goes to any of them.
        self.touchedConsumers += counts.values.map(\.0).sorted { $0.number < $1.number }
        if !self.isCommitting { self.dispatchTouched() }
    }

    private func forget(_ transaction: Transaction) {
        switch transaction.id {
        case .local(let owner, _):
            self.connections[ConnectionID(owner)]?.transactions[transaction.id] = nil
        case .xa(let xid):
            self.prepared[xid] = nil
            for connection in self.connections.values { connection.transactions[transaction.id] = nil }
        }
    }

    // MARK: Rolling back

    private func rollBack(_ id: TransactionID, request: BrokerRequest) throws(BrokerError) {
        if case .xa(let xid) = id, let transaction = self.prepared[xid] {
            self.rollBack(transaction)
            self.answer(request, .done, afterCommit: true)
            return
        }
        do throws(BrokerError) {
            self.rollBack(try self.openTransaction(id))
        } catch {
            // A local transaction that nothing was done in was perhaps never begun here.
            if case .xa = id { throw error }
        }
        self.answer(request, .done)
    }

    /// Undoes a transaction. Messages of consumers that are gone meanwhile go back to their backlogs; those of living
    /// consumers stay in flight, since the client redelivers them itself.
    func rollBack(_ transaction: Transaction) { self.giveBack(self.undo(transaction)) }

    /// As ``rollBack(_:)``, but returns what the caller must give back.
    func undo(_ transaction: Transaction) -> [(entry: Entry, source: Delivery.Source)] {
        self.forget(transaction)
        let orphans = transaction.acknowledged.filter { item in
            guard let consumer = item.consumer else { return true }
            return self.consumers[consumer.id] !== consumer
        }
        self.clearMarks(of: transaction, removing: false)
        if transaction.prepared != nil, case .xa(let xid) = transaction.id {
            self.writes.write { $0.resolves.append(.init(transaction: xid, commits: false)) }
            for removal in transaction.recovered { self.unlock(removal) }
        }
        return orphans.map { ($0.entry, $0.source) }
    }

    private func unlock(_ removal: StoreBatch.Removal) {
        // It stays locked until it was read, so that no page brings it as well.
        guard let backlog = self.backlog(removal.backlog) else { return }
        self.pageRequests.append(
            PageRequest(
                id: removal.backlog, priority: nil, from: removal.sequence, limit: 1,
                receiver: .single(backlog, removal.sequence)))
    }

    func backlog(_ id: BacklogID) -> Backlog? {
        switch id {
        case .queue: self.queues.values.first { $0.backlog.id == id }?.backlog
        case .subscription(let number): self.subscriptions.values.first { $0.record.id == number }?.backlog
        }
    }

    // MARK: Two phases

    private func prepare(_ id: TransactionID, request: BrokerRequest) throws(BrokerError) {
        guard case .xa(let xid) = id else {
            throw .xa("Cannot prepare the local transaction \(Self.text(of: id)).", code: -6)
        }
        guard self.prepared[xid] == nil else { throw .xa("Transaction '\(xid)' is prepared already.", code: -6) }
        let transaction = try self.openTransaction(id)
        if let failure = transaction.failure {
            self.rollBack(transaction)
            throw .xa("PREPARE FAILED: Transaction marked rollback only: \(failure)", code: 100)
        }
        if transaction.sends.isEmpty, transaction.acknowledged.isEmpty {
            self.forget(transaction)
            self.answer(request, .prepared(hasWork: false))
            return
        }
        var copies: [Copy] = []
        for send in transaction.sends where send.plan == nil { copies += try self.copies(of: send.message) }
        self.schedule(transaction.sends, prepared: xid)
        transaction.prepared = copies.compactMap { self.storeHidden($0, xid) }
        self.noteStored(transaction.sends)
        let removals = transaction.acknowledged.compactMap { item -> StoreBatch.Removal? in
            guard item.entry.copy.state != .transient, let backlog = Self.backlogID(of: item.source) else { return nil }
            return StoreBatch.Removal(backlog: backlog, sequence: item.entry.sequence)
        }
        self.writes.write { $0.prepares.append(.init(transaction: xid, removals: removals)) }
        self.forget(transaction)
        self.prepared[xid] = transaction
        self.answer(request, .prepared(hasWork: true), afterCommit: true)
    }

    private static func backlogID(of source: Delivery.Source) -> BacklogID? {
        switch source {
        case .none: nil
        case .queue(let queue): queue.backlog.id
        case .subscription(let subscription): subscription.backlog.id
        }
    }

    /// Stores one message of a prepared transaction so that nobody sees it. Temporary and unwanted ones stay in memory.
    private func storeHidden(_ hidden: Copy, _ xid: XATransactionID) -> Transaction.PreparedCopy? {
        let message = hidden.message
        let destination = hidden.target.destination
        let copy = StoredCopy(sequence: self.nextSequence(), message: message)
        if destination.kind == .queue {
            let id = self.storeID(of: self.queue(destination))
            self.writes.insert(copy, destination: id, prepared: xid, receipt: nil)
        } else if destination.kind == .topic {
            let topic = self.topic(destination)
            let wanting = topic.subscriptions.filter { $0.wants(message, sequence: copy.sequence) }.map(\.record.id)
            if !wanting.isEmpty {
                let id = self.storeID(of: topic)
                self.writes.insert(copy, destination: id, subscriptions: wanting, prepared: xid, receipt: nil)
            }
            return .init(copy: copy, destination: destination, subscriptions: wanting)
        }
        return .init(copy: copy, destination: destination, subscriptions: [])
    }

    func commitPrepared(_ transaction: Transaction, _ xid: XATransactionID) {
        self.forget(transaction)
        self.writes.write { $0.resolves.append(.init(transaction: xid, commits: true)) }
        for item in transaction.prepared ?? [] { self.show(item) }
        // The store removes what the transaction had acknowledged; here only the counts follow.
        for item in transaction.acknowledged {
            switch item.source {
            case .none: break
            case .queue(let queue): self.noteGone(item.entry, from: queue.backlog)
            case .subscription(let subscription): self.noteGone(item.entry, from: subscription.backlog)
            }
        }
        for removal in transaction.recovered {
            let backlog = self.backlog(removal.backlog)
            backlog?.locked.remove(removal.sequence)
            backlog?.count -= 1
        }
        self.clearMarks(of: transaction, removing: true)
    }

    /// Makes a prepared copy visible in its backlogs and to topic consumers.
    private func show(_ item: Transaction.PreparedCopy) {
        let copy = item.copy
        // A copy of the batch being formed is revealed by the same batch; clients wait for prepare, so that is rare.
        if copy.state == .stored { self.writes.reveal(copy) }
        if item.destination.isQueue {
            guard let queue = self.queues[item.destination] else { return }
            let entry = Entry(copy)
            self.noteSpooled(copy, in: queue.backlog)
            queue.backlog.reveal(entry)
            queue.rescan(from: queue.backlog.place(of: entry))
            self.dispatch(queue)
            return
        }
        guard let topic = self.topics[item.destination] else { return }
        for subscription in topic.subscriptions where item.subscriptions.contains(subscription.record.id) {
            self.noteSpooled(copy, in: subscription.backlog)
            subscription.backlog.reveal(Entry(copy))
            self.dispatch(subscription)
        }
        self.give(Entry(StoredCopy(sequence: copy.sequence, message: copy.message)), of: topic)
    }
}
