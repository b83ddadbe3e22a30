/// What a broker that is refused the lock saw in one look at the holder's traces.
package struct HolderSighting: Hashable, Sendable {
    /// Who holds the lock, by the lease, or by its beat where the lease cannot be read; nil: not known.
    package var holder: LeaseRow?
    /// The counters of lease and beat; nil for the one that could not be read this time.
    package var leaseCounter: Int64?
    package var beatCounter: Int64?
    package var life: ProcessLife

    package init(holder: LeaseRow?, leaseCounter: Int64?, beatCounter: Int64?, life: ProcessLife) {
        self.holder = holder
        self.leaseCounter = leaseCounter
        self.beatCounter = beatCounter
        self.life = life
    }
}

/// Times the absence of movement in the holder's traces by this broker's own clock.
///
/// Clocks of two hosts are never compared. Time in which this broker did not look (it was stopped itself) does not
/// count as the holder's silence.
struct HolderWatch: Sendable {
    /// What a look means, told once for each change.
    enum Verdict: Hashable, Sendable {
        case nothingNew
        /// Refused by a holder not yet named; nil: the lease names none.
        case refused(by: LeaseRow?)
        /// The lock is held, the beats stopped, and the holder's process lives.
        case hung(LeaseRow, silentFor: Duration, life: ProcessLife)
        /// The lock is held although the holder is gone, or nothing can be said about it.
        case stale(LeaseRow, silentFor: Duration, life: ProcessLife)
        /// The holder is silent for longer than it would serve, and the NFSv4 server frees its lock within the time.
        /// Told again from time to time.
        case waiting(LeaseRow, silentFor: Duration, atMost: Duration)
        /// The holder moves again after it had been called hung or stale.
        case moving(LeaseRow)
    }

    private enum Told: Equatable {
        case nothing
        case refused
        case waiting(Duration)
        case silent(isVisible: Bool)
    }

    private struct Trace {
        let epoch: Epoch
        let instance: InstanceID
        let leaseCounter: Int64?
        let beatCounter: Int64?
    }

    /// A countdown is told again after this long.
    private static let countdownStep = Duration.seconds(10)

    private static let looksThatProveAnEnd = 2

    private let times: ElectionTimes
    private let serverLease: Duration?
    private var trace: Trace?
    private var lastLook: BootInstant?
    private(set) var quiet = Duration.zero
    private var told = Told.nothing
    private var looksAfterEnd = 0

    /// - Parameter serverLease: after which an NFSv4 server frees the locks of a client that is gone.
    init(times: ElectionTimes, serverLease: Duration? = nil) {
        self.times = times
        self.serverLease = serverLease
    }

    mutating func see(_ sighting: HolderSighting, at now: BootInstant) -> Verdict {
        self.quiet += self.times.silence(from: self.lastLook, to: now)
        self.lastLook = now
        guard let row = sighting.holder else {
            guard self.told == .nothing else { return .nothingNew }
            self.told = .refused
            return .refused(by: nil)
        }
        return self.judge(row, sighting)
    }

    private mutating func judge(_ row: LeaseRow, _ sighting: HolderSighting) -> Verdict {
        let before = self.trace
        let isSame = before?.epoch == row.epoch && before?.instance == row.holder.instance
        // What cannot be read has not moved, but what can be read again is no movement by itself either.
        let seen = Trace(
            epoch: row.epoch, instance: row.holder.instance,
            leaseCounter: sighting.leaseCounter ?? (isSame ? before?.leaseCounter : nil),
            beatCounter: sighting.beatCounter ?? (isSame ? before?.beatCounter : nil))
        self.trace = seen
        guard isSame else {
            self.quiet = .zero
            self.looksAfterEnd = 0
            self.told = .refused
            return .refused(by: row)
        }
        let hasMoved =
            Self.differ(before?.leaseCounter, seen.leaseCounter) || Self.differ(before?.beatCounter, seen.beatCounter)
        guard !hasMoved else { return self.moved(row) }
        return self.silence(of: row, life: sighting.life)
    }

    private mutating func moved(_ row: LeaseRow) -> Verdict {
        self.quiet = .zero
        self.looksAfterEnd = 0
        switch self.told {
        case .silent, .waiting:
            self.told = .refused
            return .moving(row)
        case .nothing, .refused: return .nothingNew
        }
    }

    private mutating func silence(of row: LeaseRow, life: ProcessLife) -> Verdict {
        let isVisible = life == .running || life == .stopped
        if let lease = self.serverLease, !isVisible, self.quiet < lease * 2 {
            guard self.quiet >= row.times.exit else { return .nothingNew }
            if case .waiting(let at) = self.told, self.quiet - at < Self.countdownStep { return .nothingNew }
            self.told = .waiting(self.quiet)
            return .waiting(row, silentFor: self.quiet, atMost: lease * 2 - self.quiet)
        }
        // One that was stopped and runs again will move, or not, and then it is hung as before.
        guard self.quiet >= self.times.patience(with: row.times), self.told != .silent(isVisible: isVisible) else {
            return .nothingNew
        }
        // Of a process that has just ended the lock is free, as the next try will show.
        if life == .gone, self.looksAfterEnd < Self.looksThatProveAnEnd {
            self.looksAfterEnd += 1
            return .nothingNew
        }
        self.told = .silent(isVisible: isVisible)
        return isVisible
            ? .hung(row, silentFor: self.quiet, life: life) : .stale(row, silentFor: self.quiet, life: life)
    }

    private static func differ(_ before: Int64?, _ now: Int64?) -> Bool {
        guard let before, let now else { return false }
        return before != now
    }
}
