/// Which rule of the grammar, or which limit, a peer's bytes broke. The first one ends the connection: frames carry no
/// point from which to start again.
package enum STOMPError: Error, Hashable, Sendable, CustomStringConvertible {
    case commandTooLong(limit: Int)
    case headerTooLong(limit: Int)
    case tooManyHeaders(limit: Int)
    case headTooLong(limit: Int)
    case bodyTooLong(limit: Int)
    /// No command of a client.
    case unknownCommand(String)
    /// A header line without a colon, or without a name.
    case malformedHeader
    case invalidContentLength(String)
    /// The byte after a body of known length is not NUL.
    case unterminatedBody(length: Int)

    package var description: String {
        switch self {
        case .commandTooLong(let limit): "The maximum command length was exceeded: \(limit) bytes"
        case .headerTooLong(let limit): "The maximum header length was exceeded: \(limit) bytes"
        case .tooManyHeaders(let limit): "The maximum number of headers was exceeded: \(limit)"
        case .headTooLong(let limit): "The maximum length of all headers was exceeded: \(limit) bytes"
        case .bodyTooLong(let limit): "The maximum data length was exceeded: \(limit) bytes"
        case .unknownCommand(let name): "Unknown STOMP action: \(name)"
        case .malformedHeader: "A header line has no name or no colon"
        case .invalidContentLength(let text): "The content-length is no length: \(text)"
        case .unterminatedBody(let length):
            "content-length bytes were read (\(length)) and there was no trailing null byte"
        }
    }
}
