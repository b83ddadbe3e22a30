/// A selector compiled to nodes that refer to each other by index.
///
/// Nodes hold numbers only, so that evaluating copies no strings and counts no references, except of the values
/// compared. Children stand before their parents. A class, because selectors are copied with every subscription.
final class SelectorProgram: Sendable {
    typealias Index = Int32

    enum Arithmetic: Sendable {
        case add, subtract, multiply, divide, remainder
    }

    enum Order: Sendable {
        case less, lessOrEqual, greater, greaterOrEqual
    }

    enum Node: Sendable {
        case null
        case constant(Index)
        case identifier(Index)
        case negate(Index)
        case arithmetic(Arithmetic, Index, Index)
        case not(Index)
        case and(Index, Index)
        case or(Index, Index)
        case equal(Index, Index)
        case ordered(Order, Index, Index)
        case between(Index, low: Index, high: Index, negated: Bool)
        case like(Index, pattern: Index)
        case among(Index, set: Index, negated: Bool)
        case isNull(Index)

        /// True if the node is a condition by its form. Identifiers and constants may still serve as one.
        var isCondition: Bool {
            switch self {
            case .null, .constant, .identifier, .negate, .arithmetic: false
            case .not, .and, .or, .equal, .ordered, .between, .like, .among, .isNull: true
            }
        }
    }

    let nodes: [Node]
    let constants: [SelectorValue]
    let identifiers: [Selector.Identifier]
    let patterns: [LikePattern]
    let sets: [Set<ExactText>]
    let root: Index
    /// Numbers in strings compare as numbers.
    let convertsStrings: Bool

    init(_ builder: SelectorProgramBuilder, root: Index, convertsStrings: Bool) {
        self.nodes = builder.nodes
        self.constants = builder.constants
        self.identifiers = builder.identifiers
        self.patterns = builder.patterns
        self.sets = builder.sets
        self.root = root
        self.convertsStrings = convertsStrings
    }
}

/// Text that is equal only to the same code points; `String` takes canonically equivalent ones for equal.
struct ExactText: Hashable, Sendable {
    let text: String

    static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        // Not the string's own hash: that of all canonically equivalent texts is one, which a peer could make use of.
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

/// A selector under construction. Keeps the depth of each node, so that evaluation's recursion is bounded too.
struct SelectorProgramBuilder {
    typealias Index = SelectorProgram.Index

    private(set) var nodes: [SelectorProgram.Node] = []
    private(set) var constants: [SelectorValue] = []
    private(set) var identifiers: [Selector.Identifier] = []
    private(set) var patterns: [LikePattern] = []
    private(set) var sets: [Set<ExactText>] = []
    private var depths: [Int] = []
    private let maximumDepth: Int

    init(maximumDepth: Int) {
        self.maximumDepth = maximumDepth
    }

    subscript(index: Index) -> SelectorProgram.Node {
        nodes[Int(index)]
    }

    func constant(at index: Index) -> SelectorValue? {
        guard case .constant(let number) = nodes[Int(index)] else { return nil }
        return constants[Int(number)]
    }

    /// Adds a node over `children`; nil if it would be too deep.
    mutating func add(_ node: SelectorProgram.Node, over children: Index...) -> Index? {
        add(node, depth: 1 + (children.map { depths[Int($0)] }.max() ?? 0))
    }

    /// Adds `first op second op …` as one level: the evaluation loops along the chain.
    mutating func addChain(_ terms: [Index], _ join: (Index, Index) -> SelectorProgram.Node) -> Index? {
        guard var chain = terms.last else { return nil }
        let depth = 1 + (terms.map { depths[Int($0)] }.max() ?? 0)
        for term in terms.dropLast().reversed() {
            guard let joined = add(join(term, chain), depth: depth) else { return nil }
            chain = joined
        }
        return chain
    }

    mutating func addConstant(_ value: SelectorValue) -> Index? {
        constants.append(value)
        return add(.constant(Index(constants.count - 1)))
    }

    mutating func addIdentifier(_ name: String) -> Index? {
        identifiers.append(Selector.Identifier(named: name))
        return add(.identifier(Index(identifiers.count - 1)))
    }

    mutating func addLike(_ operand: Index, _ pattern: LikePattern) -> Index? {
        patterns.append(pattern)
        return add(.like(operand, pattern: Index(patterns.count - 1)), over: operand)
    }

    mutating func addAmong(_ operand: Index, _ set: Set<ExactText>, negated: Bool) -> Index? {
        sets.append(set)
        return add(.among(operand, set: Index(sets.count - 1), negated: negated), over: operand)
    }

    private mutating func add(_ node: SelectorProgram.Node, depth: Int) -> Index? {
        guard depth <= maximumDepth else { return nil }
        nodes.append(node)
        depths.append(depth)
        return Index(nodes.count - 1)
    }
}
