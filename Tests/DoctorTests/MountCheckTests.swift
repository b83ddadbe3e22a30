import Election
import Logging
import Synchronization
import Testing

@testable import Server

@Suite struct MountCheckTests {
    private static func verdict(_ options: String) -> FileSystemVerdict {
        FileSystemVerdict(
            path: "/srv/data", magic: 0x6969, mountLine: "52 27 0:43 / /srv rw shared:31 - nfs server:/x rw,\(options)")
    }

    private final class Lines: LogSink {
        private let lines = Mutex<[String]>([])

        var all: [String] { self.lines.withLock { $0 } }
        func write(_ line: String) { self.lines.withLock { $0.append(line) } }
    }

    private let lines = Lines()

    private var logger: Logger {
        let lines = self.lines
        return Logger(label: "test") { _ in EventLogHandler(level: .info, sink: lines) }
    }

    @Test func aMountWithoutLocksIsRefusedInOneLine() throws {
        let error = #expect(throws: StartError.self) {
            try MountCheck.judge(Self.verdict("vers=3,nolock,local_lock=all"), allowsUnsafeLocks: false, self.logger)
        }
        let line = try #require(error?.description)
        #expect(error?.status == .configuration)
        for part in ["/srv/data", "nfs3", "/srv", "nolock", "exclusive lock", "rpc.statd", "--allow-unsafe-locks"] {
            #expect(line.contains(part), "\(line)")
        }
        #expect(!line.contains("\n"))
    }

    @Test func theOperatorMayOverruleIt() throws {
        try MountCheck.judge(Self.verdict("vers=3,nolock"), allowsUnsafeLocks: true, self.logger)
        let line = try #require(self.lines.all.first)
        #expect(self.lines.all.count == 1)
        for part in ["WARNING event=file_system.unsafe_locks_allowed", "options=nolock", "remedy=", "/srv/data"] {
            #expect(line.contains(part), "\(line)")
        }
    }

    @Test(arguments: ["vers=3,local_lock=none,soft", "vers=4.2,local_lock=all"])
    func whatIsOnlyWarnedOfStarts(options: String) throws {
        try MountCheck.judge(Self.verdict(options), allowsUnsafeLocks: false, self.logger)
        #expect(self.lines.all.isEmpty)
    }
}
