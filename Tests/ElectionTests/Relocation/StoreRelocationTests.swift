import Glibc
import SQLite
import TestSupport
import Testing

@testable import Election

@Suite struct StoreRelocationTests {
    private let directory = TemporaryDirectory()

    private func relocation(_ files: BrokenFiles) -> StoreRelocation {
        StoreRelocation(directory: self.directory.path, files: files)
    }

    private var relocation: StoreRelocation { StoreRelocation(directory: self.directory.path) }

    /// The store under new inodes, complete, with the old one kept beside it.
    private func expectRelocated(_ image: StoreImage, kept generation: String) throws {
        #expect(try self.relocation.pending() == nil)
        let names = self.directory.contents()
        #expect(!names.contains { $0.contains(".new-") || $0.hasPrefix("relocate.") }, "\(names)")
        // A file of its own: the kept one may be written to by whoever still has it open.
        for name in image.files.keys where !name.hasSuffix("-shm") {
            let kept = name.replacing("broker.db", with: "broker.db.stale-\(generation)")
            self.expectContent(image.files[name], of: kept)
            let identity = try FileIdentity.ofPath(self.directory.file(name))
            #expect(try identity != FileIdentity.ofPath(self.directory.file(kept)))
            self.expectContent(image.files[name], of: name)
        }
        #expect(try StoreImage.rows(self.directory) == image.rows)
        #expect(try StoreImage.rows(self.directory, "broker.db.stale-\(generation)") == image.rows)
    }

    /// Without printing either.
    private func expectContent(_ content: [UInt8]?, of name: String) {
        let isEqual = TestFile.bytes(self.directory.file(name)) == content
        #expect(isEqual, "\(name)")
    }

    @Test(arguments: StoreImage.all) func theStoreMovesAndTheOldFilesStay(image: StoreImage) throws {
        image.put(into: self.directory)
        #expect(try self.relocation.pending() == nil)
        #expect(try self.relocation.perform(under: Epoch(4)) == nil, "nobody asked")
        try self.relocation.request(Epoch(5), line: "broker=a")
        try self.relocation.request(Epoch(5), line: "broker=a")
        #expect(try self.relocation.pending() == Epoch(5))
        #expect(TestFile.bytes(self.directory.file("relocate.5")) == Array("broker=a\n".utf8))

        let report = try #require(try self.relocation.perform(under: Epoch(6)))
        let content = image.files.filter { !$0.key.hasSuffix("-shm") }
        #expect(report.bytes == content.values.reduce(0) { $0 + Int64($1.count) })
        #expect(Set(report.kept) == Set(content.keys.map { $0.replacing("broker.db", with: "broker.db.stale-6") }))
        #expect(TestFile.size(self.directory.file("broker.db-shm")) ?? 0 == 0, "made anew by the next to open")
        try self.expectRelocated(image, kept: "6")
        #expect(try self.relocation.perform(under: Epoch(6)) == nil, "done is done")
    }

    @Test func aDirectoryWithoutAStoreHasNothingToMove() throws {
        try self.relocation.request(Epoch(2), line: "x")
        let report = try self.relocation.perform(under: Epoch(3))
        #expect(report?.bytes == 0 && report?.kept == [])
        #expect(self.directory.contents() == [])
    }

    @Test func aLogWithoutItsDatabaseIsNotGivenToANewOne() throws {
        var files = StoreImage.withLog.files
        files["broker.db"] = nil
        StoreImage.write(files, to: self.directory)
        try self.relocation.request(Epoch(2), line: "x")
        #expect(throws: SystemFailure.self) { try self.relocation.perform(under: Epoch(3)) }
        self.expectContent(files["broker.db-wal"], of: "broker.db-wal")
        #expect(try self.relocation.pending() == Epoch(3))
    }

    @Test func keptFilesAreNeverOverwritten() throws {
        let image = StoreImage.withLog
        image.put(into: self.directory)
        #expect(TestFile.write(self.directory.file("broker.db.stale-6-wal"), [1, 2, 3]))
        try self.relocation.request(Epoch(6), line: "x")
        #expect(try self.relocation.perform(under: Epoch(6))?.kept.contains("broker.db.stale-6.2-wal") == true)
        #expect(TestFile.bytes(self.directory.file("broker.db.stale-6-wal")) == [1, 2, 3])
        try self.expectRelocated(image, kept: "6.2")
    }

    @Test func ownerAndPermissionsGoWithTheContent() throws {
        StoreImage.plain.put(into: self.directory)
        #expect(chmod(self.directory.file("broker.db"), 0o640) == 0)
        try self.relocation.request(Epoch(6), line: "x")
        _ = try self.relocation.perform(under: Epoch(6))
        let status = try #require(try FileStatus.ask(self.directory.file("broker.db")))
        #expect(status.mode & 0o777 == 0o640)
        #expect(status.owner == getuid())
    }
}

// MARK: - Broken off

extension StoreRelocationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let image: StoreImage
        let end: BrokenFiles.End
        let hasHardLinks: Bool
        var testDescription: String { "\(image.testDescription), \(end), \(hasHardLinks ? "" : "no ")hard links" }

        static let all = StoreImage.all.flatMap { image in
            BrokenFiles.End.allCases.flatMap { end in
                [true, false].map { Case(image: image, end: end, hasHardLinks: $0) }
            }
        }
    }

    /// Requests and performs up to the end; whether it came.
    private func performToTheEnd(_ files: BrokenFiles, under epoch: Epoch) -> Bool {
        do throws(SystemFailure) {
            _ = try self.relocation(files).perform(under: epoch)
            #expect(!files.hasEnded)
            return false
        } catch {
            #expect(files.hasEnded, "\(error)")
            return true
        }
    }

    @Test(arguments: Case.all) func everyEndIsGoneOnFromByTheNext(_ test: Case) throws {
        var first = 0
        while true {
            test.image.put(into: self.directory)
            try self.relocation.request(Epoch(5), line: "x")
            let files = BrokenFiles(self.directory, end: test.end, before: first)
            files.hasHardLinks = test.hasHardLinks
            guard self.performToTheEnd(files, under: Epoch(6)) else { break }
            defer { first += 1 }
            defer { self.empty() }
            if try self.isComplete(test) { continue }
            _ = try self.relocation.perform(under: Epoch(7))
            let generation = self.directory.contents().contains("broker.db.stale-6") ? "6" : "7"
            try self.expectRelocated(test.image, kept: generation)
        }
        #expect(first > 10, "every call was left out once")
    }

    /// Checks what is there before anybody goes on; whether nothing is left to be done.
    private func isComplete(_ test: Case) throws -> Bool {
        let names = self.directory.contents()
        if test.hasHardLinks { #expect(names.contains("broker.db")) }
        guard try self.relocation.pending() != nil else {
            try self.expectRelocated(test.image, kept: "6")
            return true
        }
        // Nothing moves before the decision.
        guard !names.contains("relocate.6.copied") else { return false }
        #expect(!names.contains { $0.hasPrefix("broker.db.stale") })
        for (name, bytes) in test.image.files { self.expectContent(bytes, of: name) }
        return false
    }

    @Test(arguments: StoreImage.all) func twoEndsInARowAreGoneOnFrom(image: StoreImage) throws {
        var first = 0
        var isFirstComplete = false
        while !isFirstComplete {
            var second = 0
            while true {
                image.put(into: self.directory)
                try self.relocation.request(Epoch(5), line: "x")
                isFirstComplete = !self.performToTheEnd(BrokenFiles(self.directory, before: first), under: Epoch(6))
                let isEnded = self.performToTheEnd(BrokenFiles(self.directory, before: second), under: Epoch(7))
                _ = try self.relocation.perform(under: Epoch(8))
                let kept = self.directory.contents().first { $0.hasPrefix("broker.db.stale-") }
                let generation = try #require(kept).dropFirst("broker.db.stale-".count)
                try self.expectRelocated(image, kept: String(generation))
                self.empty()
                guard isEnded else { break }
                second += 3
            }
            first += 2
        }
    }

    private func empty() {
        for name in self.directory.contents() { unlink(self.directory.file(name)) }
    }

    /// A performer sleeps before one call; another one does it all, serves, and confirms; then the first one wakes.
    @Test(arguments: [true, false]) func aPerformerThatOversleptDoesNoHarm(hasHardLinks: Bool) throws {
        let image = StoreImage.withLog
        var call = 0
        var hasSlept = true
        while hasSlept {
            hasSlept = false
            image.put(into: self.directory)
            try self.relocation.request(Epoch(5), line: "x")
            var master: Database?
            let files = BrokenFiles(self.directory, sleepingBefore: call) {
                hasSlept = true
                do {
                    try self.relocation.request(Epoch(7), line: "y")
                    _ = try self.relocation.perform(under: Epoch(8))
                    let database = try Database(path: self.directory.file("broker.db"), access: .readWrite)
                    try database.setCheckpointOnClose(false)
                    try StoreImage.fill(database, rows: 7)
                    master = database
                } catch {
                    Issue.record("the other performer failed: \(error)")
                }
            }
            files.hasHardLinks = hasHardLinks
            do throws(SystemFailure) {
                _ = try self.relocation(files).perform(under: Epoch(6))
            } catch {
                #expect(hasSlept, "\(error)")
            }
            if let master {
                try StoreImage.fill(master, rows: 5)
                #expect(try StoreImage.rows(self.directory) == image.rows + 12, "beside the master, call \(call)")
                master.close()
            }
            #expect(try StoreImage.rows(self.directory) == image.rows + (hasSlept ? 12 : 0), "call \(call)")
            // What the sleeper may have left must not become the store.
            _ = try self.relocation.perform(under: Epoch(9))
            #expect(try StoreImage.rows(self.directory) == image.rows + (hasSlept ? 12 : 0), "call \(call)")
            self.empty()
            call += 1
        }
        #expect(call > 20)
    }
}

// MARK: - What the copy meets

extension StoreRelocationTests {
    private func expectUntouched(_ image: StoreImage, saying text: String, _ files: BrokenFiles) throws {
        try self.relocation.request(Epoch(5), line: "x")
        do throws(SystemFailure) {
            _ = try self.relocation(files).perform(under: Epoch(6))
            Issue.record("there was no room")
        } catch {
            #expect(error.errorNumber == ENOSPC)
            #expect("\(error)".contains(text), "\(error)")
        }
        #expect(self.directory.contents() == image.files.keys.sorted() + ["relocate.6"])
        for (name, bytes) in image.files { self.expectContent(bytes, of: name) }
        _ = try self.relocation.perform(under: Epoch(7))
        try self.expectRelocated(image, kept: "7")
    }

    @Test func withoutRoomNothingChangesAndTheErrorSaysWhatIsNeeded() throws {
        let image = StoreImage.withHotJournal
        let needed = image.files.values.reduce(0) { $0 + $1.count }
        image.put(into: self.directory)
        let files = BrokenFiles(self.directory)
        files.free = Int64(needed) - 1
        try self.expectUntouched(image, saying: "\(needed) bytes needed", files)
    }

    @Test func aDiskThatFillsUpMeanwhileLeavesNoHalfCopies() throws {
        let image = StoreImage.withHotJournal
        image.put(into: self.directory)
        let files = BrokenFiles(self.directory)
        files.failure = ("broker.db", SystemFailure("write", "broker.db", ENOSPC))
        try self.expectUntouched(image, saying: "bytes needed", files)
    }

    /// Whoever had the store last was stopped in the middle of a write, and goes on with it while it is copied.
    @Test func aFileThatChangesWhileItIsCopiedIsCopiedAgain() throws {
        let image = StoreImage.withLog
        image.put(into: self.directory)
        try self.relocation.request(Epoch(6), line: "x")
        var tries = 0
        let files = BrokenFiles(self.directory)
        files.afterCopy = { name in
            guard name == "broker.db-wal", tries < 2 else { return }
            tries += 1
            #expect(TestFile.overwrite(self.directory.file("broker.db"), at: 100, with: [0, 0, 0, UInt8(tries)]))
        }
        _ = try self.relocation(files).perform(under: Epoch(6))
        #expect(tries == 2)
        #expect(TestFile.bytes(self.directory.file("broker.db"))[100..<104] == [0, 0, 0, 2])
    }

    @Test func aFileThatNeverRestsIsNotTakenOver() throws {
        let image = StoreImage.withLog
        image.put(into: self.directory)
        try self.relocation.request(Epoch(6), line: "x")
        let files = BrokenFiles(self.directory)
        var length = image.files["broker.db-wal"]?.count ?? 0
        files.afterCopy = { name in
            guard name == "broker.db" else { return }
            #expect(TestFile.overwrite(self.directory.file("broker.db-wal"), at: length, with: [1]))
            length += 1
        }
        do throws(SystemFailure) {
            _ = try self.relocation(files).perform(under: Epoch(6))
            Issue.record("it was written to all the time")
        } catch {
            #expect(error.errorNumber == EBUSY)
        }
        #expect(try self.relocation.pending() == Epoch(6))
        #expect(!self.directory.contents().contains { $0.contains("stale") })
    }

    /// Longer than a master may take to serve without a word.
    @Test func aLongCopySaysThatItComesOn() throws {
        let path = self.directory.file("from")
        #expect(TestFile.create(path) && truncate(path, (200 << 20) + 7) == 0)
        var reports = 0
        let copied = try FileCopy.copy(path, to: self.directory.file("to"), sharingBlocks: false) { reports += 1 }
        #expect(copied == (200 << 20) + 7)
        #expect(reports == 3)
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, (1 << 20) - 1, 1 << 20, (3 << 20) + 513])
    func copiesAreEqualWhateverTheLength(bytes: Int) throws {
        var random = SeededChance(seed: UInt64(bytes))
        let content = (0..<bytes).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(TestFile.write(self.directory.file("from"), content))
        let from = self.directory.file("from")
        #expect(try FileCopy.copy(from, to: self.directory.file("to"), sharingBlocks: true) == Int64(bytes))
        self.expectContent(content, of: "to")
        #expect(throws: SystemFailure.self, "never over another file") {
            try FileCopy.copy(from, to: self.directory.file("to"), sharingBlocks: false)
        }
    }
}
