import ArgumentParser
import Doctor
import Server

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Find out whether a directory is safe for two brokers.",
        discussion: """
            Tries what brokers rely on, in DIR/doctor, and removes all of it again: locks
            of every kind and their release by kill -9, exclusive creation, renaming,
            how soon one process sees what another writes, syncs, and two SQLite writers.
            In a directory that brokers use it only looks.

            Alone, it can answer for file systems of this host. What holds between two
            hosts is found out by two doctors, started on both at about the same time;
            they find each other through the directory:

              hostA$ lockkeeper doctor /shared/orders --name a --peer b
              hostB$ lockkeeper doctor /shared/orders --name b --peer a

            With --cut on one of them, its operator is told when to cut the power of that
            host (or to pause its virtual machine), and the other measures how long its
            locks stay, and whether everything that was synced is there.

            EXAMPLES
              lockkeeper doctor ./data
              lockkeeper doctor /shared/orders --name a --peer b --json

            EXIT STATUS
              0   safe for two brokers
              1   not safe; the first line of the report says why
              64  the command line is wrong
              66  the directory does not exist
              69  not known: in use, no peer, or a peer is needed to tell
              73  the file system is read-only
              74  not known: reading or writing failed, or the storage hangs
              77  no permission
              129, 130, 143  ended by SIGHUP, SIGINT, SIGTERM
            """)

    @Argument(help: ArgumentHelp("The directory that brokers are to share.", valueName: "dir"))
    var directory: String

    @Option(help: ArgumentHelp("This doctor's name. (default: the host's name)", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("The name of the doctor on the other host.", valueName: "name"))
    var peer: String?

    @Flag(help: "The power of this host will be cut, and the peer measures.")
    var cut = false

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    @Option(help: ArgumentHelp("How long to wait for the peer to come.", valueName: "time"))
    var wait = TimeArgument(.seconds(120))

    @Option(
        help: ArgumentHelp("How long the cut and the freeing of locks after it may take.", valueName: "time"))
    var cutWait = TimeArgument(.seconds(300))

    @Option(
        help: ArgumentHelp("How long the file calls of one step may take before they hang.", valueName: "time"))
    var limit = TimeArgument(.seconds(30))

    func run() throws {
        var options = Doctor.Options(
            directory: self.directory, name: try self.name ?? HostName.current(), peer: self.peer,
            helper: ["/proc/self/exe", DoctorHelperCommand.name])
        options.isJSON = self.json
        options.isToBeCut = self.cut
        options.wait = self.wait.duration
        options.cutWait = self.cutWait.duration
        options.limit = self.limit.duration
        let status: Int32
        do throws(DoctorError) {
            status = try Doctor(options).run()
        } catch {
            throw StartError(error)
        }
        guard status == 0 else { throw ExitCode(status) }
    }
}

/// What the doctor starts to have a process that it may kill. Not for people.
struct DoctorHelperCommand: ParsableCommand {
    static let name = "doctor-helper"

    static let configuration = CommandConfiguration(
        commandName: Self.name, abstract: "Carry out a doctor's tasks.", shouldDisplay: false)

    @Argument(help: "The doctor's own directory.")
    var scratch: String

    func run() throws { HelperLoop.run(scratch: self.scratch) }
}

extension StartError {
    /// Why nothing could be examined.
    init(_ error: DoctorError) {
        let status: ExitStatus =
            switch error {
            case .usage: .usage
            case .noDirectory, .notADirectory: .noInput
            case .unusable(let failure): ExitStatus(of: failure)
            case .noPeer, .peerLost, .garbled: .unavailable
            case .hangs, .helper: .io
            }
        self.init(status, error.description)
    }
}
