/// One whole answer.
package struct HTTPReply: Hashable, Sendable {
    package enum Status: Int, Hashable, Sendable {
        case ok = 200, notFound = 404, methodNotAllowed = 405, tooLarge = 431, unavailable = 503
    }

    package var status: Status
    package var contentType: String
    package var body: String

    package init(_ status: Status, _ contentType: String, _ body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static func text(_ status: Status, _ body: String) -> HTTPReply {
        HTTPReply(status, "text/plain; charset=utf-8", body + "\n")
    }

    package static func json(_ status: Status, _ body: String) -> HTTPReply {
        HTTPReply(status, "application/json", body + "\n")
    }
}

/// Who answers: the broker process. Both may be called from any thread.
package protocol ManagementSource: Sendable {
    /// From memory alone, at once.
    func figures() -> ManagementFigures
    /// What `lockkeeper status --json` prints, read from the files of the directory: blocks as long as they do.
    func status() -> HTTPReply
}
