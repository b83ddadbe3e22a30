/// Broker-to-broker and internal types (reference 6.6). A broker on TCP may refuse the internal ones.

/// BrokerSubscriptionInfo (92): durable subscriptions a bridge shall keep in step.
package struct BrokerSubscriptionInfo: BaseCommand {
    package var header = CommandHeader()
    package var brokerID: WireBrokerID?
    package var brokerName: WireString?
    package var subscriptionInfos: [ConsumerInfo?]?

    package init() {}

    static let typeCode: UInt8 = 92
    static let since: Int32 = 12

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.object(&self.brokerID, "brokerId")
        try visitor.string(&self.brokerName, "brokerName")
        try visitor.objects(&self.subscriptionInfos, "subscriptionInfos")
    }
}

/// SubscriptionInfo (55), internal to stores and management.
package struct SubscriptionInfo: WireRecord {
    package var clientID: WireString?
    package var destination: WireDestination?
    package var selector: WireString?
    package var subscriptionName: WireString?
    package var subscribedDestination: WireDestination?
    package var noLocal = false

    package init() {}

    static let typeCode: UInt8 = 55

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.string(&self.clientID, "clientId")
        try visitor.cached(&self.destination, "destination")
        try visitor.string(&self.selector, "selector")
        try visitor.string(&self.subscriptionName, "subscriptionName")
        if visitor.version >= 3 {
            try visitor.object(&self.subscribedDestination, "subscribedDestination")
        }
        if visitor.version >= 11 { try visitor.bool(&self.noLocal, "noLocal") }
    }
}

/// DiscoveryEvent (40), internal to discovery.
package struct DiscoveryEvent: WireRecord {
    package var serviceName: WireString?
    package var brokerName: WireString?

    package init() {}

    static let typeCode: UInt8 = 40

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.string(&self.serviceName, "serviceName")
        try visitor.string(&self.brokerName, "brokerName")
    }
}

/// PartialCommand (60), UDP only.
package struct PartialCommand: WireRecord {
    package var commandID: Int32 = 0
    package var data: [UInt8]?

    package init() {}

    static let typeCode: UInt8 = 60

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.int32(&self.commandID, "commandId")
        try visitor.bytes(&self.data, "data")
    }
}

/// LastPartialCommand (61), UDP only.
package struct LastPartialCommand: WireRecord {
    package var commandID: Int32 = 0
    package var data: [UInt8]?

    package init() {}

    static let typeCode: UInt8 = 61

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.int32(&self.commandID, "commandId")
        try visitor.bytes(&self.data, "data")
    }
}

/// ReplayCommand (65), UDP only.
package struct ReplayCommand: BaseCommand {
    package var header = CommandHeader()
    package var firstNakNumber: Int32 = 0
    package var lastNakNumber: Int32 = 0

    package init() {}

    static let typeCode: UInt8 = 65

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.int32(&self.firstNakNumber, "firstNakNumber")
        try visitor.int32(&self.lastNakNumber, "lastNakNumber")
    }
}

/// JournalTopicAck (50), internal to the journal store.
package struct JournalTopicAck: WireRecord {
    package var destination: WireDestination?
    package var messageID: WireMessageID?
    package var messageSequenceID: Int64 = 0
    package var subscriptionName: WireString?
    package var clientID: WireString?
    package var transactionID: WireTransactionID?

    package init() {}

    static let typeCode: UInt8 = 50

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.object(&self.destination, "destination")
        try visitor.object(&self.messageID, "messageId")
        try visitor.long(&self.messageSequenceID, "messageSequenceId")
        try visitor.string(&self.subscriptionName, "subscriptionName")
        try visitor.string(&self.clientID, "clientId")
        try visitor.object(&self.transactionID, "transactionId")
    }
}

/// JournalQueueAck (52), internal to the journal store.
package struct JournalQueueAck: WireRecord {
    package var destination: WireDestination?
    package var messageAck: MessageAck?

    package init() {}

    static let typeCode: UInt8 = 52

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.object(&self.destination, "destination")
        try visitor.object(&self.messageAck, "messageAck")
    }
}

/// JournalTrace (53), internal to the journal store.
package struct JournalTrace: WireRecord {
    package var message: WireString?

    package init() {}

    static let typeCode: UInt8 = 53

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.string(&self.message, "message")
    }
}

/// JournalTransaction (54), internal to the journal store.
package struct JournalTransaction: WireRecord {
    package var transactionID: WireTransactionID?
    package var type: Int8 = 0
    package var wasPrepared = false

    package init() {}

    static let typeCode: UInt8 = 54

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.object(&self.transactionID, "transactionId")
        try visitor.int8(&self.type, "type")
        try visitor.bool(&self.wasPrepared, "wasPrepared")
    }
}

/// NetworkBridgeFilter (91). The one type whose field order changed, with version 10.
package struct NetworkBridgeFilter: WireRecord {
    package var networkBrokerID: WireBrokerID?
    /// `networkTTL` in versions below 10.
    package var messageTTL: Int32 = 0
    /// Versions below 10 have one time to live for both.
    package var consumerTTL: Int32 = 0

    package init() {}

    static let typeCode: UInt8 = 91

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        if visitor.version >= 10 {
            try visitor.cached(&self.networkBrokerID, "networkBrokerId")
            try visitor.int32(&self.messageTTL, "messageTTL")
            try visitor.int32(&self.consumerTTL, "consumerTTL")
        } else {
            try visitor.int32(&self.messageTTL, "networkTTL")
            try visitor.cached(&self.networkBrokerID, "networkBrokerId")
            if V.reads { self.consumerTTL = self.messageTTL }
        }
    }
}
