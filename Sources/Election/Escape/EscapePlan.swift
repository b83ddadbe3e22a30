/// Who is presumed dead, why, and what a take-over in spite of its locks would do. Shown to the operator before it is
/// carried out.
package struct EscapePlan: Sendable {
    package let directory: String
    /// What the take-over claims: nobody else can have it, so that of two at once one wins.
    package let epoch: Epoch
    /// Presumed dead; nil: whoever holds the locks left neither lease nor beat.
    package let holder: LeaseRow?
    package let life: ProcessLife
    /// How long nothing of it moved while somebody watched.
    package let silence: Duration
    package let fileSystem: FileSystemVerdict.Kind
    /// Kinds of lock that were refused.
    package let refusedLocks: [String]
    /// Processes of this host that hold one of the locks, by the kernel's table; it knows none of other hosts.
    package let processesHere: [Int32]
    /// As it was last seen; must be the same when the plan is carried out.
    let trace: HolderTrace

    package var party: EscapeParty? { self.holder.map(EscapeParty.init) }

    /// In words, for the dialogue, the log and the history.
    package var reasons: [String] {
        var reasons = [
            "the \(self.refusedLocks.joined(separator: " and ")) lock is held, on \(self.fileSystem.rawValue)",
            "nothing of the holder moved for \(self.silence.wholeMilliseconds) ms while it was watched; the longest that "
                + "any record allows is \(self.trace.longestSilence.wholeMilliseconds) ms",
        ]
        if let holder = self.holder {
            let renewed = WallTime.readable(holder.renewedAtMilliseconds)
            reasons.append("its lease was last renewed at \(renewed) UTC by its own clock")
            reasons.append("its process is \(self.life == .gone ? "gone" : self.life.rawValue)")
        } else {
            reasons.append("whoever holds the lock left neither lease nor beat")
        }
        if !self.processesHere.isEmpty {
            let list = self.processesHere.map { String($0) }.joined(separator: ", ")
            reasons.append("on this host the lock is held by process \(list): ending that would free it too")
        }
        return reasons
    }

    /// In words.
    package var steps: [String] {
        let epoch = self.epoch
        return [
            "claim epoch \(epoch)",
            "ask for the store to be copied to new inodes before it is opened: the old files stay as "
                + "broker.db.stale-...",
            "put a copy in place of lease.db; the old one stays as lease.db.stale-\(epoch)",
            "put new files in place of \(LockFiles.flockName) and \(LockFiles.posixName); the old ones stay as "
                + "*.stale-\(epoch), with the locks on them",
        ]
    }
}

/// What a take-over did.
package struct EscapeReport: Hashable, Sendable {
    package let epoch: Epoch
    /// Names that the old files have now; they stay until the operator removes them.
    package let kept: [String]
    /// For the log. The history of `lease.db` has it already.
    package let event: ElectionEvent
}

/// What is no refusal. The defaults are right for everybody but tests and sites with other NFS servers.
package struct EscapeRules: Sendable {
    /// Go on although the holder's process is on this host: for tests, in which every host is this one.
    var mayBeProcessHere = false
    /// How long an NFSv4 server keeps the locks of a client that is silent; Linux servers do for 90 s.
    package var serverLease = Duration.seconds(90)
    /// A holder of which there is no record may be silent for so long.
    package var shortestSilence = ElectionTimes.standard.takeOver

    package init() {}

    /// How long a holder must have been silent before it is presumed dead.
    func neededSilence(_ trace: HolderTrace, on kind: FileSystemVerdict.Kind) -> Duration {
        let silence = trace.holder == nil ? max(trace.longestSilence, self.shortestSilence) : trace.longestSilence
        return kind == .nfs4 ? max(silence, self.serverLease * 2) : silence
    }
}
