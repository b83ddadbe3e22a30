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
    let thread = NIOThreadPool(numberOfThreads: 1)
    /// Touched on the core's loop alone.
    private let state: NIOLoopBoundBox<State>

    private struct State {
        /// A look has not come back.
        var isLooking = false
        /// Requests that are being carried out, or whose answer is not written yet: a look may find them again, and
        /// must not have them done twice.
        var underWay: [String: OperatorAnswer?] = [:]
    }

    init(directory: String, engine: BrokerEngine, core: any EventLoop, logger: Logger) {
        self.files = RequestFiles(directory: directory)
        self.engine = engine
        self.core = core
        self.logger = logger
        self.state = .makeBoxSendingValue(State(), eventLoop: core)
        self.thread.start()
        let files = self.files
        self.thread.submit { _ in files.make() }
    }

    /// Looks once, unless a look is under way. On the core's loop.
    func look() {
        guard !self.state.value.isLooking else { return }
        self.state.value.isLooking = true
        self.thread.submit { state in
            let found = state == .active ? self.files.requests() : []
            self.core.execute {
                self.state.value.isLooking = false
                for (name, requests) in found { self.found(requests, name: name) }
            }
        }
    }

    func stop() {
        self.thread.shutdownGracefully { _ in }
    }

    private func found(_ requests: [OperatorRequest?], name: String) {
        switch self.state.value.underWay[name] {
        case nil:
            self.state.value.underWay[name] = .some(nil)
            self.carryOut(requests, name: name)
        case .some(nil): break
        case .some(let answer?): self.write(answer, name)
        }
    }

    /// Does all of it or, where a line is not understood, nothing.
    private func carryOut(_ requests: [OperatorRequest?], name: String) {
        let known = requests.compactMap { $0 }
        guard known.count == requests.count, !known.isEmpty else {
            return self.answer(name, .refused("this master does not understand the request"))
        }
        let progress = NIOLoopBoundBox((left: known.count, missesSome: false), eventLoop: self.core)
        for request in known {
            self.note(request, name)
            // All of them are one batch, or batches in order.
            self.carryOut(request) { isFound in
                progress.value.left -= 1
                if !isFound { progress.value.missesSome = true }
                if progress.value.left == 0 { self.answer(name, progress.value.missesSome ? .notFound : .done) }
            }
        }
    }

    private func carryOut(_ request: OperatorRequest, done: @escaping @Sendable (_ isFound: Bool) -> Void) {
        self.engine.assumeIsolated { engine in
            switch request {
            case .removeSchedule(let jobID): engine.removeSchedule(jobID) { done(true) }
            case .removeSchedules(let range): engine.removeSchedules(due: range) { done(true) }
            case .resolve(let id, let commits): engine.resolve(id, commits: commits, done: done)
            }
        }
    }

    private func note(_ request: OperatorRequest, _ name: String) {
        switch request {
        case .removeSchedule(let jobID):
            self.logger.notice("schedule.removal_asked", metadata: ["request": "\(name)", "job": "\(jobID)"])
        case .removeSchedules(let range):
            self.logger.notice(
                "schedule.removal_asked",
                metadata: [
                    "request": "\(name)", "first_due_ms": "\(range.lowerBound)", "last_due_ms": "\(range.upperBound)",
                ])
        case .resolve(let id, let commits):
            self.logger.notice(
                "transaction.end_asked",
                metadata: ["request": "\(name)", "xid": "\(id)", "verdict": commits ? "commit" : "rollback"])
        }
    }

    private func answer(_ name: String, _ answer: OperatorAnswer) {
        self.state.value.underWay[name] = answer
        self.write(answer, name)
    }

    private func write(_ answer: OperatorAnswer, _ name: String) {
        let files = self.files
        let logger = self.logger
        self.thread.submit { state in
            guard state == .active else { return }
            do throws(SystemFailure) {
                try files.answer(name, answer)
                self.core.execute { self.state.value.underWay[name] = nil }
            } catch {
                // The request is still there: so is the answer, at the next look.
                logger.warning("request.answer_failed", metadata: ["request": "\(name)", "error": "\(error)"])
            }
        }
    }
}
