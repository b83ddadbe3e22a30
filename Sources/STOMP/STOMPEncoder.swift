package import NIOCore

/// Writes frames:
///
///     frame = command LF { name ":" value LF } LF body NUL LF
///
/// ActiveMQ too ends a frame with a line feed after the NUL: clients that read by lines rely on it, and to the others
/// it is a heart-beat.
package struct STOMPEncoder: Sendable {
    /// What headers are escaped for.
    package var version: STOMPVersion

    package init(version: STOMPVersion = .v10) {
        self.version = version
    }

    package func encode(_ frame: STOMPFrame, into buffer: inout ByteBuffer) {
        let escapes = frame.command == .connected ? .v10 : self.version
        buffer.writeString(frame.command.rawValue)
        buffer.writeInteger(STOMPHeaderText.newline)
        for header in frame.headers {
            STOMPHeaderText.write(header.name, escapes: escapes, into: &buffer)
            buffer.writeInteger(STOMPHeaderText.colon)
            STOMPHeaderText.write(header.value, escapes: escapes, into: &buffer)
            buffer.writeInteger(STOMPHeaderText.newline)
        }
        buffer.writeInteger(STOMPHeaderText.newline)
        buffer.writeBytes(frame.body)
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(STOMPHeaderText.newline)
    }

    package static func heartBeat(into buffer: inout ByteBuffer) {
        buffer.writeInteger(STOMPHeaderText.newline)
    }
}
