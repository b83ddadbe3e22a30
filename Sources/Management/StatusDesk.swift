import NIOCore
import NIOPosix

/// Answers `/status`, whose files may hang as long as the storage likes, without ever keeping the loop waiting.
///
/// One look at a time, on a thread of its own: whoever asks meanwhile gets the same answer, and whoever asks a moment
/// later as well. Belongs to the listener's loop.
final class StatusDesk {
    private let loop: any EventLoop
    private let thread: NIOThreadPool
    private let source: any ManagementSource
    private let limits: HTTPLimits
    private var look: EventLoopFuture<HTTPReply>?
    private var recent: HTTPReply?

    init(loop: any EventLoop, thread: NIOThreadPool, source: any ManagementSource, limits: HTTPLimits) {
        self.loop = loop
        self.thread = thread
        self.source = source
        self.limits = limits
    }

    func reply() -> EventLoopFuture<HTTPReply> {
        if let recent = self.recent { return self.loop.makeSucceededFuture(recent) }
        let look = self.look ?? self.startLook()
        let answer = self.loop.makePromise(of: HTTPReply.self)
        let limit = self.loop.assumeIsolated().scheduleTask(in: self.limits.status) {
            answer.succeed(
                .json(
                    .unavailable,
                    JSONText.object([
                        ("error", JSONText.quoted("the files of the data directory do not answer: storage may hang"))
                    ])))
        }
        look.assumeIsolated().whenComplete { result in
            limit.cancel()
            switch result {
            case .success(let reply): answer.succeed(reply)
            case .failure(let error):
                answer.succeed(
                    .json(.unavailable, JSONText.object([("error", JSONText.quoted("\(error)"))])))
            }
        }
        return answer.futureResult
    }

    private func startLook() -> EventLoopFuture<HTTPReply> {
        let source = self.source
        let look = self.thread.runIfActive(eventLoop: self.loop) { source.status() }
        self.look = look
        look.assumeIsolated().whenComplete { result in
            self.look = nil
            guard case .success(let reply) = result else { return }
            self.recent = reply
            _ = self.loop.assumeIsolated().scheduleTask(in: self.limits.statusFreshness) { self.recent = nil }
        }
        return look
    }
}
