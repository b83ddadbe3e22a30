import BrokerCore
import Testing

@testable import STOMP

struct STOMPConsumerOptionsTests {
    private static func request(_ destination: String, _ headers: [String: String] = [:]) throws -> ConsumerRequest {
        var names = STOMPDestinations(connection: "c")
        let frame = STOMPFrame(.subscribe, headers.sorted { $0.key < $1.key }.map { STOMPHeader($0.key, $0.value) })
        return try STOMPConsumerOptions.request(
            frame, ConsumerID(connection: "c", session: -1, value: 1), try names.named(destination, bareNames: true),
            .v12)
    }

    @Test(
        arguments: [
            ("/queue/q", [:], 1000), ("/topic/t", [:], 32_767), ("/topic/t", ["activemq.subscriptionName": "d"], 100),
            ("/queue/q", ["browser": "true"], 500), ("/queue/q", ["activemq.prefetchSize": "7"], 7),
            ("/queue/q", ["activemq.prefetchSize": "-1"], 0), ("/queue/q?consumer.prefetchSize=3", [:], 3),
            ("/queue/q?consumer.prefetchSize=3", ["activemq.prefetchSize": "4"], 4),
        ] as [(String, [String: String], Int32)])
    func prefetches(_ destination: String, _ headers: [String: String], _ prefetch: Int32) throws {
        #expect(try Self.request(destination, headers).prefetch == prefetch)
    }

    /// Each header changes its own field.
    @Test func headers() throws {
        func with(_ name: String, _ value: String, _ destination: String = "/topic/t") throws -> ConsumerRequest {
            try Self.request(destination, [name: value])
        }
        let plain = try Self.request("/topic/t")
        #expect(!plain.isExclusive && !plain.isNoLocal && !plain.isRetroactive && plain.isDispatchAsync)
        #expect(plain.priority == 0 && plain.maximumPending == 0 && plain.selector == nil && !plain.isBrowser)
        #expect(try with("activemq.exclusive", "true").isExclusive)
        #expect(try with("activemq.noLocal", "true").isNoLocal)
        #expect(try with("activemq.retroactive", "true").isRetroactive)
        #expect(try !with("activemq.dispatchAsync", "false").isDispatchAsync)
        #expect(try with("activemq.priority", "9").priority == 9)
        #expect(try with("activemq.maximumPendingMessageLimit", "5").maximumPending == 5)
        #expect(try with("activemq.subscriptionName", "d").subscriptionName == "d")
        // As ActiveMQ once spelt it.
        #expect(try with("activemq.subcriptionName", "d").subscriptionName == "d")
        #expect(try with("selector", "a > 5").selector == "convert_string_expressions:a > 5")
        #expect(try with("browser", "true", "/queue/q").isBrowser)
    }

    @Test(arguments: ["activemq.prefetchSize", "activemq.priority", "activemq.maximumPendingMessageLimit"])
    func numbersMustBeNumbers(_ name: String) {
        #expect(throws: STOMPSessionFault.invalidHeader(name, value: "x", of: .subscribe)) {
            try Self.request("/queue/q", [name: "x"])
        }
    }
}
