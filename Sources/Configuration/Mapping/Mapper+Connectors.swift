extension Mapper {
    mutating func connectors(_ broker: inout ConfiguredElement) {
        guard let part = broker.parts["transportConnectors"] else { return }
        var connectors: [FileConnector] = []
        var written = 0
        for element in broker.elements("transportConnectors") where element.name == "transportConnector" {
            written += 1
            if let connector = self.connector(element) { connectors.append(connector) }
        }
        self.file.connectors = connectors.filter { $0.purpose == .openWire }
        self.file.stompConnectors = connectors.filter { $0.purpose == .stomp }
        for (index, connector) in connectors.enumerated() where connector.port != 0 {
            let other = connectors[..<index].first { $0.port == connector.port && $0.host == connector.host }
            if let other {
                self.diagnostics.error(
                    connector.position,
                    "\(connector.host):\(connector.port) belongs to the connector of line \(other.position.line)")
            }
        }
        guard self.file.connectors == [], !self.diagnostics.hasErrors else { return }
        self.diagnostics.warning(
            part.position,
            written == 0
                ? "<transportConnectors> holds no <transportConnector>: nobody could connect"
                : "none of the connectors is one for OpenWire: a broker needs one with uri=\"tcp://...\"")
    }

    private mutating func connector(_ element: ConfiguredElement) -> FileConnector? {
        var element = element
        let name = element.text("name")?.text
        guard let written = element.text("uri") else {
            self.diagnostics.error(element.position, "<transportConnector> needs uri=\"tcp://HOST:PORT\"")
            return nil
        }
        let uri: ConnectorURI
        do throws(ConnectorURI.Fault) {
            uri = try ConnectorURI(written.text)
        } catch {
            guard case .malformed(let reason) = error else { return nil }
            self.diagnostics.error(
                written.position, "uri=\"\(written.text)\" of <transportConnector> cannot be used: \(reason)")
            return nil
        }
        var purpose = FileConnector.Purpose.openWire
        switch ConnectorOptions.scheme(uri.scheme) {
        case .openWire: break
        case .stomp: purpose = .stomp
        case .several:
            self.diagnostics.warning(
                written.position, "\(uri.scheme): of its protocols OpenWire and STOMP alone can be served yet")
        case .missing(let what):
            self.diagnostics.warning(
                written.position,
                "the connector \(name ?? uri.scheme) is not served: there is no \(what) yet (\(uri.scheme)://)")
            return nil
        case .unknown:
            let nearest = NearestName.to(uri.scheme, among: ConnectorOptions.schemes)
            self.diagnostics.error(
                written.position,
                "uri=\"\(written.text)\": there is no protocol \(uri.scheme)" + SchemaChecker.question(nearest))
            return nil
        }
        guard let port = uri.port, !uri.host.isEmpty else {
            self.diagnostics.error(
                written.position, "uri=\"\(written.text)\" of <transportConnector> needs a host and a port")
            return nil
        }
        var connector = FileConnector(
            purpose: purpose, name: name ?? (purpose == .openWire ? "openwire" : "stomp"), host: uri.host, port: port,
            position: written.position)
        for option in uri.options { self.option(option, at: written.position, &connector, &element) }
        self.limits(&element)
        self.effective("connector \(connector.name)", written.text, written.position)
        self.finish(element)
        return connector
    }

    private mutating func option(
        _ option: ConnectorURI.Option, at position: TextPosition, _ connector: inout FileConnector,
        _ element: inout ConfiguredElement
    ) {
        let name = option.name.hasPrefix("transport.") ? String(option.name.dropFirst(10)) : option.name
        func number(in range: ClosedRange<Int64>) -> Int64? {
            ValueGrammar.long(option.value).flatMap { range.contains($0) ? $0 : nil }
        }
        var value: Int64?
        switch name {
        case "maximumConnections":
            value = number(in: 1...Int64(Int32.max))
            connector.maximumConnections = value.map { Int(clamping: $0) }
        case "wireFormat.maxFrameSize":
            value = number(in: 1...Int64.max)
            connector.maximumFrameBytes = value
        case "wireFormat.maxInactivityDuration":
            value = number(in: 0...Int64.max)
            connector.inactivityMs = value
        case "wireFormat.maxInactivityDurationInitalDelay":
            value = number(in: 0...Int64.max)
            connector.initialInactivityMs = value
        case "wireFormat.maxDataLength":
            value = number(in: 1...Int64.max)
            connector.maximumBodyBytes = value
        case "defaultHeartBeat", "hbGracePeriodMultiplier":
            self.heartBeat(option, name, at: position, &connector)
            return
        default:
            self.other(option, name, at: position)
            return
        }
        if value == nil {
            self.diagnostics.error(
                position, "the option \(option.name)=\(option.value) of the connector's uri is no number that it can be"
            )
        }
    }

    /// What STOMP's heart-beats are where clients leave it open.
    private mutating func heartBeat(
        _ option: ConnectorURI.Option, _ name: String, at position: TextPosition, _ connector: inout FileConnector
    ) {
        if name == "hbGracePeriodMultiplier" {
            connector.heartBeatGrace = ValueGrammar.decimal(option.value).flatMap { (1...1000).contains($0) ? $0 : nil }
            if connector.heartBeatGrace != nil { return }
        } else {
            let parts = option.value.split(separator: ",", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { ValueGrammar.long(String($0)) }.filter { $0 >= 0 }
            if parts.count == 2, numbers.count == 2 {
                connector.defaultHeartBeat = option.value
                return
            }
        }
        self.diagnostics.error(
            position,
            "the option \(option.name)=\(option.value) of the connector's uri is "
                + (name == "defaultHeartBeat"
                    ? "not of the form MILLISECONDS,MILLISECONDS" : "no number from 1 to 1000"))
    }

    private mutating func other(_ option: ConnectorURI.Option, _ name: String, at position: TextPosition) {
        if ConnectorOptions.accepted.contains(name) { return }
        if name.hasPrefix("wireFormat."), ConnectorOptions.acceptedFormat.contains(String(name.dropFirst(11))) {
            return
        }
        if ConnectorOptions.attributes.contains(name) {
            if case .same(let values, _) = Effects.of(name, in: "transportConnector"),
                values.contains(option.value.lowercased())
            {
                return
            }
            self.diagnostics.warning(
                position, "the option \(option.name)=\(option.value) of the connector's uri has no effect yet")
            return
        }
        let nearest = NearestName.to(name, among: ConnectorOptions.all)
        self.diagnostics.error(
            position, "the connector's uri has an unknown option \(option.name)" + SchemaChecker.question(nearest))
    }

    /// Limits per connection have no effect yet, but the default does not need a warning.
    private mutating func limits(_ element: inout ConfiguredElement) {
        for name in ["maximumConsumersAllowedPerConnection", "maximumProducersAllowedPerConnection"]
        where element.attributes[name]?.text == "\(Int32.max)" {
            element.drop([name])
        }
    }
}
