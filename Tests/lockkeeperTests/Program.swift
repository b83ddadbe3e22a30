import Glibc
import TestSupport
import Testing

/// The built program under test, started as an operator starts it.
final class Program {
    let child: ChildProcess
    private(set) var log: [String] = []

    /// - Parameter wrapper: a command that runs the program it is given, such as `setpriv`.
    init(_ arguments: [String], under wrapper: [String] = []) throws {
        let command = wrapper + [ChildProcess.builtProgram("lockkeeper")] + arguments
        self.child = try ChildProcess(command[0], Array(command.dropFirst()), readsErrors: true)
    }

    /// A broker on a port of the system's choice, with its log on. Tests run beside each other: none takes the default
    /// port of STOMP.
    convenience init(runningOn directory: String, name: String = "a", _ more: [String] = []) throws {
        let stomp = more.contains("--stomp") ? [] : ["--stomp", "off"]
        try self.init(["run", "--data", directory, "--name", name, "--openwire", "127.0.0.1:0"] + stomp + more)
    }

    /// Runs to the end: what it printed, and its exit status.
    static func run(_ arguments: [String], under wrapper: [String] = []) throws -> (lines: [String], status: Int32?) {
        let program = try Program(arguments, under: wrapper)
        let lines = program.child.readLines()
        return (lines, program.child.wait())
    }

    /// Reads on to the line of an event; nil when the program ends before.
    func awaitEvent(_ name: String) -> String? {
        while let line = self.child.readLine() {
            self.log.append(line)
            if line.contains("event=\(name) ") || line.hasSuffix("event=\(name)") { return line }
        }
        return nil
    }

    /// Reads on to a line that holds `text`; false when the program ends before.
    func says(_ text: String) -> Bool {
        while let line = self.child.readLine() {
            self.log.append(line)
            if line.contains(text) { return true }
        }
        return false
    }

    /// Reads on until the broker serves, and says where.
    func awaitServing() throws -> Int {
        let line = try #require(self.awaitEvent("connector.started"), "\(self.log)")
        let address = line.split(separator: " ").first { $0.hasPrefix("address=") }
        return try #require(address.flatMap { Int($0.split(separator: ":").last ?? "") })
    }

    func stop() -> Int32? {
        self.child.send(SIGTERM)
        self.log += self.child.readLines()
        return self.child.wait()
    }

    static let isRoot = geteuid() == 0

    /// Whether a wrapper works on this machine, tried on the program itself.
    static func works(_ wrapper: [String]) -> Bool {
        do {
            return try Self.run(["--version"], under: wrapper).status == 0
        } catch {
            return false
        }
    }
}
