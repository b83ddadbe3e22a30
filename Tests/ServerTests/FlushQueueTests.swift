import Logging
import NIOCore
import NIOEmbedded
import Server
import Testing

@Suite struct FlushQueueTests {
    private let loop = EmbeddedEventLoop()
    private let gate = Switch()
    private let lines = Lines()

    private func queue() -> FlushQueue {
        let (gate, lines) = (self.gate, self.lines)
        return FlushQueue(
            loop: self.loop, logger: Logger(label: "test") { _ in EventLogHandler(level: .info, sink: lines) },
            mayAnswer: { gate.isOn })
    }

    @Test func oneTurnWritesEachConnectionOnce() {
        let queue = self.queue()
        let (first, second) = (Recorder(), Recorder())
        queue.add(first)
        queue.add(second)
        #expect(first.flushes == 0)
        self.loop.run()
        #expect(first.flushes == 1 && second.flushes == 1)
        self.loop.run()
        #expect(first.flushes == 1)
    }

    @Test func whatIsAskedForDuringAFlushComesInTheNextTurn() {
        let queue = self.queue()
        let connection = Recorder()
        connection.onFlush = { [unowned connection] in if connection.flushes < 3 { queue.add(connection) } }
        queue.add(connection)
        self.loop.run()
        #expect(connection.flushes == 3)
    }

    @Test func aClosedGateHoldsEverythingUntilItOpens() {
        let queue = self.queue()
        let connection = Recorder()
        self.gate.isOn = false
        queue.add(connection)
        self.loop.run()
        self.loop.advanceTime(by: FlushQueue.retry)
        queue.add(Recorder())
        self.loop.advanceTime(by: FlushQueue.retry)
        #expect(connection.flushes == 0)
        #expect(self.lines.all.filter { $0.contains("event=answers.held") }.count == 1)

        self.gate.isOn = true
        self.loop.advanceTime(by: FlushQueue.retry)
        #expect(connection.flushes == 1)
        #expect(self.lines.all.filter { $0.contains("event=answers.resumed") }.count == 1)
    }
}

private final class Recorder: Flushable {
    var flushes = 0
    var onFlush: () -> Void = {}

    func flushOutbound() {
        self.flushes += 1
        self.onFlush()
    }
}
