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
        let term: Term
        let mayServe: @Sendable () -> Bool
    }

    /// The connectors that the settings name, the first of which says that the broker serves, and those for STOMP alone.
    ///
    /// - Throws: the line for an operator; then none is left open.
    static func openConnectors(
        _ served: Served, _ surroundings: Surroundings
    ) async throws(StartError) -> [Door] {
        let settings = surroundings.settings
        var doors: [Door] = []
        do throws(StartError) {
            for connector in settings.connectors {
                let offered = try Self.protocols(served, connector, surroundings)
                doors.append(try await Self.open(connector, offered, surroundings))
            }
            for alone in settings.stompConnectors + Self.besides(settings) {
                var offered = try Self.protocols(served, alone, surroundings)
                offered.openWire = nil
                doors.append(try await Self.open(alone, offered, surroundings))
            }
            return doors
        } catch {
            let isServing = doors.count == settings.connectors.count + settings.stompConnectors.count
            if isServing, settings.stomp.isOptional, let address = settings.stomp.address(besides: settings.openWire) {
                STOMPListener.warn(of: error, address, settings.logger)
                return doors
            }
            for door in doors {
                await door.connector.stop()
                door.connections.closeAll(.immediate, on: surroundings.loops.core)
            }
            throw error
        }
    }

    /// The one that is there, with the first connector's options, unless the operator says otherwise.
    private static func besides(_ settings: BrokerSettings) -> [ConnectorSettings] {
        guard var alone = settings.connectors.first,
            let address = settings.stomp.address(besides: settings.openWire)
        else { return [] }
        alone.address = address
        alone.protocolName = "stomp"
        alone.option = "--stomp"
        return [alone]
    }

    private static func open(
        _ settings: ConnectorSettings, _ offered: OfferedProtocols, _ surroundings: Surroundings
    ) async throws(StartError) -> Door {
        let logger = surroundings.settings.logger
        let connections = ConnectionTable(limit: settings.maximumConnections)
        let connector = try await Connector.start(
            settings, on: surroundings.loops.connections, connections: connections, logger: logger
        ) { _ in ProtocolDetector(offered, logger: logger) }
        return Door(connector: connector, connections: connections)
    }

    private static func protocols(
        _ served: Served, _ connector: ConnectorSettings, _ surroundings: Surroundings
    ) throws(StartError) -> OfferedProtocols {
        let settings = surroundings.settings
        let session: OpenWireSessionSettings
        do throws(PrimitiveError) {
            session = try OpenWireSessionSettings(
                brokerID: served.brokerID, brokerName: settings.brokerName ?? settings.name,
                brokerURL: "tcp://\(connector.address)", wireFormat: connector.wireFormat)
        } catch {
            throw StartError(.software, "the OpenWire handshake cannot be written: \(error)")
        }
        let logger = settings.logger
        let port = EnginePort(engine: served.engine, loop: surroundings.loops.core)
        let queues = FlushQueues(
            of: surroundings.loops.connections.makeIterator(), logger: logger, mayAnswer: served.mayServe)
        var limited = OpenWireConnectionSettings(session: session)
        limited.frameLimit = Int(clamping: connector.wireFormat.maxFrameSize)
        let openWire = limited
        let stomp = Self.stomp(connector.stomp, served.term, settings)
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
    private static func stomp(
        _ options: STOMPConnectorOptions, _ term: Term, _ settings: BrokerSettings
    ) -> STOMPConnectionSettings {
        let chance = String(UInt32(truncatingIfNeeded: term.holder.instance.rawValue), radix: 16)
        // Client libraries choose their dialect by this name: it is the one that is spoken here.
        var session = STOMPSessionSettings(
            server: "ActiveMQ/5.17.2 Lockkeeper/\(settings.version)",
            identityPrefix: "ID:stomp-\(chance)-\(term.epoch)-")
        if let heartBeat = options.defaultHeartBeat { session.defaultHeartBeat = heartBeat }
        if let grace = options.heartBeatGrace { session.heartBeatGrace = grace }
        var stomp = STOMPConnectionSettings(session: session)
        stomp.limits.body = options.maximumBodyBytes
        return stomp
    }
}
