/// One row of `ha_event`.
package struct HistoryEntry: Hashable, Sendable {
    package var happenedAtMilliseconds: Int64
    /// The name of the event, kept as text: a newer broker may have written others.
    package var event: String
    package var epoch: Epoch
    package var broker: String
    package var host: String
    package var pid: Int64
    package var otherBroker: String?
    package var otherHost: String?
    package var otherPID: Int64?
    package var otherEpoch: Int64?
    package var durationMilliseconds: Int64?
    package var detail: String
}

extension HistoryEntry {
    init(_ event: ElectionEvent, by broker: BrokerIdentity) {
        self.init(
            happenedAtMilliseconds: event.happenedAtMilliseconds, event: event.name.rawValue, epoch: event.epoch,
            broker: broker.name, host: broker.host, pid: Int64(broker.process.pid), otherBroker: event.other?.broker,
            otherHost: event.other?.host, otherPID: event.other.map { Int64($0.pid) },
            otherEpoch: event.other?.epoch.rawValue, durationMilliseconds: event.duration?.wholeMilliseconds,
            detail: event.historyDetail)
    }
}
