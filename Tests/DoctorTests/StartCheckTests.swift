import Election
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Doctor

@Suite struct StartCheckTests {
    private let directory = TemporaryDirectory()

    private func settings(_ directory: String? = nil) -> StartCheck.Settings {
        var settings = StartCheck.Settings(
            directory: directory ?? self.directory.path, name: "node-1", slowSync: .seconds(30))
        settings.delay = .zero
        return settings
    }

    /// Runs a check to its end.
    private func result(of settings: StartCheck.Settings) async throws -> StartCheck.Result {
        let (results, sink) = AsyncStream.makeStream(of: StartCheck.Result.self)
        let check = try StartCheck(settings) { step in
            Issue.record("\(step) hangs")
        } done: { result in
            sink.yield(result)
            sink.finish()
        }
        var iterator = results.makeAsyncIterator()
        let result = try #require(await iterator.next())
        check.stop()
        return result
    }

    @Test func aLocalDirectoryHasNoProblemsAndKeepsNothing() async throws {
        let result = try await self.result(of: self.settings())
        #expect(result.problems.isEmpty && result.skipped.isEmpty, "\(result)")
        let figures = Dictionary(uniqueKeysWithValues: result.figures.map { ($0.key, $0.value) })
        for (key, value) in [
            ("locks", "flock,ofd"), ("exclusive_create", "yes"), ("stable_inodes", "yes"), ("direct_read", "yes"),
        ] { #expect(figures[key] == value, "\(key)") }
        #expect(Set(figures.keys).isSuperset(of: ["sync_p50_us", "sync_max_us", "syncs", "mmap", "took_ms"]))
        #expect(self.directory.contents().isEmpty)
    }

    @Test func aSlowSyncIsAProblemWithARemedy() async throws {
        var settings = self.settings()
        settings.slowSync = .nanoseconds(1)
        let problems = try await self.result(of: settings).problems
        #expect(problems.count == 1)
        #expect(problems.first?.text.contains("sync took") == true)
        #expect(problems.first?.remedy.isEmpty == false)
    }

    @Test func whatCannotBeTriedIsSkippedQuietly() async throws {
        let result = try await self.result(of: self.settings(self.directory.file("missing")))
        #expect(result.problems.isEmpty)
        #expect(result.skipped.count == 1)
        #expect(result.skipped.first?.hasPrefix("scratch") == true)
    }

    @Test func noTimeIsNoProblem() async throws {
        var settings = self.settings()
        settings.limit = .zero
        let result = try await self.result(of: settings)
        #expect(result.problems.isEmpty)
        #expect(result.skipped.count == 7)
        #expect(self.directory.contents().isEmpty)
    }

    @Test func stoppingBreaksItOffAndLeavesNothing() throws {
        let isDone = Atomic<Bool>(false)
        var settings = self.settings()
        settings.delay = .seconds(60)
        let check = try StartCheck(settings) { _ in
        } done: { _ in
            isDone.store(true, ordering: .releasing)
        }
        check.stop()
        let isTold = isDone.load(ordering: .acquiring)
        #expect(!isTold)
        #expect(self.directory.contents().isEmpty)
    }

    @Test func whatAKilledStartLeftIsTakenAwayAndNothingElse() async throws {
        let corner = self.directory.file("doctor")
        #expect(mkdir(corner, 0o755) == 0)
        let names = [
            "node-1.00000000000000aa.start-sync", "node-1.00000000000000aa.peer", "node-2.00000000000000aa.start-sync",
            "node-1.x.start-sync",
        ]
        for name in names { #expect(TestFile.create("\(corner)/\(name)")) }
        _ = try await self.result(of: self.settings())
        #expect(TemporaryDirectory.contents(of: corner) == Array(names.dropFirst()).sorted())
    }
}
