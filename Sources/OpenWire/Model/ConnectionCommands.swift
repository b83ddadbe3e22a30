/// Commands about a connection as a whole (reference 6.5). Fields stand in wire order; their meaning is in the
/// reference.

/// BrokerInfo (2): the broker names itself; sent unasked after the handshake.
package struct BrokerInfo: BaseCommand {
    package var header = CommandHeader()
    package var brokerID: WireBrokerID?
    package var brokerURL: WireString?
    package var peerBrokerInfos: [BrokerInfo?]?
    package var brokerName: WireString?
    package var slaveBroker = false
    package var masterBroker = false
    /// True makes the client drop optimizeAcknowledge.
    package var faultTolerantConfiguration = false
    package var duplexConnection = false
    /// The peer is a broker.
    package var networkConnection = false
    /// A plain number, unused.
    package var connectionID: Int64 = 0
    package var brokerUploadURL: WireString?
    /// Bridge configuration as a Java `.properties` text.
    package var networkProperties: WireString?

    package init() {}

    static let typeCode: UInt8 = 2

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.brokerID, "brokerId")
        try visitor.string(&self.brokerURL, "brokerURL")
        try visitor.objects(&self.peerBrokerInfos, "peerBrokerInfos")
        try visitor.string(&self.brokerName, "brokerName")
        try visitor.bool(&self.slaveBroker, "slaveBroker")
        try visitor.bool(&self.masterBroker, "masterBroker")
        try visitor.bool(&self.faultTolerantConfiguration, "faultTolerantConfiguration")
        if visitor.version >= 2 {
            try visitor.bool(&self.duplexConnection, "duplexConnection")
            try visitor.bool(&self.networkConnection, "networkConnection")
            try visitor.long(&self.connectionID, "connectionId")
        }
        if visitor.version >= 3 {
            try visitor.string(&self.brokerUploadURL, "brokerUploadUrl")
            try visitor.string(&self.networkProperties, "networkProperties")
        }
    }
}

/// ConnectionInfo (3).
package struct ConnectionInfo: BaseCommand {
    package var header = CommandHeader()
    package var connectionID: WireConnectionID?
    package var clientID: WireString?
    package var password: WireString?
    package var userName: WireString?
    package var brokerPath: [WireBrokerID?]?
    package var brokerMasterConnector = false
    /// The client wants ConnectionControl.
    package var manageable = false
    package var clientMaster = false
    /// The client sits behind `failover:`.
    package var faultTolerant = false
    /// The connection is replayed after a failover.
    package var failoverReconnect = false
    /// Null from clients; the broker fills it in advisories.
    package var clientIP: WireString?

    package init() {}

    static let typeCode: UInt8 = 3

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.connectionID, "connectionId")
        try visitor.string(&self.clientID, "clientId")
        try visitor.string(&self.password, "password")
        try visitor.string(&self.userName, "userName")
        try visitor.objects(&self.brokerPath, "brokerPath")
        try visitor.bool(&self.brokerMasterConnector, "brokerMasterConnector")
        try visitor.bool(&self.manageable, "manageable")
        if visitor.version >= 2 { try visitor.bool(&self.clientMaster, "clientMaster") }
        if visitor.version >= 6 {
            try visitor.bool(&self.faultTolerant, "faultTolerant")
            try visitor.bool(&self.failoverReconnect, "failoverReconnect")
        }
        if visitor.version >= 8 { try visitor.string(&self.clientIP, "clientIp") }
    }
}

/// SessionInfo (4).
package struct SessionInfo: BaseCommand {
    package var header = CommandHeader()
    package var sessionID: WireSessionID?

    package init() {}

    static let typeCode: UInt8 = 4

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.sessionID, "sessionId")
    }
}

/// RemoveInfo (12): closes a connection, session, consumer or producer.
package struct RemoveInfo: BaseCommand {
    package var header = CommandHeader()
    package var objectID: RemovedObjectID?
    /// Reference 12.3. Versions below 5 have no such field: -2.
    package var lastDeliveredSequenceID: Int64 = -2

    package init() {}

    package init(objectID: RemovedObjectID, lastDeliveredSequenceID: Int64 = -2) {
        self.objectID = objectID
        self.lastDeliveredSequenceID = lastDeliveredSequenceID
    }

    static let typeCode: UInt8 = 12

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.cached(&self.objectID, "objectId")
        if visitor.version >= 5 {
            try visitor.long(&self.lastDeliveredSequenceID, "lastDeliveredSequenceId")
        }
    }
}

/// KeepAliveInfo (10).
package struct KeepAliveInfo: BaseCommand {
    package var header = CommandHeader()

    package init() {}

    package init(header: CommandHeader) {
        self.header = header
    }

    static let typeCode: UInt8 = 10

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
    }
}

/// ShutdownInfo (11).
package struct ShutdownInfo: BaseCommand {
    package var header = CommandHeader()

    package init() {}

    static let typeCode: UInt8 = 11

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
    }
}

/// FlushCommand (15), unused.
package struct FlushCommand: BaseCommand {
    package var header = CommandHeader()

    package init() {}

    static let typeCode: UInt8 = 15

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
    }
}

/// ControlCommand (14), unused.
package struct ControlCommand: BaseCommand {
    package var header = CommandHeader()
    package var command: WireString?

    package init() {}

    static let typeCode: UInt8 = 14

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.string(&self.command, "command")
    }
}

/// ConnectionError (16).
package struct ConnectionError: BaseCommand {
    package var header = CommandHeader()
    package var exception: WireThrowable?
    package var connectionID: WireConnectionID?

    package init() {}

    package init(exception: WireThrowable, connectionID: WireConnectionID?) {
        self.exception = exception
        self.connectionID = connectionID
    }

    static let typeCode: UInt8 = 16

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.throwable(&self.exception, "exception")
        try visitor.object(&self.connectionID, "connectionId")
    }
}

/// ConnectionControl (18).
package struct ConnectionControl: BaseCommand {
    package var header = CommandHeader()
    package var close = false
    package var exit = false
    package var faultTolerant = false
    package var resume = false
    package var suspend = false
    /// Comma-separated URIs, or empty.
    package var connectedBrokers: WireString?
    /// A URI, or empty.
    package var reconnectTo: WireString?
    package var rebalanceConnection = false
    package var token: [UInt8]?

    package init() {}

    static let typeCode: UInt8 = 18

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(OpenWireError) {
        try self.header.visit(&visitor)
        try visitor.bool(&self.close, "close")
        try visitor.bool(&self.exit, "exit")
        try visitor.bool(&self.faultTolerant, "faultTolerant")
        try visitor.bool(&self.resume, "resume")
        try visitor.bool(&self.suspend, "suspend")
        if visitor.version >= 6 {
            try visitor.string(&self.connectedBrokers, "connectedBrokers")
            try visitor.string(&self.reconnectTo, "reconnectTo")
            try visitor.bool(&self.rebalanceConnection, "rebalanceConnection")
        }
        if visitor.version >= 8 { try visitor.bytes(&self.token, "token") }
    }
}
