import Glibc
import Testing

/// One Swift file of the checkout.
struct SourceFile: Sendable, CustomTestStringConvertible {
    /// Relative to the repository.
    let path: String
    /// The folder below `Sources` or `Tests` that it belongs to.
    let target: String
    let lines: [String]

    var testDescription: String { self.path }

    /// The modules it imports, with line numbers from 1.
    var imports: [(module: String, line: Int)] {
        self.lines.enumerated().compactMap { index, line in
            let words = line.split(separator: " ").drop { $0.hasPrefix("@") || $0 == "package" || $0 == "internal" }
            guard words.first == "import", words.count >= 2 else { return nil }
            // `import struct Module.Name` names a kind before the module.
            let name = words.dropFirst().first { !["struct", "class", "enum", "func", "typealias"].contains($0) }
            return name.map { (String($0.prefix { $0 != "." }), index + 1) }
        }
    }

    /// Lines without strings' content and comments, so that prose about a forbidden call is allowed.
    var code: [(text: String, line: Int)] {
        self.lines.enumerated().map { index, line in (Self.stripped(line), index + 1) }
    }

    private static func stripped(_ line: String) -> String {
        var result = ""
        var isInString = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" { isInString.toggle() }
            if !isInString, character == "/", previous == "/" { return String(result.dropLast()) }
            if !isInString { result.append(character) }
            previous = character
        }
        return result
    }

    /// Functions and initialisers with the number of lines from their declaration to their closing brace.
    ///
    /// The formatter puts a closing brace at the indentation of its declaration, which is what this relies on.
    var functions: [(name: String, line: Int, length: Int)] {
        var result: [(String, Int, Int)] = []
        for (index, line) in self.lines.enumerated() {
            let text = line.drop { $0 == " " }
            let words = text.split(whereSeparator: { " (<".contains($0) })
            guard words.contains("func") || words.contains("init") || words.contains("deinit"), !text.hasPrefix("//")
            else { continue }
            let closing = String(repeating: " ", count: line.count - text.count) + "}"
            guard let end = self.lines[index...].firstIndex(where: { $0 == closing }) else { continue }
            // A body on the declaration's own line closes with somebody else's brace.
            if self.opensAndCloses(index) { continue }
            result.append((String(text), index + 1, end - index + 1))
        }
        return result
    }

    private func opensAndCloses(_ index: Int) -> Bool {
        let line = self.lines[index]
        return line.hasSuffix("}") && line.contains("{")
            || !self.lines[index...].prefix(8).contains { $0.hasSuffix("{") }
    }
}

/// The files of this checkout.
enum SourceTree {
    static let root: String = {
        var components = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        components.removeLast(3)
        return components.joined(separator: "/")
    }()

    static let sources: [SourceFile] = Self.swiftFiles(under: "Sources") + Self.swiftFiles(under: "migrations")
    static let tests: [SourceFile] = Self.swiftFiles(under: "Tests")

    static func text(of path: String) -> String {
        guard let file = fopen("\(Self.root)/\(path)", "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Paths below `folder`, relative to the repository, sorted.
    static func files(under folder: String) -> [String] {
        guard let directory = opendir("\(Self.root)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var paths: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            let path = "\(folder)/\(name)"
            if entry.pointee.d_type == UInt8(DT_DIR) { paths += Self.files(under: path) } else { paths.append(path) }
        }
        return paths.sorted()
    }

    private static func swiftFiles(under folder: String) -> [SourceFile] {
        Self.files(under: folder).filter { $0.hasSuffix(".swift") }.map { path in
            let parts = path.split(separator: "/")
            let lines = Self.text(of: path).split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
            return SourceFile(path: path, target: parts.count > 2 ? String(parts[1]) : String(parts[0]), lines: lines)
        }
    }
}
