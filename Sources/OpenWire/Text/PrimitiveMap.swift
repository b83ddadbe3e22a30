/// Named, typed values: message properties, map bodies and the properties of the handshake (OpenWire reference 7.1).
///
///     map   = count:int32  count * ( key  value )        count -1 = null map
///     key   = uint16 byte count, modified UTF-8
///     value = type:uint8 payload
///
/// Entries keep their order and strings their type code (9 or 13), so that an unchanged map encodes to the bytes it was
/// read from. Depends on nothing but ``WireString`` and ``ModifiedUTF8``.
package struct PrimitiveMap: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var key: WireString
        package var value: PrimitiveValue

        package init(key: WireString, value: PrimitiveValue) {
            self.key = key
            self.value = value
        }
    }

    /// In wire order. A key may occur twice on the wire; the last one counts.
    package var entries: [Entry]

    package init(entries: [Entry] = []) {
        self.entries = entries
    }

    /// The value under `key`, nil where there is none. A null value is `.null`, not nil.
    ///
    /// Setting replaces the value in place, or appends; setting nil removes every entry of that key.
    package subscript(key: String) -> PrimitiveValue? {
        get { self.entries.last { $0.key.isText(key) }?.value }
        set {
            guard let newValue else {
                self.entries.removeAll { $0.key.isText(key) }
                return
            }
            if let index = self.entries.lastIndex(where: { $0.key.isText(key) }) {
                self.entries[index].value = newValue
            } else {
                self.entries.append(Entry(key: WireString(key), value: newValue))
            }
        }
    }
}

extension PrimitiveMap: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, PrimitiveValue)...) {
        self.init(entries: elements.map { Entry(key: WireString($0.0), value: $0.1) })
    }
}

/// One value of a ``PrimitiveMap``; the raw type codes are those of the wire (7 is double and 8 is float).
///
/// Floating-point values are equal when their bit patterns are.
package indirect enum PrimitiveValue: Sendable {
    case null
    case bool(Bool)
    case byte(Int8)
    /// A UTF-16 code unit.
    case char(UInt16)
    case short(Int16)
    case int(Int32)
    case long(Int64)
    case double(Double)
    case float(Float)
    case string(WireString)
    case bytes([UInt8])
    case map(PrimitiveMap)
    case list([PrimitiveValue])
    /// A string with a four-byte count; Java uses it from 8191 UTF-16 units on.
    case bigString(WireString)

    /// A string under the type code that Java would choose for it.
    package static func text(_ text: String) -> PrimitiveValue {
        text.utf16.count >= 8191 ? .bigString(WireString(text)) : .string(WireString(text))
    }

    /// The text of either kind of string, else nil.
    package var text: String? {
        switch self {
        case .string(let text), .bigString(let text): text.text
        default: nil
        }
    }

    package var typeCode: UInt8 {
        switch self {
        case .null: 0
        case .bool: 1
        case .byte: 2
        case .char: 3
        case .short: 4
        case .int: 5
        case .long: 6
        case .double: 7
        case .float: 8
        case .string: 9
        case .bytes: 10
        case .map: 11
        case .list: 12
        case .bigString: 13
        }
    }
}

extension PrimitiveValue: Hashable {
    package static func == (a: PrimitiveValue, b: PrimitiveValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.byte(let a), .byte(let b)): a == b
        case (.char(let a), .char(let b)): a == b
        case (.short(let a), .short(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.long(let a), .long(let b)): a == b
        case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
        case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern
        case (.string(let a), .string(let b)), (.bigString(let a), .bigString(let b)): a == b
        case (.bytes(let a), .bytes(let b)): a == b
        case (.map(let a), .map(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.typeCode)
        switch self {
        case .null: break
        case .bool(let value): hasher.combine(value)
        case .byte(let value): hasher.combine(value)
        case .char(let value): hasher.combine(value)
        case .short(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .long(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value.bitPattern)
        case .float(let value): hasher.combine(value.bitPattern)
        case .string(let value), .bigString(let value): hasher.combine(value)
        case .bytes(let value): hasher.combine(value)
        case .map(let value): hasher.combine(value)
        case .list(let value): hasher.combine(value)
        }
    }
}

/// What one map may ask of its reader.
package struct PrimitiveLimits: Hashable, Sendable {
    /// Maps and lists inside one another; 0 allows none inside the outermost map.
    package var depth: Int
    /// Values in all, those of nested maps and lists included.
    package var values: Int
    /// Bytes of one string or byte array.
    package var valueBytes: Int

    package init(depth: Int, values: Int, valueBytes: Int) {
        self.depth = depth
        self.values = values
        self.valueBytes = valueBytes
    }

    /// For messages: what the frame can carry, with a bound on what small values cost in memory.
    package static let message = PrimitiveLimits(depth: 32, values: 262_144, valueBytes: .max)

    /// For the handshake, which comes from anybody: what 6.x readers allow (reference 2.2).
    package static let handshake = PrimitiveLimits(depth: 0, values: 64, valueBytes: 512)
}

/// Which rule of reference 7.1, or which of ``PrimitiveLimits``, the bytes of a map break.
package enum PrimitiveError: Error, Hashable, Sendable {
    case truncated
    case leftoverBytes(Int)
    case negativeCount(Int32)
    case unknownType(UInt8)
    case nestingTooDeep(limit: Int)
    case tooManyValues(limit: Int)
    case valueTooLong(limit: Int)
}
