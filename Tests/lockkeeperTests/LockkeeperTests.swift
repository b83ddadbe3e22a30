import TestSupport
import Testing

@Suite struct LockkeeperTests {
    @Test(arguments: [["--help"], ["run", "--help"], ["status", "--help"], ["doctor", "--help"], ["help", "run"]])
    func helpTeachesOnStandardOutputWithinEightyColumns(arguments: [String]) throws {
        let (lines, status) = try Program.run(arguments)
        #expect(status == 0)
        #expect(lines.contains { $0.hasPrefix("EXAMPLES") })
        let wide = lines.filter { $0.count > 80 && !$0.hasPrefix("USAGE:") }
        #expect(wide.isEmpty)
    }

    @Test func theVersionIsOneLine() throws {
        let (lines, status) = try Program.run(["--version"])
        #expect(status == 0)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("lockkeeper ") == true)
    }

    @Test(arguments: [
        (["run", "--dta", "x"], "--dta"), (["rn"], "rn"), (["run", "--openwire", "61616"], "61616"),
        (["run", "--openwire", "host:99999"], "99999"), (["run", "--stomp", "no"], "--stomp"),
        (["run", "--beat", "5"], "5"),
        (["run", "--log-level", "loud"], "loud"), (["run", "--max-connections", "0"], "max-connections"),
        (["run", "--data", ""], "--data"), (["run", "--name", "a/b"], "a/b"), (["run", "--name", ".a"], ".a"),
        (["run", "--step-down-after", "9s"], "step-down"), (["status", "--jsn"], "--jsn"),
        (["run", "--data"], "--data"),
    ])
    func aWrongCommandLineIsOneLineNamingIt(arguments: [String], named: String) throws {
        let scratch = TemporaryDirectory()
        let directory = scratch.file("data")
        let isRun = arguments.first == "run" && !arguments.contains("--data")
        let (lines, status) = try Program.run(arguments + (isRun ? ["--data", directory] : []))
        #expect(status == 64)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("lockkeeper: ") == true)
        #expect(lines.first?.contains(named) == true, "\(lines)")
        #expect(scratch.contents().isEmpty)
    }
}
