import Logging
import Server
import Synchronization
import Testing

@Suite struct EventLogHandlerTests {
    private let lines = Lines()

    private func logger(_ level: Logger.Level = .info) -> Logger {
        let lines = self.lines
        return Logger(label: "test") { _ in
            EventLogHandler(level: level, sink: lines, wallClockMs: { 1_789_000_000_042 })
        }
    }

    @Test func anEventIsOneLineWithItsFieldsInOrder() {
        var logger = self.logger()
        logger[metadataKey: "broker"] = "a"
        logger.info("connector.started", metadata: ["protocol": "openwire", "address": "127.0.0.1:61616"])
        #expect(
            self.lines.all == [
                "2026-09-10T00:26:40.042Z INFO event=connector.started address=127.0.0.1:61616 broker=a protocol=openwire\n"
            ])
    }

    @Test(arguments: [
        ("a b", "\"a b\""), ("", "\"\""), ("x=y", "\"x=y\""), ("say \"hi\"", "\"say \\\"hi\\\"\""),
        ("two\nlines\r\t", "\"two\\nlines\\r\\t\""), ("\u{1B}[31m", "\"\\u{1b}[31m\""),
        ("back\\slash", "\"back\\\\slash\""),
        ("grün", "grün"), ("plain-1.2_3", "plain-1.2_3"),
    ])
    func aFieldCannotLeaveItsLineOrItsPlace(value: String, shown: String) {
        self.logger().info("a.b", metadata: ["field": .string(value)])
        #expect(self.lines.all.first?.hasSuffix("event=a.b field=\(shown)\n") == true)
    }

    @Test func anEventWithWordsShowsBoth() {
        self.logger().info("serving again", metadata: ["event": "lease.proved", "epoch": "7"])
        #expect(self.lines.all.first?.hasSuffix("INFO event=lease.proved text=\"serving again\" epoch=7\n") == true)
    }

    @Test func aLibrarysSentenceIsNoEventName() {
        self.logger().warning("Something odd. Very odd")
        #expect(self.lines.all.first?.hasSuffix("WARNING event=log text=\"Something odd. Very odd\"\n") == true)
    }

    @Test func nothingBelowTheLevelAppears() {
        self.logger(.warning).info("a.b")
        #expect(self.lines.all.isEmpty)
    }

    @Test func structuredValuesAreFlattened() {
        self.logger().info("a.b", metadata: ["list": ["1", "2"], "map": ["y": "2", "x": "1"]])
        #expect(self.lines.all.first?.hasSuffix("event=a.b list=1,2 map=x:1,y:2\n") == true)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_001, "2024-02-29T23:59:59.001Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
    func timestampsAreCivilTime(unixMs: Int64, text: String) {
        #expect(Timestamp.text(unixMs: unixMs) == text)
    }
}

/// Collects log lines.
final class Lines: LogSink {
    /// Guards the lines: loops and threads log.
    private let state = Mutex<[String]>([])

    func write(_ line: String) { self.state.withLock { $0.append(line) } }
    var all: [String] { self.state.withLock { $0 } }
}
