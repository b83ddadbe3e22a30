import BrokerCore

/// What each frame asks of the broker.
extension STOMPSession {
    mutating func perform(_ frame: STOMPFrame, at now: Instant) throws(STOMPSessionFault) -> Received {
        if frame.command == .connect || frame.command == .stomp { return try self.connect(frame, at: now) }
        guard case .open = self.state else { throw .notConnected(frame.command) }
        switch frame.command {
        case .send: return try self.send(frame, at: now)
        case .subscribe: return try self.subscribe(frame)
        case .unsubscribe: return try self.unsubscribe(frame)
        case .ack: return try self.acknowledge(frame)
        case .nack: return try self.reject(frame)
        case .begin: return try self.begin(frame)
        case .commit: return try self.end(frame, commits: true)
        case .abort: return try self.end(frame, commits: false)
        case .disconnect: return self.disconnect(frame)
        case .connect, .stomp, .connected, .message, .receipt, .error: throw .notInVersion(frame.command, self.version)
        }
    }

    // MARK: Connection

    private mutating func connect(_ frame: STOMPFrame, at now: Instant) throws(STOMPSessionFault) -> Received {
        guard case .handshake = self.state else { throw .alreadyConnected }
        guard let version = STOMPVersion.negotiated(frame["accept-version"]) else {
            throw .unsupportedVersion(frame["accept-version"] ?? "")
        }
        let wish = frame["heart-beat"] ?? self.settings.defaultHeartBeat
        guard let (sendsMs, wantsMs) = STOMPSessionHeartBeat.parse(wish) else { throw .invalidHeartBeat(wish) }
        self.version = version
        self.heartBeat.agreed(
            sendsMs: sendsMs, wantsMs: wantsMs, grace: self.settings.heartBeatGrace, at: now)
        let clientID = frame["client-id"].flatMap { $0.isEmpty ? nil : $0 } ?? self.connection.value
        var headers = [
            STOMPHeader("version", version.rawValue), STOMPHeader("heart-beat", "\(wantsMs),\(sendsMs)"),
            STOMPHeader("session", clientID), STOMPHeader("server", self.settings.server),
        ]
        if let asked = frame["request-id"] ?? frame["receipt"] {
            headers.append(STOMPHeader("response-id", asked))
            headers.append(STOMPHeader("receipt-id", asked))
        }
        self.greeting = STOMPFrame(.connected, headers)
        self.state = .open
        let connect = ConnectRequest(
            id: self.connection, clientID: clientID, userName: frame["login"], password: frame["passcode"],
            isFailoverReconnect: false, isFaultTolerant: false, isManageable: false, peer: self.peer)
        let producer = ProducerRequest(id: self.producer, destination: nil, windowSize: 0)
        return .connect([self.request(.connect(connect), .connected), self.request(.addProducer(producer))])
    }

    private mutating func disconnect(_ frame: STOMPFrame) -> Received {
        guard let receipt = frame["receipt"] else {
            self.state = .ended
            return .finish
        }
        self.state = .leaving(receipt: receipt, answered: false)
        return .submit(self.request(.removeConnection(self.connection, .unknown), .disconnected))
    }

    private mutating func receiptToken(_ frame: STOMPFrame) -> STOMPSessionToken? {
        frame["receipt"].map { .receipt(self.receipts.add($0)) }
    }

    /// Announces the temporary destinations that a frame was the first to name, ahead of what it asks for.
    private func announced(_ made: [Destination], before requests: [BrokerRequest]) -> Received {
        if made.isEmpty, requests.count == 1 { return .submit(requests[0]) }
        return .submitAll(made.map { self.request(.addDestination($0, self.connection)) } + requests)
    }

    // MARK: Messages

    private mutating func send(_ frame: STOMPFrame, at now: Instant) throws(STOMPSessionFault) -> Received {
        guard let name = frame["destination"] else { throw .missingHeader("destination", of: .send) }
        let transaction = try self.openTransaction(frame)
        let named = try self.destinations.named(name, bareNames: true)
        var made = named.made
        let (message, isNumbered) = try self.message(of: frame, to: named.destination, at: now, &made)
        var token = self.receiptToken(frame)
        if token == nil, message.headers.isPersistent, transaction == nil {
            token = .unasked
            self.unstored += 1
        }
        var request = self.request(.send(message, transaction: transaction?.id), token)
        request.mayBeRepeated = isNumbered
        return self.announced(made, before: [request])
    }

    // MARK: Subscriptions

    private mutating func subscribe(_ frame: STOMPFrame) throws(STOMPSessionFault) -> Received {
        let id = frame["id"]
        guard id != nil || self.version == .v10 else { throw .missingHeader("id", of: .subscribe) }
        guard let name = frame["destination"], !name.isEmpty else {
            throw .missingHeader("destination", of: .subscribe)
        }
        let named = try self.destinations.named(name, bareNames: true)
        self.lastConsumer += 1
        let consumer = ConsumerID(connection: self.connection.value, session: -1, value: self.lastConsumer)
        var request = try STOMPConsumerOptions.request(frame, consumer, named, self.version)
        let mode: STOMPSubscription.AckMode =
            switch frame["ack"] {
            case "client": .client
            case "client-individual": .clientIndividual
            default: .auto
            }
        var subscription = STOMPSubscription(
            consumer: consumer, id: id, destination: named.destination, mode: mode, isBrowser: request.isBrowser,
            transformation: frame["transformation"])
        guard let receipt = frame["receipt"] else {
            self.keep(subscription)
            return self.announced(named.made, before: [self.request(.addConsumer(request))])
        }
        // The receipt comes before the first message: until it is on its way there is no room for any.
        let prefetch = request.prefetch
        request.prefetch = 0
        subscription.awaitsReceipt = true
        self.keep(subscription)
        let token = STOMPSessionToken.subscribed(
            receipt: self.receipts.add(receipt), consumer: UInt32(truncatingIfNeeded: consumer.value))
        return self.announced(
            named.made,
            before: [
                self.request(.addConsumer(request), token), self.request(.setPrefetch(consumer, prefetch)),
            ])
    }

    private mutating func keep(_ subscription: STOMPSubscription) {
        self.subscriptions[subscription.consumer.value] = subscription
        if let id = subscription.id { self.consumersByID[id] = subscription.consumer.value }
    }

    private mutating func unsubscribe(_ frame: STOMPFrame) throws(STOMPSessionFault) -> Received {
        let id = frame["id"]
        guard id != nil || self.version == .v10 else { throw .missingHeader("id", of: .unsubscribe) }
        var number = id.flatMap { self.consumersByID[$0] }
        var made: [Destination] = []
        if id == nil {
            guard let name = frame["destination"] else { throw .missingHeader("destination", of: .unsubscribe) }
            let named = try self.destinations.named(name, bareNames: true)
            made = named.made
            number = self.subscriptions.filter { $0.value.destination == named.destination }.keys.min()
        }
        let durable = frame["activemq.subscriptionName"] ?? frame["activemq.subcriptionName"]
        guard number != nil || durable != nil else { throw .unknownSubscription }
        var requests: [BrokerRequest] = []
        if let number, let subscription = self.subscriptions.removeValue(forKey: number) {
            if let id = subscription.id, self.consumersByID[id] == number { self.consumersByID[id] = nil }
            requests.append(self.request(.removeConsumer(subscription.consumer, .unknown)))
        }
        if let durable { requests.append(self.request(.unsubscribe(self.connection, name: durable))) }
        guard let last = requests.popLast() else { throw .unknownSubscription }
        requests.append(self.request(last.command, self.receiptToken(frame)))
        return self.announced(made, before: requests)
    }

    // MARK: Acknowledgements

    private mutating func acknowledge(_ frame: STOMPFrame) throws(STOMPSessionFault) -> Received {
        let (number, index) = try self.outstanding(frame)
        let transaction = try self.openTransaction(frame)
        let acknowledgements =
            self.subscriptions[number]?.acknowledge(
                index, transaction: transaction.map { ($0.number, $0.id) }) ?? []
        let token = self.receiptToken(frame)
        if acknowledgements.count == 1 { return .submit(self.request(.acknowledge(acknowledgements[0]), token)) }
        return .submitAll(
            acknowledgements.enumerated().map { position, acknowledgement in
                self.request(
                    .acknowledge(acknowledgement), position == acknowledgements.count - 1 ? token : nil)
            })
    }

    private mutating func reject(_ frame: STOMPFrame) throws(STOMPSessionFault) -> Received {
        guard self.version > .v10 else { throw .notInVersion(.nack, .v10) }
        let (number, index) = try self.outstanding(frame)
        if self.subscriptions[number]?.isBrowser == true { throw .nackOnBrowser }
        let transaction = try self.openTransaction(frame)
        guard let rejection = self.subscriptions[number]?.reject(index, transaction: transaction?.number) else {
            throw .unknownSubscription
        }
        let token = self.receiptToken(frame)
        guard transaction != nil, let name = frame["transaction"] else {
            return .submit(self.request(.acknowledge(rejection), token))
        }
        self.transactions[name]?.rejections.append(rejection)
        // Nothing for the broker to do before COMMIT, but its answer keeps its place among the others: this one only
        // widens the window, as an acknowledgement would.
        let delivered = Acknowledgement(
            consumer: rejection.consumer, kind: .delivered, first: nil, last: rejection.last, count: 1,
            transaction: nil)
        return .submit(self.request(.acknowledge(delivered), token))
    }

    /// The subscription and the place in it of the message that ACK or NACK names (STOMP 1.2 by `id`, before by
    /// `message-id` and `subscription`, which 1.0 need not have).
    private func outstanding(_ frame: STOMPFrame) throws(STOMPSessionFault) -> (consumer: Int64, index: Int) {
        if self.version >= .v12 {
            guard let id = frame["id"] else { throw .missingHeader("id", of: frame.command) }
            guard let (consumer, sequence) = Self.parse(ackID: id),
                let index = self.subscriptions[consumer]?.index(ofSequence: sequence)
            else { throw .unexpectedAcknowledgement(frame.command, message: id) }
            return (consumer, index)
        }
        guard let message = frame["message-id"] else { throw .missingHeader("message-id", of: frame.command) }
        let subscription = frame["subscription"]
        guard subscription != nil || self.version == .v10 else {
            throw .missingHeader("subscription", of: frame.command)
        }
        let consumers =
            subscription.map { self.consumersByID[$0].map { [$0] } ?? [] } ?? self.subscriptions.keys.sorted()
        for consumer in consumers {
            if let index = self.subscriptions[consumer]?.index(ofMessage: message) { return (consumer, index) }
        }
        throw .unexpectedAcknowledgement(frame.command, message: message)
    }

    // MARK: Transactions

    /// The transaction a frame names; nil where it names none.
    private func openTransaction(_ frame: STOMPFrame) throws(STOMPSessionFault) -> OpenTransaction? {
        guard let name = frame["transaction"] else { return nil }
        guard let transaction = self.transactions[name] else { throw .unknownTransaction(name) }
        return transaction
    }

    private mutating func begin(_ frame: STOMPFrame) throws(STOMPSessionFault) -> Received {
        guard let name = frame["transaction"] else { throw .missingHeader("transaction", of: .begin) }
        guard self.transactions[name] == nil else { throw .repeatedTransaction(name) }
        self.lastTransaction += 1
        let id = TransactionID.local(connection: self.connection.value, value: self.lastTransaction)
        self.transactions[name] = OpenTransaction(number: self.lastTransaction, id: id)
        return .submit(self.request(.transaction(id, connection: self.connection, .begin), self.receiptToken(frame)))
    }

    /// COMMIT rejects what NACK named within the transaction, then commits the rest; ABORT makes all of it outstanding
    /// again.
    private mutating func end(_ frame: STOMPFrame, commits: Bool) throws(STOMPSessionFault) -> Received {
        guard let name = frame["transaction"] else { throw .missingHeader("transaction", of: frame.command) }
        guard let transaction = self.transactions.removeValue(forKey: name) else { throw .unknownTransaction(name) }
        for number in self.subscriptions.keys {
            self.subscriptions[number]?.end(transaction.number, commits: commits)
        }
        let step: TransactionStep = commits ? .commitOnePhase : .rollback
        let last = self.request(
            .transaction(transaction.id, connection: self.connection, step), self.receiptToken(frame))
        guard commits, !transaction.rejections.isEmpty else { return .submit(last) }
        return .submitAll(transaction.rejections.map { self.request(.acknowledge($0)) } + [last])
    }
}
