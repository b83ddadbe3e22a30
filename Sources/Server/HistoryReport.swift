package import Election
import Management

/// What `lockkeeper status --history` says: who was master when, why it changed, and how long nobody was.
package struct HistoryReport: Sendable {
    private let history: TermHistory
    private let nowMs: Int64

    package init(_ history: TermHistory, nowMs: Int64) {
        self.history = history
        self.nowMs = nowMs
    }

    /// - Parameters:
    ///   - limit: terms at most, the newest.
    ///   - sinceMs: Unix time before which nothing is told.
    package static func read(
        _ directory: DataDirectory, limit: Int, sinceMs: Int64?
    ) throws(StartError) -> HistoryReport {
        do throws(ElectionStatusError) {
            return HistoryReport(
                try TermHistory.read(directory: directory.path, limit: limit, since: sinceMs),
                nowMs: SystemClock.wallMs())
        } catch {
            throw StartError(error)
        }
    }

    /// How a term ended, where the lease's own word is not enough: a holder that does not renew is not believed.
    private enum End: String {
        case serves, starting, released
        case steppedDown = "stepped_down"
        case lost
        case neverServed = "never_served"
    }

    private func end(of term: PastTerm) -> End {
        switch term.ending {
        case .serves where self.isGone(term), .starting where self.isGone(term):
            term.startedAtMilliseconds == nil ? .neverServed : .lost
        case .serves: .serves
        case .starting: .starting
        case .released, .steppedDown, .lost:
            if term.startedAtMilliseconds == nil {
                .neverServed
            } else {
                switch term.ending {
                case .released: .released
                case .steppedDown: .steppedDown
                case .serves, .starting, .lost: .lost
                }
            }
        }
    }

    /// The lease says that the term lasts, and nothing else does.
    private func isGone(_ term: PastTerm) -> Bool {
        let status = self.history.status
        guard status.lease.epoch == term.epoch else { return false }
        return status.standing == .stale || status.standing == .dead
    }

    /// Interruptions in the term, as the master noted them when it was proved again: nobody served meanwhile either.
    private static func pauses(in chapter: TermHistory.Chapter) -> [Duration] {
        chapter.events.filter { $0.event == ElectionEvent.Name.leaseProved.rawValue }
            .compactMap { $0.durationMilliseconds.map { .milliseconds($0) } }
    }

    /// As ``PastTerm/nobody(now:)``, also for a master that is gone and has no successor yet.
    private func nobody(after term: PastTerm) -> (atLeast: Duration?, atMost: Duration?) {
        guard self.isGone(term), term.startedAtMilliseconds != nil else { return term.nobody(now: self.nowMs) }
        return (nil, term.renewedAtMilliseconds.map { .milliseconds(self.nowMs &- $0) })
    }
}

// MARK: - For people

extension HistoryReport {
    /// Lines for a terminal, the newest term first, the events of each in the order in which they happened.
    package var text: String {
        let chapters = self.history.chapters
        var lines = TextTable()
        lines.add(["directory", self.history.directory])
        lines.add(["now", "\(Spoken.time(self.nowMs) ?? "") UTC"])
        if self.history.isOutdated {
            lines.add([
                "note", "lease.db is of an older version: terms are told once a master of this one has opened it",
            ])
        } else if chapters.isEmpty {
            lines.add(["note", "nobody was master in this time"])
        }
        return ([lines.lines] + chapters.map { self.lines(of: $0) }).map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n") + "\n"
    }

    private func lines(of chapter: TermHistory.Chapter) -> [String] {
        let term = chapter.term
        var table = TextTable()
        table.add(["  elected", "\(Spoken.time(term.electedAtMilliseconds) ?? "unknown") UTC"])
        table.add(["  served", self.served(term)])
        let pauses = Self.pauses(in: chapter)
        if !pauses.isEmpty {
            let sum = Spoken.length(pauses.reduce(.zero, +))
            table.add(["  paused", "\(pauses.count) times, \(sum) in all: the process stood still and served nobody"])
        }
        table.add(["  ended", self.ended(term)])
        if !term.reason.isEmpty { table.add(["  reason", term.reason]) }
        if !term.found.isEmpty { table.add(["  found by", term.found]) }
        if let gap = self.gap(after: term) { table.add(["  nobody", gap]) }
        var lines = ["epoch \(term.epoch): \(term.broker) on \(term.host), pid \(term.pid)"] + table.lines
        guard !chapter.events.isEmpty else { return lines }
        var events = TextTable()
        for event in chapter.events {
            let other = event.otherBroker.map { " (\($0)\(event.otherHost.map { " on \($0)" } ?? ""))" } ?? ""
            events.add([
                "    \(Spoken.time(event.happenedAtMilliseconds) ?? "")", event.event, "\(event.broker)\(other)",
                event.detail,
            ])
        }
        lines.append("  events")
        return lines + events.lines
    }

    private func served(_ term: PastTerm) -> String {
        guard let start = term.startedAtMilliseconds, let from = Spoken.time(start) else { return "never" }
        func span(_ end: Int64) -> String { Spoken.length(.milliseconds(end &- start)) }
        switch self.end(of: term) {
        case .serves, .starting: return "from \(from) UTC until now, \(span(self.nowMs))"
        case .released, .steppedDown, .lost, .neverServed:
            if let end = term.endedAtMilliseconds, let until = Spoken.time(end) {
                return "from \(from) UTC until \(until) UTC, \(span(end))"
            }
            let least = term.endedFromMilliseconds ?? term.renewedAtMilliseconds
            let most = term.endedUntilMilliseconds.flatMap { Spoken.time($0) }
            let after = least.flatMap { Spoken.time($0) }.map { "at least until \($0) UTC" }
            let before = most.map { "not after \($0) UTC" }
            return "from \(from) UTC, \([after, before].compactMap { $0 }.joined(separator: ", "))"
        }
    }

    private func ended(_ term: PastTerm) -> String {
        switch self.end(of: term) {
        case .serves: "not yet"
        case .starting: "not yet: elected and opening its store"
        case .released: "released: it was stopped"
        case .steppedDown: "stepped down"
        case .neverServed: "before it served"
        case .lost where self.isGone(term):
            "lost: it does not renew its lease (process \(self.history.status.holderLife.rawValue)), and nobody has "
                + "taken over"
        case .lost: "lost: killed or cut off, it did not give up its lease"
        }
    }

    private func gap(after term: PastTerm) -> String? {
        let (atLeast, atMost) = self.nobody(after: term)
        let until = term.successor.map { "until \($0.broker) served under epoch \($0.epoch)" } ?? "until now"
        switch (atLeast, atMost) {
        case (let least?, let most?) where least == most && least < .zero:
            return "served for no time: the next one served \(Spoken.length(.zero - least)) before this one ended, by "
                + "their two clocks"
        case (let least?, let most?) where least == most: return "served for \(Spoken.length(least)), \(until)"
        case (let least?, let most?):
            return
                "served for \(Spoken.length(least)) to \(Spoken.length(most)), \(until); the master was lost between "
                + "two looks"
        case (let least?, nil): return "served for at least \(Spoken.length(least)), \(until)"
        case (nil, let most?): return "served for at most \(Spoken.length(most)), \(until)"
        case (nil, nil): return nil
        }
    }
}

// MARK: - For programs

extension HistoryReport {
    /// One JSON object. Names are kept stable; times are Unix milliseconds.
    package var json: String {
        JSONText.object([
            ("directory", JSONText.quoted(self.history.directory)), ("now_ms", "\(self.nowMs)"),
            ("has_master", self.history.status.standing == .serving ? "true" : "false"),
            ("is_outdated", self.history.isOutdated ? "true" : "false"),
            ("terms", JSONText.array(self.history.chapters.map { self.json(of: $0) })),
        ])
    }

    private func json(of chapter: TermHistory.Chapter) -> String {
        let term = chapter.term
        let (atLeast, atMost) = self.nobody(after: term)
        return JSONText.object([
            ("epoch", "\(term.epoch)"), ("broker", JSONText.quoted(term.broker)), ("host", JSONText.quoted(term.host)),
            ("pid", "\(term.pid)"), ("elected_at_ms", JSONText.integer(term.electedAtMilliseconds)),
            ("started_at_ms", JSONText.integer(term.startedAtMilliseconds)),
            ("renewed_at_ms", JSONText.integer(term.renewedAtMilliseconds)),
            ("ended_at_ms", JSONText.integer(term.endedAtMilliseconds)),
            ("ended_how", JSONText.quoted(self.end(of: term).rawValue)),
            ("ended_from_ms", JSONText.integer(term.endedFromMilliseconds)),
            ("ended_until_ms", JSONText.integer(term.endedUntilMilliseconds)),
            ("nobody_at_least_ms", JSONText.integer(atLeast?.wholeMilliseconds)),
            ("nobody_at_most_ms", JSONText.integer(atMost?.wholeMilliseconds)),
            ("paused_ms", "\(Self.pauses(in: chapter).reduce(.zero, +).wholeMilliseconds)"),
            ("next_epoch", JSONText.integer(term.successor?.epoch.rawValue)),
            ("next_broker", JSONText.quoted(term.successor?.broker)), ("reason", JSONText.quoted(term.reason)),
            ("found", JSONText.quoted(term.found)),
            ("events", JSONText.array(chapter.events.map { Self.json(of: $0) })),
        ])
    }

    private static func json(of event: HistoryEntry) -> String {
        JSONText.object([
            ("happened_at_ms", "\(event.happenedAtMilliseconds)"), ("event", JSONText.quoted(event.event)),
            ("epoch", "\(event.epoch)"), ("broker", JSONText.quoted(event.broker)),
            ("host", JSONText.quoted(event.host)), ("pid", "\(event.pid)"),
            ("other_broker", JSONText.quoted(event.otherBroker)), ("other_host", JSONText.quoted(event.otherHost)),
            ("other_pid", JSONText.integer(event.otherPID)), ("other_epoch", JSONText.integer(event.otherEpoch)),
            ("duration_ms", JSONText.integer(event.durationMilliseconds)), ("detail", JSONText.quoted(event.detail)),
        ])
    }
}
