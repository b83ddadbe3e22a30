extension SwiftFile {
    /// A function, initialiser, subscript, computed property or the like.
    struct Function: Sendable, Equatable {
        /// Of its declaration, without attributes.
        let line: Int
        /// In lines, the declaration and the closing brace counted.
        let length: Int
    }

    /// Those at the top level and in types. What is nested in a function counts as part of it.
    var functions: [Function] {
        var scan = FunctionScan()
        for index in self.tokens.indices {
            scan.take(self.tokens[index], after: index > 0 ? self.tokens[index - 1].text : "")
        }
        return scan.functions
    }
}

/// Counts braces, and tells those of types from those of functions by the words before them.
private struct FunctionScan {
    private enum Block: Equatable {
        case type
        case function(from: Int)
        /// Inside a function, or a closure among arguments.
        case other
    }

    private static let typeWords: Set<String> = ["struct", "class", "enum", "extension", "protocol", "actor"]
    private static let memberWords: Set<String> = ["func", "init", "deinit", "subscript", "var", "let", "get", "set"]
    /// Words before which a type's word is only a name or a modifier.
    private static let notBeforeType: Set<String> = ["import", "var", "let", ".", "case"]

    private(set) var functions: [SwiftFile.Function] = []
    private var blocks: [Block] = []
    /// Of the declaration that the next brace belongs to.
    private var isType = false
    private var declarationLine: Int?
    /// Open parentheses and brackets since that declaration began.
    private var open = 0
    /// Those of the blocks around.
    private var openAround: [Int] = []

    mutating func take(_ token: SwiftToken, after previous: String) {
        switch token.text {
        case "(", "[": self.open += 1
        case ")", "]": self.open -= 1
        case "{": self.enter(at: token.line)
        case "}": self.leave(at: token.line)
        case ";": self.reset()
        case let word where self.open == 0 && Self.typeWords.contains(word):
            if !Self.notBeforeType.contains(previous) { self.isType = true }
        case let word where self.open == 0 && Self.memberWords.contains(word) && previous != ".":
            self.isType = false
            self.declarationLine = token.line
        default: break
        }
    }

    private mutating func enter(at line: Int) {
        let isMember = self.blocks.allSatisfy { $0 == .type } && self.open == 0
        if isMember, self.isType {
            self.blocks.append(.type)
        } else if isMember {
            self.blocks.append(.function(from: self.declarationLine ?? line))
        } else {
            self.blocks.append(.other)
        }
        self.openAround.append(self.open)
        self.reset()
    }

    private mutating func leave(at line: Int) {
        if case .function(let start)? = self.blocks.popLast() {
            self.functions.append(SwiftFile.Function(line: start, length: line - start + 1))
        }
        let around = self.openAround.popLast() ?? 0
        let declaration = around > 0 ? self.declarationLine : nil
        self.reset()
        self.open = around
        self.declarationLine = declaration
    }

    private mutating func reset() {
        self.isType = false
        self.declarationLine = nil
        self.open = 0
    }
}
