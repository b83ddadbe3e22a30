import Configuration
import Testing

@Suite struct MapperConnectorsTests {
    private func read(_ connectors: String...) -> FileText {
        let elements = connectors.map { "<transportConnector \($0)/>" }.joined(separator: "\n")
        return FileText(broker: "<transportConnectors>\(elements)</transportConnectors>")
    }

    @Test func connectorsOfOpenWireAreServed() throws {
        let file = try self.read(
            "name=\"one\" uri=\"tcp://0.0.0.0:61616\"", "uri=\"nio://[::1]:61617?maximumConnections=5\"",
            "uri=\"tcp://h:61618?wireFormat.maxFrameSize=1000&amp;transport.soTimeout=5&amp;wireFormat.cacheEnabled=true\"",
            "uri=\"tcp://h:61619?wireFormat.maxInactivityDuration=0&amp;wireFormat.maxInactivityDurationInitalDelay=5\""
        ).clean()
        let connectors = try #require(file.connectors)
        #expect(connectors.map(\.name) == ["one", "openwire", "openwire", "openwire"])
        #expect(connectors.map(\.host) == ["0.0.0.0", "::1", "h", "h"])
        #expect(connectors.map(\.port) == [61_616, 61_617, 61_618, 61_619])
        #expect(connectors[1].maximumConnections == 5)
        #expect(connectors[2].maximumFrameBytes == 1000)
        #expect(connectors[3].inactivityMs == 0)
        #expect(connectors[3].initialInactivityMs == 5)
    }

    @Test(arguments: [
        ("stomp+ssl", "TLS"), ("stomp+nio+ssl", "TLS"), ("mqtt", "MQTT"), ("amqp+ssl", "AMQP"), ("wss", "TLS"),
        ("ssl", "TLS"), ("nio+ssl", "TLS"), ("http", "HTTP"), ("vm", "Java"),
    ])
    func protocolsThatAreMissingAreOneWarningEach(scheme: String, what: String) {
        let text = self.read("uri=\"tcp://h:1\"", "name=\"other\" uri=\"\(scheme)://h:2\"")
        #expect(text.file?.connectors?.count == 1)
        #expect(text.warnings.count == 1)
        #expect(text.warnings.first?.contains("the connector other is not served: there is no \(what)") == true)
    }

    @Test func connectorsOfSTOMPAreServed() throws {
        let file = try self.read(
            "uri=\"tcp://h:1\"", "name=\"one\" uri=\"stomp://0.0.0.0:61613?maximumConnections=5\"",
            "uri=\"stomp+nio://h:2?transport.defaultHeartBeat=5000,0&amp;transport.hbGracePeriodMultiplier=1.5\"",
            "uri=\"ws://h:61614?wireFormat.maxDataLength=1000&amp;wireFormat.maxFrameSize=104857600\""
        ).clean()
        #expect(file.connectors?.map(\.port) == [1])
        let connectors = file.stompConnectors
        #expect(connectors.map(\.name) == ["one", "stomp", "stomp"])
        #expect(connectors.map(\.port) == [61_613, 2, 61_614])
        #expect(connectors[0].maximumConnections == 5)
        #expect(connectors[1].defaultHeartBeat == "5000,0")
        #expect(connectors[1].heartBeatGrace == 1.5)
        #expect(connectors[2].maximumBodyBytes == 1000)
    }

    @Test func withNoneForOpenWireThereIsAWarning() {
        let text = self.read("uri=\"stomp://h:2\"")
        #expect(text.file?.connectors == [])
        #expect(text.warnings.count == 1)
        #expect(FileText(broker: "<transportConnectors/>").file?.connectors == [])
    }

    @Test func ofSeveralProtocolsOpenWireAndSTOMPAreServed() {
        let text = self.read("uri=\"auto://h:2?auto.protocols=openwire,stomp\"")
        #expect(text.file?.connectors?.count == 1)
        #expect(text.warnings.count == 1)
    }

    @Test(arguments: [
        ("", "needs uri="), ("uri=\"tcp://h\"", "needs a host and a port"),
        ("uri=\"tcp://:61616\"", "needs a host and a port"),
        ("uri=\"tcp:h:1\"", "the form tcp://HOST:PORT"), ("uri=\"tpc://h:1\"", "did you mean tcp?"),
        ("uri=\"tcp://h:1?maximumConections=5\"", "unknown option maximumConections; did you mean maximumConnections?"),
        ("uri=\"tcp://h:1?wireFormat.maxFrameSiz=5\"", "did you mean wireFormat.maxFrameSize?"),
        ("uri=\"tcp://h:1?maximumConnections=many\"", "no number that it can be"),
        ("uri=\"tcp://h:1?maximumConnections=0\"", "no number that it can be"),
        ("uri=\"stomp://h:1?transport.defaultHeartBeat=1\"", "not of the form"),
        ("uri=\"stomp://h:1?transport.defaultHeartBeat=-1,0\"", "not of the form"),
        ("uri=\"stomp://h:1?transport.hbGracePeriodMultiplier=0.5\"", "no number from 1 to 1000"),
        ("uri=\"stomp://h:1?wireFormat.maxDataLength=0\"", "no number that it can be"),
    ])
    func whatIsWrongIsNamed(attributes: String, words: String) {
        let text = self.read(attributes)
        #expect(text.errors.count == 1, "\(text.errors)")
        #expect(text.errors.first?.contains(words) == true, "\(text.errors)")
    }

    @Test func anAddressHasOneConnector() {
        let text = self.read("uri=\"tcp://h:1\"", "uri=\"stomp://h:1\"")
        #expect(text.errors.first?.contains("belongs to the connector of line 2") == true)
        #expect(self.read("uri=\"tcp://h:0\"", "uri=\"tcp://h:0\"").errors == [])
    }

    @Test(arguments: [
        ("discoveryUri=\"multicast://default\"", "not announced"), ("updateClusterClients=\"true\"", "not connected"),
        ("allowLinkStealing=\"true\"", "client id"), ("maximumConsumersAllowedPerConnection=\"5\"", "not supported"),
    ])
    func attributesWithoutEffectAreWarnedOf(attribute: String, words: String) {
        let text = self.read("uri=\"tcp://h:1\" \(attribute)")
        #expect(text.errors == [])
        #expect(text.warnings.count == 1, "\(text.warnings)")
        #expect(text.warnings.first?.contains(words) == true, "\(text.warnings)")
    }
}
