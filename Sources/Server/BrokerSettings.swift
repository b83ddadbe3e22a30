package import Election
package import Logging

/// Everything a broker process is told when it starts.
package struct BrokerSettings: Sendable {
    package var dataDirectory: String
    package var name: String
    package var openWire: ListenAddress
    package var maximumConnections = 1000
    /// Event loops for connections; 0 for the engine's own, nil to go by the machine's cores.
    package var connectionThreads: Int?
    /// Where metrics, health and status are shown over HTTP; nil for nowhere.
    package var http: ListenAddress?
    package var election: ElectionSettings
    package var logger: Logger
    /// Of the program, for the log.
    package var version = "unknown"

    package init(
        dataDirectory: String, name: String, openWire: ListenAddress, election: ElectionSettings, logger: Logger
    ) {
        self.dataDirectory = dataDirectory
        self.name = name
        self.openWire = openWire
        self.election = election
        self.logger = logger
    }
}
