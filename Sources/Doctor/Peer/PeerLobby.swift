import Election
import Glibc

/// Where two doctors find each other: in the records of the shared directory, whoever comes first.
struct PeerLobby {
    let scratch: Scratch
    let desk: PeerDesk
    let watchdog: Watchdog
    let own: PeerRecord

    private struct Candidate {
        let path: String
        var record: PeerRecord
        var hasMoved = false
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
        let before = self.records(of: self.own.name)
        DoctorClock.pause(microseconds: 1_200_000)
        for candidate in before where candidate.record.session != self.own.session {
            if let again = Self.record(at: candidate.path), again.counter != candidate.record.counter {
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
    func meet(_ peerName: String, within duration: Duration) throws(DoctorError) -> PeerChannel {
        let deadline = Deadline(in: duration)
        var candidates: [String: Candidate] = [:]
        var answered: String?
        while !deadline.isOver {
            for found in self.records(of: peerName) {
                let session = found.record.session
                let hasMoved = candidates[session].map { $0.hasMoved || $0.record.counter != found.record.counter }
                candidates[session] = Candidate(path: found.path, record: found.record, hasMoved: hasMoved ?? false)
                guard hasMoved == true, found.record.wanted == self.own.name else { continue }
                if answered != session {
                    try self.answer(session)
                    answered = session
                }
                if found.record.seen == self.own.session {
                    return PeerChannel(
                        desk: self.desk, watchdog: self.watchdog, peer: found.record, peerPath: found.path)
                }
            }
            DoctorClock.pause(microseconds: 50_000)
        }
        throw .noPeer(self.absence(of: peerName, candidates.values.map(\.record), after: duration))
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

    /// What is to be done when the time is over, by what was seen meanwhile.
    private func absence(of peer: String, _ records: [PeerRecord], after duration: Duration) -> String {
        let time = "\(duration.wholeMilliseconds / 1000) s"
        let command = "lockkeeper doctor DIR --name \(peer) --peer \(self.own.name)"
        if let other = records.first(where: { $0.wanted != self.own.name }) {
            return "\(peer) on \(other.host) waits for \(other.wanted.isEmpty ? "nobody" : other.wanted) and not for "
                + "\(self.own.name); start there: \(command)"
        }
        if let half = records.first {
            return
                "\(peer) on \(half.host) was seen, but it did not see \(self.own.name) within \(time): its mount does not "
                + "show what this host writes"
        }
        return
            "no sign of \(peer) in \(self.scratch.directory) within \(time); start there: \(command); if it runs, its "
            + "mount is not the same directory or does not show this host's files"
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
