import Glibc
import SQLite
import TestSupport
import Testing

@testable import Election

/// A store as its master left it: the files of a SQLite database in the middle of something.
struct StoreImage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Content by name, in the data directory.
    let files: [String: [UInt8]]
    /// What a reader must find, the newest committed state.
    let rows: Int64

    static let all: [StoreImage] = [withLog, withHotJournal, plain]

    /// Commits that are only in the write-ahead log, over some that are in the database.
    static let withLog = make("write-ahead log") { database, directory throws(SQLiteError) in
        try database.setJournalMode(.wal)
        try database.setAutomaticCheckpoint(pages: 0)
        try database.setCheckpointOnClose(false)
        try fill(database, rows: 40)
        try database.checkpoint(.passive)
        try fill(database, rows: 30)
        return (70, Self.read(directory))
    }

    /// A transaction that had begun to change the database when its process died.
    static let withHotJournal = make("hot journal") { database, directory throws(SQLiteError) in
        try database.setJournalMode(.truncate)
        try fill(database, rows: 60)
        try database.setCacheSize(kibibytes: 8)
        try database.begin(.immediate)
        try database.execute("UPDATE message SET body = zeroblob(900)")
        try insert(database, rows: 50)
        let files = Self.read(directory)
        database.rollback()
        return (60, files)
    }

    static let plain = make("no journal") { database, directory throws(SQLiteError) in
        try fill(database, rows: 25)
        return (25, Self.read(directory))
    }

    private static func make(
        _ name: String, _ body: (Database, TemporaryDirectory) throws(SQLiteError) -> (Int64, [String: [UInt8]])
    ) -> StoreImage {
        let directory = TemporaryDirectory()
        do throws(SQLiteError) {
            let database = try Database(path: directory.file("broker.db"), access: .readWriteCreate)
            try database.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
            let (rows, files) = try body(database, directory)
            database.close()
            return StoreImage(testDescription: name, files: files, rows: rows)
        } catch {
            fatalError("no store image \(name): \(error)")
        }
    }

    static func fill(_ database: Database, rows: Int) throws(SQLiteError) {
        try database.transaction(.immediate) { () throws(SQLiteError) in try self.insert(database, rows: rows) }
    }

    private static func insert(_ database: Database, rows: Int) throws(SQLiteError) {
        let insert = try database.prepare("INSERT INTO message (body) VALUES (randomblob(700))", for: "filling")
        for _ in 0..<rows { try insert.run() }
    }

    /// Everything in the directory.
    static func read(_ directory: TemporaryDirectory) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in directory.contents() { files[name] = TestFile.bytes(directory.file(name)) }
        return files
    }

    /// Puts the files into a directory, in place of whatever is there.
    static func write(_ files: [String: [UInt8]], to directory: TemporaryDirectory) {
        for name in directory.contents() where files[name] == nil { unlink(directory.file(name)) }
        // Not over what is there: the names of hard links would change with it.
        for (name, bytes) in files {
            unlink(directory.file(name))
            #expect(TestFile.write(directory.file(name), bytes))
        }
    }

    func put(into directory: TemporaryDirectory) { Self.write(self.files, to: directory) }

    /// Opens the store as the next master does and counts; the database must be sound.
    static func rows(_ directory: TemporaryDirectory, _ name: String = "broker.db") throws -> Int64 {
        let database = try Database(path: directory.file(name), access: .readWrite, busyTimeoutMs: 2000)
        defer { database.close() }
        #expect(try database.checkIntegrity() == [])
        let count = try database.prepare("SELECT count(*) FROM message", for: "counting")
        defer { count.reset() }
        return try count.step() ? count.integer(0) : -1
    }
}

/// The real files, and an end before any one call of those that change something.
final class BrokenFiles: RelocationFiles, @unchecked Sendable {
    // Unchecked because a test uses it from its own thread alone.

    enum End: Sendable, CaseIterable {
        /// As kill -9: what was done stays.
        case kill
        /// What was not yet sent to the storage is gone.
        case powerLoss
    }

    private let directory: TemporaryDirectory
    private let real: RelocationDirectory
    private let end: End
    private let endBefore: Int
    private var durable: [String: [UInt8]]
    private(set) var calls = 0
    private(set) var hasEnded = false
    /// Runs once, in place of the end.
    private var interruption: (() -> Void)?
    var hasHardLinks = true
    var failure: (name: String, failure: SystemFailure)?
    var free: Int64?
    var afterCopy: (String) -> Void = { _ in }

    /// - Parameter endBefore: which call never happens, from 0; a copy that never happens leaves half of itself.
    init(_ directory: TemporaryDirectory, end: End = .kill, before endBefore: Int = .max) {
        self.directory = directory
        self.real = RelocationDirectory(path: directory.path)
        self.end = end
        self.endBefore = endBefore
        self.durable = StoreImage.read(directory)
    }

    /// Lets something else happen before a call, as when this performer sleeps.
    convenience init(_ directory: TemporaryDirectory, sleepingBefore call: Int, _ meanwhile: @escaping () -> Void) {
        self.init(directory, before: call)
        self.interruption = meanwhile
    }

    private func step(_ halfway: () throws(SystemFailure) -> Void = {}) throws(SystemFailure) {
        defer { self.calls += 1 }
        if self.hasEnded { throw SystemFailure("end", self.directory.path, ECANCELED) }
        guard self.calls == self.endBefore else { return }
        if let meanwhile = self.interruption {
            self.interruption = nil
            meanwhile()
            return
        }
        try halfway()
        self.hasEnded = true
        if self.end == .powerLoss { StoreImage.write(self.durable, to: self.directory) }
        throw SystemFailure("end", self.directory.path, ECANCELED)
    }

    func list() throws(SystemFailure) -> [String] {
        // Looks change nothing, but whoever sleeps may do so before one.
        if self.interruption != nil { try self.step() }
        return try self.real.list()
    }

    func refresh(_ names: [String]) throws(SystemFailure) { try self.real.refresh(names) }

    func status(_ name: String) throws(SystemFailure) -> FileStatus? {
        if self.interruption != nil { try self.step() }
        return try self.real.status(name)
    }

    func create(_ name: String, line: String) throws(SystemFailure) -> Bool {
        try self.step()
        return try self.real.create(name, line: line)
    }

    func copy(_ from: String, to: String, progress: () -> Void) throws(SystemFailure) -> Int64 {
        let halfway = { () throws(SystemFailure) in
            let half = Array(TestFile.bytes(self.directory.file(from)).prefix(5000))
            #expect(TestFile.write(self.directory.file(to), half))
        }
        try self.step(halfway)
        if let failure = self.failure, failure.name == from {
            try halfway()
            throw failure.failure
        }
        defer { self.afterCopy(from) }
        return try self.real.copy(from, to: to, progress: progress)
    }

    func copyNothing(of from: String, to: String) throws(SystemFailure) {
        try self.step()
        try self.real.copyNothing(of: from, to: to)
    }

    func link(_ from: String, to: String) throws(SystemFailure) -> Bool? {
        try self.step()
        return self.hasHardLinks ? try self.real.link(from, to: to) : nil
    }

    func rename(_ from: String, to: String) throws(SystemFailure) {
        try self.step()
        try self.real.rename(from, to: to)
    }

    func renameIfAbsent(_ from: String, to: String) throws(SystemFailure) -> Bool {
        try self.step()
        return try self.real.renameIfAbsent(from, to: to)
    }

    func remove(_ name: String) throws(SystemFailure) {
        try self.step()
        try self.real.remove(name)
    }

    func synchronize() throws(SystemFailure) {
        try self.step()
        try self.real.synchronize()
        self.durable = StoreImage.read(self.directory)
    }

    func freeBytes() -> Int64? { self.free ?? self.real.freeBytes() }

    func sharesBlocks() throws(SystemFailure) -> Bool { try self.real.sharesBlocks() }
}
