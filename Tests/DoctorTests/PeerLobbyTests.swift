import TestSupport
import Testing

@testable import Doctor

/// What one doctor makes of another that comes, leaves or stays away before both have met.
@Suite struct PeerLobbyTests {
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

        /// Waits for the peer, on a thread of its own.
        func meet(_ peer: String, within duration: Duration) async -> Result<String, DoctorError> {
            await Aside.run {
                let lobby = PeerLobby(
                    scratch: self.scratch, desk: self.desk, watchdog: Watchdog(limit: .seconds(30)) { _ in },
                    own: self.own, tell: { _ in })
                do throws(DoctorError) {
                    return .success(try lobby.meet(peer, within: duration).peer.session)
                } catch {
                    return .failure(error)
                }
            }
        }

        /// Returns once another doctor's record says that it has seen this one.
        func isSeen(by other: Guest) async {
            await Aside.run {
                while PeerLobby.record(at: other.desk.path)?.seen != self.own.session {
                    DoctorClock.pause(microseconds: 1000)
                }
            }
        }

        func leave() {
            self.desk.close()
            self.scratch.clean()
        }
    }

    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func aPeerThatLeavesOnceItWasSeenIsNotWaitedFor(ownCut: Bool, peerCut: Bool) async throws {
        let a = try Guest("a", "00000000000000aa", wants: "b", in: self.directory.path, cut: ownCut)
        let b = try Guest("b", "00000000000000bb", wants: "a", in: self.directory.path, cut: peerCut)
        async let meeting = a.meet("b", within: .seconds(600))
        await b.isSeen(by: a)
        b.leave()
        guard case .failure(let error) = await meeting else {
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

    @Test func aPeerThatIsStartedAnewIsMet() async throws {
        let a = try Guest("a", "00000000000000aa", wants: "b", in: self.directory.path)
        let b = try Guest("b", "00000000000000bb", wants: "a", in: self.directory.path)
        async let meeting = a.meet("b", within: .seconds(600))
        await b.isSeen(by: a)
        let again = try Guest("b", "00000000000000cc", wants: "a", in: self.directory.path)
        await again.isSeen(by: a)
        b.leave()
        try again.desk.change { $0.seen = a.own.session }
        #expect(await meeting == .success("00000000000000cc"))
        again.leave()
        a.leave()
    }

    @Test func whatADeadRunLeftIsNoPeer() async throws {
        let a = try Guest("a", "00000000000000aa", wants: "b", in: self.directory.path)
        let b = try Guest("b", "00000000000000bb", wants: "a", in: self.directory.path)
        b.desk.close()
        guard case .failure(.noPeer(let why)) = await a.meet("b", within: .milliseconds(600)) else {
            Issue.record("met a dead doctor")
            return
        }
        #expect(why.contains("no sign of life of b within 600 ms"))
        #expect(why.contains("host-b"))
        b.leave()
        a.leave()
    }
}
