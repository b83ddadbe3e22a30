/// One broker's time as master, as `lease.db` remembers it: when, how it ended, and for how long nobody served then.
///
/// Times are Unix milliseconds, each by the clock of the broker that wrote it.
package struct PastTerm: Hashable, Sendable {
    package enum Ending: String, Hashable, Sendable {
        /// Not ended, by the lease's word; whether that is true, the lease's age tells.
        case serves
        /// Elected, and not serving yet.
        case starting
        /// Stopped cleanly.
        case released
        /// Gave up for the reason it names.
        case steppedDown = "stepped_down"
        /// Killed or cut off: it could not say anything any more.
        case lost
    }

    package struct Successor: Hashable, Sendable {
        package let epoch: Epoch
        package let broker: String
        package let startedAtMilliseconds: Int64
    }

    package let epoch: Epoch
    package let broker: String
    package let host: String
    package let pid: Int64
    /// It took the lease; nil where only events are left to tell.
    package let electedAtMilliseconds: Int64?
    /// It began to serve; nil: it never did.
    package let startedAtMilliseconds: Int64?
    /// The last renewal that anybody saw.
    package let renewedAtMilliseconds: Int64?
    /// By its own account; nil: it could not say.
    package let endedAtMilliseconds: Int64?
    package let ending: Ending
    /// It served at least until then; nil while it serves, and where nothing tells.
    package let endedFromMilliseconds: Int64?
    /// And at most until then.
    package let endedUntilMilliseconds: Int64?
    /// The next that served.
    package let successor: Successor?
    /// Why it ended, in its own words.
    package let reason: String
    /// What the next master says it found.
    package let found: String

    /// Nobody served after this term for at least and at most so long: both the same where it told its end itself. The
    /// upper bound goes on growing until somebody serves. Nil where nothing is known, while the term lasts, and for one
    /// that never served. Negative: the successor served already, or the two hosts' clocks differ by that much.
    package func nobody(now wallMilliseconds: Int64) -> (atLeast: Duration?, atMost: Duration?) {
        guard self.startedAtMilliseconds != nil else { return (nil, nil) }
        let until = self.successor?.startedAtMilliseconds ?? wallMilliseconds
        return (
            self.endedUntilMilliseconds.map { .milliseconds(until &- $0) },
            self.endedFromMilliseconds.map { .milliseconds(until &- $0) }
        )
    }
}
