import Logging

extension StaleLockEscape {
    /// Carries the plan out. Afterwards a standby is granted the new locks with its next try, copies the store, and
    /// serves; where none runs, whoever is started next.
    ///
    /// - Throws: ``EscapeRefusal``; then the locks are as they were, or both can be had, or the take-over has to be run
    ///   again: nothing is lost in any case.
    package func perform(_ plan: EscapePlan) throws(EscapeRefusal) -> EscapeReport {
        try self.lookAgain(plan)
        try self.claim(plan)
        let epoch = plan.epoch
        try EscapeRefusal.files { () throws(SystemFailure) in
            try self.beforeChange()
            try StoreRelocation(directory: self.directory).request(epoch, line: self.line(epoch))
        }
        let event = self.event(plan)
        let lease = LeaseCopy(
            directory: self.directory, epoch: epoch, broker: self.broker, clock: self.clock,
            beforeChange: self.beforeChange)
        var kept = try EscapeRefusal.lease { () throws(LeaseError) in
            try lease.make(noting: HistoryEntry(event, by: self.broker))
        }
        let generation = LockGeneration(directory: self.directory, epoch: epoch, beforeChange: self.beforeChange)
        try EscapeRefusal.files { () throws(SystemFailure) in try generation.dropProbes() }
        for name in [LockFiles.flockName, LockFiles.posixName] {
            let old = try generation.replace(name, line: self.line(epoch)) { () throws(EscapeRefusal) in
                try self.refuseIfOvertaken(epoch)
            }
            if let old { kept.append(old) }
        }
        return EscapeReport(epoch: epoch, kept: kept, event: event)
    }

    /// The plan may have waited for the operator's answer.
    private func lookAgain(_ plan: EscapePlan) throws(EscapeRefusal) {
        let verdict = try EscapeRefusal.files { () throws(SystemFailure) in
            try self.lookAtFileSystem(self.directory)
        }
        var locks = try self.openLocks(verdict)
        _ = try self.refusedLocks(&locks)
        let trace = try HolderTrace.look(in: self.directory)
        if let party = trace.moved(since: plan.trace) { throw .moves(party) }
    }

    private func claim(_ plan: EscapePlan) throws(EscapeRefusal) {
        // Old epoch files are removed after a while: one that is missing says nothing where there are later ones.
        try self.refuseIfOvertaken(plan.epoch)
        let claim = try EscapeRefusal.files { () throws(SystemFailure) in
            try self.beforeChange()
            return try EpochFiles(directory: self.directory).claim(plan.epoch, line: self.line(plan.epoch))
        }
        guard claim == .claimed else { throw .raced(plan.epoch) }
        try self.refuseIfOvertaken(plan.epoch)
    }

    private func refuseIfOvertaken(_ epoch: Epoch) throws(EscapeRefusal) {
        let highest = try self.highestEpoch()
        guard highest <= epoch else { throw .raced(highest) }
    }

    /// Its first byte is the same as in every holder's line, see ``LockFiles``.
    private func line(_ epoch: Epoch) -> String {
        "broker=\(self.broker.name) host=\(PercentCoding.encode(self.broker.host)) pid=\(self.broker.process.pid) "
            + "epoch=\(epoch) instance=\(self.broker.instance) "
            + "boot_id=\(PercentCoding.encode(self.broker.process.bootID)) by=take-over"
    }

    private func event(_ plan: EscapePlan) -> ElectionEvent {
        let presumed = plan.party?.description ?? "a holder that left no trace"
        var event = ElectionEvent(
            .lockEscaped, .warning,
            "taking over by the operator's choice in spite of a held lock: \(presumed) is presumed dead",
            epoch: plan.epoch, other: plan.holder, duration: plan.silence,
            remedy: "should it wake, it steps down by itself; the old files *.stale-* may be removed once its host is "
                + "known to be down or restarted",
            details: [
                ("file_system", plan.fileSystem.rawValue), ("refused", plan.refusedLocks.joined(separator: ",")),
                ("process", plan.life.rawValue),
            ])
        event.happenedAtMilliseconds = self.clock.wallMilliseconds()
        return event
    }
}
