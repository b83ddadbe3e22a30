import Testing

@testable import BrokerCore

struct MessageBodyTests {
    private static func body(_ kind: BodyKind, _ bytes: [UInt8]?, compressed: Bool = false, limit: Int = 10_000)
        -> MessageBody
    {
        let id = MessageID(producer: ProducerID(connection: "c", session: 1, value: 1), sequence: 1)
        return MessageBody(
            of: Message(
                id: id, headers: MessageHeaders(destination: .queue("q"), isPersistent: false), properties: nil,
                bodyKind: kind, isCompressed: compressed, body: bytes), inflatedLimit: limit)
    }

    @Test(
        arguments: [
            ([0, 0, 0, 1, 97], "a"), ([0, 0, 0, 0], ""), ([0, 0, 0, 2, 0xc0, 0x80], "\0"), ([], nil), (nil, nil),
            ([255, 255, 255, 255], nil), ([0, 0, 0, 6, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], "😀"),
        ] as [([UInt8]?, String?)])
    func texts(_ bytes: [UInt8]?, _ text: String?) throws {
        #expect(try Self.body(.text, bytes).text() == text.map { Array($0.utf8) })
    }

    @Test(arguments: ["", "a", "\0", "é€", "😀", "\u{fffd}"])
    func textsThereAndBack(_ text: String) throws {
        let bytes = MessageBody.encoded(text: Array(text.utf8))
        #expect(try Self.body(.text, bytes).text() == Array(text.utf8))
    }

    @Test(arguments: [[0], [0, 0, 0], [0, 0, 0, 2, 97], [127, 255, 255, 255, 1]] as [[UInt8]])
    func brokenTexts(_ bytes: [UInt8]) {
        #expect(throws: BodyError.malformedText) { try Self.body(.text, bytes).text() }
    }

    @Test func streams() throws {
        let bytes: [UInt8] = [1, 1, 2, 255, 5, 0, 0, 0, 7, 9, 0, 1, 97, 0, 10, 0, 0, 0, 1, 9]
        #expect(
            try Self.body(.stream, bytes).stream()
                == [.bool(true), .byte(-1), .int(7), .string("a"), .null, .bytes([9])])
        #expect(throws: BodyError.self) { try Self.body(.stream, [5, 0]).stream() }
    }

    // MARK: Compression, as Java's Deflater writes it

    /// A text with its length, by a code of its own.
    private static let text: [UInt8] = [
        120, 218, 99, 96, 96, 52, 46, 201, 72, 85, 40, 44, 205, 76, 206, 86, 72, 42, 202, 47, 207, 83, 72,
        203, 175, 208, 81, 192, 34, 104, 165, 144, 152, 148, 12, 71, 35, 149, 115, 120, 229, 163, 166, 53,
        0, 62, 67, 113, 29,
    ]
    private static let fixed: [UInt8] = [
        120, 1, 75, 203, 172, 72, 77, 81, 72, 206, 79, 73, 45, 86, 72, 67, 176, 1, 103, 87, 8, 157,
    ]
    private static let stored: [UInt8] = [
        120, 1, 1, 15, 0, 240, 255, 115, 116, 111, 114, 101, 100, 32, 97, 115, 32, 105, 116, 32, 105, 115,
        45, 237, 5, 127,
    ]

    @Test func compressedBodies() throws {
        let text = "the quick brown fox, the quick brown fox: " + String(repeating: "abcabcabcabc ", count: 20) + "é€"
        #expect(try Self.body(.text, Self.text, compressed: true).text() == Array(text.utf8))
        #expect(try Self.body(.object, Self.fixed, compressed: true).content() == Array("fixed codes fixed codes".utf8))
        #expect(
            try Self.body(.bytes, [0, 0, 0, 15] + Self.stored, compressed: true).content()
                == Array("stored as it is".utf8))
        let longer = try Self.body(.bytes, [0, 0, 0, 6] + Self.stored, compressed: true).content()
        #expect(longer == Array("stored".utf8))
        #expect(try Self.body(.map, nil, compressed: true).map() == [:])
    }

    /// The limit holds while inflating, not after it.
    @Test func theLimitOfInflatedBytes() {
        #expect(throws: BodyError.tooLong(limit: 100)) {
            try Self.body(.text, Self.text, compressed: true, limit: 100).text()
        }
        #expect(throws: BodyError.tooLong(limit: 10)) {
            try Self.body(.object, Self.stored, compressed: true, limit: 10).content()
        }
    }

    @Test func damagedCompressionIsAnErrorAndNeverATrap() {
        for sample in [Self.text, Self.fixed, Self.stored] {
            for cut in 0..<(sample.count - 4) {
                #expect(throws: BodyError.malformedCompression) {
                    try Self.body(.object, Array(sample[..<cut]), compressed: true).content()
                }
            }
            var chance = SeededChance(seed: 7)
            for _ in 0..<3000 {
                var bytes = sample
                for _ in 0..<3 { bytes[chance.below(bytes.count)] = UInt8(chance.below(256)) }
                do throws(BodyError) {
                    let content = try Self.body(.object, bytes, compressed: true).content()
                    #expect((content?.count ?? 0) <= 10_000)
                } catch {
                    #expect(error == .malformedCompression || error == .tooLong(limit: 10_000))
                }
            }
        }
    }
}
