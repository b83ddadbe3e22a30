/// LocalTransactionId (111).
package final class WireLocalTransactionID: SharedRecord {
    struct Fields: FieldList, Hashable {
        var value: Int64 = 0
        var connectionID: WireConnectionID?

        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
            try visitor.long(&self.value, "value")
            try visitor.cached(&self.connectionID, "connectionId")
        }
    }

    static let typeCode: UInt8 = 111
    let fields: Fields
    let hash: Int

    init(fields: Fields) {
        self.fields = fields
        self.hash = fields.hashValue
    }

    package convenience init(value: Int64, connectionID: WireConnectionID?) {
        self.init(fields: Fields(value: value, connectionID: connectionID))
    }

    package var value: Int64 { self.fields.value }
    package var connectionID: WireConnectionID? { self.fields.connectionID }
}

/// XATransactionId (112). Each part is at most ``WireLimits/xaPartBytes`` long.
package final class WireXATransactionID: SharedRecord {
    struct Fields: FieldList, Hashable {
        var formatID: Int32 = 0
        var globalTransactionID: [UInt8]?
        var branchQualifier: [UInt8]?

        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
            try visitor.int32(&self.formatID, "formatId")
            try visitor.bytes(&self.globalTransactionID, "globalTransactionId")
            try visitor.bytes(&self.branchQualifier, "branchQualifier")
            for part in [self.globalTransactionID, self.branchQualifier] {
                if let part, part.count > WireLimits.xaPartBytes { throw .bytesTooLong(part.count) }
            }
        }
    }

    static let typeCode: UInt8 = 112
    let fields: Fields
    let hash: Int

    init(fields: Fields) {
        self.fields = fields
        self.hash = fields.hashValue
    }

    package convenience init(formatID: Int32, globalTransactionID: [UInt8]?, branchQualifier: [UInt8]?) {
        self.init(
            fields: Fields(
                formatID: formatID, globalTransactionID: globalTransactionID, branchQualifier: branchQualifier))
    }

    package var formatID: Int32 { self.fields.formatID }
    package var globalTransactionID: [UInt8]? { self.fields.globalTransactionID }
    package var branchQualifier: [UInt8]? { self.fields.branchQualifier }
}

/// Either kind of transaction.
package enum WireTransactionID: CacheableObject, Hashable {
    case local(WireLocalTransactionID)
    case xa(WireXATransactionID)

    var typeCode: UInt8 {
        switch self {
        case .local: WireLocalTransactionID.typeCode
        case .xa: WireXATransactionID.typeCode
        }
    }

    static func build<V: FieldVisitor>(type: UInt8, with visitor: inout V) throws(OpenWireError) -> WireTransactionID {
        switch type {
        case WireLocalTransactionID.typeCode: .local(try .build(type: type, with: &visitor))
        case WireXATransactionID.typeCode: .xa(try .build(type: type, with: &visitor))
        default: throw .unexpectedType(type)
        }
    }

    func walk<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        switch self {
        case .local(let id): try id.walk(&visitor)
        case .xa(let id): try id.walk(&visitor)
        }
    }
}
