extension Rule {
    /// Words that have no place anywhere, whatever they are about.
    static let words: [Rule] = [
        forbidden(
            "errors are neither dropped nor trapped on", [["try", "?"], ["try", "!"]],
            bad: ["let a = try? b()", "try! b()", "let s = \"\\(try? b())\""],
            good: [
                "// try? this", "let s = \"try!\"", "try a()", "func takeFirst() -> Entry? { nil }", "let retry: Int?",
                "#expect(try !a())",
            ]),
        forbidden(
            "no catch is empty", [["catch", "{", "}"]], attached: false,
            bad: ["do { try a() } catch { }", "do { try a() } catch {}", "do { try a() } catch { // why\n}"],
            good: ["do { try a() } catch { b() }", "// catch { }"]),
        forbidden(
            "nothing is cast by force", [["as", "!"]],
            bad: ["let a = b as! C"], good: ["let a = b as? C", "if a as Bool != b { }"]),
        Rule(
            name: "package is the widest access level",
            bad: [
                source("public func a() { }"), source("struct A { public let b = 1 }"), source("open class A { }"),
                source("package struct A { public private(set) var b = 1 }"),
            ],
            good: [
                source("package func a() { } // public"), source("let open = 1\nopen(class)"),
                test("public func a() { }"),
            ],
            findings: { checkout in
                checkout.sources.flatMap { file in
                    let wide = [
                        ["public"], ["open", "class"], ["open", "func"], ["open", "var"], ["open", "subscript"],
                    ]
                    return wide.flatMap { file.places(of: $0) }.map {
                        file.finding(file.tokens[$0].line, "\(file.tokens[$0].text)")
                    }
                }
            }),
        Rule(
            name: "unchecked promises to the compiler give their reason",
            bad: [
                source("final class A: @unchecked Sendable { }"),
                source("// why\n\nfinal class A: @unchecked Sendable { }"),
                source("nonisolated(unsafe) var a = 1"),
                source("// why\nstruct B {\n}\nfinal class A: B, @unchecked Sendable {"),
            ],
            good: [
                source("// why\nfinal class A: @unchecked Sendable { }"),
                source("final class A: @unchecked Sendable { }  // why"),
                source("/// Why.\n@frozen\nfinal class A:\n    @unchecked Sendable\n{ }"),
                source("let a = \"@unchecked Sendable\""),
                source("/// Why.\nenum A {\n    private struct B: @unchecked Sendable { }\n}"),
                source("// why\nnonisolated(unsafe) var a = 1"), source("final class A: Sendable { }"),
            ],
            findings: { checkout in
                checkout.swiftFiles.flatMap { file in
                    [["@", "unchecked", "Sendable"], ["nonisolated", "(", "unsafe", ")"]].flatMap {
                        file.places(of: $0)
                    }
                    .map { file.tokens[$0].line }
                    .filter { !file.hasReason(above: $0) }
                    .map { file.finding($0, "no comment gives the reason") }
                }
            }),
        Rule(
            name: "only stores prove commits",
            bad: [
                source("struct A: CommitProof { }"), source("extension A: Sendable, CommitProof { }"),
                ["Sources/OpenWire/A.swift": "private struct A : CommitProof { }"],
            ],
            good: [
                source("func a(_ proof: any CommitProof) { }"),
                ["Sources/SQLiteStore/A.swift": "struct A: CommitProof { }"],
                ["Sources/BrokerCore/Ports/MessageStore.swift": "package protocol CommitProof: Sendable { }"],
                test("struct A: CommitProof { }"),
            ],
            findings: { checkout in
                checkout.sources.filter { $0.target != "SQLiteStore" }.flatMap { file in
                    [[":", "CommitProof"], [",", "CommitProof"]].flatMap { file.places(of: $0) }
                        .map { file.finding(file.tokens[$0].line, "conforms to CommitProof") }
                }
            }),
    ]

    private static func forbidden(
        _ name: String, _ sequences: [[String]], attached: Bool = true, bad: [String], good: [String]
    ) -> Rule {
        Rule(
            name: name, bad: bad.flatMap { [source($0), test($0)] }, good: good.flatMap { [source($0), test($0)] },
            findings: { checkout in
                checkout.swiftFiles.flatMap { file in
                    sequences.flatMap { sequence in
                        file.places(of: sequence, attached: attached).map {
                            file.finding(file.tokens[$0].line, sequence.joined(separator: " "))
                        }
                    }
                }
            })
    }

    static func source(_ text: String) -> Example { ["Sources/BrokerCore/A.swift": text] }
    static func test(_ text: String) -> Example { ["Tests/BrokerCoreTests/ATests.swift": text] }
}

extension SwiftFile {
    /// True if a comment stands on the line, or in the lines directly above that belong to the same declarations:
    /// neither blank, nor the end of something else.
    fileprivate func hasReason(above line: Int) -> Bool {
        if self.commentLines.contains(line) { return true }
        let lines = self.lines
        for number in stride(from: line - 1, to: max(0, line - 6), by: -1) {
            if self.commentLines.contains(number) { return true }
            let text = lines[number - 1].drop { $0 == " " }
            if text.isEmpty || text.hasPrefix("}") { return false }
        }
        return false
    }
}
