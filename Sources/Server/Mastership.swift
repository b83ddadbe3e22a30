import BrokerCore
import Election
import Logging
import NIOCore
import SQLiteStore

/// One term as master: the store opened under its epoch, the engine on it, and the connectors in front.
///
/// Nothing of it survives the term. The next one, if there is one, reads everything from the store again.
final class Mastership: Sendable {
    /// How many destinations are published in `queue_summary`.
    private static let publishedDestinations = 1000

    /// A connector, and who came in through it.
    struct Door: Sendable {
        let connector: Connector
        let connections: ConnectionTable
    }

    private let term: Term
    private let loops: EventLoops
    private let logger: Logger
    private let store: SQLiteStore
    private let engine: BrokerEngine
    private let doors: [Door]
    private let chores: NIOLoopBoundBox<[RepeatedTask]>
    private let desk: RequestDesk

    init(
        _ term: Term, _ surroundings: Surroundings, _ store: SQLiteStore, _ engine: BrokerEngine, _ doors: [Door]
    ) {
        self.term = term
        self.loops = surroundings.loops
        self.logger = surroundings.settings.logger
        self.store = store
        self.engine = engine
        self.doors = doors
        self.chores = .makeBoxSendingValue([], eventLoop: surroundings.loops.core)
        self.desk = RequestDesk(
            directory: surroundings.settings.dataDirectory, engine: engine, core: surroundings.loops.core,
            logger: surroundings.settings.logger)
        self.startChores(surroundings)
    }

    var connectionCount: Int { self.doors.reduce(0) { $0 + $1.connections.count } }

    // MARK: Ending

    /// How long a clean stop waits for the store, and then for the clients to take their last answers.
    private static let drainLimit = TimeAmount.seconds(3)
    private static let farewellLimit = TimeAmount.seconds(1)

    /// Lets nobody in, answers what is outstanding, and closes connections and store in order.
    ///
    /// What the store cannot confirm in time is not answered: its clients see the connection close.
    func stop() async {
        self.stopChores()
        for door in self.doors { await door.connector.stop() }
        await self.drain()
        let core = self.loops.core
        let closed = self.closeAll(.afterFlush)
        let limit = core.scheduleTask(in: Self.farewellLimit) { self.closeAll(.immediate) }
        await Self.completion(of: closed)
        limit.cancel()
        await Self.close(self.store)
        self.logger.info("store.closed", metadata: ["epoch": "\(self.term.epoch)"])
    }

    /// Cuts off every client without another word, from any thread and without waiting.
    func cutOff() {
        self.closeAll(.immediate)
        for door in self.doors { door.connector.stopListening() }
        self.loops.core.execute { self.engine.assumeIsolated { $0.abandon() } }
    }

    /// Lets go of everything after ``cutOff()``. The gate is shut by now, so nothing more is written: not even a
    /// checkpoint, which the batch that the gate refuses makes the store remember.
    func abandon() async {
        self.cutOff()
        self.stopChores()
        for door in self.doors { await door.connector.stop() }
        self.store.commit(StoreBatch()) { _ in }
        await Self.close(self.store)
        self.logger.warning("store.abandoned", metadata: ["epoch": "\(self.term.epoch)"])
    }

    @discardableResult
    private func closeAll(_ event: ConnectionClosure) -> EventLoopFuture<Void> {
        let core = self.loops.core
        return .andAllComplete(self.doors.map { $0.connections.closeAll(event, on: core) }, on: core)
    }

    private func drain() async {
        let (core, engine) = (self.loops.core, self.engine)
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let once = core.makePromise(of: Void.self)
            once.futureResult.whenComplete { _ in continuation.resume() }
            core.execute { engine.assumeIsolated { $0.stop { once.succeed() } } }
            core.scheduleTask(in: Self.drainLimit) {
                // Succeeding twice is allowed; what has not been stored by now stays unanswered.
                once.succeed()
            }
        }
    }

    static func close(_ store: SQLiteStore) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            store.close { continuation.resume() }
        }
    }

    /// Runs blocking work on a loop that has nothing else to do.
    static func onLoop<Value: Sendable>(
        _ loop: any EventLoop, _ work: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: work()) }
        }
    }

    private static func completion(of future: EventLoopFuture<Void>) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            future.whenComplete { _ in continuation.resume() }
        }
    }

    // MARK: Chores

    /// Proves mastership once per beat even where elision keeps the store idle, and publishes the figures.
    private func startChores(_ surroundings: Surroundings) {
        let (store, engine, core) = (self.store, self.engine, self.loops.core)
        let beat = TimeAmount(surroundings.settings.election.times.beat)
        let failed = surroundings.storeFailed
        let publish = surroundings.publish
        let desk = self.desk
        core.execute {
            let idle = core.scheduleRepeatedTask(initialDelay: beat, delay: beat) { _ in
                store.commit(StoreBatch()) { result in
                    if case .failure(let error) = result { failed(error) }
                }
            }
            let figures = core.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(1)) { _ in
                let (figures, schedules) = engine.assumeIsolated {
                    ($0.figures(limit: Self.publishedDestinations), $0.scheduleTotals)
                }
                publish(figures.map { QueueSummary($0) }, schedules)
            }
            let requests = core.scheduleRepeatedTask(initialDelay: beat, delay: beat) { _ in desk.look() }
            self.chores.value = [idle, figures, requests]
        }
    }

    private func stopChores() {
        self.loops.core.execute {
            for chore in self.chores.value { chore.cancel() }
            self.chores.value = []
        }
        self.desk.stop()
    }
}

extension QueueSummary {
    fileprivate init(_ figures: DestinationFigures) {
        self.init(
            destination: figures.destination.name, kind: figures.destination.isQueue ? "queue" : "topic",
            messages: figures.messages, consumers: Int64(figures.consumers), producers: Int64(figures.producers),
            enqueued: figures.enqueued, dequeued: figures.dequeued)
    }
}
