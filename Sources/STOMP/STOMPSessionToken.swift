import BrokerCore

/// What a session writes into a ``ReplyToken``:
///
///     bits 63-60: kind     31-0: number of the receipt, or of the consumer
enum STOMPSessionToken: Hashable, Sendable {
    case connected
    /// A frame that asked for a receipt, by its number in ``STOMPSessionReceipts``.
    case receipt(UInt32)
    /// A SUBSCRIBE that asked for one.
    case subscribed(receipt: UInt32, consumer: UInt32)
    /// A persistent SEND that did not: DISCONNECT's receipt waits for it all the same.
    case unasked
    case disconnected

    var replyToken: ReplyToken {
        switch self {
        case .connected: ReplyToken(0)
        case .receipt(let number): ReplyToken(1 << 60 | UInt64(number))
        case .subscribed(let number, let consumer):
            // Consumers are numbered from 1 on each connection; so many never live.
            ReplyToken(2 << 60 | UInt64(consumer & 0x0fff_ffff) << 32 | UInt64(number))
        case .unasked: ReplyToken(3 << 60)
        case .disconnected: ReplyToken(4 << 60)
        }
    }

    /// Nil for a token that no session made.
    init?(_ token: ReplyToken) {
        let number = UInt32(truncatingIfNeeded: token.rawValue)
        switch token.rawValue >> 60 {
        case 0: self = .connected
        case 1: self = .receipt(number)
        case 2: self = .subscribed(receipt: number, consumer: UInt32(token.rawValue >> 32) & 0x0fff_ffff)
        case 3: self = .unasked
        case 4: self = .disconnected
        default: return nil
        }
    }
}

/// The receipts that clients wait for, numbered so that a reply token can name one. Answers may come in any order.
struct STOMPSessionReceipts: Sendable {
    private var texts: [String?] = []
    private var free: [UInt32] = []
    private(set) var count = 0

    mutating func add(_ text: String) -> UInt32 {
        self.count += 1
        if let number = self.free.popLast() {
            self.texts[Int(number)] = text
            return number
        }
        self.texts.append(text)
        return UInt32(truncatingIfNeeded: self.texts.count - 1)
    }

    /// Nil where nobody waits under that number.
    mutating func take(_ number: UInt32) -> String? {
        guard Int(number) < self.texts.count, let text = self.texts[Int(number)] else { return nil }
        self.texts[Int(number)] = nil
        self.free.append(number)
        self.count -= 1
        return text
    }
}
