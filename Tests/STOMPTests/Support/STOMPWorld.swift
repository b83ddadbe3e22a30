import BrokerCore
import NIOCore
import Testing

@testable import STOMP

/// A broker with sessions in front, without sockets, clock or disk: frames in as text, frames out.
final class STOMPWorld {
    private struct Proof: CommitProof {
        let epoch: Int64 = 1
        let schedules = ScheduleTotals()
    }

    let broker: Broker
    private(set) var now = Instant(wallMs: 1_000_000, monotonicMs: 0)
    private var clients: [LinkID: Client] = [:]
    private var nextLink: UInt64 = 0
    /// Batches stay in the store's hands while it is on.
    var isStoreSlow = false
    private(set) var lastBatch: StoreBatch?

    init(snapshot: StoreSnapshot = StoreSnapshot(), _ configure: (inout BrokerConfiguration) -> Void = { _ in }) {
        var configuration = BrokerConfiguration(name: "b", id: "ID:broker", url: "tcp://b:1")
        configure(&configuration)
        self.broker = Broker(configuration: configuration, snapshot: snapshot)
    }

    /// A socket that has said nothing yet.
    func client() -> Client {
        self.nextLink += 1
        let link = LinkID(self.nextLink)
        self.broker.attach(link)
        let client = Client(self, link, at: self.now)
        self.clients[link] = client
        return client
    }

    /// Connected, in that version.
    func client(_ version: STOMPVersion, _ headers: String = "") -> Client {
        let client = self.client()
        client.send("CONNECT\naccept-version:\(version.rawValue)\n\(headers)\n")
        #expect(client.take().map(\.command) == [.connected])
        return client
    }

    func advance(ms: Int64) {
        self.now = Instant(wallMs: self.now.wallMs + ms, monotonicMs: self.now.monotonicMs + ms)
        self.broker.tick(at: self.now)
        self.pump()
    }

    func perform(_ requests: [BrokerRequest]) {
        for request in requests { self.broker.perform(request, at: self.now) }
        self.pump()
    }

    func detach(_ link: LinkID) {
        self.clients[link] = nil
        self.broker.detach(link, at: self.now)
        self.pump()
    }

    /// Makes durable what waits for it.
    func store() {
        self.isStoreSlow = false
        if self.lastBatch != nil { self.complete() }
        self.pump()
    }

    private func complete() {
        self.lastBatch = nil
        self.broker.committed(Proof(), at: self.now)
    }

    private func pump() {
        var isBusy = true
        while isBusy {
            isBusy = false
            let events = self.broker.takeEvents()
            for event in events { self.clients[event.link]?.hear(event) }
            for client in self.clients.values {
                let due = client.session.takeAcknowledgements()
                for request in due { self.broker.perform(request, at: self.now) }
                if !due.isEmpty { isBusy = true }
            }
            if !events.isEmpty { isBusy = true }
            guard self.lastBatch == nil, let batch = self.broker.takeBatch() else { continue }
            self.lastBatch = batch
            if !self.isStoreSlow { self.complete() }
            isBusy = true
        }
    }
}

/// One client: what it sends is decoded as from a socket, and what it gets is kept until it is taken.
final class Client {
    enum End: Hashable { case open, finished, refused(STOMPSessionFault), closed(String) }

    private let world: STOMPWorld
    let link: LinkID
    var session: STOMPSession
    private var decoder = STOMPDecoder()
    private var frames: [STOMPFrame] = []
    private(set) var end = End.open

    init(_ world: STOMPWorld, _ link: LinkID, at now: Instant) {
        self.world = world
        self.link = link
        self.session = STOMPSession(
            link: link, peer: "tcp://test:1", settings: STOMPSessionSettings(server: "test/1", identityPrefix: "ID:t-"),
            openedAt: now)
    }

    /// A frame without its NUL.
    func send(_ text: String) {
        var buffer = ByteBuffer(string: text + "\0")
        do throws(STOMPError) {
            while let frame = try self.decoder.decode(buffer: &buffer) {
                self.follow(self.session.receive(frame, at: self.world.now))
            }
        } catch {
            self.follow(self.session.receive(error))
        }
    }

    private func follow(_ received: STOMPSession.Received) {
        switch received {
        case .none: break
        case .submit(let request): self.world.perform([request])
        case .submitAll(let requests), .connect(let requests): self.world.perform(requests)
        case .finish: self.close(.finished)
        case .refuse(let frame, let fault):
            self.frames.append(frame)
            self.close(.refused(fault))
        }
    }

    func hear(_ event: BrokerEvent) {
        switch self.session.send(event, at: self.world.now) {
        case .none: break
        case .frame(let frame): self.frames.append(frame)
        case .two(let first, let second): self.frames += [first, second]
        case .refuse(let frame, let fault):
            self.frames.append(frame)
            self.close(.refused(fault))
        case .finish(let frames):
            self.frames += frames
            self.close(.finished)
        case .close(let reason): self.close(.closed(reason))
        }
    }

    private func close(_ end: End) {
        self.end = end
        self.world.detach(self.link)
    }

    /// The socket breaks.
    func drop() { self.close(.closed("dropped")) }

    /// What came since the last look.
    func take() -> [STOMPFrame] {
        defer { self.frames = [] }
        return self.frames
    }

    /// As ``take()``, where it is one frame.
    func takeOne(_ command: STOMPCommand) throws -> STOMPFrame {
        let frames = self.take()
        try #require(frames.count == 1, "\(frames)")
        #expect(frames[0].command == command, "\(frames)")
        return frames[0]
    }

    /// The bodies of the messages that came.
    func bodies() -> [String] { self.take().filter { $0.command == .message }.map(\.text) }

    func receipts() -> [String] { self.take().compactMap { $0.command == .receipt ? $0["receipt-id"] : nil } }
}

extension STOMPFrame {
    var text: String { String(decoding: self.body, as: UTF8.self) }
}
