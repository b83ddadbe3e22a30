import BrokerCore
import Testing

@testable import OpenWire

/// OpenWire reference §21.2: classes and texts that clients recognise.
@Suite struct OpenWireSessionErrorTests {
    private static let table: [(BrokerError, String, String)] = [
        (.invalidClientID("c in use"), "javax.jms.InvalidClientIDException", "c in use"),
        (.notAuthorized("no"), "java.lang.SecurityException", "no"),
        (.invalidSelector("a ="), "javax.jms.InvalidSelectorException", "a ="),
        (.invalidDestination("no name"), "javax.jms.InvalidDestinationException", "no name"),
        (
            .destinationGone(Destination(.temporaryQueue, "ID:x:1")),
            "org.apache.activemq.DestinationDoesNotExistException", "temp-queue://ID:x:1"
        ),
        (.illegalState("no session"), "java.lang.IllegalStateException", "no session"),
        (.resourceExhausted("full"), "javax.jms.ResourceAllocationException", "full"),
        (.rolledBack("marked"), "javax.jms.TransactionRolledBackException", "marked"),
        (.xa("unknown.", code: -4), "javax.transaction.xa.XAException", "unknown. xaErrorCode:-4"),
        (.xa("rolled back", code: 100), "javax.transaction.xa.XAException", "rolled back xaErrorCode:100"),
        (.general("other"), "javax.jms.JMSException", "other"),
    ]

    @Test(arguments: Self.table)
    func everyRefusalHasItsClassAndText(error: BrokerError, className: String, message: String) {
        let translated = OpenWireSessionError(error)
        #expect(translated?.className == className)
        #expect(translated?.message == message)
    }

    @Test func aStoppedBrokerHasNothingToSay() {
        #expect(OpenWireSessionError(.stopped) == nil)
    }

    @Test func longTextsAreCutButKeepTheirCode() {
        let text = String(repeating: "\u{1F600}", count: 40_000)
        let message = OpenWireSessionError(.xa(text, code: -7))?.message ?? ""
        #expect(message.hasSuffix("... xaErrorCode:-7"))
        #expect(message.utf16.count < 4_200)
    }
}
