/// Advisories about single messages, consumers and producers that policies ask for, or that cost something to build:
/// made only where somebody listens (OpenWire reference, 17.3; the misspelt properties are the interface).
extension Broker {
    static func path(_ destination: Destination) -> String {
        (destination.isQueue ? "Queue." : "Topic.") + destination.name
    }

    private func properties(of message: Message, _ consumer: Consumer? = nil) -> [(String, PropertyValue)] {
        var properties: [(String, PropertyValue)] = [
            ("orignalMessageId", .text(message.id.description)),
            ("orignalDestination", .text(message.destination.description)),
        ]
        if let consumer { properties.append(("consumerId", .text(consumer.id.text))) }
        return properties
    }

    /// Publishes on `ActiveMQ.Advisory.<kind>.<Queue or Topic>.<name>` what befell a message.
    private func advise(_ kind: String, of message: Message, _ extra: [(String, PropertyValue)] = []) {
        guard !message.destination.isAdvisory else { return }
        self.advise("\(kind).\(Self.path(message.destination))", properties: { self.properties(of: message) + extra }) {
            let keepsBody = self.policy(for: message.destination).includesBodyInAdvisories
            return .message(keepsBody ? message : message.withoutBody)
        }
    }

    func adviseExpired(_ message: Message) { self.advise("Expired", of: message) }

    func adviseDeadLetter(_ message: Message) { self.advise("MessageDLQd", of: message) }

    func adviseDiscarded(_ message: Message, _ consumer: Consumer) {
        guard consumer.policy.advisesDiscarded else { return }
        let extra: [(String, PropertyValue)] = [
            ("consumerId", .text(consumer.id.text)), ("discardedCount", .long(consumer.discarded)),
        ]
        self.advise("MessageDiscarded", of: message, extra)
    }

    /// A message came to a queue or topic whose policy wants it told, or told when nobody is there.
    func adviseSent(_ message: Message, to target: Target) {
        let (policy, isAlone) =
            switch target {
            case .queue(let queue): (queue.policy, queue.isIdle)
            case .topic(let topic): (topic.policy, topic.members.isEmpty && topic.subscriptions.isEmpty)
            }
        if policy.advisesDelivered { self.advise("MessageDelivered", of: message) }
        guard policy.advisesNoConsumers, isAlone else { return }
        // Not a notice but the message itself.
        let destination = Destination.topic(Self.advisoryPrefix + "NoConsumer.\(Self.path(message.destination))")
        guard let topic = self.advisoryTopic(destination) else { return }
        self.publish(Self.copy(of: message, for: destination, original: message.destination), on: topic, receipt: nil)
    }

    func adviseDispatched(_ message: Message, _ consumer: Consumer) {
        self.advise("MessageDispatched", of: message, [("consumerId", .text(consumer.id.text))])
    }

    func adviseConsumed(_ message: Message, _ consumer: Consumer) {
        self.advise("MessageConsumed", of: message, [("consumerId", .text(consumer.id.text))])
    }

    func adviseSlow(_ consumer: Consumer) {
        for element in consumer.request.destination.elements where !element.isAdvisory {
            self.advise(
                "SlowConsumer.\(Self.path(element))", .consumerStarted(ConsumerDescription(consumer.request)),
                properties: [("consumerId", .text(consumer.id.text))])
        }
    }

    /// A producer is held back, or refused: its destination, or the broker, is full.
    func adviseFull(_ message: Message, usage: String, percent: Int64) {
        let policy = self.policies.policy(for: message.destination).entry
        let path = Self.path(message.destination)
        if policy.advisesFull {
            self.advise(
                "FULL.\(path)", .full,
                properties: [("usageName", .text(usage)), ("usageCount", .long(percent))])
        }
        if policy.advisesFastProducers,
            let producer = self.connections[ConnectionID(message.id.producer.connection)]?
                .producers[message.id.producer]
        {
            self.advise(
                "FastProducer.\(path)",
                .producerStarted(producer.id, destination: producer.destination, windowSize: producer.windowSize),
                properties: [("producerId", .text(producer.id.description))])
        }
    }
}

extension ConsumerID {
    /// `connection:session:value`, as clients show it.
    var text: String { "\(self.connection):\(self.session):\(self.value)" }
}

extension Message {
    /// For advisories, which tell of a message and do not deliver it again.
    var withoutBody: Message {
        Message(
            id: self.id, headers: self.headers, properties: self.properties, bodyKind: self.bodyKind,
            isCompressed: false, body: nil, extras: self.extras)
    }
}
