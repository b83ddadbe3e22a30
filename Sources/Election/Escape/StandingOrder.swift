import Logging

/// The operator's order, given at the start, to take over from stale locks: carried out by a standby on its elector's
/// thread, after the election has watched all along.
struct StandingOrder {
    let escape: StaleLockEscape
    let journal: EventJournal
    /// After which a take-over that was refused or failed is tried again.
    let pause: Duration

    /// - Parameter holder: its lease as the election saw it last.
    ///
    /// Returns when to try again, unless the holder moves before; nil: there is nothing left to be done.
    func carryOut(on holder: LeaseRow, silentFor silence: Duration) -> Duration? {
        do throws(EscapeRefusal) {
            let report = try self.escape.perform(self.escape.inspect(.done(silence: silence, of: holder)))
            // The history has it already, together with the new lease.
            self.journal.meter.count(report.event)
            var fields = report.event.metadata
            fields["kept"] = "\(report.kept.joined(separator: " "))"
            self.journal.say(report.event.level, report.event.text, fields)
            return nil
        } catch {
            self.journal.say(
                .warning, "no take-over in spite of the stale lock: \(error)", ["event": "lock.escape_refused"])
            return error == .locksAreFree ? nil : self.pause
        }
    }
}

extension ElectorCore {
    /// A take-over to be tried again.
    struct NextEscape {
        let holder: LeaseRow
        let silence: Duration
        let since: BootInstant
        let at: BootInstant
    }

    /// The lock was called stale.
    func escape(from holder: LeaseRow, silentFor silence: Duration, at now: BootInstant) {
        guard let order = self.parts.escape else { return }
        let pause = self.call("taking over from a stale lock") { order.carryOut(on: holder, silentFor: silence) }
        self.nextEscape = pause.map {
            NextEscape(holder: holder, silence: silence, since: now, at: now.advanced(by: $0))
        }
    }

    /// What was refused at first, because another record allows a longer silence or the disk was full, may go later. A
    /// lease that is the same as before proves the silence in between.
    func escapeAgain(at now: BootInstant) {
        guard let next = self.nextEscape, now >= next.at else { return }
        self.nextEscape = nil
        guard self.term == nil else { return }
        self.escape(from: next.holder, silentFor: next.silence + (now - next.since), at: now)
    }
}
