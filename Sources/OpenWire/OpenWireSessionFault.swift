/// Which rule of the protocol the peer broke, or why its socket is not kept. Each one ends the connection.
///
/// What the bytes of a frame can get wrong is ``OpenWireError``; here is what well-formed frames can still get wrong.
package enum OpenWireSessionFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// A command came before the peer's WireFormatInfo (reference §2.1).
    case commandBeforeHandshake(type: UInt8)
    /// The peer's WireFormatInfo says something impossible.
    case badHandshake(OpenWireError)
    /// A second WireFormatInfo: the settings of a connection never change.
    case repeatedHandshake
    /// A field without which the command means nothing is null.
    case missingField(String, of: String)
    /// A code that the field does not know.
    case unknownCode(Int64, field: String, of: String)
    /// A destination whose name is empty, or nothing but options.
    case emptyDestinationName(of: String)
    /// A type that clients never send (reference §6.6).
    case unsupportedCommand(type: UInt8)
    /// The peer is a broker and asks for a network connection, which this broker does not offer (reference §23).
    case networkConnection(brokerName: String)
    /// The peer's WireFormatInfo did not come in time (reference §19).
    case handshakeTimedOut(afterMs: Int64)
    /// Nothing came in for the agreed duration, not even a KeepAliveInfo (reference §19).
    case silentPeer(afterMs: Int64)

    package var description: String {
        switch self {
        case .commandBeforeHandshake(let type): "a frame of type \(type) came before WireFormatInfo"
        case .badHandshake(let error): "WireFormatInfo cannot be used: \(error)"
        case .repeatedHandshake: "WireFormatInfo came twice"
        case .missingField(let field, let command): "\(command) has no \(field)"
        case .unknownCode(let value, let field, let command): "\(command) has an unknown \(field): \(value)"
        case .emptyDestinationName(let command): "\(command) names a destination without a name"
        case .unsupportedCommand(let type): "a frame of type \(type) is no command for a broker"
        case .networkConnection(let name):
            "broker \(name.isEmpty ? "without name" : name) asked for a network connection, which is not supported"
        case .handshakeTimedOut(let ms): "no WireFormatInfo within \(ms) ms"
        case .silentPeer(let ms): "nothing received for \(ms) ms"
        }
    }
}
