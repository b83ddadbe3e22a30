import SQLite

/// Who was master when, why it changed, and how long nobody was: read from `lease.db` by anybody, at any time.
package struct TermHistory: Sendable {
    package struct Chapter: Sendable {
        package let term: PastTerm
        /// What happened in it, by any broker, in the order of the reporters' clocks.
        package fileprivate(set) var events: [HistoryEntry] = []
    }

    package let directory: String
    /// Newest first.
    package let chapters: [Chapter]
    /// The lease as it is, with its age: whether the newest term lasts.
    package let status: ElectionStatus
    /// `lease.db` was made by an older version, and will tell terms once a master of this one has opened it.
    package let isOutdated: Bool

    /// - Parameters:
    ///   - limit: terms at most, the newest.
    ///   - since: Unix milliseconds; terms that ended before and events from before are left out.
    package static func read(
        directory: String, limit: Int, since: Int64? = nil, clock: any ElectionClock = SystemElectionClock()
    ) throws(ElectionStatusError) -> TermHistory {
        let status = try ElectionStatus.read(directory: directory, clock: clock)
        let from = since ?? .min
        let reading = ElectionStatus.look(in: directory) { (database) throws(SQLiteError) in
            guard try LeaseReader.hasTerms(database) else { return Found(isOutdated: true) }
            return Found(
                terms: try LeaseReader.terms(in: database, limit: Int64(max(0, limit)), since: from),
                events: try LeaseReader.history(in: database, limit: 1000))
        }
        switch reading {
        case .found(let found):
            return TermHistory(
                directory: directory,
                chapters: Self.chapters(found.terms, found.events.filter { $0.happenedAtMilliseconds >= from }),
                status: status, isOutdated: found.isOutdated)
        case .none: throw .neverUsed(directory)
        case .unreadable(let why): throw .unreadable(why)
        case .newer(let why): throw .newer(why)
        case .unclear(let why): throw .unclear(why)
        }
    }

    private struct Found {
        var isOutdated = false
        var terms: [PastTerm] = []
        var events: [HistoryEntry] = []
    }

    /// Gives each event to the term it names; one that names none, to the term in which it happened.
    private static func chapters(_ terms: [PastTerm], _ events: [HistoryEntry]) -> [Chapter] {
        var chapters = terms.map { Chapter(term: $0) }
        // Newest first as they come; what happened in one millisecond keeps the order in which it was written.
        let inOrder = events.reversed().enumerated().sorted {
            ($0.element.happenedAtMilliseconds, $0.offset) < ($1.element.happenedAtMilliseconds, $1.offset)
        }
        for event in inOrder.map(\.element) {
            let index =
                chapters.firstIndex { event.epoch != .none && $0.term.epoch == event.epoch }
                ?? chapters.firstIndex { chapter in
                    event.epoch == .none && chapter.term.beganAtMilliseconds <= event.happenedAtMilliseconds
                }
            if let index { chapters[index].events.append(event) }
        }
        return chapters
    }
}

extension PastTerm {
    fileprivate var beganAtMilliseconds: Int64 {
        self.electedAtMilliseconds ?? self.startedAtMilliseconds ?? .max
    }
}

extension LeaseReader {
    /// Whether the file has the tables of terms and alarms: one that an older version made does not.
    static func hasTerms(_ database: Database) throws(SQLiteError) -> Bool {
        let select = try database.prepare(LeaseStatements.selectTermTable, for: "looking at the schema")
        defer { select.reset() }
        return try select.step()
    }

    /// Newest first, without those that ended before `since`.
    static func terms(in database: Database, limit: Int64, since: Int64) throws(SQLiteError) -> [PastTerm] {
        let select = try database.prepare(LeaseStatements.selectTerms, for: "reading the terms")
        try select.bind(since, at: 1)
        try select.bind(limit, at: 2)
        var terms: [PastTerm] = []
        try select.forEachRow { () throws(SQLiteError) in
            var successor: PastTerm.Successor?
            if let epoch = select.optionalInteger(11), let started = select.optionalInteger(13) {
                successor = PastTerm.Successor(
                    epoch: Epoch(epoch), broker: select.text(12) ?? "", startedAtMilliseconds: started)
            }
            terms.append(
                PastTerm(
                    epoch: Epoch(select.integer(0)), broker: select.text(1) ?? "", host: select.text(2) ?? "",
                    pid: select.integer(3), electedAtMilliseconds: select.optionalInteger(4),
                    startedAtMilliseconds: select.optionalInteger(5), renewedAtMilliseconds: select.optionalInteger(6),
                    endedAtMilliseconds: select.optionalInteger(7),
                    ending: PastTerm.Ending(rawValue: select.text(8) ?? "") ?? .lost,
                    endedFromMilliseconds: select.optionalInteger(9),
                    endedUntilMilliseconds: select.optionalInteger(10),
                    successor: successor, reason: select.text(14) ?? "", found: select.text(15) ?? ""))
        }
        return terms
    }

    static func alarms(in database: Database) throws(SQLiteError) -> [ActiveAlarm.Row] {
        let select = try database.prepare(LeaseStatements.selectAlarmWords, for: "reading the alarms")
        var rows: [ActiveAlarm.Row] = []
        try select.forEachRow { () throws(SQLiteError) in
            rows.append(
                ActiveAlarm.Row(
                    event: select.text(0) ?? "", broker: select.text(1) ?? "", sinceMilliseconds: select.integer(2),
                    otherBroker: select.text(3), detail: select.text(4) ?? "", remedy: select.text(5) ?? ""))
        }
        return rows
    }

    static func probes(in database: Database) throws(SQLiteError) -> [LockProbe] {
        let select = try database.prepare(LeaseStatements.selectProbes, for: "reading what the locks answered")
        var probes: [LockProbe] = []
        try select.forEachRow { () throws(SQLiteError) in
            probes.append(
                LockProbe(
                    prober: select.text(0) ?? "", holder: select.text(1) ?? "", kind: select.text(2) ?? "",
                    answer: select.text(3) ?? "", probedAtMilliseconds: select.integer(4)))
        }
        return probes
    }
}
