@testable import BrokerCore

/// What the broker must do, said as plainly as can be: lists, no memory window, no pages, no batches.
///
/// After each command everything that can be delivered is delivered: the first waiting message that any consumer with
/// room may have goes to the first of those, and so on, until none can go.
final class BrokerModel {
    final class Message {
        let body: String
        let headers: MessageHeaders
        /// Its place among all copies.
        let number: Int
        /// Deliveries that count; nil after a take-over, until the next delivery shows it.
        var count: Int32? = 0
        var wasDelivered = false

        init(body: String, headers: MessageHeaders, number: Int) {
            self.body = body
            self.headers = headers
            self.number = number
        }
    }

    final class Consumer {
        struct Flight {
            let message: Message
            var transaction: Int?
        }

        let id: ConsumerID
        let client: Int
        let queue: Queue
        let request: ConsumerRequest
        var inFlight: [Flight] = []
        var released = 0
        /// Deliveries that the harness has not compared yet.
        var news: [Message] = []

        init(_ request: ConsumerRequest, client: Int, queue: Queue) {
            self.id = request.id
            self.client = client
            self.queue = queue
            self.request = request
        }

        var hasRoom: Bool { self.inFlight.count - self.released < Int(self.request.prefetch) }

        /// The only selector of the test.
        func accepts(_ message: Message) -> Bool { self.request.selector == nil || message.headers.priority >= 5 }
    }

    /// A queue, or a durable subscription, which is a queue with one consumer.
    final class Queue {
        let name: String
        let isPrioritized: Bool
        /// In the order of delivery.
        var waiting: [Message] = []
        /// In the order in which they are served.
        var members: [Consumer] = []
        var turn = 0
        var groups: [String: ConsumerID] = [:]

        init(_ name: String, isPrioritized: Bool) {
            self.name = name
            self.isPrioritized = isPrioritized
        }

        func insert(_ message: Message) {
            self.waiting.append(message)
            self.waiting.sort {
                if self.isPrioritized, $0.headers.priority != $1.headers.priority {
                    return $0.headers.priority > $1.headers.priority
                }
                return $0.number < $1.number
            }
        }

        func add(_ consumer: Consumer) {
            let place = self.members.firstIndex { $0.request.priority < consumer.request.priority }
            self.members.insert(consumer, at: place ?? self.members.count)
            self.turn = 0
        }

        func remove(_ consumer: Consumer) {
            self.members.removeAll { $0 === consumer }
            self.groups = self.groups.filter { $0.value != consumer.id }
            self.turn = 0
        }

        /// Who is asked, in order.
        var candidates: [Consumer] {
            if let exclusive = self.members.first(where: { $0.request.isExclusive }) { return [exclusive] }
            guard Set(self.members.map(\.request.priority)).count == 1 else { return self.members }
            return (0..<self.members.count).map { self.members[($0 + self.turn) % self.members.count] }
        }
    }

    var now: Int64
    var queues: [String: Queue] = [:]
    var consumers: [ConsumerID: Consumer] = [:]
    /// Open transactions: what they send, and the consumers whose messages they acknowledge.
    var sends: [Int: [(to: [String], body: String, headers: MessageHeaders)]] = [:]
    private var marked: [Int: [(message: Message, consumer: Consumer)]] = [:]
    /// Bodies that must be in the dead letter queue in the end.
    private(set) var dead: [String] = []
    private var lastNumber = 0

    init(now: Int64) { self.now = now }

    // MARK: Commands

    func send(to names: [String], _ body: String, _ headers: MessageHeaders, in transaction: Int?) {
        if let transaction {
            self.sends[transaction, default: []].append((names, body, headers))
            return
        }
        for name in names {
            guard let queue = self.queues[name] else { continue }
            self.lastNumber += 1
            queue.insert(Message(body: body, headers: headers, number: self.lastNumber))
        }
    }

    func add(_ consumer: Consumer) {
        self.consumers[consumer.id] = consumer
        consumer.queue.add(consumer)
    }

    /// - Parameter counts: whether what it had in flight counts as delivered.
    func remove(_ consumer: Consumer, counts: Bool) {
        self.consumers[consumer.id] = nil
        consumer.queue.remove(consumer)
        for flight in consumer.inFlight {
            if counts { flight.message.count = flight.message.count.map { $0 + 1 } }
            if flight.transaction == nil { consumer.queue.insert(flight.message) }
        }
        consumer.inFlight = []
    }

    /// Removes what `isTaken` names of a consumer's messages in flight, for good or at commit.
    func consume(_ bodies: [String], of consumer: Consumer, in transaction: Int?, individually: Bool) {
        if let transaction {
            for index in consumer.inFlight.indices where bodies.contains(consumer.inFlight[index].message.body) {
                guard consumer.inFlight[index].transaction == nil else { continue }
                consumer.inFlight[index].transaction = transaction
                self.marked[transaction, default: []].append((consumer.inFlight[index].message, consumer))
                if individually { consumer.released += 1 }
            }
            return
        }
        let before = consumer.inFlight.count
        consumer.inFlight.removeAll { $0.transaction == nil && bodies.contains($0.message.body) }
        consumer.released = max(0, consumer.released - (before - consumer.inFlight.count))
    }

    func delivered(_ count: Int, of consumer: Consumer) {
        consumer.released = min(consumer.inFlight.count, consumer.released + count)
    }

    func poison(_ body: String, of consumer: Consumer) {
        guard let index = consumer.inFlight.firstIndex(where: { $0.message.body == body }) else { return }
        let flight = consumer.inFlight.remove(at: index)
        consumer.released = max(0, consumer.released - 1)
        if flight.message.headers.isPersistent { self.dead.append(body) }
    }

    /// A commit shows its messages and takes away what it acknowledged at once.
    func end(_ transaction: Int, commits: Bool) {
        let sends = self.sends.removeValue(forKey: transaction) ?? []
        for send in sends where commits {
            self.send(to: send.to, send.body, send.headers, in: nil)
        }
        for (message, consumer) in self.marked.removeValue(forKey: transaction) ?? [] {
            if let index = consumer.inFlight.firstIndex(where: { $0.message === message }) {
                if commits { consumer.inFlight.remove(at: index) } else { consumer.inFlight[index].transaction = nil }
                consumer.released = max(0, consumer.released - 1)
            } else if !commits {
                consumer.queue.insert(message)
            }
        }
    }

    /// Another broker serves: what is not persistent is gone, and nobody is connected.
    func takeOver() {
        for transaction in Set(self.marked.keys).union(self.sends.keys) { self.end(transaction, commits: false) }
        for consumer in self.consumers.values { self.remove(consumer, counts: false) }
        for queue in self.queues.values {
            queue.waiting.removeAll { !$0.headers.isPersistent }
            for message in queue.waiting { message.count = nil }
        }
    }

    // MARK: Delivery

    func settle() {
        for queue in self.queues.values {
            for message in queue.waiting where message.headers.isExpired(atMs: self.now) {
                if message.headers.isPersistent { self.dead.append(message.body) }
            }
            queue.waiting.removeAll { $0.headers.isExpired(atMs: self.now) }
            var index = 0
            while index < queue.waiting.count {
                guard let consumer = self.taker(of: queue.waiting[index], in: queue) else {
                    index += 1
                    continue
                }
                let message = queue.waiting.remove(at: index)
                self.deliver(message, to: consumer)
                // The end of a group lets go of what waited for its owner.
                if message.headers.groupSequence < 0 { index = 0 }
            }
        }
    }

    private func taker(of message: Message, in queue: Queue) -> Consumer? {
        let owner = message.headers.groupID.flatMap { queue.groups[$0] }
        let free = queue.candidates.first {
            $0.hasRoom && $0.accepts(message) && (owner == nil || owner == $0.id)
        }
        guard let free else { return nil }
        if let group = message.headers.groupID {
            queue.groups[group] = message.headers.groupSequence < 0 ? nil : free.id
        }
        queue.turn = ((queue.members.firstIndex { $0 === free } ?? 0) + 1) % queue.members.count
        return free
    }

    private func deliver(_ message: Message, to consumer: Consumer) {
        consumer.inFlight.append(.init(message: message, transaction: nil))
        consumer.news.append(message)
    }
}
