extension Examination {
    /// Exclusive creation decides between claimants of an epoch, also where locks lie.
    func examineCreation() throws(DoctorError) {
        let names: Int64 = 64
        let task = Message(.race, ["prefix": self.file("race"), "names": String(names)])
        let (mine, theirs) = try self.together(task, task)
        guard self.succeeded([mine, theirs], .create, self.both) else { return }
        let won = zip(try mine.text("won"), try theirs.text("won")).map { one, other in
            (UInt8(String(one), radix: 16) ?? 0, UInt8(String(other), radix: 16) ?? 0)
        }
        let twice = won.reduce(0) { $0 + Int64(($1.0 & $1.1).nonzeroBitCount) }
        let nobody = names - won.reduce(0) { $0 + Int64(($1.0 | $1.1).nonzeroBitCount) }
        let figures: [String: Finding.Figure] = [
            "names": .number(names), "made_twice": .number(twice), "made_by_nobody": .number(nobody),
            "made_by_first": .number(won.reduce(0) { $0 + Int64($1.0.nonzeroBitCount) }),
            "made_by_second": .number(won.reduce(0) { $0 + Int64($1.1.nonzeroBitCount) }),
        ]
        if twice == 0 && nobody == 0 {
            self.add(Finding(.create, self.both, .ok, "each of \(names) names was made by one alone", figures))
        } else {
            self.add(
                Finding(
                    .create, self.both, .bad,
                    "of \(names) names \(twice) were made by both and \(nobody) by nobody", figures))
        }
    }

    func examineRenaming() throws(DoctorError) {
        let (file, other) = (self.file("name"), self.file("renamed"))
        let made = try self.first.ask(Message(.make, ["file": file, "pages": "1", "content": "one"]))
        let here = try self.first.ask(Message(.identity, ["file": file]))
        let there = try self.second.ask(Message(.identity, ["file": file]))
        guard self.succeeded([made, here, there], .inode, self.both, otherwise: .warning) else { return }
        let isSame = here["inode"] == there["inode"] && there["found"] == "yes"
        self.add(
            Finding(
                .inode, self.both, isSame ? .ok : .warning,
                isSame
                    ? "one file has one inode number"
                    : "one file has inode \(here["inode"] ?? "-") here and "
                        + "\(there["inode"] ?? "-") there",
                ["same": .number(isSame ? 1 : 0)]))
        let renamed = try self.first.ask(Message(.rename, ["file": file, "to": other]))
        let after = try self.second.ask(Message(.identity, ["file": other]))
        let own = try self.first.ask(Message(.identity, ["file": other]))
        guard self.succeeded([renamed, after, own], .rename, self.both) else { return }
        let isStable = own["inode"] == here["inode"] && own["content"] == "one" && own["same"] == "yes"
        let isSeen = after["found"] == "yes" && after["content"] == "one"
        self.add(
            Finding(
                .rename, self.both, isStable && isSeen ? .ok : .bad,
                isStable && isSeen
                    ? "a renamed file keeps inode and content, and is found by the other"
                    : isStable ? "a renamed file is not found by the other" : "a renamed file changes",
                ["stable": .number(isStable ? 1 : 0), "seen": .number(isSeen ? 1 : 0)]))
        try self.examineReplacing(other)
    }

    /// Whether a broker would notice that its lock file was put away by another host.
    private func examineReplacing(_ file: String) throws(DoctorError) {
        let kept = try self.second.ask(Message(.keep, ["file": file]))
        let replaced = try self.first.ask(Message(.replace, ["file": file, "content": "two"]))
        let seen = try self.second.ask(Message(.waitReplaced, ["file": file, "ms": "3000"]))
        guard self.succeeded([kept, replaced, seen], .replaced, self.both, otherwise: .warning) else { return }
        let waited = try seen.number("waited_us")
        let isSeen = seen["seen"] == "yes"
        self.add(
            Finding(
                .replaced, "\(self.first.label) -> \(self.second.label)", isSeen ? .ok : .warning,
                isSeen
                    ? "a file put in the place of another is noticed within \(waited.asTime)"
                    : "a file put in the place of another is not noticed by stat() within 3 s",
                ["seen": .number(isSeen ? 1 : 0), "waited_us": .number(waited)]))
    }
}
