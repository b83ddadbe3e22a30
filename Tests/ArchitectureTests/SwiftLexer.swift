/// A word, a number or one sign of Swift code. A string literal is one `"`, followed by what it interpolates.
struct SwiftToken: Sendable, Equatable {
    let text: String
    /// From 1.
    let line: Int
    /// Nothing stands between it and what is before it.
    let isAttached: Bool
}

/// Cuts Swift into tokens, so that a rule sees code and never the inside of a comment or of a string.
///
/// Knows nested comments, raw and multi-line strings and interpolations. Regular expression literals it does not know.
struct SwiftLexer {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private(set) var tokens: [SwiftToken] = []
    private(set) var commentLines: Set<Int> = []

    init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    mutating func run() {
        while self.index < self.bytes.count {
            self.code(untilParenthesis: false)
        }
    }

    // MARK: Private

    private func peek(_ distance: Int = 0) -> UInt8 {
        self.index + distance < self.bytes.count ? self.bytes[self.index + distance] : 0
    }

    private func follows(_ text: String) -> Bool {
        self.bytes[self.index...].starts(with: text.utf8)
    }

    private mutating func append(_ text: String, from start: Int) {
        let isAttached = start > 0 && self.bytes[start - 1] > 0x20
        self.tokens.append(SwiftToken(text: text, line: self.line, isAttached: isAttached))
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where self.index < self.bytes.count {
            if self.bytes[self.index] == UInt8(ascii: "\n") { self.line += 1 }
            self.index += 1
        }
    }

    /// Code up to the end, or to the parenthesis that closes an interpolation.
    private mutating func code(untilParenthesis: Bool) {
        var open = 0
        while self.index < self.bytes.count {
            let byte = self.peek()
            if self.follows("//") {
                self.commentLines.insert(self.line)
                while self.index < self.bytes.count, self.peek() != UInt8(ascii: "\n") { self.advance() }
            } else if self.follows("/*") {
                self.comment()
            } else if let hashes = self.hashesBeforeQuote() {
                self.string(hashes: hashes)
            } else if Self.isWord(byte) {
                self.word()
            } else if byte <= 0x20 || byte == UInt8(ascii: "`") {
                self.advance()
            } else {
                if byte == UInt8(ascii: "(") { open += 1 }
                if byte == UInt8(ascii: ")") {
                    open -= 1
                    if untilParenthesis, open < 0 { return self.advance() }
                }
                self.append(String(Unicode.Scalar(byte)), from: self.index)
                self.advance()
            }
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            self.commentLines.insert(self.line)
            if self.follows("/*") {
                depth += 1
                self.advance(2)
            } else if self.follows("*/") {
                depth -= 1
                self.advance(2)
            } else {
                self.advance()
            }
        } while depth > 0 && self.index < self.bytes.count
    }

    private mutating func word() {
        let start = self.index
        let isNumber = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self.peek())
        while Self.isWord(self.peek())
            || (isNumber && self.peek() == UInt8(ascii: ".") && Self.isWord(self.peek(1)))
        {
            self.index += 1
        }
        self.append(String(decoding: self.bytes[start..<self.index], as: UTF8.self), from: start)
    }

    /// The number of `#` before a quotation mark here; nil if no string begins.
    private func hashesBeforeQuote() -> Int? {
        var hashes = 0
        while self.peek(hashes) == UInt8(ascii: "#") { hashes += 1 }
        return self.peek(hashes) == UInt8(ascii: "\"") ? hashes : nil
    }

    private mutating func string(hashes: Int) {
        self.append("\"", from: self.index)
        self.advance(hashes)
        let quotes = self.follows("\"\"\"") ? 3 : 1
        self.advance(quotes)
        let sharp = String(repeating: "#", count: hashes)
        let end = String(repeating: "\"", count: quotes) + sharp
        let escape = "\\" + sharp
        while self.index < self.bytes.count, !self.follows(end) {
            if self.follows(escape) {
                self.advance(escape.utf8.count)
                let isInterpolation = self.peek() == UInt8(ascii: "(")
                self.advance()
                if isInterpolation { self.code(untilParenthesis: true) }
            } else {
                self.advance()
            }
        }
        self.advance(end.utf8.count)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }
}
