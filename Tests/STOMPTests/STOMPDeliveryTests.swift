import BrokerCore
import Testing

@testable import STOMP

/// Who gets which message and when: what the headers of SUBSCRIBE and SEND lead to in the broker.
struct STOMPDeliveryTests {
    private static func subscribe(
        _ client: Client, _ destination: String, _ headers: String = "", id: String = "1", ack: String = "client"
    ) {
        client.send("SUBSCRIBE\nid:\(id)\nack:\(ack)\ndestination:\(destination)\n\(headers)\n")
    }

    private static func send(_ client: Client, _ destination: String, _ bodies: [String], _ headers: String = "") {
        for body in bodies { client.send("SEND\ndestination:\(destination)\n\(headers)\n\(body)") }
    }

    // MARK: Headers of SUBSCRIBE

    @Test func anExclusiveConsumerGetsEverything() {
        let world = STOMPWorld()
        let (first, exclusive, producer) = (world.client(.v12), world.client(.v12), world.client(.v12))
        Self.subscribe(first, "/queue/q")
        Self.subscribe(exclusive, "/queue/q", "activemq.exclusive:true\n")
        Self.send(producer, "/queue/q", ["a", "b", "c"])
        #expect(first.bodies().isEmpty)
        #expect(exclusive.bodies() == ["a", "b", "c"])
        exclusive.drop()
        #expect(first.bodies() == ["a", "b", "c"])
    }

    @Test func thePriorityOfAConsumerComesFirst() {
        let world = STOMPWorld()
        let (first, preferred, producer) = (world.client(.v12), world.client(.v12), world.client(.v12))
        Self.subscribe(first, "/queue/q")
        Self.subscribe(preferred, "/queue/q", "activemq.priority:5\nactivemq.prefetchSize:2\n")
        Self.send(producer, "/queue/q", ["a", "b", "c"])
        #expect(preferred.bodies() == ["a", "b"])
        #expect(first.bodies() == ["c"])
    }

    @Test func aRetroactiveConsumerGetsWhatTheTopicKept() {
        let world = STOMPWorld { configuration in
            var entry = PolicyEntry()
            entry.recovery = .fixedCount(2)
            configuration.policies.defaultEntry = entry
        }
        let (producer, late, plain) = (world.client(.v12), world.client(.v12), world.client(.v12))
        Self.subscribe(producer, "/topic/t", id: "keeps the topic")
        Self.send(producer, "/topic/t", ["a", "b", "c"])
        Self.subscribe(late, "/topic/t", "activemq.retroactive:true\n")
        Self.subscribe(plain, "/topic/t")
        #expect(late.bodies() == ["b", "c"])
        #expect(plain.bodies().isEmpty)
    }

    @Test func aSlowConsumerOfATopicKeepsTheNewest() {
        let world = STOMPWorld()
        let (slow, producer) = (world.client(.v12), world.client(.v12))
        Self.subscribe(
            slow, "/topic/t", "activemq.prefetchSize:1\nactivemq.maximumPendingMessageLimit:2\n",
            ack: "client-individual")
        Self.send(producer, "/topic/t", ["a", "b", "c", "d", "e"])
        var seen: [String] = []
        for _ in 0..<4 {
            for frame in slow.take() {
                seen.append(frame.text)
                slow.send("ACK\nid:\(frame["ack"] ?? "")\n\n")
            }
        }
        #expect(seen == ["a", "d", "e"])
    }

    @Test(arguments: ["", "receipt:r\n"])
    func aPolicyLimitsWhatMayWaitByThePrefetch(_ receipt: String) {
        let world = STOMPWorld { $0.policies.defaultEntry.pendingLimit = .prefetchRate(0.5) }
        let client = world.client(.v12)
        Self.subscribe(client, "/topic/t", "activemq.prefetchSize:2\n" + receipt, ack: "client-individual")
        _ = client.receipts()
        Self.send(world.client(.v12), "/topic/t", ["a", "b", "c", "d"])
        let frames = client.take()
        #expect(frames.map(\.text) == ["a", "b"])
        for frame in frames { client.send("ACK\nid:\(frame["ack"] ?? "")\n\n") }
        #expect(client.bodies() == ["d"])
    }

    @Test(arguments: ["true", "false"])
    func dispatchAsyncChangesNothingThatIsSeen(_ value: String) {
        let world = STOMPWorld()
        let client = world.client(.v12)
        Self.subscribe(client, "/queue/q", "activemq.dispatchAsync:\(value)\n")
        Self.send(client, "/queue/q", ["a"])
        #expect(client.bodies() == ["a"])
    }

    /// A SUBSCRIBE with a receipt begins with no window at all, and gets that of the policy with its receipt.
    @Test(arguments: ["", "receipt:r\n"])
    func aPolicySetsThePrefetchOfThoseThatDoNot(_ receipt: String) {
        let world = STOMPWorld { configuration in
            configuration.policies.defaultEntry.queuePrefetch = 2
            configuration.policies.defaultEntry.topicPrefetch = 1
        }
        let client = world.client(.v12)
        Self.send(client, "/queue/q", ["a", "b", "c"])
        Self.subscribe(client, "/queue/q", receipt, id: "q")
        #expect(client.bodies() == ["a", "b"])
        Self.subscribe(client, "/topic/t", receipt, id: "t")
        Self.send(client, "/topic/t", ["x", "y"])
        #expect(client.bodies() == ["x"])
        Self.subscribe(client, "/queue/p", "activemq.prefetchSize:3\n" + receipt, id: "p")
        Self.send(client, "/queue/p", ["1", "2", "3", "4"])
        #expect(client.bodies() == ["1", "2", "3"])
    }

    @Test func aDurableSubscriptionSelects() {
        let world = STOMPWorld()
        let headers = "activemq.subscriptionName:d\nselector:n > 9\n"
        let first = world.client(.v12, "client-id:me\n")
        Self.subscribe(first, "/topic/t", headers)
        first.drop()
        let producer = world.client(.v12)
        for number in [5, 10, 100] { Self.send(producer, "/topic/t", ["\(number)"], "n:\(number)\npersistent:true\n") }
        let back = world.client(.v12, "client-id:me\n")
        Self.subscribe(back, "/topic/t", headers)
        #expect(back.bodies() == ["10", "100"])
    }

    // MARK: Headers of SEND

    /// All of a group go to one consumer, in order, until it leaves.
    @Test func groupsStayTogether() {
        let world = STOMPWorld()
        let (one, two, producer) = (world.client(.v12), world.client(.v12), world.client(.v12))
        Self.subscribe(one, "/queue/q")
        Self.subscribe(two, "/queue/q")
        for round in 1...3 {
            for group in ["x", "y"] {
                Self.send(producer, "/queue/q", ["\(group)\(round)"], "JMSXGroupID:\(group)\n")
            }
        }
        let seen = [one.bodies(), two.bodies()]
        #expect(Set(seen) == [["x1", "x2", "x3"], ["y1", "y2", "y3"]])
        one.drop()
        let left = two.bodies()
        #expect(left == (seen[0].first == "x1" ? ["x1", "x2", "x3"] : ["y1", "y2", "y3"]))
    }

    @Test func prioritiesOrderAQueueWhosePolicySaysSo() {
        let world = STOMPWorld { configuration in
            var entry = PolicyEntry()
            entry.isPrioritized = true
            configuration.policies.defaultEntry = entry
        }
        let client = world.client(.v12)
        for priority in [2, 9, 4] { Self.send(client, "/queue/q", ["\(priority)"], "priority:\(priority)\n") }
        Self.subscribe(client, "/queue/q")
        #expect(client.bodies() == ["9", "4", "2"])
    }

    @Test func whatHasExpiredIsNotDelivered() throws {
        let world = STOMPWorld()
        let client = world.client(.v12)
        let expires = world.now.wallMs + 1_000
        Self.send(client, "/queue/q", ["old"], "persistent:true\nexpires:\(expires)\n")
        Self.send(client, "/queue/q", ["new"], "persistent:true\nexpires:0\n")
        world.advance(ms: 1_001)
        Self.subscribe(client, "/queue/q")
        #expect(client.bodies() == ["new"])
        Self.subscribe(client, "/queue/ActiveMQ.DLQ", id: "dead")
        let dead = try client.takeOne(.message)
        #expect(dead.text == "old")
        #expect(dead["original-destination"] == "/queue/q")
        #expect(dead["originalExpiration"] == String(expires))
    }

    /// Only persistent messages become dead letters, and by default STOMP's are not.
    @Test func aRejectedMessageThatIsNotPersistentIsGone() throws {
        let client = STOMPWorld().client(.v12)
        Self.send(client, "/queue/q", ["a"])
        Self.subscribe(client, "/queue/q")
        let frame = try client.takeOne(.message)
        client.send("NACK\nid:\(frame["ack"] ?? "")\n\n")
        Self.subscribe(client, "/queue/ActiveMQ.DLQ", id: "dead")
        #expect(client.take().isEmpty)
    }

    // MARK: NACK where the broker redelivers

    @Test(arguments: [STOMPVersion.v11, .v12])
    func aRejectedMessageComesAgainAsOftenAsThePolicySays(_ version: STOMPVersion) throws {
        let world = STOMPWorld { configuration in
            var policy = RedeliveryPolicy()
            policy.maximumRedeliveries = 2
            var plugin = RedeliveryPlugin()
            plugin.defaultPolicy = policy
            configuration.redelivery = plugin
        }
        let client = world.client(version)
        Self.send(client, "/queue/q", ["poison"], "persistent:true\n")
        Self.subscribe(client, "/queue/q", id: "s")
        Self.subscribe(client, "/queue/ActiveMQ.DLQ", id: "dead")
        for delivery in 0...2 {
            let frame = try client.takeOne(.message)
            #expect(frame["subscription"] == "s")
            #expect(frame["redelivered"] == (delivery > 0 ? "true" : nil))
            let id = (frame["message-id"] ?? "").split(separator: ":").joined(separator: "\\c")
            client.send(
                version >= .v12
                    ? "NACK\nid:\(frame["ack"] ?? "")\n\n" : "NACK\nmessage-id:\(id)\nsubscription:s\n\n")
            world.advance(ms: 1_000)
        }
        let dead = try client.takeOne(.message)
        #expect(dead["subscription"] == "dead")
        #expect(dead.text == "poison")
    }
}
