/// Connections, sessions and producers: what comes and goes with clients.
extension Broker {
    func connect(_ request: ConnectRequest, link: Link) throws(BrokerError) {
        guard let clientID = request.clientID, !clientID.isEmpty else {
            throw .invalidClientID("No clientID specified for connection request")
        }
        if let old = self.connections[request.id] {
            if old.link === link { return }
            // The client is back before its old socket is known to be dead: the new one takes over.
            let oldLink = old.link
            self.end(old, lastDelivered: .unknown)
            oldLink.connections.removeAll { $0 == request.id }
            if oldLink.connections.isEmpty {
                self.events.append(.close(oldLink.id, "connection \(request.id.value) came back on another socket"))
            }
        }
        if let holder = self.clients[clientID], let other = self.connections[holder] {
            throw .invalidClientID(
                "Broker: \(self.configuration.name) - Client: \(clientID) already connected from \(other.request.peer)")
        }
        let connection = Connection(request, link: link, clientID: clientID)
        self.connections[request.id] = connection
        self.clients[clientID] = request.id
        link.connections.append(request.id)
        self.advise(
            "Connection",
            .connectionStarted(request.id, clientID: clientID, userName: request.userName, peer: request.peer))
    }

    func end(_ connection: Connection, lastDelivered: LastDelivered) {
        connection.isEnding = true
        let open = connection.transactions.values.filter { $0.prepared == nil }
        // What its transactions give back goes with what its consumers give back: in order, to somebody else.
        var orphans: [(entry: Entry, source: Delivery.Source)] = []
        for transaction in open.sorted(by: { $0.number < $1.number }) { orphans += self.undo(transaction) }
        connection.transactions = [:]
        let consumers = connection.consumers.values.sorted { $0.number < $1.number }
        self.remove(consumers, lastDelivered: lastDelivered, orphans: orphans)
        for producer in connection.producers.keys.sorted(by: { $0.value < $1.value }) { self.removeProducer(producer) }
        for destination in connection.temporaries { self.dropTemporary(destination, of: connection.id) }
        connection.temporaries = []
        self.connections[connection.id] = nil
        if self.clients[connection.clientID] == connection.id { self.clients[connection.clientID] = nil }
        connection.link.connections.removeAll { $0 == connection.id }
        self.advise("Connection", .connectionStopped(connection.id))
    }

    func removeSession(_ id: SessionID, lastDelivered: LastDelivered) {
        guard let connection = self.connections[ConnectionID(id.connection)] else { return }
        let consumers = connection.consumers.values.filter { $0.id.session == id.value }
        self.remove(consumers.sorted { $0.number < $1.number }, lastDelivered: lastDelivered)
        for producer in connection.producers.keys.filter({ $0.session == id.value }) { self.removeProducer(producer) }
        connection.sessions.remove(id.value)
    }

    func addProducer(_ request: ProducerRequest) throws(BrokerError) {
        let connection = try self.connection(request.id.connection)
        guard connection.sessions.contains(request.id.session) else {
            throw .illegalState(
                "\(self.configuration.name) Cannot add a producer to a session that had not been registered: "
                    + "\(request.id.connection):\(request.id.session)")
        }
        guard connection.producers[request.id] == nil else { return }
        connection.producers[request.id] = request
        if let destination = request.destination, !destination.isTemporary {
            for element in destination.elements where !element.isTemporary {
                self.touch(element)
                self.countProducer(element, by: 1)
            }
        }
        self.adviseProducer(
            request, .producerStarted(request.id, destination: request.destination, windowSize: request.windowSize))
    }

    func removeProducer(_ id: ProducerID) {
        guard let connection = self.connections[ConnectionID(id.connection)],
            let request = connection.producers.removeValue(forKey: id)
        else { return }
        for element in request.destination?.elements ?? [] { self.countProducer(element, by: -1) }
        self.adviseProducer(request, .producerStopped(id))
    }

    private func countProducer(_ destination: Destination, by change: Int) {
        if destination.isQueue {
            self.queues[destination]?.producerCount += change
        } else {
            self.topics[destination]?.producerCount += change
        }
    }

    // MARK: Destinations

    /// Creates the queue or topic unless it exists. Temporary ones are only created by announcement.
    func touch(_ destination: Destination) {
        switch destination.kind {
        case .queue: _ = self.queue(destination)
        case .topic: _ = self.topic(destination)
        case .temporaryQueue, .temporaryTopic: break
        }
    }

    func queue(_ destination: Destination) -> Queue {
        if let queue = self.queues[destination] { return queue }
        let queue = self.makeQueue(destination)
        self.adopt(queue)
        return queue
    }

    func policy(for destination: Destination) -> PolicyEntry { self.policies.policy(for: destination).entry }

    func makeQueue(_ destination: Destination, backlog: Backlog? = nil, owner: ConnectionID? = nil) -> Queue {
        let policy = self.policies.policy(for: destination)
        return Queue(
            destination: destination,
            backlog: backlog ?? Backlog(id: nil, isPrioritized: policy.entry.isPrioritized), owner: owner,
            policy: policy, interception: self.interceptors.interception(of: destination))
    }

    func makeTopic(_ destination: Destination, id: DestinationID? = nil, owner: ConnectionID? = nil) -> Topic {
        Topic(
            destination: destination, id: id, owner: owner, policy: self.policies.policy(for: destination),
            interception: self.interceptors.interception(of: destination))
    }

    func adopt(_ queue: Queue) {
        self.queues[queue.destination] = queue
        self.register(virtual: queue)
        for consumer in self.wildcardConsumers where Self.covers(consumer, queue.destination) {
            self.join(consumer, queue)
        }
        let kind = queue.destination.isTemporary ? "TempQueue" : "Queue"
        self.advise(kind, .destinationAdded(queue.destination, queue.owner ?? ConnectionID("")))
    }

    func topic(_ destination: Destination) -> Topic {
        if let topic = self.topics[destination] { return topic }
        let topic = self.makeTopic(destination)
        self.adopt(topic)
        return topic
    }

    func adopt(_ topic: Topic) {
        self.topics[topic.destination] = topic
        topic.subscriptions = self.subscriptions.values.filter { $0.covers(topic.destination) }
            .sorted { $0.record.id.rawValue < $1.record.id.rawValue }
        for consumer in self.wildcardConsumers where Self.covers(consumer, topic.destination) {
            self.join(consumer, topic)
        }
        guard !topic.destination.isAdvisory else { return }
        let kind = topic.destination.isTemporary ? "TempTopic" : "Topic"
        self.advise(kind, .destinationAdded(topic.destination, topic.owner ?? ConnectionID("")))
    }

    static func covers(_ consumer: Consumer, _ destination: Destination) -> Bool {
        consumer.request.destination.elements.contains { DestinationPattern($0).matches(destination) }
    }

    func addDestination(_ destination: Destination, _ id: ConnectionID) throws(BrokerError) {
        guard destination.isTemporary else {
            self.touch(destination)
            return
        }
        let connection = try self.connection(id.value)
        if destination.isQueue {
            guard self.queues[destination] == nil else { return }
            self.adopt(self.makeQueue(destination, owner: id))
        } else {
            guard self.topics[destination] == nil else { return }
            self.adopt(self.makeTopic(destination, owner: id))
        }
        connection.temporaries.append(destination)
    }

    func removeDestination(_ destination: Destination, _ id: ConnectionID) throws(BrokerError) {
        let users = self.queues[destination]?.members.map(\.consumer) ?? self.topics[destination]?.members ?? []
        if let user = users.first {
            throw .general(
                "Destination: \(destination) still has an active subscription: \(user.id.connection):"
                    + "\(user.id.session):\(user.id.value)")
        }
        if destination.isTemporary {
            self.connections[id]?.temporaries.removeAll { $0 == destination }
            self.dropTemporary(destination, of: id)
        } else if let queue = self.queues.removeValue(forKey: destination) {
            self.destroy(queue)
            self.advise("Queue", .destinationRemoved(destination, id))
        } else if self.topics.removeValue(forKey: destination) != nil {
            self.advise("Topic", .destinationRemoved(destination, id))
        }
    }

    func destroy(_ queue: Queue) {
        self.deregister(virtual: queue)
        self.dropFired(in: queue.backlog.id)
        self.empty(queue.backlog)
        if case .queue(let id)? = queue.backlog.id { self.writes.destroy(id) }
    }

    /// Removes a temporary destination, and tells everybody, since clients refuse to send to one they think gone.
    func dropTemporary(_ destination: Destination, of owner: ConnectionID) {
        if let queue = self.queues.removeValue(forKey: destination) {
            for member in queue.members { member.consumer.queues.removeAll { $0 === queue } }
            for entry in queue.backlog.takeAll() { self.transientBytes -= entry.message.size }
            self.advise("TempQueue", .destinationRemoved(destination, owner))
        } else if let topic = self.topics.removeValue(forKey: destination) {
            for consumer in topic.members { consumer.topics.removeAll { $0 === topic } }
            self.advise("TempTopic", .destinationRemoved(destination, owner))
        }
    }
}
