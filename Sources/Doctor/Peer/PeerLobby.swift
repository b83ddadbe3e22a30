import Election
import Glibc

/// Where two doctors find each other: in the records of the shared directory, whoever comes first.
struct PeerLobby {
    /// Four beats are due in a second; a busy host or a slow sync may delay one.
    private static let longestBeat = Duration.seconds(3)

    let scratch: Scratch
    let desk: PeerDesk
    let watchdog: Watchdog
    let own: PeerRecord
    /// What people are told while they wait.
    let tell: (String) -> Void

    /// A record that is there, or was when it was looked for last.
    private struct Candidate {
        let path: String
        var record: PeerRecord
        /// It changed between two looks, so that its doctor lives, and this host sees it do so.
        var hasMoved = false
        var lastMove = DoctorClock.now()
        var goneSince: BootInstant?

        mutating func saw(_ newer: PeerRecord) {
            if newer.counter != self.record.counter {
                self.hasMoved = true
                self.lastMove = DoctorClock.now()
            }
            self.record = newer
            self.goneSince = nil
        }
    }

    /// What one look at a record can show.
    enum Sighting {
        case record(PeerRecord)
        case gone
        /// Torn by a write under way, or the look failed: look again.
        case unclear
    }

    static func look(at path: String) -> Sighting {
        do throws(SystemFailure) {
            let file = try FileHandle.openDirect(path)
            guard let record = PeerRecord(decoding: try file.read(upTo: PeerRecord.size)) else { return .unclear }
            return .record(record)
        } catch {
            return error.errorNumber == ENOENT ? .gone : .unclear
        }
    }

    /// One look at a record; nil where there is none that is whole.
    static func record(at path: String) -> PeerRecord? {
        if case .record(let record) = Self.look(at: path) { record } else { nil }
    }

    /// Removes what earlier runs under this name left behind.
    ///
    /// - Throws: ``DoctorError/usage(_:)`` where one of them still runs.
    func sweep() throws(DoctorError) {
        let sessions = self.oldSessions()
        guard !sessions.isEmpty else { return }
        let before = self.records(of: self.own.name).filter { $0.record.session != self.own.session }
        let deadline = Deadline(in: Self.longestBeat)
        while !before.isEmpty && !deadline.isOver {
            DoctorClock.pause(microseconds: 50_000)
            for candidate in before {
                let again = self.watchdog.during("reading \(candidate.path)") { Self.record(at: candidate.path) }
                guard let again, again.counter != candidate.record.counter else { continue }
                throw .usage(
                    "a doctor named \(self.own.name) runs in \(self.scratch.directory) already, on \(again.host); give each a "
                        + "name of its own with --name NAME")
            }
        }
        for session in sessions { self.scratch.adopt(prefix: "\(self.own.name).\(session).") }
    }

    /// Sessions of this name that left files: `NAME.SESSION.REST`, with or without a dot in front.
    private func oldSessions() -> Set<String> {
        let prefix = "\(self.own.name)."
        var sessions: Set<String> = []
        do throws(SystemFailure) {
            for name in try FileNames.list(self.scratch.directory) {
                let plain = name.hasPrefix(".") ? name.dropFirst() : Substring(name)
                guard plain.hasPrefix(prefix) else { continue }
                let session = plain.dropFirst(prefix.count).prefix { $0 != "." }
                if InstanceID(parsing: session) != nil { sessions.insert(String(session)) }
            }
        } catch {
            return []
        }
        return sessions.subtracting([self.own.session])
    }

    /// Waits until the peer's record moves and both have seen each other.
    ///
    /// A peer that was answered and is gone, or silent, ends the wait at once: it may have seen this doctor and have
    /// refused to work with it, or be dead.
    ///
    /// - Throws: ``DoctorError/usage(_:)`` where both are to be cut, on both hosts.
    func meet(_ peerName: String, within duration: Duration) throws(DoctorError) -> PeerChannel {
        let deadline = Deadline(in: duration)
        var candidates: [String: Candidate] = [:]
        var answered: String?
        var nextStir = DoctorClock.now()
        while !deadline.isOver {
            if answered == nil, DoctorClock.now() >= nextStir {
                self.stirListing()
                nextStir = DoctorClock.now().advanced(by: .seconds(1))
            }
            self.note(self.records(of: peerName), in: &candidates)
            for (session, found) in candidates {
                guard found.goneSince == nil, found.hasMoved, found.record.wanted == self.own.name else { continue }
                if answered != session {
                    try self.answer(session)
                    answered = session
                }
                if found.record.seen == self.own.session {
                    if let refusal = self.refusal(of: found.record) { throw refusal }
                    return PeerChannel(
                        desk: self.desk, watchdog: self.watchdog, peer: found.record, peerPath: found.path)
                }
            }
            if let peer = answered.flatMap({ candidates[$0] }), let loss = self.loss(of: peer) { throw loss }
            DoctorClock.pause(microseconds: 50_000)
        }
        throw .noPeer(self.absence(of: peerName, Array(candidates.values), after: duration))
    }

    /// Changes the directory. An NFSv3 client knows a listing to be old by its time alone, and two doctors that are
    /// started together leave their records within one tick of the server's clock; after a change of its own it asks.
    private func stirListing() {
        let path = "\(self.scratch.directory)/\(self.scratch.prefix)stir"
        self.watchdog.during("making \(path)") {
            do throws(SystemFailure) {
                _ = try ProbeFile.createExclusively(path)
                try FileNames.remove(path)
            } catch {
                // The next second brings the next try, and the wait has an end that says what was not seen.
                return
            }
        }
    }

    private func note(_ present: [Candidate], in candidates: inout [String: Candidate]) {
        let sessions = Set(present.map(\.record.session))
        for (session, missed) in candidates where !sessions.contains(session) && missed.goneSince == nil {
            // A listing that failed, or a record that was torn, is no farewell.
            let sighting = self.watchdog.during("reading \(missed.path)") { Self.look(at: missed.path) }
            if case .gone = sighting { candidates[session]?.goneSince = DoctorClock.now() }
        }
        for found in present {
            let session = found.record.session
            if candidates[session] == nil { candidates[session] = found }
            let hadMoved = candidates[session]?.hasMoved
            candidates[session]?.saw(found.record)
            let isNewsOfAnother = hadMoved == false && candidates[session]?.hasMoved == true
            if isNewsOfAnother, let text = self.misdirection(of: found.record) { self.tell(text) }
        }
    }

    /// Both come to the same end, each by the other's record; whoever is first stays until the other has seen it.
    private func refusal(of peer: PeerRecord) -> DoctorError? {
        guard peer.isToBeCut && self.own.isToBeCut else { return nil }
        return .usage("both have --cut: give it on the host whose power is to be cut, and not on the other")
    }

    private func loss(of peer: Candidate) -> DoctorError? {
        let now = DoctorClock.now()
        let who = "\(peer.record.name) on \(peer.record.host)"
        if let goneSince = peer.goneSince {
            guard now - goneSince > PeerChannel.longestAbsence else { return nil }
            return self.refusal(of: peer.record)
                ?? .peerLost("\(who) has ended before the examination began; start both again")
        }
        guard now - peer.lastMove > PeerChannel.longestSilence else { return nil }
        return .peerLost(
            "\(who) has been silent for \((now - peer.lastMove).wholeMilliseconds / 1000) s before the examination "
                + "began: it ended, or its writes do not reach this host")
    }

    private func answer(_ session: String) throws(DoctorError) {
        do throws(SystemFailure) {
            try self.watchdog.during("writing \(self.desk.path)") { () throws(SystemFailure) in
                try self.desk.change { $0.seen = session }
            }
        } catch {
            throw .unusable(error)
        }
    }

    /// Said of a peer that waits for somebody else.
    private func misdirection(of peer: PeerRecord) -> String? {
        guard peer.wanted != self.own.name else { return nil }
        return "\(peer.name) on \(peer.host) waits for \(peer.wanted.isEmpty ? "nobody" : peer.wanted) and not for "
            + "\(self.own.name); start there: \(self.command(for: peer.name))"
    }

    private func command(for peer: String) -> String { "lockkeeper doctor DIR --name \(peer) --peer \(self.own.name)" }

    /// What is to be done when the time is over, by what was seen meanwhile.
    private func absence(of peer: String, _ candidates: [Candidate], after duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        let time = milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000) s"
        let present = candidates.filter { $0.goneSince == nil }
        if let text = present.lazy.compactMap({ self.misdirection(of: $0.record) }).first { return text }
        if let half = present.first(where: \.hasMoved) {
            return
                "\(peer) on \(half.record.host) was seen, but it did not see \(self.own.name) within \(time): its mount "
                + "does not show what this host writes"
        }
        if let dead = present.first {
            return "no sign of life of \(peer) within \(time), only what an earlier run on \(dead.record.host) left in "
                + "\(self.scratch.directory); start there: \(self.command(for: peer)); if it runs, its writes do not reach "
                + "this host"
        }
        return
            "no sign of \(peer) in \(self.scratch.directory) within \(time); start there: \(self.command(for: peer)); if "
            + "it runs, its mount is not the same directory or does not show this host's files"
    }

    /// Lists before it opens: a name that was looked for before it was there may stay missing for a while.
    private func records(of name: String) -> [Candidate] {
        self.watchdog.during("listing \(self.scratch.directory)") { self.readRecords(of: name) }
    }

    private func readRecords(of name: String) -> [Candidate] {
        do throws(SystemFailure) {
            return try FileNames.list(self.scratch.directory)
                .filter { $0.hasPrefix("\(name).") && $0.hasSuffix(PeerRecord.ending) }
                .compactMap { file in
                    let path = "\(self.scratch.directory)/\(file)"
                    guard let record = Self.record(at: path), record.name == name else { return nil }
                    return Candidate(path: path, record: record)
                }
        } catch {
            return []
        }
    }
}
