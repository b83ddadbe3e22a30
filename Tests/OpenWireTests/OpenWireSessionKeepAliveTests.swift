import BrokerCore
import Testing

@testable import OpenWire

/// OpenWire reference §19.
@Suite struct OpenWireSessionKeepAliveTests {
    private static func at(_ ms: Int64) -> Instant { Instant(wallMs: 1_700_000_000_000 + ms, monotonicMs: ms) }

    private static func watching(durationMs: Int64 = 30_000, initialDelayMs: Int64 = 10_000) -> OpenWireSessionKeepAlive
    {
        var machine = OpenWireSessionKeepAlive(openedAt: Self.at(0))
        machine.negotiated(durationMs: durationMs, initialDelayMs: initialDelayMs, at: Self.at(0))
        return machine
    }

    @Test func aSocketWithoutWireFormatInfoIsClosedAfterThirtySeconds() {
        var machine = OpenWireSessionKeepAlive(openedAt: Self.at(5))
        machine.bytesReceived(at: Self.at(20_000))
        #expect(machine.nextTickMs == 30_005)
        #expect(machine.tick(at: Self.at(30_004)) == .none)
        #expect(machine.tick(at: Self.at(30_005)) == .closeUnnegotiated(afterMs: 30_000))
    }

    @Test func aThirdOfSilenceOutAsksForKeepAlive() {
        var machine = Self.watching()
        #expect(machine.nextTickMs == 10_000)
        #expect(machine.tick(at: Self.at(9_999)) == .none)
        #expect(machine.tick(at: Self.at(10_000)) == .sendKeepAlive)
        machine.bytesSent(at: Self.at(10_000))
        #expect(machine.tick(at: Self.at(19_999)) == .none)
        #expect(machine.tick(at: Self.at(20_000)) == .sendKeepAlive)
    }

    @Test func silenceInClosesAfterTheDurationPlusTheInitialDelay() {
        var machine = Self.watching()
        machine.bytesSent(at: Self.at(39_000))
        #expect(machine.tick(at: Self.at(39_999)) == .none)
        #expect(machine.tick(at: Self.at(40_000)) == .closeSilent(afterMs: 30_000))
    }

    @Test func everyByteInStartsTheSilenceAnew() {
        var machine = Self.watching()
        machine.bytesReceived(at: Self.at(35_000))
        machine.bytesSent(at: Self.at(64_000))
        #expect(machine.tick(at: Self.at(64_999)) == .none)
        #expect(machine.tick(at: Self.at(65_000)) == .closeSilent(afterMs: 30_000))
    }

    @Test func bytesDuringTheInitialDelayDoNotShortenIt() {
        var machine = Self.watching()
        machine.bytesReceived(at: Self.at(1))
        machine.bytesSent(at: Self.at(39_000))
        #expect(machine.tick(at: Self.at(39_999)) == .none)
    }

    @Test(arguments: [0, -1, Int64.min])
    func aDurationOfZeroSwitchesWatchingOff(durationMs: Int64) {
        let machine = Self.watching(durationMs: durationMs)
        #expect(machine.nextTickMs == nil)
        #expect(machine.tick(at: Self.at(1_000_000_000)) == .none)
    }

    @Test(arguments: [Int64.min, -1, 0])
    func aNegativeInitialDelayIsNone(initialDelayMs: Int64) {
        var machine = Self.watching(durationMs: 3_000, initialDelayMs: initialDelayMs)
        machine.bytesSent(at: Self.at(2_500))
        #expect(machine.tick(at: Self.at(2_999)) == .none)
        #expect(machine.tick(at: Self.at(3_000)) == .closeSilent(afterMs: 3_000))
    }

    @Test func silenceIsNotThePeersFaultWhileWeDoNotRead() {
        var machine = Self.watching()
        machine.readingSuspended()
        #expect(machine.tick(at: Self.at(100_000)) == .sendKeepAlive)
        machine.bytesSent(at: Self.at(100_000))
        #expect(machine.nextTickMs == 110_000)
        machine.readingResumed(at: Self.at(101_000))
        machine.bytesSent(at: Self.at(130_000))
        #expect(machine.tick(at: Self.at(130_999)) == .none)
        #expect(machine.tick(at: Self.at(131_000)) == .closeSilent(afterMs: 30_000))
    }

    @Test func aDurationBelowThreeMillisecondsStillTicks() {
        let machine = Self.watching(durationMs: 1, initialDelayMs: 0)
        #expect(machine.tick(at: Self.at(0)) == .none)
        #expect(machine.nextTickMs == 1)
        #expect(machine.tick(at: Self.at(1)) == .closeSilent(afterMs: 1))
    }
}
