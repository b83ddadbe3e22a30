@testable import Election

/// Talks with an election machine: does each duty against what the test says is so, and keeps what was done and said.
final class MachineConversation {
    static let poll = Duration.milliseconds(100)

    private let broker: BrokerIdentity
    private var machine: ElectionMachine
    private(set) var now = BootInstant(nanoseconds: 1_000_000_000_000)
    private let start: BootInstant
    private(set) var duties: [ElectionMachine.Duty] = []
    private(set) var notices: [ElectionNotice] = []
    private(set) var lookVerdicts: [ElectionMachine.LookVerdict] = []
    private(set) var beatVerdicts: [ElectionMachine.BeatVerdict] = []
    private(set) var term: Term?
    private(set) var mustRelocate: Bool?

    // What is so.
    var locks = LockAttempt(flock: .granted, posix: .granted)
    var peers: (Int64) -> [PeerSighting] = { _ in [] }
    var lease: LeaseSighting = .none
    var holderLife = ProcessLife.notVisible
    var highestEpoch = Epoch.none
    var claim = EpochFiles.Claim.claimed
    var taking = LeaseDatabase.Taking.taken(over: nil, setAside: nil)
    var check = LockCheck.held
    var beatFailure: SystemFailure?
    var renewal = LeaseDatabase.Renewal.renewed
    var fence = FenceProof.ours
    var probe: LockMatrix?
    var lookFailure: SystemFailure?
    /// What the master's record says of our beats; nil: our last.
    var knownToMaster: Int64?

    init(
        _ broker: BrokerIdentity = Fixture.broker("a"), settings: ElectionSettings, serverLease: Duration? = nil,
        storageFences: Bool = false, knownEpoch: Epoch = .none
    ) {
        self.start = self.now
        self.broker = broker
        self.machine = ElectionMachine(
            broker: broker, settings: settings, pollInterval: Self.poll, serverLease: serverLease,
            storageFences: storageFences, knownEpoch: knownEpoch, at: self.now)
    }

    /// Milliseconds since the beginning.
    var elapsed: Int64 { (self.now - self.start).wholeMilliseconds }
    var duty: ElectionMachine.Duty { self.machine.duty(at: self.now) }
    var isMaster: Bool { self.term != nil && self.machine.duty(at: self.now) != .waitForEvents }

    func advance(_ milliseconds: Int64) { self.now = self.now.advanced(by: .milliseconds(milliseconds)) }

    /// Does what is due until so many milliseconds have passed, each call in no time.
    func run(for milliseconds: Int64) {
        let end = self.now.advanced(by: .milliseconds(milliseconds))
        while self.now < end {
            switch self.machine.duty(at: self.now) {
            case .wait(let until): self.now = min(max(until, self.now), end)
            case .waitForEvents: self.now = end
            case let duty: self.perform(duty)
            }
        }
    }

    /// Does what is due now, without letting time pass.
    func runWithoutTime() {
        for _ in 0..<100 {
            switch self.machine.duty(at: self.now) {
            case .wait, .waitForEvents: return
            case let duty: self.perform(duty)
            }
        }
    }

    /// Does one duty.
    func step() { self.perform(self.machine.duty(at: self.now)) }

    private func perform(_ duty: ElectionMachine.Duty) {
        self.duties.append(duty)
        let now = self.now
        switch duty {
        case .tryLocks: _ = self.machine.lockAttempted(self.locks, at: now)
        case .writeBeat(let state, _): self.writeBeat(state)
        case .lookAtPeers: self.look()
        case .lookAtLease:
            self.follow(self.machine.leaseSeen(self.lease, life: self.holderLife, at: now))
        case .probeLocks: self.machine.probed(self.probe, at: now)
        case .readEpochs: _ = self.machine.epochsRead(highest: self.highestEpoch, at: now)
        case .claimEpoch: _ = self.machine.epochClaimed(self.claim, at: now)
        case .requestRelocation: self.machine.relocationRequested(at: now)
        case .takeLease: self.machine.leaseTaken(self.taking, at: now)
        case .nameHolder: self.machine.holderNamed(at: now)
        case .proveLocks: self.beatVerdicts.append(self.machine.locksProved(self.check, startedAt: now))
        case .renewLease: self.beatVerdicts.append(self.machine.leaseRenewed(self.renewal, at: now))
        case .askFence: self.beatVerdicts.append(self.machine.fenceAsked(self.fence, at: now))
        case .wait, .waitForEvents: break
        }
        self.notices += self.machine.takeNotices()
    }

    private func writeBeat(_ state: BeatRecord.State) {
        _ = self.machine.nextCounter()
        if let failure = self.beatFailure {
            _ = self.machine.beatFailed(failure, at: self.now)
        } else {
            self.machine.beatWritten(state, at: self.now)
        }
    }

    private func look() {
        if let failure = self.lookFailure {
            return self.follow(self.machine.lookFailed(failure, at: self.now))
        }
        var seen = self.peers(self.elapsed)
        for index in seen.indices where seen[index].record.state == .master {
            seen[index].record.peers = [
                BeatRecord.Peer(
                    name: self.broker.name, instance: self.broker.instance,
                    counter: self.knownToMaster ?? self.machine.ownCounter)
            ]
        }
        self.follow(self.machine.peersSeen(seen, startedAt: self.now, at: self.now))
    }

    private func follow(_ verdict: ElectionMachine.LookVerdict) {
        self.lookVerdicts.append(verdict)
        if case .elected(let term, let mustRelocate, _) = verdict {
            self.term = term
            self.mustRelocate = mustRelocate
        }
    }

    // MARK: Events from outside

    func servingStarted() -> Term? { self.machine.servingStarted() }
    func timePassed() -> StepDownReason? { self.machine.timePassed(at: self.now) }
    func giveUp(_ reason: StepDownReason) -> StepDownReason? { self.machine.giveUp(reason) }
    func beatWanted() { self.machine.beatWanted(at: self.now) }
    func releaseRequested() -> ElectionMachine.ReleaseVerdict { self.machine.releaseRequested() }
    func claimFailed() { self.machine.claimFailed(at: self.now) }

    /// The last verdict of a beat that was more than "go on".
    var beatVerdict: ElectionMachine.BeatVerdict? { self.beatVerdicts.last { $0 != .goOn } }
}

extension PeerSighting {
    /// The record of broker `name`, on a host of its own. It beats every half second if `isBeating`.
    static func of(
        _ name: String, _ state: BeatRecord.State, epoch: Int64 = 0, instance: UInt64 = 2, at elapsed: Int64,
        isBeating: Bool = true, host: String? = nil, boot: String = "boot-2", life: ProcessLife = .notVisible
    ) -> PeerSighting {
        let broker = BrokerIdentity(
            name: name, instance: InstanceID(instance), host: host ?? "host-\(name)",
            process: ProcessPlace(bootID: boot, pidNamespace: "pid:[1]", pid: 4712, startedTicks: 99))
        return PeerSighting(
            record: BeatRecord(
                broker: broker, state: state, epoch: Epoch(epoch), counter: isBeating ? 1000 + elapsed / 500 : 1000,
                times: .standard, wallMilliseconds: 0),
            life: life)
    }
}

extension LeaseRow {
    /// The lease that goes with such a record.
    static func of(_ peer: PeerSighting, phase: LeaseRow.Phase = .active) -> LeaseRow {
        var row = LeaseRow(tracedBy: peer.record)
        row.phase = phase
        return row
    }
}
