import Election
import Glibc
import SQLite

/// Shows numbers in all the ways there are, and watches for them from the other side.
///
/// Each method has files of its own, for one look would refresh what another remembers.
extension Worker {
    /// `prefix` → ``: makes all files at their full size.
    func showPrepare(_ task: Message) throws(WorkError) -> Message {
        let prefix = try self.path(task, "prefix")
        try self.system { () throws(SystemFailure) in
            for method in [SightMethod.open, .direct, .kept, .rename, .stat] {
                try ProbeFile.make("\(prefix).\(method.rawValue)")
            }
            try ProbeFile.make("\(prefix).order")
            for method in [SightMethod.list, .statNew] { try FileNames.makeDirectory("\(prefix).\(method.rawValue)") }
        }
        do throws(SQLiteError) {
            let database = try Self.openRow("\(prefix).sqlite", access: .readWriteCreate)
            try database.execute(SightSQL.create, for: "making a scratch table")
        } catch {
            return .failed(error.description)
        }
        return .answer()
    }

    /// `prefix updates every_ms ms` → for each method when each number was written. On slow storage not all updates fit
    /// into the time.
    func show(_ task: Message) throws(WorkError) -> Message {
        let prefix = try self.path(task, "prefix")
        let updates = try self.value(task, "updates", in: 1...20)
        let period = try self.value(task, "every_ms", in: 1...10_000) * 1000
        let deadline = try self.time(task)
        let base = DoctorClock.microseconds()
        // The watcher opens its files meanwhile.
        DoctorClock.pause(microseconds: 200_000)
        do throws(SQLiteError) {
            let writer = try SightWriter(prefix)
            for number in 1...UInt64(updates) {
                if deadline.isOver { break }
                let start = DoctorClock.microseconds()
                for method in SightMethod.allCases {
                    try writer.write(number, by: method)
                    writer.times[method, default: []].append(DoctorClock.microseconds() - base)
                }
                DoctorClock.pause(microseconds: max(0, start + period - DoctorClock.microseconds()))
            }
            return .answer(Self.fields(base, writer.times))
        } catch {
            return .failed(error.description)
        }
    }

    /// `prefix updates ms` → for each method when each number, or a later one, was first seen, until when it was watched
    /// for, and how often the second of two writes was there before the first.
    func watch(_ task: Message) throws(WorkError) -> Message {
        let prefix = try self.path(task, "prefix")
        let updates = try self.value(task, "updates", in: 1...20)
        let deadline = try self.time(task)
        let base = DoctorClock.microseconds()
        let watcher = SightWatcher(prefix, updates: UInt64(updates))
        while !deadline.isOver && !watcher.isComplete {
            for method in SightMethod.allCases where watcher.isWaiting(for: method) {
                watcher.look(by: method, at: { DoctorClock.microseconds() - base })
            }
            watcher.lookAtOrder()
            DoctorClock.pause(microseconds: 1000)
        }
        var fields = Self.fields(base, watcher.times)
        fields["until_us"] = String(DoctorClock.microseconds() - base)
        fields["disorder"] = String(watcher.disorder)
        for (method, failure) in watcher.failures { fields["failure_\(method.rawValue)"] = String(failure.prefix(40)) }
        return .answer(fields)
    }

    private static func fields(_ base: Int64, _ times: [SightMethod: [Int64]]) -> [String: String] {
        var fields = ["base_us": String(base)]
        for (method, times) in times { fields[method.rawValue] = times.map(String.init).joined(separator: ",") }
        return fields
    }

    static func openRow(_ path: String, access: Database.Access) throws(SQLiteError) -> Database {
        let database = try Database(path: path, access: access, busyTimeoutMs: 20)
        if case .readOnly = access { return database }
        try database.setJournalMode(.truncate)
        try database.setSynchronous(.full)
        return database
    }
}

/// Statements on the scratch row.
enum SightSQL {
    static let create = "CREATE TABLE sight (number INTEGER NOT NULL) STRICT; INSERT INTO sight VALUES (0)"
    static let update: StaticString = "UPDATE sight SET number = ?1"
    static let select: StaticString = "SELECT number FROM sight"
}

/// Writes numbers in all ways.
private final class SightWriter {
    private let prefix: String
    private let database: Database
    private let update: Statement
    var times: [SightMethod: [Int64]] = [:]

    init(_ prefix: String) throws(SQLiteError) {
        self.prefix = prefix
        self.database = try Worker.openRow("\(prefix).sqlite", access: .readWrite)
        self.update = try self.database.prepare(SightSQL.update, for: "showing a number")
    }

    /// A file call that fails is thrown as SQLite throws its own, with the system's error number.
    func write(_ number: UInt64, by method: SightMethod) throws(SQLiteError) {
        if method == .sqlite {
            try self.update.bind(Int64(number), at: 1)
            return try self.update.run()
        }
        do throws(SystemFailure) {
            try self.writeFile(number, by: method)
        } catch {
            throw SQLiteError(
                code: .io, extended: 0, systemErrno: error.errorNumber, message: error.description,
                during: "showing a number by \(method.rawValue)")
        }
    }

    private func writeFile(_ number: UInt64, by method: SightMethod) throws(SystemFailure) {
        let path = "\(self.prefix).\(method.rawValue)"
        switch method {
        case .open, .kept: try Self.put(number, into: path)
        case .direct:
            try Self.put(number, into: path)
            try Self.put(number, into: "\(self.prefix).order")
        case .rename: try ProbeFile.make(path, content: ProbeFile.bytes(number))
        case .stat:
            let file = try FileHandle.open(path, O_WRONLY)
            try file.write([0], at: 4095 + Int(number))
            try file.synchronize()
        case .list, .statNew: _ = try ProbeFile.createExclusively("\(path)/\(number)")
        case .sqlite: break
        }
    }

    private static func put(_ number: UInt64, into path: String) throws(SystemFailure) {
        let file = try FileHandle.open(path, O_WRONLY)
        try ProbeFile.write(number, at: 0, to: file)
        try file.synchronize()
    }
}

/// Looks for numbers in all ways. A look that fails is one that sees nothing yet.
private final class SightWatcher {
    private let prefix: String
    private let updates: UInt64
    private var kept: KeptFile?
    private var database: Database?
    private var select: Statement?
    private(set) var times: [SightMethod: [Int64]] = [:]
    private(set) var failures: [SightMethod: String] = [:]
    private(set) var disorder = 0

    init(_ prefix: String, updates: UInt64) {
        self.prefix = prefix
        self.updates = updates
        for method in SightMethod.allCases { self.times[method] = [] }
        do throws(SystemFailure) {
            self.kept = KeptFile(try FileHandle.open("\(prefix).kept", O_RDONLY))
        } catch {
            self.failures[.kept] = error.description
        }
    }

    func isWaiting(for method: SightMethod) -> Bool { UInt64(self.times[method]?.count ?? 0) < self.updates }

    var isComplete: Bool { !SightMethod.allCases.contains(where: self.isWaiting) }

    func look(by method: SightMethod, at elapsed: () -> Int64) {
        let seen: UInt64
        do throws(WorkError) {
            seen = try self.number(by: method)
        } catch {
            switch error {
            case .system(let failure): self.failures[method] = failure.description
            case .doctor(let failure): self.failures[method] = failure.description
            }
            return
        }
        self.failures[method] = nil
        let now = elapsed()
        while UInt64(self.times[method]?.count ?? 0) < min(seen, self.updates) { self.times[method]?.append(now) }
    }

    /// The second file was written after the first was synced: it must never be ahead.
    func lookAtOrder() {
        do throws(SystemFailure) {
            let second = try Self.direct("\(self.prefix).order")
            let first = try Self.direct("\(self.prefix).direct")
            if second > first { self.disorder += 1 }
        } catch {
            self.failures[.direct] = error.description
        }
    }

    private static func direct(_ path: String) throws(SystemFailure) -> UInt64 {
        let file = try FileHandle.openDirect(path)
        return ProbeFile.number(in: try file.read(upTo: 4096))
    }

    private func number(by method: SightMethod) throws(WorkError) -> UInt64 {
        if method == .sqlite { return try self.row() }
        do throws(SystemFailure) { return try self.numberInFile(by: method) } catch { throw .system(error) }
    }

    private func numberInFile(by method: SightMethod) throws(SystemFailure) -> UInt64 {
        let path = "\(self.prefix).\(method.rawValue)"
        switch method {
        case .open, .rename: return try ProbeFile.number(at: 0, of: try FileHandle.open(path, O_RDONLY))
        case .direct: return try Self.direct(path)
        case .kept:
            guard let kept = self.kept else { return 0 }
            return try ProbeFile.number(at: 0, of: kept.file)
        case .stat: return UInt64(max(0, (try ProbeFile.length(path) ?? 0) - 4096))
        case .list: return try FileNames.list(path).compactMap { UInt64($0) }.max() ?? 0
        case .statNew:
            let next = UInt64(self.times[method]?.count ?? 0) + 1
            return try ProbeFile.length("\(path)/\(next)") == nil ? next - 1 : next
        case .sqlite: return 0
        }
    }

    private func row() throws(WorkError) -> UInt64 {
        do throws(SQLiteError) {
            if self.select == nil {
                let database = try Worker.openRow("\(self.prefix).sqlite", access: .readOnly)
                self.database = database
                self.select = try database.prepare(SightSQL.select, for: "watching for a number")
            }
            guard let select = self.select else { return 0 }
            defer { select.reset() }
            return try select.step() ? UInt64(max(0, select.integer(0))) : 0
        } catch {
            throw .doctor(.helper(error.description))
        }
    }
}
