package import BrokerCore

/// What a session writes into a ``ReplyToken``: enough to form the answer without remembering the command.
///
///     bits 63-62: kind
///     0 response   31-0 commandId
///     1 connected  31-0 commandId, 32 asked for a Response, 33 wants ConnectionControl
///     2 accepted   30-0 size, 61-31 the producer's number in this session
package enum OpenWireSessionToken: Hashable, Sendable {
    /// The command asked for a Response.
    case response(commandID: Int32)
    /// A ConnectionInfo.
    case connected(commandID: Int32, wantsResponse: Bool, wantsControl: Bool)
    /// A send without Response of a producer with a window: the answer is a ProducerAck (§16.3).
    case accepted(producer: UInt32, size: Int32)

    /// Numbers of producers wrap here.
    package static let producerMask: UInt32 = 0x7FFF_FFFF

    package var replyToken: ReplyToken {
        switch self {
        case .response(let commandID):
            return ReplyToken(UInt64(UInt32(bitPattern: commandID)))
        case .connected(let commandID, let wantsResponse, let wantsControl):
            let flags: UInt64 = (wantsResponse ? 1 << 32 : 0) | (wantsControl ? 1 << 33 : 0)
            return ReplyToken(1 << 62 | flags | UInt64(UInt32(bitPattern: commandID)))
        case .accepted(let producer, let size):
            return ReplyToken(2 << 62 | UInt64(producer & Self.producerMask) << 31 | UInt64(max(0, size)))
        }
    }

    /// Nil for a token that no session made.
    package init?(_ token: ReplyToken) {
        let bits = token.rawValue
        switch bits >> 62 {
        case 0: self = .response(commandID: Int32(truncatingIfNeeded: bits))
        case 1:
            self = .connected(
                commandID: Int32(truncatingIfNeeded: bits), wantsResponse: bits & 1 << 32 != 0,
                wantsControl: bits & 1 << 33 != 0)
        case 2:
            self = .accepted(
                producer: UInt32(truncatingIfNeeded: bits >> 31) & Self.producerMask,
                size: Int32(truncatingIfNeeded: bits & 0x7FFF_FFFF))
        default: return nil
        }
    }
}
