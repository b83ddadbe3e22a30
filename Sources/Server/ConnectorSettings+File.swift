package import Configuration
import OpenWire

extension ConnectorSettings {
    private static let mostConnections = 65_536

    /// A connector as a configuration file describes it. Numbers beyond what this broker can do are cut.
    package init(_ connector: FileConnector) {
        self.init(
            address: ListenAddress(host: connector.host, port: connector.port),
            protocolName: connector.purpose == .stomp ? "stomp" : "openwire",
            option: connector.purpose == .stomp ? "--stomp" : "--openwire")
        if let most = connector.maximumConnections { self.maximumConnections = min(most, Self.mostConnections) }
        if let bytes = connector.maximumFrameBytes { self.wireFormat.maxFrameSize = min(bytes, Int64(Int32.max)) }
        let body = connector.maximumBodyBytes ?? Int64(self.stomp.maximumBodyBytes)
        self.stomp.maximumBodyBytes = Int(min(body, connector.maximumFrameBytes ?? .max, Int64(Int32.max)))
        self.stomp.defaultHeartBeat = connector.defaultHeartBeat
        self.stomp.heartBeatGrace = connector.heartBeatGrace
        if let period = connector.inactivityMs { self.wireFormat.maxInactivityDuration = period }
        if let period = connector.initialInactivityMs { self.wireFormat.maxInactivityDurationInitialDelay = period }
    }
}
