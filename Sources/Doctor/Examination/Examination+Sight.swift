import Election

extension Examination {
    private static let updates: Int64 = 6
    private static let period: Int64 = 250
    /// How long after the last number the watcher still looks.
    private static let patience: Int64 = 1500

    /// How long it takes until one party sees what the other has written, by each method, and whether writes come in
    /// their order.
    ///
    /// - Parameter offset: microseconds that the watcher's clock is ahead of the writer's.
    func examineSight(from writer: Party, to watcher: Party, offset: Int64) throws(DoctorError) {
        let between = "\(writer.label) -> \(watcher.label)"
        let prefix = self.file("sight")
        let prepared = try writer.ask(Message(.showPrepare, ["prefix": prefix]))
        guard self.succeeded([prepared], .sightDirect, between) else { return }
        let length = Self.updates * Self.period + 200
        let show = Message(
            .show,
            [
                "prefix": prefix, "updates": String(Self.updates), "every_ms": String(Self.period),
                "ms": String(length),
            ])
        let watch = Message(
            .watch,
            [
                "prefix": prefix, "updates": String(Self.updates),
                "ms": String(length + Self.patience + 500),
            ])
        // The watcher begins first, wherever it is.
        try watcher.site.begin(watch, helper: watcher.helper)
        try writer.site.begin(show, helper: writer.helper)
        let shown = try writer.site.finish(show, helper: writer.helper)
        let watched = try watcher.site.finish(watch, helper: watcher.helper)
        guard self.succeeded([shown, watched], .sightDirect, between) else { return }
        for method in SightMethod.allCases {
            try self.note(method, shown, watched, between, offset)
        }
        let disorder = try watched.number("disorder")
        self.add(
            Finding(
                .writeOrder, between, disorder == 0 ? .ok : .bad,
                disorder == 0
                    ? "a later write is never there before an earlier, synced one"
                    : "\(disorder) times a later write was there before an earlier, synced one",
                ["disorder": .number(disorder)]))
    }

    private func note(
        _ method: SightMethod, _ shown: Message, _ watched: Message, _ between: String, _ offset: Int64
    ) throws(DoctorError) {
        let wrote = try shown.numbers(method.rawValue)
        let saw = try watched.numbers(method.rawValue)
        let shift = try watched.number("base_us") - shown.number("base_us") - offset
        // What the clocks' disagreement makes negative was at once.
        let lags = zip(wrote, saw).map { max(0, $1 + shift - $0) }
        let spread = Spread(lags)
        // Slow storage may write the last numbers when nobody watches for long enough any more: they say nothing.
        let last = try watched.number("until_us") + shift - Self.patience * 1000
        let unseen = Int64(wrote.dropFirst(saw.count).count { $0 <= last })
        let figures: [String: Finding.Figure] = [
            "written": .number(Int64(lags.count) + unseen), "unseen": .number(unseen),
            "p50_us": .number(spread.at(0.5)), "max_us": .number(spread.at(1)),
        ]
        let failure = watched["failure_\(method.rawValue)"].map { " (\($0))" } ?? ""
        if unseen > 0 {
            self.add(
                Finding(
                    .sight(method), between, self.outcome(of: method, isFresh: false),
                    "\(unseen) of \(wrote.count) not seen within \((Self.patience * 1000).asTime)\(failure)", figures))
        } else if lags.isEmpty {
            self.add(
                Finding(
                    .sight(method), between, method == .direct ? .warning : .skipped,
                    "writing took so long that none was there in time\(failure)", figures))
        } else {
            self.add(
                Finding(
                    .sight(method), between, self.outcome(of: method, isFresh: spread.at(1) < Self.patience * 1000),
                    "seen after \(spread.at(0.5).asTime), at most \(spread.at(1).asTime)", figures))
        }
    }

    /// Brokers read beats past the page cache, list them, and read the lease as SQLite does; the rest they avoid.
    private func outcome(of method: SightMethod, isFresh: Bool) -> Finding.Outcome {
        switch method {
        case .direct: isFresh ? .ok : .bad
        case .list, .sqlite: isFresh ? .ok : .warning
        case .open, .kept, .rename, .stat, .statNew: isFresh ? .ok : .info
        }
    }

    func examineMemory(from writer: Party, to watcher: Party) throws(DoctorError) {
        let between = "\(writer.label) -> \(watcher.label)"
        let file = self.file("map")
        let made = try writer.ask(Message(.make, ["file": file, "pages": "1"]))
        guard self.succeeded([made], .map, between, otherwise: .info) else { return }
        let write = Message(.mapWrite, ["file": file, "updates": "5", "every_ms": "40", "ms": "400"])
        let read = Message(.mapRead, ["file": file, "updates": "5", "ms": "800"])
        try watcher.site.begin(read, helper: watcher.helper)
        try writer.site.begin(write, helper: writer.helper)
        let wrote = try writer.site.finish(write, helper: writer.helper)
        let seen = try watcher.site.finish(read, helper: watcher.helper)
        guard self.succeeded([wrote, seen], .map, between, otherwise: .info) else { return }
        let last = try seen.number("last")
        self.add(
            Finding(
                .map, between, last == 5 ? .ok : .info,
                last == 5
                    ? "mapped memory is one" : "mapped memory is not one: \(last) of 5 numbers came over",
                ["seen": .number(last), "written": .number(5)]))
    }
}
