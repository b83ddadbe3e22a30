import NIOCore
import Testing

@testable import OpenWire

struct OpenWireEncoderTests {
    /// Every version with stack traces; they are left out in the newest and the oldest only.
    static let forms: [WireFormat] = (1...12).flatMap { version in
        [(false, false), (false, true), (true, false), (true, true)].flatMap { tight, cache in
            (version == 1 || version == 12 ? [true, false] : [true]).map { stackTrace in
                WireFormat(
                    version: version, tightEncodingEnabled: tight, cacheEnabled: cache, stackTraceEnabled: stackTrace)
            }
        }
    }

    /// Every type with chance fields, through one encoder and one decoder so that they share their cache.
    @Test(arguments: Self.forms)
    func everythingWrittenIsReadBack(_ format: WireFormat) throws {
        var filler = FillingVisitor(version: format.version, random: SeededGenerator(seed: 7))
        var encoder = OpenWireEncoder(format: format)
        var decoder = OpenWireDecoder(format: format)
        var again = OpenWireEncoder(format: format)
        for type in FillingVisitor.types + FillingVisitor.types {
            guard let command = try filler.command(type: type) else { continue }
            var buffer = ByteBuffer()
            try encoder.encode(command, into: &buffer)
            let bytes = buffer
            let decoded = try #require(try decoder.decode(buffer: &buffer))
            #expect(decoded.typeCode == type)

            var rewritten = ByteBuffer()
            try again.encode(decoded, into: &rewritten)
            #expect(rewritten == bytes, "type \(type)")
            if format.stackTraceEnabled {
                let expected = try DescribingVisitor.describe(command, version: format.version)
                #expect(try DescribingVisitor.describe(decoded, version: format.version) == expected, "type \(type)")
            }
        }
    }

    /// Reference 4.2: the shortest form that fits, negative values always in eight bytes.
    @Test(arguments: [
        (Int64(0), "00", ""), (1, "02", "0001"), (65_535, "02", "ffff"), (65_536, "01", "00010000"),
        (4_294_967_295, "01", "ffffffff"), (4_294_967_296, "03", "0000000100000000"), (-1, "03", "ffffffffffffffff"),
        (.min, "03", "8000000000000000"), (.max, "03", "7fffffffffffffff"),
    ])
    func tightLongs(_ value: Int64, bits: String, data: String) throws {
        // SessionId with a null string: one bit before the two of the long.
        let bits = UInt8(bits, radix: 16).map { [$0 << 1].hex } ?? ""
        let format = WireFormat(tightEncodingEnabled: true)
        let size = String(repeating: "0", count: 6) + [UInt8(3 + data.count / 2)].hex
        let expected = "\(size)7901\(bits)\(data)"
        #expect(try Self.hex(.sessionID(WireSessionID(connectionID: nil, value: value)), format) == expected)
    }

    /// Reference 1.2 and 4.2: bits notNull and isAscii; U+0000 is no ASCII character here.
    @Test(arguments: [
        (WireString?.none, "00", ""), ("", "03", "0000"), ("abc", "03", "0003616263"), ("\u{E9}", "01", "0002c3a9"),
        ("\u{0}", "01", "0002c080"), ("\u{1F600}", "01", "0006eda0bdedb880"),
    ])
    func tightStrings(_ text: WireString?, bits: String, data: String) throws {
        let format = WireFormat(tightEncodingEnabled: true)
        let size = String(repeating: "0", count: 6) + [UInt8(3 + data.count / 2)].hex
        #expect(try Self.hex(.brokerID(WireBrokerID(text)), format) == "\(size)7c01\(bits)\(data)")
    }

    /// Reference 4.1: the three forms of the length in front of the bits, at their edges. The frame has two bits before
    /// those of the nulls.
    @Test(arguments: [
        (0, "01"), (6, "01"), (7, "02"), (61, "08"), (62, "08"), (63, "09"), (502, "3f"), (503, "c040"),
        (2038, "c0ff"), (2039, "800100"), (32_767, "801001"),
    ])
    func lengthOfTheBitStream(nulls: Int, length: String) throws {
        var response = DataArrayResponse()
        response.data = Array(repeating: nil, count: nulls)
        let format = WireFormat(tightEncodingEnabled: true)
        let hex = try Self.hex(.dataArrayResponse(response), format)
        #expect(hex.dropFirst(10).hasPrefix(length))
        var decoder = OpenWireDecoder(format: format)
        var buffer = ByteBuffer(bytes: try #require([UInt8](hex: hex)))
        guard case .dataArrayResponse(let read) = try decoder.decode(buffer: &buffer) else {
            Issue.record("expected a DataArrayResponse")
            return
        }
        #expect(read.data?.count == nulls)
    }

    @Test func aBitStreamTooLongForItsLengthIsRefused() {
        var inner = DataArrayResponse()
        inner.data = Array(repeating: nil, count: 32_767)
        var outer = DataArrayResponse()
        outer.data = Array(repeating: .dataArrayResponse(inner), count: 9)
        #expect(throws: OpenWireError.invalidBitStream) {
            try Self.hex(.dataArrayResponse(outer), WireFormat(tightEncodingEnabled: true))
        }
    }

    @Test(arguments: [(false, 65_535), (true, 32_766)])
    func tooLongStringsAreRefused(tight: Bool, limit: Int) throws {
        let format = WireFormat(tightEncodingEnabled: tight)
        let longest = WireBrokerID(WireString(String(repeating: "x", count: limit)))
        #expect(try Self.hex(.brokerID(longest), format).count > limit * 2)
        let tooLong = WireBrokerID(WireString(String(repeating: "x", count: limit + 1)))
        #expect(throws: OpenWireError.stringTooLong(bytes: limit + 1, limit: limit)) {
            try Self.hex(.brokerID(tooLong), format)
        }
    }

    /// The text of an exception says as much as fits; it must not keep the exception from arriving.
    @Test(arguments: [false, true])
    func longTextsOfThrowablesAreCut(tight: Bool) throws {
        let format = WireFormat(tightEncodingEnabled: tight)
        let message = WireString(String(repeating: "\u{1F600}", count: 20_000))
        let response = ExceptionResponse(
            correlationID: 1, exception: WireThrowable(className: "javax.jms.JMSException", message: message))
        var encoder = OpenWireEncoder(format: format)
        var decoder = OpenWireDecoder(format: format)
        var buffer = ByteBuffer()
        try encoder.encode(.exceptionResponse(response), into: &buffer)
        guard case .exceptionResponse(let read) = try decoder.decode(buffer: &buffer) else {
            Issue.record("expected an exception")
            return
        }
        let text = try #require(read.exception?.message)
        #expect(text.isExact)
        #expect(text.encodedCount == WireLimits.stringBytes(tight: tight) / 6 * 6)
    }

    /// Both ways, since the receiver may have to keep the id in its cache.
    @Test(arguments: [(1024, false), (1025, true)])
    func partsOfXATransactionIDsAreBounded(count: Int, isRefused: Bool) throws {
        let id = WireXATransactionID(
            formatID: 1, globalTransactionID: Array(repeating: 1, count: count), branchQualifier: nil)
        var frame = ByteBuffer(bytes: [0, 0, 4, UInt8(count - 1024 + 11), 112, 0, 0, 0, 1, 1])
        frame.writeInteger(UInt32(count))
        frame.writeRepeatingByte(1, count: count)
        frame.writeInteger(UInt8(0))
        var decoder = OpenWireDecoder(format: WireFormat())
        if isRefused {
            #expect(throws: OpenWireError.bytesTooLong(count)) { try decoder.decode(buffer: &frame) }
            #expect(throws: OpenWireError.bytesTooLong(count)) { try Self.hex(.transactionID(.xa(id)), WireFormat()) }
        } else {
            #expect(try Self.hex(.transactionID(.xa(id)), WireFormat()) == Array(frame.readableBytesView).hex)
            #expect(try decoder.decode(buffer: &frame) != nil)
        }
    }

    @Test func anArrayTooLongForItsCountIsRefused() throws {
        var info = ConnectionInfo()
        info.brokerPath = Array(repeating: nil, count: 32_768)
        #expect(throws: OpenWireError.arrayTooLong(32_768)) { try Self.hex(.connectionInfo(info), WireFormat()) }
    }

    @Test(arguments: [(UInt8(19), Int32(2)), (20, 1), (29, 2), (92, 11)])
    func typesUnknownToTheVersionAreRefused(type: UInt8, version: Int32) throws {
        let format = WireFormat(version: version, tightEncodingEnabled: true)
        let error = OpenWireError.typeNotInVersion(type: type, version: version)
        let command: OpenWireCommand =
            switch type {
            case 19: .producerAck(ProducerAck())
            case 20: .messagePull(MessagePull())
            case 29: .message(WireMessage(kind: .blob))
            default: .brokerSubscriptionInfo(BrokerSubscriptionInfo())
            }
        #expect(throws: error) { try Self.hex(command, format) }
        var decoder = OpenWireDecoder(format: format)
        var frame = ByteBuffer(bytes: [0, 0, 0, 3, type, 1, 0])
        #expect(throws: error) { try decoder.decode(buffer: &frame) }
    }

    @Test func aFrameOverTheNegotiatedSizeIsRefused() throws {
        var message = WireMessage(kind: .bytes)
        message.content = Array(repeating: 7, count: 1000)
        #expect(throws: OpenWireError.frameTooLarge(size: 1081, limit: 1000)) {
            try Self.hex(.message(message), WireFormat(maxFrameSize: 1000))
        }
    }

    /// A refused frame leaves neither bytes nor cache slots behind, or the next frames would name slots that the peer
    /// has never heard of.
    @Test(arguments: [false, true])
    func aRefusedFrameLeavesNoTrace(tight: Bool) throws {
        let format = WireFormat(tightEncodingEnabled: tight, cacheEnabled: true)
        var encoder = OpenWireEncoder(format: format)
        var untroubled = OpenWireEncoder(format: format)
        var decoder = OpenWireDecoder(format: format)
        var buffer = ByteBuffer(string: "before")
        var expected = ByteBuffer(string: "before")

        var first = ConsumerInfo()
        first.consumerID = WireConsumerID(connectionID: "ID:1", sessionID: 1, value: 1)
        var refused = first
        refused.destination = WireDestination(.queue, "Q")
        refused.selector = WireString(String(repeating: "x", count: 70_000))
        var second = refused
        second.selector = "x > 1"

        try encoder.encode(.consumerInfo(first), into: &buffer)
        #expect(throws: OpenWireError.self) { try encoder.encode(.consumerInfo(refused), into: &buffer) }
        try encoder.encode(.consumerInfo(second), into: &buffer)
        try untroubled.encode(.consumerInfo(first), into: &expected)
        try untroubled.encode(.consumerInfo(second), into: &expected)
        #expect(buffer == expected)

        buffer.moveReaderIndex(forwardBy: 6)
        _ = try decoder.decode(buffer: &buffer)
        guard case .consumerInfo(let read) = try decoder.decode(buffer: &buffer) else {
            Issue.record("expected a ConsumerInfo")
            return
        }
        #expect(read.destination == second.destination)
    }

    @Test func theHandshakeIsAlwaysLoose() throws {
        let info = WireFormatInfo(version: 12, marshalledProperties: nil)
        let everything = WireFormat(tightEncodingEnabled: true, cacheEnabled: true)
        #expect(try Self.hex(.wireFormatInfo(info), everything) == "0000000e014163746976654d510000000c00")
        #expect(try Self.hex(.null, everything) == "0000000100")
    }

    @Test func theShortCutsWriteWhatTheCommandWrites() throws {
        let format = WireFormat(tightEncodingEnabled: true, cacheEnabled: true)
        var message = WireMessage(kind: .text)
        message.messageID = WireMessageID(
            producerID: WireProducerID(connectionID: "ID:p", sessionID: 1, value: 2), producerSequenceID: 3)
        let dispatch = MessageDispatch(
            consumerID: WireConsumerID(connectionID: "ID:c", sessionID: 1, value: 1),
            destination: WireDestination(.queue, "Q"), message: message)
        var encoder = OpenWireEncoder(format: format)
        var other = OpenWireEncoder(format: format)
        var (a, b) = (ByteBuffer(), ByteBuffer())
        for _ in 0..<2 {
            try encoder.encode(dispatch, into: &a)
            try encoder.encode(Response(correlationID: 9), into: &a)
            try other.encode(.messageDispatch(dispatch), into: &b)
            try other.encode(.response(Response(correlationID: 9)), into: &b)
        }
        #expect(a == b)
    }

    private static func hex(_ command: OpenWireCommand, _ format: WireFormat) throws -> String {
        var encoder = OpenWireEncoder(format: format)
        var buffer = ByteBuffer()
        do {
            try encoder.encode(command, into: &buffer)
        } catch {
            #expect(buffer.readableBytes == 0)
            throw error
        }
        return Array(buffer.readableBytesView).hex
    }
}
