import Election

extension Examination {
    /// The difference of the hosts' clocks, from the quickest of a few questions.
    func measureClocks(_ site: PeerSite) throws(DoctorError) {
        var best: (span: Int64, boot: Int64, wall: Int64)?
        for _ in 0..<7 {
            let start = DoctorClock.microseconds()
            let wall = DoctorClock.wallMilliseconds()
            let answer = try site.ask(Message(PeerServant.clock))
            let span = DoctorClock.microseconds() - start
            let boot = try answer.number("boot_us") - (start + span / 2)
            let difference = try answer.number("wall_ms") - (wall + span / 2000)
            if best.map({ span < $0.span }) ?? true { best = (span, boot, difference) }
        }
        guard let best else { return }
        self.clockOffset = (best.boot, best.span / 2)
        self.add(
            Finding(
                .clock, self.both, .info,
                "\(self.second.label) is \(abs(best.wall)) ms \(best.wall < 0 ? "behind" : "ahead"), give or take "
                    + "\((best.span / 2).asTime); brokers do not compare clocks",
                ["ahead_ms": .number(best.wall), "uncertainty_us": .number(best.span / 2)]))
    }

    /// What became of the host whose power was to be cut.
    struct Cut {
        /// It fell silent; nil where it never did.
        var silentSince: BootInstant?
        var freed: [LockKind: Duration] = [:]
        var blocksTold: Int64 = 0
    }

    /// Lets the peer hold all locks and write, has its operator cut the power, and measures when each lock is free.
    ///
    /// - Returns: Whether the peer is dead: then nothing can be asked of it any more.
    func examineCut(_ site: PeerSite, _ channel: PeerChannel, within patience: Duration) throws(DoctorError) -> Bool {
        let between = "\(self.second.label) -> \(self.first.label)"
        let blocks = self.file("blocks")
        var files: [LockKind: String] = [:]
        for kind in LockKind.allCases where self.holds(kind) {
            let file = self.file("cut-\(kind.rawValue)")
            files[kind] = file
            let held = try self.second.ask(Message(.hold, ["file": file, "kind": kind.rawValue]))
            guard self.succeeded([held], .cut, between) else { return false }
        }
        let started = try self.second.ask(Message(.blocksStart, ["file": blocks]))
        guard self.succeeded([started], .cut, between) else { return false }
        _ = try site.ask(Message(PeerServant.cut, ["ms": String(patience.wholeMilliseconds)]))
        self.plan.tell("cut the power of \(self.second.label) (\(channel.peer.host)) now; waiting for its silence")
        let cut = try self.awaitFreedom(files, channel, within: patience)
        guard cut.silentSince != nil else {
            self.add(Finding(.cut, between, .skipped, "nothing was cut: \(self.second.label) never fell silent"))
            return false
        }
        try self.note(cut, files, between)
        let checked = try self.first.ask(
            Message(.blocksCheck, ["file": blocks, "told": String(cut.blocksTold)]))
        self.noteBlocks(checked, between)
        return true
    }

    private func awaitFreedom(
        _ files: [LockKind: String], _ channel: PeerChannel, within patience: Duration
    ) throws(DoctorError) -> Cut {
        var cut = Cut()
        let wait = Deadline(in: patience)
        var told: Int64 = -1
        while !wait.isOver {
            channel.look()
            // A beat is due four times a second: two seconds of silence are an end, or a pause as good as one.
            let isSilent = channel.silence > .seconds(2)
            if isSilent && cut.silentSince == nil {
                self.plan.tell("\(self.second.label) is silent; waiting for its locks")
            }
            cut.silentSince = isSilent ? DoctorClock.now().advanced(by: .zero - channel.silence) : nil
            cut.blocksTold = channel.peer.blocksDone
            for (kind, file) in files where cut.freed[kind] == nil {
                let answer = try self.first.ask(Message(.attempt, ["file": file, "kind": kind.rawValue]))
                if answer["answer"] == "granted" { cut.freed[kind] = channel.silence }
            }
            if isSilent && cut.freed.count == files.count { break }
            let waited = channel.silence.wholeMilliseconds / 10_000
            if isSilent && waited > told {
                self.plan.tell(
                    "locks not free \(channel.silence.wholeMilliseconds / 1000) s after the last sign of life")
                told = waited
            }
            DoctorClock.pause(microseconds: 20_000)
        }
        return cut
    }

    private func note(_ cut: Cut, _ files: [LockKind: String], _ between: String) throws(DoctorError) {
        var figures: [String: Finding.Figure] = [:]
        for (kind, time) in cut.freed { figures["\(kind.rawValue)_freed_ms"] = .number(time.wholeMilliseconds) }
        let kept = LockKind.allCases.filter { files[$0] != nil && cut.freed[$0] == nil }
        let slowest = (cut.freed.values.max() ?? .zero).wholeMilliseconds
        if kept.isEmpty {
            self.add(
                Finding(
                    .cut, between, .ok,
                    "all locks were free \((slowest * 1000).asTime) after the last sign of life", figures))
        } else {
            let names = kept.map(\.rawValue).joined(separator: ", ")
            self.add(
                Finding(
                    .cut, between, .warning,
                    "\(names) stayed locked for the dead host as long as was waited: brokers will call the lock stale and "
                        + "wait for an operator", figures))
        }
    }

    private func noteBlocks(_ checked: Message, _ between: String) {
        guard self.succeeded([checked], .cut, between, otherwise: .warning) else { return }
        let (told, missing) = (Int64(checked["told"] ?? "") ?? 0, Int64(checked["missing"] ?? "") ?? 0)
        let torn = Int64(checked["torn"] ?? "") ?? 0
        self.add(
            Finding(
                .cut, between, missing == 0 ? .ok : .bad,
                missing == 0
                    ? "all \(told) blocks that were synced before the cut are there"
                    : "\(missing) of the blocks that were synced before the cut are missing",
                ["blocks_told": .number(told), "blocks_missing": .number(missing), "blocks_torn": .number(torn)]))
    }
}
