import Election

/// Memory mapped by two: for information, since a write-ahead log in normal locking mode needs it to be one.
extension Worker {
    /// `file updates every_ms` → ``: counts up in mapped memory.
    func mapWrite(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let updates = try self.value(task, "updates", in: 1...20)
        let period = try self.value(task, "every_ms", in: 1...10_000)
        let map = try self.system { () throws(SystemFailure) in try SharedMap(path: path) }
        DoctorClock.pause(microseconds: 100_000)
        for number in 1...UInt64(updates) {
            map.value = number
            DoctorClock.pause(microseconds: period * 1000)
        }
        return .answer()
    }

    /// `file updates ms` → `last`: the highest number seen in mapped memory.
    func mapRead(_ task: Message) throws(WorkError) -> Message {
        let path = try self.path(task)
        let updates = UInt64(try self.value(task, "updates", in: 1...20))
        let deadline = try self.time(task)
        let map = try self.system { () throws(SystemFailure) in try SharedMap(path: path) }
        var last = map.value
        while last < updates && !deadline.isOver {
            DoctorClock.pause(microseconds: 500)
            last = max(last, map.value)
        }
        return .answer(["last": String(last)])
    }
}
