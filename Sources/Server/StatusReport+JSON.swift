import Election
import Management

/// For programs.
extension StatusReport {
    /// One JSON object. Names are kept stable; times are Unix milliseconds.
    package var json: String {
        let lease = self.election.lease
        let holder = lease.holder
        return JSONText.object([
            ("directory", JSONText.quoted(self.election.directory)),
            ("standing", JSONText.quoted(self.election.standing.rawValue)),
            ("has_master", self.hasMaster ? "true" : "false"),
            ("holder", JSONText.quoted(holder.name)), ("host", JSONText.quoted(holder.host)),
            ("pid", "\(holder.process.pid)"), ("instance", JSONText.quoted("\(holder.instance)")),
            ("holder_process", JSONText.quoted(self.election.holderLife.rawValue)),
            ("epoch", "\(lease.epoch)"), ("acquired_at_ms", "\(lease.acquiredAtMilliseconds)"),
            ("renewed_at_ms", "\(lease.renewedAtMilliseconds)"),
            ("lease_age_ms", "\(self.election.age.wholeMilliseconds)"),
            ("lease_problem", JSONText.quoted(self.election.leaseProblem)),
            ("unsafe_locks", self.election.verdict.map { $0.hasUnsafeLocks ? "true" : "false" } ?? "null"),
            ("file_system", self.election.verdict.map { Self.json(of: $0) } ?? "null"),
            ("alarms", JSONText.array(self.election.alarms.map { Self.json(of: $0) })),
            ("brokers", JSONText.array(self.election.brokers.map { Self.json(of: $0) })),
            ("locks", JSONText.array(self.election.probes.map { Self.json(of: $0) })),
            ("depths_from", JSONText.quoted(self.source.rawValue)),
            ("scheduled_messages", JSONText.integer(self.scheduled)),
            ("destinations", JSONText.array(self.queues.map { Self.json(of: $0) })),
        ])
    }

    private static func json(of verdict: FileSystemVerdict) -> String {
        func dangers(_ list: [MountDanger]) -> String {
            JSONText.array(
                list.map { danger in
                    JSONText.object([
                        ("option", JSONText.quoted(danger.option)), ("reason", JSONText.quoted(danger.reason)),
                        ("remedy", JSONText.quoted(danger.remedy)),
                    ])
                })
        }
        return JSONText.object([
            ("kind", JSONText.quoted(verdict.kind.rawValue)), ("type", JSONText.quoted(verdict.type)),
            ("version", JSONText.quoted(verdict.version)), ("source", JSONText.quoted(verdict.source)),
            ("mount_point", JSONText.quoted(verdict.mountPoint)),
            ("options", JSONText.array(verdict.options.map { JSONText.quoted($0) })),
            ("journal_mode", JSONText.quoted(verdict.storeMode.journal.rawValue)),
            ("locking_mode", JSONText.quoted(verdict.storeMode.locking.rawValue)),
            ("locks", JSONText.quoted(verdict.lockReach.rawValue)),
            ("fencing_level", JSONText.quoted(verdict.fencingLevel.name)),
            ("fencing_reason", JSONText.quoted(verdict.fencingLevel.reason)),
            ("unsafe_locks", verdict.hasUnsafeLocks ? "true" : "false"),
            ("refusals", dangers(verdict.refusals)), ("warnings", dangers(verdict.warnings)),
            ("sqlite", JSONText.quoted(verdict.sqliteVersion)),
        ])
    }

    private static func json(of alarm: ActiveAlarm) -> String {
        JSONText.object([
            ("event", JSONText.quoted(alarm.event)), ("broker", JSONText.quoted(alarm.broker.broker)),
            ("host", JSONText.quoted(alarm.broker.host)), ("pid", JSONText.integer(alarm.broker.pid)),
            ("other_broker", JSONText.quoted(alarm.other?.broker)),
            ("other_host", JSONText.quoted(alarm.other?.host)), ("other_pid", JSONText.integer(alarm.other?.pid)),
            ("since_at_ms", JSONText.integer(alarm.sinceMilliseconds)), ("detail", JSONText.quoted(alarm.detail)),
            ("remedy", JSONText.quoted(alarm.remedy)),
        ])
    }

    private static func json(of broker: KnownBroker) -> String {
        let (record, identity) = (broker.record, broker.record.broker)
        return JSONText.object([
            ("broker", JSONText.quoted(identity.name)), ("state", JSONText.quoted(broker.standing.rawValue)),
            ("epoch", "\(record.epoch)"), ("beat_age_ms", "\(broker.age.wholeMilliseconds)"),
            ("beat_at_ms", "\(record.wallMilliseconds)"), ("counter", "\(record.counter)"),
            ("host", JSONText.quoted(identity.host)), ("pid", "\(identity.process.pid)"),
            ("instance", JSONText.quoted("\(identity.instance)")),
            ("process", JSONText.quoted(broker.life.rawValue)), ("locks", JSONText.quoted(record.lockView)),
            ("alarms", JSONText.array(record.alarms.map { JSONText.quoted($0) })),
        ])
    }

    private static func json(of probe: LockProbe) -> String {
        JSONText.object([
            ("prober", JSONText.quoted(probe.prober)), ("holder", JSONText.quoted(probe.holder)),
            ("kind", JSONText.quoted(probe.kind)), ("answer", JSONText.quoted(probe.answer)),
            ("probed_at_ms", "\(probe.probedAtMilliseconds)"),
        ])
    }

    private static func json(of queue: Queue) -> String {
        JSONText.object([
            ("name", JSONText.quoted(queue.name)), ("kind", JSONText.quoted(queue.kind)),
            ("messages", "\(queue.messages)"), ("consumers", JSONText.integer(queue.traffic?.consumers)),
            ("producers", JSONText.integer(queue.traffic?.producers)),
            ("enqueued", JSONText.integer(queue.traffic?.enqueued)),
            ("dequeued", JSONText.integer(queue.traffic?.dequeued)),
        ])
    }
}
