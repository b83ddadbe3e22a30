import Testing

@testable import BrokerCore

/// Hostile texts: every one ends, in a selector or an error, and a selector evaluates without a trap.
struct SelectorFuzzTests {
    private static let seeds: Range<UInt64> = 0..<6
    private static let pieces = [
        "a", "int", "missing", "JMSPriority", "\"x y\"", "'s'", "'%'", "''", "7", "0x1F", "017", "1.5e3",
        "9223372036854775808",
        "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "(", ")", ",", " NOT ", " AND ", " OR ", " BETWEEN ",
        " LIKE ",
        " ESCAPE '!'", " IN ('a')", " IN (", " IS NULL", " IS NOT NULL", " TRUE ", " NULL ", "--", "\n", "/*", "*/",
        "\u{1F600}", "\0",
    ]
    private static let valid = [
        "JMSType = 'car' AND color = 'blue' AND weight > 2500", "age BETWEEN 15 AND 19 OR NOT int + 1 * -2 <> 3.5",
        "phone LIKE '12%3' ESCAPE '!' AND country IN ('UK', 'US', 'France') -- all\n AND prop IS NOT NULL",
        "convert_string_expressions:((a) = (b)) OR \"content-type\" NOT IN ('x') /* c */ AND 0x10 % 7L = maxLong",
    ]

    private func run(_ text: String) {
        do throws(SelectorError) {
            let selector = try Selector(parsing: text)
            let result = selector.evaluate(SelectorTestMessage())
            #expect(selector.matches(SelectorTestMessage()) == (result == true))
        } catch {
            #expect(error.position >= 1 && error.position <= text.unicodeScalars.count + 1, "\(text)")
            #expect(!error.description.isEmpty)
        }
    }

    @Test(arguments: seeds)
    func randomBytes(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        for _ in 0..<3_000 { run(String(decoding: chance.bytes(upTo: 60), as: UTF8.self)) }
    }

    @Test(arguments: seeds)
    func randomPieces(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        for _ in 0..<5_000 { run(chance.string(of: Self.pieces, upTo: 14)) }
        for _ in 0..<20 { run(chance.string(of: Self.pieces, upTo: 12_000)) }
    }

    @Test(arguments: seeds)
    func mutatedSelectors(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        for _ in 0..<5_000 {
            var scalars = Array(chance.pick(Self.valid).unicodeScalars)
            for _ in 0...chance.below(3) {
                let place = chance.below(scalars.count)
                switch chance.below(4) {
                case 0: scalars.remove(at: place)
                case 1: scalars.insert(contentsOf: chance.pick(Self.pieces).unicodeScalars, at: place)
                case 2: scalars[place] = Unicode.Scalar(UInt8(chance.below(128)))
                default: scalars.removeSubrange(place..<min(scalars.count, place + chance.below(20)))
                }
                if scalars.isEmpty { scalars = ["a"] }
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            run(String(text))
        }
    }
}
