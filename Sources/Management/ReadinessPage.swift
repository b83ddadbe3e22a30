import Election

/// `/ready`: 200 on the one broker that serves, 503 with the reason on the others.
///
/// For load balancers and probes: a standby is alive (`/live`) but not ready.
package enum ReadinessPage {
    package static func reply(_ figures: ManagementFigures) -> HTTPReply {
        let lease = figures.holder
        let fields = [
            ("ready", figures.isServing ? "true" : "false"), ("broker", JSONText.quoted(figures.brokerName)),
            ("role", JSONText.quoted(figures.role.rawValue)),
            ("holder", JSONText.quoted(lease?.holder.name)), ("host", JSONText.quoted(lease?.holder.host)),
            ("pid", lease.map { "\($0.holder.process.pid)" } ?? "null"),
            ("epoch", lease.map { "\($0.epoch)" } ?? "null"),
            ("lease_age_ms", figures.leaseAge.map { "\($0.wholeMilliseconds)" } ?? "null"),
            ("has_master", figures.hasMaster ? "true" : "false"),
        ]
        return .json(figures.isServing ? .ok : .unavailable, JSONText.object(fields))
    }
}
