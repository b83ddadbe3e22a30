/// The identities of the messaging model (JMS 1.1 §§4-5). Clients choose them; the broker only compares them.
///
/// A connection's name is its client's text; sessions, consumers and producers are numbered below it. Protocols
/// without such identities make them up once per socket.

/// One messaging connection. Several may share a socket, and the same one may come back on another socket.
package struct ConnectionID: Hashable, Sendable {
    package let value: String

    package init(_ value: String) { self.value = value }
}

/// One session of a connection. Number -1 exists from the start: the connection's own consumers belong to it.
package struct SessionID: Hashable, Sendable {
    package let connection: String
    package let value: Int64

    package init(connection: String, value: Int64) {
        self.connection = connection
        self.value = value
    }
}

/// One consumer of a session.
package struct ConsumerID: Hashable, Sendable {
    package let connection: String
    package let session: Int64
    package let value: Int64

    package init(connection: String, session: Int64, value: Int64) {
        self.connection = connection
        self.session = session
        self.value = value
    }

    package var sessionID: SessionID { SessionID(connection: self.connection, value: self.session) }
}

/// One producer of a session. Its messages carry ascending numbers, which is what makes a replayed send recognisable.
package struct ProducerID: Hashable, Sendable, CustomStringConvertible {
    package let connection: String
    package let session: Int64
    package let value: Int64

    package init(connection: String, session: Int64, value: Int64) {
        self.connection = connection
        self.session = session
        self.value = value
    }

    package var sessionID: SessionID { SessionID(connection: self.connection, value: self.session) }

    /// `connection:session:value`, the form people see in message ids and in the table `producer_sequence`.
    package var description: String { "\(self.connection):\(self.session):\(self.value)" }

    /// Reads the form that ``description`` writes; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, let value = Int64(parts[parts.count - 1]), let session = Int64(parts[parts.count - 2])
        else { return nil }
        self.connection = parts.dropLast(2).joined(separator: ":")
        self.session = session
        self.value = value
    }
}

/// The client's name of a message: unique per producer, and the same in every copy the broker makes of it.
package struct MessageID: Hashable, Sendable, CustomStringConvertible {
    package let producer: ProducerID
    package let sequence: Int64
    /// A foreign broker's id, where the message was bridged; shown to clients in place of the numbers.
    package let foreignText: String?

    package init(producer: ProducerID, sequence: Int64, foreignText: String? = nil) {
        self.producer = producer
        self.sequence = sequence
        self.foreignText = foreignText
    }

    package var description: String { self.foreignText ?? "\(self.producer):\(self.sequence)" }
}

/// The global transaction identifier of X/Open XA.
package struct XATransactionID: Hashable, Sendable, CustomStringConvertible {
    package let formatID: Int32
    package let global: [UInt8]
    package let branch: [UInt8]

    package init(formatID: Int32, global: [UInt8], branch: [UInt8]) {
        self.formatID = formatID
        self.global = global
        self.branch = branch
    }

    package var description: String {
        "XID:[\(self.formatID),globalId=\(Self.hex(self.global)),branchId=\(Self.hex(self.branch))]"
    }

    /// Reads what ``description`` writes; nil for anything else. Neither part is longer than XA allows.
    package init?(_ text: String) {
        let start = "XID:["
        guard text.hasPrefix(start), text.hasSuffix("]") else { return nil }
        let parts = text.dropFirst(start.count).dropLast().split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 3, let formatID = Int32(parts[0]),
            let global = Self.bytes(parts[1], "globalId="), let branch = Self.bytes(parts[2], "branchId=")
        else { return nil }
        self.init(formatID: formatID, global: global, branch: branch)
    }

    private static let maximumPartBytes = 64

    private static func bytes(_ text: Substring, _ name: String) -> [UInt8]? {
        guard text.hasPrefix(name) else { return nil }
        let digits = text.dropFirst(name.count).map { $0.isASCII ? $0.hexDigitValue : nil }
        guard digits.count.isMultiple(of: 2), digits.count <= 2 * Self.maximumPartBytes else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

package enum TransactionID: Hashable, Sendable {
    case local(connection: String, value: Int64)
    case xa(XATransactionID)
}

/// The broker-wide number of one stored copy of a message: its row in the store, its place in its queue.
///
/// Grows by one with each copy, across restarts and masters, and is never reused: clients send it back.
package struct MessageSequence: Hashable, Comparable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    package var next: Self { Self(self.rawValue + 1) }
}

/// The store's number of a destination.
package struct DestinationID: Hashable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// The store's number of a durable subscription.
package struct SubscriptionID: Hashable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// One client socket, whatever protocol it speaks. Numbers are never reused within a process.
package struct LinkID: Hashable, Sendable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}
