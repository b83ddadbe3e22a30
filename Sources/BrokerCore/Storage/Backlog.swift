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

/// Where a message stands in its backlog: by sequence, within its priority where the backlog goes by that.
struct Place: Comparable {
    /// 0 for the highest priority, and for all messages of a backlog that knows none.
    let rank: UInt8
    let sequence: MessageSequence

    static let start = Place(rank: 0, sequence: MessageSequence(0))

    static func < (a: Self, b: Self) -> Bool {
        a.rank == b.rank ? a.sequence < b.sequence : a.rank < b.rank
    }
}

/// The messages of a queue or subscription that wait for a consumer, in the order of their ``Place``.
///
/// Memory holds a window of the first; what lies behind it is in the store only. Each priority is a lane of its own,
/// and a backlog that does not go by priority has one. Invariants:
/// - `ready` ascends by place and holds everything of a lane that waits below its `diskFrom` (everything, where that is
///   nil).
/// - With `diskFrom` set, the lane's waiting messages at or above it are in the store, and those not stored yet also in
///   its `fresh`.
/// - A page shows exactly the batches handed over before it, so when it arrives, `fresh` without its stored entries is
///   what the page could not show.
/// - ``deliverable``: nothing may be delivered in turn while something before it waits on disk. Only what a selector
///   looks for is taken ahead; given back, it stands in `ready` at its place, and still in `ahead`.
final class Backlog {
    private struct Lane {
        var diskFrom: MessageSequence?
        var fresh: Deque<Entry> = []
        /// Messages at or above `diskFrom` that were taken before their turn: pages leave them out.
        var ahead: Set<MessageSequence> = []
    }

    /// The name in the store; nil as long as nothing of it was stored.
    var id: BacklogID?
    let isPrioritized: Bool
    /// Of a consumer that is not durable: nothing of it is kept for the next master.
    let isSpool: Bool
    private(set) var ready: Deque<Entry> = []
    private(set) var readyBytes = 0
    private var lanes: [Lane]
    /// Lanes with `diskFrom` set.
    private var diskLanes = 0
    /// What waits for its time, the soonest first.
    private var deferred: [Entry] = []
    /// Sequences that a prepared transaction of an earlier master acknowledges: not to be delivered meanwhile.
    var locked: Set<MessageSequence> = []
    var isPaging = false
    /// Changes with everything that comes in, or comes back.
    private(set) var arrivals = 0
    /// Whether anything was taken ahead and is not reached by pages yet.
    private var hasAhead = false
    /// Whether a message of a group was ever here.
    private(set) var usesGroups = false
    /// Everything not finally acknowledged: waiting, in flight, in the store.
    var count: Int64 = 0
    /// Bytes of those of them that are only spooled to the store.
    var spooledBytes = 0
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

    init(
        id: BacklogID?, stored: Int64 = 0, deliveredBefore: MessageSequence = MessageSequence(0),
        isPrioritized: Bool = false, isSpool: Bool = false
    ) {
        self.id = id
        self.isSpool = isSpool
        self.isPrioritized = isPrioritized
        self.deliveredBefore = deliveredBefore
        self.notedThrough = deliveredBefore
        self.count = stored
        self.found = stored
        let lane = Lane(diskFrom: stored > 0 ? MessageSequence(0) : nil)
        self.lanes = Array(repeating: lane, count: isPrioritized ? 10 : 1)
        self.diskLanes = stored > 0 ? self.lanes.count : 0
    }

    var isEmpty: Bool { self.ready.isEmpty && self.diskLanes == 0 && self.deferred.isEmpty }
    var waitsOnDisk: Bool { self.diskLanes > 0 }

    // MARK: Places

    private func rank(of message: Message) -> Int {
        self.isPrioritized ? 9 - Int(max(0, min(9, message.headers.priority))) : 0
    }

    func place(of entry: Entry) -> Place {
        Place(rank: UInt8(self.rank(of: entry.message)), sequence: entry.sequence)
    }

    /// The first lane of which a part lies in the store only.
    private var firstDiskLane: Int? {
        self.diskLanes == 0 ? nil : self.lanes.firstIndex { $0.diskFrom != nil }
    }

    /// How many of `ready`, from the first, may be delivered.
    var deliverable: Int {
        guard self.isPrioritized || self.hasAhead, let lane = self.firstDiskLane else { return self.ready.count }
        let before = self.hasAhead ? (self.lanes[lane].diskFrom?.rawValue ?? .max) - 1 : .max
        return self.index(after: Place(rank: UInt8(lane), sequence: MessageSequence(before)))
    }

    /// The first that may be delivered.
    var first: Entry? {
        guard let entry = self.ready.first else { return nil }
        guard self.isPrioritized || self.hasAhead else { return entry }
        return self.deliverable > 0 ? entry : nil
    }

    /// First index in `ready` whose place is after `place`.
    func index(after place: Place) -> Int {
        var low = 0
        var high = self.ready.count
        while low < high {
            let middle = (low + high) / 2
            if self.place(of: self.ready[middle]) <= place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Coming in

    /// Adds the newest message. Returns false when it stays out of memory once it is stored.
    @discardableResult
    func append(_ entry: Entry, windowBytes: Int) -> Bool {
        self.count += 1
        self.enqueued += 1
        if entry.message.headers.groupID != nil { self.usesGroups = true }
        let rank = self.rank(of: entry.message)
        if self.lanes[rank].diskFrom == nil,
            self.readyBytes < windowBytes || self.id == nil || entry.copy.state == .transient
        {
            self.insert(entry)
            return true
        }
        if self.lanes[rank].diskFrom == nil {
            self.lanes[rank].diskFrom = entry.sequence
            self.diskLanes += 1
        }
        self.lanes[rank].fresh.append(entry)
        self.arrivals &+= 1
        entry.copy.keeper = self
        return false
    }

    /// Adds a message that must wait for its time.
    func `defer`(_ entry: Entry) {
        self.count += 1
        self.enqueued += 1
        self.hold(entry)
    }

    private func hold(_ entry: Entry) {
        let place = self.deferred.firstIndex { $0.copy.notBeforeMs > entry.copy.notBeforeMs } ?? self.deferred.count
        self.deferred.insert(entry, at: place)
    }

    /// When the next message that waits for its time is due, in Unix milliseconds.
    var nextDueMs: Int64? { self.deferred.first?.copy.notBeforeMs }

    /// Puts the messages whose time has come to their places. Returns the first of these places.
    func release(atMs now: Int64) -> Place? {
        var first: Place?
        while let entry = self.deferred.first, entry.copy.notBeforeMs <= now {
            self.deferred.removeFirst()
            self.insert(entry)
            first = min(first ?? self.place(of: entry), self.place(of: entry))
        }
        return first
    }

    /// Whether `message` would go behind the window, and so must be stored even if it is not persistent.
    func spills(_ message: Message, windowBytes: Int) -> Bool {
        self.readyBytes >= windowBytes || self.diskLanes > 0 && self.lanes[self.rank(of: message)].diskFrom != nil
    }

    /// Puts messages back that were in flight; they keep their places.
    func giveBack(_ entries: [Entry]) {
        for entry in entries.sorted(by: { self.place(of: $0) > self.place(of: $1) }) { self.insert(entry) }
    }

    /// Puts one message at its place in memory.
    func insert(_ entry: Entry) {
        self.readyBytes += entry.message.size
        self.arrivals &+= 1
        let place = self.place(of: entry)
        guard let last = self.ready.last, self.place(of: last) > place else {
            self.ready.append(entry)
            return
        }
        guard let first = self.ready.first, self.place(of: first) < place else {
            self.ready.prepend(entry)
            return
        }
        self.ready.insert(entry, at: self.index(after: place))
    }

    /// A message that a prepared transaction has just revealed, at its place.
    func reveal(_ entry: Entry) {
        self.count += 1
        self.enqueued += 1
        let rank = self.rank(of: entry.message)
        if let diskFrom = self.lanes[rank].diskFrom, entry.sequence >= diskFrom {
            let fresh = self.lanes[rank].fresh
            let place = fresh.firstIndex { $0.sequence > entry.sequence } ?? fresh.endIndex
            self.lanes[rank].fresh.insert(entry, at: place)
            self.arrivals &+= 1
            entry.copy.keeper = self
        } else {
            self.insert(entry)
        }
    }

    // MARK: Going out

    func takeFirst() -> Entry? {
        guard self.first != nil, let entry = self.ready.popFirst() else { return nil }
        self.readyBytes -= entry.message.size
        return entry
    }

    func take(at index: Int) -> Entry {
        let entry = self.ready.remove(at: index)
        self.readyBytes -= entry.message.size
        return entry
    }

    /// Removes the expired messages in memory and returns them.
    func takeExpired(atMs now: Int64) -> [Entry] {
        self.takeAll { $0.message.headers.isExpired(atMs: now) }
    }

    /// Removes those of the messages in memory, and returns them.
    func takeAll(where isTaken: (Entry) -> Bool) -> [Entry] {
        guard self.ready.contains(where: isTaken) else { return [] }
        var taken: [Entry] = []
        var kept: Deque<Entry> = []
        for entry in self.ready {
            if isTaken(entry) {
                taken.append(entry)
                self.readyBytes -= entry.message.size
            } else {
                kept.append(entry)
            }
        }
        self.ready = kept
        return taken
    }

    /// Empties the backlog (its destination is destroyed) and returns what was in memory.
    func takeAll() -> [Entry] {
        let all = Array(self.ready) + self.lanes.flatMap(\.fresh) + self.deferred
        self.ready.removeAll()
        self.deferred = []
        for rank in self.lanes.indices { self.lanes[rank] = Lane() }
        self.diskLanes = 0
        self.readyBytes = 0
        self.count = 0
        return all
    }

    // MARK: The store

    /// What to ask the store for next: of the first lane that is not all in memory.
    var nextPage: (lane: Int, from: MessageSequence)? {
        guard let lane = self.firstDiskLane, let from = self.lanes[lane].diskFrom else { return nil }
        return (lane, from)
    }

    /// The priority of a lane as the store knows it; nil where all are one lane.
    func priority(ofLane lane: Int) -> Int8? { self.isPrioritized ? Int8(9 - lane) : nil }

    /// Whether the window has room for a page. A lane that holds up others is read when nothing else is left to give.
    func hasRoom(windowBytes: Int) -> Bool {
        self.readyBytes < windowBytes / 4 || (self.isPrioritized || self.hasAhead) && self.deliverable < 32
    }

    /// Whether a message that is in the store, and comes back to its backlog, lies in memory's part of its lane.
    func isInWindow(_ sequence: MessageSequence, _ message: Message) -> Bool {
        self.lanes[self.rank(of: message)].diskFrom.map { sequence < $0 } ?? true
    }

    /// Forgets what is stored by now and lies behind the window: a page will bring it back.
    func dropStored() {
        guard self.diskLanes > 0 else { return }
        for rank in self.lanes.indices where self.lanes[rank].diskFrom != nil {
            while let first = self.lanes[rank].fresh.first, first.isSettled { self.lanes[rank].fresh.removeFirst() }
        }
    }

    /// Takes in a page that was asked for as ``nextPage``; `isLast` when the store has no more of this lane.
    func receive(_ page: [StoredMessage], lane: Int, isLast: Bool, atMs now: Int64) {
        self.isPaging = false
        guard let from = self.lanes[lane].diskFrom else { return }
        var end = from
        for row in page where row.sequence >= from {
            end = row.sequence.next
            if self.locked.contains(row.sequence) || self.lanes[lane].ahead.contains(row.sequence) { continue }
            self.takeIn(row, atMs: now)
        }
        let unseen = self.lanes[lane].fresh.filter { !$0.isSettled }
        if isLast {
            self.lanes[lane].diskFrom = nil
            self.diskLanes -= 1
            self.lanes[lane].fresh.removeAll()
            self.pruneAhead(lane, below: nil)
        } else {
            self.lanes[lane].diskFrom = end
            self.pruneAhead(lane, below: end)
            self.lanes[lane].fresh = Deque(unseen.filter { $0.sequence >= end })
        }
        for entry in unseen where isLast || entry.sequence < end {
            entry.copy.keeper = nil
            self.insert(entry)
        }
    }

    /// Pages have come this far: what was taken ahead of them is in turn now.
    private func pruneAhead(_ lane: Int, below end: MessageSequence?) {
        guard self.hasAhead else { return }
        self.lanes[lane].ahead = end.map { end in self.lanes[lane].ahead.filter { $0 >= end } } ?? []
        self.hasAhead = self.lanes.contains { !$0.ahead.isEmpty }
    }

    private func takeIn(_ row: StoredMessage, atMs now: Int64) {
        let entry = self.entry(of: row)
        if row.message.headers.groupID != nil { self.usesGroups = true }
        if row.notBeforeMs > now { self.hold(entry) } else { self.insert(entry) }
    }

    /// A message read back, as this backlog counts its deliveries.
    func entry(of row: StoredMessage) -> Entry {
        let copy = StoredCopy(
            sequence: row.sequence, message: row.message, state: .stored, notBeforeMs: row.notBeforeMs,
            isForSpool: self.isSpool)
        let count = row.sequence <= self.deliveredBefore ? max(1, row.redeliveryCount) : row.redeliveryCount
        return Entry(copy, redeliveryCount: count)
    }

    /// What a browser sees of one lane: the waiting messages in memory, and from where on to ask the store.
    struct LaneView {
        let priority: Int8?
        let memory: [Entry]
        let diskFrom: MessageSequence?
        let unstored: [Entry]
        /// Rows to leave out: what is in `memory`, in flight, or acknowledged.
        let ahead: Set<MessageSequence>
    }

    func snapshot() -> [LaneView] {
        self.lanes.indices.map { rank in
            let lane = self.lanes[rank]
            let memory = self.isPrioritized ? self.ready.filter { self.rank(of: $0.message) == rank } : self.ready
            return LaneView(
                priority: self.priority(ofLane: rank), memory: Array(memory), diskFrom: lane.diskFrom,
                unstored: lane.fresh.filter { !$0.isSettled }, ahead: lane.ahead)
        }
    }

    // MARK: Looking ahead

    /// Where to look next after `start`: in which lane, and what to ask the store for, or nil for memory alone. Nil at
    /// the end of the last lane.
    func scanStep(after start: Place) -> (lane: Int, from: MessageSequence?)? {
        let first = Int(start.rank)
        guard self.diskLanes > 0, first < self.lanes.count else { return nil }
        guard let diskFrom = self.lanes[first].diskFrom else { return (first, nil) }
        return (first, max(diskFrom, start.sequence.next))
    }

    /// The rows of a page that are there for anybody.
    func takable(_ page: [StoredMessage], lane: Int, atMs now: Int64) -> [Entry] {
        guard let diskFrom = self.lanes[lane].diskFrom else { return [] }
        let (locked, ahead) = (self.locked, self.lanes[lane].ahead)
        return page.compactMap { row in
            if row.sequence < diskFrom || row.notBeforeMs > now { return nil }
            return locked.contains(row.sequence) || ahead.contains(row.sequence) ? nil : self.entry(of: row)
        }
    }

    /// What stands in memory of a lane after `start`, out of turn or not yet stored; `end` nil for all of it.
    func unpaged(lane: Int, after start: Place, through end: Place?) -> [Entry] {
        let rank = UInt8(lane)
        let from = self.index(after: max(start, Place(rank: rank, sequence: MessageSequence(-1))))
        var found: [Entry] = []
        for index in max(from, self.deliverable)..<max(from, self.deliverable, self.ready.count) {
            let place = self.place(of: self.ready[index])
            if place.rank != rank { break }
            if end.map({ place <= $0 }) ?? true { found.append(self.ready[index]) }
        }
        for entry in self.lanes[lane].fresh where !entry.isSettled {
            let place = self.place(of: entry)
            if place > start, end.map({ place <= $0 }) ?? true { found.append(entry) }
        }
        return found
    }

    /// Takes a message before its turn: from `ready`, from `fresh`, or from a page that nobody keeps.
    func takeAhead(_ entry: Entry) {
        let lane = self.rank(of: entry.message)
        let index = self.index(after: self.place(of: entry)) - 1
        if index >= 0, self.ready[index].sequence == entry.sequence { _ = self.take(at: index) }
        if let index = self.lanes[lane].fresh.firstIndex(where: { $0.sequence == entry.sequence }) {
            self.lanes[lane].fresh.remove(at: index)
            entry.copy.keeper = nil
        }
        guard let diskFrom = self.lanes[lane].diskFrom, entry.sequence >= diskFrom else { return }
        self.lanes[lane].ahead.insert(entry.sequence)
        self.hasAhead = true
    }

    /// The place up to which a lane was looked at once nothing more of it is found.
    func end(ofLane lane: Int, newest: MessageSequence) -> Place {
        self.isLast(lane: lane)
            ? Place(rank: UInt8(lane), sequence: newest) : Place(rank: UInt8(lane + 1), sequence: MessageSequence(-1))
    }

    func isLast(lane: Int) -> Bool { lane == self.lanes.count - 1 }
}

extension Entry {
    /// In the store, or never to be there.
    fileprivate var isSettled: Bool { self.copy.state == .stored || self.copy.state == .elided }
}
