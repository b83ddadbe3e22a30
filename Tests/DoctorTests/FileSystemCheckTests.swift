import Doctor
import Logging
import Synchronization
import Testing

@testable import Server

@Suite struct FileSystemCheckTests {
    private final class Lines: LogSink {
        private let lines = Mutex<[String]>([])

        var all: [String] { self.lines.withLock { $0 } }
        func write(_ line: String) { self.lines.withLock { $0.append(line) } }
    }

    private static func line(_ result: StartCheck.Result) -> String {
        let lines = Lines()
        FileSystemCheck.report(
            result, Logger(label: "test") { _ in EventLogHandler(level: .info, sink: lines) })
        return lines.all.joined()
    }

    @Test func aGoodResultIsOneLineOfFigures() {
        var result = StartCheck.Result()
        result.figures = [("locks", "flock,ofd"), ("sync_p50_us", "700")]
        result.skipped = ["mmap"]
        let line = Self.line(result)
        #expect(
            line.hasSuffix(" INFO event=file_system.check locks=flock,ofd skipped=mmap sync_p50_us=700\n"), "\(line)")
    }

    @Test func aProblemIsAWarningWithItsRemedy() {
        var result = StartCheck.Result()
        result.problems = [StartCheck.Problem(text: "slow", remedy: "faster storage")]
        let line = Self.line(result)
        #expect(line.contains(" WARNING event=file_system.check problem=slow remedy=\"faster storage\""), "\(line)")
    }
}
