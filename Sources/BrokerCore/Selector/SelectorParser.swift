/// Turns the tokens of a selector into a program, by precedence climbing.
///
///     selector   = [ "convert_string_expressions:" | "no_convert_string_expressions:" ] condition
///     level 1    = level 2 { OR level 2 }
///     level 2    = level 3 { AND level 3 }
///     level 3    = NOT level 3 | level 4
///     level 4    = level 5 { ( "=" | "<>" ) level 5 | IS [ NOT ] NULL }
///     level 5    = level 6 { ( "<" | "<=" | ">" | ">=" ) level 6
///                          | [ NOT ] BETWEEN level 6 AND level 6
///                          | [ NOT ] LIKE string [ ESCAPE string ]
///                          | [ NOT ] IN "(" string { "," string } ")" }
///     level 6    = level 7 { ( "+" | "-" ) level 7 }
///     level 7    = unary { ( "*" | "/" | "%" ) unary }
///     unary      = ( "+" | "-" | NOT ) unary | literal | identifier | "(" level 1 ")"
///
/// Everything is linear in the text: one token of look-ahead, no going back.
struct SelectorParser {
    typealias Index = SelectorProgram.Index

    static let convertPrefix = "convert_string_expressions:"
    static let noConvertPrefix = "no_convert_string_expressions:"

    private let limits: SelectorLimits
    private let convertsStrings: Bool
    private var lexer: SelectorLexer
    private var builder: SelectorProgramBuilder
    private var token: SelectorToken = .end
    /// Index of the current token's first scalar.
    private var start = 0
    /// Depth of the recursion.
    private var depth = 0

    init(_ text: String, limits: SelectorLimits) throws(SelectorError) {
        guard text.utf8.count <= limits.length else {
            throw SelectorError(problem: .tooLong(limit: limits.length), position: 1)
        }
        var offset = 0
        if text.hasPrefix(Self.convertPrefix) { offset = Self.convertPrefix.count }
        self.convertsStrings = offset > 0
        if text.hasPrefix(Self.noConvertPrefix) { offset = Self.noConvertPrefix.count }
        self.limits = limits
        self.lexer = SelectorLexer(text, from: offset)
        self.builder = SelectorProgramBuilder(maximumDepth: limits.depth)
        try advance()
    }

    mutating func parse() throws(SelectorError) -> SelectorProgram {
        guard token != .end else { throw expected("a condition") }
        let first = start
        let root = try expression(.or)
        guard token == .end else { throw expected("an operator or the end") }
        try requireCondition(root, at: first)
        return SelectorProgram(builder, root: root, convertsStrings: convertsStrings)
    }

    // MARK: Levels

    private enum Level: Int {
        case or = 1
        case and, not, equality, comparison, sum, product, unary

        /// The level of the right operand of a left-associative operator.
        var above: Level { Level(rawValue: rawValue + 1) ?? .unary }
    }

    private mutating func expression(_ lowest: Level) throws(SelectorError) -> Index {
        let first = start
        var left = try prefix(lowest)
        while let level = levelOfOperator(), level.rawValue >= lowest.rawValue {
            switch level {
            case .or: left = try chain(.or, from: left, at: first) { .or($0, $1) }
            case .and: left = try chain(.and, from: left, at: first) { .and($0, $1) }
            case .equality: left = try equality(left)
            case .comparison: left = try comparison(left, at: first)
            default: left = try arithmetic(left, level, at: first)
            }
        }
        return left
    }

    /// The level of the infix or postfix operator that the current token begins.
    private func levelOfOperator() -> Level? {
        switch token {
        case .keyword(.or): .or
        case .keyword(.and): .and
        case .symbol(.equal), .symbol(.notEqual), .keyword(.is): .equality
        case .symbol(.less), .symbol(.lessOrEqual), .symbol(.greater), .symbol(.greaterOrEqual),
            .keyword(.between), .keyword(.like), .keyword(.in), .keyword(.not):
            .comparison
        case .symbol(.plus), .symbol(.minus): .sum
        case .symbol(.times), .symbol(.divide), .symbol(.remainder): .product
        default: nil
        }
    }

    private mutating func chain(
        _ keyword: SelectorToken.Keyword, from left: Index, at first: Int,
        _ join: (Index, Index) -> SelectorProgram.Node
    ) throws(SelectorError) -> Index {
        try requireCondition(left, at: first)
        var terms = [left]
        while token == .keyword(keyword) {
            try advance()
            let second = start
            let term = try expression(keyword == .or ? .and : .not)
            try requireCondition(term, at: second)
            terms.append(term)
        }
        return try deepEnough(builder.addChain(terms, join))
    }

    // MARK: Operators

    private mutating func equality(_ left: Index) throws(SelectorError) -> Index {
        let operatorStart = start
        if token == .keyword(.is) {
            try advance()
            let negated = try take(.not)
            guard try take(.null) else { throw expected(negated ? "NULL" : "NULL or NOT NULL") }
            let test = try deepEnough(builder.add(.isNull(left), over: left))
            return negated ? try deepEnough(builder.add(.not(test), over: test)) : test
        }
        let negated = token == .symbol(.notEqual)
        try advance()
        let right = try expression(.comparison)
        for side in [left, right] {
            if case .null = builder[side] {
                throw meaningless("nothing equals NULL; write IS NULL or IS NOT NULL", at: operatorStart)
            }
        }
        if case .bool = builder.constant(at: left), let other = builder.constant(at: right) {
            guard case .bool = other else {
                throw meaningless("TRUE and FALSE can only be compared with booleans", at: operatorStart)
            }
        }
        let test = try deepEnough(builder.add(.equal(left, right), over: left, right))
        return negated ? try deepEnough(builder.add(.not(test), over: test)) : test
    }

    private mutating func comparison(_ left: Index, at first: Int) throws(SelectorError) -> Index {
        let order: SelectorProgram.Order
        switch token {
        case .symbol(.less): order = .less
        case .symbol(.lessOrEqual): order = .lessOrEqual
        case .symbol(.greater): order = .greater
        case .symbol(.greaterOrEqual): order = .greaterOrEqual
        default:
            let negated = try take(.not)
            if try take(.between) { return try between(left, at: first, negated: negated) }
            if try take(.like) { return try like(left, negated: negated) }
            if try take(.in) { return try among(left, at: first, negated: negated) }
            throw expected("BETWEEN, LIKE or IN")
        }
        try requireOrdered(left, at: first)
        try advance()
        let right = try ordered()
        return try deepEnough(builder.add(.ordered(order, left, right), over: left, right))
    }

    private mutating func between(_ value: Index, at first: Int, negated: Bool) throws(SelectorError) -> Index {
        try requireOrdered(value, at: first)
        let low = try ordered()
        guard try take(.and) else { throw expected("AND and the upper end of BETWEEN") }
        let high = try ordered()
        let node = SelectorProgram.Node.between(value, low: low, high: high, negated: negated)
        return try deepEnough(builder.add(node, over: value, low, high))
    }

    private mutating func like(_ operand: Index, negated: Bool) throws(SelectorError) -> Index {
        let patternStart = start
        let pattern = try string("a pattern in single quotes after LIKE")
        var escape: Unicode.Scalar?
        if try take(.escape) {
            let escapeStart = start
            let text = try string("a character in single quotes after ESCAPE").unicodeScalars
            guard let scalar = text.first, text.count == 1 else {
                throw meaningless("ESCAPE takes exactly one character", at: escapeStart)
            }
            escape = scalar
        }
        guard pattern.unicodeScalars.count <= limits.patternLength else {
            throw meaningless("the LIKE pattern has more than \(limits.patternLength) characters", at: patternStart)
        }
        let test = try deepEnough(builder.addLike(operand, LikePattern(pattern, escape: escape)))
        return negated ? try deepEnough(builder.add(.not(test), over: test)) : test
    }

    private mutating func among(_ operand: Index, at first: Int, negated: Bool) throws(SelectorError) -> Index {
        guard case .identifier = builder[operand] else {
            throw meaningless("IN needs an identifier on its left", at: first)
        }
        guard try take(.open) else { throw expected("'(' after IN") }
        var set: Set<ExactText> = []
        repeat {
            set.insert(ExactText(text: try string("a string in single quotes")))
        } while try take(.comma)
        guard try take(.close) else { throw expected("',' or ')'") }
        return try deepEnough(builder.addAmong(operand, set, negated: negated))
    }

    private mutating func arithmetic(_ left: Index, _ level: Level, at first: Int) throws(SelectorError) -> Index {
        let operation: SelectorProgram.Arithmetic
        switch token {
        case .symbol(.plus): operation = .add
        case .symbol(.minus): operation = .subtract
        case .symbol(.times): operation = .multiply
        case .symbol(.divide): operation = .divide
        default: operation = .remainder
        }
        try requireOperand(left, of: operation, at: first)
        try advance()
        let second = start
        let right = try expression(level.above)
        try requireOperand(right, of: operation, at: second)
        return try deepEnough(builder.add(.arithmetic(operation, left, right), over: left, right))
    }

    // MARK: Operands

    private mutating func prefix(_ lowest: Level) throws(SelectorError) -> Index {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw tooDeep() }
        switch token {
        case .keyword(.not):
            try advance()
            let first = start
            // NOT takes the whole comparison, unless it already stands inside one.
            let operand = try expression(lowest.rawValue <= Level.not.rawValue ? .not : .unary)
            try requireCondition(operand, at: first)
            return try deepEnough(builder.add(.not(operand), over: operand))
        case .symbol(.minus):
            try advance()
            return try negated()
        case .symbol(.plus):
            try advance()
            let first = start
            let operand = try prefix(.unary)
            try requireOperand(operand, of: .subtract, at: first)
            return operand
        default:
            return try primary()
        }
    }

    private mutating func negated() throws(SelectorError) -> Index {
        if case .integer(1 << 63, _) = token {
            try advance()
            return try deepEnough(builder.addConstant(.long(.min)))
        }
        let first = start
        let operand = try prefix(.unary)
        try requireOperand(operand, of: .subtract, at: first)
        return try deepEnough(builder.add(.negate(operand), over: operand))
    }

    private mutating func primary() throws(SelectorError) -> Index {
        let first = start
        switch token {
        case .identifier(let name):
            let excerpt = lexer.excerpt(from: first)
            try advance()
            guard token != .symbol(.open) else {
                throw SelectorError(problem: .notSupported("the function \(excerpt)"), position: first + 1)
            }
            return try deepEnough(builder.addIdentifier(name))
        case .symbol(.open):
            try advance()
            let inner = try expression(.or)
            guard try take(.close) else { throw expected("an operator or ')'") }
            return inner
        case .keyword(.null):
            try advance()
            return try deepEnough(builder.add(.null))
        case .keyword(.xpath): throw notSupported("XPATH")
        case .keyword(.xquery): throw notSupported("XQUERY")
        default: return try literal()
        }
    }

    private mutating func literal() throws(SelectorError) -> Index {
        let value: SelectorValue
        switch token {
        case .string(let text): value = .string(text)
        case .double(let number): value = .double(number)
        case .float(let number): value = .float(number)
        case .keyword(.true): value = .bool(true)
        case .keyword(.false): value = .bool(false)
        case .integer(let magnitude, let isLong):
            guard let long = Int64(exactly: magnitude) else {
                throw meaningless("\(lexer.excerpt(from: start)) is beyond the range of a long", at: start)
            }
            if let int = Int32(exactly: long), !isLong {
                value = .int(int)
            } else {
                value = .long(long)
            }
        default: throw expected("an identifier, a literal or '('")
        }
        try advance()
        return try deepEnough(builder.addConstant(value))
    }

    /// An operand of an ordering comparison.
    private mutating func ordered() throws(SelectorError) -> Index {
        let first = start
        let operand = try expression(.sum)
        try requireOrdered(operand, at: first)
        return operand
    }

    private mutating func string(_ what: String) throws(SelectorError) -> String {
        guard case .string(let text) = token else { throw expected(what) }
        try advance()
        return text
    }

    // MARK: What fits together

    private func requireCondition(_ index: Index, at first: Int) throws(SelectorError) {
        switch builder[index] {
        case .constant:
            if case .bool = builder.constant(at: index) { return }
        case .negate, .arithmetic: break
        default: return
        }
        throw meaningless("\(lexer.excerpt(from: first, to: start)) is not a condition", at: first)
    }

    private func requireOrdered(_ index: Index, at first: Int) throws(SelectorError) {
        switch builder[index] {
        case .constant:
            switch builder.constant(at: index) {
            case .int, .long, .float, .double: return
            default: break
            }
        case .identifier, .negate, .arithmetic: return
        default: break
        }
        throw meaningless("only numbers have an order; this is none", at: first)
    }

    private func requireOperand(
        _ index: Index, of operation: SelectorProgram.Arithmetic, at first: Int
    ) throws(SelectorError) {
        switch builder[index] {
        case .constant:
            switch builder.constant(at: index) {
            case .int, .long, .float, .double: return
            case .string:
                // A string may be added to; with conversion it may hold a number.
                if operation == .add || convertsStrings { return }
            default: break
            }
        case .identifier, .negate, .arithmetic: return
        default: break
        }
        throw meaningless("arithmetic takes numbers; this is none", at: first)
    }

    // MARK: Tokens and errors

    private mutating func advance() throws(SelectorError) {
        (token, start) = try lexer.next()
    }

    private mutating func take(_ keyword: SelectorToken.Keyword) throws(SelectorError) -> Bool {
        guard token == .keyword(keyword) else { return false }
        try advance()
        return true
    }

    private mutating func take(_ symbol: SelectorToken.Symbol) throws(SelectorError) -> Bool {
        guard token == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    private func deepEnough(_ index: Index?) throws(SelectorError) -> Index {
        guard let index else { throw tooDeep() }
        return index
    }

    private func tooDeep() -> SelectorError {
        SelectorError(problem: .tooDeep(limit: limits.depth), position: start + 1)
    }

    private func expected(_ what: String) -> SelectorError {
        let found = token == .end ? "the end" : lexer.excerpt(from: start)
        return SelectorError(problem: .unexpected(expected: what, found: found), position: start + 1)
    }

    private func meaningless(_ reason: String, at index: Int) -> SelectorError {
        SelectorError(problem: .meaningless(reason), position: index + 1)
    }

    private func notSupported(_ what: String) -> SelectorError {
        SelectorError(problem: .notSupported(what), position: start + 1)
    }
}
