import BrokerCore
import Election
import Logging
import NIOCore
import SQLiteStore

extension Mastership {
    /// What a term needs from the process.
    struct Surroundings: Sendable {
        let settings: BrokerSettings
        let loops: EventLoops
        let verdict: FileSystemVerdict
        /// The store takes long to open, and comes on.
        let progressed: @Sendable () -> Void
        /// Called once when the store of this term fails for good.
        let storeFailed: @Sendable (StoreError) -> Void
        let publish: @Sendable ([QueueSummary], ScheduleTotals) -> Void
        let storeMeter: StoreMeter
    }

    /// Opens the store under the term's epoch, recovers the broker, and only then lets clients in.
    ///
    /// - Throws: the line for an operator; then nothing is left open.
    static func begin(
        _ term: Term, gate: MasterGate, _ surroundings: Surroundings
    ) async throws(StartError) -> Mastership {
        let settings = surroundings.settings
        let core = surroundings.loops.core
        let (store, snapshot) = try await self.openStore(term, gate, surroundings)
        let id = try BrokerID.of(directory: settings.dataDirectory, chance: term.holder.instance.rawValue)
        let url = "tcp://\(settings.openWire)"
        let clock = SystemElectionClock()
        let mayServe: @Sendable () -> Bool = { gate.dispatchAllowed(at: clock.now()) }
        let logger = settings.logger
        let engine = BrokerEngine(
            loop: core, configuration: Self.configuration(settings, id: id, url: url), store: store,
            snapshot: snapshot,
            environment: BrokerEnvironment(
                now: SystemClock.now, mayServe: mayServe,
                storeIsFull: { reason in
                    if let reason {
                        logger.error("broker.producers_held", metadata: ["reason": "\(reason)"])
                    } else {
                        logger.notice("broker.producers_released")
                    }
                }),
            onFailure: surroundings.storeFailed)
        do throws(StartError) {
            let doors = try await self.openConnectors(
                Served(engine: engine, brokerID: id, term: term, mayServe: mayServe), surroundings)
            await engine.start()
            return Mastership(term, surroundings, store, engine, doors)
        } catch {
            await engine.abandon()
            await Self.close(store)
            throw error
        }
    }

    private static func configuration(_ settings: BrokerSettings, id: String, url: String) -> BrokerConfiguration {
        var configuration = settings.core
        configuration.name = settings.brokerName ?? settings.name
        configuration.id = id
        configuration.url = url
        configuration.timeZone = SystemClock.localTime
        if settings.catchesUpWithAll { configuration.catchUp = .all }
        return configuration
    }

    private static func openStore(
        _ term: Term, _ gate: MasterGate, _ surroundings: Surroundings
    ) async throws(StartError) -> (SQLiteStore, StoreSnapshot) {
        let settings = surroundings.settings
        let logger = settings.logger
        let profile: FileSystemProfile =
            switch (surroundings.verdict.storeMode.journal, surroundings.verdict.storeMode.locking) {
            case (.wal, .normal): .local
            case (.truncate, _): .fencedNetwork
            case (.wal, .exclusive): .network
            }
        var configuration = StoreConfiguration(
            directory: settings.dataDirectory, profile: profile,
            holder: "\(term.holder.name) \(term.holder.instance)", openedAtMs: SystemClock.wallMs())
        let limit = settings.core.usage.storeLimitBytes
        configuration.limitBytes = limit > 0 ? limit : nil
        configuration.meter = surroundings.storeMeter
        configuration.notice = { notice in
            logger.warning(
                "\(notice.event)", metadata: ["text": "\(notice.description)", "epoch": "\(term.epoch)"])
        }
        let opening = configuration
        // On the core's loop, which has nothing else to do yet: no thread of the pool that others share is blocked.
        try await self.prepareFiles(term, opening, surroundings)
        let start = SystemClock.monotonicMs()
        let result = await Self.onLoop(surroundings.loops.core) {
            () -> Result<(store: SQLiteStore, snapshot: StoreSnapshot), StoreOpenError> in
            do throws(StoreOpenError) {
                return .success(
                    try SQLiteStore.open(
                        configuration: opening, epoch: term.epoch.rawValue,
                        gate: StoreGate(
                            refusal: { gate.refusal() }, refusalAfterCommit: { gate.refusalAfterCommit() })))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let opened):
            logger.info(
                "store.opened",
                metadata: [
                    "path": "\(opening.path)", "epoch": "\(term.epoch)",
                    "journal_mode": "\(surroundings.verdict.storeMode.journal.rawValue)",
                    "destinations": "\(opened.snapshot.destinations.count)",
                    "duration_ms": "\(SystemClock.monotonicMs() - start)",
                ])
            return opened
        case .failure(let error):
            let failure = StartError(error.exitStatus, error.description)
            logger.error(
                "store.open_failed",
                metadata: ["path": "\(opening.path)", "epoch": "\(term.epoch)", "error": "\(failure)"])
            throw failure
        }
    }

    /// Moves the store to new files where the election ordered that, out of the reach of a former master that may still
    /// write to the old ones, and makes this host forget what it cached of the files while another wrote them.
    private static func prepareFiles(
        _ term: Term, _ opening: StoreConfiguration, _ surroundings: Surroundings
    ) async throws(StartError) {
        let directory = surroundings.settings.dataDirectory
        let isNetwork = surroundings.verdict.isNetwork
        let result = await Self.onLoop(surroundings.loops.core) { () -> Result<RelocationReport?, SystemFailure> in
            do throws(SystemFailure) {
                let report = try StoreRelocation(directory: directory)
                    .perform(under: term.epoch, progress: surroundings.progressed)
                if isNetwork {
                    try FileFreshness.refresh(["", "-wal", "-journal"].map { opening.path + $0 })
                }
                return .success(report)
            } catch {
                return .failure(error)
            }
        }
        surroundings.progressed()
        switch result {
        case .success(nil): break
        case .success(let report?):
            surroundings.settings.logger.warning(
                "store.relocated",
                metadata: [
                    "epoch": "\(term.epoch)", "bytes": "\(report.bytes)",
                    "duration_ms": "\(report.duration.wholeMilliseconds)",
                    "kept": "\(report.kept.joined(separator: " "))",
                    "remedy": "the old files may be removed once the former master is surely gone",
                ])
        case .failure(let failure):
            let error = StartError(
                .temporaryFailure,
                "the store cannot be moved to new files, which this take-over needs: \(failure); make room or mend the "
                    + "storage, the brokers try again")
            surroundings.settings.logger.error(
                "store.relocation_failed", metadata: ["epoch": "\(term.epoch)", "error": "\(error)"])
            throw error
        }
    }
}
