/// Routing: which queues and topics get a copy of a message (OpenWire reference, 8.2; ActiveMQ's interceptors).
extension Broker {
    /// A queue or topic that exists.
    enum Target {
        case queue(Queue)
        case topic(Topic)

        var destination: Destination {
            switch self {
            case .queue(let queue): queue.destination
            case .topic(let topic): topic.destination
            }
        }

        var interception: Interception? {
            switch self {
            case .queue(let queue): queue.interception
            case .topic(let topic): topic.interception
            }
        }
    }

    /// A message as the consumers of `target` shall see it.
    struct Copy {
        let message: Message
        let target: Target
    }

    /// Puts a message wherever it belongs: one batch, however many copies that makes.
    func route(_ message: Message, receipt: Receipt?, redeliveryCount: Int32) throws(BrokerError) {
        if let target = try self.onlyTarget(of: message) {
            self.deliver(Copy(message: message, target: target), receipt: receipt, redeliveryCount: redeliveryCount)
        } else {
            for copy in try self.copies(of: message) {
                self.deliver(copy, receipt: receipt, redeliveryCount: redeliveryCount)
            }
        }
        if message.headers.isPersistent { self.memory.note(message.id) }
    }

    /// Where the message goes, for nearly all of them: to one destination that no interceptor watches.
    private func onlyTarget(of message: Message) throws(BrokerError) -> Target? {
        guard !message.destination.isComposite else { return nil }
        let target = try self.target(message.destination)
        return target.interception == nil ? target : nil
    }

    /// The queue or topic, made where it may be.
    func target(_ destination: Destination) throws(BrokerError) -> Target {
        try self.checkExists(destination)
        switch destination.kind {
        case .queue: return .queue(self.queue(destination))
        case .topic: return .topic(self.topic(destination))
        case .temporaryQueue:
            guard let queue = self.queues[destination] else { throw .destinationGone(destination) }
            return .queue(queue)
        case .temporaryTopic:
            guard let topic = self.topics[destination] else { throw .destinationGone(destination) }
            return .topic(topic)
        }
    }

    /// Checks that a message could be sent, without making anything.
    func checkExists(_ destination: Destination) throws(BrokerError) {
        switch destination.kind {
        case .queue, .topic:
            if destination.name.isEmpty { throw .invalidDestination("The destination has no name") }
        case .temporaryQueue:
            if self.queues[destination] == nil { throw .destinationGone(destination) }
        case .temporaryTopic:
            if self.topics[destination] == nil { throw .destinationGone(destination) }
        }
    }

    /// All copies of a message: one per element of a composite name, and what interceptors make of each. A queue or
    /// topic gets one at most, by whatever ways: two of the same id would be duplicates to a client.
    func copies(of message: Message) throws(BrokerError) -> [Copy] {
        if let target = try self.onlyTarget(of: message) { return [Copy(message: message, target: target)] }
        var routing = Routing()
        let elements = message.destination.elements
        for element in elements {
            let copy =
                element == message.destination
                ? message : Self.copy(of: message, for: element, original: message.destination)
            try self.collect(copy, try self.target(element), &routing)
        }
        return routing.copies
    }

    private struct Routing {
        var copies: [Copy] = []
        /// Which destinations the message has passed: no ring of interceptors keeps it going.
        var passed: Set<Destination> = []
    }

    private func collect(_ message: Message, _ target: Target, _ routing: inout Routing) throws(BrokerError) {
        let home = target.destination
        guard routing.passed.insert(home).inserted else { return }
        guard let interception = target.interception else {
            routing.copies.append(Copy(message: message, target: target))
            return
        }
        var isKept = true
        for composite in interception.composites {
            let destinations = composite.destinations(for: message)
            if !composite.keeps(matching: destinations.count) { isKept = false }
            for destination in destinations {
                let copy =
                    composite.copiesMessage ? Self.copy(of: message, for: destination, original: home) : message
                try self.collect(copy, try self.target(destination), &routing)
            }
        }
        if let mirror = interception.mirror {
            let copy = mirror.copies ? Self.copy(of: message, for: mirror.topic, original: home) : message
            try self.collect(copy, try self.target(mirror.topic), &routing)
        }
        for (queue, rules) in self.virtualQueues[home] ?? [] where Self.takes(queue, message, rules) {
            let copy =
                rules.setsOriginalDestination
                ? Self.copy(of: message, for: queue.destination, original: message.destination) : message
            try self.collect(copy, .queue(queue), &routing)
        }
        if isKept { routing.copies.append(Copy(message: message, target: target)) }
    }

    private static func takes(_ queue: Queue, _ message: Message, _ rules: VirtualTopic) -> Bool {
        if rules.isLocal, message.extras?.brokerPath.isEmpty == false { return false }
        guard rules.isSelectorAware else { return true }
        return queue.members.contains {
            $0.consumer.filter.passes(message, sequence: MessageSequence(0), redeliveryCount: 0)
        }
    }

    static func copy(of message: Message, for destination: Destination, original: Destination) -> Message {
        var headers = message.headers
        headers.destination = destination
        var extras = message.extras ?? MessageExtras()
        extras.originalDestination = original
        return message.with(headers: headers, properties: message.properties, extras: extras)
    }

    // MARK: Virtual topics

    /// A queue is there now: the virtual topics that feed it find it.
    func register(virtual queue: Queue) {
        for (topic, rules) in self.interceptors.virtualTopics(feeding: queue.destination) {
            self.virtualQueues[topic, default: []].append((queue, rules))
        }
    }

    func deregister(virtual queue: Queue) {
        for (topic, _) in self.interceptors.virtualTopics(feeding: queue.destination) {
            self.virtualQueues[topic]?.removeAll { $0.queue === queue }
            if self.virtualQueues[topic]?.isEmpty == true { self.virtualQueues[topic] = nil }
        }
    }
}
