import BrokerCore

/// The column `message.headers`: every header without a column of its own, as one JSON object.
///
/// Nothing is lost on the way to the store and back, except advisories and target consumers, which are never stored.
enum HeadersColumn {
    /// Nil where nothing needs to be written. `home` is the destination in whose backlog the message stands. Of what is
    /// spooled the column tells that it is persistent, since the row is not.
    static func encode(_ message: Message, home: Destination?, isSpooled: Bool = false) -> [UInt8]? {
        let headers = message.headers
        let isPersistent = isSpooled && headers.isPersistent
        if headers.correlationID == nil, headers.replyTo == nil, headers.type == nil, message.extras == nil,
            message.id.foreignText == nil, headers.destination == home, !isPersistent
        {
            return nil
        }
        var object = JSONObjectWriter()
        if isPersistent { object.flag("isPersistent", true) }
        object.member("correlationId", headers.correlationID)
        object.member("replyTo", headers.replyTo?.description)
        object.member("type", headers.type)
        if headers.destination != home { object.member("destination", headers.destination.description) }
        if message.id.foreignText != nil {
            object.member("producer", message.id.producer.description)
            object.member("producerSequence", message.id.sequence)
        }
        if let extras = message.extras { object.member("extras", Self.extras(extras)) }
        return object.finished()
    }

    private static func extras(_ extras: MessageExtras) -> JSONObjectWriter {
        var object = JSONObjectWriter()
        object.member("sender", extras.sender?.description)
        object.member("originalDestination", extras.originalDestination?.description)
        if let transaction = extras.originalTransaction {
            object.member("originalTransaction", Self.transaction(transaction))
        }
        object.member("userId", extras.userID)
        if let blob = extras.blob {
            var reference = JSONObjectWriter()
            reference.member("url", blob.url)
            reference.member("mimeType", blob.mimeType)
            reference.flag("isDeletedByBroker", blob.isDeletedByBroker)
            object.member("blob", reference)
        }
        object.member("brokerPath", extras.brokerPath)
        object.member("cluster", extras.cluster)
        if extras.arrivalMs != 0 { object.member("arrivalMs", extras.arrivalMs) }
        object.flag("isDroppable", extras.isDroppable)
        object.flag("isReceivedByBridge", extras.isReceivedByBridge)
        return object
    }

    private static func transaction(_ transaction: TransactionID) -> JSONObjectWriter {
        var object = JSONObjectWriter()
        switch transaction {
        case .local(let connection, let value):
            object.member("connection", connection)
            object.member("value", value)
        case .xa(let xid):
            object.member("formatId", Int64(xid.formatID))
            object.member("globalId", Hexadecimal.text(xid.global))
            object.member("branchId", Hexadecimal.text(xid.branch))
        }
        return object
    }
}

/// What ``HeadersColumn`` wrote, read back.
struct DecodedHeaders {
    /// The column's text is not what this program writes; the text says where.
    struct Unreadable: Error, Hashable {
        let reason: String
    }

    private(set) var correlationID: String?
    private(set) var replyTo: Destination?
    private(set) var type: String?
    /// Of a message that is spooled although it is persistent.
    private(set) var isPersistent = false
    /// Nil where it is the destination in whose backlog the message stands.
    private(set) var destination: Destination?
    /// The client's numbers, where the message id is a foreign broker's text.
    private(set) var producer: (id: ProducerID, sequence: Int64)?
    private(set) var extras: MessageExtras?

    /// A message without a headers column.
    init() {}

    init(_ text: String) throws(Unreadable) {
        let members: [String: JSONValue]
        do throws(JSONReader.Malformed) {
            guard case .object(let object) = try JSONReader.read(text) else {
                throw JSONReader.Malformed(offset: 0)
            }
            members = object
        } catch {
            throw Unreadable(reason: "JSON malformed at byte \(error.offset)")
        }
        let object = JSONMembers(members)
        self.correlationID = try object.string("correlationId")
        self.replyTo = try object.destination("replyTo")
        self.type = try object.string("type")
        self.isPersistent = try object.flag("isPersistent")
        self.destination = try object.destination("destination")
        if let id = try object.producer("producer") {
            self.producer = (id, try object.integer("producerSequence"))
        }
        self.extras = try object.object("extras").map(Self.extras)
    }

    private static func extras(_ object: JSONMembers) throws(Unreadable) -> MessageExtras {
        var extras = MessageExtras()
        extras.sender = try object.producer("sender")
        extras.originalDestination = try object.destination("originalDestination")
        if let transaction = try object.object("originalTransaction") {
            extras.originalTransaction = try Self.transaction(transaction)
        }
        extras.userID = try object.string("userId")
        if let blob = try object.object("blob") {
            extras.blob = BlobReference(
                url: try blob.string("url"), mimeType: try blob.string("mimeType"),
                isDeletedByBroker: try blob.flag("isDeletedByBroker"))
        }
        extras.brokerPath = try object.strings("brokerPath")
        extras.cluster = try object.strings("cluster")
        extras.arrivalMs = try object.integer("arrivalMs")
        extras.isDroppable = try object.flag("isDroppable")
        extras.isReceivedByBridge = try object.flag("isReceivedByBridge")
        return extras
    }

    private static func transaction(_ object: JSONMembers) throws(Unreadable) -> TransactionID {
        if let connection = try object.string("connection") {
            return .local(connection: connection, value: try object.integer("value"))
        }
        guard let format = Int32(exactly: try object.integer("formatId")),
            let global = Hexadecimal.bytes(try object.string("globalId") ?? ""),
            let branch = Hexadecimal.bytes(try object.string("branchId") ?? "")
        else { throw Unreadable(reason: "originalTransaction is no transaction id") }
        return .xa(XATransactionID(formatID: format, global: global, branch: branch))
    }
}

/// Typed access to an object's members: absent ones are nil or the kind's zero, others of a wrong kind are errors.
private struct JSONMembers {
    private let members: [String: JSONValue]

    init(_ members: [String: JSONValue]) { self.members = members }

    func string(_ name: String) throws(DecodedHeaders.Unreadable) -> String? {
        switch self.members[name] {
        case nil, .null: nil
        case .string(let value): value
        default: throw Self.wrong(name)
        }
    }

    func integer(_ name: String) throws(DecodedHeaders.Unreadable) -> Int64 {
        switch self.members[name] {
        case nil: 0
        case .integer(let value): value
        default: throw Self.wrong(name)
        }
    }

    func flag(_ name: String) throws(DecodedHeaders.Unreadable) -> Bool {
        switch self.members[name] {
        case nil: false
        case .bool(let value): value
        default: throw Self.wrong(name)
        }
    }

    func strings(_ name: String) throws(DecodedHeaders.Unreadable) -> [String] {
        switch self.members[name] {
        case nil: return []
        case .array(let values):
            var strings: [String] = []
            for value in values {
                guard case .string(let string) = value else { throw Self.wrong(name) }
                strings.append(string)
            }
            return strings
        default: throw Self.wrong(name)
        }
    }

    func object(_ name: String) throws(DecodedHeaders.Unreadable) -> JSONMembers? {
        switch self.members[name] {
        case nil: nil
        case .object(let members): JSONMembers(members)
        default: throw Self.wrong(name)
        }
    }

    func destination(_ name: String) throws(DecodedHeaders.Unreadable) -> Destination? {
        guard let text = try self.string(name) else { return nil }
        for kind in Destination.Kind.allCases where text.hasPrefix(Destination.prefix(of: kind)) {
            return Destination(kind, String(text.dropFirst(Destination.prefix(of: kind).count)))
        }
        throw Self.wrong(name)
    }

    func producer(_ name: String) throws(DecodedHeaders.Unreadable) -> ProducerID? {
        guard let text = try self.string(name) else { return nil }
        guard let producer = ProducerID(text) else { throw Self.wrong(name) }
        return producer
    }

    private static func wrong(_ name: String) -> DecodedHeaders.Unreadable {
        DecodedHeaders.Unreadable(reason: "member '\(name)' has a value of another kind")
    }
}

enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Nil for anything but pairs of hexadecimal digits.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            guard let digit = character.hexDigitValue.flatMap(UInt8.init(exactly:)) else { return nil }
            if let upper = high {
                bytes.append(upper << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }
}
