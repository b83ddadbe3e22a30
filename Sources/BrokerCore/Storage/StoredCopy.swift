/// One copy of a message as the store sees it: one row, shared by the backlogs that hold it.
///
///     transient                                  never written: non-persistent, or nobody durable wants it
///     queued ──▶ writing ──▶ stored               written by the batch that was being formed when it came
///        └─────▶ elided                           finally acknowledged before its batch was handed over
///
/// Only ``PendingWrites`` moves a copy along, so a copy can't be both elided and written.
final class StoredCopy {
    enum State: UInt8 { case transient, queued, writing, stored, elided }

    let sequence: MessageSequence
    let message: Message
    /// Deliveries before the broker got it: not 0 for a send that is perhaps repeated after a reconnect.
    let redeliveryCount: Int32
    /// Unix time in milliseconds before which nobody gets it; 0 for at once.
    let notBeforeMs: Int64
    /// For consumers that are not durable: not kept for the next master, whatever its sender asked for.
    let isForSpool: Bool
    fileprivate(set) var state: State
    /// Position in the batch being formed, while `queued`.
    fileprivate var slot = 0
    /// Whether the batch inserts the row. False for a row that a prepared transaction has inserted already.
    fileprivate var isInserted = true
    fileprivate(set) var destination = DestinationID(0)
    /// Durable subscriptions that still want it. Empty for queues.
    fileprivate(set) var subscriptions: [SubscriptionID] = []
    fileprivate(set) var prepared: XATransactionID?
    /// Answered when the copy is safe or finally acknowledged.
    fileprivate var receipt: Receipt?
    /// Whether it has, or gets, a row for want of memory alone: the next master drops it.
    var isSpooled: Bool {
        guard self.isForSpool || !self.message.headers.isPersistent else { return false }
        return self.state == .queued || self.state == .writing || self.state == .stored
    }
    /// The backlog that keeps it in memory only until it is stored.
    weak var keeper: Backlog?

    init(
        sequence: MessageSequence, message: Message, state: State = .transient, redeliveryCount: Int32 = 0,
        notBeforeMs: Int64 = 0, isForSpool: Bool = false
    ) {
        self.sequence = sequence
        self.message = message
        self.redeliveryCount = redeliveryCount
        self.notBeforeMs = notBeforeMs
        self.isForSpool = isForSpool
        self.state = state
    }
}

/// An answer that waits for storage. It goes out when nothing it waits for is outstanding.
final class Receipt {
    let link: LinkID
    let token: ReplyToken
    let reply: BrokerReply
    /// The producer on a reconnected connection that is known to be past its replays once it gets this answer.
    var replayer: (connection: Connection, producer: ProducerID)?
    fileprivate(set) var outstanding = 0

    init(link: LinkID, token: ReplyToken, reply: BrokerReply = .done) {
        self.link = link
        self.token = token
        self.reply = reply
    }
}

extension StoreBatch {
    fileprivate var withoutInserts: StoreBatch {
        var copy = self
        copy.inserts = []
        return copy
    }

    /// This batch and then `later`, as one. Inserts are not looked at.
    fileprivate func followed(by later: StoreBatch) -> StoreBatch {
        var all = self
        all.destroyedDestinations += later.destroyedDestinations
        all.newDestinations += later.newDestinations
        all.destroyedSubscriptions += later.destroyedSubscriptions
        all.newSubscriptions += later.newSubscriptions
        all.prepares += later.prepares
        all.resolves += later.resolves
        all.removals += later.removals
        all.scheduleChanges += later.scheduleChanges
        all.deliveredThrough.merge(later.deliveredThrough) { max($0, $1) }
        all.producerSequences.merge(later.producerSequences) { max($0, $1) }
        return all
    }
}

/// The batch being formed and the batch being written: group commit and write elision (DESIGN §6).
///
/// Everything that happens between two hand-overs becomes one transaction, so whatever one command changes is stored
/// whole or not at all. Receipts leave in exchange for a ``CommitProof``, or when the last copy they wait for was
/// elided, and in no other way.
struct PendingWrites {
    private var slots: [StoredCopy?] = []
    private var live = 0
    /// The parts of the batch that are not inserts.
    private var rest = StoreBatch()
    /// Removals that depend on nothing else in the batch, so that they may be stored ahead of it.
    private var free: [StoreBatch.Removal] = []
    private var receipts: [Receipt] = []
    /// Receipts that wait for free removals and for nothing else.
    private var freeReceipts: [Receipt] = []
    /// Copies that came into the batch so far, over all batches.
    private(set) var enqueuedCount: UInt64 = 0
    /// Approximate memory the batch being formed holds, in bytes.
    private(set) var bytes = 0
    private var writing: [StoredCopy] = []
    private var writingReceipts: [Receipt] = []
    private var writingFreeReceipts: [Receipt] = []
    /// How many of the removals being written are free: they stand last.
    private var writingFree = 0
    private(set) var isWriting = false
    /// Receipts whose last copy was elided since they were last collected.
    private var elided: [Receipt] = []
    /// Set when the batch is worth a commit for more than its rows.
    private var isUrgent = false
    /// Copies never written because they were acknowledged in time; for metrics.
    private(set) var elidedCount: UInt64 = 0

    var hasWork: Bool {
        self.live > 0 || !self.rest.isEmpty || !self.free.isEmpty || !self.receipts.isEmpty
            || !self.freeReceipts.isEmpty || self.isUrgent
    }
    var insertCount: Int { self.live }

    /// Whether all there is to write are removals for which nobody waits, and not yet many.
    var areRemovalsAlone: Bool {
        self.live == 0 && self.receipts.isEmpty && self.freeReceipts.isEmpty && !self.isUrgent
            && self.rest.isOfRemovalsAlone
            && (1..<Self.removalsAtOnce).contains(self.rest.removals.count + self.free.count)
    }

    private static let removalsAtOnce = 1_000

    // MARK: Forming a batch

    /// Adds a row for `copy`. Its receipt waits for it.
    mutating func insert(
        _ copy: StoredCopy, destination: DestinationID, subscriptions: [SubscriptionID] = [],
        prepared: XATransactionID? = nil, receipt: Receipt?
    ) {
        copy.destination = destination
        copy.subscriptions = subscriptions
        copy.prepared = prepared
        self.enqueue(copy, receipt: receipt)
        let message = copy.message
        // What is only spooled must be taken again where its sender repeats it to the next master.
        if message.headers.isPersistent, !copy.isForSpool {
            let id = message.id
            self.rest.producerSequences[id.producer] = max(
                self.rest.producerSequences[id.producer] ?? id.sequence, id.sequence)
        }
    }

    /// Follows a copy whose row exists but becomes visible with this batch (the commit of a prepared transaction).
    mutating func reveal(_ copy: StoredCopy) {
        copy.isInserted = false
        self.enqueue(copy, receipt: nil)
    }

    private mutating func enqueue(_ copy: StoredCopy, receipt: Receipt?) {
        copy.state = .queued
        copy.slot = self.slots.count
        copy.receipt = receipt
        receipt?.outstanding += 1
        self.slots.append(copy)
        self.live += 1
        self.bytes += copy.message.size
        self.enqueuedCount &+= 1
    }

    /// Whether the row of `copy` is made, or becomes visible, by something else in the batch: then its removal is not
    /// free either.
    static func isHidden(_ copy: StoredCopy) -> Bool {
        copy.state == .queued && !(copy.isInserted && copy.prepared == nil)
    }

    /// The end of `copy` in one backlog. Returns true where nothing needs to be written for it.
    ///
    /// - Parameter isFree: whether it is a final acknowledgement and nothing else. What leaves because something else in
    ///   the batch takes its place (a dead letter, the sends of its transaction) is stored with that or not at all, and
    ///   whoever sent it is not answered before that.
    @discardableResult
    mutating func remove(_ copy: StoredCopy, from backlog: BacklogID?, isFree: Bool = true) -> Bool {
        switch copy.state {
        case .transient, .elided:
            return true
        case .queued where copy.isInserted && copy.prepared == nil:
            if case .subscription(let id)? = backlog {
                copy.subscriptions.removeAll { $0 == id }
                if !copy.subscriptions.isEmpty { return true }
            }
            self.elide(copy, isFree: isFree)
            return true
        case .queued, .writing, .stored:
            guard let backlog else { return true }
            let removal = StoreBatch.Removal(backlog: backlog, sequence: copy.sequence)
            if isFree, copy.state != .queued { self.free.append(removal) } else { self.rest.removals.append(removal) }
            return false
        }
    }

    private mutating func elide(_ copy: StoredCopy, isFree: Bool) {
        copy.state = .elided
        self.slots[copy.slot] = nil
        self.live -= 1
        self.bytes -= copy.message.size
        self.elidedCount &+= 1
        if let receipt = copy.receipt {
            copy.receipt = nil
            // What takes its place is not safe yet.
            guard isFree else { return self.receipts.append(receipt) }
            receipt.outstanding -= 1
            if receipt.outstanding == 0 { self.elided.append(receipt) }
        }
    }

    /// Changes the jobs with the batch being formed.
    mutating func schedule(_ change: ScheduleChange) {
        self.rest.scheduleChanges.append(change)
        guard case .insert(let job, _) = change else { return }
        let id = job.message.id
        self.bytes += job.size
        guard job.message.headers.isPersistent else { return }
        self.rest.producerSequences[id.producer] = max(
            self.rest.producerSequences[id.producer] ?? id.sequence, id.sequence)
    }

    /// Of the batch being formed.
    var scheduleChanges: [ScheduleChange] { self.rest.scheduleChanges }

    /// Removals so far that depend on something else in the batch being formed.
    var boundRemovals: Int { self.rest.removals.count }

    /// Lets `receipt` wait for the batch being formed as a whole.
    ///
    /// - Parameter isFree: whether it waits for free removals alone, and so goes ahead with them: who takes messages goes
    ///   on taking them, transaction by transaction, while the store has no room for more.
    mutating func wait(_ receipt: Receipt, isFree: Bool = false) {
        receipt.outstanding += 1
        if isFree { self.freeReceipts.append(receipt) } else { self.receipts.append(receipt) }
    }

    /// Remembers that a message may have reached a consumer. What is stored already is noted without delay; for the
    /// others it goes with their own batch, if they are written at all.
    mutating func noteDelivery(of copy: StoredCopy, in backlog: BacklogID, through sequence: MessageSequence) {
        self.rest.deliveredThrough[backlog] = sequence
        if copy.state == .stored { self.isUrgent = true }
    }

    /// Makes the next batch due even if it has no rows.
    mutating func makeUrgent() { self.isUrgent = true }

    /// Deletes a destination whose copies are all removed from the batch.
    mutating func destroy(_ id: DestinationID) {
        if let index = self.rest.newDestinations.firstIndex(where: { $0.id == id }) {
            self.rest.newDestinations.remove(at: index)
            self.forgetRemovals(from: .queue(id))
        } else {
            self.rest.destroyedDestinations.append(id)
        }
    }

    /// Deletes a subscription, or a consumer's spool, whose copies are all removed from the batch.
    mutating func destroy(_ id: SubscriptionID) {
        self.forgetRemovals(from: .subscription(id))
        if let index = self.rest.newSubscriptions.firstIndex(where: { $0.id == id }) {
            self.rest.newSubscriptions.remove(at: index)
        } else {
            self.rest.destroyedSubscriptions.append(id)
        }
    }

    /// The backlog and all that is in it goes with this batch.
    private mutating func forgetRemovals(from backlog: BacklogID) {
        self.rest.removals.removeAll { $0.backlog == backlog }
        self.free.removeAll { $0.backlog == backlog }
    }

    /// Changes the parts of the batch that are not inserts.
    mutating func write(_ change: (inout StoreBatch) -> Void) { change(&self.rest) }

    // MARK: Handing over

    /// The next batch, unless one is being written or there is nothing to write.
    mutating func take() -> StoreBatch? {
        guard !self.isWriting, self.hasWork else { return nil }
        var batch = self.rest
        batch.inserts.reserveCapacity(self.live)
        self.writing.reserveCapacity(self.live)
        for case let copy? in self.slots {
            copy.state = .writing
            self.writing.append(copy)
            guard copy.isInserted else { continue }
            batch.inserts.append(
                StoreBatch.Insert(
                    sequence: copy.sequence, destination: copy.destination, message: copy.message,
                    redeliveryCount: copy.redeliveryCount, subscriptions: copy.subscriptions, prepared: copy.prepared,
                    notBeforeMs: copy.notBeforeMs, isSpooled: copy.isForSpool))
        }
        self.slots.removeAll(keepingCapacity: self.slots.count < 4096)
        self.live = 0
        self.bytes = 0
        self.rest = StoreBatch()
        self.writingFree = self.free.count
        if batch.removals.isEmpty { swap(&batch.removals, &self.free) } else { batch.removals += self.free }
        self.free.removeAll(keepingCapacity: true)
        self.isUrgent = false
        swap(&self.receipts, &self.writingReceipts)
        swap(&self.freeReceipts, &self.writingFreeReceipts)
        self.isWriting = true
        return batch
    }

    /// The batch being written is durable: returns the receipts that nothing holds back any more.
    mutating func committed(_ proof: any CommitProof) -> [Receipt] {
        var free: [Receipt] = []
        for copy in self.writing {
            copy.state = .stored
            copy.keeper?.dropStored()
            copy.keeper = nil
            if let receipt = copy.receipt {
                copy.receipt = nil
                receipt.outstanding -= 1
                if receipt.outstanding == 0 { free.append(receipt) }
            }
        }
        for receipt in self.writingReceipts + self.writingFreeReceipts {
            receipt.outstanding -= 1
            if receipt.outstanding == 0 { free.append(receipt) }
        }
        self.writing.removeAll(keepingCapacity: self.writing.count < 4096)
        self.writingReceipts.removeAll(keepingCapacity: true)
        self.writingFreeReceipts.removeAll(keepingCapacity: true)
        self.isWriting = false
        return free
    }

    // MARK: No room

    /// The store had no room for `batch`, the one taken last: all of it waits again, ahead of what came meanwhile.
    mutating func putBack(_ batch: StoreBatch) {
        let later = self.slots
        self.slots = self.writing
        for (slot, copy) in self.writing.enumerated() {
            copy.state = .queued
            copy.slot = slot
            self.live += 1
            self.bytes += copy.message.size
        }
        for case let copy? in later {
            copy.slot = self.slots.count
            self.slots.append(copy)
        }
        self.writing = []
        var again = batch.withoutInserts
        self.free = batch.removals.suffix(self.writingFree) + self.free
        again.removals.removeLast(self.writingFree)
        self.rest = again.followed(by: self.rest)
        self.receipts = self.writingReceipts + self.receipts
        self.writingReceipts = []
        self.freeReceipts = self.writingFreeReceipts + self.freeReceipts
        self.writingFreeReceipts = []
        self.isWriting = false
    }

    /// Only what frees room and depends on nothing else, while there is no room for the rest.
    ///
    /// A message that is moved, or taken by a transaction that sends another, keeps its row until its successor has one:
    /// if the broker dies before there is room, the one or the other is there.
    mutating func takeRemovals() -> StoreBatch? {
        guard !self.isWriting, !self.free.isEmpty else { return nil }
        var batch = StoreBatch()
        swap(&batch.removals, &self.free)
        self.writingFree = batch.removals.count
        swap(&self.freeReceipts, &self.writingFreeReceipts)
        self.isWriting = true
        return batch
    }

    /// Receipts that elision has freed since the last call: their messages were finally acknowledged.
    mutating func takeElided() -> [Receipt] {
        guard !self.elided.isEmpty else { return [] }
        defer { self.elided.removeAll(keepingCapacity: true) }
        return self.elided
    }
}
