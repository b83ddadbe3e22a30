import Configuration
import Testing

@Suite struct ValueGrammarTests {
    @Test(
        arguments: [
            ("0", 0), ("64", 64), ("64b", 64), ("1k", 1024), ("1 kb", 1024), ("64 mb", 67_108_864), ("5MB", 5_242_880),
            ("1gb", 1_073_741_824), ("1 G", 1_073_741_824), ("-1", -1), ("2  Kb", 2048),
        ] as [(String, Int64)])
    func sizesAreBytes(text: String, bytes: Int64) {
        #expect(ValueGrammar.size(text) == bytes)
    }

    @Test(arguments: [
        "", "mb", "1 tb", "1.5 gb", "1 mb x", "0x10", "9223372036854775807 kb", "+1", "1_000", " 1", "--1", "１",
    ])
    func otherSizesAreNone(text: String) {
        #expect(ValueGrammar.size(text) == nil)
        #expect(ValueGrammar.complaint(text, .size)?.contains("64 mb") == true)
    }

    @Test func theOtherKindsHaveTheirs() {
        for text in ["true", "TRUE", "yes", "on", "1"] { #expect(ValueGrammar.boolean(text) == true) }
        for text in ["false", "False", "no", "off", "0"] { #expect(ValueGrammar.boolean(text) == false) }
        for text in ["", "ture", "2", "t"] { #expect(ValueGrammar.complaint(text, .boolean) != nil) }
        #expect(ValueGrammar.integer("-2147483648") == .min)
        for text in ["2147483648", "1s", "", "+5", "1.0", "-"] {
            #expect(ValueGrammar.complaint(text, .integer) != nil)
        }
        #expect(ValueGrammar.long("9223372036854775807") == .max)
        for text in ["9223372036854775808", "30s", "1e3"] {
            #expect(ValueGrammar.complaint(text, .long)?.contains("milliseconds") == true)
        }
        #expect(ValueGrammar.decimal("0.5") == 0.5)
        #expect(ValueGrammar.decimal("-2") == -2)
        for text in ["", ".5", "5.", "1.2.3", "inf", "nan", "0x1p3", "1e5"] {
            #expect(ValueGrammar.decimal(text) == nil)
        }
        #expect(ValueGrammar.complaint("anything", .text) == nil)
    }
}
