import BrokerCore
import NIOCore
import Testing

@testable import OpenWire

/// What each command asks of the broker (OpenWire reference §10.2).
@Suite struct OpenWireSessionCommandsTests {
    private static let answered = OpenWireSessionToken.response(commandID: 9).replyToken

    // MARK: Connections and sessions

    @Test func connectionInfoConnects() throws {
        var peer = SessionPeer()
        let info = Client.command(ConnectionInfo()) {
            $0.connectionID = Client.connection
            $0.clientID = "me"
            $0.userName = "u"
            $0.password = "p"
            $0.manageable = true
            $0.faultTolerant = true
            $0.failoverReconnect = true
        }
        let request = try peer.request(.connectionInfo(info))
        guard case .connect(let connect) = request.command else {
            Issue.record("no connect")
            return
        }
        #expect(connect.id == ConnectionID("c") && connect.clientID == "me")
        #expect(connect.userName == "u" && connect.password == "p")
        #expect(connect.isManageable && connect.isFaultTolerant && connect.isFailoverReconnect)
        #expect(connect.peer == "tcp://10.0.0.1:4711")
    }

    @Test func aNullClientIDIsForTheBrokerToRefuse() throws {
        var peer = SessionPeer()
        let info = Client.command(ConnectionInfo()) { $0.connectionID = Client.connection }
        guard case .connect(let connect) = try peer.request(.connectionInfo(info)).command else {
            Issue.record("no connect")
            return
        }
        #expect(connect.clientID == nil && !connect.isFaultTolerant && !connect.isFailoverReconnect)
    }

    @Test func connectionControlBeforeConnectionInfoSaysFaultTolerant() throws {
        var peer = SessionPeer()
        var control = ConnectionControl()
        control.faultTolerant = true
        guard case .none = peer.receive(.connectionControl(control)) else {
            Issue.record("not taken quietly")
            return
        }
        let info = Client.command(ConnectionInfo()) { $0.connectionID = Client.connection }
        guard case .connect(let connect) = try peer.request(.connectionInfo(info)).command else {
            Issue.record("no connect")
            return
        }
        #expect(connect.isFaultTolerant)
    }

    @Test(arguments: [Int64(-1), 0, 1])
    func sessionInfoOpensASession(value: Int64) throws {
        var peer = SessionPeer()
        let info = Client.command(SessionInfo(), id: value == -1 ? nil : 9) {
            $0.sessionID = WireSessionID(connectionID: "c", value: value)
        }
        let request = try peer.request(.sessionInfo(info))
        guard case .openSession(SessionID(connection: "c", value: value)) = request.command else {
            Issue.record("no session")
            return
        }
        #expect(request.reply == (value == -1 ? nil : Self.answered))
    }

    // MARK: Consumers

    @Test func consumerInfoAddsAConsumerWithAllItsFields() throws {
        var peer = SessionPeer()
        let info = Client.command(ConsumerInfo()) {
            $0.consumerID = Client.consumer
            $0.destination = WireDestination(.topic, "T.>")
            $0.prefetchSize = 100
            $0.maximumPendingMessageLimit = 50
            $0.browser = true
            $0.dispatchAsync = true
            $0.selector = "a = 1"
            $0.clientID = "me"
            $0.subscriptionName = "sub"
            $0.noLocal = true
            $0.exclusive = true
            $0.retroactive = true
            $0.priority = -5
            $0.optimizedAcknowledge = true
        }
        let request = try peer.request(.consumerInfo(info))
        guard case .addConsumer(let consumer) = request.command else {
            Issue.record("no consumer")
            return
        }
        #expect(request.reply == Self.answered)
        #expect(consumer.id == Client.consumerID && consumer.destination == .topic("T.>"))
        #expect(consumer.prefetch == 100 && consumer.maximumPending == 50 && consumer.priority == -5)
        #expect(consumer.selector == "a = 1" && consumer.clientID == "me" && consumer.subscriptionName == "sub")
        #expect(consumer.isBrowser && consumer.isNoLocal && consumer.isExclusive && consumer.isRetroactive)
        #expect(consumer.isDispatchAsync && consumer.isOptimizedAcknowledge)
    }

    @Test func aBareConsumerInfoHasNoneOfThem() throws {
        var peer = SessionPeer()
        let info = Client.command(ConsumerInfo()) {
            $0.consumerID = Client.consumer
            $0.destination = Client.queue
        }
        guard case .addConsumer(let consumer) = try peer.request(.consumerInfo(info)).command else {
            Issue.record("no consumer")
            return
        }
        #expect(consumer.selector == nil && consumer.subscriptionName == nil && consumer.clientID == nil)
        #expect(!consumer.isBrowser && !consumer.isNoLocal && !consumer.isExclusive && !consumer.isRetroactive)
        #expect(consumer.prefetch == 0 && consumer.maximumPending == 0 && consumer.priority == 0)
    }

    @Test(arguments: ["", "  ", "\t\n"])
    func aBlankSelectorIsNone(selector: String) throws {
        var peer = SessionPeer()
        let info = Client.command(ConsumerInfo()) {
            $0.consumerID = Client.consumer
            $0.destination = Client.queue
            $0.selector = WireString(selector)
        }
        guard case .addConsumer(let consumer) = try peer.request(.consumerInfo(info)).command else {
            Issue.record("no consumer")
            return
        }
        #expect(consumer.selector == nil)
    }

    @Test func negativeWindowsAreNone() throws {
        var peer = SessionPeer()
        let info = Client.command(ConsumerInfo()) {
            $0.consumerID = Client.consumer
            $0.destination = Client.queue
            $0.prefetchSize = .min
            $0.maximumPendingMessageLimit = -1
        }
        guard case .addConsumer(let consumer) = try peer.request(.consumerInfo(info)).command else {
            Issue.record("no consumer")
            return
        }
        #expect(consumer.prefetch == 0 && consumer.maximumPending == 0)
    }

    @Test func consumerControlSetsThePrefetch() throws {
        var peer = SessionPeer()
        var control = ConsumerControl()
        control.consumerID = Client.consumer
        control.prefetch = 1000
        let request = try peer.request(.consumerControl(control))
        guard case .setPrefetch(Client.consumerID, 1000) = request.command, request.reply == nil else {
            Issue.record("\(request)")
            return
        }
    }

    @Test(arguments: ["close", "flush", "start", "stop"])
    func otherConsumerControlsAreIgnored(flag: String) {
        var peer = SessionPeer()
        var control = ConsumerControl()
        control.consumerID = Client.consumer
        control.close = flag == "close"
        control.flush = flag == "flush"
        control.start = flag == "start"
        control.stop = flag == "stop"
        guard case .none = peer.receive(.consumerControl(control)) else {
            Issue.record("not ignored")
            return
        }
    }

    @Test(arguments: [
        (Int64(0), PullWait.forever), (-1, .none), (-2, .none), (.min, .none), (1, .milliseconds(1)),
        (60_000, .milliseconds(60_000)), (.max, .forever),
    ])
    func messagePullSaysHowLongToWait(timeout: Int64, wait: PullWait) throws {
        var peer = SessionPeer()
        var pull = MessagePull()
        pull.consumerID = Client.consumer
        pull.destination = Client.queue
        pull.timeout = timeout
        let request = try peer.request(.messagePull(pull))
        guard case .pull(Client.consumerID, wait) = request.command, request.reply == nil else {
            Issue.record("\(request)")
            return
        }
    }

    // MARK: Producers and sends

    @Test func producerInfoAddsAProducer() throws {
        var peer = SessionPeer()
        let info = Client.command(ProducerInfo()) {
            $0.producerID = Client.producer
            $0.windowSize = -1
        }
        let request = try peer.request(.producerInfo(info))
        guard case .addProducer(let producer) = request.command else {
            Issue.record("no producer")
            return
        }
        #expect(producer.id == Client.producerID && producer.destination == nil && producer.windowSize == 0)
        #expect(request.reply == Self.answered)
    }

    @Test func aSendCarriesItsTransactionAndItsWishForAnAnswer() throws {
        var peer = SessionPeer()
        let sync = try peer.request(Client.message())
        let async = try peer.request(Client.message(id: nil))
        let transacted = try peer.request(
            Client.message(id: nil) {
                $0.transactionID = .local(WireLocalTransactionID(value: 4, connectionID: Client.connection))
            })
        guard case .send(let message, transaction: nil) = sync.command,
            case .send(_, transaction: nil) = async.command,
            case .send(_, transaction: .local(connection: "c", value: 4)) = transacted.command
        else {
            Issue.record("not sent")
            return
        }
        #expect(message.id == MessageID(producer: Client.producerID, sequence: 5))
        #expect(message.headers.brokerInTimeMs == peer.now.wallMs)
        #expect(sync.reply == Self.answered && async.reply == nil && transacted.reply == nil)
    }

    @Test func sendsOfAProducerWithAWindowAreAnswered() throws {
        var peer = SessionPeer()
        let info = Client.command(ProducerInfo()) {
            $0.producerID = Client.producer
            $0.windowSize = 4096
        }
        _ = try peer.request(.producerInfo(info))
        let accepted = OpenWireSessionToken.accepted(producer: 0, size: 1024 + 5 + 3).replyToken
        #expect(try peer.request(Client.message(id: nil) { $0.marshalledProperties = [1, 2, 3] }).reply == accepted)
        #expect(try peer.request(Client.message()).reply == Self.answered)
        // Announced again after a failover: the number stays.
        _ = try peer.request(.producerInfo(info))
        #expect(try peer.request(Client.message(id: nil) { $0.marshalledProperties = [1, 2, 3] }).reply == accepted)
        let other = WireProducerID(connectionID: "c", sessionID: 1, value: 99)
        #expect(try peer.request(Client.message(id: nil) { $0.producerID = other }).reply == nil)
    }

    @Test(arguments: [
        RemovedObjectID.producer(Client.producer), .session(Client.session), .connection(Client.connection),
    ])
    func aRemovedProducerHasNoWindow(removed: RemovedObjectID) throws {
        var peer = SessionPeer()
        let info = Client.command(ProducerInfo()) {
            $0.producerID = Client.producer
            $0.windowSize = 4096
        }
        _ = try peer.request(.producerInfo(info))
        _ = try peer.request(.removeInfo(Client.command(RemoveInfo()) { $0.objectID = removed }))
        #expect(try peer.request(Client.message(id: nil)).reply == nil)
    }

    // MARK: Acknowledgements

    @Test(arguments: [
        (Int8(0), Acknowledgement.Kind.delivered), (1, .poison), (2, .consumed), (3, .redelivered), (4, .individual),
        (6, .expired),
    ])
    func messageAckAcknowledges(type: Int8, kind: Acknowledgement.Kind) throws {
        var peer = SessionPeer()
        let ack = Client.command(MessageAck(), id: nil) {
            $0.consumerID = Client.consumer
            $0.ackType = type
            $0.firstMessageID = WireMessageID(
                producerID: Client.producer, producerSequenceID: 1, brokerSequenceID: 101)
            $0.lastMessageID = WireMessageID(producerID: Client.producer, producerSequenceID: 3, brokerSequenceID: 103)
            $0.messageCount = 3
        }
        let request = try peer.request(.messageAck(ack))
        guard case .acknowledge(let acknowledgement) = request.command else {
            Issue.record("no acknowledgement")
            return
        }
        #expect(request.reply == nil)
        #expect(acknowledgement.consumer == Client.consumerID && acknowledgement.kind == kind)
        #expect(acknowledgement.first?.sequence == 101 && acknowledgement.last.sequence == 103)
        #expect(acknowledgement.first?.id == MessageID(producer: Client.producerID, sequence: 1))
        #expect(acknowledgement.last.id == MessageID(producer: Client.producerID, sequence: 3))
        #expect(acknowledgement.count == 3 && acknowledgement.transaction == nil && acknowledgement.cause == nil)
    }

    @Test func anAckCanBeTransactedAndNameOnlyItsLastMessage() throws {
        var peer = SessionPeer()
        let ack = Client.command(MessageAck()) {
            $0.consumerID = Client.consumer
            $0.ackType = 2
            $0.lastMessageID = WireMessageID(producerID: Client.producer, producerSequenceID: 3)
            $0.transactionID = .xa(
                WireXATransactionID(formatID: 7, globalTransactionID: [1], branchQualifier: nil))
        }
        let request = try peer.request(.messageAck(ack))
        guard case .acknowledge(let acknowledgement) = request.command else {
            Issue.record("no acknowledgement")
            return
        }
        #expect(request.reply == Self.answered)
        #expect(acknowledgement.first == nil && acknowledgement.last.sequence == 0)
        #expect(acknowledgement.transaction == .xa(XATransactionID(formatID: 7, global: [1], branch: [])))
    }

    @Test(arguments: [
        (WireThrowable(className: "java.lang.Throwable", message: "too often"), "java.lang.Throwable: too often"),
        (WireThrowable(className: "a.B", message: nil), "a.B"), (WireThrowable(className: nil, message: "m"), ": m"),
    ])
    func aPoisonAckSaysWhy(throwable: WireThrowable, cause: String) throws {
        var peer = SessionPeer()
        let ack = Client.command(MessageAck()) {
            $0.consumerID = Client.consumer
            $0.ackType = 1
            $0.lastMessageID = WireMessageID(producerID: Client.producer, producerSequenceID: 3)
            $0.poisonCause = throwable
        }
        guard case .acknowledge(let acknowledgement) = try peer.request(.messageAck(ack)).command else {
            Issue.record("no acknowledgement")
            return
        }
        #expect(acknowledgement.cause == cause)
    }

    // MARK: Removal

    @Test(arguments: [
        (Int64(-1), LastDelivered.nothing), (-2, .unknown), (-3, .unknown), (.min, .unknown),
        (0, .upTo(MessageSequence(0))), (77, .upTo(MessageSequence(77))), (.max, .upTo(MessageSequence(.max))),
    ])
    func removeInfoSaysWhatWasDelivered(sequence: Int64, last: LastDelivered) throws {
        var peer = SessionPeer()
        let remove: (RemovedObjectID) -> OpenWireCommand = { id in
            .removeInfo(
                Client.command(RemoveInfo()) {
                    $0.objectID = id
                    $0.lastDeliveredSequenceID = sequence
                })
        }
        let consumer = try peer.request(remove(.consumer(Client.consumer)))
        let session = try peer.request(remove(.session(Client.session)))
        let connection = try peer.request(remove(.connection(Client.connection)))
        let producer = try peer.request(remove(.producer(Client.producer)))
        guard case .removeConsumer(Client.consumerID, last) = consumer.command,
            case .removeSession(SessionID(connection: "c", value: 1), last) = session.command,
            case .removeConnection(ConnectionID("c"), last) = connection.command,
            case .removeProducer(Client.producerID) = producer.command
        else {
            Issue.record("not as said")
            return
        }
    }

    @Test func oldVersionsKnowNothingOfWhatWasDelivered() throws {
        var peer = SessionPeer(version: 3)
        var encoded = RemoveInfo()
        encoded.objectID = .consumer(Client.consumer)
        encoded.lastDeliveredSequenceID = 12
        let format = WireFormat(version: 3)
        var buffer = ByteBuffer(bytes: try OpenWireCommand.removeInfo(encoded).frame(format))
        var decoder = OpenWireDecoder(format: format)
        let command = try #require(try decoder.decode(buffer: &buffer))
        guard case .removeConsumer(_, .unknown) = try peer.request(command).command else {
            Issue.record("not unknown")
            return
        }
    }

    // MARK: Transactions, destinations, subscriptions

    @Test(arguments: [
        (Int8(0), TransactionStep.begin), (1, .prepare), (2, .commitOnePhase), (3, .commitTwoPhase), (4, .rollback),
        (6, .forget), (7, .end),
    ])
    func transactionInfoTakesAStep(type: Int8, step: TransactionStep) throws {
        var peer = SessionPeer()
        let info = Client.command(TransactionInfo()) {
            $0.connectionID = Client.connection
            $0.transactionID = .local(WireLocalTransactionID(value: 4, connectionID: Client.connection))
            $0.type = type
        }
        let request = try peer.request(.transactionInfo(info))
        guard
            case .transaction(.local(connection: "c", value: 4), connection: ConnectionID("c"), step) = request.command
        else {
            Issue.record("\(request)")
            return
        }
        #expect(request.reply == Self.answered)
    }

    @Test func recoverNeedsNoTransaction() throws {
        var peer = SessionPeer()
        let request = try peer.request(.transactionInfo(Client.command(TransactionInfo()) { $0.type = 5 }))
        guard case .recoverTransactions = request.command, request.reply == Self.answered else {
            Issue.record("\(request)")
            return
        }
    }

    @Test func destinationInfoAddsAndRemoves() throws {
        var peer = SessionPeer()
        let temporary = Destination(.temporaryQueue, "c:1")
        let info: (Int8) -> OpenWireCommand = { operation in
            .destinationInfo(
                Client.command(DestinationInfo()) {
                    $0.connectionID = Client.connection
                    $0.destination = WireDestination(.temporaryQueue, "c:1")
                    $0.operationType = operation
                })
        }
        guard case .addDestination(temporary, ConnectionID("c")) = try peer.request(info(0)).command,
            case .removeDestination(temporary, ConnectionID("c")) = try peer.request(info(1)).command
        else {
            Issue.record("not as said")
            return
        }
        #expect(try peer.fault(info(2)) == .unknownCode(2, field: "operationType", of: "DestinationInfo"))
    }

    @Test func removeSubscriptionInfoUnsubscribes() throws {
        var peer = SessionPeer()
        let info = Client.command(RemoveSubscriptionInfo()) {
            $0.connectionID = Client.connection
            $0.subscriptionName = "sub"
            $0.clientID = "somebody else"
        }
        guard
            case .unsubscribe(ConnectionID("c"), name: "sub") = try peer.request(.removeSubscriptionInfo(info)).command
        else {
            Issue.record("not unsubscribed")
            return
        }
    }

    // MARK: Answers of the session itself

    @Test func keepAliveIsAnsweredInKindAndOnlyWhenAsked() {
        var peer = SessionPeer()
        guard case .none = peer.receive(.keepAliveInfo(KeepAliveInfo())) else {
            Issue.record("answered unasked")
            return
        }
        guard case .send(.keepAliveInfo(let answer)) = peer.receive(.keepAliveInfo(Client.command(KeepAliveInfo())))
        else {
            Issue.record("not answered")
            return
        }
        #expect(answer.header == CommandHeader(commandID: 9, responseRequired: false))
    }

    @Test func aBrokerThatWantsANetworkIsTurnedAway() throws {
        var peer = SessionPeer()
        var info = BrokerInfo()
        info.brokerName = "other"
        guard case .none = peer.receive(.brokerInfo(info)) else {
            Issue.record("a plain BrokerInfo is not ignored")
            return
        }
        info.networkConnection = true
        let fault = try peer.fault(.brokerInfo(info))
        #expect(fault == .networkConnection(brokerName: "other"))
        #expect(fault.description.contains("broker other asked for a network connection"))
    }

    @Test(arguments: [
        OpenWireCommand.flushCommand(Client.command(FlushCommand())), .controlCommand(Client.command(ControlCommand())),
        .producerAck(Client.command(ProducerAck())), .messageDispatch(Client.command(MessageDispatch())),
        .connectionError(Client.command(ConnectionError())), .response(Client.command(Response())),
        .brokerSubscriptionInfo(Client.command(BrokerSubscriptionInfo())),
        .exceptionResponse(Client.command(ExceptionResponse())), .dataResponse(Client.command(DataResponse())),
        .dataArrayResponse(Client.command(DataArrayResponse())),
        .integerResponse(Client.command(IntegerResponse())), .connectionControl(Client.command(ConnectionControl())),
        .brokerInfo(Client.command(BrokerInfo())),
    ])
    func ignoredCommandsGetTheAnswerTheyAskFor(command: OpenWireCommand) {
        var peer = SessionPeer()
        guard case .send(.response(let response)) = peer.receive(command) else {
            Issue.record("no Response")
            return
        }
        #expect(response.correlationID == 9 && response.header == CommandHeader())
    }

    @Test(arguments: [
        OpenWireCommand.flushCommand(FlushCommand()), .controlCommand(ControlCommand()), .producerAck(ProducerAck()),
        .messageDispatch(MessageDispatch()), .connectionError(ConnectionError()), .response(Response()),
    ])
    func ignoredCommandsGetNothingUnasked(command: OpenWireCommand) {
        var peer = SessionPeer()
        guard case .none = peer.receive(command) else {
            Issue.record("not ignored")
            return
        }
    }

    // MARK: Faults

    private static let incomplete: [(OpenWireCommand, OpenWireSessionFault)] = [
        (.connectionInfo(ConnectionInfo()), .missingField("connectionId", of: "ConnectionInfo")),
        (.sessionInfo(SessionInfo()), .missingField("sessionId", of: "SessionInfo")),
        (.consumerInfo(ConsumerInfo()), .missingField("consumerId", of: "ConsumerInfo")),
        (
            .consumerInfo(Client.command(ConsumerInfo()) { $0.consumerID = Client.consumer }),
            .missingField("destination", of: "ConsumerInfo")
        ),
        (
            .consumerInfo(
                Client.command(ConsumerInfo()) {
                    $0.consumerID = WireConsumerID(connectionID: nil, sessionID: 1, value: 1)
                }),
            .missingField("consumerId.connectionId", of: "ConsumerInfo")
        ),
        (
            .consumerInfo(
                Client.command(ConsumerInfo()) {
                    $0.consumerID = Client.consumer
                    $0.destination = WireDestination(.queue, nil)
                }),
            .missingField("destination.physicalName", of: "ConsumerInfo")
        ),
        (
            .consumerInfo(
                Client.command(ConsumerInfo()) {
                    $0.consumerID = Client.consumer
                    $0.destination = WireDestination(.queue, " ?a=b")
                }),
            .emptyDestinationName(of: "ConsumerInfo")
        ),
        (.producerInfo(ProducerInfo()), .missingField("producerId", of: "ProducerInfo")),
        (.removeInfo(RemoveInfo()), .missingField("objectId", of: "RemoveInfo")),
        (
            .removeInfo(Client.command(RemoveInfo()) { $0.objectID = .connection(WireConnectionID(nil)) }),
            .missingField("connectionId", of: "RemoveInfo")
        ),
        (.messagePull(MessagePull()), .missingField("consumerId", of: "MessagePull")),
        (.messageAck(MessageAck()), .missingField("lastMessageId", of: "MessageAck")),
        (
            .messageAck(Client.command(MessageAck()) { $0.lastMessageID = WireMessageID() }),
            .missingField("consumerId", of: "MessageAck")
        ),
        (
            .messageAck(Client.command(MessageAck()) { $0.ackType = 5 }),
            .unknownCode(5, field: "ackType", of: "MessageAck")
        ),
        (.transactionInfo(TransactionInfo()), .missingField("transactionId", of: "TransactionInfo")),
        (
            .transactionInfo(Client.command(TransactionInfo()) { $0.type = 8 }),
            .unknownCode(8, field: "type", of: "TransactionInfo")
        ),
        (.destinationInfo(DestinationInfo()), .missingField("connectionId", of: "DestinationInfo")),
        (
            .removeSubscriptionInfo(RemoveSubscriptionInfo()),
            .missingField("connectionId", of: "RemoveSubscriptionInfo")
        ),
        (
            .removeSubscriptionInfo(
                Client.command(RemoveSubscriptionInfo()) { $0.connectionID = Client.connection }),
            .missingField("subscriptionName", of: "RemoveSubscriptionInfo")
        ),
        (.consumerControl(ConsumerControl()), .missingField("consumerId", of: "ConsumerControl")),
        (Client.message { $0.messageID = nil }, .missingField("messageId", of: "message")),
        (Client.message { $0.messageID = WireMessageID() }, .missingField("producerId", of: "message")),
        (Client.message { $0.destination = nil }, .missingField("destination", of: "message")),
        (
            Client.message { $0.transactionID = .local(WireLocalTransactionID(value: 1, connectionID: nil)) },
            .missingField("transactionId.connectionId", of: "message")
        ),
        (.messageDispatchNotification(MessageDispatchNotification()), .unsupportedCommand(type: 90)),
        (.partialCommand(PartialCommand()), .unsupportedCommand(type: 60)),
        (.subscriptionInfo(SubscriptionInfo()), .unsupportedCommand(type: 55)),
        (.connectionID(Client.connection), .unsupportedCommand(type: 120)),
        (.destination(Client.queue), .unsupportedCommand(type: 100)),
    ]

    @Test(arguments: Self.incomplete)
    func incompleteCommandsAreFaults(command: OpenWireCommand, fault: OpenWireSessionFault) throws {
        var peer = SessionPeer()
        #expect(try peer.fault(command) == fault)
        #expect(!fault.description.isEmpty)
    }
}
