import NIOCore

@testable import OpenWire

/// The primitive maps of the recorded sessions.
enum PrimitiveSamples {
    /// The wire form of every handshake's and message's properties and of every map body.
    static func maps() throws -> [[UInt8]] {
        var maps: [[UInt8]] = []
        for file in try VectorFile.all() where file.isSession {
            for fromClient in [true, false] {
                var decoder = OpenWireDecoder(format: file.format)
                for frame in file.frames(fromClient: fromClient) {
                    var buffer = ByteBuffer(bytes: frame.bytes)
                    switch try decoder.decode(buffer: &buffer) {
                    case .wireFormatInfo(let info): maps += [info.marshalledProperties].compactMap(\.self)
                    case .message(let message): maps += self.maps(of: message)
                    case .messageDispatch(let dispatch): maps += dispatch.message.map(self.maps(of:)) ?? []
                    default: break
                    }
                }
            }
        }
        return maps
    }

    private static func maps(of message: WireMessage) -> [[UInt8]] {
        let body = message.kind == .map && !message.compressed ? message.content : nil
        return [message.marshalledProperties, body].compactMap(\.self)
    }
}
