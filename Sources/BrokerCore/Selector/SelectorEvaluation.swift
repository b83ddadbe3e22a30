extension SelectorProgram {
    /// The node as a condition; nil is "unknown". Recursion is bounded by the depth limit of the parser.
    func truth(at start: Index, _ source: some SelectorSource) -> Bool? {
        // Terms that did not decide a chain were neutral or unknown; one unknown makes the undecided chain unknown.
        var sawUnknown = false
        var index = start
        while true {
            switch nodes[Int(index)] {
            case .and(let first, let rest):
                switch truth(at: first, source) {
                case false: return false
                case true: break
                case nil: sawUnknown = true
                }
                guard case .and = nodes[Int(rest)] else {
                    let last = truth(at: rest, source)
                    return last == false ? false : sawUnknown ? nil : last
                }
                index = rest
            case .or(let first, let rest):
                switch truth(at: first, source) {
                case true: return true
                case false: break
                case nil: sawUnknown = true
                }
                guard case .or = nodes[Int(rest)] else {
                    let last = truth(at: rest, source)
                    return last == true ? true : sawUnknown ? nil : last
                }
                index = rest
            case let node:
                return truth(of: node, source)
            }
        }
    }

    private func truth(of node: Node, _ source: some SelectorSource) -> Bool? {
        switch node {
        case .not(let operand):
            return truth(at: operand, source).map { !$0 }
        case .equal(let first, let second):
            guard let left = value(at: first, source), let right = value(at: second, source) else { return nil }
            return left.equals(right, convertingStrings: convertsStrings)
        case .ordered(let order, let first, let second):
            guard let left = value(at: first, source), let right = value(at: second, source) else { return nil }
            return left.isInOrder(order, with: right, convertingStrings: convertsStrings)
        case .between(let operand, let low, let high, let negated):
            // Both ends are asked, as if written with AND (OR): one unknown end may leave the other to decide.
            guard let value = value(at: operand, source) else { return nil }
            let lower = self.value(at: low, source).map {
                value.isInOrder(negated ? .less : .greaterOrEqual, with: $0, convertingStrings: convertsStrings)
            }
            let upper = self.value(at: high, source).map {
                value.isInOrder(negated ? .greater : .lessOrEqual, with: $0, convertingStrings: convertsStrings)
            }
            if lower == negated || upper == negated { return negated }
            return lower == nil || upper == nil ? nil : !negated
        case .like(let operand, let pattern):
            guard let value = value(at: operand, source) else { return nil }
            guard case .string(let text) = value else { return false }
            return patterns[Int(pattern)].matches(text)
        case .among(let operand, let set, let negated):
            guard case .string(let text) = value(at: operand, source) else { return nil }
            return sets[Int(set)].contains(ExactText(text: text)) != negated
        case .isNull(let operand):
            return value(at: operand, source) == nil
        case .constant, .identifier:
            guard let value = value(of: node, source) else { return nil }
            guard case .bool(let bool) = value else { return false }
            return bool
        case .null, .negate, .arithmetic, .and, .or:
            return nil
        }
    }

    /// The node as a value; nil is null.
    func value(at index: Index, _ source: some SelectorSource) -> SelectorValue? {
        let node = nodes[Int(index)]
        return node.isCondition ? truth(at: index, source).map { .bool($0) } : value(of: node, source)
    }

    private func value(of node: Node, _ source: some SelectorSource) -> SelectorValue? {
        switch node {
        case .constant(let number):
            return constants[Int(number)]
        case .identifier(let number):
            return source.selectorValue(of: identifiers[Int(number)])
        case .negate(let operand):
            return value(at: operand, source)?.number(convertingStrings: convertsStrings)?.negated
        case .arithmetic(let operation, let first, let second):
            guard let left = value(at: first, source), let right = value(at: second, source) else { return nil }
            return left.combined(operation, with: right, convertingStrings: convertsStrings)
        case .null, .not, .and, .or, .equal, .ordered, .between, .like, .among, .isNull:
            return nil
        }
    }
}
