package import BrokerCore

/// Why a connection ends with an ERROR frame, or without one where nobody is there to read it.
package enum STOMPSessionFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are no frames.
    case malformed(STOMPError)
    /// A frame before CONNECT.
    case notConnected(STOMPCommand)
    case alreadyConnected
    case unsupportedVersion(String)
    case invalidHeartBeat(String)
    case missingHeader(String, of: STOMPCommand)
    case invalidHeader(String, value: String, of: STOMPCommand)
    case invalidDestination(String)
    /// ACK or NACK of a message that is not outstanding.
    case unexpectedAcknowledgement(STOMPCommand, message: String)
    case notInVersion(STOMPCommand, STOMPVersion)
    case unknownTransaction(String)
    case repeatedTransaction(String)
    case unknownSubscription
    case durableOnQueue
    case browserOnTopic
    case browserInVersion10
    case nackOnBrowser
    case unknownMessageType(String)
    case refused(BrokerError)
    /// No CONNECT came in time.
    case connectTimedOut(afterMs: Int64)
    /// Nothing came in for longer than the peer's heart-beats allow.
    case silentPeer(afterMs: Int64)

    package var description: String {
        switch self {
        case .malformed(let error): error.description
        case .notConnected(let command): "Not connected: \(command.rawValue) came before CONNECT"
        case .alreadyConnected: "Already connected."
        case .unsupportedVersion(let text):
            "Invalid Protocol version[\(text)], supported versions are: \(STOMPVersion.supported)"
        case .invalidHeartBeat(let text): "Invalid heart-beat header:\(text)"
        case .missingHeader(let name, let command): "\(command.rawValue) received without the header \(name)"
        case .invalidHeader(let name, let value, let command):
            "\(command.rawValue) received with a header \(name) that cannot be used: \(value)"
        case .invalidDestination(let text):
            "Illegal destination name: [\(text)] -- STOMP destinations begin with one of: /queue/ /topic/ "
                + "/temp-queue/ /temp-topic/"
        case .unexpectedAcknowledgement(let command, let message):
            "Unexpected \(command.rawValue) received for message-id [\(message)]"
        case .notInVersion(let command, let version):
            "\(command.rawValue) received but connection is in v\(version.rawValue) mode."
        case .unknownTransaction(let name): "Invalid transaction id: \(name)"
        case .repeatedTransaction(let name): "The transaction was already started: \(name)"
        case .unknownSubscription: "No subscription matched."
        case .durableOnQueue: "Invalid Subscription: cannot durably subscribe to a Queue destination!"
        case .browserOnTopic: "Invalid Subscription: cannot browse a Topic destination!"
        case .browserInVersion10: "Queue Browser feature only valid for Stomp v1.1+ clients!"
        case .nackOnBrowser: "Cannot Nack a message on a Queue Browser Subscription."
        case .unknownMessageType(let type): "Unsupported message type '\(type)'"
        case .refused(let error): Self.text(of: error)
        case .connectTimedOut(let ms): "no CONNECT within \(ms) ms"
        case .silentPeer(let ms): "nothing received for \(ms) ms"
        }
    }

    static func text(of error: BrokerError) -> String {
        switch error {
        case .invalidClientID(let text), .notAuthorized(let text), .invalidSelector(let text),
            .invalidDestination(let text), .illegalState(let text), .resourceExhausted(let text),
            .rolledBack(let text), .general(let text):
            text
        case .destinationGone(let destination): "The destination \(destination) does not exist."
        case .xa(let text, _): text
        case .stopped: "The broker is not master any more"
        }
    }
}
