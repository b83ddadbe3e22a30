import BrokerCore
import Glibc
import NIOCore
import STOMP

/// Set to leave the session out: ten times as many inputs for the decoder.
private let isDecoderAlone = getenv("STOMP_FUZZ_DECODER") != nil

/// libFuzzer's loop. Its own main is not used: the linker wants this program's.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ input: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@_cdecl("stomp_fuzz_main")
package func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments) { fuzzOneInput($0, $1) }
}

/// One input of libFuzzer: the bytes of a client, read whole and in pieces, and carried through a session.
///
/// Traps where the two readings differ, where a frame is larger than its limits, or where anything below traps.
private func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let whole = Reading(of: bytes, pieces: max(1, bytes.count))
    let cut = Reading(of: bytes, pieces: 1 + count % 7)
    precondition(whole == cut, "the stream reads otherwise in pieces")
    return 0
}

/// What a stream of bytes leads to.
private struct Reading: Equatable {
    private(set) var frames: [STOMPFrame] = []
    private(set) var error: STOMPError?
    private(set) var answers = ByteBuffer()

    init(of bytes: [UInt8], pieces: Int) {
        var limits = STOMPLimits()
        limits.body = 512
        limits.headers = 20
        limits.headerLine = 256
        limits.head = 1024
        var decoder = STOMPDecoder(limits: limits)
        let now = Instant(wallMs: 1, monotonicMs: 1)
        var session = STOMPSession(
            link: LinkID(1), peer: "tcp://fuzz:1", settings: STOMPSessionSettings(server: "f", identityPrefix: "ID:f-"),
            openedAt: now)
        var (stream, buffer) = (ByteBuffer(bytes: bytes), ByteBuffer())
        do throws(STOMPError) {
            while var piece = stream.readSlice(length: min(pieces, stream.readableBytes)), piece.readableBytes > 0 {
                buffer.writeBuffer(&piece)
                while let frame = try decoder.decode(buffer: &buffer) {
                    precondition(frame.body.count <= limits.body && frame.headers.count <= limits.headers)
                    self.frames.append(frame)
                    if isDecoderAlone { continue }
                    self.follow(session.receive(frame, at: now), &session, now)
                }
            }
        } catch {
            self.error = error
            if isDecoderAlone { return }
            self.follow(session.receive(error), &session, now)
        }
    }

    /// Answers as a broker that agrees to everything, and sends each message back to its sender.
    private mutating func follow(_ received: STOMPSession.Received, _ session: inout STOMPSession, _ now: Instant) {
        switch received {
        case .none, .finish: break
        case .submit(let request): self.answer(request, &session, now)
        case .submitAll(let requests), .connect(let requests):
            for request in requests { self.answer(request, &session, now) }
        case .refuse(let frame, _): self.write(frame, session)
        }
    }

    private mutating func answer(_ request: BrokerRequest, _ session: inout STOMPSession, _ now: Instant) {
        if let token = request.reply { self.hear(.reply(request.link, token, .done), &session, now) }
        guard case .send(let message, _) = request.command else { return }
        let consumer = ConsumerID(connection: "ID:f-1", session: -1, value: 1)
        let dispatch = Dispatch(
            consumer: consumer, message: message, sequence: MessageSequence(Int64(self.frames.count)),
            redeliveryCount: 0, isFirstOfGroup: false)
        self.hear(.dispatch(request.link, dispatch), &session, now)
        _ = session.takeAcknowledgements()
    }

    private mutating func hear(_ event: BrokerEvent, _ session: inout STOMPSession, _ now: Instant) {
        switch session.send(event, at: now) {
        case .none, .close: break
        case .frame(let frame), .refuse(let frame, _): self.write(frame, session)
        case .two(let first, let second):
            self.write(first, session)
            self.write(second, session)
        case .finish(let frames): for frame in frames { self.write(frame, session) }
        }
    }

    private mutating func write(_ frame: STOMPFrame, _ session: STOMPSession) {
        STOMPEncoder(version: session.version).encode(frame, into: &self.answers)
    }
}
