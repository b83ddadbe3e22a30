import Testing

@testable import Election

/// Elections on simulated shared directories that fail in every way we know: what DESIGN §1 and §5 promise must hold.
@Suite struct ElectionSimulationTests {
    @Test(arguments: Seeds.all)
    func noSeedBreaksAPromise(seed: UInt64) throws {
        let report = SimulatedWorld(try SimulationPlan(seed: seed)).run()
        #expect(report.violations.isEmpty, "Tests/run sim --seeds \(seed)..\(seed) --trace")
    }

    /// One fault after the other, each on file systems of two kinds.
    @Test(arguments: Array(FaultKind.allCases.enumerated()).map { ($0.offset, $0.element) })
    func oneKindOfFaultBreaksNoPromise(index: Int, fault: FaultKind) throws {
        let sites = SimulatedSite.Kind.allCases
        for site in [sites[index % sites.count], sites[(index * 3 + 5) % sites.count]] {
            let report = SimulatedWorld(try SimulationPlan(seed: 7, only: [fault], site: site)).run()
            #expect(report.violations.isEmpty, "Tests/run sim --seeds 7..7 --only \(fault) --site \(site) --trace")
            #expect(report.terms > 0 && report.confirmed > 20)
        }
    }

    @Test func withoutFaultsOneBrokerServesAllTheTime() throws {
        let report = SimulatedWorld(try SimulationPlan(seed: 3, only: [], site: .nfs4)).run()
        #expect(report.violations.isEmpty)
        #expect(report.terms == 1)
        #expect(report.events["master.stepped_down"] == nil)
    }

    @Test func aSeedGivesTheSameRunAgain() throws {
        var plan = try SimulationPlan(seed: 11)
        plan.isTraced = true
        let (first, second) = (SimulatedWorld(plan).run(), SimulatedWorld(plan).run())
        #expect(first.trace == second.trace)
        #expect(first.trace.count > 20)
    }

    /// What the judge is worth: with a gate that lets everything pass, false locks must cost messages.
    @Test func withoutTheGateThePromisesBreak() throws {
        var broken = 0
        for seed in UInt64(1)...15 where broken == 0 {
            var plan = try SimulationPlan(seed: seed, only: [.stop, .lockLost, .ambush], site: .nfs3)
            plan.hasGate = false
            if !SimulatedWorld(plan).run().violations.isEmpty { broken += 1 }
        }
        #expect(broken > 0)
    }
}

enum Seeds {
    /// Each of these has once broken a promise.
    static let regressions: [UInt64] = [
        3, 10, 31, 42, 59, 162, 189, 207, 232, 241, 335, 408, 430, 465, 480, 513, 572, 582, 645, 655, 660, 711, 837,
        892, 918, 933, 980, 1470, 1476, 1530, 1720, 1743, 1992, 2027, 2755, 2950, 3036, 3177, 3278, 3568, 4518,
        5540, 5697, 5915, 6268, 6570, 6685, 7070, 7188, 8276, 8746, 9323, 9425, 11798, 11812, 12213, 13290,
        13460, 13881, 14939, 15182, 15983, 16414, 16645, 16888, 17403, 17417, 18239, 20606, 20891, 25519,
        27269, 28015, 32377, 32535, 35790, 36094, 41332, 51696, 52113, 56827, 57119, 60367, 65940, 67901,
        71007, 84512, 87995, 91737, 93060,
    ]

    static func fresh(count: Int) -> [UInt64] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt64.random(in: 0...UInt64(Int64.max), using: &generator) }
    }

    static var all: [UInt64] { self.regressions + self.fresh(count: 25) }
}
