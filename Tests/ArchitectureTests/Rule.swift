/// Something that must hold of every checkout, with snippets on which it must strike and others on which it must not:
/// a rule that cannot fail is none.
struct Rule: Sendable, CustomStringConvertible {
    struct Finding: Sendable, Equatable, CustomStringConvertible {
        let path: String
        let line: Int
        let what: String

        var description: String { "\(self.path):\(self.line): \(self.what)" }
    }

    /// Path to content.
    typealias Example = [String: String]

    let name: String
    /// Each is found fault with.
    let bad: [Example]
    /// None is.
    let good: [Example]
    let findings: @Sendable (Checkout) -> [Finding]

    var description: String { self.name }

    static let all: [Rule] =
        Rule.shape + Rule.words + [Rule.imports, Rule.bannedCalls, Rule.testsDoNotSleep] + Rule.package
}

extension SwiftFile {
    func finding(_ line: Int, _ what: String) -> Rule.Finding {
        Rule.Finding(path: self.path, line: line, what: what)
    }
}
