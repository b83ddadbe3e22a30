import BrokerCore

/// What the broker has to say in the protocol's terms: ids, destinations, messages and advisories.
///
/// The same id becomes the same object again, so that the encoder's object cache recognises it without comparing texts.
struct OpenWireSessionOutbound: Sendable {
    private var producers = OpenWireSessionMemo<ProducerID, WireProducerID>()
    private var consumers = OpenWireSessionMemo<ConsumerID, WireConsumerID>()
    private var destinations = OpenWireSessionMemo<Destination, WireDestination>()
    /// Types newer than this are not sent.
    var version: Int32 = 1

    mutating func producer(_ id: ProducerID) -> WireProducerID {
        self.producers.value(for: id) {
            WireProducerID(connectionID: WireString($0.connection), sessionID: $0.session, value: $0.value)
        }
    }

    mutating func consumer(_ id: ConsumerID) -> WireConsumerID {
        self.consumers.value(for: id) {
            WireConsumerID(connectionID: WireString($0.connection), sessionID: $0.session, value: $0.value)
        }
    }

    mutating func destination(_ destination: Destination) -> WireDestination {
        self.destinations.value(for: destination) {
            WireDestination(WireDestinationKind($0.kind), WireString($0.name))
        }
    }

    static func transaction(_ id: TransactionID) -> WireTransactionID {
        switch id {
        case .local(let connection, let value):
            .local(WireLocalTransactionID(value: value, connectionID: WireConnectionID(WireString(connection))))
        case .xa(let id):
            .xa(Self.xa(id))
        }
    }

    static func xa(_ id: XATransactionID) -> WireXATransactionID {
        WireXATransactionID(formatID: id.formatID, globalTransactionID: id.global, branchQualifier: id.branch)
    }

    /// MessageDispatch (reference §11.2). `now` becomes the message's brokerOutTime.
    mutating func dispatch(_ dispatch: Dispatch, at now: Instant) -> MessageDispatch {
        var result = MessageDispatch()
        result.consumerID = self.consumer(dispatch.consumer)
        result.destination = self.destination(dispatch.message.destination)
        result.redeliveryCounter = dispatch.redeliveryCount
        var message = self.message(dispatch.message)
        message.messageID?.brokerSequenceID = dispatch.sequence.rawValue
        message.redeliveryCounter = dispatch.redeliveryCount
        message.brokerOutTime = now.wallMs
        message.firstForConsumerInGroup = dispatch.isFirstOfGroup
        result.message = message
        return result
    }

    /// The end of a browse or of a pull: everything but the consumer is null (reference §§13.3, 13.4).
    mutating func noMessage(for consumer: ConsumerID) -> MessageDispatch {
        var result = MessageDispatch()
        result.consumerID = self.consumer(consumer)
        return result
    }

    /// Tells the client to close a consumer (reference §20).
    mutating func stop(_ consumer: ConsumerID) -> OpenWireCommand {
        var control = ConsumerControl()
        control.consumerID = self.consumer(consumer)
        control.close = true
        return .consumerControl(control)
    }

    private mutating func message(_ message: Message) -> WireMessage {
        // Versions before 3 know no BlobMessage: there it is a message whose properties are all there is.
        let kind = self.version < 3 && message.bodyKind == .blob ? .plain : WireMessageKind(message.bodyKind)
        let headers = message.headers
        var wire = WireMessage(kind: kind)
        let producer = self.producer(message.id.producer)
        wire.producerID = producer
        wire.destination = self.destination(headers.destination)
        var id = WireMessageID(producerID: producer, producerSequenceID: message.id.sequence)
        id.textView = message.id.foreignText.map { WireString($0) }
        wire.messageID = id
        wire.groupID = headers.groupID.map { WireString($0) }
        wire.groupSequence = headers.groupSequence
        wire.correlationID = headers.correlationID.map { WireString($0) }
        wire.persistent = headers.isPersistent
        wire.expiration = headers.expirationMs
        wire.priority = headers.priority
        if let replyTo = headers.replyTo { wire.replyTo = self.destination(replyTo) }
        wire.timestamp = headers.timestampMs
        wire.type = headers.type.map { WireString($0) }
        wire.content = message.body
        wire.marshalledProperties = message.properties
        wire.compressed = message.isCompressed
        wire.brokerInTime = headers.brokerInTimeMs
        if let extras = message.extras { self.add(extras, to: &wire) }
        return wire
    }

    private mutating func add(_ extras: MessageExtras, to wire: inout WireMessage) {
        if let sender = extras.sender { wire.producerID = self.producer(sender) }
        wire.userID = extras.userID.map { WireString($0) }
        var rare = RareMessageFields()
        rare.originalDestination = extras.originalDestination.map { self.destination($0) }
        rare.originalTransactionID = extras.originalTransaction.map { Self.transaction($0) }
        rare.dataStructure = extras.advisory.flatMap { self.dataStructure(of: $0) }
        rare.targetConsumerID = extras.targetConsumer.map { self.consumer($0) }
        rare.brokerPath = Self.brokers(extras.brokerPath)
        rare.cluster = Self.brokers(extras.cluster)
        rare.arrival = extras.arrivalMs
        rare.receivedByDFBridge = extras.isReceivedByBridge
        rare.droppable = extras.isDroppable
        if let blob = extras.blob, wire.kind == .blob {
            rare.remoteBlobURL = blob.url.map { WireString($0) }
            rare.mimeType = blob.mimeType.map { WireString($0) }
            rare.deletedByBroker = blob.isDeletedByBroker
        }
        wire.rare = rare
    }

    private static func brokers(_ names: [String]) -> [WireBrokerID?]? {
        names.isEmpty ? nil : names.map { WireBrokerID(WireString($0)) }
    }

    // MARK: Advisories (reference §17.3)

    private mutating func dataStructure(of advisory: Advisory) -> OpenWireCommand? {
        switch advisory {
        case .destinationAdded(let destination, let connection):
            .destinationInfo(self.destinationInfo(destination, connection, operation: 0))
        case .destinationRemoved(let destination, let connection):
            .destinationInfo(self.destinationInfo(destination, connection, operation: 1))
        case .connectionStarted(let id, let clientID, let userName, let peer):
            .connectionInfo(Self.connectionInfo(id, clientID: clientID, userName: userName, peer: peer))
        case .connectionStopped(let id):
            Self.removal(of: .connection(WireConnectionID(WireString(id.value))))
        case .consumerStarted(let consumer):
            .consumerInfo(self.consumerInfo(consumer))
        case .consumerStopped(let id):
            Self.removal(of: .consumer(self.consumer(id)))
        case .producerStarted(let id, let destination, let windowSize):
            .producerInfo(self.producerInfo(id, destination, windowSize: windowSize))
        case .producerStopped(let id):
            Self.removal(of: .producer(self.producer(id)))
        case .message(let message):
            .message(self.message(message))
        case .full, .becameMaster:
            nil
        }
    }

    private mutating func destinationInfo(
        _ destination: Destination, _ connection: ConnectionID, operation: Int8
    ) -> DestinationInfo {
        var info = DestinationInfo()
        // Destinations that no client owns have no connection.
        if !connection.value.isEmpty { info.connectionID = WireConnectionID(WireString(connection.value)) }
        info.destination = self.destination(destination)
        info.operationType = operation
        return info
    }

    private static func connectionInfo(
        _ id: ConnectionID, clientID: String, userName: String?, peer: String
    ) -> ConnectionInfo {
        var info = ConnectionInfo()
        info.connectionID = WireConnectionID(WireString(id.value))
        info.clientID = WireString(clientID)
        info.userName = userName.map { WireString($0) }
        info.password = ""
        info.clientIP = WireString(peer)
        return info
    }

    private mutating func consumerInfo(_ consumer: ConsumerDescription) -> ConsumerInfo {
        var info = ConsumerInfo()
        info.consumerID = self.consumer(consumer.id)
        info.destination = self.destination(consumer.destination)
        info.prefetchSize = consumer.prefetch
        info.browser = consumer.isBrowser
        info.selector = consumer.selector.map { WireString($0) }
        info.subscriptionName = consumer.subscriptionName.map { WireString($0) }
        info.clientID = consumer.clientID.map { WireString($0) }
        info.noLocal = consumer.isNoLocal
        info.exclusive = consumer.isExclusive
        info.retroactive = consumer.isRetroactive
        info.priority = consumer.priority
        return info
    }

    private mutating func producerInfo(
        _ id: ProducerID, _ destination: Destination?, windowSize: Int32
    ) -> ProducerInfo {
        var info = ProducerInfo()
        info.producerID = self.producer(id)
        info.destination = destination.map { self.destination($0) }
        info.windowSize = windowSize
        return info
    }

    private static func removal(of id: RemovedObjectID) -> OpenWireCommand {
        var info = RemoveInfo()
        info.objectID = id
        return .removeInfo(info)
    }
}
