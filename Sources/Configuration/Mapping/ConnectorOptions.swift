/// The options of a connector's URI, and the protocols that a connector can speak.
enum ConnectorOptions {
    enum Scheme: Hashable {
        case openWire
        /// STOMP, bare or in WebSockets: each port for one takes the other too.
        case stomp
        /// All protocols on one port.
        case several
        case missing(String)
        case unknown
    }

    private static let protocols = [
        "mqtt": "MQTT", "amqp": "AMQP", "http": "HTTP", "https": "HTTP", "xmpp": "XMPP", "udp": "UDP",
        "multicast": "multicast", "discovery": "discovery", "fanout": "fan-out", "peer": "peer-to-peer",
        "vm": "Java's own",
    ]

    static let schemes =
        ["tcp", "nio", "ssl", "auto", "nio+ssl", "auto+nio", "auto+ssl", "stomp", "ws", "wss"] + Self.protocols.keys

    static func scheme(_ text: String) -> Scheme {
        switch text {
        case "tcp", "nio": return .openWire
        case "auto", "auto+nio": return .several
        case "stomp", "stomp+nio", "ws": return .stomp
        case "ssl", "nio+ssl", "auto+ssl", "auto+nio+ssl", "stomp+ssl", "stomp+nio+ssl", "wss": return .missing("TLS")
        default:
            let base = text.split(separator: "+").first.map { String($0) } ?? text
            return self.protocols[base].map { .missing($0) } ?? .unknown
        }
    }

    /// Options that have no effect that anybody could see, or none that could be set.
    static let accepted: Set<String> = [
        "backlog", "closeAsync", "connectionTimeout", "daemon", "diffServ", "dynamicManagement", "ioBufferSize",
        "jmxPort", "keepAlive", "logWriterName", "minmumWireFormatVersion", "selectorManager.corePoolSize",
        "selectorManager.maximumPoolSize", "selectorManager.workQueueCapacity", "soLinger", "soTimeout",
        "soWriteTimeout",
        "socketBufferSize", "stackSize", "startLogging", "tcpNoDelay", "threadName", "trace", "typeOfService",
        "useInetAddress", "useKeepAlive", "useLocalHost", "useQueueForAccept", "useInactivityMonitor",
        "initialConnectTimeout", "maxConnectionThreadPoolSize", "protocolDetectionTimeOut", "auto.protocols",
        "wireFormat", "connectAttemptTimeout",
    ]

    static let acceptedFormat: Set<String> = [
        "cacheEnabled", "cacheSize", "host", "includePlatformDetails", "maxFrameSizeEnabled", "platformDetails",
        "prefixPacketSize", "providerName", "providerVersion", "sizePrefixDisabled", "stackTraceEnabled",
        "tcpNoDelayEnabled", "tightEncodingEnabled", "version",
    ]

    /// Options that are the connector's attributes too.
    static let attributes: Set<String> = [
        "allowLinkStealing", "auditNetworkProducers", "enableStatusMonitor", "maximumConsumersAllowedPerConnection",
        "maximumProducersAllowedPerConnection", "name", "rebalanceClusterClients", "updateClusterClients",
        "updateClusterClientsOnRemove", "updateClusterFilter",
    ]

    static var all: [String] {
        Array(self.accepted) + self.attributes + self.acceptedFormat.map { "wireFormat.\($0)" } + [
            "maximumConnections", "wireFormat.maxFrameSize", "wireFormat.maxInactivityDuration",
            "wireFormat.maxInactivityDurationInitalDelay", "wireFormat.maxDataLength", "defaultHeartBeat",
            "hbGracePeriodMultiplier",
        ]
    }
}
