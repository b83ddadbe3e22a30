import DequeModule

/// A message in one backlog, with what the broker counts for it there.
final class Entry {
    let copy: StoredCopy
    var redeliveryCount: Int32

    init(_ copy: StoredCopy, redeliveryCount: Int32 = 0) {
        self.copy = copy
        self.redeliveryCount = redeliveryCount
    }

    var message: Message { self.copy.message }
    var sequence: MessageSequence { self.copy.sequence }
}

/// The messages of a queue or subscription that wait for a consumer, oldest first.
///
/// Memory holds a window of the oldest; what lies behind it is in the store only. Invariants:
/// - `ready` ascends by sequence and holds everything waiting below `diskFrom` (everything, where that is nil).
/// - With `diskFrom` set, waiting messages at or above it are in the store, and those not stored yet also in `fresh`.
/// - A page shows exactly the batches handed over before it, so when it arrives, `fresh` without its stored entries is
///   what the page could not show.
final class Backlog {
    /// The name in the store; nil as long as nothing of it was stored.
    var id: BacklogID?
    private(set) var ready: Deque<Entry> = []
    private(set) var readyBytes = 0
    private(set) var diskFrom: MessageSequence?
    private var fresh: Deque<Entry> = []
    /// Sequences that a prepared transaction of an earlier master acknowledges: not to be delivered meanwhile.
    var locked: Set<MessageSequence> = []
    var isPaging = false
    /// Whether a message of a group was ever here.
    private(set) var usesGroups = false
    /// Everything not finally acknowledged: waiting, in flight, in the store.
    var count: Int64 = 0
    /// What this broker found in the store when it started serving.
    private let found: Int64
    /// What came since then.
    private(set) var enqueued: Int64 = 0
    /// What was finally acknowledged since then.
    var dequeued: Int64 { self.found + self.enqueued - self.count }

    /// An earlier master may have delivered what it left of the messages up to here.
    private let deliveredBefore: MessageSequence
    /// What the store knows, or will know with the next batch, of what this master has delivered.
    var notedThrough: MessageSequence

    init(id: BacklogID?, stored: Int64 = 0, deliveredBefore: MessageSequence = MessageSequence(0)) {
        self.id = id
        self.deliveredBefore = deliveredBefore
        self.notedThrough = deliveredBefore
        self.count = stored
        self.found = stored
        if stored > 0 { self.diskFrom = MessageSequence(0) }
    }

    var isEmpty: Bool { self.ready.isEmpty && self.diskFrom == nil }
    var waitsOnDisk: Bool { self.diskFrom != nil }

    /// Adds the newest message. Returns false when it stays out of memory once it is stored.
    func append(_ entry: Entry, windowBytes: Int) -> Bool {
        self.count += 1
        self.enqueued += 1
        if entry.message.headers.groupID != nil { self.usesGroups = true }
        if self.diskFrom == nil, self.readyBytes < windowBytes || self.id == nil || entry.copy.state == .transient {
            self.ready.append(entry)
            self.readyBytes += entry.message.size
            return true
        }
        if self.diskFrom == nil { self.diskFrom = entry.sequence }
        self.fresh.append(entry)
        entry.copy.keeper = self
        return false
    }

    /// Whether the next message would go behind the window, and so must be stored even if it is not persistent.
    func spills(windowBytes: Int) -> Bool { self.diskFrom != nil || self.readyBytes >= windowBytes }

    /// Puts messages back that were in flight; they keep their places by sequence.
    func giveBack(_ entries: [Entry]) {
        for entry in entries.sorted(by: { $0.sequence > $1.sequence }) { self.place(entry) }
    }

    /// Puts one message at its place by sequence.
    func place(_ entry: Entry) {
        self.readyBytes += entry.message.size
        guard let first = self.ready.first, first.sequence < entry.sequence else {
            self.ready.prepend(entry)
            return
        }
        var low = 0
        var high = self.ready.count
        while low < high {
            let middle = (low + high) / 2
            if self.ready[middle].sequence < entry.sequence { low = middle + 1 } else { high = middle }
        }
        self.ready.insert(entry, at: low)
    }

    /// A message that a prepared transaction has just revealed, at its place.
    func reveal(_ entry: Entry) {
        self.count += 1
        self.enqueued += 1
        if let diskFrom, entry.sequence >= diskFrom {
            let place = self.fresh.firstIndex { $0.sequence > entry.sequence } ?? self.fresh.endIndex
            self.fresh.insert(entry, at: place)
            entry.copy.keeper = self
        } else {
            self.place(entry)
        }
    }

    func takeFirst() -> Entry? {
        guard let entry = self.ready.popFirst() else { return nil }
        self.readyBytes -= entry.message.size
        return entry
    }

    func take(at index: Int) -> Entry {
        let entry = self.ready.remove(at: index)
        self.readyBytes -= entry.message.size
        return entry
    }

    /// First index in `ready` whose sequence is above `sequence`.
    func index(after sequence: MessageSequence) -> Int {
        var low = 0
        var high = self.ready.count
        while low < high {
            let middle = (low + high) / 2
            if self.ready[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Forgets what is stored by now and lies behind the window: a page will bring it back.
    func dropStored() {
        guard self.diskFrom != nil else { return }
        while let first = self.fresh.first, first.copy.state == .stored || first.copy.state == .elided {
            self.fresh.removeFirst()
        }
    }

    /// Takes in a page that was asked for from `diskFrom`; `isLast` when the store has no more of this backlog.
    func receive(_ page: [StoredMessage], isLast: Bool) {
        self.isPaging = false
        guard let from = self.diskFrom else { return }
        var end = from
        for row in page where row.sequence >= from {
            end = row.sequence.next
            if self.locked.contains(row.sequence) { continue }
            self.append(paged: row)
        }
        let unseen = self.fresh.filter { $0.copy.state != .stored && $0.copy.state != .elided }
        if isLast {
            self.diskFrom = nil
            self.fresh.removeAll()
            for entry in unseen {
                entry.copy.keeper = nil
                self.place(entry)
            }
        } else {
            self.diskFrom = end
            self.fresh = Deque(unseen.filter { $0.sequence >= end })
            for entry in unseen where entry.sequence < end {
                entry.copy.keeper = nil
                self.place(entry)
            }
        }
    }

    private func append(paged row: StoredMessage) {
        let copy = StoredCopy(sequence: row.sequence, message: row.message, state: .stored)
        if row.message.headers.groupID != nil { self.usesGroups = true }
        let count = row.sequence <= self.deliveredBefore ? max(1, row.redeliveryCount) : row.redeliveryCount
        self.ready.append(Entry(copy, redeliveryCount: count))
        self.readyBytes += row.message.size
    }

    /// What a browser sees: the waiting messages in memory, and from where on to ask the store.
    func snapshot() -> (memory: [Entry], diskFrom: MessageSequence?, unstored: [Entry]) {
        (Array(self.ready), self.diskFrom, self.fresh.filter { $0.copy.state != .stored && $0.copy.state != .elided })
    }

    /// Removes the expired messages in memory and returns them.
    func takeExpired(atMs now: Int64) -> [Entry] {
        guard self.ready.contains(where: { $0.message.headers.isExpired(atMs: now) }) else { return [] }
        var expired: [Entry] = []
        var kept: Deque<Entry> = []
        for entry in self.ready {
            if entry.message.headers.isExpired(atMs: now) {
                expired.append(entry)
                self.readyBytes -= entry.message.size
            } else {
                kept.append(entry)
            }
        }
        self.ready = kept
        return expired
    }

    /// Empties the backlog (its destination is destroyed) and returns what was in memory.
    func takeAll() -> [Entry] {
        let all = Array(self.ready) + Array(self.fresh)
        self.ready.removeAll()
        self.fresh.removeAll()
        self.readyBytes = 0
        self.diskFrom = nil
        self.count = 0
        return all
    }
}
