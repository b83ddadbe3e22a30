/// What a broker that is refused the lock saw in one look at the holder's traces.
package struct HolderSighting: Hashable, Sendable {
    package var lease: LeaseSighting
    /// The counter of the holder's own beat file, where it could be read.
    package var beatCounter: Int64?
    package var life: ProcessLife

    package init(lease: LeaseSighting, beatCounter: Int64?, life: ProcessLife) {
        self.lease = lease
        self.beatCounter = beatCounter
        self.life = life
    }
}

/// Times the absence of movement in the holder's traces by this broker's own clock.
///
/// Clocks of two hosts are never compared. Time in which this broker did not look (it was stopped itself) does not
/// count as the holder's silence.
struct HolderWatch {
    /// What a look means, told once for each change.
    enum Verdict: Hashable, Sendable {
        case nothingNew
        /// Refused by a holder not yet named; nil: the lease names none.
        case refused(by: LeaseRow?)
        /// The lock is held, the beats stopped, and the holder's process lives.
        case hung(LeaseRow, silentFor: Duration, life: ProcessLife)
        /// The lock is held although the holder is gone, or nothing can be said about it.
        case stale(LeaseRow, silentFor: Duration, life: ProcessLife)
        /// The holder moves again after it had been called hung or stale.
        case moving(LeaseRow)
    }

    private enum Told: Equatable {
        case nothing
        case refused
        case silent(ProcessLife)
    }

    private struct Trace: Equatable {
        let epoch: Epoch
        let instance: InstanceID
        let leaseCounter: Int64
        let beatCounter: Int64?
    }

    private let patience: Duration
    /// A longer gap between two looks is our own absence.
    private let longestGap: Duration
    private var trace: Trace?
    private var lastLook: BootInstant?
    private var quiet = Duration.zero
    private var told = Told.nothing

    init(times: ElectionTimes) {
        self.patience = times.takeOver
        self.longestGap = times.beat * 3
    }

    mutating func see(_ sighting: HolderSighting, at now: BootInstant) -> Verdict {
        let gap = self.lastLook.map { min(now - $0, self.longestGap) } ?? .zero
        self.lastLook = now
        self.quiet += gap
        guard case .row(let row) = sighting.lease else {
            // A look that failed says nothing about movement, and without a row there is nobody to name.
            if case .unclear = sighting.lease { return .nothingNew }
            guard self.told == .nothing else { return .nothingNew }
            self.told = .refused
            return .refused(by: nil)
        }
        return self.judge(row, sighting)
    }

    private mutating func judge(_ row: LeaseRow, _ sighting: HolderSighting) -> Verdict {
        let seen = Trace(
            epoch: row.epoch, instance: row.holder.instance, leaseCounter: row.counter,
            beatCounter: sighting.beatCounter ?? self.trace?.beatCounter)
        let before = self.trace
        self.trace = seen
        if seen != before {
            self.quiet = .zero
            let sameHolder = before?.epoch == seen.epoch && before?.instance == seen.instance
            if sameHolder, case .silent = self.told {
                self.told = .refused
                return .moving(row)
            }
            guard !sameHolder || self.told == .nothing else { return .nothingNew }
            self.told = .refused
            return .refused(by: row)
        }
        guard self.quiet >= max(self.patience, row.times.takeOver), self.told != .silent(sighting.life) else {
            return .nothingNew
        }
        self.told = .silent(sighting.life)
        switch sighting.life {
        case .running, .stopped: return .hung(row, silentFor: self.quiet, life: sighting.life)
        case .gone, .notVisible: return .stale(row, silentFor: self.quiet, life: sighting.life)
        }
    }
}
