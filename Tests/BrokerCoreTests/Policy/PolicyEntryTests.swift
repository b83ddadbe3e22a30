import Testing

@testable import BrokerCore

@Suite struct PolicyEntryTests {
    @Test(arguments: [
        (PendingMessageLimit.unlimited, 100, Int32(0), nil as Int?), (.unlimited, 100, 5, 5), (.constant(10), 1, 0, 10),
        (.constant(-1), 1, 0, nil), (.constant(0), 1, 0, 0), (.constant(10), 1, 3, 3), (.prefetchRate(0.5), 100, 0, 50),
        (.prefetchRate(2.5), 3, 0, 7), (.prefetchRate(-1), 3, 0, nil),
    ])
    func limitsWhatTopicConsumersMayBeBehind(
        limit: PendingMessageLimit, prefetch: Int, requested: Int32, expected: Int?
    ) {
        #expect(limit.limit(prefetch: prefetch, requested: requested) == expected)
    }

    @Test func namesIndividualDeadLetterDestinations() {
        var individual = DeadLetterStrategy.Individual()
        #expect(individual.destination(for: .queue("A"), subscriber: nil) == .queue("ActiveMQ.DLQ.Queue.A"))
        #expect(individual.destination(for: .topic("A"), subscriber: "c:s") == .queue("ActiveMQ.DLQ.Topic.A"))
        individual.isPerDurableSubscriber = true
        individual.usesQueueForTopicMessages = false
        individual.topicSuffix = ".dead"
        #expect(individual.destination(for: .topic("A"), subscriber: "c:s") == .topic("ActiveMQ.DLQ.Topic.A.c:s.dead"))
        individual.queuePrefix = "DLQ."
        individual.usesQueueForQueueMessages = false
        #expect(individual.destination(for: .queue("A"), subscriber: nil) == .topic("DLQ.A"))
    }

    @Test func delaysRedeliveries() {
        var policy = RedeliveryPolicy()
        policy.initialDelayMs = 100
        policy.delayMs = 300
        #expect(policy.delayMs(after: 0, chance: 0) == 100)
        #expect(policy.delayMs(after: 100, chance: 0) == 300)
        policy.isExponential = true
        #expect(policy.delayMs(after: 100, chance: 0) == 500)
        policy.maximumDelayMs = 400
        #expect(policy.delayMs(after: 100, chance: 0) == 400)
        policy.avoidsCollisions = true
        #expect(policy.delayMs(after: 0, chance: 1) == 115)
        #expect(policy.delayMs(after: 0, chance: -1) == 85)
        policy.multiplier = .infinity
        policy.maximumDelayMs = -1
        #expect(policy.delayMs(after: 100, chance: 0) > 0)
    }
}
