import Logging

/// The words for a lock that was granted to two, with the cause and the remedy on this file system.
struct FalseLockReports {
    let verdict: FileSystemVerdict
    let broker: BrokerIdentity

    func event(_ found: ElectionNotice.FalseLock, epoch: Epoch, onNewFiles: Bool) -> ElectionEvent {
        let both: Set<LockKind> = [.flock, .ofd]
        switch found {
        case .grantedBeside(let peer):
            let cause = FalseLockCause(self.verdict, granted: both, lockFileReplaced: onNewFiles)
            return self.event(
                cause, epoch, ElectionEvent.Party(peer.record),
                "both locks were granted to this broker, but \(Self.name(peer)) beats as "
                    + "\(peer.record.state.rawValue): this broker gives them back and does not serve")
        case .grantedBesideLease(let row):
            let cause = FalseLockCause(self.verdict, granted: both, lockFileReplaced: onNewFiles)
            return self.event(
                cause, epoch, ElectionEvent.Party(row),
                "both locks were granted to this broker, but \(row.holder.name) on \(row.holder.host), process "
                    + "\(row.holder.process.pid), renews the lease: this broker gives them back and does not serve")
        case .claimedBeside(let peer):
            let cause = FalseLockCause(self.verdict, granted: both, lockFileReplaced: onNewFiles)
            return self.event(
                cause, epoch, ElectionEvent.Party(peer.record),
                "\(Self.name(peer)) was granted the locks that this broker holds; it has to give them back")
        case .formerMaster(let peer):
            let cause = FalseLockCause(self.verdict, granted: both, lockFileReplaced: onNewFiles)
            return self.event(
                cause, epoch, ElectionEvent.Party(peer.record),
                "\(Self.name(peer)) still beats as master of the earlier epoch \(peer.record.epoch); its gate is shut")
        case .kindsDisagree(let disagreement, let holder):
            let cause = FalseLockCause(self.verdict, disagreement)
            return self.event(
                cause, epoch, holder.map { ElectionEvent.Party($0) },
                "\(disagreement.granted.rawValue) locks are granted here although another broker is master by its "
                    + "\(disagreement.refused.rawValue) lock, which decides")
        case .probed(let matrix, let holder):
            let cause = FalseLockCause(self.verdict, granted: Set(matrix.granted.map(\.lockKind)))
            return self.event(
                cause, epoch, ElectionEvent.Party(holder.record),
                "tried beside the master \(Self.name(holder)): \(matrix)")
        }
    }

    private func event(
        _ cause: FalseLockCause, _ epoch: Epoch, _ other: ElectionEvent.Party?, _ evidence: String
    ) -> ElectionEvent {
        var event = ElectionEvent(
            .lockFalse, .error, "false lock: \(evidence); \(cause.sentence)", epoch: epoch, remedy: cause.remedy,
            details: [
                ("cause", cause.word.rawValue), ("file_system", self.verdict.kind.rawValue),
                ("mount_point", self.verdict.mountPoint),
            ])
        event.other = other
        return event
    }

    private static func name(_ peer: Peer) -> String {
        "\(peer.name) on \(peer.record.broker.host), process \(peer.record.broker.process.pid),"
    }
}

extension LockMatrix.Kind {
    var lockKind: LockKind {
        switch self {
        case .flock: .flock
        case .posix: .fcntl
        case .ofd: .ofd
        }
    }
}
