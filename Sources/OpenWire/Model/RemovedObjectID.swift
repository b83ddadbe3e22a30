/// What a RemoveInfo can name (reference 6.5).
package enum RemovedObjectID: CacheableObject, Hashable {
    case connection(WireConnectionID)
    case session(WireSessionID)
    case consumer(WireConsumerID)
    case producer(WireProducerID)

    var typeCode: UInt8 {
        switch self {
        case .connection: WireConnectionID.typeCode
        case .session: WireSessionID.typeCode
        case .consumer: WireConsumerID.typeCode
        case .producer: WireProducerID.typeCode
        }
    }

    static func build<V: FieldVisitor>(type: UInt8, with visitor: inout V) throws(OpenWireError) -> RemovedObjectID {
        switch type {
        case WireConnectionID.typeCode: .connection(try .build(type: type, with: &visitor))
        case WireSessionID.typeCode: .session(try .build(type: type, with: &visitor))
        case WireConsumerID.typeCode: .consumer(try .build(type: type, with: &visitor))
        case WireProducerID.typeCode: .producer(try .build(type: type, with: &visitor))
        default: throw .unexpectedType(type)
        }
    }

    func walk<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        switch self {
        case .connection(let id): try id.walk(&visitor)
        case .session(let id): try id.walk(&visitor)
        case .consumer(let id): try id.walk(&visitor)
        case .producer(let id): try id.walk(&visitor)
        }
    }
}
