import Testing

@testable import OpenWire

/// How the broker presents itself (OpenWire reference §§2, 9).
@Suite struct OpenWireSessionSettingsTests {
    @Test func stackTracesAndMissingSizesCannotBeSwitchedOn() throws {
        var wireFormat = WireFormatSettings()
        wireFormat.stackTraceEnabled = true
        wireFormat.sizePrefixDisabled = true
        wireFormat.maxFrameSize = 4_096
        let settings = try OpenWireSessionSettings(
            brokerID: "b", brokerName: "n", brokerURL: "u", wireFormat: wireFormat)
        #expect(!settings.wireFormat.stackTraceEnabled && !settings.wireFormat.sizePrefixDisabled)
        #expect(try WireFormatSettings(settings.announcement).maxFrameSize == 4_096)
    }

    @Test func theBrokerNamesItselfAndNoPeers() throws {
        let settings = try OpenWireSessionSettings(brokerID: "b", brokerName: "n", brokerURL: "u")
        let info = settings.brokerInfo
        #expect(info.brokerID?.value == "b" && info.brokerName == "n" && info.brokerURL == "u")
        #expect(info.peerBrokerInfos == nil && !info.masterBroker && !info.slaveBroker && !info.networkConnection)
    }
}
