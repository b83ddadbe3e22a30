import NIOCore
import TestSupport
import Testing

@testable import STOMP

/// Damaged streams: each gives frames or a typed error, the same ones however the stream is cut, and never a trap.
struct STOMPFuzzTests {
    private static let seedFrames = STOMPDecoderTests.samples.map(\.bytes)

    @Test(arguments: UInt64(1)...12)
    func damagedStreams(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<400 {
            let bytes = Self.stream(&random)
            let whole = Self.run(bytes, pieces: bytes.count)
            #expect(Self.run(bytes, pieces: Int.random(in: 1...9, using: &random)) == whole, "seed \(seed): \(bytes)")
        }
    }

    /// What was found by fuzzing, one stream each; see Tests/Fuzz.
    @Test(arguments: [
        "", "\n", "\0", "C", "CONNECT\n\n", "SEND\n\n\u{fffd}\0", "CONNECT\naccept-version:,\n\n\0",
        "CONNECT\naccept-version:1.2\n\n\0SEND\n\\:\\\n\n\0",
        // An unknown command, and a header that is too long: the first is the error, however the stream is cut.
        "STOSP\n" + String(repeating: "a", count: 10_300),
    ])
    func keptStreams(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(Self.run(bytes, pieces: 1) == Self.run(bytes, pieces: max(1, bytes.count)))
    }

    /// What libFuzzer found worth keeping, under limits as small as its own.
    @Test func theCorpus() {
        var limits = STOMPLimits()
        limits.body = 512
        limits.headers = 20
        limits.headerLine = 256
        limits.head = 1024
        let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        let names = TemporaryDirectory.contents(of: tests + "/Fuzz/Corpus")
        #expect(names.count > 300)
        for name in names {
            let bytes = TestFile.bytes(tests + "/Fuzz/Corpus/" + name)
            #expect(!bytes.isEmpty, "\(name)")
            let whole = Self.run(bytes, pieces: max(1, bytes.count), limits)
            for pieces in [1, 7] { #expect(Self.run(bytes, pieces: pieces, limits) == whole, "\(name)") }
        }
    }

    private static func stream(_ random: inout SeededRandom) -> [UInt8] {
        let version = STOMPVersion.allCases.randomElement(using: &random) ?? .v12
        var bytes = Array("CONNECT\naccept-version:\(version.rawValue)\n\n\0".utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            bytes += (self.seedFrames.randomElement(using: &random) ?? "").utf8
        }
        for _ in 0..<Int.random(in: 0...6, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.insert([0, 10, 13, 58, 92].randomElement(using: &random) ?? 0, at: index)
            case 2: bytes.remove(at: index)
            default: bytes.removeSubrange(index..<min(bytes.count, index + 5))
            }
        }
        return bytes
    }

    private static func run(_ bytes: [UInt8], pieces: Int, _ limits: STOMPLimits = .default) -> [String] {
        var decoder = STOMPDecoder(limits: limits)
        var (stream, buffer, seen) = (ByteBuffer(bytes: bytes), ByteBuffer(), [String]())
        do throws(STOMPError) {
            while var piece = stream.readSlice(length: min(pieces, stream.readableBytes)), piece.readableBytes > 0 {
                buffer.writeBuffer(&piece)
                while let frame = try decoder.decode(buffer: &buffer) { seen.append("\(frame)") }
            }
        } catch {
            seen.append("\(error)")
        }
        return seen
    }
}
