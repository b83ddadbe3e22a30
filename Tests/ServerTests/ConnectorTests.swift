import BrokerCore
import Logging
import NIOCore
import NIOPosix
import OpenWire
import Server
import TestSupport
import Testing

@Suite struct ConnectorTests {
    @Test(arguments: [0, 2])
    func messagesPassInOrderWhicheverLoopTheirConnectionsLiveOn(ioThreads: Int) async throws {
        let broker = try await Served(ioThreads: ioThreads)
        let port = broker.connector.address.port
        let consumers = try (1...3).map { number in
            let consumer = try RawClient(port: port, name: "consumer-\(number)")
            try consumer.open()
            try consumer.addConsumer(on: "q\(number)", prefetch: 1000)
            return consumer
        }
        for number in 1...3 {
            let producer = try RawClient(port: port, name: "producer-\(number)")
            try producer.open()
            try producer.produce(1...500, to: "q\(number)")
        }
        for consumer in consumers { #expect(try consumer.receive(500) == Array(1...500)) }
        await broker.end()
    }

    @Test func theLimitOfConnectionsHoldsAndIsNamed() async throws {
        let broker = try await Served(limit: 2)
        let port = broker.connector.address.port
        var first: RawClient? = try RawClient(port: port, name: "first")
        let second = try RawClient(port: port, name: "second")
        try first?.open()
        try second.open()
        #expect(try RawClient(port: port, name: "third").awaitClose())
        #expect(broker.lines.all.contains { $0.contains("event=connection.refused") && $0.contains("limit=2") })
        first = nil
        // The place is free when the broker has seen the socket close.
        var admitted = false
        while !admitted {
            let next = try RawClient(port: port, name: "next")
            do {
                try next.open()
                admitted = true
            } catch { continue }
        }
        try second.produce(1...1, to: "q")
        await broker.end()
    }

    @Test(arguments: [ConnectionClosure.immediate, .afterFlush])
    func closingCutsEverybodyOffAndAdmitsNobody(closure: ConnectionClosure) async throws {
        let broker = try await Served()
        let port = broker.connector.address.port
        let client = try RawClient(port: port, name: "client")
        try client.open()
        try await broker.connections.closeAll(closure, on: broker.group.next()).get()
        #expect(client.awaitClose())
        #expect(try RawClient(port: port, name: "late").awaitClose())
        #expect(broker.connections.count == 0)
        await broker.end()
    }

    @Test func afterStopTheSystemRefusesClients() async throws {
        let broker = try await Served()
        await broker.connector.stop()
        #expect(throws: (any Error).self) { try RawClient(port: broker.connector.address.port, name: "late") }
        #expect(broker.lines.all.contains { $0.contains("event=connector.stopped") })
        await broker.end()
    }

    @Test func aTakenPortIsNamedInLogAndError() async throws {
        let broker = try await Served()
        let error = await #expect(throws: StartError.self) {
            _ = try await Connector.start(
                ConnectorSettings(address: broker.connector.address), on: broker.group,
                connections: broker.connections, logger: broker.logger
            ) { _ in BackPressureHandler() }
        }
        #expect(error?.status == .unavailable)
        #expect(broker.lines.all.contains { $0.contains("event=connector.bind_failed") })
        await broker.end()
    }
}
