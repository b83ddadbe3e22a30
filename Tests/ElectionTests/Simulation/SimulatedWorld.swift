import Logging

@testable import Election

/// A few hosts with brokers on one shared directory, in simulated time.
///
/// One event at a time: an event is one step of one thread of one process. A call on the directory that takes long lets
/// the other events happen meanwhile, inside it; so calls that overlap end in the reverse order of their beginnings, and
/// the outer of two may take longer than was meant. Every call has its effect at one moment, between its beginning and
/// its end.
final class SimulatedWorld {
    let plan: SimulationPlan
    let site: SimulatedSite
    let directory: SimulatedSharedDirectory
    let judge: SimulationJudge
    let hosts: [SimulatedHost]
    private(set) var seats: [SimulatedSeat]
    var chance: SimulatedChance
    private(set) var now: Nanoseconds = 0
    private(set) var isOver = false
    private var queue = EventQueue()
    private var pids: Int32 = 1000
    private var instances: UInt64 = 0
    private var messages = 0
    private(set) var processes: [SimulatedProcess] = []
    var backup: SimulatedBackup?
    let logger: Logger

    init(_ plan: SimulationPlan) {
        self.plan = plan
        self.site = SimulatedSite(plan.site)
        self.directory = SimulatedSharedDirectory(self.site)
        var chance = SimulatedChance(seed: plan.seed ^ 0x5eed)
        self.hosts = (0..<plan.hosts).map { SimulatedHost(number: $0, chance: &chance) }
        self.seats = plan.brokers.enumerated().map { number, broker in
            SimulatedSeat(name: broker.name, number: number, hostNumber: broker.host)
        }
        self.chance = chance
        self.judge = SimulationJudge()
        self.logger = Logger(label: "simulation") { _ in SimulatedLogHandler() }
    }

    // MARK: Events

    func schedule(after span: Nanoseconds, _ action: @escaping () -> Void) {
        self.queue.add(at: self.now + max(0, span), action)
    }

    /// Lets events happen until the time, and beyond it for as long as `goesOn` says.
    func run(until time: Nanoseconds, while goesOn: () -> Bool) {
        while !self.isOver {
            let isDue = self.now >= time
            if isDue, !goesOn() { return }
            guard let next = self.queue.nextTime else { return }
            if !isDue, next > time {
                self.now = max(self.now, time)
                continue
            }
            if let event = self.queue.removeFirst() {
                self.now = max(self.now, event.time)
                event.action()
            }
        }
    }

    /// Runs the whole plan and returns what the judge has found.
    func run() -> SimulationReport {
        self.judge.attach(self)
        for seat in self.seats { self.schedule(after: self.plan.starts[seat.number]) { self.start(seat) } }
        for fault in self.plan.faults {
            self.schedule(after: fault.at) { self.inject(fault.fault) }
            if case .restore(let age, _) = fault.fault {
                self.schedule(after: max(0, fault.at - age)) { self.takeBackup() }
            }
        }
        self.schedule(after: self.plan.faultsEnd) { self.mend() }
        self.schedule(after: self.plan.end) {
            self.judge.finish()
            self.isOver = true
        }
        self.judge.watch()
        self.run(until: .max) { false }
        let report = self.judge.report
        self.takeApart()
        return report
    }

    /// All parts know each other; a run leaves nothing behind.
    private func takeApart() {
        self.queue = EventQueue()
        for process in self.processes { process.takeApart() }
        self.processes = []
        for seat in self.seats { seat.process = nil }
        self.judge.takeApart()
    }

    // MARK: Processes

    func start(_ seat: SimulatedSeat) {
        let host = self.hosts[seat.hostNumber]
        guard seat.process == nil, host.isUp, !seat.isRetired, !self.isOver else { return }
        self.pids += 1
        let process = SimulatedProcess(self, seat, on: host, pid: self.pids)
        seat.process = process
        self.judge.note("\(seat.name) starts on \(host.name)")
        self.processes.append(process)
        process.stand()
    }

    func processEnded(_ process: SimulatedProcess) {
        self.judge.note("\(process.seat.name) ends")
        self.judge.ended(process)
        let seat = process.seat
        if let lease = self.directory.lease, lease.writer === process {
            lease.writer = nil
            lease.isJournalHot = true
        }
        seat.process = nil
        // The supervisor's business.
        self.schedule(after: self.chance.span(.second, 8 * .second)) { self.start(seat) }
    }

    func nextInstance() -> InstanceID {
        self.instances += 1
        // Any order of instances, for rules that compare them.
        return InstanceID(self.chance.next() | 1)
    }

    func nextMessage() -> Int {
        self.messages += 1
        return self.messages
    }

    /// What a process at `here` can say of the one at `place`.
    func life(of place: ProcessPlace, from here: ProcessPlace) -> ProcessLife {
        guard place.bootID == here.bootID, place.pidNamespace == here.pidNamespace else { return .notVisible }
        for seat in self.seats {
            guard let process = seat.process, process.place == place else { continue }
            return process.isStopped ? .stopped : .running
        }
        return .gone
    }

    func add(_ seat: SimulatedSeat) { self.seats.append(seat) }
}

/// Drops every line; the events in them go to the judge.
struct SimulatedLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()
    var heard: (@Sendable (Logger.Metadata) -> Void)?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard let metadata = event.metadata else { return }
        self.heard?(metadata)
    }
}
