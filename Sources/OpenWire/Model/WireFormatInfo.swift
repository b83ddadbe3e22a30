/// WireFormatInfo (1), the handshake (reference 2.2): no command, and always loose and uncached as a frame of its own.
package struct WireFormatInfo: WireRecord {
    /// `ActiveMQ` in ASCII.
    package static let magic: UInt64 = 0x4163_7469_7665_4D51

    package private(set) var magic = WireFormatInfo.magic
    /// The highest version the sender speaks.
    package var version: Int32 = 0
    /// A ``PrimitiveMap`` in its wire form, or null.
    package var marshalledProperties: [UInt8]?

    package init() {}

    package init(version: Int32, marshalledProperties: [UInt8]?) {
        self.version = version
        self.marshalledProperties = marshalledProperties
    }

    static let typeCode: UInt8 = 1

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try visitor.raw8(&self.magic, "magic")
        guard self.magic == Self.magic else { throw .badMagic }
        try visitor.int32(&self.version, "version")
        try visitor.bytes(&self.marshalledProperties, "marshalledProperties")
    }
}
