import Glibc

/// The files of a checkout that the rules read, by path relative to the repository. Rules are given one, so that they
/// can be given a bad one too.
struct Checkout: Sendable {
    let files: [String: String]
    /// Swift files in order of their paths.
    let swiftFiles: [SwiftFile]

    init(_ files: [String: String]) {
        self.files = files
        self.swiftFiles = files.filter { $0.key.hasSuffix(".swift") }.sorted { $0.key < $1.key }
            .map { SwiftFile(path: $0.key, text: $0.value) }
    }

    /// Swift files below `Sources`, and those of the migrations.
    var sources: [SwiftFile] { self.swiftFiles.filter { !$0.isTest && $0.path != "Package.swift" } }

    var tests: [SwiftFile] { self.swiftFiles.filter { $0.isTest } }

    /// Paths below `folder`, sorted.
    func paths(under folder: String) -> [String] {
        self.files.keys.filter { $0.hasPrefix(folder + "/") }.sorted()
    }
}

/// One Swift file, cut into tokens.
struct SwiftFile: Sendable {
    let path: String
    let text: String
    let tokens: [SwiftToken]
    /// Lines on which a comment stands, whole or in part, from 1.
    let commentLines: Set<Int>

    init(path: String, text: String) {
        var lexer = SwiftLexer(text)
        lexer.run()
        self.path = path
        self.text = text
        self.tokens = lexer.tokens
        self.commentLines = lexer.commentLines
    }

    var isTest: Bool { self.path.hasPrefix("Tests/") }

    /// The folder below `Sources` or `Tests`; that of the migrations is the target of the same name.
    var target: String {
        let parts = self.path.split(separator: "/")
        guard parts.count > 1 else { return "" }
        return parts[0] == "migrations" ? "Migrations" : String(parts[1])
    }

    var lines: [Substring] { self.text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// Where the tokens of `sequence` stand one after the other, without space between them if `attached`.
    func places(of sequence: [String], attached: Bool = false) -> [Int] {
        guard let first = sequence.first, self.tokens.count >= sequence.count else { return [] }
        return (0...(self.tokens.count - sequence.count)).filter { start in
            self.tokens[start].text == first
                && zip(self.tokens[start...], sequence).allSatisfy { $0.text == $1 }
                && (!attached || self.tokens[(start + 1)..<(start + sequence.count)].allSatisfy { $0.isAttached })
        }
    }
}

extension Checkout {
    /// The checkout that this file lies in.
    static let current = Checkout.read(at: Checkout.root)

    /// From this file's own path, three levels up.
    static var root: String {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    }

    private static let folders = ["Sources", "Tests", "migrations", "Benchmarks", ".ci"]
    private static let extensions = ["swift", "sql", "md", "sh", "py", "c", "h", "java", "modulemap", "run"]

    /// Everything that people write, without captures and other data.
    static func read(at root: String) -> Checkout {
        var files: [String: String] = [:]
        for path in ["Package.swift", "README.md", "CHANGELOG.md"] + self.folders.flatMap({ self.list($0, in: root) }) {
            let name = path.split(separator: "/").last ?? ""
            let isText = name.contains(".") ? self.extensions.contains { name.hasSuffix("." + $0) } : true
            if isText, let text = self.text(at: "\(root)/\(path)") { files[path] = text }
        }
        return Checkout(files)
    }

    private static func list(_ folder: String, in root: String) -> [String] {
        guard let directory = opendir("\(root)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var paths: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            let path = "\(folder)/\(name)"
            if entry.pointee.d_type == UInt8(DT_DIR) {
                paths += self.list(path, in: root)
            } else {
                paths.append(path)
            }
        }
        return paths
    }

    /// Nil if there is no such file, or none of text.
    private static func text(at path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
