import DequeModule

/// What a topic keeps of its latest messages for consumers that come later (``SubscriptionRecovery``).
final class SubscriptionMemory {
    private let rule: SubscriptionRecovery
    /// Whether the last message marked with `ActiveMQ.Retain` is given to every new consumer.
    private let retains: Bool
    private var kept: Deque<(entry: Entry, atMs: Int64)> = []
    private var bytes = 0
    private var retained: Entry?

    /// Nil where nothing is to be kept.
    init?(_ recovery: SubscriptionRecovery) {
        var rule = recovery
        var retains = false
        while case .retained(let wrapped) = rule {
            rule = wrapped
            retains = true
        }
        let keepsNothing = rule == .none || rule == .query
        if keepsNothing, !retains { return nil }
        self.rule = rule
        self.retains = retains
    }

    func keep(_ message: Message, sequence: MessageSequence, at now: Instant) {
        if self.retains, self.isMarked(message) {
            // A retained message without content takes the earlier one away.
            self.retained = message.body?.isEmpty == false ? Self.retainedEntry(of: message, sequence) : nil
        }
        let entry = Entry(StoredCopy(sequence: sequence, message: message))
        switch self.rule {
        case .none, .query, .retained:
            return
        case .lastImage:
            self.kept = [(entry, now.monotonicMs)]
        case .fixedCount(let limit):
            self.append(entry, now)
            while self.kept.count > max(0, limit) { self.dropFirst() }
        case .fixedSize(let limit):
            self.append(entry, now)
            while self.bytes > limit, !self.kept.isEmpty { self.dropFirst() }
        case .timed:
            self.append(entry, now)
            self.dropOld(at: now)
        }
    }

    private func append(_ entry: Entry, _ now: Instant) {
        self.kept.append((entry, now.monotonicMs))
        self.bytes += entry.message.size
    }

    private func dropFirst() {
        guard let first = self.kept.popFirst() else { return }
        self.bytes -= first.entry.message.size
    }

    private func dropOld(at now: Instant) {
        guard case .timed(let limit) = self.rule else { return }
        while let first = self.kept.first, now.monotonicMs - first.atMs > limit { self.dropFirst() }
    }

    private func isMarked(_ message: Message) -> Bool {
        guard let properties = message.properties else { return false }
        return PropertyMap.selectorValue(of: "ActiveMQ.Retain", in: properties) != nil
    }

    private static func retainedEntry(of message: Message, _ sequence: MessageSequence) -> Entry {
        let properties = BrokerProperties.setting("ActiveMQ.Retained", to: .bool(true), in: message.properties)
        let copy = message.with(headers: message.headers, properties: properties, extras: message.extras)
        return Entry(StoredCopy(sequence: sequence, message: copy))
    }

    /// What a new consumer gets, oldest first; everything only if it asks for it.
    func recall(isRetroactive: Bool, at now: Instant) -> [Entry] {
        self.dropOld(at: now)
        var entries = isRetroactive ? self.kept.map(\.entry) : []
        if let retained, !entries.contains(where: { $0.sequence == retained.sequence }) {
            entries.insert(retained, at: 0)
        }
        return entries.filter { !$0.message.headers.isExpired(atMs: now.wallMs) }
    }
}
