import Logging

/// From what the machine found to what people read.
extension ElectorCore {
    func tell(_ notice: ElectionNotice) {
        let journal = self.parts.journal
        switch notice {
        case .lockProven(let peer):
            journal.clear(.lockFalse)
            journal.record(
                self.event(
                    .lockProven, .info,
                    "the lock holds between this broker and \(peer.name) on \(peer.record.broker.host): it was refused "
                        + "while that master beat", peer))
        case .lockFalse(let found):
            journal.raise(
                FalseLockReports(verdict: self.parts.verdict, broker: self.parts.broker).event(
                    found, epoch: self.term?.epoch ?? .none, onNewFiles: self.isOnNewFiles))
        case .lockFalseOver: journal.clear(.lockFalse)
        case .lockFilesReplaced: self.isOnNewFiles = true
        case .lockUnusable(let failure):
            journal.raise(
                ElectionEvent(
                    .lockUnusable, .error, "the locks of the directory cannot be tried: \(failure)",
                    remedy: "this broker tries again until they can; check mount, permissions and lock service",
                    details: [self.reports.fileSystem]))
        case .holder(let verdict): self.tell(verdict)
        case .viewStale(let peer, let behind): journal.raise(self.viewStale(peer, behind: behind))
        case .viewGood: journal.clear(.viewStale)
        case .nameDuplicate(let peer, let isExcluded): journal.raise(self.duplicate(peer, isExcluded: isExcluded))
        case .nameUnique: journal.clear(.nameDuplicate)
        case .restoredBackup(let known, let found):
            journal.raise(
                ElectionEvent(
                    .leaseRestoredBackup, .error,
                    "the directory shows epoch \(found), but this process knew epoch \(known) in it: it was restored "
                        + "from a backup, or another directory was put in its place", epoch: found,
                    remedy: "stop all brokers before restoring a directory; the next master goes on above epoch "
                        + "\(known)", details: [("known_epoch", known.description), self.reports.fileSystem]))
        }
    }

    private func tell(_ verdict: ElectionNotice.HolderVerdict) {
        let journal = self.parts.journal
        switch verdict {
        case .refused(let row):
            self.clearSilence()
            journal.clear(.lockUnusable)
            journal.record(self.reports.refused(by: row, holderLine: self.holderLine()))
        case .moving(let row):
            self.clearSilence()
            journal.record(self.reports.moving(row))
        case .hung(let row, let silence, let life):
            self.clearSilence()
            journal.raise(self.reports.hung(row, silentFor: silence, life: life))
        case .stale(let row, let silence, let life):
            self.clearSilence()
            journal.raise(self.reports.stale(row, silentFor: silence, life: life))
            self.escape(from: row, silentFor: silence, at: self.parts.clock.now())
        case .waiting(let row, let silence, let rest):
            journal.raise(self.reports.waiting(row, silentFor: silence, atMost: rest))
        }
    }

    private func clearSilence() {
        self.nextEscape = nil
        for name: ElectionEvent.Name in [.lockStale, .lockHungHolder, .lockWaitingForServerLease] {
            self.parts.journal.clear(name)
        }
    }

    private func viewStale(_ peer: Peer, behind: Int64?) -> ElectionEvent {
        let host = peer.record.broker.host
        let what = behind.map { "is \($0) beats behind" } ?? "does not know this broker at all"
        return self.event(
            .viewStale, .warning,
            "stale view: \(peer.name) on \(host) beats, but \(what) with this broker's beats: what one host writes the "
                + "other does not see in time", peer,
            remedy: "look for caching in the mount options of \(self.parts.verdict.mountPoint) on \(host) and here: "
                + "lockkeeper doctor \(self.parts.verdict.path) --peer NAME on both hosts shows the delay",
            details: [("behind_beats", behind.map(String.init) ?? "all")])
    }

    private func duplicate(_ peer: Peer, isExcluded: Bool) -> ElectionEvent {
        let consequence =
            isExcluded ? "this one stays out of the election until that one is gone" : "this one goes on as master"
        return self.event(
            .nameDuplicate, .error,
            "another broker runs under the name \(peer.name): on \(peer.record.broker.host), process "
                + "\(peer.record.broker.process.pid); \(consequence)", peer,
            remedy: "give each broker of a directory a name of its own with --name")
    }

    private func event(
        _ name: ElectionEvent.Name, _ level: Logger.Level, _ text: String, _ peer: Peer, remedy: String? = nil,
        details: [(String, String)] = []
    ) -> ElectionEvent {
        var event = ElectionEvent(
            name, level, text, epoch: self.term?.epoch ?? .none, remedy: remedy,
            details: details + [self.reports.fileSystem])
        event.other = ElectionEvent.Party(peer.record)
        return event
    }
}
