import Logging

/// The words for what a refused broker sees of the holder, with the remedy for this file system.
struct HolderReports {
    let verdict: FileSystemVerdict

    func refused(by row: LeaseRow?, holderLine: String) -> ElectionEvent {
        guard let row else {
            let who = holderLine.isEmpty ? "a broker that has not named itself" : "\"\(holderLine)\""
            return ElectionEvent(.lockRefused, .info, "standby: the lock is held by \(who), and there is no lease yet")
        }
        return ElectionEvent(
            .lockRefused, .info,
            "standby: the lock is held by \(row.holder.name) on \(row.holder.host), process \(row.holder.process.pid), "
                + "under epoch \(row.epoch)", other: row)
    }

    func moving(_ row: LeaseRow) -> ElectionEvent {
        ElectionEvent(.lockHolderMoves, .info, "the holder of the lock, \(row.holder.name), beats again", other: row)
    }

    func waiting(_ row: LeaseRow, silentFor silence: Duration, atMost rest: Duration) -> ElectionEvent {
        ElectionEvent(
            .lockWaitingForServerLease, .warning,
            "\(row.holder.name) on \(row.holder.host), process \(row.holder.process.pid), epoch \(row.epoch), has been "
                + "silent for \(silence.wholeMilliseconds) ms with the lock held: if its host is gone the NFSv4 server "
                + "frees the lock by itself, within \((rest.wholeMilliseconds + 999) / 1000) s at most",
            other: row, duration: silence,
            remedy: "wait; the time is the server's lease (on a Linux server: /proc/fs/nfsd/nfsv4leasetime), and "
                + "--nfs4-lease tells this broker what it is",
            details: [("remaining_ms", String(rest.wholeMilliseconds)), self.fileSystem])
    }

    var fileSystem: (String, String) { ("file_system", self.verdict.kind.rawValue) }

    func hung(_ row: LeaseRow, silentFor silence: Duration, life: ProcessLife) -> ElectionEvent {
        let pid = row.holder.process.pid
        let state = life == .stopped ? "is stopped" : "runs, but does not beat"
        let resume = life == .stopped ? "kill -CONT \(pid) lets it go on; " : ""
        return ElectionEvent(
            .lockHungHolder, .error,
            "hung holder: \(row.holder.name) on \(row.holder.host), process \(pid), epoch \(row.epoch), \(state) and has "
                + "held the lock in silence for \(silence.wholeMilliseconds) ms; this broker does not serve",
            other: row, duration: silence,
            remedy: "\(resume)kill -9 \(pid) on \(row.holder.host) frees the lock, and a standby takes over at once",
            details: [("process", life.rawValue), self.fileSystem])
    }

    func stale(_ row: LeaseRow, silentFor silence: Duration, life: ProcessLife) -> ElectionEvent {
        ElectionEvent(
            .lockStale, .error,
            "stale lock: it is held for \(row.holder.name) on \(row.holder.host), process \(row.holder.process.pid), "
                + "epoch \(row.epoch), silent for \(silence.wholeMilliseconds) ms; this broker does not serve",
            other: row, duration: silence, remedy: self.staleRemedy(row),
            details: [("process", life.rawValue), self.fileSystem])
    }

    private func staleRemedy(_ row: LeaseRow) -> String {
        let host = row.holder.host
        switch self.verdict.kind {
        case .nfs3:
            return
                "start \(host) again, or run sm-notify there: an NFSv3 server keeps a dead host's lock until then; where "
                + "it will not come back: lockkeeper takeover --data \(self.verdict.path)"
        case .nfs4:
            return
                "the server should have freed a dead host's lock by now: see that it runs, and that --nfs4-lease is its "
                + "lease time; then lockkeeper takeover --data \(self.verdict.path)"
        case .ocfs2, .gfs2:
            return "wait until the cluster has declared \(host) dead; it frees the lock then"
        case .ext4, .xfs, .btrfs, .tmpfs, .overlay:
            return "see who holds it with: lslocks | grep \(LockFiles.flockName)"
        case .cifs, .ceph, .lustre, .fuse, .unknown:
            return
                "end the broker on \(host), or let the file server drop its locks; where that host is surely gone: "
                + "lockkeeper takeover --data \(self.verdict.path)"
        }
    }
}
