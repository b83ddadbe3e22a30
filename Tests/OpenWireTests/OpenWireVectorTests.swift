import NIOCore
import Testing

@testable import OpenWire

/// Every frame of every vector file, read and written back (reference, appendix B).
struct OpenWireVectorTests {
    @Test func allVectorsAreThere() throws {
        let files = try VectorFile.all()
        #expect(files.count { $0.isSession } == 146)
        #expect(files.count { !$0.isSession } == 26)
        #expect(files.reduce(0) { $0 + $1.frames.count } == 7_338)
    }

    @Test(arguments: try VectorFile.all())
    func decodesToTheStatedFieldsAndEncodesToTheSameBytes(_ file: VectorFile) throws {
        for fromClient in [true, false] {
            var decoder = OpenWireDecoder(format: file.format)
            var encoder = OpenWireEncoder(format: file.format)
            for frame in file.frames(fromClient: fromClient) {
                let place: Comment = "\(file.name):\(frame.line) \(frame.typeName)"
                if Self.isTightHandshake(frame, of: file) {
                    try Self.expectTightHandshake(frame, of: file)
                    continue
                }
                var input = ByteBuffer(bytes: frame.bytes)
                let command = try #require(try decoder.decode(buffer: &input), place)
                #expect(input.readableBytes == 0, place)

                let expected = try JSON.parse(frame.json)
                let actual = try DescribingVisitor.describe(command, version: file.format.version)
                Self.expectSame(actual, expected, place)

                var output = ByteBuffer()
                try encoder.encode(command, into: &output)
                #expect(Array(output.readableBytesView).hex == frame.bytes.hex, place)
            }
        }
    }

    /// The decoder that negotiates for itself reaches the settings that the recording names.
    @Test(arguments: try VectorFile.all().filter(\.isSession))
    func negotiatesWhatTheRecordingNames(_ file: VectorFile) throws {
        for fromClient in [true, false] {
            let own = try #require(file.frames(fromClient: !fromClient).first)
            let local = try WireFormatSettings(Self.handshake(own.bytes))
            var decoder = OpenWireDecoder(local: local)
            var stream = ByteBuffer()
            let frames = file.frames(fromClient: fromClient)
            for frame in frames { stream.writeBytes(frame.bytes) }
            var count = 0
            while try decoder.decode(buffer: &stream) != nil { count += 1 }
            #expect(count == frames.count)

            let format = try #require(decoder.format)
            #expect(format.version == file.format.version)
            #expect(format.tightEncodingEnabled == file.format.tightEncodingEnabled)
            #expect(format.cacheEnabled == file.format.cacheEnabled)
            #expect(format.cacheSize == file.format.cacheSize)
            #expect(format.stackTraceEnabled == file.format.stackTraceEnabled)
            // The keep-alive scenarios set a shorter one.
            if !file.name.contains("keepalive") { #expect(format.maxInactivityDuration == 30_000) }
        }
    }

    /// The synthetic tight files hold WireFormatInfo as Java's tight marshaller writes it, which never travels as a
    /// frame of its own: the decoder has no mode for it, but the field order must hold here too.
    private static func isTightHandshake(_ frame: VectorFile.Frame, of file: VectorFile) -> Bool {
        frame.typeName == "WireFormatInfo" && !file.isSession && file.format.tightEncodingEnabled
    }

    private static func expectTightHandshake(_ frame: VectorFile.Frame, of file: VectorFile) throws {
        let command = try frame.bytes.withUnsafeBytes { bytes in
            var reader = FrameReader(UnsafeRawBufferPointer(rebasing: bytes[4...]), format: file.format)
            return try reader.command()
        }
        var output = ByteBuffer()
        var writer = FrameWriter(format: file.format)
        try writer.frame(command, maxFrameSize: .max, into: &output)
        #expect(Array(output.readableBytesView).hex == frame.bytes.hex, "\(file.name):\(frame.line)")
        let actual = try DescribingVisitor.describe(command, version: file.format.version)
        self.expectSame(actual, try JSON.parse(frame.json), "\(file.name):\(frame.line)")
    }

    private static func handshake(_ bytes: [UInt8]) throws -> WireFormatInfo {
        var decoder = OpenWireDecoder(format: .handshake)
        var buffer = ByteBuffer(bytes: bytes)
        guard case .wireFormatInfo(let info) = try decoder.decode(buffer: &buffer) else {
            throw OpenWireError.handshakeExpected(type: bytes[4])
        }
        return info
    }

    private static func expectSame(_ actual: JSON, _ expected: JSON, _ place: Comment) {
        guard case .object(var fields) = actual else {
            Issue.record(place)
            return
        }
        fields["@"] = nil
        let actual = self.comparable(.object(fields))
        let expected = self.comparable(expected)
        #expect(actual == expected, place)
    }

    /// Leaves out `(body)` wherever it is compressed or arbitrary test bytes, and spells one name as the reference
    /// does: the comments follow the misspellings of Java's fields, which changed over the versions.
    private static func comparable(_ json: JSON) -> JSON { Self.normalised(json).trimmed }

    private static func normalised(_ json: JSON) -> JSON {
        switch json {
        case .array(let elements): return .array(elements.map(self.normalised))
        case .object(var members):
            for name in ["subcriptionName", "subscritionName"] {
                if let value = members.removeValue(forKey: name) { members["subscriptionName"] = value }
            }
            if members["compressed"] == .bool(true) { members["(body)"] = nil }
            if case .string = members["(body)"] { members["(body)"] = nil }
            return .object(members.mapValues(self.normalised))
        default: return json
        }
    }
}
