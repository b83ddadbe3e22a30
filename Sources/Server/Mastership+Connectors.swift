import BrokerCore
import Election
import Logging
import NIOCore
import NIOPosix
import OpenWire
import STOMP

extension Mastership {
    /// What the protocols of a term need of it.
    struct Served: Sendable {
        let engine: BrokerEngine
        let brokerID: String
        let url: String
        let term: Term
        let mayServe: @Sendable () -> Bool
    }

    /// The OpenWire connector first, which is what says that the broker serves.
    static func openConnectors(
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
        // Client libraries choose their dialect by this name: it is the one that is spoken here.
        return STOMPSessionSettings(
            server: "ActiveMQ/5.17.2 Lockkeeper/\(settings.version)",
            identityPrefix: "ID:stomp-\(chance)-\(term.epoch)-")
    }
}
