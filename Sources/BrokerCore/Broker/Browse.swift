import DequeModule

/// The state of a queue browser: a snapshot that is walked once, lane by lane.
final class Browse {
    /// What is left of one lane of one queue.
    private struct Part {
        let backlog: Backlog
        let priority: Int8?
        let memory: [Entry]
        /// Where to ask the store next; nil where it has nothing more.
        var from: MessageSequence?
        /// What was not stored when the browse began, or was taken ahead of its turn: it stands among the rows.
        var later: [Entry]
        let ahead: Set<MessageSequence>
    }

    /// What comes next, in order.
    var pending: Deque<Entry> = []
    /// The first is the one that `pending` is of.
    private var parts: Deque<Part> = []
    private var isStarted = false
    /// The newest message of the snapshot.
    private let end: MessageSequence
    var isPaging = false
    var isOver = false

    init(end: MessageSequence) { self.end = end }

    /// Adds a queue: what waits there, and what is in flight from there.
    func add(_ backlog: Backlog, inFlight: [Entry]) {
        for lane in backlog.snapshot() {
            let own = inFlight.filter {
                lane.priority == nil || backlog.priority(ofLane: Int(backlog.place(of: $0).rank)) == lane.priority
            }
            let memory = (lane.memory + own).sorted { $0.sequence < $1.sequence }
            guard !memory.isEmpty || lane.diskFrom != nil else { continue }
            let isLater: (Entry) -> Bool = { entry in lane.diskFrom.map { entry.sequence >= $0 } ?? false }
            self.parts.append(
                Part(
                    backlog: backlog, priority: lane.priority, memory: memory.filter { !isLater($0) },
                    from: lane.diskFrom, later: memory.filter(isLater) + lane.unstored, ahead: lane.ahead))
        }
        self.start()
    }

    private func start() {
        guard !self.isStarted, let part = self.parts.first else { return }
        self.isStarted = true
        self.pending = Deque(part.memory)
    }

    /// The page of the store that comes next, where the lane has one.
    var nextPage: (BacklogID, Int8?, MessageSequence)? {
        guard let part = self.parts.first, let from = part.from, let id = part.backlog.id else { return nil }
        return (id, part.priority, from)
    }

    /// Goes on with the next lane. False at the end.
    func advance() -> Bool {
        guard !self.parts.isEmpty else { return false }
        self.parts.removeFirst()
        self.pending = Deque(self.parts.first?.memory ?? [])
        return !self.parts.isEmpty
    }

    /// Takes in a page that was asked for as ``nextPage``.
    func take(_ page: [StoredMessage]) {
        guard let part = self.parts.first, part.from != nil else { return }
        let rows = page.filter { $0.sequence <= self.end }
        var entries: [Entry] = []
        for row in rows where !part.ahead.contains(row.sequence) {
            let copy = StoredCopy(sequence: row.sequence, message: row.message, state: .stored)
            entries.append(Entry(copy, redeliveryCount: row.redeliveryCount))
        }
        // Rows that were not stored when the browse began show what memory had then.
        let shown = Set(entries.map(\.sequence))
        let isOver = rows.isEmpty || rows.count < page.count
        let reached = isOver ? self.end : rows[rows.count - 1].sequence
        entries += part.later.filter { $0.sequence <= reached && !shown.contains($0.sequence) && !$0.isGone }
        self.parts[0].later.removeAll { $0.sequence <= reached }
        self.parts[0].from = isOver ? nil : reached.next
        self.pending.append(contentsOf: entries.sorted { $0.sequence < $1.sequence })
    }
}

extension Entry {
    fileprivate var isGone: Bool { self.copy.state == .elided }
}
