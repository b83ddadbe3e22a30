import Testing

@testable import BrokerCore

struct LikePatternTests {
    @Test(arguments: [
        ("blue", "blue", true), ("blue", "Blue", false), ("blue", "blu", false), ("blue", "bluee", false),
        ("blue", "b%", true),
        ("blue", "%e", true), ("blue", "%lu%", true), ("blue", "b_ue", true), ("blue", "____", true),
        ("blue", "___", false),
        ("blue", "_____", false), ("blue", "%", true), ("", "%", true), ("", "", true), ("", "_", false),
        ("x", "", false),
        ("blue", "%%%", true), ("blue", "b%%e", true), ("blue", "%_%", true), ("", "%_%", false),
        ("blue", "b%l%u%e", true),
        ("abcabd", "%abd", true), ("aaab", "%aab", true), ("ababab", "%abab", true), ("ababac", "%abab", false),
        ("mississippi", "m%iss%ip%i", true), ("mississippi", "m%iss%iss%iss%", false), ("a\nb", "a_b", true),
        ("a\nb", "a%", true),
        ("caf\u{e9}", "caf_", true), ("\u{1F600}x", "_x", true), ("\u{1F600}x", "\u{1F600}%", true),
        ("\u{4e2d}\u{6587}", "_\u{6587}", true),
        ("e\u{301}", "_", false), ("e\u{301}", "__", true), ("a.c", "a.c", true), ("abc", "a.c", false),
        ("[x]*", "[x]*", true),
    ])
    func matches(text: String, pattern: String, expected: Bool) {
        #expect(LikePattern(pattern, escape: nil).matches(text) == expected, "\(text) LIKE \(pattern)")
    }

    @Test(arguments: [
        ("_foo", "!_%", "!", true), ("xfoo", "!_%", "!", false), ("100%", "100!%", "!", true),
        ("1000", "100!%", "!", false),
        ("a!b", "a!!b", "!", true), ("a!!b", "a!!b", "!", false), ("a!b", "a!b", "!", true), ("a!", "a!", "!", true),
        ("a\\b", "a\\\\b", "\\", true), ("%", "%%", "%", true), ("x", "%%", "%", false), ("_", "__", "_", true),
        ("ab", "__", "_", false), ("a%", "a\u{e9}%", "\u{e9}", true),
    ])
    func escapes(text: String, pattern: String, escape: Unicode.Scalar, expected: Bool) {
        #expect(
            LikePattern(pattern, escape: escape).matches(text) == expected, "\(text) LIKE \(pattern) ESCAPE \(escape)")
    }

    /// State sets of one word, of just more than one, and of many.
    @Test(arguments: [62, 63, 64, 65, 127, 128, 129, 500])
    func longPatterns(length: Int) {
        let text = String((0..<length).map { Character(Unicode.Scalar(UInt8(97 + $0 % 26))) })
        for pattern in [
            text, "%" + text, text + "%", "%" + text + "%", String(repeating: "_", count: length),
            "a%" + text.suffix(length - 1),
        ] {
            #expect(LikePattern(pattern, escape: nil).matches(text), "\(pattern)")
            #expect(!LikePattern(pattern, escape: nil).matches(String(text.dropLast())), "\(pattern)")
        }
        #expect(LikePattern("%" + text, escape: nil).matches(String(repeating: "a", count: 200) + text))
        #expect(!LikePattern(text, escape: nil).matches(text + "a"))
    }

    /// The naive search by recursion is exponential here, and one with greedy restarts quadratic.
    @Test func doesNotBacktrack() {
        let text = String(repeating: "a", count: 100_000)
        #expect(!LikePattern(String(repeating: "%a", count: 500) + "%b", escape: nil).matches(text))
        #expect(!LikePattern("%" + String(repeating: "a_", count: 400) + "b", escape: nil).matches(text))
    }

    /// Against the plain definition by recursion, on texts and patterns of few letters.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func agreesWithTheDefinition(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        for _ in 0..<2_000 {
            let text = chance.string(of: ["a", "b"], upTo: 8)
            let pattern = chance.string(of: ["a", "b", "_", "%"], upTo: 7)
            #expect(
                LikePattern(pattern, escape: nil).matches(text) == defined(text[...], pattern[...]),
                "seed \(seed): \(text) LIKE \(pattern)")
        }
    }

    private func defined(_ text: Substring, _ pattern: Substring) -> Bool {
        switch pattern.first {
        case nil: text.isEmpty
        case "%":
            text.indices.contains { defined(text[$0...], pattern.dropFirst()) } || defined("", pattern.dropFirst())
        case "_": !text.isEmpty && defined(text.dropFirst(), pattern.dropFirst())
        case let character: text.first == character && defined(text.dropFirst(), pattern.dropFirst())
        }
    }
}
