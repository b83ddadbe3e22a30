package import NIOCore

/// What a peer speaks, by how it begins.
package enum FirstBytes: Hashable, Sendable {
    case openWire
    case stomp
    case http

    /// Nil where nothing has come yet. One byte tells: OpenWire begins with the size of a small frame, whose first byte
    /// is 0, STOMP with CONNECT or STOMP or with line feeds, and a WebSocket with GET. Requests of other methods are
    /// HTTP too, and are told that they are at the wrong door.
    package init?(_ bytes: ByteBufferView) {
        guard let first = bytes.first else { return nil }
        switch first {
        case UInt8(ascii: "G"), UInt8(ascii: "H"), UInt8(ascii: "O"), UInt8(ascii: "P"): self = .http
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): self = .stomp
        default: self = .openWire
        }
    }
}
