import TestSupport
import Testing

@testable import BrokerCore

@Suite struct ScheduleWindowTests {
    static func job(_ id: Int64, due: Int64, bytes: Int = 0) -> ScheduleRecord {
        let message = Message(
            id: MessageID(producer: SampleMessage.producer, sequence: id),
            headers: MessageHeaders(destination: .queue("Q"), isPersistent: true), properties: nil, bodyKind: .bytes,
            isCompressed: false, body: [UInt8](repeating: 0, count: bytes))
        return ScheduleRecord(
            id: ScheduleID(id), jobID: "p:\(id)", dueMs: due, delayMs: 0, periodMs: 0, repeatsLeft: 0, cron: nil,
            message: message)
    }

    private func ids(_ jobs: [ScheduleRecord]) -> [Int64] { jobs.map(\.id.rawValue) }

    @Test func holdsTheNextJobsInOrderAndDropsTheRest() {
        var window = ScheduleWindow(maximumJobs: 4, maximumBytes: .max)
        window.receive([], after: .start, unseen: [])
        #expect(window.reach == nil)
        for id in Int64(1)...4 { window.apply(.insert(Self.job(id, due: 100 - id * 10), prepared: nil)) }
        #expect(self.ids(window.jobs) == [4, 3, 2, 1])
        window.apply(.insert(Self.job(5, due: 60), prepared: nil))
        #expect(self.ids(window.jobs) == [4, 5, 3] && window.reach == ScheduleKey(dueMs: 70, id: ScheduleID(3)))
        window.apply(.insert(Self.job(6, due: 71), prepared: nil))
        #expect(self.ids(window.jobs) == [4, 5, 3], "behind the window")
        #expect(self.ids(window.takeDue(atMs: 60, limit: 10)) == [4, 5])
        #expect(self.ids(window.takeDue(atMs: 60, limit: 10)) == [])
        #expect(window.needsPage && window.bytes == 1_024)
    }

    @Test func isBoundedInBytesButHoldsOneJobAtLeast() {
        var window = ScheduleWindow(maximumJobs: 100, maximumBytes: 10_000)
        window.receive([], after: .start, unseen: [])
        window.apply(.insert(Self.job(1, due: 10, bytes: 50_000), prepared: nil))
        #expect(self.ids(window.jobs) == [1] && window.reach == nil)
        window.apply(.insert(Self.job(2, due: 5, bytes: 50_000), prepared: nil))
        #expect(self.ids(window.jobs) == [2] && window.reach?.dueMs == 5)
        #expect(window.bytes == 51_024)
    }

    @Test func aPageIsCorrectedByWhatItDoesNotShow() {
        var window = ScheduleWindow(maximumJobs: 100, maximumBytes: .max)
        let page = [Self.job(1, due: 10), Self.job(2, due: 20), Self.job(3, due: 30), Self.job(4, due: 40)]
        var moved = page[0]
        moved.dueMs = 35
        window.receive(
            page, after: .start,
            unseen: [
                .insert(Self.job(5, due: 25), prepared: nil), .insert(Self.job(6, due: 50), prepared: nil),
                .remove(ScheduleID(2), jobID: "p:2"), .remove(ScheduleID(3), jobID: "another's"),
                .reschedule(moved), .insert(page[3], prepared: nil),
                .insert(Self.job(7, due: 26), prepared: XATransactionID(formatID: 1, global: [], branch: [])),
                .removeDue(24...25),
            ])
        #expect(self.ids(window.jobs) == [3, 1, 4])
        #expect(window.reach == ScheduleKey(dueMs: 40, id: ScheduleID(4)))
    }

    @Test func aPageOfAnotherPlaceIsNotTaken() {
        var window = ScheduleWindow(maximumJobs: 100, maximumBytes: .max)
        window.receive([Self.job(1, due: 10)], after: .start, unseen: [])
        window.receive([Self.job(2, due: 20)], after: .start, unseen: [])
        #expect(self.ids(window.jobs) == [1])
        window.reset()
        #expect(window.jobs.isEmpty && window.bytes == 0 && window.reach == .start)
    }

    /// Against a plain list, with a store that lags behind: whatever happens, the window takes what is due, in order.
    @Test(arguments: Array(UInt64(1)...12))
    func neverMissesAJobNorTakesOneTwice(seed: UInt64) {
        var world = WindowWorld(seed: seed)
        for _ in 0..<3_000 { world.step() }
        world.finish()
        #expect(world.faults.isEmpty, "seed \(seed): \(world.faults.prefix(3))")
        #expect(world.fired > 300)
    }
}

/// A window on a store that is told of changes late and answers pages late, beside a list that knows everything.
private struct WindowWorld {
    private var chance: SeededRandom
    private var book = ScheduleBook()
    private var truth = ScheduleTable()
    private var store = ScheduleTable()
    private var forming: [ScheduleChange] = []
    private var outstanding: (request: ScheduleBook.PageRequest, page: [ScheduleRecord])?
    private var now: Int64 = 0
    private var lastID: Int64 = 0
    private(set) var fired = 0
    private(set) var faults: [String] = []

    init(seed: UInt64) {
        self.chance = SeededRandom(seed: seed)
        self.book.window = ScheduleWindow(maximumJobs: 8, maximumBytes: 20_000)
    }

    mutating func step() {
        switch Int.random(in: 0..<12, using: &self.chance) {
        case 0...3: self.add()
        case 4: self.remove()
        case 5: self.handOver()
        case 6, 7: self.ask()
        case 8, 9: self.answer()
        default: self.fire(at: self.now + Int64.random(in: 0..<30, using: &self.chance))
        }
    }

    /// Lets everything come due.
    mutating func finish() {
        for _ in 0..<10_000 where !self.truth.jobs.isEmpty {
            self.handOver()
            self.ask()
            self.answer()
            self.fire(at: self.now + 50)
        }
        if !self.truth.jobs.isEmpty { self.faults.append("\(self.truth.jobs.count) jobs are left") }
    }

    private mutating func change(_ change: ScheduleChange) {
        self.truth.apply(change)
        self.forming.append(change)
        self.book.window.apply(change)
    }

    private mutating func add() {
        self.lastID += 1
        let due = self.now + Int64.random(in: -5..<200, using: &self.chance)
        let bytes = Int.random(in: 0..<10, using: &self.chance) == 0 ? 15_000 : 10
        self.change(.insert(ScheduleWindowTests.job(self.lastID, due: due, bytes: bytes), prepared: nil))
    }

    private mutating func remove() {
        if Int.random(in: 0..<8, using: &self.chance) == 0 {
            let from = self.now + Int64.random(in: 0..<100, using: &self.chance)
            self.change(.removeDue(from...from + 20))
        } else if let job = self.truth.jobs.randomElement(using: &self.chance) {
            self.change(.remove(job.id, jobID: job.jobID))
        }
    }

    private mutating func handOver() {
        guard !self.forming.isEmpty else { return }
        var batch = StoreBatch()
        batch.scheduleChanges = self.forming
        self.forming = []
        if Int.random(in: 0..<10, using: &self.chance) == 0 {
            // No room: everything waits again, and no page has seen it.
            self.book.handOver(batch)
            self.ask()
            self.forming = batch.scheduleChanges
            self.book.takeBack()
            return
        }
        self.book.handOver(batch)
        for change in batch.scheduleChanges { self.store.apply(change) }
    }

    private mutating func ask() {
        guard let request = self.book.nextWindowPage(limit: 3) else { return }
        let page = self.store.page(after: request.after, through: .max, limit: request.limit, maximumBytes: 12_000)
        self.outstanding = (request, page)
    }

    private mutating func answer() {
        guard let (request, page) = self.outstanding, case .window(let generation) = request.receiver else { return }
        self.outstanding = nil
        self.book.receive(page, after: request.after, generation: generation, pending: self.forming)
    }

    private mutating func fire(at time: Int64) {
        self.now = time
        for job in self.book.window.takeDue(atMs: time, limit: 3) {
            self.fired += 1
            let next = self.truth.jobs.first
            if next?.id != job.id || next?.dueMs != job.dueMs {
                self.faults.append("\(job.jobID) at \(job.dueMs) instead of \(next.map { "\($0.key)" } ?? "none")")
            }
            if job.id.rawValue % 4 == 0, job.dueMs < 2_000 {
                var again = job
                again.dueMs = max(job.dueMs + 40, time + 1)
                self.change(.reschedule(again))
            } else {
                self.change(.remove(job.id, jobID: job.jobID))
            }
        }
    }
}
