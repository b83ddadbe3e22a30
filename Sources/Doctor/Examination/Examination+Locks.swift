import Election

extension Examination {
    /// What one party's locks were worth to another.
    private struct Direction {
        let holder: Party
        let trier: Party
        var held: [LockKind: Message] = [:]
        var tried: [LockKind: Message] = [:]
        var regained: [LockKind: Message] = [:]

        var label: String { "\(self.holder.label) -> \(self.trier.label)" }
    }

    // MARK: Matrix and release

    func examineLocks() throws(DoctorError) {
        for (one, other) in [(self.first, self.second)] + self.plan.neighbours {
            let directions = [try self.direction(from: one, to: other), try self.direction(from: other, to: one)]
            for kind in LockKind.allCases { self.note(kind, directions, "\(one.label), \(other.label)") }
            for direction in directions { self.noteRelease(direction) }
        }
    }

    private func direction(from holder: Party, to trier: Party) throws(DoctorError) -> Direction {
        var direction = Direction(holder: holder, trier: trier)
        var files: [LockKind: String] = [:]
        for kind in LockKind.allCases {
            let file = self.file("lock-\(kind.rawValue)")
            files[kind] = file
            direction.held[kind] = try holder.ask(Message(.hold, ["file": file, "kind": kind.rawValue]))
        }
        for kind in LockKind.allCases {
            direction.tried[kind] = try trier.ask(
                Message(.attempt, ["file": files[kind] ?? "", "kind": kind.rawValue]))
        }
        try holder.kill()
        for kind in LockKind.allCases {
            direction.regained[kind] = try trier.ask(
                Message(.waitFor, ["file": files[kind] ?? "", "kind": kind.rawValue, "ms": "10000"]))
        }
        return direction
    }

    private func note(_ kind: LockKind, _ directions: [Direction], _ between: String) {
        var grantedTwice: [String] = []
        var failures: [String] = []
        for direction in directions {
            for answer in [direction.held[kind], direction.tried[kind]].compactMap({ $0 }) {
                if let failure = answer.failure ?? answer["reason"] { failures.append(failure) }
            }
            if direction.held[kind]?["answer"] == "refused" {
                failures.append("a lock on a new file is refused to \(direction.holder.label)")
            } else if direction.tried[kind]?["answer"] == "granted" {
                grantedTwice.append(direction.label)
            }
        }
        let figures: [String: Finding.Figure] = [
            "directions": .number(Int64(directions.count)), "granted_twice": .number(Int64(grantedTwice.count)),
            "failures": .number(Int64(failures.count)),
        ]
        if let failure = failures.first {
            self.worsen(kind, .fails(failure))
            self.add(Finding(.lock(kind), between, .bad, "cannot be taken: \(failure)", figures))
        } else if !grantedTwice.isEmpty {
            self.worsen(kind, .isFalse(between: grantedTwice))
            self.add(
                Finding(
                    .lock(kind), between, .bad, "false: granted to both, \(grantedTwice.joined(separator: " and "))",
                    figures))
        } else {
            self.worsen(kind, .holds)
            self.add(Finding(.lock(kind), between, .ok, "refused to the other while held, both ways", figures))
        }
    }

    /// What holds in one place and is false in another is false.
    private func worsen(_ kind: LockKind, _ state: LockState) {
        switch (self.locks[kind], state) {
        case (nil, _), (.holds?, _): self.locks[kind] = state
        case (.isFalse(let before)?, .isFalse(let more)): self.locks[kind] = .isFalse(between: before + more)
        case (.isFalse?, _), (.fails?, _): break
        }
    }

    private func noteRelease(_ direction: Direction) {
        let kept = LockKind.allCases.filter { kind in
            direction.held[kind]?["answer"] == "granted" && direction.regained[kind]?["answer"] == "refused"
        }
        let slowest = LockKind.allCases.compactMap { Int64(direction.regained[$0]?["waited_us"] ?? "") }.max() ?? 0
        let figures: [String: Finding.Figure] = ["slowest_us": .number(slowest)]
        if kept.isEmpty {
            self.add(
                Finding(
                    .lockRelease, direction.label, .ok, "freed within \(slowest.asTime) after kill -9 of the holder",
                    figures))
        } else {
            let names = kept.map(\.rawValue).joined(separator: ", ")
            self.add(
                Finding(
                    .lockRelease, direction.label, .bad,
                    "not freed within 10 s after kill -9 of the holder: \(names)", figures))
        }
    }

    // MARK: Work under locks

    func examineCounting() throws(DoctorError) {
        for kind in LockKind.allCases {
            if case .fails(let why)? = self.locks[kind] {
                self.add(Finding(.count(kind), self.both, .skipped, "the lock cannot be taken: \(why)"))
                continue
            }
            let file = self.file("count-\(kind.rawValue)")
            let made = try self.first.ask(Message(.make, ["file": file, "pages": "1"]))
            guard self.succeeded([made], .count(kind), self.both) else { continue }
            let task = Message(.count, ["file": file, "kind": kind.rawValue, "ms": "400"])
            let (mine, theirs) = try self.together(task, task)
            let read = Message(.number, ["file": file, "places": "1"])
            let sums = [try self.first.ask(read), try self.second.ask(read)]
            guard self.succeeded([mine, theirs] + sums, .count(kind), self.both) else { continue }
            let taken = try mine.number("taken") + theirs.number("taken")
            var least = Int64.max
            for sum in sums { least = min(least, try sum.number("sum")) }
            let lost = taken - least
            let outcome: Finding.Outcome = lost == 0 ? .ok : self.holds(kind) ? .bad : .warning
            self.add(
                Finding(
                    .count(kind), self.both, outcome,
                    "\(taken) additions under the lock, \(lost == 0 ? "none" : String(lost)) lost",
                    [
                        "taken": .number(taken), "lost": .number(lost), "per_second": .number(taken * 1000 / 400),
                        "taken_by_first": .number(try mine.number("taken")),
                        "taken_by_second": .number(try theirs.number("taken")),
                    ]))
        }
    }

    func examinePingPong() throws(DoctorError) {
        if case .fails(let why)? = self.locks[.fcntl] {
            self.add(Finding(.pingPong, self.both, .skipped, "the lock cannot be taken: \(why)"))
            return
        }
        let file = self.file("ping-pong")
        let made = try self.first.ask(Message(.make, ["file": file, "pages": "1"]))
        guard self.succeeded([made], .pingPong, self.both) else { return }
        func task(_ ms: Int64) -> Message {
            Message(.pingPong, ["file": file, "places": "3", "ms": String(ms)])
        }
        let alone = [try self.first.ask(task(300)), try self.second.ask(task(300))]
        let (mine, theirs) = try self.together(task(500), task(500))
        let read = Message(.number, ["file": file, "places": "3"])
        let sums = [try self.first.ask(read), try self.second.ask(read)]
        guard self.succeeded(alone + [mine, theirs] + sums, .pingPong, self.both) else { return }
        var taken: Int64 = 0
        for answer in alone + [mine, theirs] { taken += try answer.number("taken") }
        var least = Int64.max
        for sum in sums { least = min(least, try sum.number("sum")) }
        let lost = taken - least
        let rates = (
            try alone[0].number("taken") * 1000 / 300, try alone[1].number("taken") * 1000 / 300,
            (try mine.number("taken") + theirs.number("taken")) * 1000 / 500
        )
        let outcome: Finding.Outcome = lost == 0 ? .ok : self.holds(.fcntl) ? .bad : .warning
        self.add(
            Finding(
                .pingPong, self.both, outcome,
                "\(rates.0)/s and \(rates.1)/s alone, \(rates.2)/s together, "
                    + "\(lost == 0 ? "no" : String(lost)) additions lost",
                [
                    "alone_first_per_second": .number(rates.0), "alone_second_per_second": .number(rates.1),
                    "together_per_second": .number(rates.2), "lost": .number(lost),
                ]))
    }
}
