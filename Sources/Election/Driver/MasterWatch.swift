import CSystemCalls
import Logging

/// Counts along while the elector may hang in a file call: warns, steps down, and says so when the exit is near.
///
/// Unlike the deadline thread it logs and calls the composition root, so it may hang itself; nothing depends on it.
struct MasterWatch: Sendable {
    let pulse: MasterPulse
    let journal: EventJournal
    let end: MasterEnd
    let times: ElectionTimes
    let verdict: FileSystemVerdict

    func start() throws(SystemFailure) {
        let tick = min(Duration.milliseconds(100), self.times.beat / 4).wholeNanoseconds
        // Early enough to be read: the run time moves in steps of the deadline's ticks.
        let sayExitAfter = self.times.exit - DeadlineThread.tick(exitAfter: self.times.exit) * 2
        try PosixThread.start(name: "lk-watch", stackBytes: 512 * 1024) {
            var isLate = false
            var isEnding = false
            var stalledCall: String?
            while self.pulse.phase != .released {
                sys_sleep_ns(tick)
                stalledCall = self.lookAtCall(stalled: stalledCall)
                let silence = Duration.nanoseconds(self.pulse.silence)
                switch self.pulse.phase {
                case .master:
                    isLate = self.look(silence, wasLate: isLate)
                case .steppingDown where !isEnding && silence > sayExitAfter:
                    isEnding = true
                    self.sayExit(after: silence)
                case .idle, .steppingDown, .released: break
                }
            }
        }
    }

    /// A call that hangs is named while it does: nobody else could. Returns the one that hangs.
    private func lookAtCall(stalled: String?) -> String? {
        let call = self.pulse.call
        guard let call, Duration.nanoseconds(call.since) > self.times.warn else {
            if stalled != nil { self.journal.clear(.storageStalled) }
            return nil
        }
        guard stalled == nil else { return stalled }
        self.journal.raise(
            ElectionEvent(
                .storageStalled, .error,
                "\(call.what) has taken \(Duration.nanoseconds(call.since).wholeMilliseconds) ms so far: the storage "
                    + "under \(self.verdict.mountPoint) does not answer",
                epoch: self.pulse.epoch, duration: .nanoseconds(call.since), remedy: self.storageRemedy,
                details: [
                    ("call", call.what), ("file_system", self.verdict.kind.rawValue), ("source", self.verdict.source),
                ]))
        return call.what
    }

    private var storageRemedy: String {
        switch self.verdict.kind {
        case .nfs3, .nfs4: "check the server of \(self.verdict.source) and the network to it: dmesg | grep nfs"
        case .ocfs2, .gfs2: "check the disk and the cluster's heartbeat: dmesg, and o2cb or dlm_tool on every node"
        case .ext4, .xfs, .btrfs: "check the disk: dmesg, iostat -x"
        default: "check what is mounted at \(self.verdict.mountPoint): dmesg"
        }
    }

    /// True while the last good beat is older than the warning time.
    private func look(_ silence: Duration, wasLate: Bool) -> Bool {
        if silence > self.times.stepDown {
            self.end.stepDown(.silent(for: silence))
            return true
        }
        guard silence > self.times.warn else {
            if wasLate { self.journal.clear(.leaseLate) }
            return false
        }
        if !wasLate {
            self.journal.raise(
                ElectionEvent(
                    .leaseLate, .warning,
                    "lock and lease could not be proved for \(silence.wholeMilliseconds) ms: the storage is slow",
                    epoch: self.pulse.epoch, duration: silence,
                    remedy: "at \(self.times.stepDown.wholeMilliseconds) ms this broker steps down: check the storage"))
        }
        return true
    }

    private func sayExit(after silence: Duration) {
        self.journal.record(
            ElectionEvent(
                .masterExited, .error,
                "the store could not be closed within the exit time of \(self.times.exit.wholeMilliseconds) ms: "
                    + "this process ends now", epoch: self.pulse.epoch, duration: silence))
    }
}
