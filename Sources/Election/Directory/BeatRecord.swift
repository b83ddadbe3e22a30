/// One broker's sign of life: the whole content of `beats/NAME.beat`.
///
/// Text, so that `cat` shows it, and always 4096 bytes, because a reader elsewhere may have the length cached:
///
///     lockkeeper-beat 1
///     key=value            one line each, in the order of ``encoded()``
///     peer=NAME INSTANCE COUNTER
///     alarm=EVENT
///     note=NUMBER WALL_MS EVENT EPOCH BROKER HOST PID EPOCH DURATION_MS DETAIL     BROKER to EPOCH: the other party
///     crc=XXXXXXXX         of all bytes before this line
///     blanks up to 4095, then a newline
///
/// Values are percent-encoded where they hold anything but printable ASCII. Unknown keys are ignored, so that a newer
/// broker may add some.
package struct BeatRecord: Hashable, Sendable {
    package static let size = 4096
    private static let heading = "lockkeeper-beat 1"
    /// With the longest names this many fit; a directory with more brokers shows each the first of them.
    package static let maximumPeers = 20

    package enum State: String, Hashable, Sendable, CaseIterable {
        case standby = "STANDBY", claim = "CLAIM", master = "MASTER", stopped = "STOPPED"
    }

    /// The last counter this broker saw of another one.
    package struct Peer: Hashable, Sendable {
        package let name: String
        package let instance: InstanceID
        package let counter: Int64

        package init(name: String, instance: InstanceID, counter: Int64) {
            self.name = name
            self.instance = instance
            self.counter = counter
        }
    }

    package var broker: BrokerIdentity
    package var state: State
    /// The epoch claimed or held; ``Epoch/none`` for a standby.
    package var epoch: Epoch
    /// Grows with each beat of this instance.
    package var counter: Int64
    package var times: ElectionTimes
    /// Unix time by the writer's clock, for people.
    package var wallMilliseconds: Int64
    package var peers: [Peer]
    /// Names of the events that hold at this moment, such as `lock.false`: what an operator should be told of.
    package var alarms: [String]
    /// This broker's latest events, for the master to write into `ha_event`: only the master writes there.
    package var notes: [BeatNote]
    /// What the kinds of lock answered this broker while the master held them, as ``LockMatrix/description``.
    package var lockView: String
    /// It has the probe files locked, so that trying them says something.
    package var holdsProbes: Bool

    package init(
        broker: BrokerIdentity, state: State, epoch: Epoch, counter: Int64, times: ElectionTimes,
        wallMilliseconds: Int64, peers: [Peer] = [], alarms: [String] = [], notes: [BeatNote] = [],
        lockView: String = "", holdsProbes: Bool = false
    ) {
        self.broker = broker
        self.state = state
        self.epoch = epoch
        self.counter = counter
        self.times = times
        self.wallMilliseconds = wallMilliseconds
        self.peers = peers
        self.alarms = alarms
        self.notes = notes
        self.lockView = lockView
        self.holdsProbes = holdsProbes
    }
}

extension LeaseRow {
    /// What the record tells of its writer's lease: for those who cannot read the lease itself, because a process that
    /// was stopped in the middle of a renewal keeps everybody from it.
    init(tracedBy record: BeatRecord) {
        let phase: Phase =
            switch record.state {
            case .standby, .claim: .acquired
            case .master: .active
            case .stopped: .released
            }
        self.init(
            epoch: record.epoch, holder: record.broker, phase: phase, acquiredAtMilliseconds: record.wallMilliseconds,
            renewedAtMilliseconds: record.wallMilliseconds, counter: 0, times: record.times)
    }
}

// MARK: - Writing

extension BeatRecord {
    package func encoded() -> [UInt8] {
        let process = self.broker.process
        let fields: [(String, String)] = [
            ("name", self.broker.name), ("instance", self.broker.instance.description),
            ("host", PercentCoding.encode(self.broker.host)), ("boot_id", PercentCoding.encode(process.bootID)),
            ("pid_namespace", PercentCoding.encode(process.pidNamespace)), ("pid", String(process.pid)),
            ("pid_started_ticks", String(process.startedTicks)), ("state", self.state.rawValue),
            ("epoch", self.epoch.description), ("counter", String(self.counter)),
            ("beat_ms", String(self.times.beat.wholeMilliseconds)),
            ("warn_ms", String(self.times.warn.wholeMilliseconds)),
            ("step_down_ms", String(self.times.stepDown.wholeMilliseconds)),
            ("exit_ms", String(self.times.exit.wholeMilliseconds)),
            ("take_over_ms", String(self.times.takeOver.wholeMilliseconds)),
            ("wall_ms", String(self.wallMilliseconds)), ("locks", PercentCoding.encode(self.lockView)),
            ("probes", self.holdsProbes ? "held" : "free"),
        ]
        var text = Self.heading + "\n"
        for (key, value) in fields { text += "\(key)=\(value)\n" }
        // What others decide by comes first, then what people are told, as far as there is room.
        var bytes = Array(text.utf8)
        for peer in self.peers.prefix(Self.maximumPeers) {
            Self.append("peer=\(peer.name) \(peer.instance) \(peer.counter)\n", to: &bytes)
        }
        for alarm in self.alarms { Self.append("alarm=\(PercentCoding.encode(alarm))\n", to: &bytes) }
        for note in self.notes { Self.append("note=\(note.encoded)\n", to: &bytes) }
        bytes += Array("crc=\(CRC32.hexadecimal(of: bytes))\n".utf8)
        let blanks = max(0, Self.size - bytes.count - 1)
        bytes += repeatElement(UInt8(ascii: " "), count: blanks)
        bytes.append(UInt8(ascii: "\n"))
        // Names are bounded, host names by the kernel; should they not fit, the record still has its size.
        return bytes.count == Self.size ? bytes : Array(bytes.prefix(Self.size))
    }

    /// Adds a line if the checksum and the last byte still fit behind it; else the record does without.
    private static func append(_ line: String, to bytes: inout [UInt8]) {
        let checksum = "crc=00000000\n".utf8.count
        guard bytes.count + line.utf8.count + checksum + 1 <= Self.size else { return }
        bytes += Array(line.utf8)
    }
}

// MARK: - Reading

/// Why bytes are no beat.
package enum BeatRecordError: Error, Hashable, Sendable {
    /// Not 4096 bytes.
    case size(Int)
    /// Not the heading of a version this program reads.
    case heading
    /// Torn, or changed by another hand.
    case checksum
    /// A field is missing or malformed.
    case field(String)
}

extension BeatRecord {
    package init(decoding bytes: [UInt8]) throws(BeatRecordError) {
        guard bytes.count == Self.size else { throw .size(bytes.count) }
        guard bytes.starts(with: Array((Self.heading + "\n").utf8)) else { throw .heading }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        let mark = Array("crc=".utf8)
        guard let checksum = lines.first(where: { $0.starts(with: mark) }) else { throw .checksum }
        let covered = Array(bytes[..<checksum.startIndex])
        guard Array(checksum) == mark + Array(CRC32.hexadecimal(of: covered).utf8) else { throw .checksum }
        var fields: [String: String] = [:]
        var lists = Lists()
        for line in String(decoding: covered, as: UTF8.self).split(separator: "\n").dropFirst() {
            guard let equals = line.firstIndex(of: "=") else { throw .field(String(line.prefix(40))) }
            let key = String(line[..<equals])
            let value = line[line.index(after: equals)...]
            if try !lists.take(key, value) { fields[key] = String(value) }
        }
        try self.init(Fields(fields), lists)
    }

    /// The keys that may stand more than once.
    private struct Lists {
        var peers: [Peer] = []
        var alarms: [String] = []
        var notes: [BeatNote] = []

        /// False for a key that is none of these.
        mutating func take(_ key: String, _ value: Substring) throws(BeatRecordError) -> Bool {
            switch key {
            case "peer":
                guard let peer = Peer(parsing: value) else { throw .field(key) }
                if self.peers.count < BeatRecord.maximumPeers { self.peers.append(peer) }
            case "alarm":
                guard let alarm = PercentCoding.decode(String(value)) else { throw .field(key) }
                self.alarms.append(alarm)
            case "note":
                guard let note = BeatNote(parsing: value) else { throw .field(key) }
                self.notes.append(note)
            default: return false
            }
            return true
        }
    }

    private init(_ fields: Fields, _ lists: Lists) throws(BeatRecordError) {
        let name = try fields.text("name")
        guard BrokerIdentity.isValidName(name) else { throw .field("name") }
        guard let instance = InstanceID(parsing: try fields.text("instance")) else { throw .field("instance") }
        guard let state = State(rawValue: try fields.text("state")) else { throw .field("state") }
        guard let pid = Int32(exactly: try fields.integer("pid")) else { throw .field("pid") }
        let process = ProcessPlace(
            bootID: try fields.decodedText("boot_id"), pidNamespace: try fields.decodedText("pid_namespace"), pid: pid,
            startedTicks: try fields.integer("pid_started_ticks"))
        self.init(
            broker: BrokerIdentity(
                name: name, instance: instance, host: try fields.decodedText("host"), process: process),
            state: state, epoch: Epoch(try fields.integer("epoch")), counter: try fields.integer("counter"),
            times: ElectionTimes(
                beat: try fields.milliseconds("beat_ms"), warn: try fields.milliseconds("warn_ms"),
                stepDown: try fields.milliseconds("step_down_ms"), exit: try fields.milliseconds("exit_ms"),
                takeOver: try fields.milliseconds("take_over_ms")),
            wallMilliseconds: try fields.integer("wall_ms"), peers: lists.peers, alarms: lists.alarms,
            notes: lists.notes, lockView: try fields.optionalText("locks"),
            holdsProbes: try fields.optionalText("probes") == "held")
    }

    private struct Fields {
        private let values: [String: String]

        init(_ values: [String: String]) { self.values = values }

        func text(_ key: String) throws(BeatRecordError) -> String {
            guard let value = self.values[key] else { throw .field(key) }
            return value
        }

        /// Empty for a key that an older broker does not write.
        func optionalText(_ key: String) throws(BeatRecordError) -> String {
            self.values[key] == nil ? "" : try self.decodedText(key)
        }

        func decodedText(_ key: String) throws(BeatRecordError) -> String {
            guard let value = PercentCoding.decode(try self.text(key)) else { throw .field(key) }
            return value
        }

        func integer(_ key: String) throws(BeatRecordError) -> Int64 {
            guard let value = Int64(try self.text(key)) else { throw .field(key) }
            return value
        }

        /// A time that settings could have: a day at most.
        func milliseconds(_ key: String) throws(BeatRecordError) -> Duration {
            let value = try self.integer(key)
            guard value >= 0, .milliseconds(value) <= ElectionSettings.longest else { throw .field(key) }
            return .milliseconds(value)
        }
    }
}

extension BeatRecord.Peer {
    init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, BrokerIdentity.isValidName(String(parts[0])),
            let instance = InstanceID(parsing: parts[1]), let counter = Int64(parts[2])
        else { return nil }
        self.init(name: String(parts[0]), instance: instance, counter: counter)
    }
}
