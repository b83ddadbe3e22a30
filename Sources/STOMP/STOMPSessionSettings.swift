/// What every session of a connector has in common.
package struct STOMPSessionSettings: Sendable {
    /// The `server` header of CONNECTED: name/version, and a comment after a space.
    package var server: String
    /// Begins the names of connections, and with them the ids of messages. Never used before by any broker of this
    /// store: ids name messages for ever.
    package let identityPrefix: String
    /// ActiveMQ's `transport.hbGracePeriodMultiplier`.
    package var heartBeatGrace = 1.0
    /// ActiveMQ's `transport.defaultHeartBeat`, for clients that say nothing about it.
    package var defaultHeartBeat = "0,0"

    package init(server: String, identityPrefix: String) {
        self.server = server
        self.identityPrefix = identityPrefix
    }
}
