/// Numbers as Java promotes them, and comparisons as JMS 1.1 §3.8.1.2 limits them.
extension SelectorValue {
    /// `self = other`. Values of unlike types are not equal.
    func equals(_ other: SelectorValue, convertingStrings: Bool) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
        case (.bool(let left), .bool(let right)): return left == right
        case (.bool(let bool), .string(let text)), (.string(let text), .bool(let bool)):
            return convertingStrings && SelectorValue.boolean(text) == bool
        default:
            guard let left = number(convertingStrings: convertingStrings),
                let right = other.number(convertingStrings: convertingStrings)
            else { return false }
            switch SelectorValue.promoted(left, right) {
            case .integers(let left, let right): return left == right
            case .floats(let left, let right): return left == right
            case .doubles(let left, let right): return left == right
            }
        }
    }

    /// Only numbers have an order; anything else is false.
    func isInOrder(
        _ order: SelectorProgram.Order, with other: SelectorValue, convertingStrings: Bool
    ) -> Bool {
        guard let left = number(convertingStrings: convertingStrings),
            let right = other.number(convertingStrings: convertingStrings)
        else { return false }
        switch SelectorValue.promoted(left, right) {
        case .integers(let left, let right): return order.holds(left, right)
        case .floats(let left, let right): return order.holds(left, right)
        case .doubles(let left, let right): return order.holds(left, right)
        }
    }

    /// Sums, differences and products of integers wrap around as in Java, and quotients are doubles as in ActiveMQ.
    /// Nil (null) if an operand is no number. A string on the left of `+` is continued by anything.
    func combined(
        _ operation: SelectorProgram.Arithmetic, with other: SelectorValue, convertingStrings: Bool
    ) -> SelectorValue? {
        if case .string(let text) = self, operation == .add {
            return other.text.map { .string(text + $0) }
        }
        guard let left = number(convertingStrings: convertingStrings),
            let right = other.number(convertingStrings: convertingStrings)
        else { return nil }
        switch (left, right) {
        case (.int(let first), .int(let second)):
            return SelectorValue.integer(operation, first, second).map { .int($0) }
                ?? .double(SelectorValue.real(operation, Double(first), Double(second)))
        case (.int, .long), (.long, .int), (.long, .long):
            let (first, second) = (left.integer, right.integer)
            return SelectorValue.integer(operation, first, second).map { .long($0) }
                ?? .double(SelectorValue.real(operation, Double(first), Double(second)))
        default:
            return .double(SelectorValue.real(operation, left.real, right.real))
        }
    }

    /// Of a number; the smallest integers stay what they are, as in Java.
    var negated: SelectorValue? {
        switch self {
        case .int(let value): .int(0 &- value)
        case .long(let value): .long(0 &- value)
        case .float(let value): .float(-value)
        case .double(let value): .double(-value)
        case .bool, .string, .opaque: nil
        }
    }

    /// The value if it is a number, or the number that a string spells.
    func number(convertingStrings: Bool) -> SelectorValue? {
        switch self {
        case .int, .long, .float, .double: return self
        case .string(let text) where convertingStrings:
            if let long = Int64(text) { return .long(long) }
            // Java's limits of what a number looks like; Swift's parser also takes hexadecimal, "inf" and "nan".
            guard text.utf8.allSatisfy(SelectorValue.isNumeric), let double = Double(text) else { return nil }
            return .double(double)
        case .bool, .string, .opaque: return nil
        }
    }

    // MARK: Private

    private enum Promoted {
        case integers(Int64, Int64)
        case floats(Float, Float)
        case doubles(Double, Double)
    }

    private static func promoted(_ left: SelectorValue, _ right: SelectorValue) -> Promoted {
        switch (left, right) {
        case (.double, _), (_, .double): .doubles(left.real, right.real)
        case (.float(let first), .float(let second)): .floats(first, second)
        case (.float(let first), _): .floats(first, Float(right.integer))
        case (_, .float(let second)): .floats(Float(left.integer), second)
        default: .integers(left.integer, right.integer)
        }
    }

    /// Of an int or long; 0 for others, which do not come here.
    private var integer: Int64 {
        switch self {
        case .int(let value): Int64(value)
        case .long(let value): value
        case .float, .double, .bool, .string, .opaque: 0
        }
    }

    /// Of a number.
    private var real: Double {
        switch self {
        case .float(let value): Double(value)
        case .double(let value): value
        case .int, .long, .bool, .string, .opaque: Double(integer)
        }
    }

    /// As it stands in a concatenation, exponents not quite as Java writes them; nil for what has no text.
    private var text: String? {
        switch self {
        case .string(let text): text
        case .bool(let bool): bool ? "true" : "false"
        case .int(let value): String(value)
        case .long(let value): String(value)
        case .float(let value): value.description
        case .double(let value): value.description
        case .opaque: nil
        }
    }

    /// Nil where the result is not an integer: quotients, and remainders of a division by zero.
    private static func integer<Value: FixedWidthInteger>(
        _ operation: SelectorProgram.Arithmetic, _ left: Value, _ right: Value
    ) -> Value? {
        switch operation {
        case .add: left &+ right
        case .subtract: left &- right
        case .multiply: left &* right
        case .remainder: right == 0 ? nil : left.remainderReportingOverflow(dividingBy: right).partialValue
        case .divide: nil
        }
    }

    private static func real(_ operation: SelectorProgram.Arithmetic, _ left: Double, _ right: Double) -> Double {
        switch operation {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .remainder: left.truncatingRemainder(dividingBy: right)
        }
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}

extension SelectorProgram.Order {
    fileprivate func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}
