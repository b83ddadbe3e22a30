package import BrokerCore

/// How a refusal reaches a client: as the name of a Java class and a text (OpenWire reference §21).
///
/// Clients of every version know the `javax.jms` names; newer ones translate them. Only classes that have a
/// constructor with one String are named.
package struct OpenWireSessionError: Hashable, Sendable {
    package let className: String
    package let message: String

    /// Nil for ``BrokerError/stopped``: an answer would make a failover client take its command for refused, while
    /// silence and a closed socket make it repeat the command to the next master.
    package init?(_ error: BrokerError) {
        switch error {
        case .invalidClientID(let text): self.init("javax.jms.InvalidClientIDException", text)
        case .notAuthorized(let text): self.init("java.lang.SecurityException", text)
        case .invalidSelector(let text): self.init("javax.jms.InvalidSelectorException", text)
        case .invalidDestination(let text): self.init("javax.jms.InvalidDestinationException", text)
        case .destinationGone(let destination):
            // The class builds its text around the name it is given.
            self.init("org.apache.activemq.DestinationDoesNotExistException", destination.description)
        case .illegalState(let text): self.init("java.lang.IllegalStateException", text)
        case .resourceExhausted(let text): self.init("javax.jms.ResourceAllocationException", text)
        case .rolledBack(let text): self.init("javax.jms.TransactionRolledBackException", text)
        case .xa(let text, let code):
            // The code has no field: clients read it off the end of the text.
            self.init("javax.transaction.xa.XAException", text, ending: " xaErrorCode:\(code)")
        case .general(let text): self.init("javax.jms.JMSException", text)
        case .stopped: return nil
        }
    }

    /// Texts quote what clients sent, and a string of the tight encoding holds less than 32,767 bytes (§1.2).
    private static let longestText = 4096

    private init(_ className: String, _ text: String, ending: String = "") {
        self.className = className
        let units = text.utf16
        if units.count <= Self.longestText {
            self.message = text + ending
        } else {
            self.message = String(decoding: units.prefix(Self.longestText), as: UTF16.self) + "..." + ending
        }
    }
}
