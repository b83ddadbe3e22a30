import NIOCore
import NIOEmbedded
import Synchronization
import TestSupport
import Testing

@testable import BrokerCore

/// The engine between a store and a link, on a loop that the test turns.
@Suite struct BrokerEngineTests {
    private final class RecordingLink: BrokerLink {
        private let log = Mutex<[BrokerEvent]>([])

        func deliver(_ events: [BrokerEvent]) { self.log.withLock { $0 += events } }

        var answers: [UInt64] {
            self.log.withLock { events in
                events.compactMap { if case .reply(_, let token, .done) = $0 { token.rawValue } else { nil } }
            }
        }

        var dispatches: [Dispatch] {
            self.log.withLock { events in
                events.compactMap { if case .dispatch(_, let dispatch) = $0 { dispatch } else { nil } }
            }
        }
    }

    /// What the engine is told of the world, and tells it.
    private final class Surroundings: Sendable {
        let serves = Mutex(true)
        let notices = Mutex<[String]>([])
    }

    /// An engine with one connected client and what it was told of full storage.
    private final class Bed {
        let loop = NIOAsyncTestingEventLoop()
        let disk = InMemoryDisk()
        let store: InMemoryStore
        let engine: BrokerEngine
        let link = RecordingLink()
        let id: LinkID
        let surroundings = Surroundings()
        private var tokens: UInt64 = 0
        private var sequence: Int64 = 0

        init() async throws {
            let opened = try InMemoryStore.open(self.disk, epoch: 1)
            self.store = opened.store
            let surroundings = self.surroundings
            self.engine = BrokerEngine(
                loop: self.loop, configuration: BrokerConfiguration(name: "b", id: "ID:b", url: "tcp://b"),
                store: opened.store, snapshot: opened.snapshot,
                environment: BrokerEnvironment(
                    now: { Instant(wallMs: 1_000, monotonicMs: 1_000) },
                    mayServe: { surroundings.serves.withLock { $0 } },
                    storeIsFull: { text in surroundings.notices.withLock { $0.append(text ?? "room") } }),
                onFailure: { Issue.record("the store failed: \($0)") })
            let link = self.link
            let engine = self.engine
            self.id = try await self.loop.executeInContext { engine.assumeIsolated { $0.attach(link) } }
            try await self.ask(.connect(TestClient.request("a")))
            try await self.ask(.openSession(SessionID(connection: "a", value: 1)))
        }

        @discardableResult
        func ask(_ command: BrokerCommand, isAnswered: Bool = true) async throws -> UInt64 {
            self.tokens += 1
            let reply = isAnswered ? ReplyToken(self.tokens) : nil
            let request = BrokerRequest(link: self.id, command: command, reply: reply)
            let engine = self.engine
            try await self.loop.executeInContext { engine.assumeIsolated { $0.submit([request]) } }
            return self.tokens
        }

        @discardableResult
        func acknowledge(
            _ dispatch: Dispatch, of consumer: ConsumerID, isAnswered: Bool = true
        ) async throws -> UInt64 {
            let last = Acknowledgement.Reference(id: dispatch.message.id, sequence: dispatch.sequence.rawValue)
            return try await self.ask(
                .acknowledge(
                    Acknowledgement(
                        consumer: consumer, kind: .consumed, first: last, last: last, count: 1, transaction: nil)),
                isAnswered: isAnswered)
        }

        func send(_ body: String) async throws -> UInt64 {
            self.sequence += 1
            let producer = ProducerID(connection: "a", session: 1, value: 1)
            return try await self.ask(
                .send(
                    Message(
                        id: MessageID(producer: producer, sequence: self.sequence),
                        headers: MessageHeaders(destination: .queue("Q"), isPersistent: true), properties: nil,
                        bodyKind: .bytes, isCompressed: false, body: Array(body.utf8)), transaction: nil))
        }

        /// Lets the store do what it was handed, and the loop hear of it.
        func pump() async {
            self.store.pumpAll()
            await self.loop.run()
        }

        func advance(_ milliseconds: Int64) async { await self.loop.advanceTime(by: .milliseconds(milliseconds)) }
    }

    @Test func answersASendWhenItsBatchIsStored() async throws {
        let bed = try await Bed()
        let token = try await bed.send("1")
        #expect(!bed.link.answers.contains(token))
        await bed.pump()
        #expect(bed.link.answers.contains(token))
    }

    @Test func tellsNobodyAnythingWhileItMayNotServe() async throws {
        let bed = try await Bed()
        bed.surroundings.serves.withLock { $0 = false }
        let token = try await bed.send("1")
        await bed.pump()
        await bed.advance(1_000)
        #expect(!bed.link.answers.contains(token))
        bed.surroundings.serves.withLock { $0 = true }
        await bed.advance(10)
        #expect(bed.link.answers.contains(token))
    }

    @Test func triesAgainUntilTheStoreHasRoom() async throws {
        let bed = try await Bed()
        for _ in 0..<3 { bed.store.failNextCommit(with: .full("no room")) }
        let token = try await bed.send("1")
        for _ in 0..<3 {
            await bed.pump()
            #expect(!bed.link.answers.contains(token))
            await bed.advance(500)
        }
        await bed.pump()
        #expect(bed.link.answers.contains(token))
        #expect(bed.surroundings.notices.withLock { $0 } == ["no room", "room"])
    }

    @Test func goesOnAfterWhatHadNoRoomWasConsumedAndRemovalsWentThrough() async throws {
        let bed = try await Bed()
        let stored = try await bed.send("stored")
        await bed.pump()
        #expect(bed.link.answers.contains(stored))
        let consumer = ConsumerID(connection: "a", session: 1, value: 1)
        try await bed.ask(.addConsumer(ConsumerRequest(id: consumer, destination: .queue("Q"), prefetch: 10)))
        await bed.pump()
        bed.store.failNextCommit(with: .full("no room"))
        let waiting = try await bed.send("waiting")
        await bed.pump()
        // The first leaves the store, the second is never written: then there is nothing left to wait for.
        for dispatch in bed.link.dispatches {
            try await bed.acknowledge(dispatch, of: consumer)
            await bed.pump()
        }
        #expect(bed.link.answers.contains(waiting))
        for _ in 0..<4 {
            await bed.advance(500)
            await bed.pump()
        }
        #expect(bed.surroundings.notices.withLock { $0 } == ["no room", "room"])
        let next = try await bed.send("next")
        await bed.pump()
        #expect(bed.link.answers.contains(next), "the engine must not wait for a retry that never comes")
    }

    /// What an operator asked for, and whether he was told of its end.
    private func removeSchedules(_ bed: Bed) async throws -> () -> Bool {
        let told = Told()
        let engine = bed.engine
        try await bed.loop.executeInContext {
            engine.assumeIsolated { $0.removeSchedules(due: 0...1) { told.isTold.withLock { $0 = true } } }
        }
        return { told.isTold.withLock { $0 } }
    }

    private final class Told: Sendable {
        let isTold = Mutex(false)
    }

    @Test func operatorsAreToldWhenAllIsDurableAndNotWhenRemovalsWentAhead() async throws {
        let bed = try await Bed()
        _ = try await bed.send("stored")
        await bed.pump()
        let consumer = ConsumerID(connection: "a", session: 1, value: 1)
        try await bed.ask(.addConsumer(ConsumerRequest(id: consumer, destination: .queue("Q"), prefetch: 1)))
        await bed.pump()
        bed.store.failNextCommit(with: .full("no room"))
        _ = try await bed.send("waiting")
        let isTold = try await self.removeSchedules(bed)
        await bed.pump()
        let dispatch = try #require(bed.link.dispatches.first)
        try await bed.acknowledge(dispatch, of: consumer)
        await bed.pump()
        #expect(!isTold(), "only the removal is stored")
        for _ in 0..<3 {
            await bed.advance(500)
            await bed.pump()
        }
        #expect(isTold())
    }

    @Test func operatorsAreToldAtOnceWhereThereIsNothingToStore() async throws {
        let bed = try await Bed()
        let told = Told()
        let engine = bed.engine
        try await bed.loop.executeInContext {
            engine.assumeIsolated { $0.removeSchedule("nonsense") { told.isTold.withLock { $0 = true } } }
        }
        await bed.pump()
        #expect(told.isTold.withLock { $0 })
    }

    /// How a removal that is on its way gets to the store.
    enum Push: CaseIterable {
        case time, send, answer, stop
    }

    @Test(arguments: Push.allCases)
    func whatNobodyWaitsForIsStoredWithWhatComesNextOrAfterAWhile(by push: Push) async throws {
        let bed = try await Bed()
        for body in ["1", "2"] {
            _ = try await bed.send(body)
            await bed.pump()
        }
        let consumer = ConsumerID(connection: "a", session: 1, value: 1)
        try await bed.ask(.addConsumer(ConsumerRequest(id: consumer, destination: .queue("Q"), prefetch: 10)))
        await bed.pump()
        let dispatches = bed.link.dispatches
        try await bed.acknowledge(dispatches[0], of: consumer, isAnswered: false)
        await bed.pump()
        #expect(bed.disk.messageCount == 2, "nobody waits for it")
        switch push {
        case .time: await bed.advance(10)
        case .send: _ = try await bed.send("3")
        case .answer: try await bed.acknowledge(dispatches[1], of: consumer)
        case .stop:
            let engine = bed.engine
            try await bed.loop.executeInContext { engine.assumeIsolated { $0.stop {} } }
        }
        await bed.pump()
        let left = [Push.time: 1, .send: 2, .answer: 0, .stop: 1]
        #expect(bed.disk.messageCount == left[push])
    }
}
