/// Consumers and durable subscriptions: how they come, change and go.
extension Broker {
    func addConsumer(_ request: ConsumerRequest, reply: ReplyToken?, link: Link) throws(BrokerError) {
        let connection = try self.connection(request.id.connection)
        guard self.consumers[request.id] == nil else { return }
        if request.subscriptionName != nil, self.configuration.rejectsDurableConsumers {
            throw .general("Durable Consumer Creation is not allowed.")
        }
        guard connection.sessions.contains(request.id.session) else {
            throw .illegalState(
                "\(self.configuration.name) Cannot add a consumer to a session that had not been registered: "
                    + "\(request.id.connection):\(request.id.session)")
        }
        let elements = request.destination.elements
        let request = self.withPolicyPrefetch(request)
        for element in elements where element.isTemporary { try self.checkOwner(of: element, request) }
        let selector = try Self.parse(request.selector)
        let filter = MessageFilter(
            selector: selector, noLocalConnection: request.isNoLocal ? request.id.connection : nil)
        if request.destination.isQueue {
            let queues = self.queues(for: elements, browsing: request.isBrowser)
            let role = request.isBrowser ? Consumer.Role.browser(self.browse(queues)) : .queues
            let consumer = self.register(request, connection, filter, role)
            if !request.isBrowser { for queue in queues { self.join(consumer, queue) } }
        } else if let name = request.subscriptionName {
            let subscription = try self.subscribe(request, name: name, connection: connection, selector: selector)
            subscription.active = self.register(request, connection, filter, .durable(subscription))
        } else {
            let consumer = self.register(request, connection, filter, .topic(self.topicBacklog(of: elements)))
            for topic in self.topics(for: elements) {
                self.join(consumer, topic)
                self.recall(topic, for: consumer)
            }
        }
        guard let consumer = self.consumers[request.id] else { return }
        self.adviseConsumer(request, .consumerStarted(ConsumerDescription(request)))
        if request.destination.elements.contains(where: \.isAdvisory) { self.replayAdvisories(to: consumer) }
        self.dispatch(to: consumer)
    }

    /// A consumer that asks for its client's default prefetch gets that of the policy.
    private func withPolicyPrefetch(_ asked: ConsumerRequest) -> ConsumerRequest {
        let policy = self.policies.policy(for: asked.destination).entry
        var request = asked
        if asked.destination.isQueue {
            if asked.isBrowser, asked.prefetch == 500 { request.prefetch = policy.queueBrowserPrefetch }
            if !asked.isBrowser, asked.prefetch == 1000 { request.prefetch = policy.queuePrefetch }
        } else if asked.subscriptionName != nil {
            // The client's defaults differ by acknowledgement mode; the policy's own default changes neither.
            let isDefault = asked.prefetch == 100 || asked.prefetch == 1000
            if isDefault, policy.durableTopicPrefetch != 100 { request.prefetch = policy.durableTopicPrefetch }
        } else if asked.prefetch == 32_767 {
            request.prefetch = policy.topicPrefetch
        }
        return request
    }

    private func topicBacklog(of elements: [Destination]) -> Backlog {
        Backlog(
            id: nil, isPrioritized: elements.first.map { self.policy(for: $0).isPrioritized } ?? false, isSpool: true)
    }

    private func register(
        _ request: ConsumerRequest, _ connection: Connection, _ filter: MessageFilter, _ role: Consumer.Role
    ) -> Consumer {
        self.nextConsumerNumber += 1
        let consumer = Consumer(
            request, connection: connection, filter: filter, role: role, number: self.nextConsumerNumber,
            policy: self.policies.policy(for: request.destination.elements.first ?? request.destination), at: self.now)
        self.consumers[consumer.id] = consumer
        consumer.connection.consumers[consumer.id] = consumer
        let isPattern = consumer.request.destination.elements.contains { DestinationPattern($0).isWildcard }
        if isPattern || consumer.request.destination.isComposite { self.wildcardConsumers.append(consumer) }
        return consumer
    }

    static func parse(_ text: String?) throws(BrokerError) -> Selector? {
        guard let text, !text.isEmpty, text.utf8.contains(where: { $0 > 0x20 }) else { return nil }
        do throws(SelectorError) {
            return try Selector(parsing: text)
        } catch {
            throw .invalidSelector("\(text): \(error)")
        }
    }

    private func checkOwner(of element: Destination, _ request: ConsumerRequest) throws(BrokerError) {
        let owner = element.isQueue ? self.queues[element]?.owner : self.topics[element]?.owner
        guard let owner else {
            throw .invalidDestination("Cannot use temporary destination \(element): it does not exist")
        }
        guard owner.value == request.id.connection else {
            throw .invalidDestination(
                "Cannot consume from temporary destination \(element) of another connection (\(owner.value))")
        }
    }

    private func queues(for elements: [Destination], browsing: Bool) -> [Queue] {
        var result: [Queue] = []
        for element in elements where element.isQueue {
            let pattern = DestinationPattern(element)
            if pattern.isWildcard {
                let found = self.queues.values.filter { pattern.matches($0.destination) }
                result += found.sorted { $0.destination.name < $1.destination.name }
            } else if element.isTemporary {
                if let queue = self.queues[element] { result.append(queue) }
            } else {
                result.append(self.queue(element))
            }
        }
        var seen: Set<ObjectIdentifier> = []
        return result.filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    private func topics(for elements: [Destination]) -> [Topic] {
        var result: [Topic] = []
        for element in elements where element.isTopic {
            let pattern = DestinationPattern(element)
            if pattern.isWildcard {
                result += self.topics.values.filter { pattern.matches($0.destination) }
            } else if element.isTemporary {
                if let topic = self.topics[element] { result.append(topic) }
            } else {
                result.append(self.topic(element))
            }
        }
        var seen: Set<ObjectIdentifier> = []
        return result.filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    func join(_ consumer: Consumer, _ queue: Queue) {
        guard case .queues = consumer.role, !consumer.queues.contains(where: { $0 === queue }) else { return }
        queue.add(consumer)
        consumer.queues.append(queue)
    }

    func join(_ consumer: Consumer, _ topic: Topic) {
        guard case .topic = consumer.role, !topic.members.contains(where: { $0 === consumer }) else { return }
        topic.members.append(consumer)
        consumer.topics.append(topic)
    }

    // MARK: Going away

    /// Removes consumers that go together; what they had in flight goes back to where it came from (OpenWire
    /// reference, 12.3), and never from one of them to the next.
    func remove(
        _ consumers: [Consumer], lastDelivered: LastDelivered,
        orphans: [(entry: Entry, source: Delivery.Source)] = []
    ) {
        var deliveries: [Delivery] = []
        for consumer in consumers {
            self.deregister(consumer)
            self.count(consumer.dispatched.map(\.entry), lastDelivered)
            deliveries += consumer.dispatched.filter { $0.transaction == nil }
            consumer.dispatched.removeAll()
            consumer.released = 0
        }
        self.giveBack(orphans + deliveries.map { ($0.entry, $0.source) })
        for consumer in consumers {
            self.adviseConsumer(consumer.request, .consumerStopped(consumer.id))
            // A consumer that leaves may free its groups and its place as the exclusive one.
            for queue in consumer.queues { self.dispatch(queue) }
        }
    }

    private func deregister(_ consumer: Consumer) {
        self.consumers[consumer.id] = nil
        consumer.connection.consumers[consumer.id] = nil
        self.pulling[consumer.id] = nil
        self.wildcardConsumers.removeAll { $0 === consumer }
        for queue in consumer.queues { queue.remove(consumer) }
        for topic in consumer.topics { topic.members.removeAll { $0 === consumer } }
        switch consumer.role {
        case .durable(let subscription):
            if subscription.active === consumer { subscription.active = nil }
        case .topic(let backlog):
            self.drop(backlog)
        case .queues, .browser:
            break
        }
    }

    private func count(_ entries: [Entry], _ lastDelivered: LastDelivered) {
        switch lastDelivered {
        case .nothing:
            return
        case .unknown:
            for entry in entries { entry.redeliveryCount &+= 1 }
        case .upTo(let sequence):
            guard let last = entries.firstIndex(where: { $0.sequence == sequence }) else { return }
            for entry in entries[...last] { entry.redeliveryCount &+= 1 }
        }
    }

    /// Returns messages to their backlogs, each at its old place, and offers them again.
    func giveBack(_ deliveries: [(entry: Entry, source: Delivery.Source)]) {
        var queues: [ObjectIdentifier: (Queue, [Entry])] = [:]
        var subscriptions: [DurableSubscription] = []
        for (entry, source) in deliveries {
            switch source {
            case .queue(let queue):
                queues[ObjectIdentifier(queue), default: (queue, [])].1.append(entry)
            case .subscription(let subscription):
                subscription.backlog.insert(entry)
                if subscriptions.last !== subscription { subscriptions.append(subscription) }
            case .none:
                break
            }
        }
        for (queue, entries) in queues.values.sorted(by: { $0.0.destination.name < $1.0.destination.name }) {
            guard self.queues[queue.destination] === queue else { continue }
            queue.backlog.giveBack(entries)
            if let first = entries.map({ queue.backlog.place(of: $0) }).min() { queue.rescan(from: first) }
            self.dispatch(queue)
        }
        for subscription in subscriptions { self.dispatch(subscription) }
    }

    func setPrefetch(_ id: ConsumerID, _ prefetch: Int32) {
        guard let consumer = self.consumers[id] else { return }
        var asked = consumer.request
        asked.prefetch = prefetch
        consumer.setPrefetch(self.withPolicyPrefetch(asked).prefetch)
        if consumer.prefetch > 0 {
            consumer.pull = nil
            self.pulling[id] = nil
        }
        self.dispatch(to: consumer)
    }

    // MARK: Pulling

    func pull(_ id: ConsumerID, _ wait: PullWait) {
        guard let consumer = self.consumers[id] else { return }
        // With a window of its own the consumer gets messages anyway; a pull then only asks whether there are any.
        let deadline: Int64?
        switch wait {
        case .forever: deadline = nil
        case .none: deadline = self.now.monotonicMs
        case .milliseconds(let time): deadline = self.now.monotonicMs.addingReportingOverflow(max(0, time)).partialValue
        }
        consumer.pull = Consumer.Pull(deadlineMs: deadline)
        self.pulling[id] = consumer
        self.dispatch(to: consumer)
        guard wait == .none, consumer.pull != nil, !self.isPaging(for: consumer) else { return }
        self.endPull(consumer)
    }

    /// Whether a message may yet come from the store, so that "nothing there" can't be said.
    func isPaging(for consumer: Consumer) -> Bool {
        switch consumer.role {
        case .queues: consumer.queues.contains { $0.backlog.isPaging }
        case .durable(let subscription): subscription.backlog.isPaging
        case .topic(let backlog): backlog.isPaging
        case .browser: false
        }
    }

    func endPull(_ consumer: Consumer) {
        consumer.pull = nil
        self.pulling[consumer.id] = nil
        self.events.append(.noMessage(consumer.link, consumer.id))
    }

    // MARK: Durable subscriptions

    private func subscribe(
        _ request: ConsumerRequest, name: String, connection: Connection, selector: Selector?
    ) throws(BrokerError) -> DurableSubscription {
        let key = DurableSubscription.Key(clientID: connection.clientID, name: name)
        if let existing = self.subscriptions[key] {
            if existing.active != nil {
                throw .general("Durable consumer is in use for client: \(key.clientID) and subscriptionName: \(name)")
            }
            let record = existing.record
            if record.topic == request.destination, record.selector == request.selector,
                record.isNoLocal == request.isNoLocal
            {
                return existing
            }
            self.destroy(existing)
        }
        let record = SubscriptionRecord(
            id: self.newSubscriptionID(), clientID: key.clientID, name: name, topic: request.destination,
            selector: request.selector, isNoLocal: request.isNoLocal)
        self.writes.write { $0.newSubscriptions.append(record) }
        let subscription = DurableSubscription(
            record: record, selector: selector, stored: 0, policy: self.policies.policy(for: record.topic))
        self.subscriptions[key] = subscription
        for element in request.destination.elements where !DestinationPattern(element).isWildcard {
            _ = self.topic(element)
        }
        for topic in self.topics.values where subscription.covers(topic.destination) {
            if !topic.subscriptions.contains(where: { $0 === subscription }) {
                topic.subscriptions.append(subscription)
            }
        }
        return subscription
    }

    func unsubscribe(_ id: ConnectionID, name: String) throws(BrokerError) {
        let connection = try self.connection(id.value)
        let key = DurableSubscription.Key(clientID: connection.clientID, name: name)
        guard let subscription = self.subscriptions[key] else {
            throw .invalidDestination(
                "No durable subscription exists for clientID: \(key.clientID) and subscriptionName: \(name)")
        }
        guard subscription.active == nil else { throw .general("Durable consumer is in use") }
        self.destroy(subscription)
    }

    func destroy(_ subscription: DurableSubscription) {
        self.dropFired(in: .subscription(subscription.record.id))
        let id = subscription.record.id
        self.subscriptions[subscription.key] = nil
        for topic in self.topics.values { topic.subscriptions.removeAll { $0 === subscription } }
        self.empty(subscription.backlog)
        self.writes.destroy(id)
    }
}
