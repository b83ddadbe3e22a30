/// Goes through the characters of a document and knows the line and column at each.
///
/// Ends of lines come out as one `\n` (XML 1.0 §2.11). Only characters that XML allows come out.
struct XMLScanner {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var column = 1

    /// - Throws: where a character is that XML does not allow.
    init(_ text: String.UnicodeScalarView) throws(XMLError) {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.count)
        var (line, column) = (1, 1)
        var afterReturn = false
        for scalar in text {
            guard XMLCharacters.isAllowed(scalar) else {
                throw XMLError(
                    position: TextPosition(line: line, column: column),
                    message: "the character U+\(String(scalar.value, radix: 16, uppercase: true)) is not allowed in XML"
                )
            }
            defer { afterReturn = scalar == "\r" }
            if scalar == "\n", afterReturn { continue }
            let isEnd = scalar == "\n" || scalar == "\r"
            scalars.append(isEnd ? "\n" : scalar)
            (line, column) = isEnd ? (line + 1, 1) : (line, column + 1)
        }
        self.scalars = scalars
    }

    var position: TextPosition { TextPosition(line: self.line, column: self.column) }
    var isAtEnd: Bool { self.index == self.scalars.count }
    var peek: Unicode.Scalar? { self.isAtEnd ? nil : self.scalars[self.index] }

    mutating func next() -> Unicode.Scalar? {
        guard let scalar = self.peek else { return nil }
        self.index += 1
        if scalar == "\n" {
            self.line += 1
            self.column = 1
        } else {
            self.column += 1
        }
        return scalar
    }

    func starts(with literal: StaticString) -> Bool {
        literal.withUTF8Buffer { bytes in
            guard self.scalars.count - self.index >= bytes.count else { return false }
            return bytes.indices.allSatisfy { self.scalars[self.index + $0].value == UInt32(bytes[$0]) }
        }
    }

    /// Goes past `literal`, which is ASCII on one line, if it is next.
    mutating func skip(_ literal: StaticString) -> Bool {
        guard self.starts(with: literal) else { return false }
        self.index += literal.utf8CodeUnitCount
        self.column += literal.utf8CodeUnitCount
        return true
    }

    /// True where there was at least one.
    @discardableResult
    mutating func skipSpaces() -> Bool {
        var any = false
        while let scalar = self.peek, scalar.isASCII, XMLCharacters.isSpace(UInt8(truncatingIfNeeded: scalar.value)) {
            _ = self.next()
            any = true
        }
        return any
    }

    /// Everything up to `end`, which is gone past; nil where it does not come.
    mutating func text(upTo end: StaticString) -> String? {
        var text = String.UnicodeScalarView()
        while !self.isAtEnd {
            if self.skip(end) { return String(text) }
            if let scalar = self.next() { text.append(scalar) }
        }
        return nil
    }
}
