package import Logging
package import NIOCore

/// A connection with encoded answers that wait to be written.
package protocol Flushable: AnyObject {
    /// Writes what waits, in one write and one flush. Called on the connection's loop.
    func flushOutbound()
}

/// The last gate before a socket, one per event loop and confined to it.
///
/// What connections have to write is gathered during one turn of the loop and written once per connection at its end,
/// so that a burst of several producers costs their consumer one system call. Before anything is written the master's
/// right to answer is looked at, once per turn: a process that was paused and has woken up tells nobody anything until
/// its elector has proved lock, lease and fence again, or has stepped down and closed the connections.
///
/// Calls itself Sendable because ``FlushQueues`` hands it to channels of its own loop only; every use checks that.
package final class FlushQueue: @unchecked Sendable {
    /// How often a closed gate is looked at again.
    package static let retry = TimeAmount.milliseconds(20)

    private let loop: any EventLoop
    private let mayAnswer: @Sendable () -> Bool
    private let logger: Logger
    private var waiting: [any Flushable] = []
    private var isScheduled = false
    private var isHeld = false

    /// - Parameter mayAnswer: Whether the last good beat is young enough to speak as master. Cheap; called per turn.
    package init(loop: any EventLoop, logger: Logger, mayAnswer: @escaping @Sendable () -> Bool) {
        self.loop = loop
        self.logger = logger
        self.mayAnswer = mayAnswer
    }

    /// Asks for `connection.flushOutbound()` at the end of this turn. Callers ask once until they were called.
    package func add(_ connection: any Flushable) {
        self.loop.preconditionInEventLoop()
        self.waiting.append(connection)
        guard !self.isScheduled else { return }
        self.isScheduled = true
        self.loop.assumeIsolated().execute { self.run() }
    }

    private func run() {
        guard self.mayAnswer() else {
            if !self.isHeld {
                self.isHeld = true
                self.logger.warning("answers.held", metadata: ["reason": "mastership is not proved at this moment"])
            }
            self.loop.assumeIsolated().scheduleTask(in: Self.retry) { self.run() }
            return
        }
        if self.isHeld {
            self.isHeld = false
            self.logger.notice("answers.resumed")
        }
        self.isScheduled = false
        // Connections may ask again while they write: that is the next turn's.
        var ready: [any Flushable] = []
        swap(&ready, &self.waiting)
        for connection in ready { connection.flushOutbound() }
        if self.waiting.isEmpty {
            // The emptied array keeps its memory for the next turn.
            ready.removeAll(keepingCapacity: true)
            swap(&ready, &self.waiting)
        }
    }
}

/// One queue for each event loop of the connections.
package struct FlushQueues: Sendable {
    private let queues: [ObjectIdentifier: FlushQueue]
    private let make: @Sendable (any EventLoop) -> FlushQueue

    package init(of loops: some Sequence<any EventLoop>, logger: Logger, mayAnswer: @escaping @Sendable () -> Bool) {
        self.make = { loop in FlushQueue(loop: loop, logger: logger, mayAnswer: mayAnswer) }
        var queues: [ObjectIdentifier: FlushQueue] = [:]
        for loop in loops { queues[ObjectIdentifier(loop)] = self.make(loop) }
        self.queues = queues
    }

    /// A loop that is none of them gets a queue that nobody shares, which is as right and less fast.
    package subscript(loop: any EventLoop) -> FlushQueue { self.queues[ObjectIdentifier(loop)] ?? self.make(loop) }
}
