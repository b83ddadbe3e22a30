/// Something that is wrong now, with both parties, the evidence and what helps.
package struct ActiveAlarm: Hashable, Sendable {
    package struct Party: Hashable, Sendable {
        package let broker: String
        /// Nil where only the name is known.
        package let host: String?
        package let pid: Int64?
    }

    /// The name of the event, as in log and history.
    package let event: String
    /// Who reports it.
    package let broker: Party
    package let other: Party?
    /// Unix time by the reporter's clock; nil where only its beat tells.
    package let sinceMilliseconds: Int64?
    /// What was seen; empty where only the name is known.
    package let detail: String
    package let remedy: String

    /// One row of table `alarm`: what the last master wrote down.
    struct Row: Hashable, Sendable {
        var event: String
        var broker: String
        var sinceMilliseconds: Int64
        var otherBroker: String?
        var detail: String
        var remedy: String
    }

    /// What holds, by each broker's own last beat where that can be read, with the words of the table and of the beats'
    /// notes; by the table alone for brokers whose beat cannot be read. Brokers that stopped or ended report nothing.
    static func all(rows: [Row], brokers: [KnownBroker]) -> [ActiveAlarm] {
        let known = Dictionary(brokers.map { ($0.record.broker.name, $0) }) { first, _ in first }
        func party(_ name: String, _ host: String? = nil, _ pid: Int64? = nil) -> Party {
            let identity = known[name]?.record.broker
            return Party(
                broker: name, host: host ?? identity?.host, pid: pid ?? identity.map { Int64($0.process.pid) })
        }
        var alarms: [ActiveAlarm] = []
        for broker in brokers where broker.standing != .stopped && broker.standing != .gone {
            let name = broker.record.broker.name
            for event in broker.record.alarms {
                let row = rows.first { $0.event == event && $0.broker == name }
                let note = broker.record.notes.last { $0.entry.event == event }?.entry
                let other = (note?.otherBroker ?? row?.otherBroker).map {
                    party($0, note?.otherHost, note?.otherPID)
                }
                let words = row.map(\.detail).flatMap { $0.isEmpty ? nil : $0 }
                alarms.append(
                    ActiveAlarm(
                        event: event, broker: party(name), other: other,
                        sinceMilliseconds: note?.happenedAtMilliseconds ?? row?.sinceMilliseconds,
                        detail: words ?? note?.detail ?? "", remedy: row?.remedy ?? ""))
            }
        }
        for row in rows where known[row.broker] == nil {
            alarms.append(
                ActiveAlarm(
                    event: row.event, broker: party(row.broker), other: row.otherBroker.map { party($0) },
                    sinceMilliseconds: row.sinceMilliseconds, detail: row.detail, remedy: row.remedy))
        }
        return alarms
    }
}
