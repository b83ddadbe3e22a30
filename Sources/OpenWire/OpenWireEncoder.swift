package import NIOCore

/// Writes commands as frames (reference 1.1), with the sender's side of the object cache.
///
/// A frame that cannot be written is refused with an error, leaves the buffer and the cache as they were, and does not
/// harm the frames after it. WireFormatInfo is always written loose and uncached.
package struct OpenWireEncoder {
    /// What the frames are written in.
    package let format: WireFormat
    private var writer: FrameWriter

    /// An encoder for everything after the handshake, or for the handshake itself.
    package init(format: WireFormat = .handshake) {
        self.format = format
        self.writer = FrameWriter(format: format)
    }

    /// Appends one frame.
    package mutating func encode(
        _ command: OpenWireCommand, into buffer: inout ByteBuffer
    ) throws(OpenWireError) {
        if case .wireFormatInfo(let info) = command {
            var writer = FrameWriter(format: .handshake)
            try writer.frame(info, maxFrameSize: WireLimits.handshakeFrameSize, into: &buffer)
        } else {
            try self.writer.frame(command, maxFrameSize: self.format.maxFrameSize, into: &buffer)
        }
    }

    /// Appends the frame of a dispatch, without putting it into a command first.
    package mutating func encode(
        _ dispatch: MessageDispatch, into buffer: inout ByteBuffer
    ) throws(OpenWireError) {
        try self.writer.frame(dispatch, maxFrameSize: self.format.maxFrameSize, into: &buffer)
    }

    /// Appends the frame of a response, without putting it into a command first.
    package mutating func encode(_ response: Response, into buffer: inout ByteBuffer) throws(OpenWireError) {
        try self.writer.frame(response, maxFrameSize: self.format.maxFrameSize, into: &buffer)
    }
}
