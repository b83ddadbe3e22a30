/// Commands about producers, transactions and destinations (reference 6.5).

/// ProducerInfo (6).
package struct ProducerInfo: BaseCommand {
    package var header = CommandHeader()
    package var producerID: WireProducerID?
    /// Nil for a producer without fixed destination.
    package var destination: WireDestination?
    package var brokerPath: [WireBrokerID?]?
    package var dispatchAsync = false
    /// In bytes; above 0 the producer asks for ProducerAck.
    package var windowSize: Int32 = 0

    package init() {}

    static let typeCode: UInt8 = 6

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.producerID, "producerId")
        try visitor.cached(&self.destination, "destination")
        try visitor.objects(&self.brokerPath, "brokerPath")
        if visitor.version >= 2 { try visitor.bool(&self.dispatchAsync, "dispatchAsync") }
        if visitor.version >= 3 { try visitor.int32(&self.windowSize, "windowSize") }
    }
}

/// ProducerAck (19).
package struct ProducerAck: BaseCommand {
    package var header = CommandHeader()
    package var producerID: WireProducerID?
    /// In bytes, reference 16.3.
    package var size: Int32 = 0

    package init() {}

    package init(producerID: WireProducerID, size: Int32) {
        self.producerID = producerID
        self.size = size
    }

    static let typeCode: UInt8 = 19
    static let since: Int32 = 3

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.object(&self.producerID, "producerId")
        try visitor.int32(&self.size, "size")
    }
}

/// TransactionInfo (7).
package struct TransactionInfo: BaseCommand {
    package var header = CommandHeader()
    package var connectionID: WireConnectionID?
    /// Nil only for RECOVER.
    package var transactionID: WireTransactionID?
    /// 0 BEGIN, 1 PREPARE, 2 COMMIT_ONE_PHASE, 3 COMMIT_TWO_PHASE, 4 ROLLBACK, 5 RECOVER, 6 FORGET, 7 END.
    package var type: Int8 = 0

    package init() {}

    static let typeCode: UInt8 = 7

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.connectionID, "connectionId")
        try visitor.cached(&self.transactionID, "transactionId")
        try visitor.int8(&self.type, "type")
    }
}

/// DestinationInfo (8).
package struct DestinationInfo: BaseCommand {
    package var header = CommandHeader()
    package var connectionID: WireConnectionID?
    package var destination: WireDestination?
    /// 0 adds, 1 removes.
    package var operationType: Int8 = 0
    /// In milliseconds; clients send 0.
    package var timeout: Int64 = 0
    package var brokerPath: [WireBrokerID?]?

    package init() {}

    package init(connectionID: WireConnectionID?, destination: WireDestination, operationType: Int8) {
        self.connectionID = connectionID
        self.destination = destination
        self.operationType = operationType
    }

    static let typeCode: UInt8 = 8

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.connectionID, "connectionId")
        try visitor.cached(&self.destination, "destination")
        try visitor.int8(&self.operationType, "operationType")
        try visitor.long(&self.timeout, "timeout")
        try visitor.objects(&self.brokerPath, "brokerPath")
    }
}
