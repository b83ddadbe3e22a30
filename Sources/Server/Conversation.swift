package import BrokerCore
package import Logging
package import NIOCore

/// One protocol on one socket: decoder, session machine and encoder, put together for ``ConnectionHandler``.
///
/// A value without socket, clock or engine: it is told of bytes, events and time, puts its answers and requests into a
/// ``ConversationOutput``, and says what else is to be done.
package protocol Conversation: SendableMetatype {
    /// The engine knows the socket as `link`. Called once, before everything else.
    mutating func begin(
        link: LinkID, peer: String, at now: Instant, logger: Logger, into output: inout ConversationOutput
    ) -> ConversationStep

    /// Takes the next frame off `bytes`, if it is all there.
    mutating func receive(
        _ bytes: inout ByteBuffer, at now: Instant, into output: inout ConversationOutput
    ) -> ConversationStep

    /// What the engine has to say; never ``BrokerEvent/suspendReading(_:)`` and its opposite.
    mutating func send(
        _ event: BrokerEvent, at now: Instant, into output: inout ConversationOutput
    ) -> ConversationStep

    /// The events of a burst are all put out, or as many as the socket takes for now.
    mutating func drained(into output: inout ConversationOutput)

    /// Time passed; due at ``nextTickMs``.
    mutating func tick(at now: Instant, into output: inout ConversationOutput) -> ConversationStep

    mutating func bytesReceived(at now: Instant)
    mutating func bytesSent(at now: Instant)
    mutating func readingChanged(to isReading: Bool, at now: Instant)

    /// Monotonic time at which ``tick(at:into:)`` is due, unless bytes flow until then; nil for never.
    var nextTickMs: Int64? { get }
}

/// What a conversation puts out.
package struct ConversationOutput {
    package var bytes = ByteBuffer()
    /// Where each message in `bytes` ends, as an index into it, for transports that keep messages apart; else empty.
    package var ends: [Int] = []
    /// For the engine, in order.
    package var requests: [BrokerRequest] = []

    package init() {}
}

/// What a conversation asks for besides.
package enum ConversationStep: Hashable {
    /// Nothing; there may be more frames in the bytes.
    case proceed
    /// Nothing can be done before more bytes come.
    case waitForBytes
    /// ``Conversation/nextTickMs`` may be earlier than it was.
    case reschedule
    /// Nothing more is to be said or heard.
    case closeWhenWritten(because: String)
    /// At once: what is not written yet is dropped.
    case close(because: String, Logger.Level)
}
