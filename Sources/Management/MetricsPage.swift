package import Election

/// `/metrics`: every name begins with `lockkeeper_`, and names and labels are kept stable.
package enum MetricsPage {
    /// Destinations shown; a broker with more shows its deepest, so that a page stays small.
    package static let maximumDestinations = 100

    package static func text(of figures: ManagementFigures) -> String {
        var page = PrometheusText()
        Self.writeBroker(figures, to: &page)
        Self.writeElection(figures, to: &page)
        Self.writeEvents(figures, to: &page)
        Self.writeFileSystem(figures, to: &page)
        Self.writeTraffic(figures, to: &page)
        return page.text
    }

    private static func writeBroker(_ figures: ManagementFigures, to page: inout PrometheusText) {
        page.gauge("lockkeeper_build_info", "The program; always 1.", 1, [("version", figures.version)])
        var who: [PrometheusText.Label] = [("broker", figures.brokerName)]
        if let broker = figures.snapshot?.broker {
            who += [
                ("host", broker.host), ("pid", "\(broker.process.pid)"), ("instance", "\(broker.instance)"),
            ]
        }
        page.gauge("lockkeeper_broker_info", "This run of this broker; always 1.", 1, who)
        page.gauge(
            "lockkeeper_start_time_seconds", "Unix time at which the process started.",
            Double(figures.startedAtMilliseconds) / 1000)
        page.gauge(
            "lockkeeper_role", "1 for the role that this broker has, 0 for the others.",
            each: ElectionSnapshot.Role.allCases.map { role in
                ([("role", role.rawValue)], role == figures.role ? 1 : 0)
            })
        page.gauge(
            "lockkeeper_serving", "1 while this broker serves as master, as /ready says.", figures.isServing ? 1 : 0)
    }

    private static func writeElection(_ figures: ManagementFigures, to page: inout PrometheusText) {
        page.gauge(
            "lockkeeper_has_master",
            "1 while this broker sees a master that serves and renews its lease; 0 on all brokers: nobody serves.",
            figures.hasMaster ? 1 : 0)
        page.gauge(
            "lockkeeper_epoch", "Epoch of the lease as this broker last saw it.",
            Double(figures.snapshot?.lease?.epoch.rawValue ?? 0))
        if let holder = figures.holder {
            page.gauge(
                "lockkeeper_lease_holder_info", "Who holds the lease as this broker last saw it; always 1.", 1,
                [
                    ("broker", holder.holder.name), ("host", holder.holder.host),
                    ("phase", holder.phase.rawValue.lowercased()),
                ])
        }
        page.gauge(
            "lockkeeper_lease_age_seconds", "Since the last renewal seen of the lease, by this host's clock.",
            figures.leaseAge?.inSeconds)
        page.gauge(
            "lockkeeper_beat_age_seconds", "Since this broker's last beat began.", figures.beatAge?.inSeconds)
        page.gauge(
            "lockkeeper_good_beat_age_seconds", "Since this broker's last beat that proved its part began.",
            figures.goodBeatAge?.inSeconds)
        page.histogram(
            "lockkeeper_beat_duration_seconds", "How long this broker's beats took, storage included.",
            figures.election.beats)
        page.gauge(
            "lockkeeper_last_beat_duration_seconds", "How long the last of them took.",
            figures.election.beats.last?.inSeconds)
        page.counter(
            "lockkeeper_bad_beats_total", "Beats that proved nothing: a file call failed, or lock or lease were lost.",
            figures.election.badBeats)
        page.histogram(
            "lockkeeper_takeover_duration_seconds", "From the grant of the locks until this broker served.",
            figures.election.takeovers)
        page.gauge(
            "lockkeeper_last_takeover_duration_seconds", "The same for its last take-over.",
            figures.election.takeovers.last?.inSeconds)
    }

    private static func writeEvents(_ figures: ManagementFigures, to page: inout PrometheusText) {
        let names = ElectionEvent.Name.allCases
        page.counter(
            "lockkeeper_ha_events_total",
            "Events of lock, lease and mastership on this broker, by the name in its log.",
            each: names.map { ([("event", $0.rawValue)], figures.election.count(of: $0)) })
        let active = Set(figures.election.alarms)
        let lasting = Self.lastingEvents.map(\.rawValue)
        // Whatever else is held up as an alarm is shown as well, from then on until it is over.
        let all = lasting + active.subtracting(lasting).sorted()
        page.gauge(
            "lockkeeper_alarm", "1 while the event holds for this broker: somebody should look.",
            each: all.map { ([("event", $0)], active.contains($0) ? 1 : 0) })
    }

    /// Events that tell of a state and not of a moment: shown with 0 while they do not hold.
    package static let lastingEvents: [ElectionEvent.Name] = [
        .lockFalse, .lockStale, .lockHungHolder, .lockWaitingForServerLease, .lockLost, .lockUnusable,
        .leaseSuperseded, .leaseLate, .leaseRestoredBackup, .leaseSetAside, .viewStale, .storageStalled, .nameDuplicate,
        .claimFailed, .masterSteppedDown, .masterExited,
    ]

    private static func writeFileSystem(_ figures: ManagementFigures, to page: inout PrometheusText) {
        guard let verdict = figures.verdict else { return }
        page.gauge(
            "lockkeeper_file_system_info", "What holds the data directory, and how it is used; always 1.", 1,
            [
                ("kind", verdict.kind.rawValue), ("type", verdict.type), ("mount_point", verdict.mountPoint),
                ("journal_mode", verdict.storeMode.journal.rawValue),
                ("locking_mode", verdict.storeMode.locking.rawValue), ("locks", verdict.lockReach.rawValue),
                ("fencing", verdict.fencingLevel.name), ("sqlite", verdict.sqliteVersion),
            ])
        page.gauge(
            "lockkeeper_file_system_unsafe",
            "1 where locks are known not to hold between hosts, and the operator runs the broker all the same.",
            verdict.hasUnsafeLocks ? 1 : 0)
        page.gauge(
            "lockkeeper_fencing_level", "What keeps out an old master's late write: 0 lease, 1 deadline, 3 storage.",
            Double(verdict.fencingLevel.level.rawValue))
    }

    private static func writeTraffic(_ figures: ManagementFigures, to page: inout PrometheusText) {
        page.gauge("lockkeeper_connections", "Client connections.", Double(figures.connections))
        page.gauge("lockkeeper_connections_limit", "Client connections at most.", Double(figures.maximumConnections))
        page.counter("lockkeeper_store_commits_total", "Transactions that stored something.", figures.store.commits)
        page.counter(
            "lockkeeper_store_rows_total", "Messages that these wrote or removed, and subscriptions' shares in them.",
            figures.store.rows)
        page.gauge(
            "lockkeeper_scheduled_messages", "Messages that the master is to send later.",
            Double(figures.scheduledMessages))
        page.gauge(
            "lockkeeper_scheduled_bytes", "Properties and bodies of these.", Double(figures.scheduledBytes))
        let all = figures.destinations
        page.gauge("lockkeeper_destinations", "Destinations that the master publishes.", Double(all.count))
        page.gauge(
            "lockkeeper_messages", "Messages in all of them, not yet acknowledged.",
            Double(all.reduce(0) { $0 &+ $1.messages }))
        let shown = all.sorted { $1.messages < $0.messages }.prefix(Self.maximumDestinations).map { queue in
            (
                labels: [(name: "destination", value: queue.destination), (name: "kind", value: queue.kind)],
                queue: queue
            )
        }
        func each(_ value: (QueueSummary) -> Int64) -> [(labels: [PrometheusText.Label], value: Int64)] {
            shown.map { ($0.labels, value($0.queue)) }
        }
        func each(_ value: (QueueSummary) -> Int64) -> [(labels: [PrometheusText.Label], value: Double)] {
            shown.map { ($0.labels, Double(value($0.queue))) }
        }
        let limit = "of the \(Self.maximumDestinations) deepest destinations"
        page.gauge(
            "lockkeeper_destination_messages", "Messages not yet acknowledged, \(limit).", each: each(\.messages))
        page.gauge("lockkeeper_destination_consumers", "Consumers \(limit).", each: each(\.consumers))
        page.gauge("lockkeeper_destination_producers", "Producers \(limit).", each: each(\.producers))
        page.counter(
            "lockkeeper_destination_enqueued_total", "Messages taken since this master serves, \(limit).",
            each: each(\.enqueued))
        page.counter(
            "lockkeeper_destination_dequeued_total", "Messages acknowledged since this master serves, \(limit).",
            each: each(\.dequeued))
    }
}
