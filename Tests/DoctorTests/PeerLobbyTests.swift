import Election
import TestSupport
import Testing

@testable import Doctor

/// What one doctor makes of another that comes, leaves or stays away before both have met.
@Suite(.ownThread) struct PeerLobbyTests {
    private let directory = TemporaryDirectory()

    /// One doctor's place in the directory.
    private struct Guest: Sendable {
        let scratch: Scratch
        let desk: PeerDesk
        let own: PeerRecord

        init(_ name: String, _ session: String, wants wanted: String, in directory: String, cut: Bool = false) throws {
            self.scratch = Scratch(in: directory, name: name, session: session)
            self.own = PeerRecord(
                session: session, name: name, wanted: wanted, isToBeCut: cut, host: "host-\(name)", bootID: "boot")
            self.desk = PeerDesk(self.own, scratch: self.scratch)
            try self.scratch.open()
            try self.desk.open()
        }

        /// The session of the peer that was met.
        func meet(_ peer: String, within duration: Duration) -> Result<String, DoctorError> {
            let lobby = PeerLobby(
                scratch: self.scratch, desk: self.desk, watchdog: Watchdog(limit: .seconds(30)) { _ in }, own: self.own,
                tell: { _ in })
            do throws(DoctorError) {
                return .success(try lobby.meet(peer, within: duration).peer.session)
            } catch {
                return .failure(error)
            }
        }

        /// Returns once another doctor's record says that it has seen this one; false after a minute.
        func isSeen(by other: Guest) -> Bool {
            let deadline = Deadline(in: .seconds(60))
            while PeerLobby.record(at: other.desk.path)?.seen != self.own.session {
                if deadline.isOver { return false }
                DoctorClock.pause(microseconds: 1000)
            }
            return true
        }

        func leave() {
            self.desk.close()
            self.scratch.clean()
        }
    }

    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func aPeerThatLeavesOnceItWasSeenIsNotWaitedFor(ownCut: Bool, peerCut: Bool) throws {
        let a = try Guest("a", "00000000000000aa", wants: "b", in: self.directory.path, cut: ownCut)
        let b = try Guest("b", "00000000000000bb", wants: "a", in: self.directory.path, cut: peerCut)
        try PosixThread.start(name: "peer", stackBytes: 1 << 20) { if b.isSeen(by: a) { b.leave() } }
        guard case .failure(let error) = a.meet("b", within: .seconds(60)) else {
            Issue.record("met a doctor that had left")
            return
        }
        let expected: DoctorError =
            ownCut && peerCut
            ? .usage("both have --cut: give it on the host whose power is to be cut, and not on the other")
            : .peerLost("b on host-b has ended before the examination began; start both again")
        #expect(error == expected)
        a.leave()
        #expect(self.directory.contents().isEmpty)
    }

    @Test func aPeerThatIsStartedAnewIsMet() throws {
        let a = try Guest("a", "00000000000000aa", wants: "b", in: self.directory.path)
        let b = try Guest("b", "00000000000000bb", wants: "a", in: self.directory.path)
        let again = try Guest("b", "00000000000000cc", wants: "a", in: self.directory.path)
        try PosixThread.start(name: "peer", stackBytes: 1 << 20) {
            guard b.isSeen(by: a), again.isSeen(by: a) else { return }
            b.leave()
            do throws(SystemFailure) {
                try again.desk.change { $0.seen = a.own.session }
            } catch {
                Issue.record("\(error)")
            }
        }
        #expect(a.meet("b", within: .seconds(60)) == .success("00000000000000cc"))
        again.leave()
        a.leave()
        #expect(self.directory.contents().isEmpty)
    }

    @Test func whatADeadRunLeftIsNoPeer() throws {
        let a = try Guest("a", "00000000000000aa", wants: "b", in: self.directory.path)
        let b = try Guest("b", "00000000000000bb", wants: "a", in: self.directory.path)
        b.desk.close()
        guard case .failure(.noPeer(let why)) = a.meet("b", within: .milliseconds(600)) else {
            Issue.record("met a dead doctor")
            return
        }
        #expect(why.contains("no sign of life of b within 600 ms"))
        #expect(why.contains("host-b"))
        b.leave()
        a.leave()
    }
}
