// The binary form:
//
//     map   = count:int32 { key value }          count -1 is the null map, read as empty
//     key   = length:uint16 modified-UTF-8
//     value = type:uint8 payload                 payloads at PropertyType
//
// All numbers are big-endian. Canonical input is encoded again to the same bytes. What is read but is not canonical:
// a count of -1 (a nested map or list of that count is null), and booleans other than 0 and 1 (true).

/// The type byte before a value, and what follows it.
enum PropertyType: UInt8 {
    case null = 0
    /// One byte.
    case bool = 1
    case byte = 2
    /// A UTF-16 code unit.
    case char = 3
    case short = 4
    case int = 5
    case long = 6
    case double = 7
    case float = 8
    /// length:uint16, modified UTF-8.
    case string = 9
    /// length:int32, bytes.
    case bytes = 10
    case map = 11
    /// count:int32, values.
    case list = 12
    /// length:int32, modified UTF-8.
    case bigString = 13

    /// The name of the type in the text form.
    var tag: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .byte: "byte"
        case .char: "char"
        case .short: "short"
        case .int: "int"
        case .long: "long"
        case .double: "double"
        case .float: "float"
        case .string: "string"
        case .bytes: "bytes"
        case .map: "map"
        case .list: "list"
        case .bigString: "bigString"
        }
    }

    /// Bytes of a payload that is always as long; nil for the others.
    var fixedLength: Int? {
        switch self {
        case .null: 0
        case .bool, .byte: 1
        case .char, .short: 2
        case .int, .float: 4
        case .long, .double: 8
        case .string, .bytes, .map, .list, .bigString: nil
        }
    }
}

extension PropertyMap {
    /// Reads the binary form, which must end where `bytes` do.
    package init(decoding bytes: Span<UInt8>, limits: PropertyLimits = .default) throws(PropertyError) {
        guard bytes.count <= limits.length else { throw .tooLong(limit: limits.length) }
        var offset = 0
        self = try bytes.propertyMap(at: &offset, depth: limits.depth, limits: limits) ?? PropertyMap()
        guard offset == bytes.count else { throw .trailingBytes(offset: offset) }
    }

    package init(decoding bytes: [UInt8], limits: PropertyLimits = .default) throws(PropertyError) {
        try self.init(decoding: bytes.span, limits: limits)
    }

    package func encoded() throws(PropertyError) -> [UInt8] {
        var bytes: [UInt8] = []
        try encode(into: &bytes)
        return bytes
    }

    /// Appends the binary form.
    package func encode(into bytes: inout [UInt8]) throws(PropertyError) {
        bytes.appendBigEndian(UInt32(truncatingIfNeeded: entries.count))
        for entry in entries {
            try bytes.appendShortText(entry.name.encoded)
            try entry.value.encode(into: &bytes)
        }
    }
}

extension PropertyValue {
    /// Appends type and payload.
    func encode(into bytes: inout [UInt8]) throws(PropertyError) {
        bytes.append(type.rawValue)
        switch self {
        case .null: break
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .byte(let value): bytes.append(UInt8(bitPattern: value))
        case .char(let value): bytes.appendBigEndian(value)
        case .short(let value): bytes.appendBigEndian(value)
        case .int(let value): bytes.appendBigEndian(value)
        case .long(let value): bytes.appendBigEndian(value)
        case .double(let value): bytes.appendBigEndian(value.bitPattern)
        case .float(let value): bytes.appendBigEndian(value.bitPattern)
        case .string(let text): try bytes.appendShortText(text.encoded)
        case .bytes(let value):
            bytes.appendBigEndian(UInt32(truncatingIfNeeded: value.count))
            bytes += value
        case .map(let map): try map.encode(into: &bytes)
        case .list(let values):
            bytes.appendBigEndian(UInt32(truncatingIfNeeded: values.count))
            for value in values { try value.encode(into: &bytes) }
        case .bigString(let text):
            bytes.appendBigEndian(UInt32(truncatingIfNeeded: text.encoded.count))
            bytes += text.encoded
        }
    }

    private var type: PropertyType {
        switch self {
        case .null: .null
        case .bool: .bool
        case .byte: .byte
        case .char: .char
        case .short: .short
        case .int: .int
        case .long: .long
        case .double: .double
        case .float: .float
        case .string: .string
        case .bytes: .bytes
        case .map: .map
        case .list: .list
        case .bigString: .bigString
        }
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        var shift = value.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func appendShortText(_ text: [UInt8]) throws(PropertyError) {
        guard let length = UInt16(exactly: text.count) else { throw .textTooLong(bytes: text.count) }
        appendBigEndian(length)
        self += text
    }
}

/// Reading from an offset and moving it on. No memory is taken before the length is known to be there.
extension Span<UInt8> {
    func propertyInteger<Value: FixedWidthInteger>(
        at offset: inout Int, as type: Value.Type = Value.self
    ) throws(PropertyError) -> Value {
        let range = try propertyRange(at: &offset, length: Value.bitWidth / 8)
        var value: Value = 0
        for index in range { value = value << 8 | Value(truncatingIfNeeded: self[index]) }
        return value
    }

    /// The next `length` bytes.
    func propertyRange(at offset: inout Int, length: Int) throws(PropertyError) -> Range<Int> {
        guard length >= 0 else { throw .negativeLength(offset: offset) }
        guard length <= count - offset else { throw .truncated(offset: offset) }
        let start = offset
        offset += length
        return start..<offset
    }

    /// The bytes behind a length of two bytes.
    func propertyShortText(at offset: inout Int) throws(PropertyError) -> Range<Int> {
        let length: UInt16 = try propertyInteger(at: &offset)
        return try propertyRange(at: &offset, length: Int(length))
    }

    /// The bytes behind a length of four bytes.
    func propertyLongText(at offset: inout Int) throws(PropertyError) -> Range<Int> {
        let length: Int32 = try propertyInteger(at: &offset)
        return try propertyRange(at: &offset, length: Int(length))
    }

    func propertyType(at offset: inout Int) throws(PropertyError) -> PropertyType {
        let start = offset
        let byte: UInt8 = try propertyInteger(at: &offset)
        guard let type = PropertyType(rawValue: byte) else { throw .unknownType(byte, offset: start) }
        return type
    }

    /// The count of a map or list whose elements have `least` bytes or more; nil for -1.
    func propertyCount(at offset: inout Int, least: Int) throws(PropertyError) -> Int? {
        let start = offset
        let count: Int32 = try propertyInteger(at: &offset)
        guard count != -1 else { return nil }
        guard count >= 0 else { throw .negativeLength(offset: start) }
        guard Int(count) <= (self.count - offset) / least else { throw .truncated(offset: start) }
        return Int(count)
    }

    /// Fewest bytes of a map's entry: the length of an empty name, and a null.
    static var leastEntry: Int { 3 }
    /// Fewest bytes of a list's element: a null.
    static var leastElement: Int { 1 }

    /// A map that may hold `depth` - 1 more levels; nil for the null map.
    func propertyMap(
        at offset: inout Int, depth: Int, limits: PropertyLimits
    ) throws(PropertyError) -> PropertyMap? {
        guard depth > 0 else { throw .tooDeep(limit: limits.depth) }
        guard let count = try propertyCount(at: &offset, least: Self.leastEntry) else { return nil }
        var entries: [PropertyMap.Entry] = []
        entries.reserveCapacity(Swift.min(count, 64))
        for _ in 0..<count {
            let name = try propertyShortText(at: &offset)
            let value = try propertyValue(at: &offset, depth: depth, limits: limits)
            entries.append(PropertyMap.Entry(name: PropertyText(encoded: copy(of: name)), value: value))
        }
        return PropertyMap(entries: entries)
    }

    func propertyValue(
        at offset: inout Int, depth: Int, limits: PropertyLimits
    ) throws(PropertyError) -> PropertyValue {
        switch try propertyType(at: &offset) {
        case .null: return .null
        case .bool: return .bool(try propertyInteger(at: &offset, as: UInt8.self) != 0)
        case .byte: return .byte(try propertyInteger(at: &offset))
        case .char: return .char(try propertyInteger(at: &offset))
        case .short: return .short(try propertyInteger(at: &offset))
        case .int: return .int(try propertyInteger(at: &offset))
        case .long: return .long(try propertyInteger(at: &offset))
        case .double: return .double(Double(bitPattern: try propertyInteger(at: &offset)))
        case .float: return .float(Float(bitPattern: try propertyInteger(at: &offset)))
        case .string: return .string(PropertyText(encoded: copy(of: try propertyShortText(at: &offset))))
        case .bytes: return .bytes(copy(of: try propertyLongText(at: &offset)))
        case .bigString: return .bigString(PropertyText(encoded: copy(of: try propertyLongText(at: &offset))))
        case .map: return try propertyMap(at: &offset, depth: depth - 1, limits: limits).map { .map($0) } ?? .null
        case .list:
            guard depth > 1 else { throw .tooDeep(limit: limits.depth) }
            guard let count = try propertyCount(at: &offset, least: Self.leastElement) else { return .null }
            var values: [PropertyValue] = []
            values.reserveCapacity(Swift.min(count, 64))
            for _ in 0..<count {
                values.append(try propertyValue(at: &offset, depth: depth - 1, limits: limits))
            }
            return .list(values)
        }
    }

    func copy(of range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        bytes.append(self, range)
        return bytes
    }
}

extension [UInt8] {
    /// Appends part of another stretch of bytes.
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        for index in range { append(bytes[index]) }
    }
}
