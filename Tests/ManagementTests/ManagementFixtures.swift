import Election
import Management
import Synchronization

enum Fixture {
    static func broker(_ name: String) -> BrokerIdentity {
        BrokerIdentity(
            name: name, instance: InstanceID(0xAB), host: "host-\(name)",
            process: ProcessPlace(bootID: "boot", pidNamespace: "pid:[1]", pid: 4711, startedTicks: 99))
    }

    static func lease(_ phase: LeaseRow.Phase, holder: String, epoch: Int64 = 7) -> LeaseRow {
        LeaseRow(
            epoch: Epoch(epoch), holder: Self.broker(holder), phase: phase, acquiredAtMilliseconds: 1,
            renewedAtMilliseconds: 2, times: .standard)
    }

    static func figures(
        _ role: ElectionSnapshot.Role, _ phase: LeaseRow.Phase = .active, holder: String = "a"
    ) -> ManagementFigures {
        var figures = ManagementFigures(version: "1.2", brokerName: "a")
        figures.snapshot = ElectionSnapshot(
            role: role, broker: Self.broker("a"), lease: Self.lease(phase, holder: holder),
            at: BootInstant(nanoseconds: 5))
        return figures
    }

    static func queue(_ name: String, messages: Int64) -> QueueSummary {
        QueueSummary(
            destination: name, kind: "queue", messages: messages, consumers: 1, producers: 2, enqueued: messages + 5,
            dequeued: 5)
    }
}

/// A broker that says what the test wants, and whose files answer when the test wants.
final class FakeBroker: ManagementSource {
    /// Guards what the listener's threads read while the test changes it.
    private let shown: Mutex<ManagementFigures>
    private let looks = Atomic<Int>(0)
    private let padding: String
    private let onStatus: @Sendable (Int) -> Void

    /// - Parameter padding: what follows the status.
    init(
        _ figures: ManagementFigures = Fixture.figures(.master), padding: String = "",
        onStatus: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.shown = Mutex(figures)
        self.padding = padding
        self.onStatus = onStatus
    }

    var statusLooks: Int { self.looks.load(ordering: .acquiring) }
    func show(_ figures: ManagementFigures) { self.shown.withLock { $0 = figures } }

    func figures() -> ManagementFigures { self.shown.withLock { $0 } }

    func status() -> HTTPReply {
        let number = self.looks.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
        self.onStatus(number)
        return .json(.ok, "{\"look\":\(number)}\(self.padding)")
    }
}
