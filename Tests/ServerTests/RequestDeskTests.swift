import BrokerCore
import Election
import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Server

@Suite struct RequestDeskTests {
    private let xid = XATransactionID(formatID: 4711, global: [0x6f, 0x31], branch: [0x62])
    private let other = XATransactionID(formatID: 4711, global: [0x6f, 0x32], branch: [])

    /// An engine that finds ``xid`` in doubt, with one message for Q, and its desk.
    private struct Office {
        let scratch = TemporaryDirectory()
        let disk = InMemoryDisk()
        let lines = Lines()
        let engine: BrokerEngine
        let desk: RequestDesk
        let files: RequestFiles
        let loop: any EventLoop

        init(inDoubt xid: XATransactionID) async throws {
            let (first, _) = try InMemoryStore.open(self.disk, epoch: 1)
            try await StoreDriver(first) { first.pumpAll() }.commit { batch in
                batch.newDestinations = [.init(id: DestinationID(1), destination: .queue("Q"))]
                batch.inserts = [
                    .init(
                        sequence: MessageSequence(1), destination: DestinationID(1),
                        message: SampleMessage.text(1, to: .queue("Q")), prepared: xid)
                ]
                batch.prepares = [.init(transaction: xid, removals: [])]
            }
            let (store, snapshot) = try InMemoryStore.open(self.disk, epoch: 2)
            self.loop = MultiThreadedEventLoopGroup.singleton.next()
            self.engine = BrokerEngine(
                loop: self.loop, configuration: BrokerConfiguration(name: "test", id: "id", url: "tcp://test:1"),
                store: PumpedStore(store: store), snapshot: snapshot,
                environment: BrokerEnvironment(now: SystemClock.now, mayServe: { true }, storeIsFull: { _ in }),
                onFailure: { Issue.record("the store failed: \($0)") })
            await self.engine.start()
            self.files = RequestFiles(directory: self.scratch.path)
            self.files.make()
            let lines = self.lines
            let logger = Logger(label: "test") { _ in EventLogHandler(level: .debug, sink: lines) }
            self.desk = RequestDesk(
                directory: self.scratch.path, engine: self.engine, core: self.loop, logger: logger)
        }

        func answer(_ requests: [OperatorRequest]) async throws -> OperatorAnswer {
            try self.files.ask(requests, name: "a")
            return try await self.answer()
        }

        /// What the desk says to the request that lies there.
        func answer() async throws -> OperatorAnswer {
            try await self.loop.submit { self.desk.look() }.get()
            // To the thread for the request, to the loop with it, to the store and back, to the thread with the answer.
            for _ in 0..<20 {
                await self.hop()
                if let answer = self.files.takeAnswer("a") { return answer }
            }
            throw NoAnswer()
        }

        struct NoAnswer: Error {}

        /// Returns when the desk's thread, and then the loop, have done what they were handed before.
        private func hop() async {
            await withCheckedContinuation { continuation in
                self.desk.thread.submit { _ in self.loop.execute { continuation.resume() } }
            }
        }

        func end() async {
            self.desk.stop()
            await self.engine.abandon()
        }
    }

    @Test(arguments: [true, false])
    func aTransactionIsEndedOnceAndDurably(commits: Bool) async throws {
        let office = try await Office(inDoubt: self.xid)
        #expect(try await office.answer([.resolve(self.other, commits: commits)]) == .notFound)
        #expect(await office.engine.inDoubt.map(\.id) == [self.xid])
        #expect(try await office.answer([.resolve(self.xid, commits: commits)]) == .done)
        #expect(office.disk.depth(of: .queue(DestinationID(1))) == (commits ? 1 : 0))
        #expect(await office.engine.inDoubt.isEmpty)
        #expect(try await office.answer([.resolve(self.xid, commits: commits)]) == .notFound)
        #expect(try InMemoryStore.open(office.disk, epoch: 3).1.prepared.isEmpty)
        #expect(office.lines.all.contains { $0.contains("transaction.end_asked") && $0.contains("\(self.xid)") })
        await office.end()
    }

    /// A look that comes before the answer is written finds the request again.
    @Test func aRequestIsCarriedOutOnceHoweverOftenItIsFound() async throws {
        let office = try await Office(inDoubt: self.xid)
        try office.files.ask([.resolve(self.xid, commits: true)], name: "a")
        for _ in 0..<5 { try await office.loop.submit { office.desk.look() }.get() }
        #expect(try await office.answer() == .done)
        #expect(office.lines.all.count { $0.contains("transaction.end_asked") } == 1)
        await office.end()
    }

    /// All of a request is carried out, whatever part of it finds nothing to do.
    @Test func whatIsMissingIsSaidOfTheWholeRequest() async throws {
        let office = try await Office(inDoubt: self.xid)
        let requests: [OperatorRequest] = [
            .resolve(self.other, commits: true), .resolve(self.xid, commits: true), .removeSchedule("none"),
        ]
        #expect(try await office.answer(requests) == .notFound)
        #expect(office.disk.depth(of: .queue(DestinationID(1))) == 1)
        #expect(try await office.answer([.removeSchedule("none"), .removeSchedules(1...2)]) == .done)
        await office.end()
    }

    @Test func whatIsNotUnderstoodIsRefusedAsAWhole() async throws {
        let office = try await Office(inDoubt: self.xid)
        let lines = "commit \(self.xid)\ndance\n"
        #expect(TestFile.write(office.scratch.file("requests/a.request"), Array(lines.utf8)))
        guard case .refused(let reason) = try await office.answer() else {
            Issue.record("carried out")
            return await office.end()
        }
        #expect(reason.contains("does not understand"))
        #expect(await office.engine.inDoubt.count == 1)
        await office.end()
    }
}
