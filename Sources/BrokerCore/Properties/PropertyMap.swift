/// The properties of a message, or the content of a map: names and typed values in their sender's order.
///
/// A name may stand twice, since nothing stops a peer from sending that; look-ups see the first.
package struct PropertyMap: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package struct Entry: Sendable, Equatable {
        package var name: PropertyText
        package var value: PropertyValue

        package init(name: PropertyText, value: PropertyValue) {
            self.name = name
            self.value = value
        }
    }

    package var entries: [Entry]

    package init(entries: [Entry] = []) {
        self.entries = entries
    }

    package init(dictionaryLiteral elements: (String, PropertyValue)...) {
        self.entries = elements.map { Entry(name: PropertyText($0.0), value: $0.1) }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// The first value of that name. Setting removes every entry of the name and, unless nil, appends a new one.
    package subscript(name: String) -> PropertyValue? {
        get {
            let text = PropertyText(name)
            return entries.first { $0.name == text }?.value
        }
        set {
            let text = PropertyText(name)
            entries.removeAll { $0.name == text }
            if let newValue { entries.append(Entry(name: text, value: newValue)) }
        }
    }
}

/// A value with its JMS type. Equal only to the same type and the same bits: NaN is equal to itself, 0.0 not to -0.0.
package enum PropertyValue: Sendable, Equatable {
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
    /// At most 65,535 bytes.
    case string(PropertyText)
    case bytes([UInt8])
    case map(PropertyMap)
    case list([PropertyValue])
    /// A string in the form for long ones. Any length may come in it.
    case bigString(PropertyText)

    /// `text` in the form in which Java sends it: from 8,191 UTF-16 units on the one for long strings.
    package static func text(_ text: String) -> PropertyValue {
        text.utf16.count < 8_191 ? .string(PropertyText(text)) : .bigString(PropertyText(text))
    }

    package static func == (left: PropertyValue, right: PropertyValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.byte(let left), .byte(let right)): left == right
        case (.char(let left), .char(let right)): left == right
        case (.short(let left), .short(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.long(let left), .long(let right)): left == right
        case (.double(let left), .double(let right)): left.bitPattern == right.bitPattern
        case (.float(let left), .float(let right)): left.bitPattern == right.bitPattern
        case (.string(let left), .string(let right)): left == right
        case (.bytes(let left), .bytes(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.bigString(let left), .bigString(let right)): left == right
        default: false
        }
    }

    /// As selectors see it; nil for null.
    package var selectorValue: SelectorValue? {
        switch self {
        case .null: nil
        case .bool(let value): .bool(value)
        case .byte(let value): .int(Int32(value))
        case .short(let value): .int(Int32(value))
        case .int(let value): .int(value)
        case .long(let value): .long(value)
        case .double(let value): .double(value)
        case .float(let value): .float(value)
        case .string(let text), .bigString(let text): .string(text.string)
        case .char, .bytes, .map, .list: .opaque
        }
    }
}

/// What encoded properties may cost. Every length in them is also checked against what is really there.
package struct PropertyLimits: Sendable {
    /// Maps and lists within each other, the outermost counted.
    package var depth = 32
    /// Of the binary form, in bytes. The JSON form may have eight times as many.
    package var length = 64 * 1_024 * 1_024

    package static let `default` = PropertyLimits()

    package init() {}
}

/// What is wrong with encoded properties. Offsets are in bytes from their start.
package enum PropertyError: Error, Hashable, Sendable {
    /// A length or count at `offset` reaches beyond the end.
    case truncated(offset: Int)
    case negativeLength(offset: Int)
    case unknownType(UInt8, offset: Int)
    case trailingBytes(offset: Int)
    case tooDeep(limit: Int)
    case tooLong(limit: Int)
    /// A name or a string of the short form has more than 65,535 bytes.
    case textTooLong(bytes: Int)
    /// The JSON form: `expected` in plain words.
    case malformedJSON(expected: String, offset: Int)
}
