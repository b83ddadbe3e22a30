package import Election
import Glibc
import Synchronization

/// What every broker tries of its file system at its start, within two seconds and without holding anything up: on a
/// thread of its own, a moment after serving may have begun, with scratch names of its own in `DIR/doctor`.
///
/// It sees what one process alone can see. What holds between hosts is the doctor's and the election's to find out.
package final class StartCheck: Sendable {
    package struct Problem: Hashable, Sendable {
        package let text: String
        package let remedy: String

        package init(text: String, remedy: String) {
            self.text = text
            self.remedy = remedy
        }
    }

    package struct Result: Sendable {
        /// Stable names, in order.
        package var figures: [(key: String, value: String)] = []
        package var problems: [Problem] = []
        /// What could not be tried, such as on a full disk.
        package var skipped: [String] = []

        package init() {}
    }

    package struct Settings: Sendable {
        package var directory: String
        /// The broker's.
        package var name: String
        /// Nothing is tried before.
        package var delay = Duration.seconds(1)
        package var limit = Duration.seconds(2)
        /// A sync that takes longer is a problem.
        package var slowSync: Duration

        package init(directory: String, name: String, slowSync: Duration) {
            self.directory = directory
            self.name = name
            self.slowSync = slowSync
        }
    }

    private let settings: Settings
    private let scratch: Scratch
    private let cancelled: Signal
    private let finished: Signal
    private let isCancelled = Atomic<Bool>(false)
    /// Guards the step that is under way; nil before the first and after the last.
    private let step = Mutex<String?>(nil)

    /// - Parameters:
    ///   - hangs: called where a step is still under way when the time is over, with its name.
    ///   - done: called once with what was found, unless the check was stopped before.
    /// - Throws: ``SystemFailure`` where no thread can be had.
    package init(
        _ settings: Settings, hangs: @escaping @Sendable (String) -> Void, done: @escaping @Sendable (Result) -> Void
    ) throws(SystemFailure) {
        self.settings = settings
        self.scratch = Scratch(
            in: settings.directory, name: settings.name, session: InstanceID(DoctorClock.randomNumber()).description)
        self.cancelled = try Signal()
        self.finished = try Signal()
        try PosixThread.start(name: "lk-fs-check", stackBytes: 1 << 19) {
            self.cancelled.await(atMost: settings.delay)
            let result = self.run()
            self.step.withLock { $0 = nil }
            self.finished.raise()
            if let result { done(result) }
        }
        try PosixThread.start(name: "lk-fs-watch", stackBytes: 1 << 19) {
            self.finished.await(atMost: settings.delay + settings.limit + .milliseconds(500))
            if let step = self.step.withLock({ $0 }) { hangs(step) }
        }
    }

    /// Breaks the check off, and waits a moment until its files are gone.
    package func stop() {
        self.isCancelled.store(true, ordering: .releasing)
        self.cancelled.raise()
        self.finished.await(atMost: .milliseconds(500))
    }

    // MARK: On its thread

    /// Nil: stopped before it was done.
    private func run() -> Result? {
        let start = DoctorClock.microseconds()
        let deadline = Deadline(in: self.settings.limit)
        var result = Result()
        defer { self.scratch.clean() }
        let steps: [(String, (String, inout Result) throws(SystemFailure) -> Void)] = [
            ("scratch", self.openScratch), ("locks", self.tryLocks), ("create", self.tryCreation),
            ("rename", self.tryRenaming), ("direct", self.tryDirectReading), ("sync", self.trySyncs),
            ("mmap", self.tryMapping),
        ]
        for (name, body) in steps {
            guard !self.isCancelled.load(ordering: .acquiring) else { return nil }
            self.step.withLock { $0 = name }
            guard !deadline.isOver else {
                result.skipped.append(name)
                continue
            }
            do throws(SystemFailure) {
                try body("\(self.scratch.directory)/\(self.scratch.prefix)start-\(name)", &result)
            } catch {
                result.skipped.append("\(name) (\(error.reason))")
                if name == "scratch" { return result }
            }
        }
        result.figures.append(("took_ms", String((DoctorClock.microseconds() - start) / 1000)))
        return result
    }

    /// Also takes away what a start of this broker left that was killed in the middle of its check.
    private func openScratch(_ path: String, _ result: inout Result) throws(SystemFailure) {
        try self.scratch.open()
        for file in try FileNames.list(self.scratch.directory) {
            guard file.hasPrefix("\(self.settings.name)."), let range = file.firstRange(of: ".start-") else { continue }
            let session = file[..<range.lowerBound].dropFirst(self.settings.name.count + 1)
            guard InstanceID(parsing: session) != nil, !file.hasPrefix(self.scratch.prefix) else { continue }
            self.scratch.adopt(prefix: "\(self.settings.name).\(session).start-")
        }
    }

    private func tryLocks(_ path: String, _ result: inout Result) throws(SystemFailure) {
        var good: [String] = []
        for kind in [LockKind.flock, .ofd] {
            let first = try ProbeLock(kind, path: "\(path)-\(kind.rawValue)")
            let second = try ProbeLock(kind, path: "\(path)-\(kind.rawValue)")
            switch (first.attempt(), second.attempt()) {
            case (.granted, .refused): good.append(kind.rawValue)
            case (.granted, .granted):
                result.problems.append(
                    Problem(
                        text: "\(kind.rawValue) locks are granted twice within this host",
                        remedy: "use a file system with file locks; lockkeeper doctor shows which hold"))
            case (.failed(let failure), _), (_, .failed(let failure)):
                result.problems.append(
                    Problem(
                        text: "\(kind.rawValue) locks cannot be taken: \(failure.reason)",
                        remedy: "mount the file system with file locks; on NFSv3 start rpc.statd on client and server"))
            default: result.skipped.append(kind.rawValue)
            }
        }
        result.figures.append(("locks", good.joined(separator: ",")))
    }

    private func tryCreation(_ path: String, _ result: inout Result) throws(SystemFailure) {
        let first = try ProbeFile.createExclusively(path)
        let second = try ProbeFile.createExclusively(path)
        result.figures.append(("exclusive_create", first && !second ? "yes" : "no"))
        guard !first || second else { return }
        result.problems.append(
            Problem(
                text: "a name was created exclusively twice", remedy: "use a file system that knows O_EXCL"))
    }

    private func tryRenaming(_ path: String, _ result: inout Result) throws(SystemFailure) {
        try ProbeFile.make(path)
        let file = try FileHandle.open(path, O_RDONLY)
        let before = try file.identity()
        try FileNames.rename(path, to: path + "d")
        let isSame = try FileIdentity.ofPath(path + "d") == before
        result.figures.append(("stable_inodes", isSame ? "yes" : "no"))
        guard !isSame else { return }
        result.problems.append(
            Problem(
                text: "a file changes its inode number when it is renamed",
                remedy:
                    "a broker would take its lock files for replaced ones: mount with stable inode numbers, such as "
                    + "noforget on FUSE or serverino on CIFS"))
    }

    private func tryDirectReading(_ path: String, _ result: inout Result) throws(SystemFailure) {
        try ProbeFile.make(path)
        let file = try FileHandle.open(path, O_RDWR)
        try ProbeFile.write(7, at: 0, to: file)
        try file.synchronize()
        let seen = ProbeFile.number(in: try FileHandle.openDirect(path).read(upTo: 4096))
        result.figures.append(("direct_read", seen == 7 ? "yes" : "no"))
        guard seen != 7 else { return }
        result.problems.append(
            Problem(
                text: "a synced write is not seen by a direct read",
                remedy: "brokers could not see each other's beats here: mount without client caches"))
    }

    private func trySyncs(_ path: String, _ result: inout Result) throws(SystemFailure) {
        let file = try FileHandle.open(path, O_RDWR | O_CREAT)
        let page = [UInt8](repeating: 0x55, count: 4096)
        let deadline = Deadline(in: .milliseconds(400))
        var times: [Int64] = []
        while times.count < 20 && (!deadline.isOver || times.isEmpty) {
            guard !self.isCancelled.load(ordering: .acquiring) else { return }
            let start = DoctorClock.microseconds()
            try file.write(page, at: times.count * 4096)
            try file.synchronize()
            times.append(DoctorClock.microseconds() - start)
        }
        let spread = Spread(times)
        result.figures += [
            ("sync_p50_us", String(spread.at(0.5))), ("sync_max_us", String(spread.at(1))),
            ("syncs", String(times.count)),
        ]
        guard spread.at(1) > self.settings.slowSync.wholeMilliseconds * 1000 else { return }
        result.problems.append(
            Problem(
                text: "a sync took \(spread.at(1).asTime)",
                remedy: "beats wait for syncs: use faster storage, or longer times (lockkeeper run --help, TIMES)"))
    }

    private func tryMapping(_ path: String, _ result: inout Result) throws(SystemFailure) {
        try ProbeFile.make(path)
        do throws(SystemFailure) {
            _ = try SharedMap(path: path)
            result.figures.append(("mmap", "yes"))
        } catch {
            result.figures.append(("mmap", "no"))
        }
    }
}
