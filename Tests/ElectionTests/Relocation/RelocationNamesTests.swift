import Testing

@testable import Election

@Suite struct RelocationNamesTests {
    @Test(arguments: [
        ("broker.db.new-5", "broker.db", "broker.db.stale-5"),
        ("broker.db.new-5-wal", "broker.db-wal", "broker.db.stale-5-wal"),
        ("broker.db.new-12.3-journal", "broker.db-journal", "broker.db.stale-12.3-journal"),
        ("broker.db.new-5-shm", "broker.db-shm", "broker.db.stale-5-shm"),
    ])
    func aCopyNamesItsGoalAndTheNameOfTheOldFile(name: String, goal: String, kept: String) throws {
        let copy = try #require(RelocationNames.Copy(parsing: name))
        #expect(copy.name == name)
        #expect(copy.goal == goal)
        #expect(copy.keptName == kept)
        #expect(copy.isOfContent == !name.hasSuffix("-shm"))
    }

    @Test(arguments: [
        "broker.db", "broker.db.new-", "broker.db.new-x", "broker.db.new-05", "broker.db.new--5", "broker.db.new-5-",
        "broker.db.new-5.", "broker.db.new-5.1.1", "broker.db.new-0", "broker.db.stale-5", "broker.db.new-5-wal-wal",
        "lease.db.new-5",
    ])
    func otherNamesAreNoCopies(name: String) { #expect(RelocationNames.Copy(parsing: name) == nil) }

    @Test func markersReadBackAsTheyAreWritten() {
        for marker in [RelocationNames.Marker.requested(Epoch(5)), .copied(Epoch(99))] {
            #expect(RelocationNames.Marker(parsing: marker.name) == marker)
        }
        for name in ["relocate", "relocate.", "relocate.x", "relocate.5.copied.copied", "relocate.05", "epoch.5"] {
            #expect(RelocationNames.Marker(parsing: name) == nil, "\(name)")
        }
    }
}
