import Testing

@Suite struct ArchitectureTests {
    @Test(arguments: SourceTree.sources)
    func everyFileImportsOnlyWhatItsTargetMay(file: SourceFile) {
        for (module, line) in file.imports {
            #expect(Walls.allow(module, in: file.target), "\(file.path):\(line) imports \(module)")
        }
    }

    @Test(arguments: SourceTree.sources)
    func filesAndFunctionsStaySmall(file: SourceFile) {
        #expect(file.lines.count <= 601, "\(file.path) has \(file.lines.count) lines")
        for function in file.functions where function.length > 70 {
            Issue.record("\(file.path):\(function.line) has \(function.length) lines: \(function.name)")
        }
    }

    /// Calls that hide errors, trap on what a peer sends, or take time and chance from the air.
    @Test(arguments: SourceTree.sources)
    func noForbiddenCalls(file: SourceFile) {
        let forbidden = [
            "try?", "try!", "as!", "public ", "Date()", "ContinuousClock", "SuspendingClock", "Task.sleep", ".random(",
            "import Foundation",
        ]
        for (text, line) in file.code {
            for call in forbidden where text.contains(call) {
                Issue.record("\(file.path):\(line) has \(call)")
            }
            #expect(text.firstRange(of: "catch { }") == nil, "\(file.path):\(line) drops an error")
            #expect(text.firstRange(of: "catch {}") == nil, "\(file.path):\(line) drops an error")
        }
    }

    @Test(arguments: SourceTree.sources)
    func uncheckedSendableHasAReason(file: SourceFile) {
        for (text, line) in file.code where text.contains("@unchecked Sendable") {
            let before = file.lines[max(0, line - 6)..<line - 1]
            #expect(before.contains { $0.contains("//") }, "\(file.path):\(line) gives no reason")
        }
    }

    /// A test that sleeps is slow and still wrong on a loaded machine.
    @Test(arguments: SourceTree.tests)
    func noTestSleeps(file: SourceFile) {
        for (text, line) in file.code {
            for call in ["Task.sleep", "Thread.sleep", "usleep(", "nanosleep("] where text.contains(call) {
                Issue.record("\(file.path):\(line) has \(call)")
            }
        }
    }

    /// Receipts leave the broker in exchange for a proof, so only stores may make one.
    @Test func onlyStoresMakeCommitProofs() {
        for file in SourceTree.sources where file.target != "SQLiteStore" && file.target != "BrokerCore" {
            for (text, line) in file.code where text.contains(": CommitProof") || text.contains(", CommitProof") {
                Issue.record("\(file.path):\(line) conforms to CommitProof")
            }
        }
    }

    @Test func everyMigrationIsEmbeddedAndListed() {
        let manifest = SourceTree.text(of: "Package.swift")
        let list = SourceTree.text(of: "migrations/Migrations.swift")
        let scripts = SourceTree.files(under: "migrations").filter { $0.hasSuffix(".sql") }
        #expect(!scripts.isEmpty)
        for script in scripts {
            let name = script.dropFirst("migrations/".count)
            #expect(manifest.contains(".embedInCode(\"\(name)\")"), "\(script) is not embedded")
            let stem = name.split(separator: "/").last.map { $0.dropLast(".sql".count) } ?? ""
            #expect(list.contains("\"\(stem)\""), "\(script) is not listed")
        }
    }

    @Test func readmeListsTheTargetsOfThePackage() {
        let manifest = SourceTree.text(of: "Package.swift").split(separator: "\n")
        var targets: Set<String> = []
        var isTarget = false
        for line in manifest {
            let starts = [".target(", ".executableTarget(", ".systemLibrary("].contains { line.contains($0) }
            if line.contains(".testTarget(") { isTarget = false }
            if starts { isTarget = true }
            guard isTarget, let start = line.firstRange(of: "name: \"")?.upperBound else { continue }
            targets.insert(String(line[start...].prefix { $0 != "\"" }))
            isTarget = false
        }
        targets.remove("TestSupport")
        let rows = SourceTree.text(of: "README.md").split(separator: "\n").drop { !$0.hasPrefix("| target |") }
        let listed = rows.dropFirst(2).prefix { $0.hasPrefix("|") }.compactMap { row in
            row.split(separator: "`", omittingEmptySubsequences: false).dropFirst().first.map { String($0) }
        }
        #expect(Set(listed) == targets)
    }
}
