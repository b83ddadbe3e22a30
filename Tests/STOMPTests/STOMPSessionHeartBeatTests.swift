import BrokerCore
import Testing

@testable import STOMP

struct STOMPSessionHeartBeatTests {
    @Test(
        arguments: [
            ("0,0", 0, 0), ("1000,2000", 1000, 2000), (" 5 , 6 ", 5, 6),
        ] as [(String, Int64, Int64)])
    func headers(_ text: String, _ sends: Int64, _ wants: Int64) throws {
        let parsed = try #require(STOMPSessionHeartBeat.parse(text))
        #expect(parsed.sendsMs == sends)
        #expect(parsed.wantsMs == wants)
    }

    @Test(arguments: ["", "1", "1,", "a,b", "1,2,3", "-1,0", "0,-1", "99999999999999999999,0"])
    func brokenHeaders(_ text: String) throws {
        #expect(STOMPSessionHeartBeat.parse(text) == nil)
        let client = STOMPWorld().client()
        client.send("CONNECT\nheart-beat:\(text)\n\n")
        #expect(client.end == .refused(.invalidHeartBeat(STOMPText.trimmed(text[...]))))
    }

    private static func at(_ ms: Int64) -> Instant { Instant(wallMs: ms, monotonicMs: ms) }

    @Test func connectComesInTime() {
        let beat = STOMPSessionHeartBeat(openedAt: Self.at(0))
        #expect(beat.nextTickMs == 30_000)
        #expect(beat.tick(at: Self.at(29_999)) == .none)
        #expect(beat.tick(at: Self.at(30_000)) == .closeUnconnected(afterMs: 30_000))
    }

    @Test func aPeerIsGivenTwoOfItsIntervals() {
        var beat = STOMPSessionHeartBeat(openedAt: Self.at(0))
        beat.agreed(sendsMs: 1000, wantsMs: 0, grace: 1, at: Self.at(0))
        #expect(beat.tick(at: Self.at(1999)) == .none)
        beat.bytesReceived(at: Self.at(1999))
        #expect(beat.nextTickMs == 3999)
        #expect(beat.tick(at: Self.at(3999)) == .closeSilent(afterMs: 2000))
        var patient = STOMPSessionHeartBeat(openedAt: Self.at(0))
        patient.agreed(sendsMs: 1000, wantsMs: 0, grace: 1.5, at: Self.at(0))
        #expect(patient.tick(at: Self.at(2999)) == .none)
        #expect(patient.tick(at: Self.at(3000)) == .closeSilent(afterMs: 3000))
    }

    @Test func ourBeatsComeBeforeTheyAreMissed() {
        var beat = STOMPSessionHeartBeat(openedAt: Self.at(0))
        beat.agreed(sendsMs: 0, wantsMs: 1000, grace: 1, at: Self.at(0))
        #expect(beat.nextTickMs == 800)
        #expect(beat.tick(at: Self.at(799)) == .none)
        #expect(beat.tick(at: Self.at(800)) == .send)
        beat.bytesSent(at: Self.at(800))
        #expect(beat.tick(at: Self.at(1599)) == .none)
    }

    @Test func whoIsNotReadIsNotSilent() {
        var beat = STOMPSessionHeartBeat(openedAt: Self.at(0))
        beat.agreed(sendsMs: 1000, wantsMs: 0, grace: 1, at: Self.at(0))
        beat.readingSuspended()
        #expect(beat.tick(at: Self.at(60_000)) == .none)
        #expect(beat.nextTickMs == nil)
        beat.readingResumed(at: Self.at(60_000))
        #expect(beat.tick(at: Self.at(61_999)) == .none)
        #expect(beat.tick(at: Self.at(62_000)) == .closeSilent(afterMs: 2000))
    }

    @Test func whatIsAgreedStandsInConnected() throws {
        let client = STOMPWorld().client()
        client.send("CONNECT\naccept-version:1.1\nheart-beat:500,800\n\n")
        #expect(try client.takeOne(.connected)["heart-beat"] == "800,500")
        #expect(client.session.nextTickMs == 640)
    }

    @Test func hugeIntervalsCostNothing() {
        var beat = STOMPSessionHeartBeat(openedAt: Self.at(0))
        beat.agreed(sendsMs: .max, wantsMs: .max, grace: 100, at: Self.at(0))
        #expect(beat.tick(at: Self.at(1_000_000)) == .none)
    }
}
