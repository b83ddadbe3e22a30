/// Commands about consumers, dispatch and subscriptions (reference 6.5).

/// ConsumerInfo (5).
package struct ConsumerInfo: BaseCommand {
    package var header = CommandHeader()
    package var consumerID: WireConsumerID?
    package var browser = false
    package var destination: WireDestination?
    /// 0 for pull.
    package var prefetchSize: Int32 = 0
    package var maximumPendingMessageLimit: Int32 = 0
    package var dispatchAsync = false
    package var selector: WireString?
    package var clientID: WireString?
    /// Not nil on a topic: a durable subscription.
    package var subscriptionName: WireString?
    package var noLocal = false
    package var exclusive = false
    package var retroactive = false
    package var priority: Int8 = 0
    package var brokerPath: [WireBrokerID?]?
    package var additionalPredicate: NetworkBridgeFilter?
    package var networkSubscription = false
    package var optimizedAcknowledge = false
    package var noRangeAcks = false
    package var networkConsumerPath: [WireConsumerID?]?

    package init() {}

    static let typeCode: UInt8 = 5

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.consumerID, "consumerId")
        try visitor.bool(&self.browser, "browser")
        try visitor.cached(&self.destination, "destination")
        try visitor.int32(&self.prefetchSize, "prefetchSize")
        try visitor.int32(&self.maximumPendingMessageLimit, "maximumPendingMessageLimit")
        try visitor.bool(&self.dispatchAsync, "dispatchAsync")
        try visitor.string(&self.selector, "selector")
        if visitor.version >= 10 { try visitor.string(&self.clientID, "clientId") }
        try visitor.string(&self.subscriptionName, "subscriptionName")
        try visitor.bool(&self.noLocal, "noLocal")
        try visitor.bool(&self.exclusive, "exclusive")
        try visitor.bool(&self.retroactive, "retroactive")
        try visitor.int8(&self.priority, "priority")
        try visitor.objects(&self.brokerPath, "brokerPath")
        try visitor.object(&self.additionalPredicate, "additionalPredicate")
        try visitor.bool(&self.networkSubscription, "networkSubscription")
        try visitor.bool(&self.optimizedAcknowledge, "optimizedAcknowledge")
        try visitor.bool(&self.noRangeAcks, "noRangeAcks")
        if visitor.version >= 4 { try visitor.objects(&self.networkConsumerPath, "networkConsumerPath") }
    }
}

/// ConsumerControl (17).
package struct ConsumerControl: BaseCommand {
    package var header = CommandHeader()
    package var destination: WireDestination?
    package var close = false
    package var consumerID: WireConsumerID?
    package var prefetch: Int32 = 0
    package var flush = false
    package var start = false
    package var stop = false

    package init() {}

    static let typeCode: UInt8 = 17

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        if visitor.version >= 6 { try visitor.object(&self.destination, "destination") }
        try visitor.bool(&self.close, "close")
        try visitor.object(&self.consumerID, "consumerId")
        try visitor.int32(&self.prefetch, "prefetch")
        if visitor.version >= 2 {
            try visitor.bool(&self.flush, "flush")
            try visitor.bool(&self.start, "start")
            try visitor.bool(&self.stop, "stop")
        }
    }
}

/// MessagePull (20).
package struct MessagePull: BaseCommand {
    package var header = CommandHeader()
    package var consumerID: WireConsumerID?
    package var destination: WireDestination?
    /// In milliseconds; 0 waits for ever, -1 not at all.
    package var timeout: Int64 = 0
    package var correlationID: WireString?
    package var messageID: WireMessageID?

    package init() {}

    static let typeCode: UInt8 = 20
    static let since: Int32 = 2

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.consumerID, "consumerId")
        try visitor.cached(&self.destination, "destination")
        try visitor.long(&self.timeout, "timeout")
        if visitor.version >= 3 {
            try visitor.string(&self.correlationID, "correlationId")
            try visitor.object(&self.messageID, "messageId")
        }
    }
}

/// MessageDispatch (21). A null message ends a browse or a pull.
package struct MessageDispatch: BaseCommand {
    package var header = CommandHeader()
    package var consumerID: WireConsumerID?
    package var destination: WireDestination?
    package var message: WireMessage?
    /// What the client believes; it overwrites the one in the message.
    package var redeliveryCounter: Int32 = 0

    package init() {}

    package init(
        consumerID: WireConsumerID, destination: WireDestination?, message: WireMessage?, redeliveryCounter: Int32 = 0
    ) {
        self.consumerID = consumerID
        self.destination = destination
        self.message = message
        self.redeliveryCounter = redeliveryCounter
    }

    static let typeCode: UInt8 = 21

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.consumerID, "consumerId")
        try visitor.cached(&self.destination, "destination")
        try visitor.object(&self.message, "message")
        try visitor.int32(&self.redeliveryCounter, "redeliveryCounter")
    }
}

/// MessageAck (22).
package struct MessageAck: BaseCommand {
    package var header = CommandHeader()
    package var destination: WireDestination?
    package var transactionID: WireTransactionID?
    package var consumerID: WireConsumerID?
    /// Reference 11.3.
    package var ackType: Int8 = 0
    package var firstMessageID: WireMessageID?
    package var lastMessageID: WireMessageID?
    package var messageCount: Int32 = 0
    package var poisonCause: WireThrowable?

    package init() {}

    static let typeCode: UInt8 = 22

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.destination, "destination")
        try visitor.cached(&self.transactionID, "transactionId")
        try visitor.cached(&self.consumerID, "consumerId")
        try visitor.int8(&self.ackType, "ackType")
        try visitor.object(&self.firstMessageID, "firstMessageId")
        try visitor.object(&self.lastMessageID, "lastMessageId")
        try visitor.int32(&self.messageCount, "messageCount")
        if visitor.version >= 7 { try visitor.throwable(&self.poisonCause, "poisonCause") }
    }
}

/// RemoveSubscriptionInfo (9).
package struct RemoveSubscriptionInfo: BaseCommand {
    package var header = CommandHeader()
    package var connectionID: WireConnectionID?
    package var subscriptionName: WireString?
    package var clientID: WireString?

    package init() {}

    static let typeCode: UInt8 = 9

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.connectionID, "connectionId")
        try visitor.string(&self.subscriptionName, "subscriptionName")
        try visitor.string(&self.clientID, "clientId")
    }
}

/// MessageDispatchNotification (90), obsolete.
package struct MessageDispatchNotification: BaseCommand {
    package var header = CommandHeader()
    package var consumerID: WireConsumerID?
    package var destination: WireDestination?
    package var deliverySequenceID: Int64 = 0
    package var messageID: WireMessageID?

    package init() {}

    static let typeCode: UInt8 = 90

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.consumerID, "consumerId")
        try visitor.cached(&self.destination, "destination")
        try visitor.long(&self.deliverySequenceID, "deliverySequenceId")
        try visitor.object(&self.messageID, "messageId")
    }
}
