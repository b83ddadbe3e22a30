import CSystemCalls
import Election
import Glibc

/// A running child process, spoken to by lines over a socket that is its standard input and output.
final class ChildProgram {
    enum Line {
        case line(String)
        /// Nothing came in the time given.
        case silence
        /// The child ended or closed its output.
        case end
    }

    private static let longestLine = 16_384

    let pid: Int32
    private let socket: Int32
    private var received: [UInt8] = []
    private var isReaped = false

    /// Starts the program in a process group of its own, so that signals of a terminal do not reach it.
    init(_ path: String, _ arguments: [String]) throws(SystemFailure) {
        var ends: [Int32] = [-1, -1]
        let made = sys_socket_pair(&ends)
        guard made == 0 else { throw SystemFailure("socketpair", path, -made) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
            argv.forEach { free($0) }
        }
        var pid = pid_t()
        let code = posix_spawn(&pid, path, &actions, &attributes, &argv, environ)
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw SystemFailure("spawn", path, code)
        }
        self.pid = pid
        self.socket = ends[0]
    }

    /// A child whose input ends finishes by itself; one that hangs in a file call cannot be waited for.
    deinit {
        if !self.isReaped {
            kill(self.pid, SIGKILL)
            self.reap(for: .milliseconds(500))
        }
        close(self.socket)
    }

    /// False: the child takes no more.
    func send(line: String) -> Bool {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { sys_send(self.socket, $0.baseAddress, Int64($0.count)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(Int(sent))
        }
        return true
    }

    func receive(within duration: Duration) -> Line {
        let deadline = Deadline(in: duration)
        while true {
            if let end = self.received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { self.received.removeSubrange(...end) }
                return .line(String(decoding: self.received[..<end], as: UTF8.self))
            }
            guard self.received.count <= Self.longestLine else { return .end }
            var waiting = pollfd(fd: self.socket, events: Int16(POLLIN), revents: 0)
            let rest = Int32(clamping: deadline.rest.wholeMilliseconds)
            let ready = poll(&waiting, 1, rest)
            if ready == 0 && deadline.isOver { return .silence }
            guard ready > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = read(self.socket, &chunk, chunk.count)
            guard count > 0 else { return .end }
            self.received += chunk.prefix(count)
        }
    }

    /// Kills it as `kill -9` does. True once it is gone; false where it hangs in the kernel.
    @discardableResult func end() -> Bool {
        guard !self.isReaped else { return true }
        kill(self.pid, SIGKILL)
        return self.reap(for: .seconds(5))
    }

    /// Kills several, from any thread, and waits a moment until they are gone.
    static func end(_ pids: Set<Int32>) {
        for pid in pids { kill(pid, SIGKILL) }
        let deadline = Deadline(in: .seconds(1))
        for pid in pids {
            var status: Int32 = 0
            // Whoever owns the process may have reaped it meanwhile.
            while waitpid(pid, &status, WNOHANG) == 0 && !deadline.isOver { DoctorClock.pause(microseconds: 500) }
        }
    }

    @discardableResult private func reap(for duration: Duration) -> Bool {
        let deadline = Deadline(in: duration)
        while true {
            var status: Int32 = 0
            let result = waitpid(self.pid, &status, WNOHANG)
            if result == self.pid || (result < 0 && errno == ECHILD) {
                self.isReaped = true
                return true
            }
            if deadline.isOver { return false }
            DoctorClock.pause(microseconds: 500)
        }
    }
}
