import Testing

@testable import BrokerCore

@Suite struct BrokerStatisticsTests {
    private func answers(
        to query: Destination, on: Bool = true, _ prepare: (TestClient) -> Void = { _ in }
    ) throws -> [PropertyMap] {
        let world = BrokerWorld { $0.answersStatistics = on }
        let client = TestClient(world, "a")
        prepare(client)
        let reply = client.consumer(on: .queue("reply"))
        let sent = client.send("?", to: query, persistent: false) {
            $0.replyTo = .queue("reply")
            $0.correlationID = "c1"
        }
        #expect(world.isAnswered(sent))
        let messages = world.dispatches(to: reply).map(\.message)
        #expect(messages.allSatisfy { $0.headers.correlationID == "c1" && $0.bodyKind == .map })
        return try messages.map { try PropertyMap(decoding: $0.body ?? []) }
    }

    private func fill(_ client: TestClient) {
        for body in 1...3 { client.send("\(body)", to: .queue("Q.A"), persistent: false) }
        let consumer = client.consumer(on: .queue("Q.A"), prefetch: 2)
        client.acknowledge(client.world.dispatches(to: consumer)[0])
        _ = client.consumer(on: .queue("Q.B"))
    }

    @Test func answersForEachDestinationThatMatches() throws {
        let answers = try self.answers(to: .queue("ActiveMQ.Statistics.Destination.Q.>"), self.fill)
        #expect(answers.map { $0["destinationName"] } == [.text("queue://Q.A"), .text("queue://Q.B")])
        let first = try #require(answers.first)
        for (name, count) in [
            ("size", 2), ("enqueueCount", 3), ("dequeueCount", 1), ("dispatchCount", 3), ("inflightCount", 2),
            ("consumerCount", 1), ("expiredCount", 0),
        ] as [(String, Int64)] {
            #expect(first[name] == .long(count), "\(name)")
        }
    }

    @Test func mayEndTheAnswersWithAnEmptyMap() throws {
        let answers = try self.answers(
            to: .queue("ActiveMQ.Statistics.Destination.Q.A.List.End.With.Null"), self.fill)
        #expect(answers.count == 2 && answers.last?.isEmpty == true)
    }

    @Test func answersForTheBrokerAndItsSubscriptions() throws {
        let broker = try #require(try self.answers(to: .queue("ActiveMQ.Statistics.Broker"), self.fill).first)
        #expect(broker["brokerName"] == .text("b") && broker["size"] == .long(2))
        let subscriptions = try self.answers(to: .queue("ActiveMQ.Statistics.Subscription"), self.fill)
        #expect(subscriptions.map { $0["consumerId"] } == [.text("a:1:1"), .text("a:1:2"), .text("a:1:3")])
    }

    @Test func withoutThePluginItIsAQueueLikeOthers() throws {
        #expect(try self.answers(to: .queue("ActiveMQ.Statistics.Broker"), on: false).isEmpty)
    }
}
