package import NIOCore

/// Cuts the stream into frames and reads each into a command (reference 1.1).
///
///     frame   = size:uint32 type:uint8 body
///
/// Built with our own announcement it expects the peer's WireFormatInfo first and reads everything after it in the form
/// the two have in common, from the very next frame on, even within one buffer. A frame that is not all there leaves
/// the buffer untouched. The first error is final: whatever follows cannot be understood.
package struct OpenWireDecoder: NIOSingleStepByteToMessageDecoder {
    package typealias InboundOut = OpenWireCommand

    private enum State {
        case awaitingHandshake(WireFormatSettings)
        case negotiated(WireFormat)
        case failed(OpenWireError)
    }

    private var state: State
    private var cache: ReceivingCache
    private let frameLimit: Int
    /// Memory that the last frame claimed for strings, byte arrays and array elements, in bytes.
    private(set) var lastFrameMemory = 0

    /// A decoder for one connection, at its start.
    /// - Parameters:
    ///   - local: what this side announces.
    ///   - frameLimit: the largest frame taken, in bytes after the size field; a lower negotiated size wins.
    package init(local: WireFormatSettings, frameLimit: Int = WireLimits.defaultFrameSize) {
        self.state = .awaitingHandshake(local)
        self.cache = ReceivingCache(size: 0)
        self.frameLimit = frameLimit
    }

    /// A decoder for a connection whose handshake is done.
    package init(format: WireFormat, frameLimit: Int = WireLimits.defaultFrameSize) {
        self.state = .negotiated(format)
        self.cache = ReceivingCache(size: format.cacheEnabled ? format.cacheSize : 0)
        self.frameLimit = frameLimit
    }

    /// What was negotiated; nil before the handshake.
    package var format: WireFormat? {
        if case .negotiated(let format) = self.state { format } else { nil }
    }

    /// The next command, or nil where its frame is not all there yet.
    package mutating func decode(buffer: inout ByteBuffer) throws(OpenWireError) -> OpenWireCommand? {
        if case .failed(let error) = self.state { throw error }
        do {
            return try self.nextFrame(&buffer)
        } catch {
            self.state = .failed(error)
            throw error
        }
    }

    /// As ``decode(buffer:)``: a frame cut off by the end of the stream is no command.
    package mutating func decodeLast(
        buffer: inout ByteBuffer, seenEOF: Bool
    ) throws(OpenWireError) -> OpenWireCommand? {
        try self.decode(buffer: &buffer)
    }

    private mutating func nextFrame(_ buffer: inout ByteBuffer) throws(OpenWireError) -> OpenWireCommand? {
        guard let size = buffer.getInteger(at: buffer.readerIndex, as: Int32.self) else { return nil }
        guard size >= 0 else { throw .negativeFrameSize(size) }
        guard size > 0 else { throw .emptyFrame }
        let limit = self.limit
        guard Int(size) <= limit else { throw .frameTooLarge(size: Int(size), limit: limit) }
        if let type = buffer.getInteger(at: buffer.readerIndex + 4, as: UInt8.self) {
            if type != WireFormatInfo.typeCode, case .awaitingHandshake = self.state {
                throw .handshakeExpected(type: type)
            }
            // Before the rest has come: whoever sends noise is not waited for.
            guard OpenWireCommand.isKnown(type: type) else { throw .unknownType(type) }
        }
        guard buffer.readableBytes >= 4 + Int(size) else { return nil }
        let result = buffer.withUnsafeReadableBytes { bytes in
            self.command(in: UnsafeRawBufferPointer(rebasing: bytes[4..<(4 + Int(size))]))
        }
        let command = try result.get()
        buffer.moveReaderIndex(forwardBy: 4 + Int(size))
        if case .wireFormatInfo(let info) = command { try self.negotiate(with: info) }
        return command
    }

    private var limit: Int {
        switch self.state {
        case .awaitingHandshake: min(self.frameLimit, WireLimits.handshakeFrameSize)
        case .negotiated(let format): min(self.frameLimit, format.maxFrameSize)
        case .failed: 0
        }
    }

    private mutating func command(in bytes: UnsafeRawBufferPointer) -> Result<OpenWireCommand, OpenWireError> {
        var format = WireFormat.handshake
        if bytes.first != WireFormatInfo.typeCode, case .negotiated(let negotiated) = self.state { format = negotiated }
        var reader = FrameReader(bytes, format: format)
        // Swapped, not copied: the slots must have one owner to be filled in place.
        swap(&self.cache, &reader.cache)
        defer {
            swap(&self.cache, &reader.cache)
            self.lastFrameMemory = reader.memory
        }
        do throws(OpenWireError) {
            return .success(try reader.command())
        } catch {
            return .failure(error)
        }
    }

    private mutating func negotiate(with info: WireFormatInfo) throws(OpenWireError) {
        guard case .awaitingHandshake(let local) = self.state else { return }
        let format = WireFormat.negotiated(local, try WireFormatSettings(info))
        self.state = .negotiated(format)
        self.cache = ReceivingCache(size: format.cacheEnabled ? format.cacheSize : 0)
    }
}
