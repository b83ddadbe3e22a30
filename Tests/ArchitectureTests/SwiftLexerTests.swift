import Testing

struct SwiftLexerTests {
    private func words(_ text: String) -> String {
        SwiftFile(path: "Sources/A/B.swift", text: text).tokens.map(\.text).joined(separator: " ")
    }

    @Test(arguments: [
        ("a.b(c)", "a . b ( c )"), ("try?x", "try ? x"), ("1_000.5+0x1F", "1_000.5 + 0x1F"), ("0..<4", "0 . . < 4"),
        ("a // b\nc", "a c"), ("a /* b /* c */ d */ e", "a e"), ("/* open", ""), ("`open`(x)", "open ( x )"),
        ("a(\"b\", c)", "a ( \" , c )"), (#"a("\"b\\", c)"#, "a ( \" , c )"), (##"a(#"b"c\n"#, d)"##, "a ( \" , d )"),
        (#"a("x \(b("y") + c) z", d)"#, "a ( \" b ( \" ) + c , d )"), (##"a(#"x \(b) \#(c)"#)"##, "a ( \" c )"),
        ("a(\"\"\"\n b \"c\" \\(d)\n \"\"\", e)", "a ( \" d , e )"), ("\"// no\" a", "\" a"),
        ("#if A\n#\"x\"#", "# if A \""),
        ("größe = \"\u{1F600}\"", "größe = \""), ("\"open", "\""), (#""\("#, "\""), ("a /b", "a / b"),
    ])
    func tokens(text: String, expected: String) {
        #expect(words(text) == expected, "\(text)")
    }

    @Test func linesAndComments() {
        let file = SwiftFile(path: "Sources/A/B.swift", text: "a\n// b\nc /* d\n e */ f\n\"\"\"\n // no\n\"\"\"\ng")
        #expect(file.tokens.map(\.line) == [1, 3, 4, 5, 8])
        #expect(file.commentLines == [2, 3, 4])
    }

    @Test func functions() {
        let text = """
            import struct A.B
            func one() { }
            struct S: P {
                let a: Int
                var b: Int {
                    a { c }
                }
                init(a: Int = { 1 }()) async throws(E) -> X where Y == Z {
                    func nested() {
                    }
                }
                class func d() {
                }
                enum E { case f; func g() {
                } }
                subscript(i: Int) -> Int { get { 1 } }
            }
            extension S { static let h = [1, 2].map { $0 } }
            protocol P { func i(); var j: Int { get } }
            """
        let file = SwiftFile(path: "Sources/A/B.swift", text: text)
        #expect(file.functions.map(\.line) == [2, 5, 8, 12, 14, 16, 18, 19])
        #expect(file.functions.map(\.length) == [1, 3, 4, 2, 2, 1, 1, 1])
    }
}
