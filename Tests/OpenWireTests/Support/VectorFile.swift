import Foundation
import Testing

@testable import OpenWire

/// One file of recorded or synthetic frames (README of `shared/reference/openwire-vectors`).
struct VectorFile: Sendable, CustomTestStringConvertible {
    struct Frame: Sendable {
        let line: Int
        /// Frames of one direction share a cache. What the proxy swallowed (`B>x`) was sent all the same.
        let isFromClient: Bool
        /// The comment's JSON, still as text.
        let json: [UInt8]
        let typeName: String
        let bytes: [UInt8]
    }

    let name: String
    let format: WireFormat
    let frames: [Frame]

    var testDescription: String { self.name }
    var isSession: Bool { self.name.hasPrefix("session/") }

    func frames(fromClient: Bool) -> [Frame] { self.frames.filter { $0.isFromClient == fromClient } }

    enum Failure: Error, CustomStringConvertible {
        case missing(String)
        case malformed(file: String, line: Int)

        var description: String {
            switch self {
            case .missing(let path): "no vectors under \(path): the tests need shared/ beside the checkout"
            case .malformed(let file, let line): "\(file):\(line) is not as the README of the vectors says"
            }
        }
    }

    /// Every vector file, read once.
    static func all() throws -> [VectorFile] { try Self.loaded.get() }

    /// The files whose names are given, of any variant.
    static func named(_ names: String...) throws -> [VectorFile] {
        let files = try Self.all().filter { file in names.contains { file.name.hasSuffix("/\($0).hex") } }
        guard files.count >= names.count else { throw Failure.missing(names.joined(separator: ", ")) }
        return files
    }

    private static let loaded = Result { try Self.load() }

    private static func load() throws -> [VectorFile] {
        let root = try Self.folder()
        guard let paths = FileManager.default.enumerator(atPath: root.path) else { throw Failure.missing(root.path) }
        var names: [String] = []
        for case let path as String in paths where path.hasSuffix(".hex") { names.append(path) }
        guard !names.isEmpty else { throw Failure.missing(root.path) }
        return try names.sorted().map { name in
            try Self.parse(name: name, contents: Data(contentsOf: root.appendingPathComponent(name)))
        }
    }

    /// `shared/` lies beside the checkout, or, for a work tree in a folder of its own, beside that folder.
    private static func folder() throws -> URL {
        var checkout = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { checkout.deleteLastPathComponent() }
        var above = checkout.deletingLastPathComponent()
        for _ in 0..<2 {
            let folder = above.appendingPathComponent("shared/reference/openwire-vectors")
            if FileManager.default.fileExists(atPath: folder.path) { return folder }
            above.deleteLastPathComponent()
        }
        throw Failure.missing(checkout.appendingPathComponent("../shared/reference/openwire-vectors").path)
    }

    private static func parse(name: String, contents: Data) throws -> VectorFile {
        var format: WireFormat?
        var frames: [Frame] = []
        var comment: [UInt8]?
        for (index, line) in contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let failure = Failure.malformed(file: name, line: index + 1)
            if line.starts(with: "## ".utf8) {
                format = format ?? Self.format(header: String(decoding: line, as: UTF8.self))
            } else if line.starts(with: "# ".utf8) {
                comment = Array(line.dropFirst(2))
            } else if let text = comment {
                comment = nil
                guard let bytes = [UInt8](hex: line) else { throw failure }
                frames.append(try Self.frame(comment: text, bytes: bytes, line: index + 1, failure: failure))
            }
        }
        guard let format else { throw Failure.malformed(file: name, line: 1) }
        return VectorFile(name: name, format: format, frames: frames)
    }

    private static func frame(comment: [UInt8], bytes: [UInt8], line: Int, failure: Failure) throws -> Frame {
        // "C>B Type {json}", or "SYN full Type {json}".
        guard let brace = comment.firstIndex(of: UInt8(ascii: "{")) else { throw failure }
        let words = String(decoding: comment[..<brace], as: UTF8.self).split(separator: " ")
        guard let direction = words.first, let type = words.last, words.count >= 2 else { throw failure }
        return Frame(
            line: line, isFromClient: direction == "C>B", json: Array(comment[brace...]), typeName: String(type),
            bytes: bytes)
    }

    private static func format(header: String) -> WireFormat? {
        var values: [Substring: Substring] = [:]
        for word in header.split(whereSeparator: { " ;".contains($0) }) where word.contains("=") {
            let parts = word.split(separator: "=")
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let version = values["version"].flatMap({ Int32($0) }), let tight = values["tight"],
            let cache = values["cache"], let size = values["cacheSize"].flatMap({ Int($0) }),
            let stackTrace = values["stackTrace"]
        else { return nil }
        return WireFormat(
            version: version, tightEncodingEnabled: tight == "True", cacheEnabled: cache == "True", cacheSize: size,
            stackTraceEnabled: stackTrace.lowercased() == "true")
    }
}

extension Array where Element == UInt8 {
    /// Bytes from hexadecimal digits, nil where they are none.
    init?(hex: some Collection<UInt8>) {
        self = []
        self.reserveCapacity(hex.count / 2)
        var high: UInt8?
        for character in hex {
            let digit: UInt8
            switch character {
            case 48...57: digit = character - 48
            case 97...102: digit = character - 87
            default: return nil
            }
            if let first = high {
                self.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        if high != nil { return nil }
    }

    init?(hex: String) { self.init(hex: hex.utf8.filter { $0 != UInt8(ascii: " ") }) }

    var hex: String {
        let digits = [UInt8]("0123456789abcdef".utf8)
        return String(decoding: self.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
