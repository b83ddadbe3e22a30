import Election

/// Locks: taken, tried, counted under, and passed to and fro.
extension Worker {
    /// `file kind` → `answer=granted|refused|failed`; what is granted stays held until ``release()`` or the end.
    func hold(_ task: Message) throws(WorkError) -> Message {
        let (path, kind) = (try self.path(task), try self.kind(task))
        let lock = try self.system { () throws(SystemFailure) in try ProbeLock(kind, path: path) }
        let answer = lock.attempt()
        if answer == .granted { self.held.append(lock) }
        return Self.answer(answer)
    }

    /// `file kind` → `answer`; what is granted is given back at once.
    func attempt(_ task: Message) throws(WorkError) -> Message {
        let (path, kind) = (try self.path(task), try self.kind(task))
        let lock = try self.system { () throws(SystemFailure) in try ProbeLock(kind, path: path) }
        let answer = lock.attempt()
        if answer == .granted { lock.release() }
        return Self.answer(answer)
    }

    /// `file kind ms` → `answer waited_us`: tries every few milliseconds until granted.
    func waitFor(_ task: Message) throws(WorkError) -> Message {
        let (path, kind) = (try self.path(task), try self.kind(task))
        let deadline = try self.time(task)
        let lock = try self.system { () throws(SystemFailure) in try ProbeLock(kind, path: path) }
        let start = DoctorClock.microseconds()
        var answer = lock.attempt()
        while answer == .refused && !deadline.isOver {
            DoctorClock.pause(microseconds: 2000)
            answer = lock.attempt()
        }
        if answer == .granted { lock.release() }
        return Self.answer(answer).with("waited_us", String(DoctorClock.microseconds() - start))
    }

    func release() -> Message {
        for lock in self.held { lock.release() }
        self.held = []
        return .answer()
    }

    /// `file kind ms` → `taken refused`: adds one to the file's number under the lock, as often as it gets it.
    ///
    /// With a lock that holds, the number ends as the sum of what all took.
    func count(_ task: Message) throws(WorkError) -> Message {
        let (path, kind) = (try self.path(task), try self.kind(task))
        let deadline = try self.time(task)
        let lock = try self.system { () throws(SystemFailure) in try ProbeLock(kind, path: path) }
        var (taken, refused): (Int64, Int64) = (0, 0)
        while !deadline.isOver {
            switch lock.attempt() {
            case .granted:
                try self.system { () throws(SystemFailure) in
                    defer { lock.release() }
                    let value = try ProbeFile.number(at: 0, of: lock.file)
                    try ProbeFile.write(value &+ 1, at: 0, to: lock.file)
                }
                taken += 1
                // Whoever waits gets a chance.
                DoctorClock.pause(microseconds: 200)
            case .refused, .notTried:
                refused += 1
                DoctorClock.pause(microseconds: 50)
            case .failed(let failure): throw .system(failure)
            }
        }
        return .answer(["taken": String(taken), "refused": String(refused)])
    }

    /// `file places ms` → `taken`: CTDB's ping_pong with `-rw`. Takes the next place before it gives back the last, and
    /// adds one to the number that stands at each place it has taken.
    func pingPong(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let places = try self.value(task, "places", in: 2...64)
        let deadline = try self.time(task)
        let range = try self.system { () throws(SystemFailure) in try ProbeRange(path: path, width: 8) }
        var last: Int64?
        var next: Int64 = 0
        var taken: Int64 = 0
        while !deadline.isOver {
            switch range.attempt(place: next) {
            case .granted:
                try self.system { () throws(SystemFailure) in
                    let value = try ProbeFile.number(at: Int(next) * 8, of: range.file)
                    try ProbeFile.write(value &+ 1, at: Int(next) * 8, to: range.file)
                }
                if let last { range.release(place: last) }
                last = next
                next = (next + 1) % places
                taken += 1
            case .refused, .notTried:
                DoctorClock.pause(microseconds: 20)
            case .failed(let failure): throw .system(failure)
            }
        }
        if let last { range.release(place: last) }
        return .answer(["taken": String(taken)])
    }

    private static func answer(_ answer: LockAnswer) -> Message {
        switch answer {
        case .granted: .answer(["answer": "granted"])
        case .refused, .notTried: .answer(["answer": "refused"])
        case .failed(let failure): .answer(["answer": "failed", "reason": failure.reason])
        }
    }
}
