@testable import Election

/// A host: its clocks, its boot, its connection to the storage, and what it has cached of it.
///
/// Its clock is the simulation's, run at its own rate from its own start.
final class SimulatedHost {
    /// How a host sees what other hosts wrote.
    enum Freshness {
        case live
        /// With this delay, and from that moment on: what was seen once is not unseen.
        case behind(Nanoseconds, since: Nanoseconds)
        /// As it was at that moment.
        case frozen(Nanoseconds)
    }

    let number: Int
    var name: String { "host-\(self.number)" }
    private let rate: Double
    private var clockStart: Nanoseconds
    private var bootedAt: Nanoseconds = 0
    private var wallOffset: Nanoseconds
    private(set) var boots = 1
    private(set) var isUp = true
    /// The storage cannot be reached: every call hangs.
    var isCutOff = false
    /// Every call takes up to this long.
    var slowness: Nanoseconds = 0
    var beatsSeen = Freshness.live
    var leaseSeen = Freshness.live
    var listingsSeen = Freshness.live
    var isLeaseUnclear = false
    /// When something of all this last was out of order.
    var disturbedAt: Nanoseconds = 0

    init(number: Int, chance: inout SimulatedChance) {
        self.number = number
        // Up to one per cent fast or slow.
        self.rate = 1 + Double(chance.below(20_001) - 10_000) / 1_000_000
        self.clockStart = chance.span(.second, 1_000_000 * .second)
        self.wallOffset = chance.span(-3600 * .second, 3600 * .second)
    }

    var bootID: String { "boot-\(self.number)-\(self.boots)" }

    func clock(at now: Nanoseconds) -> BootInstant {
        BootInstant(nanoseconds: self.clockStart + Nanoseconds(Double(now - self.bootedAt) * self.rate))
    }

    func wallMilliseconds(at now: Nanoseconds) -> Int64 {
        1_770_000_000_000 + (now + self.wallOffset) / .millisecond
    }

    /// The span of the simulation in which this host's clock advances by so much.
    func span(of duration: Duration) -> Nanoseconds {
        Nanoseconds(Double(duration.wholeNanoseconds) / self.rate) + .microsecond
    }

    func jumpWall(by span: Nanoseconds) { self.wallOffset += span }

    func goDown() { self.isUp = false }

    func boot(at now: Nanoseconds) {
        self.isUp = true
        self.boots += 1
        self.bootedAt = now
        self.clockStart = 10 * .second
    }

    /// The moment of which this host sees what others wrote.
    func horizon(_ freshness: Freshness, at now: Nanoseconds) -> Nanoseconds {
        switch freshness {
        case .live: now
        case .behind(let delay, let since): Swift.max(since, now - delay)
        case .frozen(let moment): moment
        }
    }
}

/// The clocks of a host, as a process there reads them.
final class SimulatedClock: ElectionClock, @unchecked Sendable {
    // Unchecked: one thread runs a whole simulation.
    private let world: SimulatedWorld
    private let host: SimulatedHost

    init(_ world: SimulatedWorld, _ host: SimulatedHost) {
        self.world = world
        self.host = host
    }

    func now() -> BootInstant { self.host.clock(at: self.world.now) }
    func wallMilliseconds() -> Int64 { self.host.wallMilliseconds(at: self.world.now) }
}
