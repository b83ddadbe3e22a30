/// Room for messages: what happens to a send that finds none (OpenWire reference, 16.2).
///
/// By default its answer waits, and the socket is read no further once too much waits. Where `sendFailIfNoSpace` is set
/// it is refused; with `sendFailIfNoSpaceAfterTimeout` it waits outside until there is room or its time is over.
extension Broker {
    /// A send that waits for room.
    struct WaitingSend {
        let request: BrokerRequest
        let deadlineMs: Int64
        /// It waits for room among the scheduled messages.
        var isScheduled = false
    }

    /// Whether nothing is to be done yet: the send waits. Called only where refusing is configured at all.
    func waitsForRoom(_ message: Message, request: BrokerRequest) throws(BrokerError) -> Bool {
        let mustQueue = self.waitingSends.contains { $0.request.link == request.link }
        guard mustQueue || self.lacksRoom(for: message) else { return false }
        let policy = self.policies.policy(for: message.destination).entry
        guard policy.isFlowControlled else { return false }
        let rule = self.roomRule(policy)
        self.adviseShortage(of: message)
        if rule.fails { throw self.shortage(of: message) }
        // A send that wants no answer can't be told later: its socket is held up instead.
        guard rule.afterMs > 0, request.reply != nil else { return false }
        self.waitingSends.append(WaitingSend(request: request, deadlineMs: self.now.monotonicMs + rule.afterMs))
        return true
    }

    /// Whether a send that finds no room is refused at once, or after how long; 0 never.
    func roomRule(_ policy: PolicyEntry) -> (fails: Bool, afterMs: Int64) {
        let usage = self.configuration.usage
        if usage.overridesPolicies { return (usage.failsSendIfNoSpace, usage.failsSendAfterMs) }
        return (
            policy.failsSendIfNoSpace ?? usage.failsSendIfNoSpace, policy.failsSendAfterMs ?? usage.failsSendAfterMs
        )
    }

    /// Whether the next send like this one is refused, at once or in time, where it finds no room: then its socket must
    /// be read, or it would never be.
    func refusesNext(_ message: Message, _ request: BrokerRequest) -> Bool {
        guard self.mayRefuseSends else { return false }
        let policy = self.policies.policy(for: message.destination).entry
        guard policy.isFlowControlled else { return false }
        let rule = self.roomRule(policy)
        return rule.fails || rule.afterMs > 0 && request.reply != nil
    }

    private func lacksRoom(for message: Message) -> Bool {
        if self.isSpoolFull, self.mayBeSpooled(message) { return true }
        if self.isStoreFull, message.headers.isPersistent, !message.destination.isTemporary { return true }
        let isTransient = message.destination.isTopic || message.destination.isTemporary
        return isTransient && self.transientBytes > self.transientLimit
    }

    private func shortage(of message: Message) -> BrokerError {
        .resourceExhausted(
            "Usage Manager \(self.scarcity(for: message).name) is Full. Stopping producer (\(message.id.producer)) to "
                + "prevent flooding \(message.destination).")
    }

    func adviseShortage(of message: Message) {
        let (name, percent) = self.scarcity(for: message)
        self.adviseFull(message, usage: name, percent: percent)
    }

    /// What a message finds no room in, and how much of that is used.
    private func scarcity(for message: Message) -> (name: String, percent: Int64) {
        if self.isStoreFull, message.headers.isPersistent { return ("Store", 100) }
        if self.isSpoolFull, self.mayBeSpooled(message) { return ("Temp Store", self.spoolPercent) }
        return ("Memory", Int64(clamping: self.transientBytes * 100 / max(1, self.transientLimit)))
    }

    /// Bytes of messages in memory that only consumers can free.
    var transientLimit: Int {
        self.configuration.usage.memoryLimitBytes.map { Int(clamping: $0) } ?? self.configuration.memoryLimit
    }

    /// The store has no room for more messages, or has it again.
    package func setStoreFull(_ isFull: Bool, at now: Instant) {
        self.now = now
        self.isStoreFull = isFull
        if !isFull { self.retrySends() }
    }

    /// Carries out the sends that waited, in order, as far as there is room, and refuses those whose time is over.
    func retrySends() {
        guard !self.waitingSends.isEmpty else { return }
        let waiting = self.waitingSends
        self.waitingSends = []
        for send in waiting {
            guard let link = self.links[send.request.link], let token = send.request.reply,
                case .send(let message, _) = send.request.command
            else { continue }
            if !(send.isScheduled ? self.isScheduleFull : self.lacksRoom(for: message)) {
                self.perform(send.request, at: self.now)
            } else if send.deadlineMs <= self.now.monotonicMs {
                let shortage = send.isScheduled ? self.scheduleShortage(of: message) : self.shortage(of: message)
                self.events.append(.reply(link.id, token, .failed(shortage)))
            } else {
                self.waitingSends.append(send)
            }
        }
    }
}

/// What is spooled (ActiveMQ: `tempUsage`): messages that are not persistent, or for consumers that are not durable, in
/// the store because memory has no room.
///
/// Counted from when a copy gets its row until it leaves its backlog, whatever the way. A new master starts at nothing:
/// it drops the rows.
extension Broker {
    /// 0 for none.
    var spoolLimit: Int64 { self.configuration.usage.temporaryLimitBytes }

    var isSpoolFull: Bool { self.spoolLimit > 0 && Int64(self.spooledBytes) >= self.spoolLimit }

    var spoolPercent: Int64 {
        guard self.spoolLimit > 0 else { return 0 }
        return Int64(Double(self.spooledBytes) * 100 / Double(self.spoolLimit))
    }

    /// Whether a message would be spooled where memory has no room for it: it is held up while the spool is full.
    func mayBeSpooled(_ message: Message) -> Bool {
        if message.destination.isTemporary { return false }
        let isPersistent = message.headers.isPersistent
        return message.destination.elements.contains { element in
            if let topic = self.topics[element], topic.members.contains(where: \.isSpooling) { return true }
            if isPersistent { return false }
            if element.isQueue { return true }
            if self.virtualQueues[element]?.isEmpty == false { return true }
            return self.topics[element]?.subscriptions.isEmpty == false
        }
    }

    func noteSpooled(_ copy: StoredCopy, in backlog: Backlog) {
        guard copy.isSpooled else { return }
        backlog.spooledBytes += copy.message.size
        self.spooledBytes += copy.message.size
    }

    /// A copy is about to leave its backlog for good.
    func noteUnspooled(_ copy: StoredCopy, in backlog: Backlog) {
        guard copy.isSpooled else { return }
        // A backlog that was destroyed has given back everything.
        let bytes = min(copy.message.size, backlog.spooledBytes)
        backlog.spooledBytes -= bytes
        self.spooledBytes -= bytes
    }

    /// A backlog is destroyed, with what of it lies in the store only.
    func empty(_ backlog: Backlog) {
        self.spooledBytes -= backlog.spooledBytes
        backlog.spooledBytes = 0
        for entry in backlog.takeAll() { self.writes.remove(entry.copy, from: backlog.id) }
    }
}
