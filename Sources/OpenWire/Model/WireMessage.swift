/// The seven message types (reference 6.1); raw values are the type bytes. They differ only in what `content` means.
package enum WireMessageKind: UInt8, Hashable, Sendable, CaseIterable {
    case plain = 23
    case bytes = 24
    case map = 25
    case object = 26
    case stream = 27
    case text = 28
    case blob = 29
}

/// A message of any type (reference 6.3). Field names are those of the reference.
package struct WireMessage: Sendable {
    package var kind: WireMessageKind
    package var header = CommandHeader()
    package var producerID: WireProducerID?
    package var destination: WireDestination?
    package var transactionID: WireTransactionID?
    package var messageID: WireMessageID?
    package var groupID: WireString?
    package var groupSequence: Int32 = 0
    package var correlationID: WireString?
    package var persistent = false
    /// Unix time in milliseconds; 0 for never.
    package var expiration: Int64 = 0
    package var priority: Int8 = 0
    package var replyTo: WireDestination?
    /// Unix time in milliseconds.
    package var timestamp: Int64 = 0
    package var type: WireString?
    package var content: [UInt8]?
    /// A ``PrimitiveMap`` in its wire form.
    package var marshalledProperties: [UInt8]?
    package var compressed = false
    package var redeliveryCounter: Int32 = 0
    package var userID: WireString?
    /// Unix time in milliseconds.
    package var brokerInTime: Int64 = 0
    /// Unix time in milliseconds.
    package var brokerOutTime: Int64 = 0
    package var firstForConsumerInGroup = false
    /// Held out of line: most messages have none of these fields.
    private var rareFields: RareFieldsBox?

    package init(kind: WireMessageKind) {
        self.kind = kind
    }

    /// The fields that few messages carry. Setting any of them allocates.
    package var rare: RareMessageFields {
        get { self.rareFields?.value ?? RareMessageFields() }
        set { self.rareFields = newValue.isEmpty ? nil : RareFieldsBox(newValue) }
    }

    /// Whether any of ``rare`` is set.
    package var hasRareFields: Bool { self.rareFields != nil }
}

/// Fields of a message that are null, false or 0 in most (reference 6.3, and the three of BlobMessage).
package struct RareMessageFields: Sendable {
    /// What the client addressed, where the broker put the copy elsewhere.
    package var originalDestination: WireDestination?
    package var originalTransactionID: WireTransactionID?
    /// What an advisory is about.
    package var dataStructure: OpenWireCommand?
    package var targetConsumerID: WireConsumerID?
    package var brokerPath: [WireBrokerID?]?
    package var arrival: Int64 = 0
    package var receivedByDFBridge = false
    package var droppable = false
    package var cluster: [WireBrokerID?]?
    package var remoteBlobURL: WireString?
    package var mimeType: WireString?
    package var deletedByBroker = false

    package init() {}

    var isEmpty: Bool {
        self.originalDestination == nil && self.originalTransactionID == nil && self.dataStructure == nil
            && self.targetConsumerID == nil && self.brokerPath == nil && self.arrival == 0 && !self.receivedByDFBridge
            && !self.droppable && self.cluster == nil && self.remoteBlobURL == nil && self.mimeType == nil
            && !self.deletedByBroker
    }
}

private final class RareFieldsBox: Sendable {
    let value: RareMessageFields

    init(_ value: RareMessageFields) { self.value = value }
}

extension WireMessage: WireObject {
    var typeCode: UInt8 { self.kind.rawValue }

    static func build<V: FieldVisitor>(type: UInt8, with visitor: inout V) throws(OpenWireError) -> WireMessage {
        guard let kind = WireMessageKind(rawValue: type) else { throw .unexpectedType(type) }
        var message = WireMessage(kind: kind)
        try message.visit(&visitor)
        return message
    }

    func walk<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        var fields = self
        try fields.visit(&visitor)
    }

    private mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        if self.kind == .blob, visitor.version < 3 {
            throw .typeNotInVersion(type: self.typeCode, version: visitor.version)
        }
        var rare = self.rare
        try self.visitHead(&visitor, &rare)
        try self.visitTail(&visitor, &rare)
        if self.kind == .blob {
            try visitor.string(&rare.remoteBlobURL, "remoteBlobUrl")
            try visitor.string(&rare.mimeType, "mimeType")
            try visitor.bool(&rare.deletedByBroker, "deletedByBroker")
        }
        if V.reads { self.rare = rare }
    }

    private mutating func visitHead<V: FieldVisitor>(
        _ visitor: inout V, _ rare: inout RareMessageFields
    ) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.producerID, "producerId")
        try visitor.cached(&self.destination, "destination")
        try visitor.cached(&self.transactionID, "transactionId")
        try visitor.cached(&rare.originalDestination, "originalDestination")
        try visitor.object(&self.messageID, "messageId")
        try visitor.cached(&rare.originalTransactionID, "originalTransactionId")
        try visitor.string(&self.groupID, "groupID")
        try visitor.int32(&self.groupSequence, "groupSequence")
        try visitor.string(&self.correlationID, "correlationId")
        try visitor.bool(&self.persistent, "persistent")
        try visitor.long(&self.expiration, "expiration")
        try visitor.int8(&self.priority, "priority")
        try visitor.object(&self.replyTo, "replyTo")
        try visitor.long(&self.timestamp, "timestamp")
        try visitor.string(&self.type, "type")
        try visitor.bytes(&self.content, "content")
        try visitor.bytes(&self.marshalledProperties, "marshalledProperties")
    }

    private mutating func visitTail<V: FieldVisitor>(
        _ visitor: inout V, _ rare: inout RareMessageFields
    ) throws(OpenWireError) {
        try visitor.object(&rare.dataStructure, "dataStructure")
        try visitor.cached(&rare.targetConsumerID, "targetConsumerId")
        try visitor.bool(&self.compressed, "compressed")
        try visitor.int32(&self.redeliveryCounter, "redeliveryCounter")
        try visitor.objects(&rare.brokerPath, "brokerPath")
        try visitor.long(&rare.arrival, "arrival")
        try visitor.string(&self.userID, "userID")
        try visitor.bool(&rare.receivedByDFBridge, "recievedByDFBridge")
        if visitor.version >= 2 { try visitor.bool(&rare.droppable, "droppable") }
        if visitor.version >= 3 {
            try visitor.objects(&rare.cluster, "cluster")
            try visitor.long(&self.brokerInTime, "brokerInTime")
            try visitor.long(&self.brokerOutTime, "brokerOutTime")
        }
        if visitor.version >= 10 { try visitor.bool(&self.firstForConsumerInGroup, "jMSXGroupFirstForConsumer") }
    }
}
