import Testing

@testable import BrokerCore

/// What is no selector, and what is said about it.
struct SelectorParserTests {
    private func failure(of text: String, limits: SelectorLimits = .default) -> SelectorError? {
        do throws(SelectorError) {
            _ = try Selector(parsing: text, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("", "character 1: expected a condition, found the end"),
        ("  ", "character 3: expected a condition, found the end"),
        ("-- nothing\n", "character 12: expected a condition, found the end"),
        ("a =", "character 4: expected an identifier, a literal or '(', found the end"),
        ("= 1", "character 1: expected an identifier, a literal or '(', found '='"),
        ("a = 1 garbage", "character 7: expected an operator or the end, found 'garbage'"),
        ("a = 1)", "character 6: expected an operator or the end, found ')'"),
        ("(a = 1", "character 7: expected an operator or ')', found the end"),
        ("(a = 1 b", "character 8: expected an operator or ')', found 'b'"),
        ("()", "character 2: expected an identifier, a literal or '(', found ')'"),
        ("a = 'x", "character 5: expected ' to end the string, found ''x'"),
        ("\"a = 1", "character 1: expected \" to end the quoted identifier, found '\"a = 1'"),
        ("\"\" = 1", "character 1: expected a name between the quotes, found '\"\"'"),
        ("a = /* open", "character 5: expected '*/' to end the comment, found '/* open'"),
        ("a = 1 /*/", "character 7: expected '*/' to end the comment, found '/*/'"),
        ("a # 1", "character 3: expected a selector, found '#'"),
        ("a != 1", "character 3: expected a selector, found '!'"),
        ("a == 1", "character 4: expected an identifier, a literal or '(', found '='"),
        ("a;", "character 2: expected a selector, found ';'"),
        ("größe ? 1", "character 7: expected a selector, found '?'"),
        ("a AND", "character 6: expected an identifier, a literal or '(', found the end"),
        ("AND a", "character 1: expected an identifier, a literal or '(', found 'AND'"),
        ("a OR OR b", "character 6: expected an identifier, a literal or '(', found 'OR'"),
        ("a NOT b", "character 7: expected BETWEEN, LIKE or IN, found 'b'"),
        ("a BETWEEN 1 OR 2", "character 13: expected AND and the upper end of BETWEEN, found 'OR'"),
        ("a BETWEEN 1", "character 12: expected AND and the upper end of BETWEEN, found the end"),
        ("a LIKE b", "character 8: expected a pattern in single quotes after LIKE, found 'b'"),
        ("a LIKE 'x' ESCAPE 1", "character 19: expected a character in single quotes after ESCAPE, found '1'"),
        ("a LIKE 'x' ESCAPE ''", "character 19: ESCAPE takes exactly one character"),
        ("a LIKE 'x' ESCAPE '!!'", "character 19: ESCAPE takes exactly one character"),
        ("a IN 'x'", "character 6: expected '(' after IN, found ''x''"),
        ("a IN ()", "character 7: expected a string in single quotes, found ')'"),
        ("a IN (1, 2)", "character 7: expected a string in single quotes, found '1'"),
        ("a IN ('x' 'y')", "character 11: expected ',' or ')', found ''y''"),
        ("a IN ('x',)", "character 11: expected a string in single quotes, found ')'"),
        ("'a' IN ('x')", "character 1: IN needs an identifier on its left"),
        ("a IS 1", "character 6: expected NULL or NOT NULL, found '1'"),
        ("a IS NOT 1", "character 10: expected NULL, found '1'"),
        ("a = NULL", "character 3: nothing equals NULL; write IS NULL or IS NOT NULL"),
        ("NULL <> a", "character 6: nothing equals NULL; write IS NULL or IS NOT NULL"),
        ("TRUE = 5", "character 6: TRUE and FALSE can only be compared with booleans"),
        ("a > 'x'", "character 5: only numbers have an order; this is none"),
        ("TRUE < a", "character 1: only numbers have an order; this is none"),
        ("a < b < c", "character 1: only numbers have an order; this is none"),
        ("a > NULL", "character 5: only numbers have an order; this is none"),
        ("'x' BETWEEN 1 AND 2", "character 1: only numbers have an order; this is none"),
        ("a BETWEEN 'x' AND 2", "character 11: only numbers have an order; this is none"),
        ("(a BETWEEN 1 AND 2) BETWEEN 1 AND 2", "character 1: only numbers have an order; this is none"),
        ("1 + (a = 1) = 2", "character 5: arithmetic takes numbers; this is none"),
        ("(a = 1) * 2 = 2", "character 1: arithmetic takes numbers; this is none"),
        ("-'x' = 1", "character 2: arithmetic takes numbers; this is none"),
        ("+TRUE = 1", "character 2: arithmetic takes numbers; this is none"),
        ("1 - NULL = 1", "character 5: arithmetic takes numbers; this is none"),
        ("3 + 5", "character 1: '3 + 5' is not a condition"),
        ("True AND 3+5", "character 10: '3+5' is not a condition"),
        ("'text'", "character 1: ''text'' is not a condition"),
        ("NOT 5", "character 5: '5' is not a condition"),
        ("-a", "character 1: '-a' is not a condition"),
        ("5 OR a", "character 1: '5' is not a condition"),
        ("XPATH '//a'", "character 1: XPATH is not supported"),
        ("a = 1 AND xquery 'x'", "character 11: XQUERY is not supported"),
        ("REGEX ('a', b)", "character 1: the function 'REGEX' is not supported"),
        ("a = 1 OR INLIST(MAKELIST('a'), b)", "character 10: the function 'INLIST' is not supported"),
        ("a = 9223372036854775808", "character 5: '9223372036854775808' is beyond the range of a long"),
        ("a = -(9223372036854775808)", "character 7: '9223372036854775808' is beyond the range of a long"),
        ("a = 99999999999999999999", "character 5: '99999999999999999999' is beyond the range of a long"),
        ("a = 0xFFFFFFFFFFFFFFFF", "character 5: '0xFFFFFFFFFFFFFFFF' is beyond the range of a long"),
        ("a = 0x", "character 5: expected digits after 0x, found '0x'"),
        ("a = 0xg", "character 5: expected digits after 0x, found '0x'"),
        ("a = 08", "character 5: expected only the digits 0 to 7 after a leading 0 (octal), found '08'"),
        ("a = 5x", "character 6: expected an operator or the end, found 'x'"),
        ("a = 1.5.2", "character 8: expected an operator or the end, found '.2'"),
        ("a = 5e", "character 6: expected an operator or the end, found 'e'"),
        ("a = 5e+", "character 6: expected an operator or the end, found 'e'"),
        ("a = 1.5L", "character 8: expected an operator or the end, found 'L'"),
        ("a.b = 1", "character 2: expected a selector, found '.'"),
        (
            "a = 1 abcdefghijklmnopqrstuvwxyz0123456789",
            "character 7: expected an operator or the end, found 'abcdefghijklmnopqrstuvwx…'"
        ),
        ("convert_string_expressions:a =", "character 31: expected an identifier, a literal or '(', found the end"),
        ("convert_string_expressions:", "character 28: expected a condition, found the end"),
        ("a LIKE 'x' LIKE", "character 16: expected a pattern in single quotes after LIKE, found the end"),
    ])
    func invalid(text: String, message: String) {
        #expect(failure(of: text)?.description == "invalid selector, " + message, "\(text)")
    }

    @Test func positionsCountCharacters() {
        #expect(failure(of: "x = '\u{1F600}é' AND ?")?.position == 14)
    }

    @Test(arguments: [
        ("(", ")"), ("NOT (", ")"), ("NOT ", ""), ("a = (", ")"), ("1 + (", " + 1)"), ("1 = -", ""), ("1 = +", ""),
        ("a = NOT ", ""),
    ])
    func nestingIsBounded(open: String, close: String) {
        func nested(_ levels: Int) -> String {
            String(repeating: open, count: levels) + "a" + String(repeating: close, count: levels)
        }
        if open == "(" || open.hasPrefix("NOT") { #expect(failure(of: nested(49)) == nil) }
        for levels in [101, 5_000] {
            #expect(failure(of: nested(levels))?.problem == .tooDeep(limit: 100), "\(levels)")
        }
    }

    @Test(arguments: [" + 1", " - 1", " * 2", " / 2", " % 2", " = b", " <> b", " IS NULL"])
    func leaningTreesAreBounded(step: String) {
        #expect(failure(of: "a" + String(repeating: step, count: 45) + " = 1") == nil)
        #expect(failure(of: "a" + String(repeating: step, count: 8_000) + " = 1")?.problem == .tooDeep(limit: 100))
    }

    @Test func lengthIsBounded() {
        let fits = "a = '" + String(repeating: "x", count: 65_535 - 6) + "'"
        #expect(failure(of: fits) == nil)
        #expect(failure(of: fits + " ")?.problem == .tooLong(limit: 65_535))
        #expect(failure(of: fits + " ")?.description == "invalid selector: longer than 65535 bytes")
    }

    @Test func patternsAreBounded() {
        let pattern = String(repeating: "%_", count: 512)
        #expect(failure(of: "a LIKE '\(pattern)'") == nil)
        #expect(
            failure(of: "a LIKE '\(pattern)x'")?.problem
                == .meaningless("the LIKE pattern has more than 1024 characters"))
    }

    /// Signs may begin a comment at every place; each look must not cost the whole rest.
    @Test(.timeLimit(.minutes(1)))
    func oddTextsEndSoon() {
        let limits = SelectorLimits.default
        for piece in ["-", "- ", "--", "/*", "/**/", "'", "\"", "(", ")", "NOT ", "a ", "1.", "a=", "1+", "a\n--"] {
            let text = String(repeating: piece, count: limits.length / piece.utf8.count)
            #expect(failure(of: text) != nil, "\(piece)")
            #expect(failure(of: "a = " + text.dropLast(4)) != nil, "\(piece)")
        }
    }

    @Test func everyWordMayBeInAnyCase() throws {
        let selector = try Selector(
            parsing: "nOt (a Is NuLL) aNd a bEtween 1 And 2 oR b LiKe 'x' eScape '!' aND c iN ('d') Or tRue")
        #expect(selector.identifiers.count == 4)
    }
}
