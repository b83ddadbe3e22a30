import NIOCore
import Testing

@testable import OpenWire

struct OpenWireDecoderTests {
    private static let sample = Result {
        try VectorFile.named(
            "basic-1", "headers-1", "tx-local-1", "v12-tight", "v12-loose", "v1-loose", "v12-loose-cache")
    }

    /// One byte at a time: nothing comes early, a partial frame is left alone, and every frame comes out whole.
    @Test(arguments: try Self.sample.get())
    func dripFed(_ file: VectorFile) throws {
        for fromClient in [true, false] {
            let frames = file.frames(fromClient: fromClient).filter {
                file.isSession || $0.typeName != "WireFormatInfo"
            }
            var decoder = OpenWireDecoder(format: file.format)
            var encoder = OpenWireEncoder(format: file.format)
            var buffer = ByteBuffer()
            for frame in frames {
                for (offset, byte) in frame.bytes.enumerated() {
                    buffer.writeInteger(byte)
                    let before = buffer.readableBytes
                    guard let command = try decoder.decode(buffer: &buffer) else {
                        #expect(buffer.readableBytes == before)
                        #expect(offset < frame.bytes.count - 1, "\(file.name):\(frame.line)")
                        continue
                    }
                    #expect(offset == frame.bytes.count - 1, "\(file.name):\(frame.line)")
                    #expect(buffer.readableBytes == 0)
                    var output = ByteBuffer()
                    try encoder.encode(command, into: &output)
                    #expect(output == ByteBuffer(bytes: frame.bytes), "\(file.name):\(frame.line)")
                }
                buffer.discardReadBytes()
            }
        }
    }

    @Test(arguments: [1, 3, 100, 100_000])
    func throughNIOsProcessorInChunks(of size: Int) throws {
        let file = try #require(try VectorFile.named("basic-1").first { $0.name.contains("tight-cache-v12") })
        let frames = file.frames(fromClient: false)
        let processor = NIOSingleStepByteToMessageProcessor(OpenWireDecoder(local: WireFormatSettings()))
        var types: [UInt8] = []
        var stream = ByteBuffer()
        for frame in frames { stream.writeBytes(frame.bytes) }
        // The recording has stack traces and our settings do not: it ends before the first of them.
        while let chunk = stream.readSlice(length: min(size, stream.readableBytes)), chunk.readableBytes > 0 {
            try processor.process(buffer: chunk) { types.append($0.typeCode) }
        }
        #expect(types == frames.map { $0.bytes[4] })
    }

    // MARK: Framing

    @Test(arguments: [
        ("ffffffff01", OpenWireError.negativeFrameSize(-1)),
        ("80000000", .negativeFrameSize(.min)),
        ("00000000", .emptyFrame),
        ("06400001", .frameTooLarge(size: 104_857_601, limit: 104_857_600)),
        ("7fffffff", .frameTooLarge(size: 2_147_483_647, limit: 104_857_600)),
        // Types that nobody assigned.
        ("000000010d", .unknownType(13)), ("0000000123", .unknownType(35)), ("00000001ff", .unknownType(255)),
        ("0000000148", .unknownType(72)), ("0000000168", .unknownType(104)),
        // KeepAliveInfo: int32 and bool.
        ("000000010a", .truncated), ("000000050a00000001", .truncated), ("000000070a000000010000", .leftoverBytes(1)),
        ("000000020000", .leftoverBytes(1)),
        // BrokerId: a string that claims more than there is.
        ("000000057c01000261", .truncated), ("000000047c01ffff", .truncated),
        // PartialCommand: bytes.
        ("0000000a3c0000000101ffffffff", .negativeLength(-1)), ("0000000a3c00000001017fffffff", .truncated),
        // BrokerSubscriptionInfo: commandId, flag, null id, null name, an array of -1, then of 32,767 objects.
        ("0000000b5c000000000000 0001ffff", .negativeLength(-1)), ("0000000b5c000000000000 00017fff", .truncated),
        // MessageDispatch whose consumer is a destination, and whose message is a Response.
        ("0000000a15000000000001640000", .unexpectedType(100)), ("0000000a150000000000000001 1e", .unexpectedType(30)),
        // RemoveInfo of a destination.
        ("0000000a0c000000000001640000", .unexpectedType(100)),
        ("0000000e014163746976654d5200000001 00", .badMagic),
    ])
    func brokenLooseFrames(_ hex: String, _ error: OpenWireError) throws {
        try Self.expect(error, from: hex, in: WireFormat())
    }

    @Test(arguments: [
        // The length in front of the bits: 64 and 0x81 are no forms of it, and the bits must be there.
        ("000000030a4000", OpenWireError.invalidBitStream), ("000000030a8100", .invalidBitStream),
        ("000000020a01", .truncated), ("000000030ac010", .truncated), ("000000040a800100", .truncated),
        ("000000010a", .truncated),
        // KeepAliveInfo: one bit, four bytes.
        ("000000060a0000000001", .truncated), ("000000070a010000000001", nil),
        ("000000080a02000000000001", .leftoverBits(15)), ("000000080a01000000000100", .leftoverBytes(1)),
        // DataArrayResponse with 32,767 nulls in a few bits.
        ("0000000d2101020000000000000000 7fff", .truncated),
        // DataResponse with a message that says it is marshalled already (4.3).
        ("0000000c2001060000000000000000 17", .preMarshalledObject),
    ])
    func brokenTightFrames(_ hex: String, _ error: OpenWireError?) throws {
        try Self.expect(error, from: hex, in: WireFormat(tightEncodingEnabled: true))
    }

    /// SessionInfo: commandId, flag, then a cached SessionId.
    @Test(arguments: [
        ("00000009040000000000 000005", OpenWireError.cacheSlotEmpty(5)),
        ("00000009040000000000 000400", .cacheIndexOutOfRange(1024)),
        ("00000009040000000000 00ffff", .cacheIndexOutOfRange(-1)),
        ("0000000a040000000000 01040000", .cacheIndexOutOfRange(1024)),
        ("0000000a040000000000 01fffe00", .cacheIndexOutOfRange(-2)),
        ("0000000a040000000000 01ffff00", nil),
        ("0000000a040000000000 0103ff00", nil),
    ])
    func cacheIndexes(_ hex: String, _ error: OpenWireError?) throws {
        let size = [UInt8](hex: hex).map { $0.count - 4 } ?? 0
        let framed = "000000" + [UInt8(size)].hex + hex.dropFirst(8)
        try Self.expect(error, from: framed, in: WireFormat(cacheEnabled: true))
    }

    @Test func aSlotOfAnotherTypeIsRefused() throws {
        let format = WireFormat(cacheEnabled: true)
        var decoder = OpenWireDecoder(format: format)
        var buffer = ByteBuffer()
        var encoder = OpenWireEncoder(format: format)
        var info = ConsumerInfo()
        info.consumerID = WireConsumerID(connectionID: "c", sessionID: 1, value: 1)
        try encoder.encode(.consumerInfo(info), into: &buffer)
        #expect(try decoder.decode(buffer: &buffer) != nil)
        // SessionInfo that names the consumer's slot.
        let bytes = try #require([UInt8](hex: "00000009040000000000 000000"))
        buffer.writeBytes(bytes)
        #expect(throws: OpenWireError.cacheSlotOfWrongType(0)) { try decoder.decode(buffer: &buffer) }
    }

    @Test func theFirstErrorIsFinal() throws {
        var decoder = OpenWireDecoder(format: WireFormat())
        var broken = ByteBuffer(bytes: [0, 0, 0, 1, 13])
        #expect(throws: OpenWireError.unknownType(13)) { try decoder.decode(buffer: &broken) }
        var whole = ByteBuffer(bytes: [0, 0, 0, 1, 0])
        #expect(throws: OpenWireError.unknownType(13)) { try decoder.decode(buffer: &whole) }
    }

    @Test func theFrameLimitIsAnArgumentAndTheLowerOneWins() throws {
        var frame = ByteBuffer(bytes: [0, 0, 0, 101])
        var decoder = OpenWireDecoder(format: WireFormat(), frameLimit: 100)
        #expect(throws: OpenWireError.frameTooLarge(size: 101, limit: 100)) { try decoder.decode(buffer: &frame) }
        decoder = OpenWireDecoder(format: WireFormat(maxFrameSize: 99))
        #expect(throws: OpenWireError.frameTooLarge(size: 101, limit: 99)) { try decoder.decode(buffer: &frame) }
        decoder = OpenWireDecoder(format: WireFormat(), frameLimit: 101)
        #expect(try decoder.decode(buffer: &frame) == nil)
    }

    // MARK: Handshake

    @Test func nothingComesBeforeTheHandshake() throws {
        var decoder = OpenWireDecoder(local: WireFormatSettings())
        // Seen with the first byte of the type, before the rest of the frame is there.
        var early = ByteBuffer(bytes: [0, 0, 0, 100, 3])
        #expect(throws: OpenWireError.handshakeExpected(type: 3)) { try decoder.decode(buffer: &early) }
        decoder = OpenWireDecoder(local: WireFormatSettings())
        var huge = ByteBuffer(bytes: [0, 1, 0, 1])
        #expect(throws: OpenWireError.frameTooLarge(size: 65_537, limit: 65_536)) { try decoder.decode(buffer: &huge) }
    }

    @Test func theFrameAfterTheHandshakeIsReadAsNegotiated() throws {
        let client = try WireFormatSettings().info()
        let format = WireFormat.negotiated(WireFormatSettings(), WireFormatSettings())
        #expect(format.tightEncodingEnabled && format.cacheEnabled)
        var encoder = OpenWireEncoder(format: format)
        var buffer = ByteBuffer()
        try encoder.encode(.wireFormatInfo(client), into: &buffer)
        for _ in 0..<2 {
            var info = SessionInfo()
            info.sessionID = WireSessionID(connectionID: "ID:1", value: 1)
            try encoder.encode(.sessionInfo(info), into: &buffer)
        }
        var decoder = OpenWireDecoder(local: WireFormatSettings())
        #expect(decoder.format == nil)
        #expect(try decoder.decode(buffer: &buffer)?.typeCode == 1)
        #expect(decoder.format == format)
        for _ in 0..<2 {
            guard case .sessionInfo(let info) = try decoder.decode(buffer: &buffer) else {
                Issue.record("expected a SessionInfo")
                return
            }
            #expect(info.sessionID == WireSessionID(connectionID: "ID:1", value: 1))
        }
    }

    // MARK: Bounds

    /// Causes of causes, and data structures of data structures.
    @Test(arguments: [false, true], [31, 32, 33])
    func nestingIsBounded(tight: Bool, depth: Int) throws {
        let format = WireFormat(tightEncodingEnabled: tight, stackTraceEnabled: true)
        var command = OpenWireCommand.keepAliveInfo(KeepAliveInfo())
        for _ in 0..<depth {
            var response = DataResponse()
            response.data = command
            command = .dataResponse(response)
        }
        var cause: WireThrowable?
        for _ in 0..<depth { cause = WireThrowable(className: "C", message: nil, cause: cause) }
        let error = cause.map { ExceptionResponse(correlationID: 0, exception: $0) } ?? ExceptionResponse()
        for command in [command, .exceptionResponse(error)] {
            var encoder = OpenWireEncoder(format: format)
            var buffer = ByteBuffer()
            if depth > WireLimits.nesting {
                #expect(throws: OpenWireError.nestingTooDeep(limit: 32)) { try encoder.encode(command, into: &buffer) }
                continue
            }
            try encoder.encode(command, into: &buffer)
            var decoder = OpenWireDecoder(format: format)
            #expect(try decoder.decode(buffer: &buffer)?.typeCode == command.typeCode)
        }
    }

    /// DataResponse in DataResponse, deeper than the encoder would write it.
    @Test func deepFramesAreRefused() throws {
        var body: [UInt8] = []
        for _ in 0..<100_000 { body += [32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] }
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(body.count))
        frame.writeBytes(body)
        var decoder = OpenWireDecoder(format: WireFormat())
        #expect(throws: OpenWireError.nestingTooDeep(limit: 32)) { try decoder.decode(buffer: &frame) }
    }

    /// Nulls are small on the wire and large in memory: arrays full of them are refused before they cost much.
    @Test func arraysOfNullsCannotFillTheMemory() throws {
        // DataArrayResponse holding DataArrayResponses of 32,767 nulls each.
        var body: [UInt8] = [33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 200]
        for _ in 0..<200 {
            body += [1, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 0xFF]
            body += [UInt8](repeating: 0, count: 32_767)
        }
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(body.count))
        frame.writeBytes(body)
        var decoder = OpenWireDecoder(format: WireFormat())
        let limit = WireLimits.memory(forFrameOf: body.count)
        #expect(throws: OpenWireError.memoryLimitExceeded(limit: limit)) { try decoder.decode(buffer: &frame) }
        #expect(decoder.lastFrameMemory <= limit)
    }

    private static func expect(_ error: OpenWireError?, from hex: String, in format: WireFormat) throws {
        let bytes = try #require([UInt8](hex: hex))
        var decoder = OpenWireDecoder(format: format)
        var buffer = ByteBuffer(bytes: bytes)
        if let error {
            #expect(throws: error) { try decoder.decode(buffer: &buffer) }
        } else {
            #expect(try decoder.decode(buffer: &buffer) != nil)
        }
        #expect(decoder.lastFrameMemory <= bytes.count)
    }
}
