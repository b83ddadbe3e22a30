/// Time of the simulation, and spans of it, in nanoseconds since its start.
typealias Nanoseconds = Int64

extension Nanoseconds {
    static let microsecond: Nanoseconds = 1000
    static let millisecond: Nanoseconds = 1_000_000
    static let second: Nanoseconds = 1_000_000_000
}

/// All chance of a simulation: the same seed gives the same run (SplitMix64).
struct SimulatedChance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        // Mixed, or neighbouring seeds would give one sequence shifted by a step.
        self.state = seed
        self.state = self.next()
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// 0 to `bound` - 1.
    mutating func below(_ bound: Int) -> Int { Int(self.next() % UInt64(Swift.max(bound, 1))) }

    mutating func happens(_ percent: Int) -> Bool { self.below(100) < percent }

    mutating func span(_ shortest: Nanoseconds, _ longest: Nanoseconds) -> Nanoseconds {
        shortest + Nanoseconds(self.next() % UInt64(Swift.max(1, longest - shortest)))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.below(elements.count)] }
}
