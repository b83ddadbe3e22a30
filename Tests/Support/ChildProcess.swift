import CTestSupport
import Glibc

/// A program run for a test, whose output the test reads line by line.
package final class ChildProcess {
    package struct CannotStart: Error {
        package let path: String
        package let systemError: Int32
    }

    /// How long a line may take before the program is taken to hang.
    private static let patienceMs: Int32 = 120_000

    package let pid: Int32
    private let output: Int32
    private var received: [UInt8] = []
    private var isReaped = false

    /// - Parameter readsErrors: read standard error too, mixed into the output.
    package init(_ path: String, _ arguments: [String], readsErrors: Bool = false) throws(CannotStart) {
        var ends: [Int32] = [0, 0]
        guard test_pipe(&ends) == 0 else { throw CannotStart(path: path, systemError: errno) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        if readsErrors { posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO) }
        defer {
            posix_spawn_file_actions_destroy(&actions)
            Glibc.close(ends[1])
        }
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid = pid_t()
        let code = posix_spawnp(&pid, path, &actions, nil, &argv, environ)
        guard code == 0 else {
            Glibc.close(ends[0])
            throw CannotStart(path: path, systemError: code)
        }
        self.pid = pid
        self.output = ends[0]
    }

    deinit {
        self.kill()
        Glibc.close(self.output)
    }

    /// The next line without its end; nil when the program closed its output, or said nothing for too long. Half a line
    /// is not a line: a killed program may leave one.
    package func readLine() -> String? {
        while true {
            if let end = self.received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { self.received.removeSubrange(...end) }
                return String(decoding: self.received[..<end], as: UTF8.self)
            }
            var waiting = pollfd(fd: self.output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, Self.patienceMs) > 0 else { return nil }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(self.output, &chunk, chunk.count)
            guard count > 0 else { return nil }
            self.received += chunk.prefix(count)
        }
    }

    /// What is left of the output.
    package func readLines() -> [String] {
        var lines: [String] = []
        while let line = self.readLine() { lines.append(line) }
        return lines
    }

    package func send(_ signal: Int32) {
        guard !self.isReaped else { return }
        Glibc.kill(self.pid, signal)
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    package func kill() {
        guard !self.isReaped else { return }
        Glibc.kill(self.pid, SIGKILL)
        _ = self.wait()
    }

    /// Waits for the end; the exit status, or nil after a signal.
    package func wait() -> Int32? {
        guard !self.isReaped else { return nil }
        var status: Int32 = 0
        while waitpid(self.pid, &status, 0) < 0, errno == EINTR {}
        self.isReaped = true
        return status & 0x7f == 0 ? (status >> 8) & 0xff : nil
    }

    /// Path of an executable target of this package, beside the running tests.
    package static func builtProgram(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer.prefix(max(length, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/\(name)"
    }
}

/// The command-line `sqlite3`, as operators use it.
package enum SQLiteShell {
    /// The lines that `sqlite3 -readonly` prints for `sql`. Waits while a writer is in the way.
    package static func query(_ path: String, _ sql: String) throws -> [String] {
        let shell = try ChildProcess("sqlite3", ["-readonly", "-cmd", ".timeout 10000", path, sql])
        let lines = shell.readLines()
        guard shell.wait() == 0 else { throw ShellFailed(sql: sql) }
        return lines
    }

    /// Changes a database behind the store's back.
    package static func change(_ path: String, _ sql: String) throws {
        let shell = try ChildProcess("sqlite3", [path, sql])
        _ = shell.readLines()
        guard shell.wait() == 0 else { throw ShellFailed(sql: sql) }
    }

    package struct ShellFailed: Error {
        package let sql: String
    }
}
