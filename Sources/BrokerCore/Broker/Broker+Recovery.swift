/// What a new master takes over from the store. No message is read here: queues start at their heads on demand.
extension Broker {
    func recover(_ snapshot: StoreSnapshot) {
        var destinations: [DestinationID: Destination] = [:]
        for record in snapshot.destinations {
            destinations[record.id] = record.destination
            switch record.destination.kind {
            case .queue, .temporaryQueue:
                let backlog = Backlog(
                    id: .queue(record.id), stored: record.messageCount, deliveredBefore: record.deliveredThrough,
                    isPrioritized: self.policy(for: record.destination).isPrioritized)
                let queue = self.makeQueue(record.destination, backlog: backlog)
                self.queues[record.destination] = queue
                self.register(virtual: queue)
            case .topic, .temporaryTopic:
                self.topics[record.destination] = self.makeTopic(record.destination, id: record.id)
            }
        }
        for stored in snapshot.subscriptions {
            let record = stored.record
            let selector: Selector?
            do throws(BrokerError) {
                selector = try Self.parse(record.selector)
            } catch {
                // It was accepted once; if it no longer parses, everything is safer than nothing.
                selector = nil
            }
            let subscription = DurableSubscription(
                record: record, selector: selector, stored: stored.messageCount,
                deliveredBefore: stored.deliveredThrough, policy: self.policies.policy(for: record.topic))
            self.subscriptions[subscription.key] = subscription
            for element in record.topic.elements where !DestinationPattern(element).isWildcard {
                _ = self.topic(element)
            }
        }
        for topic in self.topics.values {
            topic.subscriptions = self.subscriptions.values.filter { $0.covers(topic.destination) }
                .sorted { $0.record.id.rawValue < $1.record.id.rawValue }
        }
        for (producer, sequence) in snapshot.producerSequences {
            self.memory.note(MessageID(producer: producer, sequence: sequence))
        }
        for stored in snapshot.prepared { self.recover(stored, destinations) }
    }

    private func recover(
        _ stored: StoreSnapshot.PreparedTransaction, _ destinations: [DestinationID: Destination]
    ) {
        let transaction = Transaction(.xa(stored.transaction), number: self.newTransactionNumber(), at: self.now)
        transaction.prepared = stored.inserts.map { item in
            let copy = StoredCopy(sequence: item.sequence, message: item.message, state: .stored)
            let destination = destinations[item.destination] ?? item.message.destination
            let wanting = destination.isTopic ? self.topics[destination]?.subscriptions.map(\.record.id) ?? [] : []
            return .init(copy: copy, destination: destination, subscriptions: wanting)
        }
        transaction.recovered = stored.removals
        for removal in stored.removals { self.backlog(removal.backlog)?.locked.insert(removal.sequence) }
        self.prepared[stored.transaction] = transaction
    }
}
