/// One event of a broker that may not write `ha_event` itself, on its way there by the broker's beat.
package struct BeatNote: Hashable, Sendable {
    /// Longer details are cut: a record has room for a few notes only.
    private static let longestDetail = 400

    /// Counts the events of one instance, so that the master writes each once.
    package var number: Int64
    package var entry: HistoryEntry

    package init(number: Int64, entry: HistoryEntry) {
        self.number = number
        self.entry = entry
    }
}

extension BeatNote {
    /// Ten words; the reporter itself is the writer of the record.
    var encoded: String {
        func word(_ text: String) -> String { text.isEmpty ? "-" : PercentCoding.encode(text) }
        func number(_ value: Int64?) -> String { value.map(String.init) ?? "-" }
        let entry = self.entry
        return [
            String(self.number), String(entry.happenedAtMilliseconds), word(entry.event), entry.epoch.description,
            word(entry.otherBroker ?? ""), word(entry.otherHost ?? ""), number(entry.otherPID),
            number(entry.otherEpoch), number(entry.durationMilliseconds),
            word(String(entry.detail.prefix(Self.longestDetail))),
        ].joined(separator: " ")
    }

    /// Nil for anything but what ``encoded`` writes. The reporter's own columns stay empty, see
    /// ``reported(by:)``.
    init?(parsing text: some StringProtocol) {
        let words = String(text).split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
        guard words.count == 10, let number = Int64(words[0]), let happened = Int64(words[1]),
            let epoch = Int64(words[3])
        else { return nil }
        var texts: [String?] = []
        for index in [2, 4, 5, 9] {
            guard words[index] != "-" else {
                texts.append(nil)
                continue
            }
            guard let text = PercentCoding.decode(words[index]) else { return nil }
            texts.append(text)
        }
        var numbers: [Int64?] = []
        for index in 6...8 {
            guard words[index] != "-" else {
                numbers.append(nil)
                continue
            }
            guard let value = Int64(words[index]) else { return nil }
            numbers.append(value)
        }
        self.init(
            number: number,
            entry: HistoryEntry(
                happenedAtMilliseconds: happened, event: texts[0] ?? "", epoch: Epoch(epoch), broker: "", host: "",
                pid: 0, otherBroker: texts[1], otherHost: texts[2], otherPID: numbers[0], otherEpoch: numbers[1],
                durationMilliseconds: numbers[2], detail: texts[3] ?? ""))
    }

    /// The row of `ha_event`, with the broker whose record carried the note.
    func reported(by broker: BrokerIdentity) -> HistoryEntry {
        var entry = self.entry
        entry.broker = broker.name
        entry.host = broker.host
        entry.pid = Int64(broker.process.pid)
        return entry
    }
}
