import Testing

@testable import OpenWire

struct WireStringTests {
    /// Reference 1.2: U+0000 is two bytes, a supplementary character its two surrogates.
    @Test(arguments: [
        ("", ""), ("abc", "616263"), ("\u{7F}", "7f"), ("\u{0}", "c080"), ("\u{80}", "c280"),
        ("caf\u{E9}", "636166c3a9"),
        ("\u{7FF}", "dfbf"), ("\u{800}", "e0a080"), ("\u{FFFF}", "efbfbf"), ("\u{10000}", "eda080edb080"),
        ("\u{1F600}", "eda0bdedb880"), ("\u{10FFFF}", "edafbfedbfbf"), ("a\u{0}\u{1F600}z", "61c080eda0bdedb8807a"),
        ("0123456789abcdef\u{E9}", "30313233343536373839616263646566c3a9"),
    ])
    func textIsRecodedBothWays(_ text: String, _ hex: String) throws {
        let bytes = try #require([UInt8](hex: hex))
        let written = WireString(text)
        #expect(Self.bytes(written) == bytes)
        #expect(written.encodedCount == bytes.count)
        let read = bytes.withUnsafeBytes { WireString(modifiedUTF8: $0) }
        #expect(read.text.unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(read.isExact)
        #expect(read == written && read.hashValue == written.hashValue)
        #expect(read.isText(text))
    }

    /// What no Swift string encodes to is kept as it came, with a text that says as much as it can.
    @Test(arguments: [
        // Lone surrogates, in the wrong order, and one at the end.
        ("eda080", "\u{FFFD}"), ("edb880eda0bd", "\u{FFFD}\u{FFFD}"), ("61eda0bd", "a\u{FFFD}"),
        // Real UTF-8 beyond U+FFFF, which clients in other languages write.
        ("f09f9880", "\u{1F600}"),
        // Overlong forms, and a bare zero.
        ("c0af", "/"), ("e08080", "\u{0}"), ("00", "\u{0}"), ("6100", "a\u{0}"),
        // Malformed: truncated, stray and impossible bytes.
        ("c3", "\u{FFFD}"), ("e4b8", "\u{FFFD}\u{FFFD}"), ("80", "\u{FFFD}"), ("ff41", "\u{FFFD}A"),
        ("c341", "\u{FFFD}A"), ("f7bfbfbf", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    ])
    func otherBytesAreKept(_ hex: String, _ text: String) throws {
        let bytes = try #require([UInt8](hex: hex))
        let read = bytes.withUnsafeBytes { WireString(modifiedUTF8: $0) }
        #expect(!read.isExact)
        #expect(Self.bytes(read) == bytes)
        #expect(read.text.unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(read != WireString(text))
        #expect(!read.isText(text))
        let again = bytes.withUnsafeBytes { WireString(modifiedUTF8: $0) }
        #expect(read == again && read.hashValue == again.hashValue)
    }

    @Test func anyBytesSurvive() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<5000 {
            // Leads and continuations in the proportion that makes sequences likely.
            let alphabet: [UInt8] = [0, 0x41, 0x7F, 0x80, 0x98, 0xA0, 0xBD, 0xBF, 0xC0, 0xC3, 0xE0, 0xED, 0xF0, 0xFF]
            let count = Int.random(in: 0...12, using: &random)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let read = bytes.withUnsafeBytes { WireString(modifiedUTF8: $0) }
            #expect(Self.bytes(read) == bytes)
            if read.isExact { #expect(read == WireString(read.text)) }
        }
    }

    /// Names are compared by their bytes: Swift's own comparison takes these two for one.
    @Test func normalisationMakesADifference() {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        #expect(composed == decomposed)
        #expect(WireString(composed) != WireString(decomposed))
        #expect(!WireString(composed).isText(decomposed))
    }

    @Test(arguments: [
        ("abcdef", 3, "abc"), ("abc", 3, "abc"), ("abc", 0, ""), ("abc", -1, ""), ("a\u{E9}b", 2, "a"),
        ("a\u{E9}b", 3, "a\u{E9}"), ("\u{1F600}", 5, ""), ("\u{1F600}", 3, ""), ("x\u{1F600}y", 7, "x\u{1F600}"),
        ("\u{4E2D}\u{6587}", 5, "\u{4E2D}"),
    ])
    func prefixesEndBetweenCharacters(_ text: String, _ limit: Int, _ expected: String) {
        #expect(WireString(text).prefix(maxEncodedCount: limit) == WireString(expected))
    }

    @Test(arguments: 0...40)
    func plainASCIIIsSeenAtAnyOffset(_ count: Int) {
        var bytes = [UInt8](repeating: 0x61, count: count)
        #expect(bytes.withUnsafeBytes { ModifiedUTF8.isPlainASCII($0) })
        for offset in 0..<count {
            for odd in [UInt8(0), 0x80, 0xFF] {
                bytes[offset] = odd
                #expect(!bytes.withUnsafeBytes { ModifiedUTF8.isPlainASCII($0) })
            }
            for even in [UInt8(1), 0x7F] {
                bytes[offset] = even
                #expect(bytes.withUnsafeBytes { ModifiedUTF8.isPlainASCII($0) })
            }
            bytes[offset] = 0x61
        }
    }

    private static func bytes(_ text: WireString) -> [UInt8] { text.withModifiedUTF8 { bytes, _ in Array(bytes) } }
}
