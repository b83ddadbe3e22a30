import BrokerCore
import DequeModule

/// One SUBSCRIBE and what of it waits for ACK.
struct STOMPSubscription: Sendable {
    enum AckMode: Hashable, Sendable {
        /// Done with as soon as it is on its way.
        case auto
        /// ACK covers everything before it, too.
        case client
        case clientIndividual
    }

    struct Outstanding: Sendable {
        let sequence: Int64
        let messageID: String
        /// Number of the open transaction whose ACK or NACK covers it.
        var transaction: Int64?
    }

    let consumer: ConsumerID
    /// Nil only in 1.0.
    let id: String?
    let destination: Destination
    let mode: AckMode
    let isBrowser: Bool
    let transformation: String?
    private(set) var outstanding: Deque<Outstanding> = []
    /// In auto mode: the last message on its way, and how many have not been acknowledged.
    private var lastSent: Int64 = 0
    private var sent: Int32 = 0
    /// Between SUBSCRIBE and its receipt, which comes before everything else.
    var awaitsReceipt = false
    /// A browse that ended before its receipt.
    var endsAfterReceipt = false

    init(
        consumer: ConsumerID, id: String?, destination: Destination, mode: AckMode, isBrowser: Bool,
        transformation: String?
    ) {
        self.consumer = consumer
        self.id = id
        self.destination = destination
        self.mode = mode
        self.isBrowser = isBrowser
        self.transformation = transformation
    }

    // MARK: Sending

    /// A message is on its way. True where it is the first for which an acknowledgement is due.
    mutating func delivered(_ sequence: MessageSequence, messageID: String) -> Bool {
        guard self.mode == .auto else {
            self.outstanding.append(Outstanding(sequence: sequence.rawValue, messageID: messageID))
            return false
        }
        self.lastSent = sequence.rawValue
        self.sent += 1
        return self.sent == 1
    }

    /// Of auto mode: one acknowledgement for all that is on its way.
    mutating func takeAutomatic() -> Acknowledgement? {
        guard self.sent > 0 else { return nil }
        defer { self.sent = 0 }
        return self.acknowledgement(.consumed, first: nil, last: self.lastSent, count: self.sent, nil)
    }

    // MARK: ACK and NACK

    /// Index of what no transaction covers yet.
    func index(ofSequence sequence: Int64) -> Int? {
        self.outstanding.firstIndex { $0.sequence == sequence && $0.transaction == nil }
    }

    func index(ofMessage id: String) -> Int? {
        self.outstanding.firstIndex { $0.messageID == id && $0.transaction == nil }
    }

    /// ACK of the message at `index`, and of those before it where the mode says so; in a transaction they stay until
    /// it commits.
    mutating func acknowledge(_ index: Int, transaction: (number: Int64, id: TransactionID)?) -> [Acknowledgement] {
        let last = self.outstanding[index].sequence
        guard self.mode == .client else {
            self.settle(index..<(index + 1), transaction?.number)
            return [self.acknowledgement(.individual, first: last, last: last, count: 1, transaction?.id)]
        }
        let count = self.settle(0..<(index + 1), transaction?.number)
        let consumed = self.acknowledgement(.consumed, first: nil, last: last, count: count, transaction?.id)
        guard transaction != nil else { return [consumed] }
        // Or a transaction could never hold more than the window.
        return [self.acknowledgement(.delivered, first: nil, last: last, count: count, nil), consumed]
    }

    /// NACK of exactly the message at `index`.
    mutating func reject(_ index: Int, transaction: Int64?) -> Acknowledgement {
        let sequence = self.outstanding[index].sequence
        self.settle(index..<(index + 1), transaction)
        return self.acknowledgement(.poison, first: sequence, last: sequence, count: 1, nil)
    }

    @discardableResult
    private mutating func settle(_ range: Range<Int>, _ transaction: Int64?) -> Int32 {
        var count: Int32 = 0
        if let transaction {
            for index in range where self.outstanding[index].transaction == nil {
                self.outstanding[index].transaction = transaction
                count += 1
            }
            return count
        }
        if range == 0..<1, self.outstanding[0].transaction == nil {
            self.outstanding.removeFirst()
            return 1
        }
        let kept = self.outstanding[range].filter { $0.transaction != nil }
        count = Int32(clamping: range.count - kept.count)
        self.outstanding.replaceSubrange(range, with: kept)
        return count
    }

    /// The transaction is over: what it covered is gone, or outstanding again.
    mutating func end(_ transaction: Int64, commits: Bool) {
        if commits {
            self.outstanding.removeAll { $0.transaction == transaction }
        } else {
            for index in self.outstanding.indices where self.outstanding[index].transaction == transaction {
                self.outstanding[index].transaction = nil
            }
        }
    }

    private func acknowledgement(
        _ kind: Acknowledgement.Kind, first: Int64?, last: Int64, count: Int32, _ transaction: TransactionID?
    ) -> Acknowledgement {
        Acknowledgement(
            consumer: self.consumer, kind: kind, first: first.map { .init(id: nil, sequence: $0) },
            last: .init(id: nil, sequence: last), count: count, transaction: transaction,
            cause: kind == .poison ? "NACK of a STOMP client" : nil)
    }
}
