import NIOCore

/// What is found where. Belongs to the listener's loop.
final class HTTPSite {
    private let source: any ManagementSource
    private let status: StatusDesk

    init(source: any ManagementSource, status: StatusDesk) {
        self.source = source
        self.status = status
    }

    static let paths = ["/live", "/metrics", "/ready", "/status"]

    func reply(to path: Substring, on loop: any EventLoop) -> EventLoopFuture<HTTPReply> {
        switch path {
        case "/live": loop.makeSucceededFuture(.text(.ok, "alive"))
        case "/ready": loop.makeSucceededFuture(ReadinessPage.reply(self.source.figures()))
        case "/metrics":
            loop.makeSucceededFuture(
                HTTPReply(.ok, PrometheusText.contentType, MetricsPage.text(of: self.source.figures())))
        case "/status": self.status.reply()
        default:
            loop.makeSucceededFuture(
                .text(.notFound, "not here; there are \(Self.paths.joined(separator: ", "))"))
        }
    }
}
