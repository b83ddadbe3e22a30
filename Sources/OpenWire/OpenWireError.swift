/// Which rule of the wire a peer broke (reference 21.3), or which of our limits a frame would break.
///
/// Every one of them ends the connection when it comes from the decoder: frames carry no resynchronisation point. From
/// the encoder it refuses one frame, and the connection can go on.
package enum OpenWireError: Error, Hashable, Sendable {
    // Framing (1.1)
    case negativeFrameSize(Int32)
    case emptyFrame
    case frameTooLarge(size: Int, limit: Int)
    /// A field, count or length reaches past the end of the frame or of its bit stream.
    case truncated
    /// The command ended before its frame did.
    case leftoverBytes(Int)
    case leftoverBits(Int)
    /// The bit stream's length is in none of the three forms of 4.1, or too long for them.
    case invalidBitStream

    // Handshake (2)
    case handshakeExpected(type: UInt8)
    case badMagic
    case invalidHandshakeProperties(PrimitiveError)
    case handshakePropertyOfWrongType(name: String)

    // Structures (6)
    case unknownType(UInt8)
    /// A known type where the field allows only others.
    case unexpectedType(UInt8)
    case typeNotInVersion(type: UInt8, version: Int32)
    case negativeLength(Int32)
    case nestingTooDeep(limit: Int)
    /// The frame asks for more memory than ``WireLimits/memory(forFrameOf:)`` allows.
    case memoryLimitExceeded(limit: Int)
    /// The extra bit of a nested message is 1 (4.3); no client sends that.
    case preMarshalledObject

    // Object cache (5)
    case cacheIndexOutOfRange(Int16)
    case cacheSlotEmpty(Int16)
    case cacheSlotOfWrongType(Int16)

    // Encoding only
    case stringTooLong(bytes: Int, limit: Int)
    case bytesTooLong(Int)
    case arrayTooLong(Int)
}
