import Logging

@testable import Election

/// One candidacy of a process: what `Elector` and the composition root do around the real core, gate, journal and pulse.
final class SimulatedCandidacy: ElectionDelegate, @unchecked Sendable {
    // Unchecked: one thread runs a whole simulation.

    private struct Mail {
        var servingStarted = false
        var startingProgressed = false
        var storeFailure: String?
        var isBeatWanted = false
        var gateClosed: GateClosed?
        var isRelease = false
    }

    let process: SimulatedProcess
    let broker: BrokerIdentity
    let view: SimulatedView
    let pulse = MasterPulse()
    let journal: EventJournal
    private let clock: SimulatedClock
    private(set) var gate: CommitGate?
    private(set) var store: SimulatedStore?
    /// In the order of all terms of the run.
    private(set) var term: (number: Int, term: Term)?
    private var coreMade: ElectorCore?
    private var endMade: MasterEnd?
    private var mail = Mail()
    private var isInStep = false
    /// A wake-up scheduled under an earlier number is void.
    private var wakeUp = 0
    private var isReleasing = false
    private(set) var isOver = false
    /// It beats and looks since then, as standby or master.
    private(set) var takesPartSince: Nanoseconds?
    private var runTimeAt: BootInstant
    private var watch = WatchMemory()

    var core: ElectorCore? { self.coreMade }

    /// The kind of lock that is false would be granted to it although another is master.
    private(set) var otherKindFreeSince: Nanoseconds?

    func noteOtherKind(isFree: Bool) {
        self.otherKindFreeSince = isFree ? self.otherKindFreeSince ?? self.process.world.now : nil
    }

    func noteWhetherItTakesPart() {
        switch self.coreMade?.machine.state {
        case .standby?, .master?: self.takesPartSince = self.takesPartSince ?? self.process.world.now
        default: self.takesPartSince = nil
        }
    }

    init(_ process: SimulatedProcess) {
        let world = process.world
        let clock = SimulatedClock(world, process.host)
        self.process = process
        self.clock = clock
        self.broker = BrokerIdentity(
            name: process.seat.name, instance: world.nextInstance(), host: process.host.name, process: process.place)
        self.view = SimulatedView(process)
        self.runTimeAt = clock.now()
        var logger = world.logger
        let (judge, broker) = (world.judge, self.broker)
        let handler = SimulatedLogHandler(heard: { [weak process] in
            if let process { judge.heard($0, from: process, broker) }
        })
        logger.handler = handler
        self.journal = EventJournal(logger: logger, broker: self.broker, clock: clock)
    }

    func start() {
        let world = self.process.world
        let end = MasterEnd(
            pulse: self.pulse, journal: self.journal, delegate: self, verdict: world.site.verdict)
        let verdict = world.site.verdict
        self.endMade = end
        self.coreMade = ElectorCore(
            ElectorCore.Parts(
                broker: self.broker, settings: world.plan.settings, verdict: verdict, clock: self.clock,
                directory: self.view, delegate: self, journal: self.journal, pulse: self.pulse, end: end,
                makeGate: { [unowned self] term in self.makeGate(term) },
                life: { [world, here = self.process.place] place in world.life(of: place, from: here) },
                show: { _ in }, escape: nil, knownEpoch: self.process.knownEpoch))
        self.scheduleStep(after: world.chance.span(0, 5 * .millisecond))
        self.scheduleTick()
    }

    func takeApart() {
        self.coreMade = nil
        self.endMade = nil
        self.store = nil
        self.gate = nil
    }

    private func makeGate(_ term: Term) -> CommitGate {
        let view = self.view
        return CommitGate(
            term: term, times: self.process.world.plan.settings.times,
            looksAtEachCommit: self.process.world.site.isExclusive, clock: self.clock, pulse: self.pulse,
            locks: { view.gateLooksAtLocks() },
            openProbe: { () throws(LeaseError) in try SimulatedLeaseProbe(view) },
            alarm: { [weak self] closed in
                self?.post { mail in
                    mail.isBeatWanted = true
                    mail.gateClosed = mail.gateClosed ?? closed
                }
            })
    }

    // MARK: The elector's thread

    private func post(_ change: (inout Mail) -> Void) {
        change(&self.mail)
        if !self.isInStep { self.scheduleStep(after: 20 * .microsecond) }
    }

    private func scheduleStep(after span: Nanoseconds) {
        self.wakeUp += 1
        let number = self.wakeUp
        self.process.after(span) { if number == self.wakeUp { self.step() } }
    }

    private func step() {
        guard let core = self.coreMade, !self.isInStep, !self.isOver else { return }
        self.isInStep = true
        let mail = self.mail
        self.mail = Mail()
        if let reason = mail.gateClosed { core.gateClosed(reason) }
        if let reason = mail.storeFailure { core.storeFailed(reason) }
        if mail.startingProgressed { core.startingProgressed() }
        if mail.servingStarted { core.servingStarted() }
        if mail.isBeatWanted { core.wantBeat() }
        if mail.isRelease {
            core.release()
            self.isInStep = false
            self.isOver = true
            return self.process.isActive ? self.released() : ()
        }
        let pause = core.step()
        self.process.knownEpoch = core.machine.knownEpoch
        self.isInStep = false
        guard self.process.isActive else { return }
        let world = self.process.world
        let isWanted =
            self.mail.isRelease || self.mail.servingStarted || self.mail.isBeatWanted || self.mail.storeFailure != nil
        if pause == .zero || isWanted {
            // The time of a usual call.
            self.scheduleStep(after: world.chance.span(100 * .microsecond, world.plan.usualCall))
        } else if pause < .seconds(3000) {
            self.scheduleStep(after: self.process.host.span(of: pause))
        }
    }

    // MARK: Told by the core

    func fenceEpoch() -> Epoch? { self.view.fenceSeen() }

    func becomeMaster(_ term: Term, gate: CommitGate) {
        guard self.process.isActive else { return }
        let number = self.process.world.judge.began(term, by: self)
        self.term = (number, term)
        self.gate = gate
        let store = SimulatedStore(self, number: number, term: term, gate: gate)
        self.store = store
        store.open()
    }

    func proveFence(_ epoch: Epoch) -> FenceProof {
        guard let fence = self.view.fenceSeen() else { return .unknown }
        return fence == epoch ? .ours : .another(fence)
    }

    func stepDown(_ reason: StepDownReason) {
        guard self.process.isActive else { return }
        self.process.world.judge.note("\(self.broker.name) steps down: \(reason)")
        self.store?.cutOff()
        self.process.after(self.process.world.chance.span(0, 3 * .millisecond)) { self.giveUpStore() }
    }

    /// The store's thread has to come to an end first.
    private func giveUpStore() {
        guard let store = self.store else { return self.release() }
        store.close { self.release() }
    }

    // MARK: Told by the store, and by signals

    func storeOpened() { self.post { $0.servingStarted = true } }
    func storeProgressed() { self.post { $0.startingProgressed = true } }
    func storeFailed(_ reason: String) { self.post { $0.storeFailure = $0.storeFailure ?? reason } }
    func openingFailed() { self.release() }

    /// SIGTERM.
    func leave() {
        guard let store = self.store else { return self.release() }
        store.cutOff()
        store.close { self.release() }
    }

    private func release() {
        guard !self.isReleasing else { return }
        self.isReleasing = true
        self.post { $0.isRelease = true }
    }

    private func released() {
        if self.process.isLeaving { return self.process.end() }
        // Another may come first.
        self.process.after(self.process.host.span(of: self.process.world.plan.settings.times.beat * 2)) {
            self.process.stand()
        }
    }
}

extension SimulatedProcess {
    /// Stands as a candidate, for the first time or again.
    func stand() {
        guard self.isActive, !self.isLeaving else { return }
        let candidacy = SimulatedCandidacy(self)
        self.candidacies.append(candidacy)
        candidacy.start()
    }
}

// MARK: - Deadline and watch

extension SimulatedCandidacy {
    private struct WatchMemory {
        var isLate = false
        var isEnding = false
        var stalledCall: String?
    }

    /// `DeadlineThread` and `MasterWatch`: both tick every 100 ms with the times used here.
    private func scheduleTick() {
        self.process.after(self.process.host.span(of: .milliseconds(100))) { self.tick() }
    }

    private func tick() {
        guard self.pulse.phase != .released else { return }
        let tick = DeadlineThread.tick(exitAfter: self.process.world.plan.settings.times.exit).wholeNanoseconds
        let now = self.clock.now()
        self.pulse.addRunTime(min((now - self.runTimeAt).wholeNanoseconds, 2 * tick))
        self.pulse.ticked(at: now, every: tick)
        self.runTimeAt = now
        self.watchTicked()
        let phase = self.pulse.phase
        let limit = self.process.world.plan.settings.times.exit.wholeNanoseconds
        if phase == .master || phase == .steppingDown, self.pulse.silence > limit {
            self.process.world.judge.note("\(self.broker.name) exits by its deadline")
            return self.process.end()
        }
        self.scheduleTick()
    }

    private func watchTicked() {
        let times = self.process.world.plan.settings.times
        self.lookAtCall(times)
        let silence = Duration.nanoseconds(self.pulse.silence)
        switch self.pulse.phase {
        case .master where silence > times.stepDown:
            self.endMade?.stepDown(.silent(for: silence))
            self.watch.isLate = true
        case .master:
            if silence > times.warn, !self.watch.isLate {
                self.journal.raise(ElectionEvent(.leaseLate, .warning, "late", epoch: self.pulse.epoch))
            } else if silence <= times.warn, self.watch.isLate {
                self.journal.clear(.leaseLate)
            }
            self.watch.isLate = silence > times.warn
        case .steppingDown, .idle, .released: break
        }
    }

    private func lookAtCall(_ times: ElectionTimes) {
        guard let call = self.pulse.call, Duration.nanoseconds(call.since) > times.warn else {
            if self.watch.stalledCall != nil { self.journal.clear(.storageStalled) }
            self.watch.stalledCall = nil
            return
        }
        guard self.watch.stalledCall == nil else { return }
        self.journal.raise(ElectionEvent(.storageStalled, .error, "stalled", epoch: self.pulse.epoch))
        self.watch.stalledCall = call.what
    }
}
