import BrokerCore
import Election
import Logging
import Management
import SQLiteStore
import Synchronization

/// What the HTTP listener may know of this process, from threads of its own. Never waits for the broker, and the broker
/// never waits for it.
final class BrokerView: ManagementSource {
    private struct Shown {
        var elector: Elector?
        var mastership: Mastership?
        var destinations: [QueueSummary] = []
        var schedules = ScheduleTotals()
    }

    let electionMeter = ElectionMeter()
    let storeMeter = StoreMeter()
    private let settings: BrokerSettings
    private let startedAtMs = SystemClock.wallMs()
    private let clock = SystemElectionClock()
    /// Guards who is asked: the process replaces them with each candidacy, the listener's threads read them.
    private let shown = Mutex(Shown())

    init(_ settings: BrokerSettings) {
        self.settings = settings
    }

    // MARK: Told by the process

    func candidacyBegan(_ elector: Elector) { self.shown.withLock { $0.elector = elector } }

    func termBegan(_ mastership: Mastership) { self.shown.withLock { $0.mastership = mastership } }

    func termEnded() {
        self.shown.withLock {
            $0.mastership = nil
            $0.destinations = []
            $0.schedules = ScheduleTotals()
        }
    }

    func publish(_ destinations: [QueueSummary], _ schedules: ScheduleTotals) {
        self.shown.withLock {
            $0.destinations = destinations
            $0.schedules = schedules
        }
    }

    // MARK: Asked by the listener

    func figures() -> ManagementFigures {
        let shown = self.shown.withLock { $0 }
        let (elector, mastership) = (shown.elector, shown.mastership)
        var figures = ManagementFigures(version: self.settings.version, brokerName: self.settings.name)
        let now = self.clock.now()
        let election = self.electionMeter.figures
        figures.election = election
        figures.snapshot = elector?.snapshot()
        figures.verdict = elector?.verdict
        figures.beatAge = election.lastBeat.map { now - $0 }
        figures.goodBeatAge = election.lastGoodBeat.map { now - $0 }
        figures.startedAtMilliseconds = self.startedAtMs
        figures.destinations = shown.destinations
        figures.scheduledMessages = shown.schedules.jobs
        figures.scheduledBytes = shown.schedules.bytes
        figures.connections = mastership?.connectionCount ?? 0
        figures.maximumConnections = (self.settings.connectors + self.settings.stompConnectors)
            .reduce(0) { $0 + $1.maximumConnections }
        figures.store = .init(commits: self.storeMeter.commits, rows: self.storeMeter.rows)
        guard let snapshot = figures.snapshot else { return figures }
        figures.leaseAge = snapshot.leaseMovedAt.map { now - $0 }
        if let lease = snapshot.lease, let age = figures.leaseAge {
            figures.hasMaster = lease.phase == .active && age <= max(lease.times.warn, lease.times.beat * 3)
        }
        let stepDown = self.settings.election.times.stepDown
        figures.isServing = snapshot.role == .master && figures.goodBeatAge.map { $0 < stepDown } ?? false
        return figures
    }

    func status() -> HTTPReply {
        do throws(StartError) {
            let report = try StatusReport.read(DataDirectory.existing(self.settings.dataDirectory))
            return .json(.ok, report.json)
        } catch {
            return .json(.unavailable, JSONText.object([("error", JSONText.quoted(error.description))]))
        }
    }
}
