import BrokerCore
import Testing

@testable import OpenWire

/// Ids, destinations and messages from the wire (OpenWire reference §§6.3, 6.4, 8).
@Suite struct OpenWireSessionInboundTests {
    // MARK: Destinations (§8.2)

    @Test(arguments: [
        ("Q", Destination.queue("Q")), (" Q ", .queue("Q")), ("Q?consumer.prefetchSize=1", .queue("Q")),
        ("Q ?a=b", .queue("Q")), ("queue://Q", .queue("Q")), ("topic://T", .topic("T")),
        ("topic://T?a=b", .topic("T")), ("temp-queue://c:1", Destination(.temporaryQueue, "c:1")),
        ("temp-topic://c:1", Destination(.temporaryTopic, "c:1")), ("A,B", .queue("A,B")),
        (" A , topic://B ?x=y,z", .queue("A , topic://B")), ("queue://A,queue://B", .queue("queue://A,queue://B")),
        ("http://x", .queue("http://x")), ("Ä.>", .queue("Ä.>")), ("\u{1F600}", .queue("\u{1F600}")),
    ])
    func namesAreMadeTidy(name: String, destination: Destination) {
        #expect(OpenWireSessionInbound.destination(.queue, named: name) == destination)
    }

    @Test(arguments: ["", " ", "\t", "?a=b", " ? ", "queue://", "topic://?x=y"])
    func emptyNamesAreNone(name: String) {
        #expect(OpenWireSessionInbound.destination(.queue, named: name) == nil)
    }

    @Test(arguments: [
        (WireDestinationKind.queue, Destination.Kind.queue), (.topic, .topic), (.temporaryQueue, .temporaryQueue),
        (.temporaryTopic, .temporaryTopic),
    ])
    func everyKindHasItsCounterpart(wire: WireDestinationKind, kind: Destination.Kind) throws {
        var inbound = OpenWireSessionInbound()
        #expect(try inbound.destination(WireDestination(wire, "x"), of: "test") == Destination(kind, "x"))
        #expect(WireDestinationKind(kind) == wire)
    }

    // MARK: Messages (§6.3)

    @Test(arguments: WireMessageKind.allCases)
    func everyKindOfMessageHasItsCounterpart(kind: WireMessageKind) {
        #expect(WireMessageKind(kind.bodyKind) == kind)
    }

    @Test func aPlainMessageHasNoExtras() throws {
        var inbound = OpenWireSessionInbound()
        guard case .message(let wire) = Client.message() else { return }
        let message = try inbound.message(wire, at: Instant(wallMs: 77, monotonicMs: 0))
        #expect(message.extras == nil && message.properties == nil && !message.isCompressed)
        #expect(message.bodyKind == .text && message.body == [0, 0, 0, 1, 0x78])
        #expect(message.headers.brokerInTimeMs == 77)
        #expect(message.headers.destination == .queue("Q"))
    }

    /// Everything that a client can set comes back as it was; what the broker says of it is the broker's.
    @Test(arguments: WireMessageKind.allCases)
    func everyFieldOfAMessageSurvives(kind: WireMessageKind) throws {
        var peer = SessionPeer()
        let sent = Self.fullMessage(kind)
        guard case .send(let message, _) = try peer.request(.message(sent)).command else {
            Issue.record("not sent")
            return
        }
        let dispatch = Dispatch(
            consumer: Client.consumerID, message: message, sequence: MessageSequence(5), redeliveryCount: 2,
            isFirstOfGroup: true)
        let frames = try peer.frames(.dispatch(SessionPeer.link, dispatch))
        guard case .messageDispatch(let returned)? = frames.first, let received = returned.message else {
            Issue.record("not dispatched")
            return
        }
        var expected = sent
        expected.header = CommandHeader()
        expected.transactionID = nil
        expected.messageID?.brokerSequenceID = 5
        expected.redeliveryCounter = 2
        expected.brokerInTime = peer.now.wallMs
        expected.brokerOutTime = peer.now.wallMs
        expected.firstForConsumerInGroup = true
        #expect(try OpenWireCommand.message(received).frame() == OpenWireCommand.message(expected).frame())
    }

    private static func fullMessage(_ kind: WireMessageKind) -> WireMessage {
        var message = WireMessage(kind: kind)
        message.header = CommandHeader(commandID: 3, responseRequired: true)
        message.producerID = WireProducerID(connectionID: "bridge", sessionID: 8, value: 9)
        message.destination = WireDestination(.topic, "T.é")
        message.transactionID = .xa(WireXATransactionID(formatID: 1, globalTransactionID: [2], branchQualifier: [3]))
        message.messageID = WireMessageID(producerID: Client.producer, producerSequenceID: .max, brokerSequenceID: 4)
        message.messageID?.textView = "foreign-id"
        message.groupID = "group"
        message.groupSequence = -1
        message.correlationID = "corr\u{1F600}"
        message.persistent = true
        message.expiration = .max
        message.priority = -128
        message.replyTo = WireDestination(.temporaryTopic, "c:1 ,x?y")
        message.timestamp = .min
        message.type = ""
        message.content = [1, 2, 3]
        message.marshalledProperties = [0, 0, 0, 0]
        message.compressed = true
        message.userID = "user"
        var rare = RareMessageFields()
        rare.originalDestination = WireDestination(.queue, "A,B")
        rare.originalTransactionID = .local(WireLocalTransactionID(value: 6, connectionID: Client.connection))
        rare.targetConsumerID = Client.consumer
        rare.brokerPath = [WireBrokerID("b1"), WireBrokerID("b2")]
        rare.cluster = [WireBrokerID("b3")]
        rare.arrival = 12
        rare.receivedByDFBridge = true
        rare.droppable = true
        if kind == .blob {
            rare.remoteBlobURL = "http://blobs/1"
            rare.mimeType = "text/plain"
            rare.deletedByBroker = true
        }
        message.rare = rare
        return message
    }

    @Test func aForgedArrivalTimeIsNotBelieved() throws {
        var inbound = OpenWireSessionInbound()
        guard case .message(let wire) = Client.message(change: { $0.brokerInTime = 1 }) else { return }
        #expect(try inbound.message(wire, at: Instant(wallMs: 77, monotonicMs: 0)).headers.brokerInTimeMs == 77)
    }

    /// A decoder without cache makes new objects for equal ids; they are the same id all the same.
    @Test func equalIdsAreTranslatedAlike() throws {
        var inbound = OpenWireSessionInbound()
        for _ in 0..<3 {
            let wire = WireProducerID(connectionID: "c", sessionID: 1, value: 3)
            #expect(try inbound.producer(wire, of: "test") == Client.producerID)
        }
    }
}
