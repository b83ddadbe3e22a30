/// Selectors in deep queues: what a consumer wants may lie behind what others must take first, and in the store.
///
/// Messages are looked at page by page and only those that are taken stay in memory, so that a sparse selector costs
/// reading and nothing else. What was looked at is not looked at again, so a match at the end of a deep queue costs no
/// more than one at its start.
extension Broker {
    /// Goes on looking for members that have room, until something must be read from the store.
    func scan(_ queue: Queue) {
        let backlog = queue.backlog
        while !backlog.isPaging {
            let hungry = queue.candidates().filter { $0.examined != backlog.arrivals }
            guard let start = hungry.map(\.scanned).min(), let id = backlog.id else { return }
            guard let step = backlog.scanStep(after: start) else {
                for member in hungry { member.examined = backlog.arrivals }
                return
            }
            if let from = step.from {
                backlog.isPaging = true
                let receiver = PageRequest.Receiver.scan(queue, lane: step.lane, after: start)
                self.request(id, backlog.priority(ofLane: step.lane), from, receiver)
                return
            }
            self.offer([], [], of: queue, lane: step.lane, after: start)
        }
    }

    /// A page that ``scan(_:)`` asked for.
    func receiveScan(_ page: [StoredMessage], of queue: Queue, lane: Int, after start: Place) {
        queue.backlog.isPaging = false
        let rows = queue.backlog.takable(page, lane: lane, atMs: self.now.wallMs)
        self.offer(page, rows, of: queue, lane: lane, after: start)
        self.dispatch(queue)
    }

    /// Offers the messages of one lane after `start`: up to the end of `page`, or all that are left where it is empty.
    private func offer(_ page: [StoredMessage], _ rows: [Entry], of queue: Queue, lane: Int, after start: Place) {
        let backlog = queue.backlog
        let end = page.last.map { Place(rank: UInt8(lane), sequence: $0.sequence) }
        let entries = rows + backlog.unpaged(lane: lane, after: start, through: end)
        for entry in entries.sorted(by: { $0.sequence < $1.sequence }) {
            let candidates = queue.candidates().filter { $0.scanned >= start }
            guard !candidates.isEmpty else { return }
            if entry.message.headers.isExpired(atMs: self.now.wallMs) {
                backlog.takeAhead(entry)
                self.expire(entry, of: queue)
                continue
            }
            if let (member, isFirst) = self.taker(of: entry, among: candidates, in: queue) {
                backlog.takeAhead(entry)
                queue.served(member)
                self.deliver(entry, of: queue, to: member.consumer, isFirstOfGroup: isFirst)
            }
            let place = backlog.place(of: entry)
            for member in candidates { member.scanned = max(member.scanned, place) }
        }
        let reached = end ?? backlog.end(ofLane: lane, newest: self.newestSequence)
        let isOver = end == nil && backlog.isLast(lane: lane)
        for member in queue.candidates() where member.scanned >= start {
            member.scanned = max(member.scanned, reached)
            if isOver { member.examined = backlog.arrivals }
        }
    }
}
