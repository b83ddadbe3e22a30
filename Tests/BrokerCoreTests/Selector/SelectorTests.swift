import Testing

@testable import BrokerCore

/// JMS 1.1 §3.8.1 and ActiveMQ's additions, as rows of selector and result against ``SelectorTestMessage``.
struct SelectorTests {
    private func check(_ text: String, _ expected: Bool?) throws {
        let selector = try Selector(parsing: text)
        #expect(selector.evaluate(SelectorTestMessage()) == expected, "\(text)")
        #expect(selector.matches(SelectorTestMessage()) == (expected == true), "\(text)")
        let negated = try Selector(parsing: "NOT (\(text))")
        #expect(negated.evaluate(SelectorTestMessage()) == expected.map { !$0 }, "NOT (\(text))")
    }

    @Test(
        arguments: [
            ("TRUE", true), ("FALSE", false), ("NULL", nil), ("true", true), ("False", false), ("yes", true),
            ("no", false),
            ("missing", nil), ("color", false), ("int", false), ("(yes)", true), ("((yes))", true), ("YES", nil),
            ("\"yes\"", true), ("\"content-type\" = 'text/plain'", true), ("\"true\" = 'shadowed'", true),
            ("\"not\"\"there\" IS NULL", true), ("größe = 3", true), ("$_a1 = 1", true), ("Color = 'blue'", nil),
        ] as [(String, Bool?)])
    func literalsAndIdentifiers(text: String, expected: Bool?) throws { try check(text, expected) }

    @Test(
        arguments: [
            ("NOT yes", false), ("NOT no", true), ("NOT missing", nil), ("NOT NOT yes", true), ("not(yes)", false),
            ("yes AND yes", true), ("yes AND no", false), ("no AND yes", false), ("no AND no", false),
            ("no AND missing", false), ("missing AND no", false), ("yes AND missing", nil), ("missing AND yes", nil),
            ("missing AND missing", nil),
            ("yes OR yes", true), ("yes OR no", true), ("no OR yes", true), ("yes OR missing", true),
            ("missing OR yes", true), ("no OR no", false), ("no OR missing", nil), ("missing OR no", nil),
            ("missing OR missing", nil),
            ("yes OR no AND no", true), ("(yes OR no) AND no", false), ("NOT no AND no", false),
            ("NOT (no AND no)", true),
            ("no OR no OR yes", true), ("yes AND yes AND no", false), ("missing OR no OR missing OR yes", true),
            ("missing AND yes AND missing AND no", false), ("yes AND missing AND yes", nil),
            ("no OR missing OR no", nil),
            ("yes AND (missing OR yes)", true), ("yes AND (yes AND (yes AND no))", false),
            ("no OR (missing OR (no OR no))", nil),
            ("yes aNd Yes IS NULL", true), ("no oR nOt no", true),
            ("NOT color = 'red'", true), ("NOT int BETWEEN 1 AND 2", true), ("NOT color IS NULL", true),
            ("NOT color LIKE 'b%'", false), ("NOT color IN ('blue')", false), ("yes = NOT no", true),
            ("(NOT no) = yes", true),
            ("color AND yes", false), ("NOT color", true),
        ] as [(String, Bool?)])
    func logic(text: String, expected: Bool?) throws { try check(text, expected) }

    @Test(
        arguments: [
            ("color = 'blue'", true), ("color = 'Blue'", false), ("color <> 'red'", true), ("'blue' = color", true),
            ("quote = 'it''s'", true), ("empty = ''", true), ("'' = ''", true), ("color = \"color\"", true),
            ("'e\u{301}' = '\u{e9}'", false), ("'e\u{301}' = 'e\u{301}'", true),
            ("yes = TRUE", true), ("yes <> TRUE", false), ("no = FALSE", true), ("yes = no", false),
            ("(int = 7) = TRUE", true),
            ("int = 7 = TRUE", true), ("yes = int > 5", true), ("(missing = 1) = TRUE", nil),
            // Unlike types are not equal, and so "not equal".
            ("color = 7", false), ("color <> 7", true), ("int = 'seven'", false), ("int <> 'seven'", true),
            ("yes = 1", false),
            ("yes = 'true'", false), ("7 = TRUE", false), ("seven = 7", false), ("bytes = 1", false),
            ("bytes <> 'x'", true),
            ("bytes = bytes", false), ("bytes", false),
            // Null makes unknown, wherever it stands.
            ("missing = 1", nil), ("1 = missing", nil), ("missing <> 1", nil), ("1 <> missing", nil),
            ("missing = missing", nil),
            ("missing > 1", nil), ("1 < missing", nil), ("color > missing", nil),
            // Strings and booleans have no order.
            ("color > int", false), ("color > seven", false), ("yes > no", false), ("bytes < 1", false),
            ("color <= color", false),
        ] as [(String, Bool?)])
    func comparisons(text: String, expected: Bool?) throws { try check(text, expected) }

    @Test(
        arguments: [
            ("int = 7", true), ("int = 7L", true), ("int = 7l", true), ("int = 7.0", true), ("int = 7.", true),
            ("int = 0.7e1", true),
            ("int = 70E-1", true), ("int = .7E+1", true), ("int = 7d", true), ("int = 7F", true), ("int = 0x7", true),
            ("255 = 0XfF", true), ("255 = 0377", true), ("0 = 00", true), ("0 = 0L", true), ("9.5 = 09.5", true),
            ("int=7AND double=2.25d OR no", true), ("int = 7.AND yes", true), ("int=7And(yes)", true),
            ("0xFFL = 255", true),
            ("int < 8", true), ("int <= 7", true), ("int > 7", false), ("int >= 7", true), ("int > 6.9", true),
            ("8>int", true),
            ("int<>7", false), ("int=+7", true), ("int = - -7", true), ("-int = -7", true), ("+int = 7", true),
            ("-7 = -int", true),
            ("maxLong = 9223372036854775807", true), ("minLong = -9223372036854775808", true),
            ("minLong = - 9223372036854775808L", true),
            ("maxInt = 2147483647", true), ("minInt = -2147483648", true), ("long = 5000000000", true),
            ("long > maxInt", true),
            ("maxLong = 9223372036854775806", false), ("maxLong > 9223372036854775806", true),
            ("float = 1.5", true), ("tenth = 0.1", false), ("tenth = 0.1f", true), ("tenth < 0.11", true),
            ("double = 2.25", true),
            ("float < double", true), ("float > 1", true), ("1 < float", true), ("double > float", true),
            ("nan = nan", false), ("nan <> nan", true), ("nan < 1", false), ("nan > 1", false), ("minusZero = 0", true),
            ("minusZero = 0.0", true), ("1e400 > maxLong", true),
            // float and integer meet as floats, as in Java: one unit beyond 24 bits is lost.
            ("16777217 = 16777216f", true), ("16777217 = 16777216d", false),
        ] as [(String, Bool?)])
    func numbers(text: String, expected: Bool?) throws { try check(text, expected) }

    @Test(
        arguments: [
            ("int + 1 = 8", true), ("int - 1 - 1 = 5", true), ("2 + 3 * 2 = 8", true), ("(2 + 3) * 2 = 10", true),
            ("int / 2 = 3.5", true), ("8 / 2 / 2 = 2", true), ("int % 4 = 3", true), ("-int % 4 = -3", true),
            ("7.5 % 2 = 1.5", true),
            ("-2 * -3 = 6", true), ("5--3 = 8", true), ("5 - -3 = 8", true), ("1 / 0 > 1000", true),
            ("-1 / 0 < 0", true),
            ("0 / 0 = 0", false), ("1 % 0 = 0", false), ("minInt % -1 = 0", true), ("minLong % -1 = 0", true),
            ("long % 3 = 2", true), ("maxLong % 10 = 7", true),
            ("maxInt + 1 = minInt", true), ("maxInt + 1L = 2147483648", true), ("maxLong + 1 = minLong", true),
            ("-minInt = minInt", true), ("-minLong = minLong", true), ("maxInt * 2 = -2", true),
            ("maxInt * 2L > 0", true),
            ("float * 2 = 3", true), ("float + double = 3.75", true), ("double - 1 = 1.25", true),
            ("int + float = 8.5", true),
            ("missing + 1 = 1", nil), ("1 + missing = 1", nil), ("-missing = 1", nil), ("+missing = 1", nil),
            ("missing * 2 > 1", nil),
            ("color + 1 = 'blue1'", true), ("color + '!' = 'blue!'", true), ("color + yes = 'bluetrue'", true),
            ("color + 1.5 = 'blue1.5'", true), ("color + long = 'blue5000000000'", true), ("color + bytes = 'x'", nil),
            ("color - 1 = 0", nil), ("1 + color = 1", nil), ("color * 2 = 2", nil), ("-color = 1", nil),
            ("yes + 1 = 2", nil),
            ("int + 1 > 2 + 3 AND int * 2 < 100", true), ("int + 1 BETWEEN 2 * 4 AND 9", true),
            ("10 - 2 - 3 = 5", true), ("100 / 10 * 2 = 20", true),
        ] as [(String, Bool?)])
    func arithmetic(text: String, expected: Bool?) throws { try check(text, expected) }

    @Test(
        arguments: [
            ("int BETWEEN 7 AND 7", true), ("int BETWEEN 1 AND 6", false), ("int BETWEEN 8 AND 9", false),
            ("int between 10 and 1", false),
            ("int NOT BETWEEN 7 AND 7", false), ("int NOT BETWEEN 8 AND 9", true), ("int NOT BETWEEN 1 AND 6", true),
            ("missing BETWEEN 1 AND 2", nil), ("missing NOT BETWEEN 1 AND 2", nil), ("int BETWEEN missing AND 9", nil),
            ("int BETWEEN missing AND 6", false), ("int BETWEEN 8 AND missing", false),
            ("int NOT BETWEEN 8 AND missing", true),
            ("int NOT BETWEEN missing AND 9", nil), ("color BETWEEN 1 AND 2", false),
            ("color NOT BETWEEN 1 AND 2", false),
            ("int BETWEEN 1 AND 9 AND yes", true), ("int BETWEEN 1 AND 9 AND int NOT BETWEEN 1 AND 9", false),
            ("double BETWEEN 2 AND 2.5", true), ("int BETWEEN -1 AND +9", true),
            ("color IN ('blue')", true), ("color IN ('red', 'blue')", true), ("color in ('red','green')", false),
            ("color NOT IN ('blue')", false), ("color NOT IN ('red')", true), ("missing IN ('a')", nil),
            ("missing NOT IN ('a')", nil),
            ("int IN ('7')", nil), ("int NOT IN ('7')", nil), ("quote IN ('it''s')", true), ("empty IN ('')", true),
            ("(color) IN ('blue')", true), ("color IN ('blue') = TRUE", true),
            ("color IN ('a','b','c','d','e','f','blue')", true),
            ("missing IS NULL", true), ("missing IS NOT NULL", false), ("color IS NULL", false),
            ("color IS NOT NULL", true),
            ("bytes IS NULL", false), ("NULL IS NULL", true), ("(missing = 1) IS NULL", true),
            ("int + missing IS NULL", true),
            ("JMSReplyTo IS NOT NULL", true), ("color IS NULL = FALSE", true),
        ] as [(String, Bool?)])
    func betweenInAndNull(text: String, expected: Bool?) throws { try check(text, expected) }

    @Test(
        arguments: [
            ("JMSDeliveryMode = 'PERSISTENT'", true), ("JMSDeliveryMode = 'NON_PERSISTENT'", false),
            ("JMSPriority > 6", true),
            ("JMSMessageID = 'ID:host-1:1:1:1'", true), ("JMSMessageID LIKE 'ID:host%'", true),
            ("JMSTimestamp > 1600000000000", true),
            ("JMSCorrelationID = 'c-1'", true), ("JMSType = 'car' AND color = 'blue'", true),
            ("JMSXGroupID = 'g1'", true),
            ("JMSXGroupSeq = 3", true), ("JMSXDeliveryCount > 1", true), ("JMSRedelivered", true),
            ("JMSRedelivered = TRUE", true),
            ("JMSDestination = 'queue://ORDERS'", true), ("JMSReplyTo LIKE 'temp-queue://%'", true),
            ("JMSExpiration = 0", true),
            ("JMSXUserID = 'ann'", true), ("JMSActiveMQBrokerInTime < JMSActiveMQBrokerOutTime", true),
            ("JMSActiveMQBrokerPath = '[b1]'", true),
            ("JMSXProducerTXID LIKE 'TX:_'", true), ("JMSXGroupFirstForConsumer", false), ("JMSX = 9", true),
            ("jmspriority = 'lower case'", true), ("JMSTimestamp % 1000 = 123", true),
        ] as [(String, Bool?)])
    func headers(text: String, expected: Bool?) throws { try check(text, expected) }

    @Test(
        arguments: [
            ("\n\t\u{c}\r int\n=\n7 ", true), ("int=7", true), ("int/**/= 7", true), ("/* a * b / */ int = 7", true),
            ("int = 7 /***/", true),
            ("int = /* -- */ 7", true), ("-- note\nint = 7", true), ("int = 7 -- note\r", true),
            ("int = -- note\r\n7", true),
            ("int = 7 AND/* x */yes", true), ("color = '--\n'", false), ("color = '/*'", false),
            ("int = 7 OR(no)", true),
        ] as [(String, Bool?)])
    func spaceAndComments(text: String, expected: Bool?) throws { try check(text, expected) }

    @Test(
        arguments: [
            ("seven = 7", true), ("7 = seven", true), ("seven > 6", true), ("sevenAndHalf > 7", true),
            ("seven < sevenAndHalf", true),
            ("seven = '7'", true), ("seven = '7.0'", false), ("color = 7", false), ("color > 7", false),
            ("trueText = TRUE", true),
            ("trueText = FALSE", false), ("color = TRUE", false), ("seven BETWEEN 6 AND 8", true),
            ("seven * 2 = 14", true),
            ("seven + 1 = '71'", true), ("-seven = -7", true), ("missing = 7", nil), ("seven IN ('7')", true),
            ("empty = 0", false),
            ("color + 1 = 'blue1'", true), ("seven <> 8", true), ("'0x10' = 16", false), ("'nan' <> 1", true),
            ("' 7' = 7", false),
            ("'1e2' = 100", true), ("'-5' = -5", true), ("'-' = 0", false), ("'infinity' * 1 > 1", nil),
            ("'7' * 1 = int", true),
        ] as [(String, Bool?)])
    func stringsThatHoldNumbers(text: String, expected: Bool?) throws {
        let selector = try Selector(parsing: "convert_string_expressions:" + text)
        #expect(selector.evaluate(SelectorTestMessage()) == expected, "\(text)")
    }

    @Test func noConversionUnlessAskedFor() throws {
        try #expect(!Selector(parsing: "seven = 7").matches(SelectorTestMessage()))
        try #expect(!Selector(parsing: "no_convert_string_expressions:seven = 7").matches(SelectorTestMessage()))
        try #expect(Selector(parsing: "no_convert_string_expressions: int = 7").matches(SelectorTestMessage()))
    }

    @Test func equalByText() throws {
        let first = try Selector(parsing: "int = 7")
        #expect(try first == Selector(parsing: "int = 7"))
        #expect(try first != Selector(parsing: "int  = 7"))
        #expect(try first.hashValue == Selector(parsing: "int = 7").hashValue)
        #expect(first.text == "int = 7")
    }

    @Test func namesWhatItAsksFor() throws {
        let selector = try Selector(parsing: "a = 1 AND JMSType = 'x' OR \"b c\" IS NULL")
        #expect(selector.identifiers == [.property("a"), .header(.type), .property("b c")])
    }

    /// A message that answers each question differently must be asked once only.
    @Test func betweenAsksOnce() throws {
        final class Counter: SelectorSource {
            var asked = 0
            func selectorValue(of identifier: Selector.Identifier) -> SelectorValue? {
                asked += 1
                return .int(5)
            }
        }
        let counter = Counter()
        try #expect(Selector(parsing: "x BETWEEN 1 AND 9").matches(counter))
        #expect(counter.asked == 1)
    }

    @Test func longChainsAreOneLevel() throws {
        let terms = (1...3500).map { "int = \($0)" }
        try #expect(Selector(parsing: terms.joined(separator: " OR ")).matches(SelectorTestMessage()))
        let others = terms.map { "NOT " + $0 }.filter { $0 != "NOT int = 7" }
        try #expect(Selector(parsing: others.dropLast(100).joined(separator: " AND ")).matches(SelectorTestMessage()))
    }
}
