/// Answers to queries for figures, as messages (ActiveMQ: `statisticsBrokerPlugin`).
///
/// A message to `ActiveMQ.Statistics.Broker`, `ActiveMQ.Statistics.Destination.<name>` or
/// `ActiveMQ.Statistics.Subscription` that says where to reply is not delivered but answered, with one map message per
/// broker, destination or subscription. A name that ends with `.List.End.With.Null` ends the answers with an empty map.
extension Broker {
    private static let statisticsPrefix = "ActiveMQ.Statistics."
    private static let listEnd = ".List.End.With.Null"

    /// Whether the message was a query, and is answered.
    func answerStatistics(_ message: Message) -> Bool {
        guard let reply = message.headers.replyTo, message.destination.name.hasPrefix(Self.statisticsPrefix) else {
            return false
        }
        var query = String(message.destination.name.dropFirst(Self.statisticsPrefix.count))
        let endsList = query.hasSuffix(Self.listEnd)
        if endsList { query = String(query.dropLast(Self.listEnd.count)) }
        var answers: [PropertyMap] = []
        if query == "Broker" {
            answers = [self.brokerStatistics()]
        } else if query == "Subscription" {
            let consumers = self.consumers.values.sorted { $0.number < $1.number }
            answers = consumers.filter { !$0.request.destination.isAdvisory }.map { Self.statistics(of: $0) }
        } else if query == "Destination" || query.hasPrefix("Destination.") {
            let name = query == "Destination" ? ">" : String(query.dropFirst("Destination.".count))
            answers = self.destinationStatistics(Destination(message.destination.kind, name))
        } else {
            return false
        }
        if endsList { answers.append(PropertyMap()) }
        for answer in answers { self.reply(answer, to: reply, of: message) }
        return true
    }

    private func reply(_ content: PropertyMap, to destination: Destination, of query: Message) {
        let body: [UInt8]
        do throws(PropertyError) {
            body = try content.encoded()
        } catch {
            // Names and numbers of our own: they fit.
            return
        }
        let message = Message(
            id: self.newOwnMessageID(),
            headers: MessageHeaders(
                destination: destination, isPersistent: false, timestampMs: self.now.wallMs,
                correlationID: query.headers.correlationID, brokerInTimeMs: self.now.wallMs),
            properties: nil, bodyKind: .map, isCompressed: false, body: body)
        do throws(BrokerError) {
            try self.route(message, receipt: nil, redeliveryCount: 0)
        } catch {
            // Nobody waits for the answer any more.
            return
        }
    }

    private func destinationStatistics(_ query: Destination) -> [PropertyMap] {
        let pattern = DestinationPattern(query)
        let queues = self.queues.values.filter { pattern.matches($0.destination) }
        let topics = self.topics.values.filter { pattern.matches($0.destination) && !$0.destination.isAdvisory }
        return queues.sorted { $0.destination.name < $1.destination.name }.map { self.statistics(of: $0) }
            + topics.sorted { $0.destination.name < $1.destination.name }.map { self.statistics(of: $0) }
    }

    private func statistics(of queue: Queue) -> PropertyMap {
        let inFlight = queue.members.reduce(0) { count, member in
            count
                + member.consumer.dispatched.count {
                    if case .queue(let source) = $0.source { source === queue } else { false }
                }
        }
        var map = self.common(queue.destination, queue.policy, memory: queue.backlog.readyBytes)
        map["size"] = .long(queue.backlog.count)
        map["enqueueCount"] = .long(queue.backlog.enqueued)
        map["dequeueCount"] = .long(queue.backlog.dequeued)
        map["dispatchCount"] = .long(queue.dispatchCount)
        map["expiredCount"] = .long(queue.expiredCount)
        map["inflightCount"] = .long(Int64(inFlight))
        map["messagesCached"] = .long(Int64(queue.backlog.ready.count))
        map["consumerCount"] = .long(Int64(queue.members.count))
        map["producerCount"] = .long(Int64(queue.producerCount))
        return map
    }

    private func statistics(of topic: Topic) -> PropertyMap {
        var map = self.common(topic.destination, topic.policy, memory: 0)
        map["size"] = .long(topic.subscriptions.map(\.backlog.count).max() ?? 0)
        map["enqueueCount"] = .long(topic.published)
        map["consumerCount"] = .long(Int64(topic.members.count + topic.subscriptions.count { $0.active != nil }))
        map["producerCount"] = .long(Int64(topic.producerCount))
        return map
    }

    private func common(_ destination: Destination, _ policy: PolicyEntry, memory: Int) -> PropertyMap {
        let limit = policy.memoryLimitBytes > 0 ? policy.memoryLimitBytes : Int64(self.transientLimit)
        var map = self.identity()
        map["destinationName"] = .text(destination.description)
        map["memoryUsage"] = .long(Int64(memory))
        map["memoryLimit"] = .long(limit)
        map["memoryPercentUsage"] = .int(Int32(clamping: Int64(memory) * 100 / max(1, limit)))
        return map
    }

    private func identity() -> PropertyMap {
        ["brokerName": .text(self.configuration.name), "brokerId": .text(self.configuration.id)]
    }

    private func brokerStatistics() -> PropertyMap {
        let queues = self.queues.values
        let memory = Int64(self.windowUse + self.transientBytes)
        let limit = Int64(self.transientLimit)
        var map = self.identity()
        map["size"] = .long(queues.reduce(0) { $0 + $1.backlog.count })
        map["enqueueCount"] = .long(
            queues.reduce(0) { $0 + $1.backlog.enqueued } + self.topics.values.reduce(0) { $0 + $1.published })
        map["dequeueCount"] = .long(queues.reduce(0) { $0 + $1.backlog.dequeued })
        map["dispatchCount"] = .long(queues.reduce(0) { $0 + $1.dispatchCount })
        map["expiredCount"] = .long(queues.reduce(0) { $0 + $1.expiredCount })
        map["inflightCount"] = .long(Int64(self.consumers.values.reduce(0) { $0 + $1.dispatched.count }))
        map["consumerCount"] = .long(Int64(self.consumers.count))
        map["producerCount"] = .long(Int64(self.connections.values.reduce(0) { $0 + $1.producers.count }))
        map["memoryUsage"] = .long(memory)
        map["memoryLimit"] = .long(limit)
        map["memoryPercentUsage"] = .int(Int32(clamping: memory * 100 / max(1, limit)))
        map["storeLimit"] = .long(self.configuration.usage.storeLimitBytes)
        map["tempUsage"] = .long(Int64(self.spooledBytes))
        map["tempPercentUsage"] = .int(Int32(clamping: self.spoolPercent))
        map["tempLimit"] = .long(self.configuration.usage.temporaryLimitBytes)
        map["url"] = .text(self.configuration.url)
        return map
    }

    private static func statistics(of consumer: Consumer) -> PropertyMap {
        let request = consumer.request
        return [
            "destinationName": .text(request.destination.description),
            "clientId": .text(consumer.connection.clientID), "connectionId": .text(consumer.connection.id.value),
            "consumerId": .text(consumer.id.text), "selector": request.selector.map { .text($0) } ?? .null,
            "subscriptionName": request.subscriptionName.map { .text($0) } ?? .null,
            "prefetchSize": .int(Int32(clamping: consumer.prefetch)),
            "dispatchedQueueSize": .int(Int32(clamping: consumer.dispatched.count)),
            "exclusive": .bool(request.isExclusive), "retroactive": .bool(request.isRetroactive),
            "priority": .int(Int32(request.priority)), "discardedCount": .long(consumer.discarded),
            "slowConsumer": .bool(consumer.isSlow),
        ]
    }
}
