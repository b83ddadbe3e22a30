import BrokerCore
import Testing

@testable import OpenWire

/// Handshake, life cycle and keep-alive of one socket (OpenWire reference §§2, 9, 19, 20).
@Suite struct OpenWireSessionTests {
    // MARK: Handshake

    @Test func theSessionOpensWithItsOwnWireFormatInfo() throws {
        guard case .wireFormatInfo(let info) = SessionPeer(version: nil).session.opening else {
            Issue.record("no WireFormatInfo")
            return
        }
        let ours = try WireFormatSettings(info)
        #expect(ours.version == 12)
        #expect(ours.tightEncodingEnabled && ours.cacheEnabled)
        #expect(ours.cacheSize == 1024)
        #expect(!ours.stackTraceEnabled && !ours.sizePrefixDisabled)
        #expect(ours.maxInactivityDuration == 30_000)
        #expect(ours.maxInactivityDurationInitialDelay == 10_000)
        #expect(ours.maxFrameSize == 104_857_600 && ours.maxFrameSizeEnabled)
    }

    @Test func theirWireFormatInfoNegotiatesAndGetsBrokerInfo() {
        var peer = SessionPeer(version: nil)
        let theirs = SessionPeer.handshake(version: 10) {
            $0.tightEncodingEnabled = false
            $0.cacheSize = 512
            $0.stackTraceEnabled = true
        }
        guard case .negotiated(let format, greeting: .brokerInfo(let info)) = peer.receive(theirs) else {
            Issue.record("not negotiated")
            return
        }
        #expect(format.version == 10)
        #expect(!format.tightEncodingEnabled && format.cacheEnabled && !format.stackTraceEnabled)
        #expect(format.cacheSize == 512)
        #expect(info.brokerID?.value == "ID:lockkeeper" && info.brokerName == "keeper")
        #expect(info.brokerURL == "tcp://keeper:61616")
        #expect(info.peerBrokerInfos == nil && !info.networkConnection && !info.faultTolerantConfiguration)
        #expect(info.header == CommandHeader())
    }

    @Test func aCommandBeforeTheHandshakeIsAFault() throws {
        var peer = SessionPeer(version: nil)
        #expect(try peer.fault(.shutdownInfo(ShutdownInfo())) == .commandBeforeHandshake(type: 11))
    }

    @Test func aSecondHandshakeIsAFault() throws {
        var peer = SessionPeer()
        #expect(try peer.fault(SessionPeer.handshake()) == .repeatedHandshake)
    }

    @Test func aHandshakeWithWrongPropertiesIsAFault() throws {
        var peer = SessionPeer(version: nil)
        let properties: PrimitiveMap = ["CacheSize": .text("many")]
        let info = WireFormatInfo(version: 12, marshalledProperties: try properties.encode())
        let fault = try peer.fault(.wireFormatInfo(info))
        #expect(fault == .badHandshake(.handshakePropertyOfWrongType(name: "CacheSize")))
    }

    @Test func nullFramesAreNothing() {
        var peer = SessionPeer(version: nil)
        guard case .none = peer.receive(.null) else {
            Issue.record("not ignored before the handshake")
            return
        }
        _ = peer.receive(SessionPeer.handshake())
        guard case .none = peer.receive(.null) else {
            Issue.record("not ignored after the handshake")
            return
        }
    }

    // MARK: The end

    @Test func shutdownInfoEndsTheSession() {
        var peer = SessionPeer()
        guard case .finished = peer.receive(.shutdownInfo(ShutdownInfo())) else {
            Issue.record("not finished")
            return
        }
        Self.expectEnded(&peer)
    }

    @Test func afterAFaultNothingIsSaidAnyMore() throws {
        var peer = SessionPeer()
        _ = try peer.fault(.sessionInfo(SessionInfo()))
        Self.expectEnded(&peer)
    }

    @Test func theBrokerCanEndTheSession() {
        var peer = SessionPeer()
        guard
            case .close(because: "taken over") = peer.session.send(.close(SessionPeer.link, "taken over"), at: peer.now)
        else {
            Issue.record("not closed")
            return
        }
        Self.expectEnded(&peer)
    }

    @Test func theBrokerCanEndTheSessionBeforeTheHandshake() {
        var peer = SessionPeer(version: nil)
        guard case .close = peer.session.send(.close(SessionPeer.link, "stopping"), at: peer.now) else {
            Issue.record("not closed")
            return
        }
        Self.expectEnded(&peer)
    }

    private static func expectEnded(_ peer: inout SessionPeer) {
        guard case .none = peer.receive(Client.message()) else {
            Issue.record("a frame was taken after the end")
            return
        }
        guard case .none = peer.session.send(.failure(SessionPeer.link, .general("x")), at: peer.now) else {
            Issue.record("a frame was sent after the end")
            return
        }
        let late = Instant(wallMs: 0, monotonicMs: 10_000_000)
        guard case .none = peer.session.tick(at: late), peer.session.nextTickMs == nil else {
            Issue.record("still watching after the end")
            return
        }
    }

    // MARK: Keep-alive and flow control

    @Test func theDurationIsTheSmallerOfBoth() {
        var peer = SessionPeer(version: nil)
        let theirs = SessionPeer.handshake {
            $0.maxInactivityDuration = 9_000
            $0.maxInactivityDurationInitialDelay = 500
        }
        _ = peer.receive(theirs)
        #expect(peer.session.nextTickMs == 4_000)
        guard case .send(.keepAliveInfo(let info)) = peer.session.tick(at: Instant(wallMs: 0, monotonicMs: 4_000))
        else {
            Issue.record("no keep-alive")
            return
        }
        #expect(info.header == CommandHeader())
        peer.session.bytesSent(at: Instant(wallMs: 0, monotonicMs: 10_000))
        guard case .close(.silentPeer(afterMs: 9_000)) = peer.session.tick(at: Instant(wallMs: 0, monotonicMs: 10_500))
        else {
            Issue.record("not closed")
            return
        }
        Self.expectEnded(&peer)
    }

    @Test func aDurationOfZeroSwitchesWatchingOff() {
        var peer = SessionPeer(version: nil)
        _ = peer.receive(SessionPeer.handshake { $0.maxInactivityDuration = 0 })
        #expect(peer.session.nextTickMs == nil)
        guard case .none = peer.session.tick(at: Instant(wallMs: 0, monotonicMs: 1_000_000)) else {
            Issue.record("still watching")
            return
        }
    }

    @Test func aSocketWithoutHandshakeIsClosed() {
        var peer = SessionPeer(version: nil)
        peer.session.bytesReceived(at: Instant(wallMs: 0, monotonicMs: 30_000))
        guard
            case .close(.handshakeTimedOut(afterMs: 30_000)) = peer.session.tick(
                at: Instant(wallMs: 0, monotonicMs: 31_000))
        else {
            Issue.record("not closed")
            return
        }
        Self.expectEnded(&peer)
    }

    @Test func aSuspendedSocketIsNotSilent() {
        var peer = SessionPeer()
        guard case .suspendReading = peer.session.send(.suspendReading(SessionPeer.link), at: peer.now) else {
            Issue.record("not suspended")
            return
        }
        let late = Instant(wallMs: 0, monotonicMs: 200_000)
        peer.session.bytesSent(at: late)
        guard case .none = peer.session.tick(at: late) else {
            Issue.record("the peer was blamed for our not reading")
            return
        }
        guard case .resumeReading = peer.session.send(.resumeReading(SessionPeer.link), at: late) else {
            Issue.record("not resumed")
            return
        }
        peer.session.bytesSent(at: Instant(wallMs: 0, monotonicMs: 230_000))
        guard case .close(.silentPeer) = peer.session.tick(at: Instant(wallMs: 0, monotonicMs: 230_000)) else {
            Issue.record("silence after the resumption was not seen")
            return
        }
    }

    // MARK: What cannot be written

    @Test func aDispatchThatCannotBeWrittenIsPoison() throws {
        let message = Message(
            id: MessageID(producer: Client.producerID, sequence: 1),
            headers: MessageHeaders(destination: .queue("Q"), isPersistent: true), properties: nil, bodyKind: .text,
            isCompressed: false, body: nil)
        let dispatch = Dispatch(
            consumer: Client.consumerID, message: message, sequence: MessageSequence(44), redeliveryCount: 0,
            isFirstOfGroup: false)
        let request = SessionPeer().session.undeliverable(dispatch, because: .frameTooLarge(size: 2, limit: 1))
        guard case .acknowledge(let ack) = request.command else {
            Issue.record("no acknowledgement")
            return
        }
        #expect(request.reply == nil && request.link == SessionPeer.link)
        #expect(ack.kind == .poison && ack.consumer == Client.consumerID && ack.count == 1)
        #expect(ack.first?.sequence == 44 && ack.last.sequence == 44 && ack.last.id == message.id)
        #expect(ack.cause?.contains("frameTooLarge(size: 2, limit: 1)") == true)
    }
}
