package import NIOCore

extension OpenWireSession {
    /// One or two frames, in order. The frequent ones are not wrapped as commands, which would cost an allocation.
    package enum Frames: Sendable {
        case dispatch(MessageDispatch)
        case response(Response)
        case one(OpenWireCommand)
        case two(OpenWireCommand, OpenWireCommand)
    }
}

extension OpenWireEncoder {
    /// Appends the frames of one event.
    /// - Throws: what the encoder refuses; a first frame of two may then stand in the buffer, whole.
    package mutating func encode(
        frames: OpenWireSession.Frames, into buffer: inout ByteBuffer
    ) throws(OpenWireError) {
        switch frames {
        case .dispatch(let dispatch): try self.encode(dispatch, into: &buffer)
        case .response(let response): try self.encode(response, into: &buffer)
        case .one(let command): try self.encode(command, into: &buffer)
        case .two(let first, let second):
            try self.encode(first, into: &buffer)
            try self.encode(second, into: &buffer)
        }
    }
}
