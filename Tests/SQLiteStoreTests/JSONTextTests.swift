import Testing

@testable import SQLiteStore

@Suite struct JSONTextTests {
    @Test(arguments: [
        ("null", JSONValue.null), ("true", .bool(true)), (" false ", .bool(false)), ("-12", .integer(-12)),
        ("9223372036854775807", .integer(.max)), (#""a\"\\\/\b\f\n\r\t""#, .string("a\"\\/\u{8}\u{c}\n\r\t")),
        (#""\u00e9\ud83c\udf88""#, .string("é🎈")), (#""\ud83cx""#, .string("\u{fffd}x")), ("[]", .array([])),
        ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])), ("{}", .object([:])),
        (#"{"a" : {"b":"c"} , "d":[]}"#, .object(["a": .object(["b": .string("c")]), "d": .array([])])),
    ])
    func textsAreRead(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONReader.read(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "truex", "1.5", "1e3", "9223372036854775808", "-", "--1", "\"", #""\x""#, #""\u12""#,
        #""\ud83c\n""#, "[", "[1", "[1,", "[1,]", "[,]", "{", "{1}", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1,}"#,
        "1 2", "]", "\u{0}",
    ])
    func otherTextsAreMalformed(_ text: String) {
        #expect(throws: JSONReader.Malformed.self) { _ = try JSONReader.read(text) }
    }

    @Test func deepNestingIsRefused() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONReader.Malformed(offset: 16)) { _ = try JSONReader.read(text) }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let odd = "\"\\\u{0}\u{1f} é 🎈"
        var object = JSONObjectWriter()
        #expect(object.isEmpty)
        object.member("text", odd)
        object.member("none", nil)
        object.member("number", Int64.min)
        object.flag("yes", true)
        object.flag("no", false)
        object.member("empty", [])
        object.member("texts", [odd, ""])
        let text = String(decoding: object.finished(), as: UTF8.self)
        #expect(
            try JSONReader.read(text)
                == .object([
                    "text": .string(odd), "number": .integer(.min), "yes": .bool(true),
                    "texts": .array([.string(odd), .string("")]),
                ]))
    }
}
