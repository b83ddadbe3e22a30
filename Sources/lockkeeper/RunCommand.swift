import ArgumentParser
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
        help: ArgumentHelp("The directory that master and standby share. Made if only it is missing.", valueName: "dir")
    )
    var data = "./data"

    @Option(
        help: ArgumentHelp(
            "This broker's name, unique in its directory: letters, digits, dot, dash and underscore. "
                + "(default: the host's name)", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Where to listen for OpenWire clients, once master.", valueName: "host:port"))
    var openwire = ListenAddress(host: "127.0.0.1", port: 61_616)

    @Option(
        help: ArgumentHelp(
            "Where to show /metrics, /live, /ready and /status over HTTP, on master and standby alike. "
                + "(default: nowhere)", valueName: "host:port"))
    var http: ListenAddress?

    @Option(help: ArgumentHelp("Client connections served at most.", valueName: "n"))
    var maxConnections = 1000

    @Option(
        help: ArgumentHelp(
            "Threads that read and write for clients; 0: the broker's own. (default: 0 on up to two cores, else one "
                + "less than there are, at most 8)", valueName: "n"))
    var ioThreads: Int?

    @Option(help: "Least level to log: \(LogLevelArgument.allCases.map(\.rawValue).joined(separator: ", ")).")
    var logLevel = LogLevelArgument.info

    @Option(help: ArgumentHelp("Period of the master's beats.", valueName: "time"))
    var beat = TimeArgument(.milliseconds(500))

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
        guard (1...65_536).contains(self.maxConnections) else {
            throw ValidationError("--max-connections \(self.maxConnections) is not between 1 and 65536")
        }
        if let threads = self.ioThreads, !(0...64).contains(threads) {
            throw ValidationError("--io-threads \(threads) is not between 0 and 64")
        }
        guard !self.data.isEmpty else { throw ValidationError("--data needs the path of a directory") }
    }

    func run() async throws {
        let settings = try self.settings()
        ProcessLimits.apply()
        try await ProcessSignals.run(BrokerProcess(settings), logger: settings.logger)
    }

    private func settings() throws(StartError) -> BrokerSettings {
        let level = self.logLevel.level
        let logger = Logger(label: "lockkeeper") { _ in EventLogHandler(level: level, sink: StandardError()) }
        let name = if let name = self.name { name } else { try HostName.current() }
        guard BrokerIdentity.isValidName(name) else {
            throw StartError(
                .usage,
                "the broker's name \"\(name)\" is not 1 to 64 letters, digits, dots, dashes and underscores; choose "
                    + "one with --name NAME")
        }
        let times = ElectionTimes(
            beat: self.beat.duration, warn: self.warnAfter.duration, stepDown: self.stepDownAfter.duration,
            exit: self.exitAfter.duration, takeOver: self.takeOverAfter.duration)
        let election: ElectionSettings
        do throws(ElectionSettingsError) {
            election = try ElectionSettings(
                times: times, serverLease: self.nfs4Lease.duration, staleLockPolicy: self.staleLock)
        } catch {
            throw StartError(.usage, "\(error.description); see TIMES in lockkeeper run --help")
        }
        var settings = BrokerSettings(
            dataDirectory: self.data, name: name, openWire: self.openwire, election: election, logger: logger)
        settings.maximumConnections = self.maxConnections
        settings.connectionThreads = self.ioThreads
        settings.http = self.http
        settings.version = BuildVersion.text
        return settings
    }
}
