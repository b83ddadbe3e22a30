/// The words of a selector.
enum SelectorToken: Equatable {
    enum Keyword: String {
        case not = "NOT"
        case and = "AND"
        case or = "OR"
        case between = "BETWEEN"
        case like = "LIKE"
        case escape = "ESCAPE"
        case `in` = "IN"
        case `is` = "IS"
        case `true` = "TRUE"
        case `false` = "FALSE"
        case null = "NULL"
        case xpath = "XPATH"
        case xquery = "XQUERY"
    }

    enum Symbol: String {
        case equal = "="
        case notEqual = "<>"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divide = "/"
        case remainder = "%"
        case open = "("
        case close = ")"
        case comma = ","
    }

    case identifier(String)
    case keyword(Keyword)
    case string(String)
    /// Without sign, so that the smallest long can be written.
    case integer(UInt64, isLong: Bool)
    case double(Double)
    case float(Float)
    case symbol(Symbol)
    case end
}

/// Cuts a selector into tokens.
///
///     space      = " " | TAB | LF | CR | FF | "--" … line end | "/*" … "*/"
///     keyword    = NOT AND OR BETWEEN LIKE ESCAPE IN IS TRUE FALSE NULL XPATH XQUERY, in any case
///     identifier = Java identifier that is no keyword | '"' any character, '"' doubled … '"'
///     string     = "'" any character, "'" doubled … "'"
///     integer    = decimal | "0x" hexadecimal | "0" octal, each with an optional L
///     number     = Java's decimal floating-point literal
///
/// As in ActiveMQ, `--` without a line end after it is two minus signs (`5--3` is 8), and a number may touch the word
/// after it (`a=1AND b=2`).
struct SelectorLexer {
    private let scalars: [Unicode.Scalar]
    private let lastLineEnd: Int
    private var index: Int

    /// Starts behind the first `offset` scalars.
    init(_ text: String, from offset: Int) {
        self.scalars = Array(text.unicodeScalars)
        self.lastLineEnd = scalars.lastIndex(where: \.isLineEnd) ?? -1
        self.index = offset
    }

    /// The next token and the index of its first scalar. After the last one: `.end`, for ever.
    mutating func next() throws(SelectorError) -> (token: SelectorToken, start: Int) {
        try skipSpace()
        let start = index
        guard let scalar = peek(0) else { return (.end, start) }
        switch scalar {
        case "'": return (.string(try quoted(by: "'", what: "string")), start)
        case "\"":
            let name = try quoted(by: "\"", what: "quoted identifier")
            guard !name.isEmpty else { throw error(at: start, expected: "a name between the quotes") }
            return (.identifier(name), start)
        case "0"..."9": return (try number(), start)
        case "." where peek(1).isDigit: return (try number(), start)
        default: break
        }
        if let symbol = symbol() { return (.symbol(symbol), start) }
        if scalar.startsJavaIdentifier { return (word(), start) }
        throw error(at: start, expected: "a selector")
    }

    /// A short piece of the text for messages.
    func excerpt(from start: Int, to end: Int? = nil) -> String {
        guard start < scalars.count else { return "the end" }
        var end = min(end ?? index, scalars.count)
        while end > start + 1, scalars[end - 1] == " " { end -= 1 }
        let shown = scalars[start..<max(start + 1, min(end, start + 24))]
        var text = "'"
        for scalar in shown { text.unicodeScalars.append(scalar.value < 0x20 ? " " : scalar) }
        return text + (shown.endIndex < end ? "…'" : "'")
    }

    // MARK: Private

    private func peek(_ distance: Int) -> Unicode.Scalar? {
        index + distance < scalars.count ? scalars[index + distance] : nil
    }

    private func error(at start: Int, expected: String) -> SelectorError {
        SelectorError(
            problem: .unexpected(expected: expected, found: excerpt(from: start, to: max(index, start + 1))),
            position: start + 1
        )
    }

    private mutating func skipSpace() throws(SelectorError) {
        while let scalar = peek(0) {
            switch scalar {
            case " ", "\t", "\n", "\r", "\u{c}": index += 1
            case "-":
                guard peek(1) == "-", index < lastLineEnd else { return }
                while let passed = peek(0) {
                    index += 1
                    if passed.isLineEnd { break }
                }
            case "/":
                guard peek(1) == "*" else { return }
                let start = index
                index += 2
                while peek(0) != "*" || peek(1) != "/" {
                    guard index < scalars.count else { throw error(at: start, expected: "'*/' to end the comment") }
                    index += 1
                }
                index += 2
            default: return
            }
        }
    }

    private mutating func quoted(by quote: Unicode.Scalar, what: String) throws(SelectorError) -> String {
        let start = index
        var text = String.UnicodeScalarView()
        index += 1
        while let scalar = peek(0) {
            index += 1
            if scalar == quote {
                guard peek(0) == quote else { return String(text) }
                index += 1
            }
            text.append(scalar)
        }
        throw error(at: start, expected: "\(quote) to end the \(what)")
    }

    private mutating func symbol() -> SelectorToken.Symbol? {
        guard let first = peek(0) else { return nil }
        let text = String(first)
        if let second = peek(1), let long = SelectorToken.Symbol(rawValue: text + String(second)) {
            index += 2
            return long
        }
        guard let short = SelectorToken.Symbol(rawValue: text) else { return nil }
        index += 1
        return short
    }

    private mutating func word() -> SelectorToken {
        let start = index
        var name = String.UnicodeScalarView()
        while let scalar = peek(0), scalar.continuesJavaIdentifier {
            name.append(scalar)
            index += 1
        }
        // No keyword is longer than BETWEEN.
        if index - start <= 7, let keyword = SelectorToken.Keyword(rawValue: String(name).asciiUppercased) {
            return .keyword(keyword)
        }
        return .identifier(String(name))
    }

    private mutating func number() throws(SelectorError) -> SelectorToken {
        let start = index
        if peek(0) == "0", peek(1) == "x" || peek(1) == "X" {
            index += 2
            let digits = take { $0.properties.isASCIIHexDigit }
            return try integer(digits, radix: 16, from: start)
        }
        var digits = take(where: \.isDigit)
        var isApproximate = false
        if peek(0) == "." {
            isApproximate = true
            index += 1
            digits += "." + take(where: \.isDigit)
        }
        if let exponent = takeExponent() {
            isApproximate = true
            digits += exponent
        }
        let suffix = peek(0)
        let hasSuffix =
            (suffix == "d" || suffix == "D" || suffix == "f" || suffix == "F")
            && peek(1)?.continuesJavaIdentifier != true
        guard isApproximate || hasSuffix else {
            return digits.count > 1 && digits.hasPrefix("0")
                ? try integer(String(digits.dropFirst()), radix: 8, from: start)
                : try integer(digits, radix: 10, from: start)
        }
        if hasSuffix { index += 1 }
        // Java allows what Swift's parser does not: a point without digits on one side.
        let text = digits.hasPrefix(".") ? "0" + digits : digits
        guard let value = Double(text) else { throw error(at: start, expected: "a number") }
        return suffix == "f" || suffix == "F" ? .float(Float(text) ?? Float(value)) : .double(value)
    }

    private mutating func integer(_ digits: String, radix: Int, from start: Int) throws(SelectorError) -> SelectorToken
    {
        var isLong = false
        if peek(0) == "l" || peek(0) == "L" {
            isLong = true
            index += 1
        }
        if radix == 8, digits.utf8.contains(where: { $0 > UInt8(ascii: "7") }) {
            throw error(at: start, expected: "only the digits 0 to 7 after a leading 0 (octal)")
        }
        guard !digits.isEmpty else { throw error(at: start, expected: "digits after 0x") }
        // One more than the largest long is for the parser to accept behind a minus sign, and to refuse elsewhere.
        guard let value = UInt64(digits, radix: radix), value <= 1 << 63 else {
            throw SelectorError(
                problem: .meaningless("\(excerpt(from: start)) is beyond the range of a long"), position: start + 1)
        }
        return .integer(value, isLong: isLong)
    }

    private mutating func take(where belongs: (Unicode.Scalar) -> Bool) -> String {
        var taken = String.UnicodeScalarView()
        while let scalar = peek(0), belongs(scalar) {
            taken.append(scalar)
            index += 1
        }
        return String(taken)
    }

    /// An exponent if it is complete; else nothing is taken.
    private mutating func takeExponent() -> String? {
        guard peek(0) == "e" || peek(0) == "E" else { return nil }
        let signed = peek(1) == "+" || peek(1) == "-"
        guard peek(signed ? 2 : 1).isDigit else { return nil }
        let sign = signed && peek(1) == "-" ? "-" : ""
        index += signed ? 2 : 1
        return "e" + sign + take(where: \.isDigit)
    }
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }

    fileprivate var isLineEnd: Bool { self == "\n" || self == "\r" }

    /// Java's `Character.isJavaIdentifierStart`.
    fileprivate var startsJavaIdentifier: Bool {
        if isASCII {
            return ("a"..."z").contains(self) || ("A"..."Z").contains(self) || self == "_" || self == "$"
        }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber,
            .currencySymbol, .connectorPunctuation:
            return true
        default: return false
        }
    }

    /// Java's `Character.isJavaIdentifierPart`, without the control characters that it ignores.
    fileprivate var continuesJavaIdentifier: Bool {
        if isASCII { return startsJavaIdentifier || isDigit }
        switch properties.generalCategory {
        case .decimalNumber, .spacingMark, .nonspacingMark: return true
        default: return startsJavaIdentifier
        }
    }
}

extension Optional<Unicode.Scalar> {
    fileprivate var isDigit: Bool { self?.isDigit ?? false }
}

extension String {
    fileprivate var asciiUppercased: String {
        String(decoding: utf8.map { (0x61...0x7a).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
    }
}
