import BrokerCore
import Logging
import NIOCore
import NIOPosix
import OpenWire
import STOMP
import Server
import TestSupport
import Testing

/// An engine on a store in memory, with a connector in front.
struct Served {
    let group: MultiThreadedEventLoopGroup
    let engine: BrokerEngine
    let connections: ConnectionTable
    let connector: Connector
    let lines = Lines()
    let logger: Logger

    init(
        ioThreads: Int = 0, limit: Int = 100, _ change: (inout OfferedProtocols) -> Void = { _ in }
    ) async throws {
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
        let stomp = STOMPConnectionSettings(session: STOMPSessionSettings(server: "t", identityPrefix: "ID:t-"))
        var offered = OfferedProtocols(
            openWire: { channel in
                OpenWireConnectionHandler(
                    settings: settings, port: port, flushes: queues[channel.eventLoop], loop: channel.eventLoop,
                    logger: logger)
            },
            stomp: { channel, isWebSocket in
                STOMPConnectionHandler(
                    settings: stomp, isWebSocket: isWebSocket, port: port, flushes: queues[channel.eventLoop],
                    loop: channel.eventLoop, logger: logger)
            }, webSocketFrameLimit: 1_000_000)
        change(&offered)
        let protocols = offered
        self.connector = try await Connector.start(
            ConnectorSettings(address: ListenAddress(host: "127.0.0.1", port: 0)), on: self.group,
            connections: self.connections, logger: logger
        ) { _ in ProtocolDetector(protocols, logger: logger) }
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
struct PumpedStore: MessageStore {
    let store: InMemoryStore

    func commit(_ batch: StoreBatch, done: @escaping @Sendable (Result<any CommitProof, StoreError>) -> Void) {
        self.store.commit(batch, done: done)
        self.store.pumpAll()
    }

    func page(
        of backlog: BacklogID, priority: Int8?, from: MessageSequence, limit: Int, maximumBytes: Int,
        done: @escaping @Sendable (Result<[StoredMessage], StoreError>) -> Void
    ) {
        self.store.page(
            of: backlog, priority: priority, from: from, limit: limit, maximumBytes: maximumBytes, done: done)
        self.store.pumpAll()
    }

    func schedules(
        after key: ScheduleKey, through: Int64, limit: Int, maximumBytes: Int,
        done: @escaping @Sendable (Result<[ScheduleRecord], StoreError>) -> Void
    ) {
        self.store.schedules(after: key, through: through, limit: limit, maximumBytes: maximumBytes, done: done)
        self.store.pumpAll()
    }

    func close(done: @escaping @Sendable () -> Void) { self.store.close(done: done) }
}
