import Election

/// For people.
extension StatusReport {
    /// Lines for a terminal: what matters first.
    package var text: String {
        let blocks = [
            self.head, self.alarmLines, self.brokerLines, self.lockLines, self.destinationLines,
            self.scheduleLines,
        ]
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var head: [String] {
        let lease = self.election.lease
        var table = TextTable()
        table.add(["directory", self.election.directory])
        table.add(["master", self.masterText])
        table.add(["epoch", "\(lease.epoch)"])
        table.add(["elected", "\(WallTime.readable(lease.acquiredAtMilliseconds)) UTC"])
        table.add(["lease", self.leaseText])
        if let problem = self.election.leaseProblem {
            table.add(["lease.db", "cannot be read, all this is from the holder's last beat: \(problem)"])
        }
        if let verdict = self.election.verdict {
            table.add(["file system", Self.text(of: verdict)])
            table.add(["fencing", verdict.fencing])
            for danger in verdict.refusals {
                table.add(["UNSAFE LOCKS", "\(danger); a broker runs here only with --allow-unsafe-locks"])
            }
            for danger in verdict.warnings { table.add(["warning", danger.description]) }
        }
        if let newest = self.election.history.first {
            table.add(["last event", "\(newest.event), \(WallTime.readable(newest.happenedAtMilliseconds)) UTC"])
        }
        return table.lines
    }

    private var masterText: String {
        let holder = self.election.lease.holder
        let who = "\(holder.name) on \(holder.host), pid \(holder.process.pid)"
        return switch self.election.standing {
        case .serving: "\(who), serving"
        case .starting: "\(who), elected and opening its store"
        case .stale: "unknown: \(who) does not renew its lease (\(self.election.holderLife.rawValue))"
        case .dead: "none: \(who) has ended without giving its lease back"
        case .released: "none: \(who) was stopped"
        case .steppedDown: "none: \(who) stepped down; lockkeeper status --history says why"
        }
    }

    private var leaseText: String {
        "renewed \(Spoken.length(self.election.age)) ago, by the clocks of the two hosts"
    }

    private static func text(of verdict: FileSystemVerdict) -> String {
        let version = verdict.version.map { " \($0)" } ?? ""
        let options = verdict.options.isEmpty ? "" : " (\(verdict.options.joined(separator: ",")))"
        let locks =
            switch verdict.lockReach {
            case .allHosts: "locks hold between hosts"
            case .flockOnly: "only flock holds between hosts"
            case .fcntlOnly: "only fcntl locks hold between hosts"
            case .eachHostItsOwn: "locks do not hold between hosts"
            case .none: "no lock can be had"
            case .oneHost: "locks hold on this host"
            case .unknown: "whether locks hold between hosts is not known"
            }
        return "\(verdict.kind.rawValue)\(version) at \(verdict.mountPoint) from \(verdict.source)\(options), "
            + "\(verdict.storeMode.journal.rawValue) journal, \(verdict.storeMode.locking.rawValue) locking; \(locks)"
    }

    // MARK: Alarms, brokers, locks

    private var alarmLines: [String] {
        self.election.alarms.flatMap { alarm in
            var first = "ALARM \(alarm.event): \(Self.text(of: alarm.broker))"
            if let other = alarm.other { first += " about \(Self.text(of: other))" }
            if let since = alarm.sinceMilliseconds { first += ", since \(WallTime.readable(since)) UTC" }
            return [first] + [alarm.detail, alarm.remedy].filter { !$0.isEmpty }.map { "    \($0)" }
        }
    }

    private static func text(of party: ActiveAlarm.Party) -> String {
        var text = party.broker
        if let host = party.host { text += " on \(host)" }
        if let pid = party.pid { text += ", pid \(pid)" }
        return text
    }

    private var brokerLines: [String] {
        guard !self.election.brokers.isEmpty else { return [] }
        var table = TextTable(
            ["broker", "state", "epoch", "last beat", "host", "pid", "alarms"], rightAligned: [2, 5])
        for broker in self.election.brokers {
            let record = broker.record
            table.add([
                record.broker.name, broker.standing.rawValue, record.epoch == .none ? "-" : "\(record.epoch)",
                "\(Spoken.length(broker.age)) ago", record.broker.host, "\(record.broker.process.pid)",
                record.alarms.joined(separator: ", "),
            ])
        }
        return table.lines
    }

    private var lockLines: [String] {
        guard !self.election.probes.isEmpty else { return [] }
        let kinds = ["flock", "posix", "ofd"]
        var table = TextTable(["locks tried by", "held by"] + kinds + ["since"])
        var pairs: [(prober: String, holder: String)] = []
        for probe in self.election.probes where pairs.last.map({ $0 != (probe.prober, probe.holder) }) ?? true {
            pairs.append((probe.prober, probe.holder))
        }
        for pair in pairs {
            let answers = self.election.probes.filter { $0.prober == pair.prober && $0.holder == pair.holder }
            table.add(
                [pair.prober, pair.holder] + kinds.map { kind in answers.first { $0.kind == kind }?.answer ?? "-" } + [
                    "\(WallTime.readable(answers.map(\.probedAtMilliseconds).max() ?? 0)) UTC"
                ])
        }
        let isFalse = self.election.probes.contains { $0.answer == "granted" }
        return table.lines + (isFalse ? ["(granted: this kind of lock does not hold between the two)"] : [])
    }

    private var destinationLines: [String] {
        guard !self.queues.isEmpty else { return ["no queues"] }
        var table = TextTable(
            ["destination", "messages", "consumers", "producers", "enqueued", "dequeued"],
            rightAligned: [1, 2, 3, 4, 5])
        for queue in self.queues {
            let traffic = queue.traffic.map { [$0.consumers, $0.producers, $0.enqueued, $0.dequeued] }
            let cells = traffic?.map { "\($0)" } ?? ["-", "-", "-", "-"]
            table.add(["\(queue.kind)://\(queue.name)", "\(queue.messages)"] + cells)
        }
        return table.lines + (self.source == .summary ? ["(depths as the last master published them)"] : [])
    }

    private var scheduleLines: [String] {
        guard let scheduled = self.scheduled, scheduled > 0 else { return [] }
        return ["\(scheduled) scheduled, to be sent later; lockkeeper schedule list shows the next"]
    }
}
