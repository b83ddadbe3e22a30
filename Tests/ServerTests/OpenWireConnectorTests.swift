import BrokerCore
import Logging
import NIOCore
import NIOPosix
import OpenWire
import Server
import TestSupport
import Testing

@Suite struct OpenWireConnectorTests {
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
            _ = try await OpenWireConnector.start(
                OpenWireConnectorSettings(address: broker.connector.address), on: broker.group,
                connections: broker.connections, logger: broker.logger
            ) { _ in BackPressureHandler() }
        }
        #expect(error?.status == .unavailable)
        #expect(broker.lines.all.contains { $0.contains("event=connector.bind_failed") })
        await broker.end()
    }
}

/// An engine on a store in memory, with a connector in front.
private struct Served {
    let group: MultiThreadedEventLoopGroup
    let engine: BrokerEngine
    let connections: ConnectionTable
    let connector: OpenWireConnector
    let lines = Lines()
    let logger: Logger

    init(ioThreads: Int = 0, limit: Int = 100) async throws {
        let lines = self.lines
        self.logger = Logger(label: "test") { _ in EventLogHandler(level: .debug, sink: lines) }
        let core = MultiThreadedEventLoopGroup.singleton.next()
        // Connections share the engine's loop, or live on loops of their own.
        self.group =
            ioThreads == 0
            ? MultiThreadedEventLoopGroup(numberOfThreads: 1) : MultiThreadedEventLoopGroup(numberOfThreads: ioThreads)
        let loop = ioThreads == 0 ? self.group.next() : core
        let (store, snapshot) = try InMemoryStore.open(InMemoryDisk(), epoch: 1)
        self.engine = BrokerEngine(
            loop: loop, configuration: BrokerConfiguration(name: "test", id: "id", url: "tcp://test:1"),
            store: PumpedStore(store: store), snapshot: snapshot,
            environment: BrokerEnvironment(now: SystemClock.now, mayServe: { true }, storeIsFull: { _ in }),
            onFailure: { Issue.record("the store failed: \($0)") })
        await self.engine.start()
        self.connections = ConnectionTable(limit: limit)
        let session = try OpenWireSessionSettings(brokerID: "id", brokerName: "test", brokerURL: "tcp://test:1")
        let settings = OpenWireConnectionSettings(session: session)
        let port = EnginePort(engine: self.engine, loop: loop)
        let logger = self.logger
        let queues = FlushQueues(of: self.group.makeIterator(), logger: logger, mayAnswer: { true })
        self.connector = try await OpenWireConnector.start(
            OpenWireConnectorSettings(address: ListenAddress(host: "127.0.0.1", port: 0)), on: self.group,
            connections: self.connections, logger: logger
        ) { channel in
            OpenWireConnectionHandler(
                settings: settings, port: port, flushes: queues[channel.eventLoop], loop: channel.eventLoop,
                logger: logger)
        }
    }

    func end() async {
        await self.connector.stop()
        await self.engine.abandon()
        do {
            try await self.connections.closeAll(.immediate, on: self.group.next()).get()
            try await self.group.shutdownGracefully()
        } catch {
            Issue.record("\(error)")
        }
    }
}

/// A store in memory that has done everything by the time it is asked.
private struct PumpedStore: MessageStore {
    let store: InMemoryStore

    func commit(_ batch: StoreBatch, done: @escaping @Sendable (Result<any CommitProof, StoreError>) -> Void) {
        self.store.commit(batch, done: done)
        self.store.pumpAll()
    }

    func page(
        of backlog: BacklogID, from: MessageSequence, limit: Int, maximumBytes: Int,
        done: @escaping @Sendable (Result<[StoredMessage], StoreError>) -> Void
    ) {
        self.store.page(of: backlog, from: from, limit: limit, maximumBytes: maximumBytes, done: done)
        self.store.pumpAll()
    }

    func close(done: @escaping @Sendable () -> Void) { self.store.close(done: done) }
}
