import Logging

@testable import Election

/// One process of a broker, with its threads: elector, watch and deadline, store. Each does one thing at a time.
final class SimulatedProcess: @unchecked Sendable {
    // Unchecked: one thread runs a whole simulation.

    /// A stop of the process that waits for the right moment.
    struct Ambush {
        enum Moment: CaseIterable {
            /// In the next call on the directory, before or after it takes effect.
            case beforeEffect, afterEffect
            /// The same, in a call of a claim.
            case beforeEffectOfClaim, afterEffectOfClaim
            /// The same, in a call of a master's beat.
            case beforeEffectOfBeat, afterEffectOfBeat
            /// Between the gate's word and the write.
            case afterGate
            /// Between the write and the confirmation.
            case afterWrite
            case whileOpening
        }

        let moment: Moment
        /// Nil: the process is killed.
        let stop: Nanoseconds?
    }

    let world: SimulatedWorld
    let seat: SimulatedSeat
    let host: SimulatedHost
    let place: ProcessPlace
    private(set) var isAlive = true
    private(set) var isStopped = false
    private var deferred: [() -> Void] = []
    /// One after the other; kept to the end of the run, for a step of an earlier one may still be under way.
    var candidacies: [SimulatedCandidacy] = []
    var candidacy: SimulatedCandidacy? { self.candidacies.last }
    var knownEpoch = Epoch.none
    var ambush: Ambush?
    var isLeaving = false
    /// When it last ran after having been stopped, held up in a call, or not there.
    private(set) var calmSince: Nanoseconds
    /// Calls under way that take long.
    private(set) var heldUp = 0
    /// When the next call ends that was made to hang.
    var hangUntil: Nanoseconds = 0

    init(_ world: SimulatedWorld, _ seat: SimulatedSeat, on host: SimulatedHost, pid: Int32) {
        self.world = world
        self.seat = seat
        self.host = host
        self.place = ProcessPlace(
            bootID: host.bootID, pidNamespace: "pid:[1]", pid: pid, startedTicks: world.now / (10 * .millisecond))
        self.calmSince = world.now
    }

    /// It may still do something: neither it nor the simulation has ended.
    var isActive: Bool { self.isAlive && !self.world.isOver }

    func disturbed() { self.calmSince = self.world.now }

    // MARK: Its threads

    /// Runs `action` after the span, if the process lives then; a stopped one does when it goes on.
    func after(_ span: Nanoseconds, _ action: @escaping () -> Void) {
        self.world.schedule(after: span) { self.run(action) }
    }

    private func run(_ action: @escaping () -> Void) {
        guard self.isAlive else { return }
        if self.isStopped { self.deferred.append(action) } else { action() }
    }

    func stop(for span: Nanoseconds) {
        guard self.isAlive, !self.isStopped else { return }
        self.isStopped = true
        self.world.judge.stopped(self)
        self.world.schedule(after: span) { self.goOn() }
    }

    func goOn() {
        guard self.isAlive, self.isStopped else { return }
        self.isStopped = false
        self.disturbed()
        let waiting = self.deferred
        self.deferred = []
        // The threads wake in any order.
        for action in waiting.shuffled(using: &self.world.chance) {
            self.after(self.world.chance.span(0, .millisecond), action)
        }
    }

    /// The process ends at once. Where its host lives the kernel frees its locks.
    func end() {
        guard self.isAlive else { return }
        self.isAlive = false
        self.deferred = []
        if self.host.isUp { self.world.directory.locks.releaseAll(of: self) }
        self.world.processEnded(self)
    }

    func takeApart() {
        self.deferred = []
        for candidacy in self.candidacies { candidacy.takeApart() }
        self.candidacies = []
    }

    // MARK: Held up

    /// Lets everything else go on for the span, and for as long as this process is stopped or `condition` says.
    func hold(for span: Nanoseconds, while condition: () -> Bool = { false }) {
        let start = self.world.now
        self.heldUp += 1
        defer { self.heldUp -= 1 }
        self.world.run(until: start + span) { self.isActive && (self.isStopped || condition()) }
        if self.world.now - start > 150 * .millisecond { self.disturbed() }
    }

    /// Where the moment has come that an ambush waits for, this is where the process is stopped or killed.
    func pass(_ moment: Ambush.Moment) {
        guard let ambush = self.ambush, ambush.moment == moment else { return }
        self.ambush = nil
        guard let span = ambush.stop else { return self.end() }
        self.stop(for: span)
        self.hold(for: 0)
    }
}

/// A broker as its operator configured it: a name and a place. Its processes come and go.
final class SimulatedSeat {
    let name: String
    let number: Int
    let hostNumber: Int
    var process: SimulatedProcess?
    /// Not to be started by itself.
    var isRetired = false
    var startsAgain = 0

    init(name: String, number: Int, hostNumber: Int) {
        self.name = name
        self.number = number
        self.hostNumber = hostNumber
    }
}
