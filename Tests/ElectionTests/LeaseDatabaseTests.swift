import Glibc
import Migrations
import SQLite
import TestSupport
import Testing

@testable import Election

@Suite struct LeaseDatabaseTests {
    private let directory = TemporaryDirectory()
    private let clock = ManualClock()

    private func database(_ broker: BrokerIdentity) -> LeaseDatabase {
        LeaseDatabase(directory: self.directory.path, broker: broker, clock: self.clock)
    }

    private var sighting: LeaseSighting { LeaseReader.look(in: self.directory.path) }

    private func event(_ number: Int64, _ name: String = "lock.acquired") -> HistoryEntry {
        HistoryEntry(
            happenedAtMilliseconds: number, event: name, epoch: Epoch(number), broker: "a", host: "h", pid: 1,
            otherBroker: "b", otherHost: nil, otherPID: nil, otherEpoch: nil, durationMilliseconds: 5,
            detail: "d\(number)")
    }

    private func history() throws -> [HistoryEntry] {
        let reading = LeaseReader.read(in: self.directory.path) { (database) throws(SQLiteError) in
            try LeaseReader.history(in: database, limit: 5000)
        }
        guard case .found(let entries) = reading else {
            Issue.record("no history: \(reading)")
            return []
        }
        return entries
    }

    /// The first column of the first row, as a person at the sqlite3 prompt would see it.
    private func ask(_ sql: StaticString) throws -> String? {
        let database = try Database(path: self.directory.file("lease.db"), access: .readOnly)
        let statement = try database.prepare(sql, for: "test")
        defer { statement.reset() }
        return try statement.step() ? statement.text(0) : nil
    }

    // MARK: Taking

    @Test func aNewDirectoryGetsACompleteFile() throws {
        #expect(self.sighting == .none)
        let row = Fixture.lease(1, Fixture.broker("a"))
        #expect(try self.database(Fixture.broker("a")).take(row) == .taken(over: nil, setAside: nil))
        #expect(self.sighting == .row(row))
        #expect(self.directory.contents() == ["lease.db", "lease.db-journal"])
    }

    @Test func aLaterEpochTakesTheRowAndAnEarlierDoesNot() throws {
        let first = Fixture.lease(5, Fixture.broker("a"))
        _ = try self.database(Fixture.broker("a")).take(first)
        let other = self.database(Fixture.broker("b", instance: 2))
        #expect(try other.take(Fixture.lease(5, Fixture.broker("b", instance: 2))) == .behind(Epoch(5)))
        #expect(try other.take(Fixture.lease(4, Fixture.broker("b", instance: 2))) == .behind(Epoch(5)))
        #expect(self.sighting == .row(first))
        let later = Fixture.lease(6, Fixture.broker("b", instance: 2))
        #expect(try other.take(later) == .taken(over: first, setAside: nil))
        #expect(self.sighting == .row(later))
    }

    @Test(arguments: [[UInt8]("this is no database, but it is long enough to be looked at as one".utf8), [0x53]])
    func garbageIsSetAsideAndRebuilt(garbage: [UInt8]) throws {
        let file = try FileHandle.open(self.directory.file("lease.db"), O_CREAT | O_WRONLY)
        try file.write(garbage + [UInt8](repeating: 0x41, count: 8192), at: 0)
        guard case .unreadable = self.sighting else {
            Issue.record("expected it to be unreadable, got \(self.sighting)")
            return
        }
        let row = Fixture.lease(3, Fixture.broker("a"))
        guard case .taken(nil, let setAside?) = try self.database(Fixture.broker("a")).take(row) else {
            Issue.record("expected the file to be set aside")
            return
        }
        #expect(setAside.name == "lease.db.set-aside-20260202T024000.000Z")
        #expect(TestFile.size(self.directory.file(setAside.name)) == garbage.count + 8192, "nothing is thrown away")
        #expect(self.sighting == .row(row))
    }

    @Test func anotherProgramsDatabaseIsSetAside() throws {
        let foreign = try Database(path: self.directory.file("lease.db"), access: .readWriteCreate)
        try foreign.execute("CREATE TABLE theirs (a)")
        foreign.close()
        let row = Fixture.lease(1, Fixture.broker("a"))
        guard case .taken(nil, .some) = try self.database(Fixture.broker("a")).take(row) else {
            Issue.record("expected the file to be set aside")
            return
        }
        #expect(self.sighting == .row(row))
    }

    @Test func aDamagedFileKeepsTheHistoryThatCanBeRead() throws {
        let first = self.database(Fixture.broker("a"))
        let row = Fixture.lease(1, Fixture.broker("a"))
        _ = try first.take(row)
        _ = first.renew(row, notes: LeaseNotes(events: [self.event(1), self.event(2)]))
        first.close()
        let database = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try database.execute("DROP TABLE lease")
        database.close()
        let later = Fixture.lease(2, Fixture.broker("b"))
        guard case .taken(nil, .some) = try self.database(Fixture.broker("b")).take(later) else {
            Issue.record("expected the file to be set aside")
            return
        }
        #expect(try self.history().map(\.detail) == ["d2", "d1"])
    }

    @Test func whatADyingBrokerLeftHalfMadeIsRemoved() throws {
        for name in ["lease.db.00000000000000aa", "lease.db.backup"] {
            _ = try FileHandle.open(self.directory.file(name), O_CREAT | O_WRONLY)
        }
        _ = try self.database(Fixture.broker("a")).take(Fixture.lease(1, Fixture.broker("a")))
        #expect(self.directory.contents().filter { !$0.hasSuffix("-journal") } == ["lease.db", "lease.db.backup"])
    }

    @Test func anEmptyFileGetsItsSchema() throws {
        _ = try FileHandle.open(self.directory.file("lease.db"), O_CREAT | O_WRONLY)
        #expect(self.sighting == .none)
        let row = Fixture.lease(1, Fixture.broker("a"))
        #expect(try self.database(Fixture.broker("a")).take(row) == .taken(over: nil, setAside: nil))
    }

    @Test func aNewerSchemaIsRefusedByName() throws {
        let row = Fixture.lease(1, Fixture.broker("a"))
        _ = try self.database(Fixture.broker("a")).take(row)
        let database = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try database.execute(
            "INSERT INTO schema_migration (number, name, checksum, applied_at_ms) VALUES (9999, '9999_future', 'x', 0)")
        database.close()
        guard case .newer(let text) = self.sighting else {
            Issue.record("expected a newer schema, got \(self.sighting)")
            return
        }
        #expect(text.contains("9999_future"))
        #expect(throws: LeaseError.newer(text)) {
            try self.database(Fixture.broker("b")).take(Fixture.lease(2, Fixture.broker("b")))
        }
        #expect(self.directory.contents().allSatisfy { !$0.contains("set-aside") }, "and left where it is")
    }

    @Test func aReaderThatStaysDoesNotKeepAnybodyFromBecomingMaster() throws {
        let first = Fixture.lease(1, Fixture.broker("a"))
        _ = try self.database(Fixture.broker("a")).take(first)
        let reader = try Database(path: self.directory.file("lease.db"), access: .readOnly)
        try reader.begin(.deferred)
        let statement = try reader.prepare("SELECT epoch FROM lease", for: "test")
        #expect(try statement.step())
        let later = Fixture.lease(2, Fixture.broker("b"))
        guard case .taken(_, let setAside?) = try self.database(Fixture.broker("b")).take(later) else {
            Issue.record("expected the reader to be left with the old file")
            return
        }
        #expect(setAside.reason.contains("another process"))
        #expect(self.sighting == .row(later))
        statement.reset()
    }

    @Test func aCrashedMastersJournalIsRolledBackByTheNext() throws {
        let row = Fixture.lease(1, Fixture.broker("a"), counter: 7)
        _ = try self.database(Fixture.broker("a")).take(row)
        // A transaction that spilled to the file and was cut off: copy file and journal while it is under way.
        let copy = TemporaryDirectory()
        let writer = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try writer.setCacheSize(kibibytes: 1)
        try writer.begin(.immediate)
        try writer.execute("UPDATE lease SET counter = 8")
        try writer.execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
            INSERT INTO ha_event (happened_at_ms, event, epoch, broker, host, pid, detail)
            SELECT i, 'x', 1, 'a', 'h', 1, hex(zeroblob(200)) FROM n
            """)
        for name in ["lease.db", "lease.db-journal"] {
            let source = try FileHandle.open(self.directory.file(name), O_RDONLY)
            let target = try FileHandle.open(copy.file(name), O_CREAT | O_WRONLY)
            try target.write(try source.read(upTo: 1 << 22), at: 0)
        }
        writer.rollback()
        guard case .unclear = LeaseReader.look(in: copy.path) else {
            Issue.record("a reader must not roll back: \(LeaseReader.look(in: copy.path))")
            return
        }
        let next = LeaseDatabase(directory: copy.path, broker: Fixture.broker("b"), clock: self.clock)
        #expect(try next.take(Fixture.lease(2, Fixture.broker("b"))) == .taken(over: row, setAside: nil))
    }

    // MARK: Keeping

    @Test func aRenewalMovesTheRowAndCarriesTheNotes() throws {
        let broker = Fixture.broker("a")
        let database = self.database(broker)
        var row = Fixture.lease(1, broker)
        _ = try database.take(row)
        row.counter = 1
        row.phase = .active
        row.renewedAtMilliseconds += 500
        let beat = BeatRecord(
            broker: broker, state: .master, epoch: Epoch(1), counter: 9, times: .standard, wallMilliseconds: 0)
        let notes = LeaseNotes(events: [self.event(1)], brokers: [beat])
        #expect(database.renew(row, notes: notes) == .renewed)
        #expect(self.sighting == .row(row))
        #expect(try self.history() == [self.event(1)])
        #expect(try self.ask("SELECT name || ' ' || state || ' ' || counter FROM broker") == "a MASTER 9")
        #expect(try self.ask("SELECT master FROM who_is_master") == "a")
        #expect(try self.ask("SELECT event FROM ha_history") == "lock.acquired")
    }

    @Test func theHistoryKeepsTheLastThousand() throws {
        let broker = Fixture.broker("a")
        let database = self.database(broker)
        let row = Fixture.lease(1, broker)
        _ = try database.take(row)
        for start in stride(from: Int64(0), to: 1200, by: 100) {
            let events = (start..<start + 100).map { self.event($0) }
            #expect(database.renew(row, notes: LeaseNotes(events: events)) == .renewed)
        }
        let history = try self.history()
        #expect(history.count == 1000)
        #expect(history.first == self.event(1199))
        #expect(history.last == self.event(200))
    }

    @Test func theQueueSummaryFollowsWhatIsPublished() throws {
        let broker = Fixture.broker("a")
        let database = self.database(broker)
        let row = Fixture.lease(1, broker)
        _ = try database.take(row)
        func queue(_ name: String, _ messages: Int64) -> QueueSummary {
            QueueSummary(
                destination: name, kind: "queue", messages: messages, consumers: 1, producers: 2, enqueued: 3,
                dequeued: 4)
        }
        for queues in [[queue("a", 1), queue("b", 1)], [queue("b", 2), queue("c", 1)], [], [queue("d", 4)]] {
            #expect(database.renew(row, notes: LeaseNotes(queues: queues)) == .renewed)
            let reading = LeaseReader.read(in: self.directory.path) { (database) throws(SQLiteError) in
                try LeaseReader.queues(in: database)
            }
            guard case .found(let found) = reading else {
                Issue.record("no summary: \(reading)")
                return
            }
            #expect(found == queues)
        }
        #expect(database.renew(row, notes: LeaseNotes()) == .renewed)
        #expect(try self.ask("SELECT messages FROM queue_summary") == "4", "nothing published, nothing changed")
    }

    @Test func anotherEpochOrInstanceSupersedes() throws {
        let broker = Fixture.broker("a")
        let row = Fixture.lease(1, broker)
        for change in ["epoch = 2", "instance = '00000000000000ff'"] {
            let directory = TemporaryDirectory()
            let database = LeaseDatabase(directory: directory.path, broker: broker, clock: self.clock)
            _ = try database.take(row)
            let thief = try Database(path: directory.file("lease.db"), access: .readWrite)
            try thief.execute("UPDATE lease SET \(change)")
            guard case .superseded(let found?) = database.renew(row, notes: LeaseNotes(events: [self.event(1)])) else {
                Issue.record("expected to be superseded")
                return
            }
            #expect(found.epoch != row.epoch || found.holder.instance != row.holder.instance)
            try thief.execute("DELETE FROM lease")
            #expect(database.renew(row, notes: LeaseNotes()) == .superseded(by: nil))
        }
        #expect(try self.database(broker).take(row) == .taken(over: nil, setAside: nil))
    }

    /// A directory restored from a backup of this very term.
    @Test func ourOwnRowOfEarlierIsNotRenewed() throws {
        let broker = Fixture.broker("a")
        let database = self.database(broker)
        var row = Fixture.lease(1, broker)
        _ = try database.take(row)
        for counter in Int64(1)...3 {
            row.counter = counter
            #expect(database.renew(row, notes: LeaseNotes()) == .renewed)
        }
        let backup = try Database(path: self.directory.file("lease.db"), access: .readWrite)
        try backup.execute("UPDATE lease SET counter = 2")
        row.counter = 4
        guard case .superseded(let found?) = database.renew(row, notes: LeaseNotes()) else {
            Issue.record("a row of an earlier beat was renewed")
            return
        }
        #expect(found.counter == 2 && found.holder.instance == broker.instance)
        try backup.execute("UPDATE lease SET counter = 3")
        #expect(database.renew(row, notes: LeaseNotes()) == .renewed)
        // A renewal whose outcome was not known, and which is there after all.
        #expect(database.renew(row, notes: LeaseNotes()) == .renewed)
    }

    @Test func aRemovedOrReplacedFileSupersedes() throws {
        let broker = Fixture.broker("a")
        let database = self.database(broker)
        let row = Fixture.lease(1, broker)
        _ = try database.take(row)
        #expect(rename(self.directory.file("lease.db"), self.directory.file("kept")) == 0)
        #expect(database.renew(row, notes: LeaseNotes()) == .superseded(by: nil))
        _ = try self.database(Fixture.broker("b")).take(Fixture.lease(2, Fixture.broker("b")))
        #expect(database.renew(row, notes: LeaseNotes()) == .superseded(by: nil))
    }

    @Test func aReaderThatStaysLeavesTheRowProvedButUnwritten() throws {
        let broker = Fixture.broker("a")
        let database = self.database(broker)
        var row = Fixture.lease(1, broker)
        _ = try database.take(row)
        let reader = try Database(path: self.directory.file("lease.db"), access: .readOnly)
        try reader.begin(.deferred)
        let statement = try reader.prepare("SELECT epoch FROM lease", for: "test")
        #expect(try statement.step())
        row.counter = 1
        guard case .unwritten = database.renew(row, notes: LeaseNotes(queues: [])) else {
            Issue.record("expected the row to be read at least")
            return
        }
        statement.reset()
        try reader.commit()
        #expect(database.renew(row, notes: LeaseNotes(queues: [])) == .renewed)
    }

    @Test func nothingIsRenewedBeforeItIsTaken() {
        guard
            case .failed = self.database(Fixture.broker("a")).renew(
                Fixture.lease(1, Fixture.broker("a")), notes: LeaseNotes())
        else {
            Issue.record("expected a failure")
            return
        }
    }

    // MARK: The gate's look

    @Test func theProbeSeesEachChangeByOthers() throws {
        let broker = Fixture.broker("a")
        let database = self.database(broker)
        var row = Fixture.lease(1, broker)
        _ = try database.take(row)
        let probe = try LeaseProbe(directory: self.directory.path)
        for counter in Int64(1)...5 {
            row.counter = counter
            #expect(database.renew(row, notes: LeaseNotes()) == .renewed)
            #expect(probe.look(for: Epoch(1), broker.instance) == .ours)
        }
        #expect(probe.look(for: Epoch(1), InstanceID(99)) == .another(Epoch(1), broker.instance))
        _ = try self.database(Fixture.broker("b", instance: 2)).take(Fixture.lease(2, Fixture.broker("b", instance: 2)))
        #expect(probe.look(for: Epoch(1), broker.instance) == .another(Epoch(2), InstanceID(2)))
        #expect(unlink(self.directory.file("lease.db")) == 0)
        #expect(probe.look(for: Epoch(1), broker.instance) == .gone)
        #expect(throws: LeaseError.notOpen) { try LeaseProbe(directory: self.directory.path) }
    }
}
