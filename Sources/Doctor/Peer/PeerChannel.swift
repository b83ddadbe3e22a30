import Election

/// Messages to and from one peer, carried by the two records in the shared directory alone.
///
/// Either side may have sent at most two messages that the other has not taken: conversation goes to and fro.
final class PeerChannel {
    /// A peer whose record does not change for so long is taken to have ended.
    static let longestSilence = Duration.seconds(20)
    /// A record that is removed is a farewell; the time is for views that change late.
    static let longestAbsence = Duration.seconds(2)

    private let desk: PeerDesk
    private let watchdog: Watchdog
    private let peerPath: String
    private let peerSession: String
    private(set) var peer: PeerRecord
    private var lastMove: BootInstant
    private var goneSince: BootInstant?
    private var received: Int64 = 0

    init(desk: PeerDesk, watchdog: Watchdog, peer: PeerRecord, peerPath: String) {
        self.desk = desk
        self.watchdog = watchdog
        self.peer = peer
        self.peerPath = peerPath
        self.peerSession = peer.session
        self.lastMove = DoctorClock.now()
    }

    func send(_ message: Message) throws(DoctorError) {
        let line = message.line
        guard line.utf8.count <= Message.longest else { throw .garbled("a message of \(line.utf8.count) bytes") }
        try self.change { record in
            record.previous = record.message
            record.message = line
            record.sent += 1
        }
    }

    /// The next message, or why there will be none.
    func receive(within duration: Duration, for purpose: String) throws(DoctorError) -> Message {
        let deadline = Deadline(in: duration)
        let start = DoctorClock.now()
        while true {
            self.look()
            if let message = try self.next() { return message }
            if let goneSince = self.goneSince, DoctorClock.now() - goneSince > Self.longestAbsence {
                throw .peerLost("\(self.peer.name) on \(self.peer.host) has ended during \(purpose)")
            }
            if self.silence > Self.longestSilence {
                throw .peerLost(
                    "\(self.peer.name) on \(self.peer.host) has been silent for "
                        + "\(self.silence.wholeMilliseconds / 1000) s during \(purpose): it ended, or its writes do not "
                        + "reach this host")
            }
            if deadline.isOver {
                throw .hangs(
                    "\(purpose) on \(self.peer.name): no answer for \(duration.wholeMilliseconds / 1000) s although its "
                        + "doctor lives")
            }
            // Close to the message at first, and without haste after a while.
            DoctorClock.pause(microseconds: DoctorClock.now() - start < .seconds(1) ? 1000 : 5000)
        }
    }

    /// Since the peer's record last changed.
    var silence: Duration { DoctorClock.now() - self.lastMove }

    /// Reads the peer's record once; one that cannot be read, or is torn, is no news.
    func look() {
        let record: PeerRecord
        switch self.watchdog.during("reading \(self.peerPath)", { PeerLobby.look(at: self.peerPath) }) {
        case .record(let found): record = found
        case .gone:
            self.goneSince = self.goneSince ?? DoctorClock.now()
            return
        case .unclear: return
        }
        self.goneSince = nil
        guard record.session == self.peerSession else { return }
        if record.counter != self.peer.counter { self.lastMove = DoctorClock.now() }
        self.peer = record
    }

    func tellBlocksDone(_ count: Int64) throws(DoctorError) { try self.change { $0.blocksDone = count } }

    /// A message is there to be received.
    var hasNews: Bool { self.peer.sent > self.received }

    private func next() throws(DoctorError) -> Message? {
        switch self.peer.sent - self.received {
        case ...0: return nil
        case 1:
            self.received += 1
            return try Message(parsing: self.peer.message)
        case 2:
            self.received += 1
            return try Message(parsing: self.peer.previous)
        default: throw .garbled("messages of \(self.peer.name) were overtaken")
        }
    }

    private func change(_ body: (inout PeerRecord) -> Void) throws(DoctorError) {
        do throws(SystemFailure) {
            try self.watchdog.during("writing \(self.desk.path)") { () throws(SystemFailure) in
                try self.desk.change(body)
            }
        } catch {
            throw .unusable(error)
        }
    }
}
