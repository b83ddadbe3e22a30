import Configuration
import Election
import Server

/// What comes from the configuration file where the command line does not say otherwise.
extension RunCommand {
    static let standardAddress = ListenAddress(host: "127.0.0.1", port: 61_616)
    static let standardBeat = Duration.milliseconds(500)

    func dataDirectory(_ file: BrokerFile?) -> String {
        self.data ?? file.map { $0.store?.directory ?? BrokerFile.standardDirectory } ?? "./data"
    }

    /// Unique in the directory: two hosts may share one file, and two files one host.
    func name(_ file: BrokerFile?) throws(StartError) -> String {
        if let name = self.name { return name }
        let host = try HostName.current()
        guard let broker = file?.brokerName, broker != "localhost", broker != host else { return host }
        return "\(broker.map { $0 == ":" ? "_" : $0 }.reduce(into: "") { $0.append($1) }).\(host)"
    }

    func beat(_ file: BrokerFile?) -> Duration {
        if let beat = self.beat { return beat.duration }
        guard let keepAlive = file?.lockKeepAliveMs else { return Self.standardBeat }
        return min(Self.standardBeat, .milliseconds(max(10, keepAlive)))
    }

    func connectors(_ file: BrokerFile?) -> [ConnectorSettings] {
        let limit = self.maxConnections
        var connectors = [ConnectorSettings(address: self.openwire ?? Self.standardAddress)]
        if self.openwire == nil, let written = file?.connectors {
            connectors = written.map { ConnectorSettings($0) }
        }
        for index in connectors.indices {
            if let limit { connectors[index].maximumConnections = limit }
        }
        return connectors
    }

    /// Those of the file, unless the command line says where STOMP is spoken.
    func stompConnectors(_ file: BrokerFile?) -> [ConnectorSettings] {
        guard self.stomp == nil, let written = file?.stompConnectors else { return [] }
        return written.map { connector in
            var settings = ConnectorSettings(connector)
            if let limit = self.maxConnections { settings.maximumConnections = limit }
            return settings
        }
    }

    /// A broker that nobody can connect to must not look as if it served.
    func refuseWithoutConnector(_ file: BrokerFile?) throws(StartError) {
        guard let file, file.connectors?.isEmpty == true, self.openwire == nil else { return }
        throw StartError(
            .configuration,
            "\(file.path) has no connector for OpenWire that can be served; add <transportConnector uri=\"tcp://HOST:PORT\"/> or "
                + "use --openwire HOST:PORT")
    }

    func apply(_ file: BrokerFile?, to settings: inout BrokerSettings) {
        guard let file else { return }
        settings.brokerName = file.brokerName ?? (self.name == nil ? "localhost" : nil)
        settings.core = file.core
        settings.deletesAllMessagesOnStart = file.deletesAllMessagesOnStart
        if self.data == nil { settings.parentDirectory = file.store?.parent }
    }

    // MARK: --check

    /// Everything that would have effect, one line each: what, its value, and where it is from.
    func report(_ settings: BrokerSettings, _ file: BrokerFile?) -> String {
        func origin(_ flag: String?, _ isSet: Bool, _ name: String) -> String {
            if isSet, let flag { return flag }
            return file?.effective.first { $0.name == name }?.origin ?? "default"
        }
        var lines = file.map { [EffectiveSetting("configuration file", $0.path, origin: "--config")] } ?? []
        lines += [
            EffectiveSetting("name", settings.name, origin: self.name == nil ? "default" : "--name"),
            EffectiveSetting(
                "brokerName", settings.brokerName ?? settings.name, origin: origin(nil, false, "brokerName")),
            EffectiveSetting(
                "data directory", settings.dataDirectory, origin: origin("--data", self.data != nil, "data directory")),
            EffectiveSetting(
                "beat", TimeArgument(settings.election.times.beat).description,
                origin: origin("--beat", self.beat != nil, "lockKeepAlivePeriod")),
        ]
        for (index, connector) in settings.connectors.enumerated() {
            let written = self.openwire == nil ? file?.connectors?[index] : nil
            lines.append(
                EffectiveSetting(
                    "connector \(written?.name ?? "openwire")",
                    "tcp://\(connector.address), at most \(connector.maximumConnections) connections",
                    origin: written.map { "line \($0.position.line)" }
                        ?? (self.openwire == nil ? "default" : "--openwire")))
        }
        for (index, connector) in settings.stompConnectors.enumerated() {
            guard let written = file?.stompConnectors[index] else { continue }
            lines.append(
                EffectiveSetting(
                    "connector \(written.name)",
                    "stomp://\(connector.address), at most \(connector.maximumConnections) connections",
                    origin: "line \(written.position.line)"))
        }
        let shown = ["brokerName", "data directory", "lockKeepAlivePeriod"]
        lines += file?.effective.filter { !shown.contains($0.name) && !$0.name.hasPrefix("connector ") } ?? []
        let width = lines.map(\.name.count).max() ?? 0
        return lines.map { line in
            let space = String(repeating: " ", count: width - line.name.count)
            return "\(line.name)\(space)  \(line.value)  (\(line.origin))\n"
        }
        .joined()
    }
}
