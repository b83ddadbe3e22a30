import BrokerCore
import SQLite

/// Writes messages into rows of the table `message`, and reads them back byte for byte.
///
/// Keeps its buffers from row to row: no memory is taken per message but for what SQLite copies.
struct MessageWriter {
    private let insert: Statement
    private var idText: [UInt8] = []
    private var properties = PropertiesColumns()

    init(_ insert: Statement) { self.insert = insert }

    /// Bytes of a message that count for `size_bytes` and for the limit of a transaction.
    static func size(of message: Message) -> Int { (message.properties?.count ?? 0) + (message.body?.count ?? 0) }

    mutating func write(_ row: StoreBatch.Insert, preparedID: Int64?, home: Destination?) throws(SQLiteError) {
        let message = row.message
        let headers = message.headers
        let insert = self.insert
        try insert.bind(row.sequence.rawValue, at: 1)
        try insert.bind(row.destination.rawValue, at: 2)
        try insert.bind(Int64(Self.size(of: message)), at: 3)
        try insert.bind(preparedID, at: 4)
        try insert.bind(Int64(row.redeliveryCount), at: 5)
        try insert.bind(headers.isPersistent && !row.isSpooled ? 1 : 0, at: 6)
        try insert.bind(Int64(headers.priority), at: 7)
        try insert.bind(headers.timestampMs, at: 8)
        try insert.bind(headers.expirationMs == 0 ? nil : headers.expirationMs, at: 9)
        try insert.bind(headers.brokerInTimeMs, at: 10)
        try insert.bind(headers.groupID, at: 11)
        try insert.bind(Int64(headers.groupSequence), at: 12)
        try self.bindID(message.id)
        try insert.bind(message.bodyKind.column, at: 14)
        try insert.bind(message.isCompressed ? 1 : 0, at: 15)
        if let text = HeadersColumn.encode(message, home: home, isSpooled: row.isSpooled) {
            try insert.bind(utf8: text, at: 16)
        } else {
            try insert.bindNull(at: 16)
        }
        try self.properties.bind(message.properties, to: insert, at: 17)
        try insert.bind(row.notBeforeMs == 0 ? nil : row.notBeforeMs, at: 20)
        try insert.run(blob: message.body, at: 19)
    }

    private mutating func bindID(_ id: MessageID) throws(SQLiteError) {
        if let text = id.foreignText { return try self.insert.bind(text, at: 13) }
        self.idText.removeAll(keepingCapacity: true)
        self.idText.append(contentsOf: id.producer.connection.utf8)
        for number in [id.producer.session, id.producer.value, id.sequence] {
            self.idText.append(UInt8(ascii: ":"))
            self.idText.append(contentsOf: String(number).utf8)
        }
        try self.insert.bind(utf8: self.idText, at: 13)
    }
}

/// One row of a page statement, whose columns are those of ``StoreSQL/readQueuePage`` in their order.
struct MessageRow {
    /// The row does not hold what this program writes; the text says what is wrong.
    struct Unreadable: Error, Hashable {
        let reason: String
    }

    private let row: Statement

    init(_ row: Statement) { self.row = row }

    var sequence: MessageSequence { MessageSequence(self.row.integer(0)) }
    var destination: DestinationID { DestinationID(self.row.integer(1)) }
    /// ``Message/size`` of the message, without reading it.
    var size: Int { 1024 &+ Int(truncatingIfNeeded: self.row.integer(2)) }

    /// `home` is the destination in whose backlog the message stands.
    func read(home: Destination?) throws(Unreadable) -> StoredMessage {
        StoredMessage(
            sequence: self.sequence, message: try self.message(home: home),
            redeliveryCount: Int32(truncatingIfNeeded: self.row.integer(3)), notBeforeMs: self.row.integer(18))
    }

    private func message(home: Destination?) throws(Unreadable) -> Message {
        let decoded = try self.headers()
        guard let destination = decoded.destination ?? home else { throw self.unreadable("its destination is missing") }
        guard let bodyKind = BodyKind(column: self.row.text(12) ?? "") else { throw self.unreadable("body_kind") }
        return Message(
            id: try self.id(decoded),
            headers: MessageHeaders(
                destination: destination, isPersistent: self.row.integer(4) != 0 || decoded.isPersistent,
                priority: Int8(truncatingIfNeeded: self.row.integer(5)), timestampMs: self.row.integer(6),
                expirationMs: self.row.integer(7), correlationID: decoded.correlationID, replyTo: decoded.replyTo,
                type: decoded.type, groupID: self.row.text(9),
                groupSequence: Int32(truncatingIfNeeded: self.row.integer(10)), brokerInTimeMs: self.row.integer(8)),
            properties: try self.properties(), bodyKind: bodyKind, isCompressed: self.row.integer(13) != 0,
            body: self.row.blob(17), extras: decoded.extras)
    }

    private func headers() throws(Unreadable) -> DecodedHeaders {
        guard let text = self.row.text(14) else { return DecodedHeaders() }
        do throws(DecodedHeaders.Unreadable) {
            return try DecodedHeaders(text)
        } catch {
            throw self.unreadable("headers: \(error.reason)")
        }
    }

    private func properties() throws(Unreadable) -> [UInt8]? {
        if let raw = self.row.blob(16) { return raw }
        guard let text = self.row.blob(15) else { return nil }
        guard let bytes = PropertiesColumns.bytes(ofText: text) else { throw self.unreadable("properties") }
        return bytes
    }

    private func id(_ decoded: DecodedHeaders) throws(Unreadable) -> MessageID {
        let text = self.row.text(11) ?? ""
        if let (producer, sequence) = decoded.producer {
            return MessageID(producer: producer, sequence: sequence, foreignText: text)
        }
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let sequence = Int64(text[text.utf8.index(after: colon)...]),
            let producer = ProducerID(String(text[..<colon]))
        else { throw self.unreadable("message_id") }
        return MessageID(producer: producer, sequence: sequence)
    }

    private func unreadable(_ what: String) -> Unreadable {
        Unreadable(reason: "message \(self.sequence.rawValue) cannot be read: \(what)")
    }
}

extension BodyKind {
    var column: StaticString {
        switch self {
        case .none: "none"
        case .bytes: "bytes"
        case .map: "map"
        case .object: "object"
        case .stream: "stream"
        case .text: "text"
        case .blob: "blob"
        }
    }

    init?(column: String) {
        guard let kind = Self.allCases.first(where: { $0.column.description == column }) else { return nil }
        self = kind
    }
}

extension Destination.Kind {
    var column: StaticString {
        switch self {
        case .queue: "queue"
        case .topic: "topic"
        case .temporaryQueue: "temp-queue"
        case .temporaryTopic: "temp-topic"
        }
    }

    init?(column: String) {
        guard let kind = Self.allCases.first(where: { $0.column.description == column }) else { return nil }
        self = kind
    }
}
