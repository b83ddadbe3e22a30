import Election

extension Examination {
    func examineSyncs() throws(DoctorError) {
        var parties = [self.first]
        if self.second.site !== self.first.site { parties.append(self.second) }
        for party in parties {
            let task = Message(.synchronize, ["file": self.file("sync"), "count": "200", "ms": "1500"])
            let answer = try party.ask(task)
            guard self.succeeded([answer], .sync, party.label) else { continue }
            var figures: [String: Finding.Figure] = [:]
            for key in ["count", "p50_us", "p90_us", "p99_us", "max_us"] {
                figures[key] = .number(try answer.number(key))
            }
            let median = try answer.number("p50_us")
            // No disk answers so fast; memory does, and so does a cache that ignores the order to write.
            let isTooFast = median < 15
            let text =
                "p50 \(median.asTime), p90 \(try answer.number("p90_us").asTime), "
                + "p99 \(try answer.number("p99_us").asTime), max \(try answer.number("max_us").asTime) of "
                + "\(try answer.number("count"))"
            self.add(
                Finding(
                    .sync, party.label, isTooFast ? .warning : .ok,
                    isTooFast ? "\(text): faster than any disk, so nothing may survive a loss of power" : text, figures)
            )
        }
    }

    /// Appending by two at once: no broker ever does that, so it decides nothing. NFS cannot without a lock, and OCFS2
    /// loses records even under one.
    func examineAppending() throws(DoctorError) {
        try self.examineAppending(.append, under: nil)
        guard let kind = self.deciding else {
            self.add(Finding(.appendLocked, self.both, .skipped, "no kind of lock holds"))
            return
        }
        try self.examineAppending(.appendLocked, under: kind)
    }

    private func examineAppending(_ check: Check, under kind: LockKind?) throws(DoctorError) {
        let file = self.file("append")
        let other: Finding.Outcome = kind == nil ? .info : .warning
        let made = try self.first.ask(Message(.make, ["file": file, "pages": "1"]))
        guard self.succeeded([made], check, self.both, otherwise: other) else { return }
        func task(_ writer: String) -> Message {
            var fields = ["file": file, "writer": writer, "count": "100", "ms": "10000"]
            if let kind { fields["kind"] = kind.rawValue }
            return Message(.append, fields)
        }
        let (mine, theirs) = try self.together(task("a"), task("b"))
        let found = try self.first.ask(Message(.records, ["file": file]))
        guard self.succeeded([mine, theirs, found], check, self.both, otherwise: other) else { return }
        let appended = try mine.number("done") + theirs.number("done")
        let present = (Int64(found["by_a"] ?? "") ?? 0) + (Int64(found["by_b"] ?? "") ?? 0)
        // The page that the file began with counts as eight records that nobody wrote.
        let torn = max(0, try found.number("torn") - 8)
        let isWhole = appended == present && torn == 0
        let how = kind.map { "under \($0.rawValue)" } ?? "without a lock"
        self.add(
            Finding(
                check, self.both, isWhole ? .ok : other,
                isWhole
                    ? "\(appended) records appended by two \(how), all whole"
                    : "of \(appended) records appended by two \(how), \(appended - present) lost and \(torn) torn",
                ["appended": .number(appended), "lost": .number(appended - present), "torn": .number(torn)]))
    }

    // MARK: SQLite

    func examineSQLite() throws(DoctorError) {
        let mode = self.plan.mode
        try self.examineSQLite(.sqliteStore, mode)
        try self.examineSQLite(.sqliteLease, StoreMode(journal: .truncate, locking: .normal))
    }

    private func examineSQLite(_ check: Check, _ mode: StoreMode) throws(DoctorError) {
        let journal = mode.journal == .wal ? "wal" : "truncate"
        let locking = mode.locking == .exclusive ? "exclusive" : "normal"
        let fields = ["file": self.file("db"), "journal": journal, "locking": locking]
        let name = "\(journal), \(locking) locking"
        let prepared = try self.first.ask(Message(.sqlPrepare, fields))
        guard self.succeeded([prepared], check, self.both) else { return }
        func task(_ writer: String) -> Message {
            Message(.sqlWrite, fields.merging(["writer": writer, "rows": "45", "ms": "3000"]) { $1 })
        }
        let (mine, theirs) = try self.together(task("a"), task("b"))
        let counts = [try self.first.ask(Message(.sqlCount, fields)), try self.second.ask(Message(.sqlCount, fields))]
        let committed = try mine.number("committed") + theirs.number("committed")
        let errors = try mine.number("errors") + theirs.number("errors")
        let unreadable = counts.compactMap(\.failure).first
        let present = counts.map { (Int64($0["a"] ?? "") ?? 0) + (Int64($0["b"] ?? "") ?? 0) }.min() ?? 0
        let damage = counts.compactMap { $0["integrity"] }.first { $0 != "ok" }
        let isSound = committed == present && unreadable == nil && damage == nil && errors == 0
        var text = "\(committed) rows committed by two (\(name)), "
        text += isSound ? "all there, database sound" : "\(committed - present) lost"
        if let unreadable { text += ", database unreadable: \(unreadable)" }
        if let damage { text += ", database damaged: \(damage)" }
        if errors > 0 {
            text += ", \(errors) errors: \(mine["error"].map { $0.isEmpty ? theirs["error"] ?? "" : $0 } ?? "")"
        }
        // Where fcntl locks are false, SQLite's own are: the lock findings say so, and the election stands before them.
        let outcome: Finding.Outcome = isSound ? .ok : self.holds(.fcntl) ? .bad : .warning
        self.add(
            Finding(
                check, self.both, outcome, text,
                [
                    "committed": .number(committed), "lost": .number(committed - present), "errors": .number(errors),
                    "busy": .number(try mine.number("busy") + theirs.number("busy")), "journal": .text(journal),
                    "locking": .text(locking), "sound": .number(unreadable == nil && damage == nil ? 1 : 0),
                ]))
    }
}
