/// Taking over in spite of a lock that is held for a broker presumed dead: only by the operator's choice.
///
/// ``inspect(_:)`` looks, watches, and refuses wherever there is a better way or a sign of life. ``perform(_:)`` then
/// makes a new generation of the locks, in steps that can be broken off anywhere:
///
///     claim the next epoch         exclusively: of two take-overs at once one goes on
///     ask for the store's move     `relocate.E`: whoever is master next copies the store to new inodes first
///     replace lease.db             by a copy: the dead host's locks cover the old inode
///     remove the probe files       which the next master makes anew
///     replace lock.flock, then lock.posix
///
/// The lease comes before the locks, for as soon as both lock files are new a standby may take it. Broken off before
/// that, nobody is master, and the take-over is run again, under the next epoch. The broker presumed dead, should it
/// wake, finds its lock files replaced with the beat that its gate waits for.
package struct StaleLockEscape: Sendable {
    package enum Watching {
        /// Look on for as long as is needed, and say how it goes.
        case now((Progress) -> Void)
        /// The caller has watched all along: the holder was silent for so long, and this is its lease as it was seen
        /// last; nil: there was nothing to be seen of it.
        case done(silence: Duration, of: LeaseRow?)
    }

    package struct Progress: Sendable {
        package let party: EscapeParty?
        package let silence: Duration
        package let needed: Duration
    }

    let directory: String
    let broker: BrokerIdentity
    let rules: EscapeRules
    let clock: any ElectionClock
    var lookAtFileSystem: @Sendable (String) throws(SystemFailure) -> FileSystemVerdict = {
        (path) throws(SystemFailure) in try FileSystemVerdict.of(path)
    }
    /// Runs before each call that changes something: where a test ends it all.
    var beforeChange: @Sendable () throws(SystemFailure) -> Void = {}

    /// - Parameter broker: who takes over: a standby, or the operator's command under a name of its own.
    package init(directory: String, broker: BrokerIdentity, rules: EscapeRules = EscapeRules()) {
        self.init(directory: directory, broker: broker, rules: rules, clock: SystemElectionClock())
    }

    init(directory: String, broker: BrokerIdentity, rules: EscapeRules, clock: any ElectionClock) {
        self.directory = directory
        self.broker = broker
        self.rules = rules
        self.clock = clock
    }

    // MARK: Looking

    /// Finds out who is to be presumed dead. Writes nothing but lock files that are missing.
    ///
    /// Blocks its thread while it watches. It may be called by a standby from its elector's thread, with
    /// ``Watching/done(silence:of:)``.
    package func inspect(_ watching: Watching) throws(EscapeRefusal) -> EscapePlan {
        let verdict = try EscapeRefusal.files { () throws(SystemFailure) in
            try self.lookAtFileSystem(self.directory)
        }
        let highest = try self.highestEpoch()
        var locks = try self.openLocks(verdict)
        let refused = try self.refusedLocks(&locks)
        let trace = try HolderTrace.look(in: self.directory)
        guard let epoch = max(highest, trace.highestEpoch).next else { throw .epochsExhausted }
        let life = try self.lifeElsewhere(of: trace.holder)
        if case .ocfs2 = verdict.kind { try self.refuseClusterLock(refused, verdict.kind, trace) }
        if case .gfs2 = verdict.kind { try self.refuseClusterLock(refused, verdict.kind, trace) }
        let watched: (trace: HolderTrace, silence: Duration)
        switch watching {
        case .now(let progress): watched = try self.watch(trace, &locks, verdict, progress)
        case .done(let silence, let row):
            if let row, let party = trace.moved(since: row) { throw .moves(party) }
            try self.refuseIfTooShort(silence, trace, verdict.kind)
            watched = (trace, silence)
        }
        return EscapePlan(
            directory: self.directory, epoch: epoch, holder: watched.trace.holder, life: life,
            silence: watched.silence, fileSystem: verdict.kind, refusedLocks: refused,
            processesHere: LocalLockHolders.of(self.lockPaths), trace: watched.trace)
    }

    private var lockPaths: [String] {
        [LockFiles.flockName, LockFiles.posixName].map { "\(self.directory)/\($0)" }
    }

    func highestEpoch() throws(EscapeRefusal) -> Epoch {
        try EscapeRefusal.files { () throws(SystemFailure) in try EpochFiles(directory: self.directory).highest() }
    }

    /// Where there are none yet, nobody has ever tried to be master.
    func openLocks(_ verdict: FileSystemVerdict) throws(EscapeRefusal) -> LockFiles {
        let isUsed = try EscapeRefusal.files { () throws(SystemFailure) in
            for path in self.lockPaths where try FileIdentity.onStorage(path) != nil { return true }
            return false
        }
        guard isUsed else { throw .neverUsed(directory: self.directory) }
        return try EscapeRefusal.files { () throws(SystemFailure) in
            try LockFiles(directory: self.directory, mustReachServer: verdict.isNetwork)
        }
    }

    /// Tries both, and gives back what is granted. Returns the kinds that are not to be had.
    func refusedLocks(_ locks: inout LockFiles) throws(EscapeRefusal) -> [String] {
        let attempt = locks.attempt(everyKind: true)
        locks.release()
        var refused: [String] = []
        for (name, answer) in [("flock", attempt.flock), ("fcntl", attempt.posix)] {
            switch answer {
            case .refused: refused.append(name)
            case .failed(let failure): throw .failed(failure)
            case .granted, .notTried: break
            }
        }
        guard !refused.isEmpty else { throw .locksAreFree }
        return refused
    }

    private func refuseClusterLock(
        _ refused: [String], _ kind: FileSystemVerdict.Kind, _ trace: HolderTrace
    ) throws(EscapeRefusal) {
        guard refused.contains("flock") else { throw .heldOnThisHost }
        throw .clusterSaysAlive(fileSystem: kind.rawValue, trace.holder.map(EscapeParty.init))
    }

    private func lifeElsewhere(of holder: LeaseRow?) throws(EscapeRefusal) -> ProcessLife {
        guard let holder else { return .notVisible }
        let life = holder.holder.process.look(from: self.broker.process)
        switch life {
        case .running, .stopped:
            guard self.rules.mayBeProcessHere else { throw .processRunsHere(EscapeParty(holder), life) }
        case .gone, .notVisible: break
        }
        return life
    }

    // MARK: Watching

    private func refuseIfTooShort(
        _ silence: Duration, _ trace: HolderTrace, _ kind: FileSystemVerdict.Kind
    ) throws(EscapeRefusal) {
        let needed = self.rules.neededSilence(trace, on: kind)
        guard silence < needed else { return }
        if kind == .nfs4, silence >= trace.longestSilence { throw .serverLease(remaining: needed - silence) }
        throw .notSilentLongEnough(watched: silence, needed: needed)
    }

    private func watch(
        _ first: HolderTrace, _ locks: inout LockFiles, _ verdict: FileSystemVerdict,
        _ progress: (Progress) -> Void
    ) throws(EscapeRefusal) -> (trace: HolderTrace, silence: Duration) {
        let pause = try EscapeRefusal.files { () throws(SystemFailure) in try Signal() }
        var watch = SilenceWatch(from: first, period: verdict.pollInterval, at: self.clock.now())
        while true {
            let needed = self.rules.neededSilence(watch.trace, on: verdict.kind)
            progress(
                Progress(
                    party: watch.trace.holder.map(EscapeParty.init), silence: watch.quiet, needed: needed))
            guard watch.quiet < needed else { return (watch.trace, watch.quiet) }
            pause.await(atMost: min(verdict.pollInterval, needed - watch.quiet))
            _ = try self.refusedLocks(&locks)
            _ = try self.lifeElsewhere(of: watch.trace.holder)
            try watch.see(HolderTrace.look(in: self.directory), at: self.clock.now())
        }
    }
}
