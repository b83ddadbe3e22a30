/// MessageId (110). Its identity is the producer and that producer's number; the rest is information (reference 8.1).
package struct WireMessageID: WireRecord {
    /// A foreign message id, normally nil.
    package var textView: WireString?
    package var producerID: WireProducerID?
    package var producerSequenceID: Int64 = 0
    /// Set by the broker before dispatch, 0 from the client.
    package var brokerSequenceID: Int64 = 0

    package init() {}

    package init(producerID: WireProducerID?, producerSequenceID: Int64, brokerSequenceID: Int64 = 0) {
        self.producerID = producerID
        self.producerSequenceID = producerSequenceID
        self.brokerSequenceID = brokerSequenceID
    }

    static let typeCode: UInt8 = 110

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        if visitor.version >= 10 { try visitor.string(&self.textView, "textView") }
        try visitor.cached(&self.producerID, "producerId")
        try visitor.long(&self.producerSequenceID, "producerSequenceId")
        try visitor.long(&self.brokerSequenceID, "brokerSequenceId")
    }
}

extension WireMessageID: Hashable {
    package static func == (a: WireMessageID, b: WireMessageID) -> Bool {
        a.producerSequenceID == b.producerSequenceID && a.producerID == b.producerID
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.producerSequenceID)
        hasher.combine(self.producerID)
    }
}
