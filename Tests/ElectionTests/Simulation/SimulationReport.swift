/// What a run showed.
struct SimulationReport {
    let seed: UInt64
    /// Broken promises, as text for people.
    var violations: [String] = []
    /// Writes of a former master that landed in its successor's store within the limit that DESIGN 5.4 states.
    var lateWrites = 0
    var terms = 0
    var confirmed = 0
    var events: [String: Int] = [:]
    /// What happened when; kept only where asked for.
    var trace: [String] = []

    init(seed: UInt64) { self.seed = seed }

    var summary: String {
        "seed \(self.seed): " + (self.violations.isEmpty ? "holds" : self.violations.joined(separator: "\n    "))
    }
}
