package import BrokerCore
package import Election
package import Logging

/// Everything a broker process is told when it starts.
package struct BrokerSettings: Sendable {
    package var dataDirectory: String
    package var name: String
    /// What clients are told as the broker's name; nil for ``name``.
    package var brokerName: String?
    /// Where clients are served once this broker is master; the first is the address that they are told. Never empty.
    package var connectors: [ConnectorSettings]
    /// What the broker machine is told but for its name, id and url.
    package var core = BrokerConfiguration(name: "", id: "", url: "")
    /// A directory around ``dataDirectory`` that is made as well where it is missing.
    package var parentDirectory: String?
    /// The store is emptied when this process becomes master for the first time.
    package var deletesAllMessagesOnStart = false
    /// Repeated schedules make up for each of the times that passed without a master, not for the latest alone.
    package var catchesUpWithAll = false
    package var stomp = STOMPListener.besideOpenWire
    /// Further ports for STOMP, as a configuration file names them: all must be free.
    package var stompConnectors: [ConnectorSettings] = []
    /// Event loops for connections; 0 for the engine's own, nil to go by the machine's cores.
    package var connectionThreads: Int?
    /// Where metrics, health and status are shown over HTTP; nil for nowhere.
    package var http: ListenAddress?
    package var election: ElectionSettings
    package var logger: Logger
    /// Start also where the mount makes locks worth nothing between hosts.
    package var allowsUnsafeLocks = false
    /// Of the program, for the log.
    package var version = "unknown"

    package init(
        dataDirectory: String, name: String, openWire: ListenAddress, election: ElectionSettings, logger: Logger
    ) {
        self.dataDirectory = dataDirectory
        self.name = name
        self.connectors = [ConnectorSettings(address: openWire)]
        self.election = election
        self.logger = logger
    }

    /// The address of the first connector.
    package var openWire: ListenAddress { self.connectors[0].address }
}
