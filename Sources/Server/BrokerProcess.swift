import Election
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// A broker's life: candidate, master, candidate again, until it is told to stop.
///
///     candidate --elected--> master --stepped down--> candidate
///         |                    |
///         +------ stop --------+--> ended
///
/// - candidate: no connector is bound, so the system refuses clients. The elector tries the locks.
/// - master: ``Mastership`` serves under one epoch.
///
/// Orders come one after another from the elector and from signals; each is carried out to its end before the next.
package final class BrokerProcess: Service {
    /// How a candidacy ended.
    private enum Outcome {
        case stopped
        case steppedDown
    }

    let settings: BrokerSettings
    let loops: EventLoops
    let view: BrokerView
    private let orders: AsyncStream<NumberedOrder>
    private let order: AsyncStream<NumberedOrder>.Continuation
    /// Guards the one emptying of the store: candidacies follow each other on different threads.
    private let wasEmptied = Mutex(false)

    /// An order and the candidacy it belongs to; nil for those that concern the process.
    private struct NumberedOrder: Sendable {
        let candidacy: Int?
        let order: Order
    }

    package init(_ settings: BrokerSettings) {
        self.settings = settings
        self.loops = EventLoops(connectionThreads: settings.connectionThreads)
        self.view = BrokerView(settings)
        (self.orders, self.order) = AsyncStream.makeStream()
    }

    /// What ``run()`` says, without the listener.
    func runBroker() async throws {
        do {
            for connector in self.settings.connectors + self.settings.stompConnectors {
                try PortCheck.run(connector.address, option: connector.option)
            }
            if let parent = self.settings.parentDirectory { _ = try DataDirectory.prepare(parent) }
            try self.settings.stomp.check(besides: self.settings.openWire, self.settings.logger)
            let directory = try DataDirectory.prepare(self.settings.dataDirectory)
            defer { directory.removeIfUnused() }
            try MountCheck.run(self.settings)
            self.settings.logger.info(
                "broker.starting",
                metadata: [
                    "version": "\(self.settings.version)", "name": "\(self.settings.name)",
                    "data": "\(self.settings.dataDirectory)",
                    "openwire": "\(self.settings.connectors.map(\.address.description).joined(separator: ","))",
                ])
            let check = FileSystemCheck(self.settings)
            defer { check.stop() }
            try await withGracefulShutdownHandler {
                try await self.runCandidacies()
            } onGracefulShutdown: {
                self.order.yield(NumberedOrder(candidacy: nil, order: .stop))
            }
        } catch {
            await self.loops.shutdown(self.settings.logger)
            throw error
        }
        await self.loops.shutdown(self.settings.logger)
        self.settings.logger.info("broker.stopped")
    }

    // MARK: Candidacies

    private func runCandidacies() async throws(StartError) {
        var iterator = self.orders.makeAsyncIterator()
        var candidacy = 0
        var knownEpoch = Epoch.none
        while true {
            candidacy += 1
            let outcome = try await self.runCandidacy(candidacy, &knownEpoch, &iterator)
            if case .stopped = outcome { return }
            self.settings.logger.notice("broker.standing_again", metadata: ["candidacy": "\(candidacy + 1)"])
            guard await self.pause(&iterator) else { return }
        }
    }

    /// Lets another broker come first after a failure. False: the process was told to stop meanwhile.
    private func pause(_ iterator: inout AsyncStream<NumberedOrder>.Iterator) async -> Bool {
        let order = self.order
        let beat = TimeAmount(self.settings.election.times.beat)
        self.loops.core.scheduleTask(in: beat * 2) {
            order.yield(NumberedOrder(candidacy: nil, order: .standAgain))
        }
        while let next = await iterator.next() {
            guard next.candidacy == nil else { continue }
            switch next.order {
            case .standAgain: return true
            case .stop: return false
            case .becomeMaster, .stepDown: continue
            }
        }
        return false
    }

    private func runCandidacy(
        _ candidacy: Int, _ knownEpoch: inout Epoch, _ iterator: inout AsyncStream<NumberedOrder>.Iterator
    ) async throws(StartError) -> Outcome {
        let order = self.order
        let relay = ElectionRelay(directory: self.settings.dataDirectory) {
            order.yield(NumberedOrder(candidacy: candidacy, order: $0))
        }
        let elector = try self.makeElector(relay, knownEpoch)
        defer { knownEpoch = elector.knownEpoch }
        var mastership: Mastership?
        while let next = await iterator.next() {
            guard next.candidacy == nil || next.candidacy == candidacy else { continue }
            switch next.order {
            case .becomeMaster(let term, let gate):
                do throws(StartError) {
                    try self.emptyStoreOnce()
                    let begun = try await Mastership.begin(term, gate: gate, self.surroundings(elector))
                    mastership = begun
                    self.view.termBegan(begun)
                    relay.onStepDown { begun.cutOff() }
                    elector.servingStarted()
                } catch {
                    await self.release(elector)
                    if error.status == .temporaryFailure { return .steppedDown }
                    throw error
                }
            case .stepDown:
                await mastership?.abandon()
                await self.release(elector)
                return .steppedDown
            case .stop:
                relay.onStepDown(nil)
                await mastership?.stop()
                await self.release(elector)
                return .stopped
            case .standAgain:
                continue
            }
        }
        return .stopped
    }

    /// Carries out `deleteAllMessagesOnStartup`, with the first term of this process alone.
    private func emptyStoreOnce() throws(StartError) {
        guard self.settings.deletesAllMessagesOnStart else { return }
        let isFirst = self.wasEmptied.withLock { wasEmptied in
            defer { wasEmptied = true }
            return !wasEmptied
        }
        guard isFirst, try StoreRemoval.run(directory: self.settings.dataDirectory) else { return }
        self.settings.logger.warning(
            "store.emptied",
            metadata: ["path": "\(self.settings.dataDirectory)", "reason": "deleteAllMessagesOnStartup"])
    }

    private func makeElector(_ relay: ElectionRelay, _ knownEpoch: Epoch) throws(StartError) -> Elector {
        var configuration = Elector.Configuration(
            directory: self.settings.dataDirectory, brokerName: self.settings.name, settings: self.settings.election,
            logger: self.settings.logger)
        configuration.knownEpoch = knownEpoch
        configuration.meter = self.view.electionMeter
        do throws(ElectionError) {
            let elector = try Elector(configuration, delegate: relay)
            self.view.candidacyBegan(elector)
            try elector.start()
            return elector
        } catch {
            throw StartError(error)
        }
    }

    private func surroundings(_ elector: Elector) -> Mastership.Surroundings {
        let (logger, view) = (self.settings.logger, self.view)
        return Mastership.Surroundings(
            settings: self.settings, loops: self.loops, verdict: elector.verdict,
            progressed: { elector.startingProgressed() },
            storeFailed: { error in
                logger.error("store.failed", metadata: ["error": "\(error)"])
                elector.storeFailed("\(error)")
            },
            publish: { queues, schedules in
                elector.publish(queues)
                view.publish(queues, schedules)
            }, storeMeter: view.storeMeter)
    }

    /// Waits for the elector's thread, on a loop that has nothing to do at such times.
    private func release(_ elector: Elector) async {
        self.view.termEnded()
        await Mastership.onLoop(self.loops.core) { elector.release() }
    }
}
