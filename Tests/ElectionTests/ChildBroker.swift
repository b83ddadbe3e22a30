import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Election

/// An `ElectionHelper` in a process of its own.
final class ChildBroker: Sendable {
    let pid: pid_t
    private let input: Int32
    /// Waited for already: its number may be another's by now.
    private let hasEnded = Atomic<Bool>(false)
    /// Guards the lines that the child said, which a thread reads along.
    private let said: Mutex<[String]>

    init(_ name: String, in directory: TemporaryDirectory, times: ElectionTimes, hangs: Bool = false) throws {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        #expect(pipe(&toChild) == 0 && pipe(&fromChild) == 0)
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO)
        let log = directory.file("log-\(name)")
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let durations = [times.beat, times.warn, times.stepDown, times.exit, times.takeOver]
        let words =
            [try Self.program(), directory.path, name] + durations.map { String($0.wholeMilliseconds) }
            + (hangs ? ["hang"] : [])
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var child: pid_t = 0
        #expect(posix_spawn(&child, words[0], &actions, nil, &arguments, environ) == 0)
        close(toChild[0])
        close(fromChild[1])
        self.pid = child
        self.input = toChild[1]
        self.said = Mutex([])
        let output = fromChild[0]
        // The child ends with the test that owns it, and with it this thread.
        try PosixThread.start(name: "child-output", stackBytes: 1 << 20) { [weak self] in
            var rest: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(output, &buffer, buffer.count)
                if count <= 0 { break }
                rest += buffer.prefix(count)
                var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                rest = lines.popLast().map(Array.init) ?? []
                self?.said.withLock { said in said += lines.map { String(decoding: $0, as: UTF8.self) } }
            }
            close(output)
        }
    }

    deinit {
        close(self.input)
        guard !self.hasEnded.load(ordering: .relaxed) else { return }
        kill(self.pid, SIGKILL)
        var status: Int32 = 0
        waitpid(self.pid, &status, 0)
    }

    /// The helper is built beside the tests.
    private static func program() throws -> String {
        var path = [CChar](repeating: 0, count: 4096)
        #expect(readlink("/proc/self/exe", &path, path.count - 1) > 0)
        let directory = String(upToZero: path).split(separator: "/").dropLast().joined(separator: "/")
        return "/\(directory)/ElectionHelper"
    }

    var lines: [String] { self.said.withLock { $0 } }

    func hasSaid(_ line: String) -> Bool { eventually { self.lines.contains { $0.hasPrefix(line) } } }

    /// Sends a command and returns the next line said.
    func ask(_ command: String) -> String? {
        let before = self.lines.count
        let bytes = Array((command + "\n").utf8)
        #expect(write(self.input, bytes, bytes.count) == bytes.count)
        _ = eventually { self.lines.count > before }
        return self.lines.dropFirst(before).first
    }

    func tell(_ command: String) {
        let bytes = Array((command + "\n").utf8)
        #expect(write(self.input, bytes, bytes.count) == bytes.count)
    }

    func signal(_ number: Int32) { kill(self.pid, number) }

    /// Waits for its end. The exit status, or nil if a signal ended it or it goes on.
    func exitStatus() -> Int32? {
        var status: Int32 = 0
        guard eventually({ waitpid(self.pid, &status, WNOHANG) == self.pid }) else { return nil }
        self.hasEnded.store(true, ordering: .relaxed)
        return status & 0x7f == 0 ? (status >> 8) & 0xff : nil
    }
}
