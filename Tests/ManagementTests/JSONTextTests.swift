import Management
import TestSupport
import Testing

@Suite struct JSONTextTests {
    @Test(arguments: ["", "plain", "a\"b\\c", "line\nend\ttab", "\u{1}\u{1f}", "größe \u{1F600}", "'quoted'"])
    func whatIsQuotedIsReadBack(text: String) throws {
        let json = JSONText.object([("a", JSONText.quoted(text)), ("b", JSONText.array(["1", "2"]))])
        let literal = json.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        let hexadecimal = text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(
            try SQLiteShell.query(
                ":memory:", "select lower(hex(json_extract('\(literal)', '$.a'))), json_extract('\(literal)', '$.b[1]')"
            ) == ["\(hexadecimal)|2"])
    }

    @Test func nothingIsNull() {
        #expect(JSONText.quoted(String?.none) == "null")
        #expect(JSONText.integer(nil) == "null" && JSONText.integer(3) == "3")
    }
}
