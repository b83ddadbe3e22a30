import BrokerCore

/// What the peer's frames mean in the broker's terms: ids, destinations and messages.
///
/// Ids and destinations come from the decoder as shared objects, so that the same one is translated once and its texts
/// are not copied again for each message. Null where a command means nothing without the field is the peer's fault.
struct OpenWireSessionInbound: Sendable {
    private var producers = OpenWireSessionMemo<WireProducerID, ProducerID>()
    private var consumers = OpenWireSessionMemo<WireConsumerID, ConsumerID>()
    private var destinations = OpenWireSessionMemo<WireDestination, Destination>()
    private var transactions = OpenWireSessionMemo<WireTransactionID, TransactionID>(limit: 16)

    func connection(_ id: WireConnectionID?, of command: String) throws(OpenWireSessionFault) -> ConnectionID {
        guard let text = id?.value?.text else { throw .missingField("connectionId", of: command) }
        return ConnectionID(text)
    }

    func session(_ id: WireSessionID?, of command: String) throws(OpenWireSessionFault) -> SessionID {
        guard let id, let connection = id.connectionID?.text else { throw .missingField("sessionId", of: command) }
        return SessionID(connection: connection, value: id.value)
    }

    mutating func producer(
        _ id: WireProducerID?, of command: String
    ) throws(OpenWireSessionFault) -> ProducerID {
        guard let id else { throw .missingField("producerId", of: command) }
        return try self.producers.value(for: id) { (id) throws(OpenWireSessionFault) in
            guard let connection = id.connectionID?.text else {
                throw .missingField("producerId.connectionId", of: command)
            }
            return ProducerID(connection: connection, session: id.sessionID, value: id.value)
        }
    }

    mutating func consumer(
        _ id: WireConsumerID?, of command: String
    ) throws(OpenWireSessionFault) -> ConsumerID {
        guard let id else { throw .missingField("consumerId", of: command) }
        return try self.consumers.value(for: id) { (id) throws(OpenWireSessionFault) in
            guard let connection = id.connectionID?.text else {
                throw .missingField("consumerId.connectionId", of: command)
            }
            return ConsumerID(connection: connection, session: id.sessionID, value: id.value)
        }
    }

    mutating func transaction(
        _ id: WireTransactionID, of command: String
    ) throws(OpenWireSessionFault) -> TransactionID {
        try self.transactions.value(for: id) { (id) throws(OpenWireSessionFault) in
            switch id {
            case .local(let id):
                guard let connection = id.connectionID?.value?.text else {
                    throw .missingField("transactionId.connectionId", of: command)
                }
                return .local(connection: connection, value: id.value)
            case .xa(let id):
                return .xa(
                    XATransactionID(
                        formatID: id.formatID, global: id.globalTransactionID ?? [], branch: id.branchQualifier ?? []))
            }
        }
    }

    mutating func messageID(_ id: WireMessageID?, of command: String) throws(OpenWireSessionFault) -> MessageID {
        guard let id else { throw .missingField("messageId", of: command) }
        return MessageID(
            producer: try self.producer(id.producerID, of: command), sequence: id.producerSequenceID,
            foreignText: id.textView?.text)
    }

    /// A destination to send to or to consume from, with its name made tidy.
    mutating func destination(
        _ destination: WireDestination?, of command: String
    ) throws(OpenWireSessionFault) -> Destination {
        guard let destination else { throw .missingField("destination", of: command) }
        return try self.destinations.value(for: destination) { (destination) throws(OpenWireSessionFault) in
            guard let name = destination.physicalName?.text else {
                throw .missingField("destination.physicalName", of: command)
            }
            guard let tidy = Self.destination(destination.kind.brokerKind, named: name) else {
                throw .emptyDestinationName(of: command)
            }
            return tidy
        }
    }

    /// Cuts `?options` off, which clients in other languages leave on, and reads the prefix `queue://` and so on of a
    /// single name (reference §8.2). Nil where no name is left.
    ///
    /// A composite name stays one destination, commas, prefixes and all: the broker splits it, because what its
    /// elements mean depends on whether they are sent to or consumed from.
    static func destination(_ kind: Destination.Kind, named name: String) -> Destination? {
        var rest = Self.trimmed(name.utf8.prefix { $0 != UInt8(ascii: "?") })
        var kind = kind
        if !rest.utf8.contains(UInt8(ascii: ",")) {
            for candidate in Destination.Kind.allCases {
                let prefix = Destination.prefix(of: candidate)
                guard rest.hasPrefix(prefix) else { continue }
                kind = candidate
                rest = rest.dropFirst(prefix.count)
                break
            }
        }
        return rest.isEmpty ? nil : Destination(kind, rest == name ? name : String(rest))
    }

    /// A destination that is only passed on (replyTo, originalDestination): exactly as it came.
    func passedOn(_ destination: WireDestination?) -> Destination? {
        guard let destination, let name = destination.physicalName?.text else { return nil }
        return Destination(destination.kind.brokerKind, name)
    }

    /// `brokerInTimeMs` becomes the time of arrival here, whatever the peer says.
    mutating func message(_ wire: WireMessage, at now: Instant) throws(OpenWireSessionFault) -> Message {
        let id = try self.messageID(wire.messageID, of: "message")
        var headers = MessageHeaders(
            destination: try self.destination(wire.destination, of: "message"), isPersistent: wire.persistent,
            priority: wire.priority, timestampMs: wire.timestamp, expirationMs: wire.expiration,
            brokerInTimeMs: now.wallMs)
        headers.correlationID = wire.correlationID?.text
        headers.replyTo = self.passedOn(wire.replyTo)
        headers.type = wire.type?.text
        headers.groupID = wire.groupID?.text
        headers.groupSequence = wire.groupSequence
        return Message(
            id: id, headers: headers, properties: wire.marshalledProperties, bodyKind: wire.kind.bodyKind,
            isCompressed: wire.compressed, body: wire.content, extras: try self.extras(of: wire))
    }

    private mutating func extras(of wire: WireMessage) throws(OpenWireSessionFault) -> MessageExtras? {
        let isForeign = wire.producerID != nil && wire.producerID != wire.messageID?.producerID
        guard isForeign || wire.userID != nil || wire.hasRareFields else { return nil }
        var extras = MessageExtras()
        if isForeign { extras.sender = try self.producer(wire.producerID, of: "message") }
        extras.userID = wire.userID?.text
        guard wire.hasRareFields else { return extras }
        let rare = wire.rare
        extras.originalDestination = self.passedOn(rare.originalDestination)
        if let original = rare.originalTransactionID {
            extras.originalTransaction = try self.transaction(original, of: "message")
        }
        if wire.kind == .blob {
            extras.blob = BlobReference(
                url: rare.remoteBlobURL?.text, mimeType: rare.mimeType?.text,
                isDeletedByBroker: rare.deletedByBroker)
        }
        extras.brokerPath = Self.texts(rare.brokerPath)
        extras.cluster = Self.texts(rare.cluster)
        extras.arrivalMs = rare.arrival
        extras.isDroppable = rare.droppable
        extras.isReceivedByBridge = rare.receivedByDFBridge
        if let target = rare.targetConsumerID { extras.targetConsumer = try self.consumer(target, of: "message") }
        return extras
    }

    private static func texts(_ ids: [WireBrokerID?]?) -> [String] {
        (ids ?? []).compactMap { $0?.value?.text }
    }

    /// Without the characters up to U+0020 at both ends, as Java trims.
    private static func trimmed(_ name: Substring.UTF8View) -> Substring {
        var rest = Substring(name)
        while let first = rest.utf8.first, first <= 0x20 { rest.unicodeScalars.removeFirst() }
        while let last = rest.utf8.last, last <= 0x20 { rest.unicodeScalars.removeLast() }
        return rest
    }
}

extension WireDestinationKind {
    var brokerKind: Destination.Kind {
        switch self {
        case .queue: .queue
        case .topic: .topic
        case .temporaryQueue: .temporaryQueue
        case .temporaryTopic: .temporaryTopic
        }
    }

    init(_ kind: Destination.Kind) {
        switch kind {
        case .queue: self = .queue
        case .topic: self = .topic
        case .temporaryQueue: self = .temporaryQueue
        case .temporaryTopic: self = .temporaryTopic
        }
    }
}

extension WireMessageKind {
    var bodyKind: BodyKind {
        switch self {
        case .plain: .none
        case .bytes: .bytes
        case .map: .map
        case .object: .object
        case .stream: .stream
        case .text: .text
        case .blob: .blob
        }
    }

    init(_ kind: BodyKind) {
        switch kind {
        case .none: self = .plain
        case .bytes: self = .bytes
        case .map: self = .map
        case .object: self = .object
        case .stream: self = .stream
        case .text: self = .text
        case .blob: self = .blob
        }
    }
}
