import BrokerCore
import Election
import Logging
import NIOCore
import NIOPosix
import OpenWire
import SQLiteStore
import STOMP

extension Mastership {
    /// What a term needs from the process.
    struct Surroundings: Sendable {
        let settings: BrokerSettings
        let loops: EventLoops
        let verdict: FileSystemVerdict
        /// Called once when the store of this term fails for good.
        let storeFailed: @Sendable (StoreError) -> Void
        let publish: @Sendable ([QueueSummary]) -> Void
    }

    /// Opens the store under the term's epoch, recovers the broker, and only then lets clients in.
    ///
    /// - Throws: the line for an operator; then nothing is left open.
    static func begin(
        _ term: Term, gate: MasterGate, _ surroundings: Surroundings
    ) async throws(StartError) -> Mastership {
        let settings = surroundings.settings
        let core = surroundings.loops.core
        let (store, snapshot) = try await self.openStore(term, gate, surroundings)
        let id = try BrokerID.of(directory: settings.dataDirectory, chance: term.holder.instance.rawValue)
        let url = "tcp://\(settings.openWire)"
        let clock = SystemElectionClock()
        let mayServe: @Sendable () -> Bool = { gate.dispatchAllowed(at: clock.now()) }
        let logger = settings.logger
        let engine = BrokerEngine(
            loop: core, configuration: BrokerConfiguration(name: settings.name, id: id, url: url), store: store,
            snapshot: snapshot,
            environment: BrokerEnvironment(
                now: SystemClock.now, mayServe: mayServe,
                storeIsFull: { reason in
                    if let reason {
                        logger.error("broker.producers_held", metadata: ["reason": "\(reason)"])
                    } else {
                        logger.notice("broker.producers_released")
                    }
                }),
            onFailure: surroundings.storeFailed)
        let connections = ConnectionTable(limit: settings.maximumConnections)
        do throws(StartError) {
            let connectors = try await self.openConnectors(
                Served(engine: engine, brokerID: id, url: url, term: term, mayServe: mayServe), connections,
                surroundings)
            await engine.start()
            return Mastership(term, surroundings, store, engine, connections, connectors)
        } catch {
            await engine.abandon()
            await Self.close(store)
            throw error
        }
    }

    private static func openStore(
        _ term: Term, _ gate: MasterGate, _ surroundings: Surroundings
    ) async throws(StartError) -> (SQLiteStore, StoreSnapshot) {
        let settings = surroundings.settings
        let logger = settings.logger
        let profile: FileSystemProfile =
            switch (surroundings.verdict.storeMode.journal, surroundings.verdict.storeMode.locking) {
            case (.wal, .normal): .local
            case (.truncate, _): .fencedNetwork
            case (.wal, .exclusive): .network
            }
        var configuration = StoreConfiguration(
            directory: settings.dataDirectory, profile: profile,
            holder: "\(term.holder.name) \(term.holder.instance)", openedAtMs: SystemClock.wallMs())
        configuration.notice = { notice in
            logger.warning(
                "\(notice.event)", metadata: ["text": "\(notice.description)", "epoch": "\(term.epoch)"])
        }
        let opening = configuration
        let start = SystemClock.monotonicMs()
        // On the core's loop, which has nothing else to do yet: no thread of the pool that others share is blocked.
        let result = await Self.onLoop(surroundings.loops.core) {
            () -> Result<(store: SQLiteStore, snapshot: StoreSnapshot), StoreOpenError> in
            do throws(StoreOpenError) {
                return .success(
                    try SQLiteStore.open(
                        configuration: opening, epoch: term.epoch.rawValue, gate: StoreGate { gate.refusal() }))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let opened):
            logger.info(
                "store.opened",
                metadata: [
                    "path": "\(opening.path)", "epoch": "\(term.epoch)",
                    "journal_mode": "\(surroundings.verdict.storeMode.journal.rawValue)",
                    "destinations": "\(opened.snapshot.destinations.count)",
                    "duration_ms": "\(SystemClock.monotonicMs() - start)",
                ])
            return opened
        case .failure(let error):
            let failure = StartError(error.exitStatus, error.description)
            logger.error(
                "store.open_failed",
                metadata: ["path": "\(opening.path)", "epoch": "\(term.epoch)", "error": "\(failure)"])
            throw failure
        }
    }

    /// What the protocols of a term need of it.
    private struct Served: Sendable {
        let engine: BrokerEngine
        let brokerID: String
        let url: String
        let term: Term
        let mayServe: @Sendable () -> Bool
    }

    /// The OpenWire connector first, which is what says that the broker serves.
    private static func openConnectors(
        _ served: Served, _ connections: ConnectionTable, _ surroundings: Surroundings
    ) async throws(StartError) -> [Connector] {
        let settings = surroundings.settings
        let logger = settings.logger
        let group = surroundings.loops.connections
        var offered = try Self.protocols(served, surroundings)
        let all = offered
        let first = try await Connector.start(
            ConnectorSettings(address: settings.openWire), on: group, connections: connections, logger: logger
        ) { _ in ProtocolDetector(all, logger: logger) }
        guard let address = settings.stomp.address(besides: settings.openWire) else { return [first] }
        offered.openWire = nil
        let stompAlone = offered
        do throws(StartError) {
            let second = try await Connector.start(
                ConnectorSettings(address: address, protocolName: "stomp", option: "--stomp"), on: group,
                connections: connections, logger: logger
            ) { _ in ProtocolDetector(stompAlone, logger: logger) }
            return [first, second]
        } catch {
            if settings.stomp.isOptional {
                STOMPListener.warn(of: error, address, logger)
                return [first]
            }
            await first.stop()
            throw error
        }
    }

    private static func protocols(
        _ served: Served, _ surroundings: Surroundings
    ) throws(StartError) -> OfferedProtocols {
        let settings = surroundings.settings
        let session: OpenWireSessionSettings
        do throws(PrimitiveError) {
            session = try OpenWireSessionSettings(
                brokerID: served.brokerID, brokerName: settings.name, brokerURL: served.url)
        } catch {
            throw StartError(.software, "the OpenWire handshake cannot be written: \(error)")
        }
        let logger = settings.logger
        let port = EnginePort(engine: served.engine, loop: surroundings.loops.core)
        let queues = FlushQueues(
            of: surroundings.loops.connections.makeIterator(), logger: logger, mayAnswer: served.mayServe)
        let openWire = OpenWireConnectionSettings(session: session)
        let stomp = STOMPConnectionSettings(session: Self.stompSession(served.term, settings))
        return OfferedProtocols(
            openWire: { channel in
                OpenWireConnectionHandler(
                    settings: openWire, port: port, flushes: queues[channel.eventLoop], loop: channel.eventLoop,
                    logger: logger)
            },
            stomp: { channel, isWebSocket in
                STOMPConnectionHandler(
                    settings: stomp, isWebSocket: isWebSocket, port: port, flushes: queues[channel.eventLoop],
                    loop: channel.eventLoop, logger: logger)
            }, webSocketFrameLimit: stomp.limits.head + stomp.limits.body)
    }

    /// Names of connections begin with the epoch, which no other master of this store ever has, and a number by chance,
    /// which sets them apart from those of other stores.
    private static func stompSession(_ term: Term, _ settings: BrokerSettings) -> STOMPSessionSettings {
        let chance = String(UInt32(truncatingIfNeeded: term.holder.instance.rawValue), radix: 16)
        return STOMPSessionSettings(
            server: "Lockkeeper/\(settings.version)", identityPrefix: "ID:stomp-\(chance)-\(term.epoch)-")
    }
}
