/// The times of the election (DESIGN 5.3). Counted from the start of the last good beat.
package struct ElectionTimes: Hashable, Sendable {
    /// I: period of beats and lease renewals.
    package var beat: Duration
    /// A master whose last good beat is this old says so in the log.
    package var warn: Duration
    /// D: a master whose last good beat is this old confirms nothing more and steps down.
    package var stepDown: Duration
    /// X: the process of a master whose last good beat is this old ends, whatever its file calls do.
    package var exit: Duration
    /// W: only after this long without movement is a holder called hung or stale, or taken over from.
    package var takeOver: Duration

    /// The times of DESIGN 5.3: a storage network that stalls for seconds must not cause a fail-over.
    package static let standard = ElectionTimes(
        beat: .milliseconds(500), warn: .seconds(2), stepDown: .seconds(5), exit: .seconds(8), takeOver: .seconds(12))

    package init(beat: Duration, warn: Duration, stepDown: Duration, exit: Duration, takeOver: Duration) {
        self.beat = beat
        self.warn = warn
        self.stepDown = stepDown
        self.exit = exit
        self.takeOver = takeOver
    }

    /// How much of the time between two looks at others counts as their silence: a longer gap is the looker's own absence.
    func silence(from last: BootInstant?, to now: BootInstant) -> Duration {
        last.map { min(max(.zero, now - $0), max(self.beat * 3, .seconds(1))) } ?? .zero
    }

    /// For how long a broker of the other times may be silent before one of these takes over from it.
    func patience(with other: ElectionTimes) -> Duration { max(self.takeOver, other.takeOver) }

    /// The inequality with these numbers, as error messages show it.
    package var inequality: String {
        "3 x beat (\((self.beat * 3).wholeMilliseconds) ms) < warn (\(self.warn.wholeMilliseconds) ms) < "
            + "step-down (\(self.stepDown.wholeMilliseconds) ms) < exit (\(self.exit.wholeMilliseconds) ms) < "
            + "take-over (\(self.takeOver.wholeMilliseconds) ms)"
    }
}

/// What a standby does about a lock that is held for a broker presumed dead.
package enum StaleLockPolicy: String, Hashable, Sendable, CaseIterable {
    /// Names it, and waits for the operator.
    case report
    /// Takes over, see ``StaleLockEscape``.
    case takeover
}

/// What the operator may set about the election, proved to be consistent.
package struct ElectionSettings: Sendable {
    /// Shares of a second by which two hosts' clocks may run apart in one second.
    package static let clockDriftPercent = 1
    /// No time may be longer.
    package static let longest = Duration.seconds(24 * 3600)

    package let times: ElectionTimes
    /// A master that has not opened its store and its connectors within this time gives the locks back.
    package let servingLimit: Duration
    /// After which an NFSv4 server frees the locks of a client that it hears nothing of: 90 s is the Linux default.
    package let serverLease: Duration
    package let staleLockPolicy: StaleLockPolicy
    /// Status of a process that ends itself at the hard limit: EX_TEMPFAIL, so that a supervisor starts it again.
    package let exitStatus: Int32

    /// - Throws: ``ElectionSettingsError`` for times with which a deposed master could overlap its successor.
    package init(
        times: ElectionTimes = .standard, servingLimit: Duration = .seconds(60),
        serverLease: Duration = .seconds(90), staleLockPolicy: StaleLockPolicy = .report, exitStatus: Int32 = 75
    ) throws(ElectionSettingsError) {
        guard times.beat >= .milliseconds(10) else { throw .beatTooShort(times.beat) }
        for time in [times.beat, times.warn, times.stepDown, times.exit, times.takeOver] {
            guard time <= Self.longest else { throw .tooLong(time) }
        }
        let slow = 100 + Self.clockDriftPercent
        let fast = 100 - Self.clockDriftPercent
        let ordered =
            times.beat * 3 * slow < times.warn * 100 && times.warn * slow < times.stepDown * 100
            && times.stepDown * slow < times.exit * 100 && times.exit * slow < times.takeOver * fast
        guard ordered else { throw .notOrdered(times) }
        guard servingLimit > times.beat else { throw .servingLimitTooShort(servingLimit, beat: times.beat) }
        self.times = times
        guard serverLease >= .seconds(1), serverLease <= Self.longest else { throw .serverLease(serverLease) }
        self.servingLimit = servingLimit
        self.serverLease = serverLease
        self.staleLockPolicy = staleLockPolicy
        self.exitStatus = exitStatus
    }
}

/// Settings that are refused at start.
package enum ElectionSettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    case beatTooShort(Duration)
    case tooLong(Duration)
    case notOrdered(ElectionTimes)
    case servingLimitTooShort(Duration, beat: Duration)
    case serverLease(Duration)

    package var description: String {
        switch self {
        case .beatTooShort(let beat):
            "the beat of \(beat.wholeMilliseconds) ms is too short: at least 10 ms"
        case .tooLong(let time):
            "an election time of \(time.wholeMilliseconds) ms is too long: at most "
                + "\(ElectionSettings.longest.wholeMilliseconds) ms"
        case .notOrdered(let times):
            "these election times are unsafe; with \(ElectionSettings.clockDriftPercent) % of clock drift it must hold "
                + "that 3 x beat < warn < step-down < exit < take-over, but they are: \(times.inequality)"
        case .servingLimitTooShort(let limit, let beat):
            "the serving limit of \(limit.wholeMilliseconds) ms must be longer than the beat of "
                + "\(beat.wholeMilliseconds) ms"
        case .serverLease(let lease):
            "an NFSv4 server's lease of \(lease.wholeMilliseconds) ms is not between one second and a day"
        }
    }
}
