package import BrokerCore

/// A connector of the file that this version can serve.
package struct FileConnector: Hashable, Sendable {
    package enum Purpose: Hashable, Sendable {
        /// Takes STOMP and WebSockets too.
        case openWire
        /// STOMP, bare or in WebSockets.
        case stomp
    }

    package var purpose: Purpose
    package var name: String
    package var host: String
    package var port: Int
    /// URI option `maximumConnections`; nil where the file does not say.
    package var maximumConnections: Int?
    /// URI option `wireFormat.maxFrameSize`, in bytes.
    package var maximumFrameBytes: Int64?
    /// URI option `wireFormat.maxInactivityDuration`; 0 never.
    package var inactivityMs: Int64?
    /// URI option `wireFormat.maxInactivityDurationInitalDelay`.
    package var initialInactivityMs: Int64?
    /// URI option `wireFormat.maxDataLength`: bytes of a STOMP body.
    package var maximumBodyBytes: Int64?
    /// URI option `transport.defaultHeartBeat`: of STOMP clients that say nothing about it.
    package var defaultHeartBeat: String?
    /// URI option `transport.hbGracePeriodMultiplier`.
    package var heartBeatGrace: Double?
    package let position: TextPosition
}

/// Where the store is to be, as the file says.
package struct FileStore: Hashable, Sendable {
    package var directory: String
    /// The broker's `dataDirectory`, where the store's directory is inside it: may be made, as ActiveMQ does.
    package var parent: String?
    package let position: TextPosition
}

/// What a configuration file says, as far as this version follows it. What it does not say is nil, or has the default.
package struct BrokerFile: Sendable {
    /// Where ActiveMQ keeps everything that says no other place.
    package static let standardDirectory = "activemq-data"

    package let path: String
    /// `brokerName`, as clients see it.
    package var brokerName: String?
    package var store: FileStore?
    /// Nil where the file has no `transportConnectors`; all that speak OpenWire.
    package var connectors: [FileConnector]?
    /// Those that speak STOMP alone.
    package var stompConnectors: [FileConnector] = []
    /// `lockKeepAlivePeriod`, where it asks for more frequent proofs of the lock than ours.
    package var lockKeepAliveMs: Int64?
    /// `deleteAllMessagesOnStartup`.
    package var deletesAllMessagesOnStart = false
    /// Everything the broker machine is told. Its name, id and url are not from here.
    package var core = BrokerConfiguration(name: "", id: "", url: "")
    /// What has effect, for people.
    package var effective: [EffectiveSetting] = []

    /// Reads a file.
    ///
    /// - Parameter properties: the content of a property file that a placeholder bean names; nil where there is none.
    /// - Returns: what the file says, nil where it has errors; and everything there is to say about it.
    package static func read(
        _ bytes: [UInt8], path: String, placeholders: Placeholders, limits: XMLLimits = XMLLimits(),
        properties: @escaping (_ path: String) -> [UInt8]? = { _ in nil }
    ) -> (file: BrokerFile?, diagnostics: [Diagnostic]) {
        let root: XMLElement
        do throws(XMLError) {
            root = try XMLReader.read(bytes, limits: limits)
        } catch {
            var diagnostics = Diagnostics(file: path)
            diagnostics.error(error.position, error.message)
            return (nil, diagnostics.list)
        }
        var reader = DocumentReader(file: path, schema: .activeMQ, placeholders: placeholders, properties: properties)
        let (broker, diagnostics) = reader.read(root)
        guard let broker else { return (nil, diagnostics.list) }
        var mapper = Mapper(path: path, diagnostics: diagnostics)
        mapper.map(broker)
        return (mapper.diagnostics.hasErrors ? nil : mapper.file, mapper.diagnostics.list)
    }
}

/// One line about what has effect.
package struct EffectiveSetting: Hashable, Sendable {
    package let name: String
    package let value: String
    /// `line LINE`, a flag, or `default`.
    package let origin: String

    package init(_ name: String, _ value: String, origin: String) {
        self.name = name
        self.value = value
        self.origin = origin
    }
}
