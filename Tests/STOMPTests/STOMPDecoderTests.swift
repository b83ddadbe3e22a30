import NIOCore
import TestSupport
import Testing

@testable import STOMP

struct STOMPDecoderTests {
    /// One table, read in both directions where the bytes are the encoder's own.
    struct Sample: Sendable, CustomTestStringConvertible {
        let version: STOMPVersion
        let bytes: String
        let frame: STOMPFrame
        var testDescription: String { "\(self.version.rawValue) \(self.bytes.debugDescription)" }
    }

    static let samples: [Sample] = [
        Sample(version: .v10, bytes: "SEND\ndestination:/queue/a\n\nhello\0\n", frame: send([], "hello")),
        Sample(version: .v10, bytes: "SEND\ndestination:/queue/a\n\n\0\n", frame: send([], "")),
        Sample(
            version: .v10, bytes: "SEND\ndestination:/queue/a\nx:a\\cb:c\n\n\0\n", frame: send([("x", "a\\cb:c")], "")),
        Sample(
            version: .v11, bytes: "SEND\ndestination:/queue/a\nx: a\\c\\n\\\\ \n\n\0\n",
            frame: send([("x", " a:\n\\ ")], "")),
        Sample(version: .v12, bytes: "SEND\ndestination:/queue/a\nx:\\r\\n\n\n\0\n", frame: send([("x", "\r\n")], "")),
        Sample(
            version: .v12, bytes: "SEND\ndestination:/queue/a\nk\\c\\\\:v\n\n\0\n", frame: send([("k:\\", "v")], "")),
        Sample(
            version: .v12, bytes: "SEND\ndestination:/queue/a\ncontent-length:3\n\na\0b\0\n",
            frame: send([("content-length", "3")], "a\0b")),
        Sample(version: .v12, bytes: "SEND\ndestination:/queue/a\nå:ñ\n\n日本\0\n", frame: send([("å", "ñ")], "日本")),
        Sample(version: .v12, bytes: "ACK\nid:1-2\n\n\0\n", frame: STOMPFrame(.ack, [STOMPHeader("id", "1-2")])),
        Sample(version: .v12, bytes: "DISCONNECT\n\n\0\n", frame: STOMPFrame(.disconnect)),
    ]

    private static func send(_ headers: [(String, String)], _ body: String) -> STOMPFrame {
        STOMPFrame(
            .send, [STOMPHeader("destination", "/queue/a")] + headers.map { STOMPHeader($0.0, $0.1) },
            body: Array(body.utf8))
    }

    @Test(arguments: Self.samples)
    func framesAreReadAsTheyAreWritten(_ sample: Sample) throws {
        var encoded = ByteBuffer()
        STOMPEncoder(version: sample.version).encode(sample.frame, into: &encoded)
        #expect(String(buffer: encoded) == sample.bytes)
        var (decoder, buffer) = try Self.connected(sample.version)
        buffer.writeString(sample.bytes)
        #expect(try decoder.decode(buffer: &buffer) == sample.frame)
        #expect(try decoder.decode(buffer: &buffer) == nil)
        #expect(buffer.readableBytes == 0)
    }

    /// One byte at a time: nothing comes early, every frame comes out whole.
    @Test(arguments: Self.samples)
    func dripFed(_ sample: Sample) throws {
        var (decoder, buffer) = try Self.connected(sample.version)
        let bytes = Array((sample.bytes + sample.bytes).utf8)
        var frames: [STOMPFrame] = []
        for (index, byte) in bytes.enumerated() {
            buffer.writeInteger(byte)
            while let frame = try decoder.decode(buffer: &buffer) {
                frames.append(frame)
                // With the NUL; the line feed after it belongs to nothing.
                #expect(index == bytes.count / 2 * frames.count - 2)
            }
        }
        #expect(frames == [sample.frame, sample.frame])
    }

    @Test(arguments: [1, 2, 7, 64, 100_000])
    func throughNIOsProcessorInChunks(of size: Int) throws {
        let processor = NIOSingleStepByteToMessageProcessor(STOMPDecoder())
        var stream = ByteBuffer(string: "CONNECT\naccept-version:1.2\n\n\0")
        for sample in Self.samples where sample.version == .v12 { stream.writeString(sample.bytes) }
        var frames: [STOMPFrame] = []
        while let chunk = stream.readSlice(length: min(size, stream.readableBytes)), chunk.readableBytes > 0 {
            try processor.process(buffer: chunk) { frames.append($0) }
        }
        #expect(frames.dropFirst() == Self.samples.filter { $0.version == .v12 }.map(\.frame)[...])
    }

    static func connected(_ version: STOMPVersion) throws -> (STOMPDecoder, ByteBuffer) {
        var decoder = STOMPDecoder()
        var buffer = ByteBuffer(string: "CONNECT\naccept-version:\(version.rawValue)\n\n\0")
        #expect(try decoder.decode(buffer: &buffer)?.command == .connect)
        #expect(decoder.version == version)
        return (decoder, buffer)
    }

    // MARK: Tolerance

    @Test(arguments: [
        (STOMPVersion.v10, "\r\n\r\n\0\0\nSEND\r\nx: a \r\n\r\n\0", "a"), (.v12, "SEND\r\nx:a \r\n\r\n\0", "a "),
        (.v11, "SEND\nx:a\r\n\r\n\0", "a\r"), (.v12, "  SEND  \nx:a\ny:\nx:b\n\n\0", "a"),
        (.v12, "SEND\nx:a\\tb\n\n\0", "a\\tb"),
        (.v11, "SEND\nx:a\\rb\n\n\0", "a\\rb"), (.v12, "SEND\nx:a\\\n\n\0", "a\\"), (.v12, "SEND\nx:a:b\n\n\0", "a:b"),
        (.v12, "SEND\nx:\n\n\0", ""),
    ])
    func whatClientsDo(_ version: STOMPVersion, _ bytes: String, _ value: String) throws {
        var (decoder, buffer) = try Self.connected(version)
        buffer.writeString(bytes)
        #expect(try decoder.decode(buffer: &buffer)?["x"] == value)
    }

    @Test(arguments: [
        ("SUB\n\n\0", STOMPCommand.subscribe), ("SUBSCRIBE\n\n\0", .subscribe), ("UNSUB\n\n\0", .unsubscribe),
        ("STOMP\n\n\0", .stomp), ("NACK\n\n\0", .nack),
        // Copied from a message: no body follows.
        ("ACK\nid:1-1\ncontent-length:8511\n\n\0", .ack), ("BEGIN\ncontent-length:x\n\n\0", .begin),
    ])
    func commands(_ bytes: String, _ command: STOMPCommand) throws {
        var decoder = STOMPDecoder()
        var buffer = ByteBuffer(string: bytes)
        #expect(try decoder.decode(buffer: &buffer)?.command == command)
    }

    @Test func theVersionHoldsFromTheNextFrameOn() throws {
        var decoder = STOMPDecoder()
        var buffer = ByteBuffer(string: "STOMP\naccept-version:1.0,1.2\nlogin: a\\c \n\n\0SEND\nx:\\c\n\n\0")
        #expect(try decoder.decode(buffer: &buffer)?["login"] == "a\\c")
        #expect(try decoder.decode(buffer: &buffer)?["x"] == ":")
    }

    // MARK: Refusals

    @Test(arguments: [
        ("HELLO\n\n\0", STOMPError.unknownCommand("HELLO")), ("send\n\n\0", .unknownCommand("send")),
        ("MESSAGE\n\n\0", .unknownCommand("MESSAGE")), ("SEND\nx\n\n\0", .malformedHeader),
        ("SEND\n:x\n\n\0", .malformedHeader), ("SEND\ncontent-length:-1\n\n\0", .invalidContentLength("-1")),
        ("SEND\ncontent-length:x\n\n\0", .invalidContentLength("x")),
        ("SEND\ncontent-length:\n\n\0", .invalidContentLength("")),
        ("SEND\ncontent-length:99999999999999999999\n\n\0", .invalidContentLength("99999999999999999999")),
        ("SEND\ncontent-length:1\n\nab\0", .unterminatedBody(length: 1)),
    ])
    func brokenFrames(_ bytes: String, _ error: STOMPError) {
        var decoder = STOMPDecoder()
        var buffer = ByteBuffer(string: bytes)
        #expect(throws: error) { try decoder.decode(buffer: &buffer) }
        // The first error is final.
        var next = ByteBuffer(string: "SEND\n\n\0")
        #expect(throws: error) { try decoder.decode(buffer: &next) }
    }

    private static let small: STOMPLimits = {
        var limits = STOMPLimits()
        limits.command = 10
        limits.headerLine = 20
        limits.headers = 2
        limits.body = 30
        limits.head = 50
        return limits
    }()

    /// The limit holds before the rest has come, however the bytes are cut.
    @Test(arguments: [
        ("SUBSCRIBEXX", STOMPError.commandTooLong(limit: 10)),
        ("SEND\nabcdefghijklmnopqrstu", .headerTooLong(limit: 20)),
        ("SEND\na:1\nb:2\nc:3", .tooManyHeaders(limit: 2)),
        ("SEND\nab:cdefghijklmnopqrs\nab:cdefghijklmnopqrs\nabcdefghi", .tooManyHeaders(limit: 2)),
        ("SEND\ncontent-length:31\n\n", .bodyTooLong(limit: 30)),
        ("SEND\n\n" + String(repeating: "x", count: 31), .bodyTooLong(limit: 30)),
    ])
    func limits(_ bytes: String, _ error: STOMPError) {
        for size in [1, 3, bytes.utf8.count] {
            var decoder = STOMPDecoder(limits: Self.small)
            var (stream, buffer) = (ByteBuffer(string: bytes), ByteBuffer())
            #expect(throws: error, "in pieces of \(size)") {
                while var piece = stream.readSlice(length: min(size, stream.readableBytes)), piece.readableBytes > 0 {
                    buffer.writeBuffer(&piece)
                    _ = try decoder.decode(buffer: &buffer)
                }
            }
        }
    }

    /// Before the rest of the head has come.
    @Test func noiseIsRefusedWithItsFirstLine() {
        var decoder = STOMPDecoder()
        var buffer = ByteBuffer(string: "\0\0HELO me\nx")
        #expect(throws: STOMPError.unknownCommand("HELO me")) { try decoder.decode(buffer: &buffer) }
    }

    /// Where a line breaks its own limit too, the one counts that its first bytes break, however the bytes are cut.
    @Test(arguments: [
        (String(repeating: "a:b\n", count: 12), STOMPError.headTooLong(limit: 50)),
        (
            String(repeating: "ab:cdefghijklmnopqrs\n", count: 2) + String(repeating: "x", count: 30) + "\n",
            .headTooLong(limit: 50)
        ),
        ("a:b\n" + String(repeating: "x", count: 60) + "\n", .headerTooLong(limit: 20)),
    ])
    func theHeadHasALimitOfItsOwn(_ headers: String, _ error: STOMPError) {
        var limits = Self.small
        limits.headers = 1000
        let bytes = "SEND\n" + headers
        for size in [1, 7, bytes.utf8.count] {
            var decoder = STOMPDecoder(limits: limits)
            var (stream, buffer) = (ByteBuffer(string: bytes), ByteBuffer())
            #expect(throws: error, "in pieces of \(size)") {
                while var piece = stream.readSlice(length: min(size, stream.readableBytes)), piece.readableBytes > 0 {
                    buffer.writeBuffer(&piece)
                    _ = try decoder.decode(buffer: &buffer)
                }
            }
        }
    }

    @Test func exactlyTheLimitsAreAllowed() throws {
        var decoder = STOMPDecoder(limits: Self.small)
        let body = String(repeating: "x", count: 30)
        var buffer = ByteBuffer(string: "SEND\na:\(String(repeating: "b", count: 18))\nc:d\r\n\r\n\(body)\0")
        #expect(try decoder.decode(buffer: &buffer)?.body.count == 30)
    }
}
