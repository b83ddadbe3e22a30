import BrokerCore
import Testing

@testable import OpenWire

/// Dispatches and advisories on the wire (OpenWire reference §§11.2, 13.3, 17).
@Suite struct OpenWireSessionOutboundTests {
    private static let now = Instant(wallMs: 99, monotonicMs: 1)

    private static func message(
        bodyKind: BodyKind = .text, destination: Destination = .queue("Q"),
        change: (inout MessageExtras) -> Void = { _ in }
    ) -> Message {
        var extras = MessageExtras()
        change(&extras)
        return Message(
            id: MessageID(producer: Client.producerID, sequence: 5),
            headers: MessageHeaders(destination: destination, isPersistent: true, brokerInTimeMs: 44), properties: nil,
            bodyKind: bodyKind, isCompressed: false, body: [1], extras: extras == MessageExtras() ? nil : extras)
    }

    private static func dispatch(_ message: Message) -> Dispatch {
        Dispatch(
            consumer: Client.consumerID, message: message, sequence: MessageSequence(12), redeliveryCount: 3,
            isFirstOfGroup: true)
    }

    private static func advisory(_ advisory: Advisory) throws -> OpenWireCommand? {
        var outbound = OpenWireSessionOutbound()
        outbound.version = 12
        let dispatch = Self.dispatch(Self.message(bodyKind: .none) { $0.advisory = advisory })
        return try #require(outbound.dispatch(dispatch, at: Self.now).message).rare.dataStructure
    }

    // MARK: Dispatch

    @Test func aDispatchCarriesWhatTheBrokerAdds() throws {
        var outbound = OpenWireSessionOutbound()
        let dispatch = outbound.dispatch(Self.dispatch(Self.message()), at: Self.now)
        let message = try #require(dispatch.message)
        #expect(dispatch.consumerID == Client.consumer && dispatch.destination == Client.queue)
        #expect(dispatch.redeliveryCounter == 3 && message.redeliveryCounter == 3)
        #expect(message.messageID?.brokerSequenceID == 12 && message.messageID?.producerSequenceID == 5)
        #expect(message.brokerInTime == 44 && message.brokerOutTime == 99 && message.firstForConsumerInGroup)
        #expect(message.producerID == Client.producer && message.transactionID == nil)
        #expect(message.header == CommandHeader() && dispatch.header == CommandHeader())
    }

    @Test func theSameIdsStayTheSameObjects() {
        var outbound = OpenWireSessionOutbound()
        let first = outbound.dispatch(Self.dispatch(Self.message()), at: Self.now)
        _ = outbound.dispatch(Self.dispatch(Self.message(destination: .topic("other"))), at: Self.now)
        let second = outbound.dispatch(Self.dispatch(Self.message()), at: Self.now)
        #expect(first.consumerID === second.consumerID && first.destination === second.destination)
        #expect(first.message?.producerID === second.message?.producerID)
        #expect(first.message?.producerID === second.message?.messageID?.producerID)
        #expect(first.message?.destination === second.destination)
    }

    @Test func noMessageIsADispatchOfNothing() throws {
        var outbound = OpenWireSessionOutbound()
        let dispatch = outbound.noMessage(for: Client.consumerID)
        #expect(dispatch.consumerID == Client.consumer)
        #expect(dispatch.destination == nil && dispatch.message == nil && dispatch.redeliveryCounter == 0)
    }

    @Test(arguments: [(Int32(1), WireMessageKind.plain), (2, .plain), (3, .blob), (12, .blob)])
    func oldVersionsGetABlobAsAPlainMessage(version: Int32, kind: WireMessageKind) throws {
        var outbound = OpenWireSessionOutbound()
        outbound.version = version
        let message = Self.message(bodyKind: .blob) {
            $0.blob = BlobReference(url: "http://b", mimeType: nil, isDeletedByBroker: false)
        }
        let dispatch = outbound.dispatch(Self.dispatch(message), at: Self.now)
        #expect(dispatch.message?.kind == kind)
        #expect(dispatch.message?.rare.remoteBlobURL == (kind == .blob ? "http://b" : nil))
        #expect(try !OpenWireCommand.messageDispatch(dispatch).frame(WireFormat(version: version)).isEmpty)
    }

    // MARK: Advisories

    @Test(arguments: [
        (Advisory.destinationAdded(.queue("Q"), ConnectionID("c")), Int8(0)),
        (.destinationRemoved(.queue("Q"), ConnectionID("c")), 1),
    ])
    func destinationsAreAdvisedAsDestinationInfo(advisory: Advisory, operation: Int8) throws {
        guard case .destinationInfo(let info)? = try Self.advisory(advisory) else {
            Issue.record("no DestinationInfo")
            return
        }
        #expect(info.connectionID == Client.connection && info.destination == Client.queue)
        #expect(info.operationType == operation)
    }

    @Test func destinationsWithoutOwnerAreAdvisedWithoutConnection() throws {
        let added = Advisory.destinationAdded(.queue("Q"), ConnectionID(""))
        guard case .destinationInfo(let info)? = try Self.advisory(added) else {
            Issue.record("no DestinationInfo")
            return
        }
        #expect(info.connectionID == nil && info.destination == Client.queue)
    }

    @Test func connectionsAreAdvisedWithoutTheirPassword() throws {
        let started = Advisory.connectionStarted(
            ConnectionID("c"), clientID: "me", userName: "u", peer: "tcp://10.0.0.1:1")
        guard case .connectionInfo(let info)? = try Self.advisory(started) else {
            Issue.record("no ConnectionInfo")
            return
        }
        #expect(info.connectionID == Client.connection && info.clientID == "me" && info.userName == "u")
        #expect(info.password == "" && info.clientIP == "tcp://10.0.0.1:1")
    }

    @Test func consumersAreAdvisedAsConsumerInfo() throws {
        var request = ConsumerRequest(id: Client.consumerID, destination: .queue("Q"), prefetch: 10)
        request.selector = "a = 1"
        request.subscriptionName = "s"
        request.clientID = "me"
        request.isBrowser = true
        request.isNoLocal = true
        request.isExclusive = true
        request.isRetroactive = true
        request.priority = 4
        guard case .consumerInfo(let info)? = try Self.advisory(.consumerStarted(ConsumerDescription(request))) else {
            Issue.record("no ConsumerInfo")
            return
        }
        #expect(info.consumerID == Client.consumer && info.destination == Client.queue && info.prefetchSize == 10)
        #expect(info.selector == "a = 1" && info.subscriptionName == "s" && info.clientID == "me")
        #expect(info.browser && info.noLocal && info.exclusive && info.retroactive && info.priority == 4)
    }

    @Test(arguments: [Destination.queue("Q"), nil])
    func producersAreAdvisedAsProducerInfo(destination: Destination?) throws {
        let started = Advisory.producerStarted(Client.producerID, destination: destination, windowSize: 7)
        guard case .producerInfo(let info)? = try Self.advisory(started) else {
            Issue.record("no ProducerInfo")
            return
        }
        #expect(info.producerID == Client.producer && info.windowSize == 7)
        #expect(info.destination == destination.map { _ in Client.queue })
    }

    @Test(arguments: [
        (Advisory.connectionStopped(ConnectionID("c")), RemovedObjectID.connection(Client.connection)),
        (.consumerStopped(Client.consumerID), .consumer(Client.consumer)),
        (.producerStopped(Client.producerID), .producer(Client.producer)),
    ])
    func endsAreAdvisedAsRemoveInfo(advisory: Advisory, id: RemovedObjectID) throws {
        guard case .removeInfo(let info)? = try Self.advisory(advisory) else {
            Issue.record("no RemoveInfo")
            return
        }
        #expect(info.objectID == id && info.lastDeliveredSequenceID == -2)
    }

    @Test func messagesAreAdvisedAsMessages() throws {
        let id = MessageID(producer: Client.producerID, sequence: 5, foreignText: "x")
        let told = Message(
            id: id, headers: MessageHeaders(destination: .queue("Q"), isPersistent: true), properties: nil,
            bodyKind: .bytes, isCompressed: false, body: nil)
        guard case .message(let message)? = try Self.advisory(.message(told)) else {
            Issue.record("no message")
            return
        }
        #expect(message.messageID?.producerID == Client.producer && message.messageID?.producerSequenceID == 5)
        #expect(message.messageID?.textView == "x" && message.content == nil && message.persistent)
    }

    @Test func aConsumerThatIsCutOffIsToldToClose() {
        var outbound = OpenWireSessionOutbound()
        guard case .consumerControl(let control) = outbound.stop(ConsumerID(connection: "c", session: 1, value: 2))
        else {
            Issue.record("no ConsumerControl")
            return
        }
        #expect(control.close && control.consumerID?.value == 2)
    }

    @Test func becomingMasterHasNoStructure() throws {
        guard case nil = try Self.advisory(.becameMaster) else {
            Issue.record("a structure for nothing")
            return
        }
    }
}
