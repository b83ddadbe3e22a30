import BrokerCore
import Election
import Logging
import NIOCore
import NIOPosix

/// Where a master takes what operators ask of it, with each of its beats.
///
/// Files are looked at on a thread of their own: storage that hangs holds up nothing but this.
final class RequestDesk: Sendable {
    private let files: RequestFiles
    private let engine: BrokerEngine
    private let core: any EventLoop
    private let logger: Logger
    private let thread = NIOThreadPool(numberOfThreads: 1)
    /// A look that has not come back; touched on the core's loop alone.
    private let isLooking: NIOLoopBoundBox<Bool>

    init(directory: String, engine: BrokerEngine, core: any EventLoop, logger: Logger) {
        self.files = RequestFiles(directory: directory)
        self.engine = engine
        self.core = core
        self.logger = logger
        self.isLooking = .makeBoxSendingValue(false, eventLoop: core)
        self.thread.start()
        let files = self.files
        self.thread.submit { _ in files.make() }
    }

    /// Looks once, unless a look is under way. On the core's loop.
    func look() {
        guard !self.isLooking.value else { return }
        self.isLooking.value = true
        self.thread.submit { state in
            let found = state == .active ? self.files.requests() : []
            self.core.execute {
                self.isLooking.value = false
                for (name, requests) in found { self.carryOut(requests, name: name) }
            }
        }
    }

    func stop() {
        self.thread.shutdownGracefully { _ in }
    }

    /// Does all of it or, where a line is not understood, nothing.
    private func carryOut(_ requests: [OperatorRequest?], name: String) {
        let known = requests.compactMap { $0 }
        guard known.count == requests.count, let last = known.last else {
            return self.answer(name, "refused: this master does not understand the request")
        }
        for request in known.dropLast() { self.carryOut(request) {} }
        // All of them are one batch, or batches in order.
        self.carryOut(last) { self.answer(name, "done") }
        self.logger.notice("schedule.removal_asked", metadata: ["request": "\(name)", "count": "\(known.count)"])
    }

    private func carryOut(_ request: OperatorRequest, done: @escaping @Sendable () -> Void) {
        self.engine.assumeIsolated { engine in
            switch request {
            case .removeSchedule(let jobID): engine.removeSchedule(jobID, done: done)
            case .removeSchedules(let range): engine.removeSchedules(due: range, done: done)
            }
        }
    }

    private func answer(_ name: String, _ text: String) {
        let files = self.files
        let logger = self.logger
        self.thread.submit { state in
            guard state == .active else { return }
            do throws(SystemFailure) {
                try files.answer(name, text)
            } catch {
                // The request is still there, and carrying it out again has no effect: so is the answer, at the next look.
                logger.warning("request.answer_failed", metadata: ["request": "\(name)", "error": "\(error)"])
            }
        }
    }
}
