import Election
import Glibc
import TestSupport
import Testing

@testable import Doctor

@Suite struct WorkerTests {
    private let directory = TemporaryDirectory()
    private var worker: Worker { Worker(scratch: self.directory.path) }

    private func perform(_ verb: Verb, _ fields: [String: String]) -> Message {
        self.worker.perform(Message(verb, fields))
    }

    @Test(arguments: ["", ".", "..", "../x", "a/b", "/etc/passwd", ".hidden"])
    func onlyPlainNamesInTheScratchDirectoryAreTouched(name: String) {
        for verb in Verb.allCases where verb != .release && verb != .blocksDone {
            let answer = self.perform(
                verb,
                [
                    "file": name, "prefix": name, "to": name, "kind": "flock", "ms": "0", "pages": "1",
                    "places": "2", "names": "1", "count": "1", "updates": "1", "every_ms": "1", "told": "0",
                ])
            #expect(answer.failure != nil, "\(verb): \(answer)")
        }
        #expect(self.directory.contents().isEmpty)
    }

    @Test func whatIsNotUnderstoodIsAnAnswer() {
        #expect(self.worker.perform(Message("fly")).failure?.contains("fly") == true)
        #expect(self.perform(.hold, ["file": "x", "kind": "wishful"]).failure != nil)
        #expect(self.perform(.make, ["file": "x", "pages": "100000"]).failure != nil)
        #expect(self.perform(.race, ["prefix": "x", "names": "-1"]).failure != nil)
    }

    @Test(arguments: [LockKind.flock, .ofd]) func aHeldLockIsRefusedToOthersUntilItIsReleased(kind: LockKind) {
        let (one, other) = (self.worker, self.worker)
        let task = ["file": "lock", "kind": kind.rawValue]
        #expect(one.perform(Message(.hold, task))["answer"] == "granted")
        #expect(other.perform(Message(.attempt, task))["answer"] == "refused")
        #expect(other.perform(Message(.waitFor, task).with("ms", "5"))["answer"] == "refused")
        #expect(one.perform(Message(.release)).failure == nil)
        #expect(other.perform(Message(.waitFor, task).with("ms", "5"))["answer"] == "granted")
    }

    @Test func countingUnderALockLosesNothing() throws {
        _ = self.perform(.make, ["file": "n", "pages": "1"])
        let taken = try self.perform(.count, ["file": "n", "kind": "ofd", "ms": "20"]).number("taken")
        #expect(taken > 0)
        #expect(try self.perform(.number, ["file": "n", "places": "1"]).number("sum") == taken)
        let more = try self.perform(.pingPong, ["file": "n", "places": "3", "ms": "20"]).number("taken")
        #expect(try self.perform(.number, ["file": "n", "places": "3"]).number("sum") == taken + more)
    }

    @Test func aNameIsMadeOnce() throws {
        #expect(try self.perform(.race, ["prefix": "r", "names": "8"]).text("won") == "ff")
        #expect(try self.perform(.race, ["prefix": "r", "names": "8"]).text("won") == "00")
        #expect(unlink(self.directory.file("r.5")) == 0)
        #expect(try self.perform(.race, ["prefix": "r", "names": "8"]).text("won") == "02")
    }

    @Test func lostAndTornRecordsAreCounted() throws {
        _ = self.perform(.make, ["file": "log", "pages": "1"])
        let task = ["file": "log", "writer": "a", "count": "6"]
        #expect(self.perform(.append, task)["done"] == "6")
        #expect(
            self.perform(.append, task.merging(["writer": "b", "kind": "flock"]) { $1 })["done"] == "6")
        var found = self.perform(.records, ["file": "log"])
        #expect((found["by_a"], found["by_b"], found["torn"]) == ("6", "6", "8"))
        #expect(TestFile.overwrite(self.directory.file("log"), at: 4096 + 512 + 30, with: [0]))
        found = self.perform(.records, ["file": "log"])
        #expect((found["by_a"], found["torn"]) == ("5", "9"))
    }

    @Test func aReplacedFileIsNoticed() throws {
        let worker = self.worker
        _ = worker.perform(Message(.make, ["file": "f", "pages": "1", "content": "one"]))
        #expect(worker.perform(Message(.keep, ["file": "f"])).failure == nil)
        #expect(worker.perform(Message(.waitReplaced, ["file": "f", "ms": "5"]))["seen"] == "no")
        _ = self.perform(.replace, ["file": "f", "content": "two"])
        let seen = worker.perform(Message(.waitReplaced, ["file": "f", "ms": "5"]))
        #expect(seen["seen"] == "yes")
        #expect(self.perform(.identity, ["file": "f"])["content"] == "two")
        #expect(self.perform(.identity, ["file": "g"])["found"] == "no")
    }

    @Test func syncTimesAreOrdered() throws {
        let answer = self.perform(.synchronize, ["file": "s", "count": "30", "ms": "500"])
        let times = try ["p50_us", "p90_us", "p99_us", "max_us"].map { try answer.number($0) }
        #expect(times == times.sorted())
        #expect(try answer.number("count") > 0)
    }

    // MARK: SQLite

    private static let database = ["file": "db", "journal": "truncate", "locking": "normal"]

    @Test func committedRowsAreCounted() {
        #expect(self.perform(.sqlPrepare, Self.database).failure == nil)
        for (writer, rows) in [("a", "7"), ("b", "4")] {
            let task = Self.database.merging(["writer": writer, "rows": rows, "ms": "5000"]) { $1 }
            #expect(self.perform(.sqlWrite, task)["committed"] == rows)
        }
        let count = self.perform(.sqlCount, Self.database)
        #expect((count["a"], count["b"], count["integrity"]) == ("7", "4", "ok"))
    }

    @Test func damageIsSaid() {
        #expect(self.perform(.sqlPrepare, Self.database).failure == nil)
        #expect(TestFile.overwrite(self.directory.file("db"), at: 0, with: [UInt8](repeating: 9, count: 4096)))
        #expect(self.perform(.sqlCount, Self.database).failure?.contains("not a database") == true)
        let task = Self.database.merging(["writer": "a", "rows": "3", "ms": "5000"]) { $1 }
        #expect(self.perform(.sqlWrite, task)["errors"] == "5")
    }

    // MARK: Blocks

    private func write(_ numbers: ClosedRange<UInt64>, done: UInt64) {
        var pages = [UInt8](repeating: 0, count: BlockWriter.pages * 4096)
        for number in numbers {
            let start = Int((number - 1) % UInt64(BlockWriter.pages)) * 4096
            pages.replaceSubrange(start..<start + 4096, with: BlockWriter.page(number))
        }
        #expect(TestFile.write(self.directory.file("blocks"), pages))
        let number = ProbeFile.bytes(done) + [UInt8](repeating: 0, count: 4088)
        #expect(TestFile.write(self.directory.file("blocks.done"), number))
    }

    @Test(
        arguments: [
            (1...5, 5, 5, 0), (1...6, 5, 5, 0), (1...5, 5, 6, 1), (1...5, 7, 5, 2), (1...200, 200, 200, 0),
            (1...201, 200, 199, 0),
            (1...200, 200, 203, 3), (1...1, 0, 0, 0),
        ] as [(ClosedRange<UInt64>, UInt64, UInt64, Int)])
    func blocksThatWereToldMustBeThere(written: ClosedRange<UInt64>, done: UInt64, told: UInt64, missing: Int) {
        self.write(written, done: done)
        let answer = self.perform(.blocksCheck, ["file": "blocks", "told": String(told)])
        #expect(answer["missing"] == String(missing))
    }

    @Test func aBlockWrittenInPartIsMissing() {
        self.write(1...5, done: 5)
        #expect(
            TestFile.overwrite(
                self.directory.file("blocks"), at: 2 * 4096 + 2048, with: [UInt8](repeating: 0, count: 2048)))
        let answer = self.perform(.blocksCheck, ["file": "blocks", "told": "5"])
        #expect((answer["missing"], answer["torn"]) == ("1", "1"))
    }

    @Test func spreadsAreOfTheValuesGiven() {
        let spread = Spread([5, 1, 3, 2, 4])
        #expect([0, 0.2, 0.5, 0.9, 1].map { spread.at($0) } == [1, 1, 3, 5, 5])
        #expect(Spread([]).at(0.5) == 0)
    }
}
