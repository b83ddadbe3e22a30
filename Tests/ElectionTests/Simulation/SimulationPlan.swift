@testable import Election

/// What goes wrong in a run.
enum SimulatedFault {
    enum Target {
        /// Whoever is master at that moment; where nobody is, the seat of that number.
        case master(otherwise: Int)
        case seat(Int)
    }

    enum Stale: CaseIterable { case beats, lease, listings }

    /// SIGSTOP, and SIGCONT after the span.
    case stop(Target, Nanoseconds)
    /// The same, or with nil SIGKILL, at a moment inside a call or between two steps of a commit.
    case ambush(Target, SimulatedProcess.Ambush.Moment, Nanoseconds?)
    case kill(Target)
    /// SIGTERM.
    case leave(Target)
    /// The host loses its power for so long.
    case powerCut(Target, Nanoseconds)
    /// The host does not reach the storage for so long.
    case cutOff(Target, Nanoseconds)
    /// Calls of the host take up to `each`, for so long.
    case slow(Target, each: Nanoseconds, Nanoseconds)
    /// One call takes so long.
    case hang(Target, Nanoseconds)
    /// The host sees what others wrote this late, nil: not at all, for so long.
    case stale(Target, Stale, behind: Nanoseconds?, Nanoseconds)
    /// Looks at the lease fail on the host for so long.
    case leaseUnclear(Target, Nanoseconds)
    /// The storage forgets the master's locks.
    case lockLost
    case lockFileReplaced(isRemoved: Bool, isFlock: Bool)
    /// The directory becomes what it was `age` before; `inPlace`: the files stay the same inodes.
    case restore(age: Nanoseconds, inPlace: Bool)
    case full(Nanoseconds)
    case wallJump(Target, Nanoseconds)
    /// A second broker under the name of that seat, on that host, for so long.
    case twin(seat: Int, host: Int, Nanoseconds)

    /// Somebody else may truly be granted a lock that is held.
    var isLockFault: Bool {
        switch self {
        case .lockLost, .lockFileReplaced, .restore: true
        default: false
        }
    }
}

/// Everything about a run that its seed decides before it begins.
struct SimulationPlan {
    struct Broker {
        let name: String
        let host: Int
    }

    struct Timed {
        let at: Nanoseconds
        let fault: SimulatedFault
    }

    let seed: UInt64
    let site: SimulatedSite.Kind
    let settings: ElectionSettings
    let hosts: Int
    let brokers: [Broker]
    let starts: [Nanoseconds]
    var faults: [Timed]
    let usualCall: Nanoseconds
    let commitEvery: Nanoseconds
    /// From here on everything works again.
    let faultsEnd: Nanoseconds
    /// Time for somebody to serve after the faults have ended.
    let serveWithin: Nanoseconds
    let end: Nanoseconds
    var isTraced = false
    /// Off: the store asks nobody before it writes and confirms, to see what the gate is worth.
    var hasGate = true

    /// - Parameter only: kinds of fault to choose from; nil: all, up to four of them together.
    init(seed: UInt64, only: [FaultKind]? = nil, site: SimulatedSite.Kind? = nil) throws(ElectionSettingsError) {
        var chance = SimulatedChance(seed: seed)
        let site = site ?? chance.pick(SimulatedSite.Kind.allCases)
        let isShared = SimulatedSite(site).isShared
        let brokers = 2 + chance.below(4)
        let hosts = isShared ? 2 + chance.below(min(3, brokers - 1)) : 1
        let serverLease = Nanoseconds(10 + chance.below(20)) * .second
        self.seed = seed
        self.site = site
        self.settings = try ElectionSettings(
            servingLimit: .seconds(20 + chance.below(30)), serverLease: .nanoseconds(serverLease))
        self.hosts = hosts
        // At least one on each host.
        self.brokers = (0..<brokers).map { number in
            Broker(name: "b\(number)", host: number < hosts ? number : chance.below(hosts))
        }
        let together = chance.happens(30)
        self.starts = self.brokers.map { _ in together ? chance.span(0, 20 * .millisecond) : chance.span(0, 8 * .second)
        }
        self.usualCall = chance.pick([500 * .microsecond, 2 * .millisecond, 8 * .millisecond])
        self.commitEvery = chance.pick([60 * .millisecond, 250 * .millisecond, 1500 * .millisecond])
        let faultsEnd = chance.span(50 * .second, 100 * .second)
        self.faultsEnd = faultsEnd
        var within = 45 * Nanoseconds.second
        if site == .nfs4 { within += 3 * serverLease }
        self.serveWithin = within
        self.end = faultsEnd + within
        var kinds = only ?? []
        if only == nil { kinds = (0..<(1 + chance.below(4))).map { _ in chance.pick(FaultKind.allCases) } }
        self.faults = []
        for kind in kinds {
            for _ in 0..<(1 + chance.below(4)) {
                let at = chance.span(2 * .second, faultsEnd - 2 * .second)
                let makes = FaultMaker(brokers: brokers, hosts: hosts, site: SimulatedSite(site), left: faultsEnd - at)
                if let fault = makes.fault(of: kind, &chance) { self.faults.append(Timed(at: at, fault: fault)) }
            }
        }
        // A master held up between gate and write while others take over: what the gate cannot see.
        let rivals = self.faults.filter { $0.fault.isLockFault }
        for rival in rivals where chance.happens(35) {
            let at = max(0, rival.at - chance.span(0, 2 * .second))
            let stop = min(chance.span(.second, 50 * .second), faultsEnd - at)
            self.faults.append(Timed(at: at, fault: .ambush(.master(otherwise: 0), .afterGate, stop)))
        }
        self.faults.sort { $0.at < $1.at }
    }
}

enum FaultKind: String, CaseIterable {
    case stop, ambush, kill, leave, powerCut, cutOff, slow, hang, stale, leaseUnclear, lockLost, lockFileReplaced
    case restore, full, wallJump, twin
}

/// Draws faults that the site can have.
struct FaultMaker {
    let brokers: Int
    let hosts: Int
    let site: SimulatedSite
    let left: Nanoseconds

    private func target(_ chance: inout SimulatedChance) -> SimulatedFault.Target {
        let seat = chance.below(self.brokers)
        return chance.happens(65) ? .master(otherwise: seat) : .seat(seat)
    }

    /// Short, as long as one of the deadlines, or long; over before the faults end.
    private func span(_ chance: inout SimulatedChance) -> Nanoseconds {
        let longest = chance.pick([800 * .millisecond, 4 * .second, 9 * .second, 16 * .second, 45 * .second])
        return min(chance.span(50 * .millisecond, longest), self.left)
    }

    func fault(of kind: FaultKind, _ chance: inout SimulatedChance) -> SimulatedFault? {
        let target = self.target(&chance)
        let span = self.span(&chance)
        switch kind {
        case .stop: return .stop(target, span)
        case .ambush:
            let moment = chance.pick(SimulatedProcess.Ambush.Moment.allCases)
            return .ambush(target, moment, chance.happens(40) ? nil : span)
        case .kill: return .kill(target)
        case .leave: return .leave(target)
        case .powerCut: return .powerCut(target, max(span, 3 * .second))
        case .cutOff: return .cutOff(target, span)
        case .slow:
            return .slow(target, each: chance.pick([20 * .millisecond, 300 * .millisecond, 3 * .second]), span)
        case .hang: return .hang(target, span)
        case .stale: return self.stale(target, span, &chance)
        case .leaseUnclear: return .leaseUnclear(target, span)
        case .lockLost: return self.site.hasFalseLocks || self.site.kind == .ocfs2 ? nil : .lockLost
        case .lockFileReplaced: return .lockFileReplaced(isRemoved: chance.happens(50), isFlock: chance.happens(50))
        case .restore:
            return .restore(age: chance.span(.second, 40 * .second), inPlace: chance.happens(50))
        case .full: return .full(span)
        case .wallJump: return .wallJump(target, chance.span(-7200 * .second, 7200 * .second))
        case .twin: return .twin(seat: chance.below(self.brokers), host: chance.below(self.hosts), span)
        }
    }

    /// Nothing is promised where locks are false and beats are not seen: then there is nothing left to see others by.
    private func stale(
        _ target: SimulatedFault.Target, _ span: Nanoseconds, _ chance: inout SimulatedChance
    ) -> SimulatedFault? {
        guard self.site.isShared else { return nil }
        let what = chance.pick(SimulatedFault.Stale.allCases)
        if what == .beats, self.site.hasFalseLocks { return nil }
        let behind = chance.happens(50) ? nil : chance.span(100 * .millisecond, 10 * .second)
        return .stale(target, what, behind: behind, span)
    }
}
