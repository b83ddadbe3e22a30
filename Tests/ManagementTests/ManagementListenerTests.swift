import Election
import Logging
import Management
import NIOCore
import Synchronization
import TestSupport
import Testing

/// Over real sockets, with a client that knows nothing of the server.
@Suite struct ManagementListenerTests {
    private static func start(
        _ broker: FakeBroker = FakeBroker(), _ limits: HTTPLimits = HTTPLimits()
    ) async throws -> ManagementListener {
        try await ManagementListener.start(
            host: "127.0.0.1", port: 0, source: broker, limits: limits, logger: Logger(label: "test"))
    }

    @Test func pagesAreWhereTheyAreSaidToBe() async throws {
        let broker = FakeBroker()
        let listener = try await Self.start(broker)
        let live = try #require(try HTTPProbe.get("/live", port: listener.port))
        #expect(live.status == 200 && live.body == "alive\n")
        let metrics = try #require(try HTTPProbe.get("/metrics?x=y", port: listener.port))
        #expect(metrics.status == 200)
        #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(metrics.body == MetricsPage.text(of: broker.figures()))
        let status = try #require(try HTTPProbe.get("/status", port: listener.port))
        #expect(status.status == 200 && status.body == "{\"look\":1}\n")
        #expect(status.headers["content-type"] == "application/json")
        let missing = try #require(try HTTPProbe.get("/nothing", port: listener.port))
        #expect(missing.status == 404 && missing.body.contains("/metrics"))
        await listener.stop()
    }

    @Test func readinessFollowsTheBroker() async throws {
        let broker = FakeBroker(Fixture.figures(.standby, holder: "b"))
        let listener = try await Self.start(broker)
        #expect(try HTTPProbe.get("/ready", port: listener.port)?.status == 503)
        var figures = Fixture.figures(.master)
        figures.isServing = true
        broker.show(figures)
        #expect(try HTTPProbe.get("/ready", port: listener.port)?.status == 200)
        await listener.stop()
    }

    @Test func oneConnectionServesManyRequestsAlsoPipelinedOnes() async throws {
        let listener = try await Self.start()
        let probe = try HTTPProbe(port: listener.port)
        let request = "GET /live HTTP/1.1\r\nHost: a\r\n\r\n"
        // More bytes in all than one request may have.
        for _ in 0..<500 {
            probe.send(request)
            #expect(probe.answer()?.status == 200)
        }
        probe.send(request + request + "HEAD /live HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(probe.answer()?.body == "alive\n")
        #expect(probe.answer()?.body == "alive\n")
        let head = try #require(probe.answer(hasBody: false))
        #expect(head.status == 200 && head.headers["content-length"] == "6")
        await listener.stop()
        #expect(probe.isClosedByPeer())
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
    func nothingCanBeChanged(method: String) async throws {
        let listener = try await Self.start()
        let probe = try HTTPProbe(port: listener.port)
        probe.send("\(method) /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        let answer = try #require(probe.answer())
        #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD")
        await listener.stop()
    }

    @Test(arguments: [
        "GET /" + String(repeating: "a", count: 40_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /live HTTP/1.1\r\nX: " + String(repeating: "a", count: 40_000) + "\r\n\r\n",
        "GET /live HTTP/1.1\r\nContent-Length: 40000\r\n\r\n" + String(repeating: "a", count: 40_000),
        "GET /live HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 5000) + "\r\n",
    ])
    func anOversizedRequestIsRefusedAndCutOff(request: String) async throws {
        let listener = try await Self.start()
        let probe = try HTTPProbe(port: listener.port)
        probe.send(request)
        // A peer that still sends when it is cut off may lose the answer with the connection.
        if let answer = probe.answer() { #expect([400, 431].contains(answer.status)) }
        #expect(probe.isClosedByPeer())
        #expect(try HTTPProbe.get("/live", port: listener.port)?.status == 200)
        await listener.stop()
    }

    @Test(arguments: [
        "\u{16}\u{3}\u{1}\u{0}garbage\r\n\r\n", "GET\r\n\r\n", "GET /live HTTP/9.9\r\n\r\n", "\r\n \r\nx: y\r\n\r\n",
    ])
    func garbageIsRefusedAndCutOff(bytes: String) async throws {
        let listener = try await Self.start()
        let probe = try HTTPProbe(port: listener.port)
        probe.send(bytes)
        if let answer = probe.answer() { #expect(answer.status >= 400) }
        #expect(probe.isClosedByPeer())
        await listener.stop()
    }

    @Test func aPeerThatNeverFinishesItsRequestIsClosed() async throws {
        var limits = HTTPLimits()
        limits.request = .milliseconds(50)
        let listener = try await Self.start(FakeBroker(), limits)
        let probe = try HTTPProbe(port: listener.port)
        probe.send("GET /live HTTP/1.1\r\nHost:")
        #expect(probe.isClosedByPeer())
        await listener.stop()
    }

    @Test func anIdlePeerIsClosed() async throws {
        var limits = HTTPLimits()
        limits.idle = .milliseconds(50)
        let listener = try await Self.start(FakeBroker(), limits)
        let probe = try HTTPProbe(port: listener.port)
        probe.send("GET /live HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(probe.answer()?.status == 200)
        #expect(probe.isClosedByPeer())
        await listener.stop()
    }

    @Test func aPeerThatDoesNotTakeItsAnswerIsClosedAndKeepsNobodyWaiting() async throws {
        var limits = HTTPLimits()
        limits.answer = .milliseconds(100)
        // More than the system keeps for a connection.
        let broker = FakeBroker(padding: String(repeating: " ", count: 20_000_000))
        let listener = try await Self.start(broker, limits)
        let slow = try HTTPProbe(port: listener.port, receiveBuffer: 4096)
        slow.send("GET /status HTTP/1.1\r\nHost: a\r\n\r\n")
        // Reads only once another peer was served and the slow one's time is over.
        #expect(try HTTPProbe.get("/live", port: listener.port)?.status == 200)
        let patient = try HTTPProbe(port: listener.port)
        #expect(try ChildProcess("sleep", ["0.5"]).wait() == 0)
        #expect(slow.answer() == nil, "it was not taken in time")
        patient.send("GET /live HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(patient.answer()?.status == 200)
        await listener.stop()
    }

    @Test func moreConnectionsThanAllowedAreClosedAndRoomComesBack() async throws {
        var limits = HTTPLimits()
        limits.connections = 2
        let listener = try await Self.start(FakeBroker(), limits)
        var kept = [try HTTPProbe(port: listener.port), try HTTPProbe(port: listener.port)]
        for probe in kept {
            probe.send("GET /live HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(probe.answer()?.status == 200)
        }
        let third = try HTTPProbe(port: listener.port)
        #expect(third.isClosedByPeer())
        kept[0].send("GET /live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(kept[0].answer()?.headers["connection"] == "close")
        #expect(kept[0].isClosedByPeer())
        kept.removeFirst()
        #expect(try HTTPProbe.get("/live", port: listener.port)?.status == 200)
        await listener.stop()
    }

    @Test func aTakenPortIsReported() async throws {
        let listener = try await Self.start()
        await #expect(throws: IOError.self) {
            try await ManagementListener.start(
                host: "127.0.0.1", port: listener.port, source: FakeBroker(), logger: Logger(label: "test"))
        }
        await listener.stop()
    }
}
