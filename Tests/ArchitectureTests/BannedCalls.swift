/// What reaches for time, chance or the kernel, and the files that own it (STYLE §7). All others get it as a parameter.
enum BannedCalls {
    struct Owner: Sendable {
        /// A file, or a folder with its `/`.
        let path: String
        let calls: Set<String>
        let reason: String

        func owns(_ call: String, in path: String) -> Bool {
            (self.path == path || self.path.hasSuffix("/") && path.hasPrefix(self.path)) && self.calls.contains(call)
        }
    }

    /// Every mention is one.
    static let names: Set<String> = [
        "ContinuousClock", "SuspendingClock", "SystemRandomNumberGenerator", "DispatchTime", "DispatchQueue",
        "ProcessInfo",
        "FileManager",
    ]

    /// Token sequences.
    static let sequences: [[String]] = [
        ["Date", "("], ["Date", ".", "now"], ["Task", ".", "sleep"], ["Thread", ".", "sleep"], [".", "random", "("],
        [".", "shuffled", "(", ")"], [".", "shuffle", "(", ")"], [".", "randomElement", "(", ")"],
        ["NIODeadline", ".", "now"],
    ]

    /// Functions of the C library; only calls of the bare name or through `Glibc` are meant, not methods of that name.
    static let functions: Set<String> = [
        "open", "openat", "creat", "close", "fcntl", "flock", "lockf", "read", "write", "pread", "pwrite", "readv",
        "writev",
        "lseek", "fsync", "fdatasync", "ftruncate", "truncate", "unlink", "rename", "renameat", "link", "symlink",
        "readlink",
        "mkdir", "rmdir", "opendir", "readdir", "stat", "fstat", "lstat", "statfs", "statvfs", "access", "chmod",
        "chown",
        "umask", "dup", "dup2", "ioctl", "mmap", "munmap", "fopen", "fread", "fwrite", "fclose", "socket", "bind",
        "listen",
        "accept", "connect", "send", "recv", "poll", "select", "epoll_wait", "time", "clock_gettime", "gettimeofday",
        "clock_nanosleep", "nanosleep", "usleep", "sleep", "gmtime_r", "localtime_r", "getrandom", "getentropy", "rand",
        "random", "drand48", "arc4random", "getenv", "setenv", "getpid", "gethostname", "kill", "raise", "signal",
        "sigaction",
        "fork", "execve", "execv", "system", "popen", "exit", "_exit", "abort", "pthread_create",
    ]

    /// Functions and methods that let time pass.
    static let sleeps: Set<String> = ["sleep", "usleep", "nanosleep", "clock_nanosleep", "asyncAfter", "sys_sleep_ns"]

    /// The C shim's functions all begin so.
    static let shimPrefix = "sys_"
}

extension Rule {
    static let bannedCalls = Rule(
        name: "time, chance and the kernel have owners",
        bad: [
            source("let now = Date()"), source("let now = ContinuousClock.now"),
            source("let clock = SuspendingClock()"),
            source("try await Task.sleep(for: .seconds(1))"), source("let n = Int.random(in: 0..<3)"),
            source("a.shuffled()"),
            source("let f = open(path, O_RDONLY)"), source("fcntl(f, F_SETLK, 1)"),
            source("clock_gettime(CLOCK_BOOTTIME, &t)"),
            source("Glibc.close(f)"), source("x = time(nil)"), source("if stat(path, &s) == 0 { }"),
            source("let s = \"\\(getpid())\""),
            source("switch a { case 1: close(f) }"), source("Glibc.exit(1)"),
            source("case a(b), c where read(f, d, 1) == 1:"),
            ["Sources/Server/A.swift": "NIODeadline.now()"], ["Sources/Election/A.swift": "sys_sleep_ns(1)"],
            ["Sources/Server/SystemClock.swift": "sleep(1)"],
            ["Sources/Server/SystemClock2.swift": "clock_gettime(a, &b)"],
        ],
        good: [
            source("self.file.close()"), source("Self.open(path)"), source("func open(_ path: String) { }"),
            source("var s = stat()"),
            source("enum A { case open(Int), close(Int) }"), source("// Date()"), source("let a = \"open(f)\""),
            source(".close(1)"),
            source("a.shuffled(using: &chance)"), source("Int.random"), source("let open = 1"), source("self.now"),
            test("open(path, 0)"),
            ["Sources/Server/SystemClock.swift": "clock_gettime(a, &b)"],
            ["Sources/Election/System/FileHandle.swift": "Glibc.open(path, O_RDONLY)"], source("struct time { }"),
            source("func clock() -> Instant { self.clock.now() }"),
        ],
        findings: { checkout in
            checkout.sources.flatMap { file in
                file.bannedCalls.filter { call in !BannedCalls.owners.contains { $0.owns(call.name, in: file.path) } }
                    .map { file.finding($0.line, "\($0.name) belongs to files that own it") }
            }
        })

    static let testsDoNotSleep = Rule(
        name: "tests do not sleep",
        bad: [
            test("try await Task.sleep(for: .seconds(1))"), test("Thread.sleep(forTimeInterval: 1)"),
            test("usleep(100)"),
            test("Glibc.sleep(1)"), test("try await ContinuousClock().sleep(until: x)"), test("nanosleep(&a, nil)"),
            test("sys_sleep_ns(5)"), test("queue.asyncAfter(deadline: .now() + 1) { }"),
            test("try await clock.sleep(for: .seconds(1))"),
        ],
        good: [
            test("// Task.sleep"), test("let s = \"usleep(1)\""), test("world.sleepers(1)"), source("usleep(1)"),
            ["Tests/ElectionTests/ElectionFixtures.swift": "usleep(1000)"],
        ],
        findings: { checkout in
            checkout.tests.flatMap { file in
                file.tokens.indices.dropLast().filter { index in
                    let name = file.tokens[index].text
                    return file.tokens[index + 1].text == "(" && BannedCalls.sleeps.contains(name)
                        && !BannedCalls.pauses.contains { $0.owns(name, in: file.path) }
                }
                .map {
                    file.finding(file.tokens[$0].line, "\(file.tokens[$0].text); advance a clock or await an event")
                }
            }
        })
}

extension SwiftFile {
    var bannedCalls: [(name: String, line: Int)] {
        var calls: [(String, Int)] = []
        for sequence in BannedCalls.sequences {
            for place in self.places(of: sequence) { calls.append((sequence.joined(), self.tokens[place].line)) }
        }
        for (index, token) in self.tokens.enumerated() {
            if BannedCalls.names.contains(token.text) || self.isSystemCall(at: index) {
                calls.append((token.text, token.line))
            }
        }
        return calls
    }

    private func isSystemCall(at index: Int) -> Bool {
        func text(_ place: Int) -> String { self.tokens.indices.contains(place) ? self.tokens[place].text : "" }
        let name = text(index)
        guard text(index + 1) == "(" else { return false }
        guard BannedCalls.functions.contains(name) || name.hasPrefix(BannedCalls.shimPrefix) else { return false }
        // `stat()` makes the structure of that name.
        if text(index + 2) == ")", name == "stat" || name == "statfs" || name == "statvfs" { return false }
        switch text(index - 1) {
        case ".": return text(index - 2) == "Glibc"
        case "func", "case", "macro": return false
        case ",": return !self.isInCaseDeclaration(index)
        default: return true
        }
    }

    /// True in `case open(Int), close(Int)`: nothing before it on the line ends a pattern.
    private func isInCaseDeclaration(_ index: Int) -> Bool {
        let line = self.tokens[index].line
        let before = self.tokens[..<index].reversed().prefix { $0.line == line }
        return before.last?.text == "case" && !before.contains { $0.text == ":" || $0.text == "where" }
            || before.contains { $0.text == "case" } && before.contains { $0.text == "enum" }
    }
}
