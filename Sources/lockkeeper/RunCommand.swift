import ArgumentParser
import Configuration
import Election
import Logging
import Server

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a broker on a data directory, as its master or as its standby.",
        discussion: """
            The first broker on a directory becomes master and serves. Each further one,
            on this machine or on another that mounts the directory, stands by: it
            refuses connections, and serves as soon as the master is gone. Clients find
            the one that serves: failover:(tcp://hostA:61616,tcp://hostB:61616)

            The log goes to standard error, one event a line. SIGTERM and SIGINT stop
            the broker and hand over to a standby at once; a second one ends it on the
            spot. SIGHUP is reserved and changes nothing.

            EXAMPLES
              lockkeeper run
              lockkeeper run --data /shared/orders --name node-a --openwire 10.0.0.1:61616
              lockkeeper run --name standby --openwire 127.0.0.1:61617
                  a standby on the same machine
              lockkeeper run --http 127.0.0.1:8161
                  with /metrics, /live, /ready and /status, on a standby as well
              lockkeeper run --config activemq.xml
                  a broker as ActiveMQ's own file describes it
              lockkeeper run --config activemq.xml --check
                  what would have effect, and what would not; nothing is started

            CONFIGURATION FILE
              ActiveMQ's XML. What is wrong in it stops the start, with file, line and
              column; what ActiveMQ has and Lockkeeper has not is one warning each.
              Options given here come before what the file says: --data before
              dataDirectory and the directory of kahaDB, --openwire before all of its
              tcp connectors, --max-connections before maximumConnections, --beat before
              lockKeepAlivePeriod. In place of ${NAME} stands the value of -DNAME=VALUE,
              else that of the environment; activemq.base, activemq.conf, activemq.data
              and activemq.home come from ACTIVEMQ_BASE and so on, else from the place
              of the file. Relative paths start at the working directory.

            TIMES
              With every beat a master proves that lock and lease are still its own. One
              whose last good beat is older than --step-down-after closes its
              connections without confirming anything, and its process ends at
              --exit-after even when every file call hangs. A standby calls a holder of
              the lock hung or stale when it was silent for --take-over-after. Units are
              ms, s and m. It must hold, by a margin for clocks, that
              3 x beat < warn-after < step-down-after < exit-after < take-over-after.
            """)

    @Option(
        help: ArgumentHelp(
            "The directory that master and standby share. Made if only it is missing. (default: ./data; with --config: "
                + "activemq-data)", valueName: "dir"))
    var data: String?

    @OptionGroup var configuration: ConfigurationArguments

    @Option(
        help: ArgumentHelp(
            "This broker's name, unique in its directory: letters, digits, dot, dash and underscore. "
                + "(default: the host's name; with a brokerName in the file, both with a dot between)",
            valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Where to listen for OpenWire clients, once master. (default: 127.0.0.1:61616)", valueName: "host:port"))
    var openwire: ListenAddress?

    @Option(
        help: ArgumentHelp(
            "Where to listen for STOMP clients, besides the OpenWire port, which takes STOMP and WebSockets too; off "
                + "for nowhere else. (default: port 61613 of the OpenWire host, if it is free)",
            valueName: "host:port|off"))
    var stomp: STOMPListener?

    @Option(
        help: ArgumentHelp(
            "Where to show /metrics, /live, /ready and /status over HTTP, on master and standby alike. "
                + "(default: nowhere)", valueName: "host:port"))
    var http: ListenAddress?

    @Option(help: ArgumentHelp("Client connections served at most. (default: 1000)", valueName: "n"))
    var maxConnections: Int?

    @Option(
        help: ArgumentHelp(
            "Threads that read and write for clients; 0: the broker's own. (default: 0 on up to two cores, else one "
                + "less than there are, at most 8)", valueName: "n"))
    var ioThreads: Int?

    @Option(
        help: ArgumentHelp(
            "What a repeated schedule makes up for of the times that passed while nobody served: one delivery for all "
                + "of them, as ActiveMQ, or one for each.", valueName: "latest|all"))
    var catchUp = CatchUpArgument.latest

    @Flag(
        help: ArgumentHelp(
            "Start also on a mount whose locks hold on each host alone, where two brokers may both become master."))
    var allowUnsafeLocks = false

    @Option(help: "Least level to log: \(LogLevelArgument.allCases.map(\.rawValue).joined(separator: ", ")).")
    var logLevel = LogLevelArgument.info

    @Option(help: ArgumentHelp("Period of the master's beats. (default: 500ms)", valueName: "time"))
    var beat: TimeArgument?

    @Option(help: ArgumentHelp("Age of the last good beat at which a master warns.", valueName: "time"))
    var warnAfter = TimeArgument(.seconds(2))

    @Option(help: ArgumentHelp("Age at which it stops serving.", valueName: "time"))
    var stepDownAfter = TimeArgument(.seconds(5))

    @Option(help: ArgumentHelp("Age at which its process ends.", valueName: "time"))
    var exitAfter = TimeArgument(.seconds(8))

    @Option(help: ArgumentHelp("Silence after which a standby calls a holder hung or stale.", valueName: "time"))
    var takeOverAfter = TimeArgument(.seconds(12))

    @Option(
        help: ArgumentHelp(
            "What a standby does about a lock that is held for a broker presumed dead: report it, or take over.",
            valueName: "report|takeover"))
    var staleLock = StaleLockPolicy.report

    @Option(
        name: .customLong("nfs4-lease"),
        help: ArgumentHelp(
            "After which the NFSv4 server of the data directory frees the locks of a dead host.", valueName: "time"))
    var nfs4Lease = TimeArgument(.seconds(90))

    func validate() throws {
        if let limit = self.maxConnections, !(1...65_536).contains(limit) {
            throw ValidationError("--max-connections \(limit) is not between 1 and 65536")
        }
        if let threads = self.ioThreads, !(0...64).contains(threads) {
            throw ValidationError("--io-threads \(threads) is not between 0 and 64")
        }
        guard self.data != "" else { throw ValidationError("--data needs the path of a directory") }
    }

    func run() async throws {
        let level = self.logLevel.level
        let logger = Logger(label: "lockkeeper") { _ in EventLogHandler(level: level, sink: StandardError()) }
        let file = try self.configuration.read()
        let settings = try self.settings(file?.file, logger)
        if self.configuration.check {
            try file?.reportOnStandardError()
            try self.refuseWithoutConnector(file?.file)
            print(self.report(settings, file?.file), terminator: "")
            return
        }
        try file?.log(logger)
        try self.refuseWithoutConnector(file?.file)
        ProcessLimits.apply()
        try await ProcessSignals.run(BrokerProcess(settings), logger: settings.logger)
    }

    private func settings(_ file: BrokerFile?, _ logger: Logger) throws(StartError) -> BrokerSettings {
        let name = try self.name(file)
        guard BrokerIdentity.isValidName(name) else {
            throw StartError(
                .usage,
                "the broker's name \"\(name)\" is not 1 to 64 letters, digits, dots, dashes and underscores; choose "
                    + "one with --name NAME")
        }
        let times = ElectionTimes(
            beat: self.beat(file), warn: self.warnAfter.duration, stepDown: self.stepDownAfter.duration,
            exit: self.exitAfter.duration, takeOver: self.takeOverAfter.duration)
        let election: ElectionSettings
        do throws(ElectionSettingsError) {
            election = try ElectionSettings(
                times: times, serverLease: self.nfs4Lease.duration, staleLockPolicy: self.staleLock)
        } catch {
            throw StartError(.usage, "\(error.description); see TIMES in lockkeeper run --help")
        }
        var settings = BrokerSettings(
            dataDirectory: self.dataDirectory(file), name: name, openWire: Self.standardAddress, election: election,
            logger: logger)
        settings.connectors = self.connectors(file)
        self.apply(file, to: &settings)
        settings.stompConnectors = self.stompConnectors(file)
        settings.stomp = self.stomp ?? (settings.stompConnectors.isEmpty ? .besideOpenWire : .off)
        settings.catchesUpWithAll = self.catchUp == .all
        settings.connectionThreads = self.ioThreads
        settings.allowsUnsafeLocks = self.allowUnsafeLocks
        settings.http = self.http
        settings.version = BuildVersion.text
        return settings
    }
}
