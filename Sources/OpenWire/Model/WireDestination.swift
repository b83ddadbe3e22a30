/// The four destination types (reference 6.4); raw values are the type bytes.
package enum WireDestinationKind: UInt8, Hashable, Sendable, CaseIterable {
    case queue = 100
    case topic = 101
    case temporaryQueue = 102
    case temporaryTopic = 103
}

/// ActiveMQQueue, ActiveMQTopic, ActiveMQTempQueue, ActiveMQTempTopic: a kind and a name, shared by many frames.
///
/// Destinations are equal when kind and name are; the name is compared by its bytes.
package final class WireDestination: CacheableObject, Hashable {
    package let kind: WireDestinationKind
    package let physicalName: WireString?
    private let hash: Int

    package init(_ kind: WireDestinationKind, _ physicalName: WireString?) {
        self.kind = kind
        self.physicalName = physicalName
        var hasher = Hasher()
        hasher.combine(kind)
        hasher.combine(physicalName)
        self.hash = hasher.finalize()
    }

    package static func == (a: WireDestination, b: WireDestination) -> Bool {
        a === b || (a.hash == b.hash && a.kind == b.kind && a.physicalName == b.physicalName)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(self.hash) }

    var typeCode: UInt8 { self.kind.rawValue }

    static func build<V: FieldVisitor>(type: UInt8, with visitor: inout V) throws(OpenWireError) -> WireDestination {
        guard let kind = WireDestinationKind(rawValue: type) else { throw .unexpectedType(type) }
        var name: WireString?
        try Self.visit(&name, &visitor)
        return WireDestination(kind, name)
    }

    func walk<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        var name = self.physicalName
        try Self.visit(&name, &visitor)
    }

    private static func visit<V: FieldVisitor>(_ name: inout WireString?, _ visitor: inout V) throws(OpenWireError) {
        try visitor.string(&name, "physicalName")
    }
}
