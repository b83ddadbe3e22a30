import BrokerCore
import NIOCore
import Server
import Synchronization

/// Stands in for the engine: remembers what connections ask, and answers only what a test delivers.
final class RecordingPort: BrokerPort {
    struct Record {
        var links: [LinkID: any BrokerLink] = [:]
        var bursts: [[BrokerRequest]] = []
        var detached: [LinkID] = []
        var writability: [Bool] = []
    }

    /// Guards the record: the protocol allows calls from any loop.
    private let state = Mutex(Record())
    private let answersAtOnce: Bool

    /// - Parameter answersAtOnce: answer each request while it is being submitted, as the engine does.
    init(answersAtOnce: Bool = false) {
        self.answersAtOnce = answersAtOnce
    }

    var record: Record { self.state.withLock { $0 } }

    func attach(_ link: any BrokerLink, on loop: any EventLoop, attached: @escaping @Sendable (LinkID) -> Void) {
        let id = self.state.withLock { state in
            let id = LinkID(UInt64(state.links.count + 1))
            state.links[id] = link
            return id
        }
        attached(id)
    }

    func detach(_ link: LinkID) { self.state.withLock { $0.detached.append(link) } }

    func setWritable(_ link: LinkID, _ isWritable: Bool) { self.state.withLock { $0.writability.append(isWritable) } }

    func submit(_ requests: [BrokerRequest]) {
        self.state.withLock { $0.bursts.append(requests) }
        guard self.answersAtOnce else { return }
        for request in requests {
            guard let reply = request.reply else { continue }
            self.deliver([.reply(request.link, reply, .done)])
        }
    }

    /// Tells the first link of the events what the broker would.
    func deliver(_ events: [BrokerEvent]) {
        guard let link = events.first?.link else { return }
        self.record.links[link]?.deliver(events)
    }
}
