import NIOCore
import Testing

@testable import OpenWire

/// Damaged frames: each gives a command or a typed error, within the memory that its size allows, and never a trap.
struct OpenWireFuzzTests {
    @Test(arguments: try VectorFile.all(), [UInt64(1), 2, 3])
    func damagedVectors(_ file: VectorFile, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ UInt64(file.frames.count))
        for fromClient in [true, false] {
            var decoder = OpenWireDecoder(format: file.format)
            for frame in file.frames(fromClient: fromClient) where file.isSession || frame.typeName != "WireFormatInfo"
            {
                // Damage meets the cache as the connection has it; the long frames cost much and show little.
                if frame.bytes.count < 4000 {
                    var bytes = frame.bytes
                    Mutation.apply(to: &bytes, from: 4, using: &random)
                    // The size is right more often than not, or little but the framing would be tried.
                    if Int.random(in: 0..<10, using: &random) > 0 {
                        let size = UInt32(bytes.count - 4)
                        withUnsafeBytes(of: size.bigEndian) { bytes.replaceSubrange(0..<4, with: $0) }
                    }
                    Self.feed(bytes, to: decoder, "\(file.name):\(frame.line) seed \(seed): \(bytes.hex)")
                }
                var whole = ByteBuffer(bytes: frame.bytes)
                _ = try decoder.decode(buffer: &whole)
            }
        }
    }

    /// Each frame cut at each place, with the size of what is left: never a command, always the same kind of error.
    @Test(arguments: try VectorFile.named("v12-tight", "v12-loose", "v12-loose-cache"))
    func cutFrames(_ file: VectorFile) throws {
        var decoder = OpenWireDecoder(format: file.format)
        for frame in file.frames where frame.typeName != "WireFormatInfo" {
            for count in stride(from: 1, to: frame.bytes.count - 4, by: max(1, frame.bytes.count / 40)) {
                var cut = ByteBuffer(bytes: [0, 0, UInt8(count >> 8), UInt8(count & 255)])
                cut.writeBytes(frame.bytes[4..<(4 + count)])
                var copy = decoder
                #expect(throws: OpenWireError.truncated, "\(file.name):\(frame.line) at \(count)") {
                    try copy.decode(buffer: &cut)
                }
            }
            var whole = ByteBuffer(bytes: frame.bytes)
            _ = try decoder.decode(buffer: &whole)
        }
    }

    @Test(arguments: [false, true], [false, true])
    func noise(tight: Bool, cache: Bool) {
        var random = SeededGenerator(seed: 5)
        let format = WireFormat(tightEncodingEnabled: tight, cacheEnabled: cache, stackTraceEnabled: true)
        for _ in 0..<2000 {
            let count = Int.random(in: 1...60, using: &random)
            var bytes: [UInt8] = [0, 0, 0, UInt8(count)]
            bytes.append(FillingVisitor.types.randomElement(using: &random) ?? 1)
            // Mostly small values: presence, short counts, known types.
            for _ in 1..<count {
                bytes.append(.random(in: 0...(Bool.random(using: &random) ? 3 : 255), using: &random))
            }
            Self.feed(bytes, to: OpenWireDecoder(format: format), "\(format) \(bytes.hex)")
        }
    }

    private static func feed(_ bytes: [UInt8], to decoder: OpenWireDecoder, _ comment: @autoclosure () -> String) {
        var decoder = decoder
        var buffer = ByteBuffer(bytes: bytes)
        do throws(OpenWireError) {
            while let command = try decoder.decode(buffer: &buffer) {
                let consumed = bytes.count - buffer.readableBytes
                #expect(decoder.lastFrameMemory <= WireLimits.memory(forFrameOf: consumed), "\(comment())")
                // What was understood can be written again, or is refused in words.
                var output = ByteBuffer()
                var encoder = OpenWireEncoder(format: decoder.format ?? .handshake)
                do throws(OpenWireError) {
                    try encoder.encode(command, into: &output)
                } catch {
                    #expect(output.readableBytes == 0, "\(comment())")
                }
            }
            // Nothing, because the size names more than there is: the bytes are still there.
            if let size = buffer.getInteger(at: buffer.readerIndex, as: Int32.self) {
                #expect(Int(size) > buffer.readableBytes - 4, "\(comment())")
            }
        } catch {
            #expect(decoder.lastFrameMemory <= WireLimits.memory(forFrameOf: bytes.count), "\(comment())")
        }
    }
}
