/// What every session of a connector has in common: how the broker presents itself (reference §§2, 9).
package struct OpenWireSessionSettings: Sendable {
    /// Our side of the handshake; the connection's decoder is made with it too.
    package let wireFormat: WireFormatSettings
    /// `wireFormat` as it goes out.
    let announcement: WireFormatInfo
    let brokerInfo: BrokerInfo

    /// - Parameters:
    ///   - brokerID: stable over restarts and the same on all brokers of one store: XA clients take it for the identity
    ///     of the resource manager.
    ///   - brokerURL: where clients reach this connector.
    ///   - wireFormat: stack traces and frames without size stay off whatever it says.
    /// - Throws: where a text of `wireFormat` cannot be announced.
    package init(
        brokerID: String, brokerName: String, brokerURL: String, wireFormat: WireFormatSettings = WireFormatSettings()
    ) throws(PrimitiveError) {
        var wireFormat = wireFormat
        wireFormat.stackTraceEnabled = false
        wireFormat.sizePrefixDisabled = false
        self.wireFormat = wireFormat
        self.announcement = try wireFormat.info()
        var info = BrokerInfo()
        info.brokerID = WireBrokerID(WireString(brokerID))
        info.brokerName = WireString(brokerName)
        info.brokerURL = WireString(brokerURL)
        self.brokerInfo = info
    }
}
