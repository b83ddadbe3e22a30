import Testing

/// The shape of the code, held by tests: the rules of ``Rule/all`` over this checkout.
struct ArchitectureTests {
    @Test(arguments: Rule.all)
    func holds(rule: Rule) {
        for finding in rule.findings(Checkout.current) {
            Issue.record("\(finding)")
        }
    }

    /// A wrong root would make every rule hold.
    @Test func theCheckoutIsThere() {
        #expect(Checkout.current.files["Package.swift"]?.contains("name: \"lockkeeper\"") == true)
        #expect(Checkout.current.sources.contains { $0.target == "BrokerCore" })
        #expect(Checkout.current.tests.contains { $0.path == "Tests/ArchitectureTests/ArchitectureTests.swift" })
    }

    /// Owners that moved or no longer make a call must not leave a door open.
    @Test func ownersAreNeeded() {
        for owner in BannedCalls.owners + BannedCalls.pauses {
            #expect(!owner.reason.isEmpty)
            let folder = owner.path.split(separator: "/").prefix(2).joined(separator: "/")
            // A target that is not in this checkout has no owners yet.
            guard !Checkout.current.paths(under: folder).isEmpty else { continue }
            let files = Checkout.current.swiftFiles.filter { owner.path == $0.path || $0.path.hasPrefix(owner.path) }
            let called = Set(files.flatMap(\.bannedCalls).map(\.name))
            let needless = owner.calls.subtracting(called)
            #expect(needless.isEmpty, "\(owner.path) does not call what it may")
        }
    }
}
