import Testing

/// The rules themselves, on what they must find and on what they must leave alone.
struct RuleTests {
    @Test(arguments: Rule.all)
    func findsWhatIsBad(rule: Rule) {
        #expect(!rule.bad.isEmpty)
        for example in rule.bad {
            let findings = rule.findings(Checkout(example))
            #expect(!findings.isEmpty, "\(rule) let pass \(example)")
            #expect(findings.allSatisfy { example.keys.contains($0.path) && $0.line >= 1 })
        }
    }

    @Test(arguments: Rule.all)
    func leavesAloneWhatIsGood(rule: Rule) {
        for example in rule.good {
            #expect(rule.findings(Checkout(example)).isEmpty, "\(rule) strikes at \(example)")
        }
    }

    @Test func namesAreUnique() {
        #expect(Set(Rule.all.map(\.name)).count == Rule.all.count)
    }

    @Test func findingsNameTheLine() {
        let checkout = Checkout([
            "Sources/BrokerCore/A.swift": "let a = 1\n/* \n */\nlet b = \"\"\"\n\n\"\"\"; let c = try? d()\n"
        ])
        let findings = Rule.all.flatMap { $0.findings(checkout) }
        #expect(findings.map(\.description) == ["Sources/BrokerCore/A.swift:6: try ?"])
    }
}
