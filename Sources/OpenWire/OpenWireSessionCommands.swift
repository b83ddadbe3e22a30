import BrokerCore

/// What each command asks of the broker (reference §10.2).
extension OpenWireSession {
    mutating func perform(_ command: OpenWireCommand, at now: Instant) throws(OpenWireSessionFault) -> Received {
        switch command {
        case .message(let message): return try self.send(message, at: now)
        case .messageAck(let ack): return try self.acknowledge(ack)
        case .messagePull(let pull): return try self.pull(pull)
        case .transactionInfo(let info): return try self.transaction(info)
        case .connectionInfo(let info): return try self.connect(info)
        case .sessionInfo(let info): return try self.openSession(info)
        case .consumerInfo(let info): return try self.addConsumer(info)
        case .producerInfo(let info): return try self.addProducer(info)
        case .removeInfo(let info): return try self.remove(info)
        case .destinationInfo(let info): return try self.destination(info)
        case .removeSubscriptionInfo(let info): return try self.unsubscribe(info)
        case .consumerControl(let control): return try self.control(control)
        case .keepAliveInfo(let info): return Self.keepAlive(info)
        case .shutdownInfo: return self.finish()
        case .wireFormatInfo: throw .repeatedHandshake
        case .brokerInfo(let info): return try Self.brokerInfo(info)
        case .connectionControl(let control):
            if control.faultTolerant { self.isFaultTolerant = true }
            return Self.ignored(control.header)
        case .null, .flushCommand, .controlCommand, .producerAck, .messageDispatch, .connectionError,
            .brokerSubscriptionInfo, .response, .exceptionResponse, .dataResponse, .dataArrayResponse,
            .integerResponse:
            return Self.ignored(command.header)
        case .discoveryEvent, .journalTopicAck, .journalQueueAck, .journalTrace, .journalTransaction,
            .subscriptionInfo, .partialCommand, .lastPartialCommand, .replayCommand, .messageDispatchNotification,
            .networkBridgeFilter, .destination, .messageID, .transactionID, .connectionID, .sessionID, .consumerID,
            .producerID, .brokerID:
            throw .unsupportedCommand(type: command.typeCode)
        }
    }

    // MARK: Messages

    private mutating func send(_ wire: WireMessage, at now: Instant) throws(OpenWireSessionFault) -> Received {
        let message = try self.inbound.message(wire, at: now)
        var transaction: TransactionID?
        if let id = wire.transactionID { transaction = try self.inbound.transaction(id, of: "message") }
        var reply = Self.token(wire.header)
        if reply == nil, let number = self.windows.number(of: message.extras?.sender ?? message.id.producer) {
            // The client counted the same sum when it sent; anything else would let its window leak.
            reply = OpenWireSessionToken.accepted(producer: number, size: Int32(clamping: message.size)).replyToken
        }
        return self.submit(.send(message, transaction: transaction), reply)
    }

    private mutating func acknowledge(_ ack: MessageAck) throws(OpenWireSessionFault) -> Received {
        let kind: Acknowledgement.Kind
        switch ack.ackType {
        case 0: kind = .delivered
        case 1: kind = .poison
        case 2: kind = .consumed
        case 3: kind = .redelivered
        case 4: kind = .individual
        case 6: kind = .expired
        default: throw .unknownCode(Int64(ack.ackType), field: "ackType", of: "MessageAck")
        }
        guard let last = ack.lastMessageID else { throw .missingField("lastMessageId", of: "MessageAck") }
        var first: Acknowledgement.Reference?
        if let id = ack.firstMessageID { first = try self.reference(to: id) }
        var transaction: TransactionID?
        if let id = ack.transactionID { transaction = try self.inbound.transaction(id, of: "MessageAck") }
        let acknowledgement = Acknowledgement(
            consumer: try self.inbound.consumer(ack.consumerID, of: "MessageAck"), kind: kind, first: first,
            last: try self.reference(to: last), count: ack.messageCount, transaction: transaction,
            cause: ack.poisonCause.map(Self.cause))
        return self.submit(.acknowledge(acknowledgement), Self.token(ack.header))
    }

    private mutating func reference(
        to id: WireMessageID
    ) throws(OpenWireSessionFault) -> Acknowledgement.Reference {
        Acknowledgement.Reference(
            id: try self.inbound.messageID(id, of: "MessageAck"), sequence: id.brokerSequenceID)
    }

    /// `class: message`, as Java prints a throwable (reference §12.4).
    private static func cause(_ throwable: WireThrowable) -> String {
        let className = throwable.className?.text ?? ""
        guard let message = throwable.message?.text else { return className }
        return "\(className): \(message)"
    }

    private mutating func pull(_ pull: MessagePull) throws(OpenWireSessionFault) -> Received {
        let wait: PullWait
        switch pull.timeout {
        case 0: wait = .forever
        case ..<0: wait = .none
        case Self.endlessWaitMs...: wait = .forever
        default: wait = .milliseconds(pull.timeout)
        }
        let consumer = try self.inbound.consumer(pull.consumerID, of: "MessagePull")
        return self.submit(.pull(consumer, wait), Self.token(pull.header))
    }

    /// A hundred years in milliseconds: who waits longer waits for ever, and no sum of times can overflow.
    private static let endlessWaitMs: Int64 = 3_153_600_000_000

    // MARK: Connections, sessions, consumers, producers

    private mutating func connect(_ info: ConnectionInfo) throws(OpenWireSessionFault) -> Received {
        let request = ConnectRequest(
            id: try self.inbound.connection(info.connectionID, of: "ConnectionInfo"), clientID: info.clientID?.text,
            userName: info.userName?.text, password: info.password?.text, isFailoverReconnect: info.failoverReconnect,
            isFaultTolerant: info.faultTolerant || self.isFaultTolerant, isManageable: info.manageable,
            peer: self.peer)
        let header = info.header
        guard header.responseRequired || info.manageable else { return self.submit(.connect(request), nil) }
        let token = OpenWireSessionToken.connected(
            commandID: header.commandID, wantsResponse: header.responseRequired, wantsControl: info.manageable)
        return self.submit(.connect(request), token.replyToken)
    }

    private func openSession(_ info: SessionInfo) throws(OpenWireSessionFault) -> Received {
        let id = try self.inbound.session(info.sessionID, of: "SessionInfo")
        return self.submit(.openSession(id), Self.token(info.header))
    }

    private mutating func addConsumer(_ info: ConsumerInfo) throws(OpenWireSessionFault) -> Received {
        var request = ConsumerRequest(
            id: try self.inbound.consumer(info.consumerID, of: "ConsumerInfo"),
            destination: try self.inbound.destination(info.destination, of: "ConsumerInfo"),
            prefetch: max(0, info.prefetchSize))
        request.isBrowser = info.browser
        // Clients in other languages send a blank text where Java sends null.
        if let selector = info.selector?.text, selector.contains(where: { !$0.isWhitespace }) {
            request.selector = selector
        }
        request.subscriptionName = info.subscriptionName?.text
        request.isNoLocal = info.noLocal
        request.isExclusive = info.exclusive
        request.isRetroactive = info.retroactive
        request.priority = info.priority
        request.maximumPending = max(0, info.maximumPendingMessageLimit)
        request.isDispatchAsync = info.dispatchAsync
        request.isOptimizedAcknowledge = info.optimizedAcknowledge
        request.clientID = info.clientID?.text
        return self.submit(.addConsumer(request), Self.token(info.header))
    }

    private mutating func addProducer(_ info: ProducerInfo) throws(OpenWireSessionFault) -> Received {
        let id = try self.inbound.producer(info.producerID, of: "ProducerInfo")
        var destination: Destination?
        if let named = info.destination { destination = try self.inbound.destination(named, of: "ProducerInfo") }
        let windowSize = max(0, info.windowSize)
        self.windows.announce(id, as: self.outbound.producer(id), windowSize: windowSize)
        let request = ProducerRequest(id: id, destination: destination, windowSize: windowSize)
        return self.submit(.addProducer(request), Self.token(info.header))
    }

    /// Sets a prefetch: how a consumer parked during a failover starts again (reference §18.2). Nothing else in it is
    /// used by clients.
    private mutating func control(_ control: ConsumerControl) throws(OpenWireSessionFault) -> Received {
        if control.close || control.flush || control.start || control.stop { return Self.ignored(control.header) }
        let consumer = try self.inbound.consumer(control.consumerID, of: "ConsumerControl")
        return self.submit(.setPrefetch(consumer, max(0, control.prefetch)), Self.token(control.header))
    }

    private mutating func remove(_ info: RemoveInfo) throws(OpenWireSessionFault) -> Received {
        let last = Self.lastDelivered(info.lastDeliveredSequenceID)
        let command: BrokerCommand
        switch info.objectID {
        case nil:
            throw .missingField("objectId", of: "RemoveInfo")
        case .connection(let id):
            let id = try self.inbound.connection(id, of: "RemoveInfo")
            self.windows.forget(id)
            command = .removeConnection(id, last)
        case .session(let id):
            let id = try self.inbound.session(id, of: "RemoveInfo")
            self.windows.forget(id)
            command = .removeSession(id, last)
        case .consumer(let id):
            command = .removeConsumer(try self.inbound.consumer(id, of: "RemoveInfo"), last)
        case .producer(let id):
            let id = try self.inbound.producer(id, of: "RemoveInfo")
            self.windows.forget(id)
            command = .removeProducer(id)
        }
        return self.submit(command, Self.token(info.header))
    }

    /// Reference §12.3. The decoder gives -2 for versions without the field. 0 is the number of no message: a queue
    /// finds none delivered by it, a durable subscription takes it for unknown.
    static func lastDelivered(_ sequence: Int64) -> LastDelivered {
        switch sequence {
        case -1: .nothing
        case ..<0: .unknown
        default: .upTo(MessageSequence(sequence))
        }
    }

    // MARK: Transactions, destinations, subscriptions

    private mutating func transaction(_ info: TransactionInfo) throws(OpenWireSessionFault) -> Received {
        let step: TransactionStep
        switch info.type {
        case 0: step = .begin
        case 1: step = .prepare
        case 2: step = .commitOnePhase
        case 3: step = .commitTwoPhase
        case 4: step = .rollback
        case 5: return self.submit(.recoverTransactions, Self.token(info.header))
        case 6: step = .forget
        case 7: step = .end
        default: throw .unknownCode(Int64(info.type), field: "type", of: "TransactionInfo")
        }
        guard let id = info.transactionID else { throw .missingField("transactionId", of: "TransactionInfo") }
        let transaction = try self.inbound.transaction(id, of: "TransactionInfo")
        let connection = try self.inbound.connection(info.connectionID, of: "TransactionInfo")
        return self.submit(.transaction(transaction, connection: connection, step), Self.token(info.header))
    }

    private mutating func destination(_ info: DestinationInfo) throws(OpenWireSessionFault) -> Received {
        let connection = try self.inbound.connection(info.connectionID, of: "DestinationInfo")
        let destination = try self.inbound.destination(info.destination, of: "DestinationInfo")
        let reply = Self.token(info.header)
        switch info.operationType {
        case 0: return self.submit(.addDestination(destination, connection), reply)
        case 1: return self.submit(.removeDestination(destination, connection), reply)
        default: throw .unknownCode(Int64(info.operationType), field: "operationType", of: "DestinationInfo")
        }
    }

    /// The subscription belongs to the connection's client id, whatever the command's own field says (reference §13.1).
    private func unsubscribe(_ info: RemoveSubscriptionInfo) throws(OpenWireSessionFault) -> Received {
        let connection = try self.inbound.connection(info.connectionID, of: "RemoveSubscriptionInfo")
        guard let name = info.subscriptionName?.text else {
            throw .missingField("subscriptionName", of: "RemoveSubscriptionInfo")
        }
        return self.submit(.unsubscribe(connection, name: name), Self.token(info.header))
    }

    // MARK: The socket itself

    /// Answered in kind, never by a Response (reference §19).
    private static func keepAlive(_ info: KeepAliveInfo) -> Received {
        guard info.header.responseRequired else { return .none }
        var answer = KeepAliveInfo()
        answer.header.commandID = info.header.commandID
        return .send(.keepAliveInfo(answer))
    }

    private static func brokerInfo(_ info: BrokerInfo) throws(OpenWireSessionFault) -> Received {
        if info.networkConnection { throw .networkConnection(brokerName: info.brokerName?.text ?? "") }
        return self.ignored(info.header)
    }

    /// Does nothing, but whoever asked for an answer gets one (reference §10.1).
    private static func ignored(_ header: CommandHeader?) -> Received {
        guard let header, header.responseRequired else { return .none }
        return .send(.response(self.plainResponse(to: header.commandID)))
    }

    private static func token(_ header: CommandHeader) -> ReplyToken? {
        header.responseRequired ? OpenWireSessionToken.response(commandID: header.commandID).replyToken : nil
    }

    private func submit(_ command: BrokerCommand, _ reply: ReplyToken?) -> Received {
        .submit(BrokerRequest(link: self.link, command: command, reply: reply))
    }
}
