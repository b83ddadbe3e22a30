extension Rule {
    /// What concerns the repository as a whole.
    static let package: [Rule] = [migrations, readme, absolutePaths]

    private static let migrations = Rule(
        name: "migrations are numbered, embedded and listed",
        bad: [
            migrated(["0001_a"], embedded: [], listed: ["0001_a"]),
            migrated(["0001_a"], embedded: ["0001_a"], listed: []),
            migrated(["0001_a", "0003_c"], embedded: ["0001_a", "0003_c"], listed: ["0001_a", "0003_c"]),
            migrated(["0001_a", "0001_b"], embedded: ["0001_a", "0001_b"], listed: ["0001_a", "0001_b"]),
            migrated(["1_a"], embedded: ["1_a"], listed: ["1_a"]),
            migrated([], embedded: ["0001_a"], listed: []),
        ],
        good: [
            migrated(["0001_a", "0002_b"], embedded: ["0001_a", "0002_b"], listed: ["0001_a", "0002_b"]),
            migrated(["0001_a"], embedded: ["0001_a"], listed: ["0001_a"])
                .merging(["migrations/lease/0001_b.sql": ""]) { $1 }
                .merging([
                    "Package.swift": ".embedInCode(\"broker/0001_a.sql\"), .embedInCode(\"lease/0001_b.sql\")",
                    "migrations/List.swift": "step(1, \"0001_a\")\nstep(1, \"0001_b\")",
                ]) { $1 },
            [:],
        ],
        findings: { checkout in
            let scripts = checkout.paths(under: "migrations").filter { $0.hasSuffix(".sql") }
            let manifest = checkout.files["Package.swift"] ?? ""
            let list = checkout.swiftFiles.filter { $0.target == "Migrations" }.map(\.text).joined()
            var findings: [Finding] = []
            var next: [String: Int] = [:]
            for script in scripts {
                let parts = script.dropLast(".sql".count).split(separator: "/")
                let (database, name) = (parts.dropLast().joined(separator: "/"), String(parts.last ?? ""))
                let number = next[database, default: 1]
                next[database] = number + 1
                func report(_ what: String) { findings.append(Finding(path: script, line: 1, what: what)) }
                let digits = String(number)
                if !name.hasPrefix(String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_") {
                    report("not number \(number) of its database")
                }
                if !manifest.contains(".embedInCode(\"\(script.dropFirst("migrations/".count))\")") {
                    report("not embedded by Package.swift")
                }
                if !list.contains("\"\(name)\"") { report("not in the Swift list of its target") }
            }
            for embedded in manifest.split(separator: ".embedInCode(\"", omittingEmptySubsequences: false).dropFirst() {
                let path = "migrations/" + embedded.prefix { $0 != "\"" }
                if checkout.files[path] == nil {
                    findings.append(Finding(path: "Package.swift", line: 1, what: "embeds \(path), which is not there"))
                }
            }
            return findings
        })

    private static let readme = Rule(
        name: "the README's table of targets is that of Package.swift",
        bad: [
            documented(targets: ["A", "B"], rows: ["A"]), documented(targets: ["A"], rows: ["A", "B"]),
            documented(targets: ["A", "B"], rows: []),
        ],
        good: [
            documented(targets: ["A", "B"], rows: ["B", "A"]),
            ["Package.swift": ".target(name: \"A\")", "README.md": "| word | meaning |\n|---|---|\n| `x` | y |\n"], [:],
        ],
        findings: { checkout in
            guard let rows = checkout.files["README.md"].flatMap(targetRows) else { return [] }
            let targets = targets(in: checkout.files["Package.swift"] ?? "")
            return targets.symmetricDifference(rows).sorted().map { name in
                Finding(
                    path: "README.md", line: 1,
                    what: rows.contains(name)
                        ? "\(name) is no target of Package.swift" : "the target \(name) has no row")
            }
        })

    private static let absolutePaths = Rule(
        name: "no file names a path of somebody's machine",
        bad: machineFolders.flatMap { folder in
            [
                source("let a = \"\(folder)ann/project\""), ["README.md": "cd \(folder)ann"],
                ["migrations/a/0001_b.sql": "-- \(folder)x"],
                [".ci/run": "export A=\(folder)bin"], ["Tests/Interop/a.py": "PATH = '\(folder)x'"],
            ]
        },
        good: [
            source("let a = \"/usr/share/java\""), source("let a = \"/tmp/x\""),
            ["README.md": "see Sources\(machineFolders[0])a"],
            ["README.md": "the ~\(machineFolders[0])a, http://host\(machineFolders[0])"],
        ],
        findings: { checkout in
            checkout.files.sorted { $0.key < $1.key }.flatMap { path, text in
                text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line in
                    machineFolders.filter { isNamed($0, in: line) }
                        .map { Finding(path: path, line: index + 1, what: "names a folder below \($0)") }
                }
            }
        })

    /// Put together here, so that this file does not break the rule itself.
    private static let machineFolders = ["home", "Users", "work", "root"].map { "/\($0)/" }

    /// True if the folder stands there as the beginning of an absolute path, with something after it.
    private static func isNamed(_ folder: String, in line: Substring) -> Bool {
        line.ranges(of: folder).contains { range in
            let before = range.lowerBound > line.startIndex ? line[line.index(before: range.lowerBound)] : " "
            let after = range.upperBound < line.endIndex ? line[range.upperBound] : " "
            return " \"'=:(`,<>[".contains(before) && (after.isLetter || after.isNumber || after == "." || after == "_")
        }
    }

    /// The backticked names in the first column of the table whose first heading is "target"; nil if there is none.
    private static func targetRows(of readme: String) -> Set<String>? {
        let lines = readme.split(separator: "\n", omittingEmptySubsequences: false)
        guard let heading = lines.firstIndex(where: { $0.hasPrefix("| target |") }) else { return nil }
        let rows = lines[(heading + 1)...].prefix { $0.hasPrefix("|") }
        return Set(
            rows.compactMap { row in
                let cells = row.split(separator: "|", omittingEmptySubsequences: true)
                let pieces = (cells.first ?? "").split(separator: "`", omittingEmptySubsequences: false)
                return pieces.count > 2 ? String(pieces[1]) : nil
            })
    }

    /// Names of the targets that are no tests and no support of tests.
    private static func targets(in manifest: String) -> Set<String> {
        var names: Set<String> = []
        for opening in [".target(", ".executableTarget(", ".systemLibrary("] {
            for piece in manifest.split(separator: opening, omittingEmptySubsequences: false).dropFirst() {
                guard let range = piece.firstRange(of: "name:") else { continue }
                let name = piece[range.upperBound...].split(separator: "\"", omittingEmptySubsequences: false)
                    .dropFirst().first
                let rest = piece.prefix { $0 != ")" }
                if let name, !rest.contains("path: \"Tests/") { names.insert(String(name)) }
            }
        }
        return names
    }

    private static func migrated(_ scripts: [String], embedded: [String], listed: [String]) -> Example {
        var files = ["migrations/List.swift": listed.map { "step(1, \"\($0)\")" }.joined(separator: "\n")]
        files["Package.swift"] = embedded.map { ".embedInCode(\"broker/\($0).sql\")" }.joined(separator: ",")
        for script in scripts { files["migrations/broker/\(script).sql"] = "CREATE" }
        return files
    }

    private static func documented(targets: [String], rows: [String]) -> Example {
        let manifest = targets.map { ".target(\n name: \"\($0)\", dependencies: [])" }.joined(separator: ",\n")
        return [
            "Package.swift": manifest + ".testTarget(name: \"T\"), .target(name: \"Support\", path: \"Tests/Support\")",
            "README.md": "| target | job |\n|---|---|\n" + rows.map { "| `\($0)` | `x` |\n" }.joined()
                + "\n| `Z` | other |\n",
        ]
    }
}
