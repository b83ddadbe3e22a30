import Dispatch
import Logging
import Management
import NIOCore
import TestSupport
import Testing

/// `/status` beside storage that takes its time.
@Suite struct StatusDeskTests {
    private static func start(
        _ broker: FakeBroker, _ limits: HTTPLimits = HTTPLimits()
    ) async throws -> ManagementListener {
        try await ManagementListener.start(
            host: "127.0.0.1", port: 0, source: broker, limits: limits, logger: Logger(label: "test"))
    }

    @Test func hangingFilesDelayNothingElseAndAreSaid() async throws {
        let gate = DispatchSemaphore(value: 0)
        let broker = FakeBroker { _ in gate.wait() }
        var limits = HTTPLimits()
        limits.status = .milliseconds(50)
        let listener = try await Self.start(broker, limits)
        let hanging = try #require(try HTTPProbe.get("/status", port: listener.port))
        #expect(hanging.status == 503 && hanging.body.contains("storage may hang"))
        #expect(try HTTPProbe.get("/live", port: listener.port)?.status == 200)
        #expect(try HTTPProbe.get("/metrics", port: listener.port)?.status == 200)
        #expect(try HTTPProbe.get("/status", port: listener.port)?.status == 503)
        #expect(broker.statusLooks == 1, "one look at a time")
        gate.signal()
        await listener.stop()
    }

    @Test func whoAsksMeanwhileGetsTheSameAnswer() async throws {
        let gate = DispatchSemaphore(value: 0)
        let broker = FakeBroker { _ in gate.wait() }
        let listener = try await Self.start(broker)
        let probes = try (0..<5).map { _ in try HTTPProbe(port: listener.port) }
        for probe in probes { probe.send("GET /status HTTP/1.1\r\nHost: a\r\n\r\n") }
        // Served in order on one loop: when this answer is here, the five have asked.
        let last = try HTTPProbe(port: listener.port)
        last.send("GET /live HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(last.answer()?.status == 200)
        gate.signal()
        for probe in probes { #expect(probe.answer()?.body == "{\"look\":1}\n") }
        #expect(broker.statusLooks == 1)
        await listener.stop()
    }

    @Test func anOldAnswerIsNotGivenAgain() async throws {
        let broker = FakeBroker()
        var limits = HTTPLimits()
        limits.statusFreshness = .milliseconds(1)
        let listener = try await Self.start(broker, limits)
        #expect(try HTTPProbe.get("/status", port: listener.port)?.body == "{\"look\":1}\n")
        #expect(try ChildProcess("sleep", ["0.1"]).wait() == 0)
        #expect(try HTTPProbe.get("/status", port: listener.port)?.body == "{\"look\":2}\n")
        await listener.stop()
    }
}
