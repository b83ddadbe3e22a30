import Testing

@testable import BrokerCore

struct ModifiedUTF8Tests {
    @Test(arguments: [
        ("", ""), ("61", "a"), ("7f", "\u{7f}"), ("c080", "\0"), ("61c08062", "a\0b"), ("c280", "\u{80}"),
        ("c3a9", "\u{e9}"),
        ("dfbf", "\u{7ff}"), ("e0a080", "\u{800}"), ("e4b8ad", "\u{4e2d}"), ("efbfbd", "\u{fffd}"),
        ("efbfbf", "\u{ffff}"),
        ("ed9fbf", "\u{d7ff}"), ("ee8080", "\u{e000}"), ("eda0bdedb880", "\u{1f600}"), ("eda080edb080", "\u{10000}"),
        ("edafbfedbfbf", "\u{10ffff}"),
    ])
    func canonical(hex: String, text: String) {
        #expect(ModifiedUTF8.decode(bytes(hex: hex)).unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(ModifiedUTF8.encode(text) == bytes(hex: hex))
        #expect(ModifiedUTF8.isCanonical(bytes(hex: hex)))
    }

    /// Surrogates without a partner are Java's own text, which a String cannot hold.
    @Test(arguments: [
        ("eda080", "\u{fffd}"), ("edb080", "\u{fffd}"), ("eda08061", "\u{fffd}a"), ("edb880eda0bd", "\u{fffd}\u{fffd}"),
        ("eda0bdeda0bdedb880", "\u{fffd}\u{1f600}"), ("eda0bdee8080", "\u{fffd}\u{e000}"),
        ("eda0bdc3a9", "\u{fffd}\u{e9}"),
    ])
    func loneSurrogates(hex: String, text: String) {
        #expect(ModifiedUTF8.decode(bytes(hex: hex)) == text)
        #expect(ModifiedUTF8.isCanonical(bytes(hex: hex)))
    }

    @Test(arguments: [
        ("00", "\0"), ("6100", "a\0"), ("f09f9880", "\u{1f600}"), ("f48fbfbf", "\u{10ffff}"), ("c181", "A"),
        ("c1bf", "\u{7f}"),
        ("e08080", "\0"), ("e09fbf", "\u{7ff}"), ("f08080af", "/"), ("80", "\u{fffd}"), ("c3", "\u{fffd}"),
        ("c341", "\u{fffd}A"),
        ("e4b8", "\u{fffd}\u{fffd}"), ("f4908080", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"), ("ff", "\u{fffd}"),
        ("f888808080", String(repeating: "\u{fffd}", count: 5)),
        ("f0eda080", "\u{fffd}\u{fffd}"), ("f08da080", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
    ])
    func readButNotCanonical(hex: String, text: String) {
        #expect(ModifiedUTF8.decode(bytes(hex: hex)).unicodeScalars.elementsEqual(text.unicodeScalars), "\(hex)")
        #expect(!ModifiedUTF8.isCanonical(bytes(hex: hex)), "\(hex)")
    }

    @Test func textKeepsItsBytes() {
        #expect(PropertyText("a\0\u{1f600}").encoded == bytes(hex: "61c080eda0bdedb880"))
        #expect(PropertyText(encoded: [0xf0, 0x9f, 0x98, 0x80]) != PropertyText("\u{1f600}"))
        #expect(PropertyText(encoded: [0xf0, 0x9f, 0x98, 0x80]).string == PropertyText("\u{1f600}").string)
        #expect("\(PropertyText("plain"))" == "plain")
        #expect(PropertyText("e\u{301}") != PropertyText("\u{e9}"))
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func anyBytesDecode(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        for _ in 0..<4_000 {
            let raw = (0..<chance.below(12)).map { _ in
                chance.pick([0, 0x41, 0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xed, 0xa0, 0xb0, 0xf0, 0xf4, 0xff]) as UInt8
            }
            let text = ModifiedUTF8.decode(raw)
            let again = ModifiedUTF8.encode(text)
            #expect(
                ModifiedUTF8.decode(again).unicodeScalars.elementsEqual(text.unicodeScalars),
                "seed \(seed): \(hex(raw))")
            if ModifiedUTF8.isCanonical(raw), !text.unicodeScalars.contains("\u{fffd}") {
                #expect(again == raw, "seed \(seed): \(hex(raw))")
            }
        }
    }
}
