extension Rule {
    static let longestFile = 600
    static let longestFunction = 70

    /// STYLE §10, "small pieces".
    static let shape: [Rule] = [
        Rule(
            name: "files have at most 600 lines",
            bad: [
                ["Sources/SQLite/A.swift": String(repeating: "\n", count: 601)],
                ["Tests/SQLiteTests/A.swift": String(repeating: "let a = 1\n", count: 601)],
            ],
            good: [["Sources/SQLite/A.swift": String(repeating: "\n", count: 600)], ["README.md": long(700)]],
            findings: { checkout in
                checkout.swiftFiles.compactMap { file in
                    let count = file.text.utf8.count { $0 == UInt8(ascii: "\n") }
                    return count > longestFile ? file.finding(1, "\(count) lines") : nil
                }
            }),
        Rule(
            name: "functions have at most 70 lines",
            bad: [
                ["Sources/SQLite/A.swift": "func a() {\n\(long(69))}\n"],
                ["Sources/SQLite/A.swift": "struct A {\n    init() {\n\(long(69))}\n}\n"],
                [
                    "Sources/SQLite/A.swift":
                        "extension A where B: C {\n    class func a(b: [Int] = [1]) -> Int {\n\(long(69))}\n}"
                ],
                ["Sources/SQLite/A.swift": "struct A {\n    let z: Int\n    var a: Int {\n\(long(69))}\n}\n"],
                [
                    "Tests/SQLiteTests/A.swift":
                        "import struct A.B\n@Test(arguments: x.map { $0 }) func a() {\n\(long(69))}\n"
                ],
                [
                    "Sources/SQLite/A.swift":
                        "func a() {\n let s = \"}\"\n // }\n /* } /* } */ } */ let t = #\"\"}\"#\n\(long(66))}\n"
                ],
                ["Sources/SQLite/A.swift": "func a(f: () -> Void = { }, g: Int) {\n\(long(69))}\n"],
                [
                    "Sources/SQLite/A.swift":
                        "protocol P {\n func a()\n var b: Int { get }\n}\nfunc c() {\n\(long(69))}\n"
                ],
            ],
            good: [
                ["Sources/SQLite/A.swift": "func a() {\n\(long(68))}\n"],
                [
                    "Sources/SQLite/A.swift":
                        "struct A {\n\(String(repeating: "  func a() { b { c } }\n", count: 80))}\n"
                ],
                ["Sources/SQLite/A.swift": "protocol P {\n\(String(repeating: "  func a()\n", count: 80))}\n"],
                ["Sources/SQLite/A.swift": "enum A: String { // {\n\(long(80))}\n"],
                ["Sources/SQLite/A.swift": "func a() {\n let s = \"\\(f { \"{\" })\"\n}\n\(long(80))func b() { }"],
                [
                    "Sources/SQLite/A.swift":
                        "func a() {\n let s = \"\"\"\n  { \" {\n  \"\"\"\n}\n\(long(80))struct B { }"
                ],
                ["Tests/SQLiteTests/A.swift": "@Test(arguments: [\n\(long(80))])\nfunc a() {\n}\n"],
            ],
            findings: { checkout in
                checkout.swiftFiles.flatMap { file in
                    file.functions.filter { $0.length > longestFunction }.map {
                        file.finding($0.line, "a function of \($0.length) lines")
                    }
                }
            }),
    ]

    /// So many lines of code without braces.
    private static func long(_ count: Int) -> String {
        String(repeating: "x += 1\n", count: count)
    }
}
