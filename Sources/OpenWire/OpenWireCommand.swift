/// Every data structure of the protocol (reference 6.1): what a frame holds, and what a field of any type can hold.
///
/// The frequent large ones sit behind a reference, the small ones inline.
package enum OpenWireCommand: Sendable {
    /// Type 0, legal and never seen.
    case null
    case wireFormatInfo(WireFormatInfo)
    indirect case brokerInfo(BrokerInfo)
    indirect case connectionInfo(ConnectionInfo)
    case sessionInfo(SessionInfo)
    indirect case consumerInfo(ConsumerInfo)
    case producerInfo(ProducerInfo)
    case transactionInfo(TransactionInfo)
    indirect case destinationInfo(DestinationInfo)
    indirect case removeSubscriptionInfo(RemoveSubscriptionInfo)
    case keepAliveInfo(KeepAliveInfo)
    case shutdownInfo(ShutdownInfo)
    case removeInfo(RemoveInfo)
    case controlCommand(ControlCommand)
    case flushCommand(FlushCommand)
    case connectionError(ConnectionError)
    indirect case consumerControl(ConsumerControl)
    indirect case connectionControl(ConnectionControl)
    case producerAck(ProducerAck)
    indirect case messagePull(MessagePull)
    indirect case messageDispatch(MessageDispatch)
    indirect case messageAck(MessageAck)
    /// Types 23 to 29.
    indirect case message(WireMessage)
    case response(Response)
    case exceptionResponse(ExceptionResponse)
    indirect case dataResponse(DataResponse)
    case dataArrayResponse(DataArrayResponse)
    case integerResponse(IntegerResponse)
    indirect case discoveryEvent(DiscoveryEvent)
    indirect case journalTopicAck(JournalTopicAck)
    indirect case journalQueueAck(JournalQueueAck)
    case journalTrace(JournalTrace)
    case journalTransaction(JournalTransaction)
    indirect case subscriptionInfo(SubscriptionInfo)
    case partialCommand(PartialCommand)
    case lastPartialCommand(LastPartialCommand)
    case replayCommand(ReplayCommand)
    indirect case messageDispatchNotification(MessageDispatchNotification)
    case networkBridgeFilter(NetworkBridgeFilter)
    indirect case brokerSubscriptionInfo(BrokerSubscriptionInfo)
    case destination(WireDestination)
    indirect case messageID(WireMessageID)
    case transactionID(WireTransactionID)
    case connectionID(WireConnectionID)
    case sessionID(WireSessionID)
    case consumerID(WireConsumerID)
    case producerID(WireProducerID)
    case brokerID(WireBrokerID)
}

extension OpenWireCommand {
    /// The type byte.
    package var typeCode: UInt8 { self.object?.typeCode ?? 0 }

    /// Command id and wish for a response; nil for what is no command, WireFormatInfo included.
    package var header: CommandHeader? {
        switch self {
        case .message(let message): message.header
        case .response(let response): response.header
        case .messageAck(let ack): ack.header
        default: (self.object as? any BaseCommand)?.header
        }
    }
}

extension OpenWireCommand {
    /// Whether a frame can be of that type at all (reference 6.1).
    static func isKnown(type: UInt8) -> Bool {
        switch type {
        case 0...12, 14...34, 40, 50, 52...55, 60, 61, 65, 90...92, 100...103, 110...112, 120...124: true
        default: false
        }
    }
}

extension OpenWireCommand: WireObject {
    static func build<V: FieldVisitor>(type: UInt8, with visitor: inout V) throws(OpenWireError) -> OpenWireCommand {
        switch type {
        case 0: .null
        case 1: .wireFormatInfo(try .build(type: type, with: &visitor))
        case 2: .brokerInfo(try .build(type: type, with: &visitor))
        case 3: .connectionInfo(try .build(type: type, with: &visitor))
        case 4: .sessionInfo(try .build(type: type, with: &visitor))
        case 5: .consumerInfo(try .build(type: type, with: &visitor))
        case 6: .producerInfo(try .build(type: type, with: &visitor))
        case 7: .transactionInfo(try .build(type: type, with: &visitor))
        case 8: .destinationInfo(try .build(type: type, with: &visitor))
        case 9: .removeSubscriptionInfo(try .build(type: type, with: &visitor))
        case 10: .keepAliveInfo(try .build(type: type, with: &visitor))
        case 11: .shutdownInfo(try .build(type: type, with: &visitor))
        case 12: .removeInfo(try .build(type: type, with: &visitor))
        case 14: .controlCommand(try .build(type: type, with: &visitor))
        case 15: .flushCommand(try .build(type: type, with: &visitor))
        case 16: .connectionError(try .build(type: type, with: &visitor))
        case 17: .consumerControl(try .build(type: type, with: &visitor))
        case 18: .connectionControl(try .build(type: type, with: &visitor))
        case 19: .producerAck(try .build(type: type, with: &visitor))
        case 20: .messagePull(try .build(type: type, with: &visitor))
        case 21: .messageDispatch(try .build(type: type, with: &visitor))
        case 22: .messageAck(try .build(type: type, with: &visitor))
        case 23...29: .message(try .build(type: type, with: &visitor))
        case 30: .response(try .build(type: type, with: &visitor))
        case 31: .exceptionResponse(try .build(type: type, with: &visitor))
        case 32: .dataResponse(try .build(type: type, with: &visitor))
        case 33: .dataArrayResponse(try .build(type: type, with: &visitor))
        case 34: .integerResponse(try .build(type: type, with: &visitor))
        case 91: .networkBridgeFilter(try .build(type: type, with: &visitor))
        case 92: .brokerSubscriptionInfo(try .build(type: type, with: &visitor))
        case 100...124: try self.buildIdentifier(type: type, with: &visitor)
        default: try self.buildInternal(type: type, with: &visitor)
        }
    }

    private static func buildIdentifier<V: FieldVisitor>(
        type: UInt8, with visitor: inout V
    ) throws(OpenWireError) -> OpenWireCommand {
        switch type {
        case 100...103: .destination(try .build(type: type, with: &visitor))
        case 110: .messageID(try .build(type: type, with: &visitor))
        case 111, 112: .transactionID(try .build(type: type, with: &visitor))
        case 120: .connectionID(try .build(type: type, with: &visitor))
        case 121: .sessionID(try .build(type: type, with: &visitor))
        case 122: .consumerID(try .build(type: type, with: &visitor))
        case 123: .producerID(try .build(type: type, with: &visitor))
        case 124: .brokerID(try .build(type: type, with: &visitor))
        default: throw .unknownType(type)
        }
    }

    private static func buildInternal<V: FieldVisitor>(
        type: UInt8, with visitor: inout V
    ) throws(OpenWireError) -> OpenWireCommand {
        switch type {
        case 40: .discoveryEvent(try .build(type: type, with: &visitor))
        case 50: .journalTopicAck(try .build(type: type, with: &visitor))
        case 52: .journalQueueAck(try .build(type: type, with: &visitor))
        case 53: .journalTrace(try .build(type: type, with: &visitor))
        case 54: .journalTransaction(try .build(type: type, with: &visitor))
        case 55: .subscriptionInfo(try .build(type: type, with: &visitor))
        case 60: .partialCommand(try .build(type: type, with: &visitor))
        case 61: .lastPartialCommand(try .build(type: type, with: &visitor))
        case 65: .replayCommand(try .build(type: type, with: &visitor))
        case 90: .messageDispatchNotification(try .build(type: type, with: &visitor))
        default: throw .unknownType(type)
        }
    }

    func walk<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        switch self {
        // Spelled out where speed counts, so that the calls specialise.
        case .messageDispatch(let dispatch): try dispatch.walk(&visitor)
        case .message(let message): try message.walk(&visitor)
        case .response(let response): try response.walk(&visitor)
        case .messageAck(let ack): try ack.walk(&visitor)
        case .producerAck(let ack): try ack.walk(&visitor)
        default: try self.object?.walk(&visitor)
        }
    }

    /// The structure itself; nil for the null command.
    private var object: (any WireObject)? {
        switch self {
        case .null: nil
        case .wireFormatInfo(let value): value
        case .brokerInfo(let value): value
        case .connectionInfo(let value): value
        case .sessionInfo(let value): value
        case .consumerInfo(let value): value
        case .producerInfo(let value): value
        case .transactionInfo(let value): value
        case .destinationInfo(let value): value
        case .removeSubscriptionInfo(let value): value
        case .keepAliveInfo(let value): value
        case .shutdownInfo(let value): value
        case .removeInfo(let value): value
        case .controlCommand(let value): value
        case .flushCommand(let value): value
        case .connectionError(let value): value
        case .consumerControl(let value): value
        case .connectionControl(let value): value
        case .producerAck(let value): value
        case .messagePull(let value): value
        case .messageDispatch(let value): value
        case .messageAck(let value): value
        case .message(let value): value
        case .response(let value): value
        case .exceptionResponse(let value): value
        case .dataResponse(let value): value
        case .dataArrayResponse(let value): value
        case .integerResponse(let value): value
        case .discoveryEvent(let value): value
        case .journalTopicAck(let value): value
        case .journalQueueAck(let value): value
        case .journalTrace(let value): value
        case .journalTransaction(let value): value
        case .subscriptionInfo(let value): value
        case .partialCommand(let value): value
        case .lastPartialCommand(let value): value
        case .replayCommand(let value): value
        case .messageDispatchNotification(let value): value
        case .networkBridgeFilter(let value): value
        case .brokerSubscriptionInfo(let value): value
        case .destination(let value): value
        case .messageID(let value): value
        case .transactionID(let value): value
        case .connectionID(let value): value
        case .sessionID(let value): value
        case .consumerID(let value): value
        case .producerID(let value): value
        case .brokerID(let value): value
        }
    }
}

extension UInt8 {
    /// Whether objects of this type take an extra bit when nested in a tight frame (reference 4.3).
    var isMarshalAware: Bool { self == 1 || (23...29).contains(self) }
}
