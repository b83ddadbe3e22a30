import Election

/// One run of a doctor in a directory that nobody uses: alone, as the one that asks, or as the one that is asked.
struct Practice {
    let doctor: Doctor
    let lobby: PeerLobby
    let facts: HostFacts
    let verdict: FileSystemVerdict

    private var options: Doctor.Options { self.doctor.options }

    func run() throws(DoctorError) -> Doctor.Outcome {
        do throws(SystemFailure) {
            try self.doctor.watchdog.during("writing \(self.lobby.desk.path)") { () throws(SystemFailure) in
                try self.lobby.desk.open()
            }
        } catch {
            throw .unusable(error)
        }
        try self.lobby.sweep()
        guard let peer = self.options.peer else { return self.examineAlone() }
        self.options.tell("waiting for \(peer) in \(self.doctor.scratch.directory)")
        let channel = try self.lobby.meet(peer, within: self.options.wait)
        let other = channel.peer
        self.options.tell("working with \(other.name) on \(other.host)")
        // Whoever lives longer asks; else the first by name.
        let asks = other.isToBeCut || (!self.options.isToBeCut && self.options.name < other.name)
        return asks ? try self.examine(with: channel) : try self.serve(channel)
    }

    private func localSite() -> LocalSite {
        LocalSite(
            label: self.options.name, command: self.options.helper, scratch: self.doctor.scratch,
            limit: self.options.limit, helpers: self.doctor.helpers)
    }

    // MARK: Alone

    private func examineAlone() -> Doctor.Outcome {
        let site = self.localSite()
        let examination = Examination(
            Examination.Plan(
                first: Party(site: site, helper: 0, label: "\(self.options.name).1"),
                second: Party(site: site, helper: 1, label: "\(self.options.name).2"), neighbours: [],
                prefix: self.doctor.scratch.prefix, mode: self.verdict.storeMode, tell: self.options.tell))
        var interruption: DoctorError?
        do throws(DoctorError) { try examination.run() } catch { interruption = error }
        let cause = self.ownCause(examination)
        return self.doctor.outcome(
            self.report(.alone, examination, [self.facts], cause: cause, interruption: interruption))
    }

    private func ownCause(_ examination: Examination) -> Judgement.FalseLock? {
        let granted = Self.falseKinds(examination)
        guard !granted.isEmpty else { return nil }
        let cause = FalseLockCause(self.verdict, granted: granted)
        return Judgement.FalseLock(word: cause.word.rawValue, sentence: cause.sentence, remedy: cause.remedy)
    }

    private static func falseKinds(_ examination: Examination) -> Set<LockKind> {
        Set(
            examination.locks.compactMap { kind, state in
                if case .isFalse = state { kind } else { nil }
            })
    }

    private func report(
        _ mode: DoctorReport.Mode, _ examination: Examination, _ hosts: [HostFacts], cause: Judgement.FalseLock?,
        interruption: DoctorError?
    ) -> DoctorReport {
        let judgement = Judgement(
            Judgement.Evidence(
                findings: examination.findings, locks: examination.locks, hosts: hosts, cause: cause,
                hasPeer: mode == .peer, interruption: interruption))
        return DoctorReport(
            mode: mode, directory: self.options.directory, name: self.options.name, peer: self.options.peer,
            hosts: hosts, findings: examination.findings, judgement: judgement, cause: cause?.word,
            interruption: interruption)
    }

    // MARK: Two hosts

    private func examine(with channel: PeerChannel) throws(DoctorError) -> Doctor.Outcome {
        let site = self.localSite()
        let peer = PeerSite(label: channel.peer.name, channel: channel, limit: self.options.limit)
        let hosts = [self.facts, try HostFacts(of: peer)]
        let examination = Examination(
            Examination.Plan(
                first: Party(site: site, helper: 0, label: site.label),
                second: Party(site: peer, helper: 0, label: peer.label),
                neighbours: [Self.neighbours(site), Self.neighbours(peer)], prefix: self.doctor.scratch.prefix,
                mode: self.verdict.storeMode, tell: self.options.tell))
        var interruption: DoctorError?
        var isPeerDead = false
        var cause: Judgement.FalseLock?
        do throws(DoctorError) {
            try examination.measureClocks(peer)
            try examination.run()
            cause = try self.cause(examination, peer)
            if channel.peer.isToBeCut {
                isPeerDead = try examination.examineCut(peer, channel, within: self.options.cutWait)
            }
        } catch {
            interruption = error
            isPeerDead = if case .peerLost = error { true } else { false }
        }
        let report = self.report(
            .peer, examination, hosts, cause: cause ?? self.ownCause(examination), interruption: interruption)
        if isPeerDead {
            let dead = channel.peer
            self.doctor.scratch.adopt(prefix: "\(dead.name).\(dead.session).")
        } else {
            self.hand(report, to: peer)
        }
        return self.doctor.outcome(report)
    }

    private static func neighbours(_ site: any Site) -> (Party, Party) {
        (
            Party(site: site, helper: 0, label: "\(site.label).1"),
            Party(site: site, helper: 1, label: "\(site.label).2")
        )
    }

    /// The cause as this host's mount tells it, or as the peer's does.
    private func cause(_ examination: Examination, _ peer: PeerSite) throws(DoctorError) -> Judgement.FalseLock? {
        guard let own = self.ownCause(examination) else { return nil }
        guard own.word == FalseLockCause.Word.unknown.rawValue else { return own }
        let granted = Self.falseKinds(examination).map(\.rawValue).sorted().joined(separator: ",")
        let theirs = try peer.ask(Message(PeerServant.cause, ["granted": granted]))
        guard try theirs.text("word") != own.word else { return own }
        return Judgement.FalseLock(
            word: try theirs.text("word"), sentence: try theirs.text("sentence"), remedy: try theirs.text("remedy"))
    }

    /// Lets the other side print the same. One that is gone by now has seen nothing; its report says so.
    private func hand(_ report: DoctorReport, to peer: PeerSite) {
        let name = "\(self.doctor.scratch.prefix)report"
        let text = "\(report.text)\u{0}\(report.json)\n"
        let bytes = Array(text.utf8)
        do throws(SystemFailure) {
            try ProbeFile.make(
                "\(self.doctor.scratch.directory)/\(name)", pages: (bytes.count + 4095) / 4096, content: bytes)
        } catch {
            return self.options.tell("\(peer.label) cannot be told the outcome: \(error)")
        }
        do throws(DoctorError) {
            _ = try peer.ask(
                Message(
                    PeerServant.outcome,
                    [
                        "file": name, "length": String(bytes.count), "crc": CRC32.hexadecimal(of: bytes),
                        "status": String(report.status),
                    ]))
        } catch {
            self.options.tell("\(peer.label) was not told the outcome: \(error)")
        }
    }

    private func serve(_ channel: PeerChannel) throws(DoctorError) -> Doctor.Outcome {
        let servant = PeerServant(
            channel: channel, site: self.localSite(), scratch: self.doctor.scratch, facts: self.facts,
            verdict: self.verdict, tell: self.options.tell)
        do throws(DoctorError) {
            let outcome = try servant.run()
            let parts = outcome.report.split(separator: "\u{0}", maxSplits: 1, omittingEmptySubsequences: false)
            let text = String((self.options.isJSON ? parts.last : parts.first) ?? "")
            return Doctor.Outcome(text: text, status: outcome.status)
        } catch {
            if case .peerLost = error {
                let dead = channel.peer
                self.doctor.scratch.adopt(prefix: "\(dead.name).\(dead.session).")
            }
            throw error
        }
    }
}
