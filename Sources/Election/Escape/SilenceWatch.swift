/// Counts how long nobody moved, by this host's own clock: clocks of two hosts are never compared.
///
/// Time in which this process did not look, because it was stopped or a call hung, does not count as anybody's silence.
struct SilenceWatch {
    private let longestGap: Duration
    private var known: HolderTrace
    private var lastLook: BootInstant
    private(set) var quiet = Duration.zero

    init(from trace: HolderTrace, period: Duration, at now: BootInstant) {
        self.known = trace
        self.longestGap = max(period * 4, .seconds(1))
        self.lastLook = now
    }

    var trace: HolderTrace { self.known }

    /// - Throws: ``EscapeRefusal/moves(_:)``
    mutating func see(_ trace: HolderTrace, at now: BootInstant) throws(EscapeRefusal) {
        if let party = trace.moved(since: self.known) { throw .moves(party) }
        if trace.isComplete { self.quiet += min(now - self.lastLook, self.longestGap) }
        self.lastLook = now
        self.known = trace.completed(by: self.known)
    }
}
