/// One look at another broker's record.
package struct PeerSighting: Hashable, Sendable {
    package var record: BeatRecord
    /// What this host can say of the writer's process.
    package var life: ProcessLife

    package init(record: BeatRecord, life: ProcessLife) {
        self.record = record
        self.life = life
    }
}

/// Another broker of the directory, as its beats show it over time.
package struct Peer: Hashable, Sendable {
    package internal(set) var record: BeatRecord
    package internal(set) var life: ProcessLife
    /// For how long we have looked and its counter has stood still, by our own clock.
    package internal(set) var quiet = Duration.zero
    /// How often its counter was seen to change.
    package internal(set) var movements: Int64 = 0

    package var hasMoved: Bool { self.movements > 0 }

    package var instance: InstanceID { self.record.broker.instance }
    package var name: String { self.record.broker.name }

    /// It beats, as far as can be seen.
    package var isLive: Bool {
        self.hasMoved && self.life != .gone && self.record.state != .stopped
            && self.quiet < self.record.times.beat * ElectionMachine.livelyBeats
    }
}

/// Follows the beats of all other brokers of the directory.
///
/// Movement is what counts: clocks of two hosts are never compared, and time in which this broker did not look (it was
/// stopped itself) is nobody's silence.
struct PeerWatch: Sendable {
    private let own: BrokerIdentity
    private let times: ElectionTimes
    private var lastLook: BootInstant?
    /// In the order of their names, so that every run decides alike.
    private(set) var peers: [Peer] = []
    /// Another broker that writes under this one's name.
    private(set) var double: Peer?

    init(own: BrokerIdentity, times: ElectionTimes) {
        self.own = own
        self.times = times
    }

    /// How long a broker whose file is gone stays known.
    private var memory: Duration { self.times.takeOver * 2 }

    subscript(name: String) -> Peer? { self.peers.first { $0.name == name } }

    mutating func saw(_ sightings: [PeerSighting], at now: BootInstant) {
        let gap = self.times.silence(from: self.lastLook, to: now)
        self.lastLook = now
        var known = self.peers
        self.peers = []
        let previousDouble = self.double
        self.double = nil
        for sighting in sightings.sorted(by: { $0.record.broker.name < $1.record.broker.name }) {
            if sighting.record.broker.name == self.own.name {
                guard sighting.record.broker.instance != self.own.instance else { continue }
                self.double = Self.updated(previousDouble, with: sighting, after: gap)
                continue
            }
            let index = known.firstIndex { $0.name == sighting.record.broker.name }
            self.peers.append(Self.updated(index.map { known.remove(at: $0) }, with: sighting, after: gap))
        }
        // Two that write under one name take each other's place: which of them a look shows is chance.
        if self.double == nil, var missing = previousDouble {
            missing.quiet += gap
            if missing.quiet < missing.record.times.beat * ElectionMachine.livelyBeats { self.double = missing }
        }
        // What could not be read this time has not moved either. A listing may also be behind.
        for var missing in known {
            missing.quiet += gap
            if missing.quiet < self.memory { self.peers.append(missing) }
        }
        if !known.isEmpty { self.peers.sort { $0.name < $1.name } }
    }

    /// Its process has provably ended: on this host, or with a host that was started again since.
    func isDead(_ peer: Peer) -> Bool {
        if peer.life == .gone { return true }
        let process = peer.record.broker.process
        // The same name on another machine would go on beating, so a little silence is asked for as well.
        return peer.record.broker.host == self.own.host && process.bootID != self.own.process.bootID
            && peer.quiet >= peer.record.times.beat * ElectionMachine.livelyBeats
    }

    /// The same, of a process that only the lease names.
    func isDead(_ row: LeaseRow, life: ProcessLife, quiet: Duration) -> Bool {
        if life == .gone { return true }
        // An earlier candidacy of this very process, which has one at a time.
        if row.holder.name == self.own.name, row.holder.process == self.own.process { return true }
        return row.holder.host == self.own.host && row.holder.process.bootID != self.own.process.bootID
            && quiet >= row.times.beat * ElectionMachine.livelyBeats
    }

    /// What this broker's own record says of the others.
    var copies: [BeatRecord.Peer] {
        self.peers.filter { $0.record.state != .stopped }.map {
            BeatRecord.Peer(name: $0.name, instance: $0.instance, counter: $0.record.counter)
        }
    }

    private static func updated(_ before: Peer?, with sighting: PeerSighting, after gap: Duration) -> Peer {
        guard var peer = before, peer.instance == sighting.record.broker.instance else {
            return Peer(record: sighting.record, life: sighting.life)
        }
        if peer.record.counter == sighting.record.counter {
            peer.quiet += gap
        } else {
            peer.quiet = .zero
            peer.movements &+= 1
        }
        peer.record = sighting.record
        peer.life = sighting.life
        return peer
    }
}
