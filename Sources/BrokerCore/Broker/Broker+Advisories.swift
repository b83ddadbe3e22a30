/// Advisory topics: the broker tells of its connections, destinations, consumers and producers.
///
/// Clients depend on those about temporary destinations (OpenWire reference, 17.1): the Java client refuses to send
/// to a temporary destination it was not told of.
extension Broker {
    static let advisoryPrefix = "ActiveMQ.Advisory."

    /// Publishes on `ActiveMQ.Advisory.<name>`, if anybody listens.
    func advise(_ name: String, _ advisory: Advisory, properties: [(String, PropertyValue)] = []) {
        let destination = Destination.topic(Self.advisoryPrefix + name)
        guard let topic = self.advisoryTopic(destination) else { return }
        self.publish(self.advisoryMessage(destination, advisory, properties, target: nil), on: topic, receipt: nil)
    }

    /// As above, for what is costly to put together: nothing is, unless somebody listens.
    func advise(
        _ name: String, properties: () -> [(String, PropertyValue)], _ advisory: () -> Advisory
    ) {
        let destination = Destination.topic(Self.advisoryPrefix + name)
        guard let topic = self.advisoryTopic(destination) else { return }
        self.publish(
            self.advisoryMessage(destination, advisory(), properties(), target: nil), on: topic, receipt: nil)
    }

    /// The topic, if it has listeners. Topics nobody listens to are not created for advisories. Without
    /// `advisorySupport` there are only those of temporary destinations.
    func advisoryTopic(_ destination: Destination) -> Topic? {
        if !self.configuration.sendsAdvisories, !destination.name.hasPrefix(Self.advisoryPrefix + "Temp") { return nil }
        if let topic = self.topics[destination] {
            return topic.members.isEmpty && topic.subscriptions.isEmpty ? nil : topic
        }
        guard
            self.wildcardConsumers.contains(where: { Self.covers($0, destination) })
                || self.subscriptions.values.contains(where: { $0.covers(destination) })
        else { return nil }
        return self.topic(destination)
    }

    private func advisoryMessage(
        _ destination: Destination, _ advisory: Advisory, _ properties: [(String, PropertyValue)], target: ConsumerID?
    ) -> Message {
        var extras = MessageExtras()
        extras.advisory = advisory
        extras.targetConsumer = target
        let origin: [(String, PropertyValue)] = [
            ("originBrokerId", .text(self.configuration.id)), ("originBrokerName", .text(self.configuration.name)),
            ("originBrokerURL", .text(self.configuration.url)),
        ]
        return Message(
            id: self.newOwnMessageID(),
            headers: MessageHeaders(
                destination: destination, isPersistent: false, priority: 0, type: "Advisory",
                brokerInTimeMs: self.now.wallMs),
            properties: BrokerProperties.encoded(origin + properties), bodyKind: .none, isCompressed: false, body: nil,
            extras: extras)
    }

    func adviseProducer(_ request: ProducerRequest, _ advisory: Advisory) {
        guard let destination = request.destination else {
            self.advise("Producer.Anonymous", advisory)
            return
        }
        for element in destination.elements where !element.isAdvisory {
            self.advise("Producer.\(Self.path(element))", advisory, properties: self.producerCount(of: element))
        }
    }

    func adviseConsumer(_ request: ConsumerRequest, _ advisory: Advisory) {
        for element in request.destination.elements where !element.isAdvisory {
            self.advise("Consumer.\(Self.path(element))", advisory, properties: self.consumerCount(of: element))
        }
    }

    private func producerCount(of destination: Destination) -> [(String, PropertyValue)] {
        let count =
            destination.isQueue ? self.queues[destination]?.producerCount : self.topics[destination]?.producerCount
        return [("producerCount", .int(Int32(clamping: count ?? 0)))]
    }

    private func consumerCount(of destination: Destination) -> [(String, PropertyValue)] {
        let count =
            destination.isQueue ? self.queues[destination]?.members.count : self.topics[destination]?.members.count
        return [("consumerCount", .int(Int32(clamping: count ?? 0)))]
    }

    /// Tells a new advisory consumer, and nobody else, of what exists already.
    func replayAdvisories(to consumer: Consumer) {
        for element in consumer.request.destination.elements where element.isAdvisory {
            let name = String(element.name.dropFirst(Self.advisoryPrefix.count))
            for (destination, advisory, properties) in self.existing(name) {
                let topic = Destination.topic(Self.advisoryPrefix + destination)
                let message = self.advisoryMessage(topic, advisory, properties, target: consumer.id)
                self.offer(Entry(StoredCopy(sequence: self.nextSequence(), message: message)), on: nil, to: consumer)
            }
        }
    }

    private typealias Replay = (String, Advisory, [(String, PropertyValue)])

    private func existing(_ name: String) -> [Replay] {
        let pattern = DestinationPattern(.topic(name))
        let all = name == ">"
        if !self.configuration.sendsAdvisories, !name.hasPrefix("Temp") { return [] }
        var result: [Replay] = []
        if all || name == "MasterBroker" { result.append(("MasterBroker", .becameMaster, [])) }
        if all || name == "Connection" {
            for connection in self.connections.values {
                let request = connection.request
                let advisory = Advisory.connectionStarted(
                    request.id, clientID: connection.clientID, userName: request.userName, peer: request.peer)
                result.append(("Connection", advisory, []))
            }
        }
        for destination in Array(self.queues.keys) + Array(self.topics.keys) where !destination.isAdvisory {
            let kind = Self.kindName(destination)
            guard all || name == kind else { continue }
            let owner = (destination.isQueue ? self.queues[destination]?.owner : self.topics[destination]?.owner) ?? nil
            result.append((kind, .destinationAdded(destination, owner ?? ConnectionID("")), []))
        }
        guard name.hasPrefix("Consumer.") || name.hasPrefix("Producer.") || all else { return result }
        for connection in self.connections.values {
            for consumer in connection.consumers.values {
                for element in consumer.request.destination.elements where !element.isAdvisory {
                    let topic = "Consumer.\(Self.path(element))"
                    guard pattern.matches(.topic(topic)) else { continue }
                    let advisory = Advisory.consumerStarted(ConsumerDescription(consumer.request))
                    result.append((topic, advisory, self.consumerCount(of: element)))
                }
            }
            for producer in connection.producers.values {
                let topic = producer.destination.map { "Producer.\(Self.path($0))" } ?? "Producer.Anonymous"
                guard pattern.matches(.topic(topic)) else { continue }
                let advisory = Advisory.producerStarted(
                    producer.id, destination: producer.destination, windowSize: producer.windowSize)
                result.append((topic, advisory, producer.destination.map { self.producerCount(of: $0) } ?? []))
            }
        }
        return result
    }

    private static func kindName(_ destination: Destination) -> String {
        switch destination.kind {
        case .queue: "Queue"
        case .topic: "Topic"
        case .temporaryQueue: "TempQueue"
        case .temporaryTopic: "TempTopic"
        }
    }
}
