/// What a body's bytes mean (JMS 1.1 §3.11). The broker passes the bytes on as they came.
package enum BodyKind: UInt8, Hashable, Sendable, CaseIterable {
    case none = 0
    case bytes = 1
    case map = 2
    case object = 3
    case stream = 4
    case text = 5
    case blob = 6
}

/// One message as its producer sent it. Immutable, so that queues, consumers and the store share one copy.
///
/// What the broker adds per copy (sequence, redeliveries, dispatch time) lives beside it, never in it.
package final class Message: Sendable {
    package let id: MessageID
    package let headers: MessageHeaders
    /// The properties in the encoding of `PropertyMap`, or nil where there are none.
    package let properties: [UInt8]?
    package let bodyKind: BodyKind
    /// Whether `body` is zlib-compressed.
    package let isCompressed: Bool
    package let body: [UInt8]?
    /// Rarely set fields; nil for nearly every message.
    package let extras: MessageExtras?

    package init(
        id: MessageID, headers: MessageHeaders, properties: [UInt8]?, bodyKind: BodyKind, isCompressed: Bool,
        body: [UInt8]?, extras: MessageExtras? = nil
    ) {
        self.id = id
        self.headers = headers
        self.properties = properties
        self.bodyKind = bodyKind
        self.isCompressed = isCompressed
        self.body = body
        self.extras = extras
    }

    package var destination: Destination { self.headers.destination }

    /// Memory this message is taken to cost: 1 KiB for everything but properties and body, as ActiveMQ counts it.
    package var size: Int { 1024 + (self.properties?.count ?? 0) + (self.body?.count ?? 0) }

    /// The same content with other headers, properties or extras.
    package func with(headers: MessageHeaders, properties: [UInt8]?, extras: MessageExtras?) -> Message {
        Message(
            id: self.id, headers: headers, properties: properties, bodyKind: self.bodyKind,
            isCompressed: self.isCompressed, body: self.body, extras: extras)
    }
}

extension Message: Hashable {
    /// Two messages are the same only where they are one object.
    package static func == (a: Message, b: Message) -> Bool { a === b }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// The header fields of JMS 1.1 §3.4 and the group fields of §3.5.9.
package struct MessageHeaders: Hashable, Sendable {
    /// The concrete queue or topic this copy is for.
    package var destination: Destination
    package var isPersistent: Bool
    /// 0 to 9; kept as it came.
    package var priority: Int8
    /// Unix time in milliseconds, by the producer's clock.
    package var timestampMs: Int64
    /// Unix time in milliseconds after which the message is dead; 0 for never.
    package var expirationMs: Int64
    package var correlationID: String?
    package var replyTo: Destination?
    package var type: String?
    package var groupID: String?
    package var groupSequence: Int32
    /// Unix time in milliseconds at which the broker took the message.
    package var brokerInTimeMs: Int64

    package init(
        destination: Destination, isPersistent: Bool, priority: Int8 = 4, timestampMs: Int64 = 0,
        expirationMs: Int64 = 0, correlationID: String? = nil, replyTo: Destination? = nil, type: String? = nil,
        groupID: String? = nil, groupSequence: Int32 = 0, brokerInTimeMs: Int64 = 0
    ) {
        self.destination = destination
        self.isPersistent = isPersistent
        self.priority = priority
        self.timestampMs = timestampMs
        self.expirationMs = expirationMs
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.type = type
        self.groupID = groupID
        self.groupSequence = groupSequence
        self.brokerInTimeMs = brokerInTimeMs
    }

    package func isExpired(atMs now: Int64) -> Bool { self.expirationMs > 0 && self.expirationMs <= now }
}

/// Fields that few messages carry. They are stored with the message, except `advisory`.
package struct MessageExtras: Hashable, Sendable {
    /// The producer that sent the message, where it is not the one in its id (bridges, scheduled copies).
    package var sender: ProducerID?
    /// What the client addressed, where the broker put the copy elsewhere (composite destination, dead letter).
    package var originalDestination: Destination?
    /// The transaction of the original send, kept when a message is moved.
    package var originalTransaction: TransactionID?
    /// Authenticated user who sent the message.
    package var userID: String?
    package var blob: BlobReference?
    /// Brokers the message passed on its way here.
    package var brokerPath: [String]
    package var cluster: [String]
    package var arrivalMs: Int64
    package var isDroppable: Bool
    package var isReceivedByBridge: Bool
    /// Consumer that alone shall get this message (advisory replays).
    package var targetConsumer: ConsumerID?
    /// What an advisory tells; never stored.
    package var advisory: Advisory?

    package init() {
        self.brokerPath = []
        self.cluster = []
        self.arrivalMs = 0
        self.isDroppable = false
        self.isReceivedByBridge = false
    }
}

/// Where the data of a blob message lies; the broker never follows it.
package struct BlobReference: Hashable, Sendable {
    package let url: String?
    package let mimeType: String?
    package let isDeletedByBroker: Bool

    package init(url: String?, mimeType: String?, isDeletedByBroker: Bool) {
        self.url = url
        self.mimeType = mimeType
        self.isDeletedByBroker = isDeletedByBroker
    }
}
