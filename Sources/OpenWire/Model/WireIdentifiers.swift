/// Identifiers as the wire carries them (reference 6.4): immutable objects, shared by every frame that names them.
///
/// Equality is by value, with identity as the short cut; the hash is taken once, because sending looks every identifier
/// up in the object cache.

/// ConnectionId (120).
package final class WireConnectionID: SharedRecord {
    struct Fields: FieldList, Hashable {
        var value: WireString?

        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
            try visitor.string(&self.value, "value")
        }
    }

    static let typeCode: UInt8 = 120
    let fields: Fields
    let hash: Int

    init(fields: Fields) {
        self.fields = fields
        self.hash = fields.hashValue
    }

    package convenience init(_ value: WireString?) { self.init(fields: Fields(value: value)) }

    package var value: WireString? { self.fields.value }
}

/// SessionId (121).
package final class WireSessionID: SharedRecord {
    struct Fields: FieldList, Hashable {
        var connectionID: WireString?
        var value: Int64 = 0

        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
            try visitor.string(&self.connectionID, "connectionId")
            try visitor.long(&self.value, "value")
        }
    }

    static let typeCode: UInt8 = 121
    let fields: Fields
    let hash: Int

    init(fields: Fields) {
        self.fields = fields
        self.hash = fields.hashValue
    }

    package convenience init(connectionID: WireString?, value: Int64) {
        self.init(fields: Fields(connectionID: connectionID, value: value))
    }

    package var connectionID: WireString? { self.fields.connectionID }
    package var value: Int64 { self.fields.value }
}

/// ConsumerId (122).
package final class WireConsumerID: SharedRecord {
    struct Fields: FieldList, Hashable {
        var connectionID: WireString?
        var sessionID: Int64 = 0
        var value: Int64 = 0

        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
            try visitor.string(&self.connectionID, "connectionId")
            try visitor.long(&self.sessionID, "sessionId")
            try visitor.long(&self.value, "value")
        }
    }

    static let typeCode: UInt8 = 122
    let fields: Fields
    let hash: Int

    init(fields: Fields) {
        self.fields = fields
        self.hash = fields.hashValue
    }

    package convenience init(connectionID: WireString?, sessionID: Int64, value: Int64) {
        self.init(fields: Fields(connectionID: connectionID, sessionID: sessionID, value: value))
    }

    package var connectionID: WireString? { self.fields.connectionID }
    package var sessionID: Int64 { self.fields.sessionID }
    package var value: Int64 { self.fields.value }
}

/// ProducerId (123). Its wire order differs from ConsumerId's: the value comes before the session.
package final class WireProducerID: SharedRecord {
    struct Fields: FieldList, Hashable {
        var connectionID: WireString?
        var sessionID: Int64 = 0
        var value: Int64 = 0

        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
            try visitor.string(&self.connectionID, "connectionId")
            try visitor.long(&self.value, "value")
            try visitor.long(&self.sessionID, "sessionId")
        }
    }

    static let typeCode: UInt8 = 123
    let fields: Fields
    let hash: Int

    init(fields: Fields) {
        self.fields = fields
        self.hash = fields.hashValue
    }

    package convenience init(connectionID: WireString?, sessionID: Int64, value: Int64) {
        self.init(fields: Fields(connectionID: connectionID, sessionID: sessionID, value: value))
    }

    package var connectionID: WireString? { self.fields.connectionID }
    package var sessionID: Int64 { self.fields.sessionID }
    package var value: Int64 { self.fields.value }
}

/// BrokerId (124).
package final class WireBrokerID: SharedRecord {
    struct Fields: FieldList, Hashable {
        var value: WireString?

        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
            try visitor.string(&self.value, "value")
        }
    }

    static let typeCode: UInt8 = 124
    let fields: Fields
    let hash: Int

    init(fields: Fields) {
        self.fields = fields
        self.hash = fields.hashValue
    }

    package convenience init(_ value: WireString?) { self.init(fields: Fields(value: value)) }

    package var value: WireString? { self.fields.value }
}
