import Glibc

/// Runs the simulation for a range of seeds: `election-sim FIRST..LAST [--trace] [--only FAULT,FAULT] [--site KIND]`.
///
/// Prints a line for each seed that broke a promise, and a summary. Ends with status 1 if any did.
struct Options {
    var first: UInt64 = 1
    var last: UInt64 = 100
    var isTraced = false
    var only: [FaultKind]?
    var site: SimulatedSite.Kind?

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--trace": self.isTraced = true
            case "--only":
                guard let list = rest.popFirst() else { return nil }
                self.only = list.split(separator: ",").compactMap { FaultKind(rawValue: String($0)) }
            case "--site":
                guard let name = rest.popFirst(), let site = SimulatedSite.Kind(rawValue: name) else { return nil }
                self.site = site
            case "--seeds":
                guard let range = rest.popFirst() else { return nil }
                let ends = range.split(separator: ".").compactMap { UInt64($0) }
                guard let first = ends.first, let last = ends.last else { return nil }
                (self.first, self.last) = (first, last)
            default: return nil
            }
        }
    }
}

func run(_ options: Options) throws -> Int32 {
    var total = (runs: 0, terms: 0, confirmed: 0, late: 0, broken: 0)
    var events: [String: Int] = [:]
    var promises: [String: Int] = [:]
    for seed in options.first...options.last {
        var plan = try SimulationPlan(seed: seed, only: options.only, site: options.site)
        plan.isTraced = options.isTraced
        let report = SimulatedWorld(plan).run()
        total.runs += 1
        total.terms += report.terms
        total.confirmed += report.confirmed
        total.late += report.lateWrites
        events.merge(report.events) { $0 + $1 }
        for line in report.trace { print(line) }
        if !report.violations.isEmpty {
            total.broken += 1
            print(report.summary)
            for violation in report.violations { promises[String(violation.prefix { $0 != ":" }), default: 0] += 1 }
        }
    }
    print(
        "\(total.runs) runs, \(total.broken) broke a promise; \(total.terms) terms, \(total.confirmed) confirmed, "
            + "\(total.late) late writes within the limit of DESIGN 5.4")
    for (name, count) in promises.sorted(by: { $0.key < $1.key }) { print("  broken \(count) times: \(name)") }
    print(events.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
    return total.broken == 0 ? 0 : 1
}

if let options = Options(Array(CommandLine.arguments.dropFirst())) {
    Glibc.exit(try run(options))
} else {
    print("usage: election-sim --seeds FIRST..LAST [--trace] [--only FAULT,...] [--site KIND]")
    Glibc.exit(64)
}
