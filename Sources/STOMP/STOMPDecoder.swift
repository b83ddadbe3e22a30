package import NIOCore

/// Cuts the stream into frames (STOMP 1.2, "Augmented BNF"), with ActiveMQ's tolerance:
///
///     stream  = { LF | CR | NUL | frame }        what stands between frames is heart-beats and padding
///     frame   = command EOL { header EOL } EOL body NUL
///     EOL     = [ CR ] LF                        in 1.1 the CR belongs to the header
///     header  = name ":" value
///
/// A body ends where content-length says, and without that header at the first NUL. Only SEND has one (STOMP 1.2,
/// "Body"): clients copy the header of a message to its ACK. Commands are trimmed; what starts with SUB or UNSUB is
/// SUBSCRIBE or UNSUBSCRIBE, as old clients of ActiveMQ write them.
///
/// The version that CONNECT picks holds from the very next frame on, even within one buffer. Of a frame that is not all
/// there the head is taken once it is complete; the rest stays in the buffer, and is not looked at twice. The first
/// error is final.
package struct STOMPDecoder: NIOSingleStepByteToMessageDecoder, Sendable {
    package typealias InboundOut = STOMPFrame

    private enum State {
        case betweenFrames
        /// Bytes from the reader index that hold no end of the head; where their last line begins; lines before it.
        case head(scanned: Int, line: Int, lines: Int)
        case body(STOMPFrame, length: BodyLength)
        case failed(STOMPError)
    }

    private enum BodyLength {
        case known(Int)
        /// Up to the first NUL, which is not among the bytes scanned.
        case terminated(scanned: Int)
    }

    private let limits: STOMPLimits
    private var state = State.betweenFrames
    /// What headers are read in; 1.0 before CONNECT.
    package private(set) var version = STOMPVersion.v10

    package init(limits: STOMPLimits = .default) {
        self.limits = limits
    }

    /// The next frame, or nil where it is not all there yet.
    package mutating func decode(buffer: inout ByteBuffer) throws(STOMPError) -> STOMPFrame? {
        if case .failed(let error) = self.state { throw error }
        do {
            return try self.nextFrame(&buffer)
        } catch {
            self.state = .failed(error)
            throw error
        }
    }

    /// As ``decode(buffer:)``: a frame cut off by the end of the stream is no frame.
    package mutating func decodeLast(
        buffer: inout ByteBuffer, seenEOF: Bool
    ) throws(STOMPError) -> STOMPFrame? {
        try self.decode(buffer: &buffer)
    }

    private mutating func nextFrame(_ buffer: inout ByteBuffer) throws(STOMPError) -> STOMPFrame? {
        if case .betweenFrames = self.state {
            let padding = buffer.withUnsafeReadableBytes { bytes in
                bytes.firstIndex { !Self.isPadding($0) } ?? bytes.count
            }
            buffer.moveReaderIndex(forwardBy: padding)
            guard buffer.readableBytes > 0 else { return nil }
            self.state = .head(scanned: 0, line: 0, lines: 0)
        }
        if case .head(let scanned, let line, let lines) = self.state {
            guard try self.takeHead(&buffer, scanned: scanned, line: line, lines: lines) else { return nil }
        }
        guard case .body(let frame, let length) = self.state else { return nil }
        return try self.takeBody(of: frame, length, &buffer)
    }

    private static func isPadding(_ byte: UInt8) -> Bool {
        byte == STOMPHeaderText.newline || byte == STOMPHeaderText.carriageReturn || byte == 0
    }

    // MARK: Head

    /// Looks for the empty line. False: it has not come yet.
    private mutating func takeHead(
        _ buffer: inout ByteBuffer, scanned: Int, line: Int, lines: Int
    ) throws(STOMPError) -> Bool {
        let found = buffer.withUnsafeReadableBytes { bytes in
            self.findHead(in: bytes, scanned: scanned, line: line, lines: lines)
        }
        switch try found.get() {
        case .incomplete(let line, let lines):
            self.state = .head(scanned: buffer.readableBytes, line: line, lines: lines)
            return false
        case .complete(let frame, let size):
            buffer.moveReaderIndex(forwardBy: size)
            self.state = .body(frame, length: try self.bodyLength(of: frame))
            return true
        }
    }

    private enum Head {
        case incomplete(line: Int, lines: Int)
        case complete(STOMPFrame, size: Int)
    }

    private mutating func findHead(
        in bytes: UnsafeRawBufferPointer, scanned: Int, line: Int, lines: Int
    ) -> Result<Head, STOMPError> {
        var (start, lines, from) = (line, lines, scanned)
        do throws(STOMPError) {
            while let end = bytes[from...].firstIndex(of: STOMPHeaderText.newline) {
                try self.checkLine(start..<end, number: lines)
                if Self.isBlank(bytes[start..<end]) {
                    return .success(.complete(try self.head(bytes[..<start]), size: end + 1))
                }
                // Whoever sends noise is not waited for.
                if lines == 0 { _ = try Self.command(bytes[..<end]) }
                lines += 1
                start = end + 1
                from = start
            }
            try self.checkLine(start..<bytes.count, number: lines)
            return .success(.incomplete(line: start, lines: lines))
        } catch {
            return .failure(error)
        }
    }

    private static func isBlank(_ line: UnsafeRawBufferPointer.SubSequence) -> Bool {
        line.isEmpty || line.count == 1 && line.first == STOMPHeaderText.carriageReturn
    }

    /// What there is of a line of the head. Of several limits the one that its first bytes break is named: how many
    /// came at once must not decide.
    private func checkLine(_ line: Range<Int>, number: Int) throws(STOMPError) {
        let ownLimit = number == 0 ? self.limits.command : self.limits.headerLine
        // The line after the last header is the empty one.
        let end = number > self.limits.headers ? line.lowerBound + 1 : .max
        let ownEnd = min(line.lowerBound + ownLimit, end)
        guard line.upperBound > min(ownEnd, self.limits.head) else { return }
        if self.limits.head < ownEnd { throw .headTooLong(limit: self.limits.head) }
        if end == ownEnd { throw .tooManyHeaders(limit: self.limits.headers) }
        throw number == 0 ? .commandTooLong(limit: ownLimit) : .headerTooLong(limit: ownLimit)
    }

    /// Command and headers of a complete head, whose last line ends with its line feed.
    private mutating func head(_ lines: UnsafeRawBufferPointer.SubSequence) throws(STOMPError) -> STOMPFrame {
        var rest = lines
        let command = try Self.command(Self.line(&rest))
        // What decides the version is read in 1.0.
        let isConnect = command == .connect || command == .stomp
        let version = isConnect ? .v10 : self.version
        var headers: [STOMPHeader] = []
        headers.reserveCapacity(8)
        while !rest.isEmpty { headers.append(try Self.header(Self.line(&rest), version)) }
        let frame = STOMPFrame(command, headers)
        if isConnect, let negotiated = STOMPVersion.negotiated(frame["accept-version"]) { self.version = negotiated }
        return frame
    }

    private static func line(
        _ rest: inout UnsafeRawBufferPointer.SubSequence
    ) -> UnsafeRawBufferPointer.SubSequence {
        let end = rest.firstIndex(of: STOMPHeaderText.newline) ?? rest.endIndex
        defer { rest = rest[min(end + 1, rest.endIndex)...] }
        return rest[rest.startIndex..<end]
    }

    private static func command(_ line: UnsafeRawBufferPointer.SubSequence) throws(STOMPError) -> STOMPCommand {
        let name = STOMPText.trimmed(String(decoding: line, as: UTF8.self)[...])
        if let command = STOMPCommand(rawValue: name), !command.isOfServer { return command }
        if name.hasPrefix("SUB") { return .subscribe }
        if name.hasPrefix("UNSUB") { return .unsubscribe }
        throw .unknownCommand(String(name.prefix(64)))
    }

    private static func header(
        _ line: UnsafeRawBufferPointer.SubSequence, _ version: STOMPVersion
    ) throws(STOMPError) -> STOMPHeader {
        var line = line
        if version != .v11, line.last == STOMPHeaderText.carriageReturn { line = line.dropLast() }
        guard let colon = line.firstIndex(of: STOMPHeaderText.colon), colon > line.startIndex else {
            throw .malformedHeader
        }
        let name = STOMPHeaderText.decode(line[line.startIndex..<colon], escapes: version)
        let value = STOMPHeaderText.decode(line[(colon + 1)...], escapes: version)
        return STOMPHeader(name, version == .v10 ? STOMPText.trimmed(value[...]) : value)
    }

    // MARK: Body

    private func bodyLength(of frame: STOMPFrame) throws(STOMPError) -> BodyLength {
        guard frame.command == .send, let text = frame["content-length"] else { return .terminated(scanned: 0) }
        let digits = STOMPText.trimmed(text[...])
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(digits) else {
            throw .invalidContentLength(String(text.prefix(64)))
        }
        guard length <= self.limits.body else { throw .bodyTooLong(limit: self.limits.body) }
        return .known(length)
    }

    private mutating func takeBody(
        of frame: STOMPFrame, _ length: BodyLength, _ buffer: inout ByteBuffer
    ) throws(STOMPError) -> STOMPFrame? {
        let size: Int
        switch length {
        case .known(let known):
            guard buffer.readableBytes > known else { return nil }
            guard buffer.getInteger(at: buffer.readerIndex + known, as: UInt8.self) == 0 else {
                throw .unterminatedBody(length: known)
            }
            size = known
        case .terminated(let scanned):
            let end = buffer.withUnsafeReadableBytes { bytes in bytes[scanned...].firstIndex(of: 0) }
            guard (end ?? buffer.readableBytes) <= self.limits.body else { throw .bodyTooLong(limit: self.limits.body) }
            guard let end else {
                self.state = .body(frame, length: .terminated(scanned: buffer.readableBytes))
                return nil
            }
            size = end
        }
        var frame = frame
        frame.body = buffer.readBytes(length: size) ?? []
        buffer.moveReaderIndex(forwardBy: 1)
        self.state = .betweenFrames
        return frame
    }
}
