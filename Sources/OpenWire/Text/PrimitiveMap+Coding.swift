extension PrimitiveMap {
    /// Reads a whole map; nil for the null map (count -1).
    ///
    /// Every count is checked against the bytes that remain before memory is taken for it.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: PrimitiveLimits = .message
    ) throws(PrimitiveError) -> PrimitiveMap? {
        var reader = PrimitiveReader(bytes: bytes, limits: limits)
        let count = try reader.int(Int32.self)
        if count == -1 {
            try reader.finish()
            return nil
        }
        let map = try reader.map(count: count)
        try reader.finish()
        return map
    }

    package static func decode(
        _ bytes: [UInt8], limits: PrimitiveLimits = .message
    ) throws(PrimitiveError) -> PrimitiveMap? {
        try bytes.withUnsafeBytes { bytes in
            Result(catching: { () throws(PrimitiveError) in
                try self.decode(bytes, limits: limits)
            })
        }.get()
    }

    /// The wire form of this map.
    /// - Throws: ``PrimitiveError/valueTooLong(limit:)`` for a key or `.string` of more than 65,535 bytes.
    package func encode() throws(PrimitiveError) -> [UInt8] {
        var writer = PrimitiveWriter()
        try writer.map(self)
        return writer.bytes
    }
}

extension PrimitiveValue {
    /// Reads values until the end of `bytes`: the body of a stream message (reference 7.2).
    package static func decodeSequence(
        _ bytes: [UInt8], limits: PrimitiveLimits = .message
    ) throws(PrimitiveError) -> [PrimitiveValue] {
        try bytes.withUnsafeBytes { bytes in
            Result(catching: { () throws(PrimitiveError) in
                var reader = PrimitiveReader(bytes: bytes, limits: limits)
                var values: [PrimitiveValue] = []
                while !reader.isAtEnd { values.append(try reader.value()) }
                return values
            })
        }.get()
    }

    package static func encodeSequence(_ values: [PrimitiveValue]) throws(PrimitiveError) -> [UInt8] {
        var writer = PrimitiveWriter()
        for value in values { try writer.value(value) }
        return writer.bytes
    }
}

/// A cursor over the bytes of one map. Valid only while `bytes` are.
private struct PrimitiveReader {
    private let bytes: UnsafeRawBufferPointer
    private let limits: PrimitiveLimits
    private var position = 0
    private var depth = 0
    private var values = 0

    init(bytes: UnsafeRawBufferPointer, limits: PrimitiveLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    var isAtEnd: Bool { self.position == self.bytes.count }
    private var remaining: Int { self.bytes.count &- self.position }

    func finish() throws(PrimitiveError) {
        guard self.isAtEnd else { throw .leftoverBytes(self.remaining) }
    }

    mutating func int<T: FixedWidthInteger>(_: T.Type) throws(PrimitiveError) -> T {
        guard self.remaining >= MemoryLayout<T>.size else { throw .truncated }
        defer { self.position &+= MemoryLayout<T>.size }
        return T(bigEndian: self.bytes.loadUnaligned(fromByteOffset: self.position, as: T.self))
    }

    mutating func map(count: Int32) throws(PrimitiveError) -> PrimitiveMap {
        // The shortest entry is an empty key and a null: three bytes.
        let count = try self.claim(count, bytesEach: 3)
        var map = PrimitiveMap()
        map.entries.reserveCapacity(count)
        for _ in 0..<count {
            let key = try self.string(count: Int(self.int(UInt16.self)))
            map.entries.append(.init(key: key, value: try self.value(isCounted: true)))
        }
        return map
    }

    mutating func value(isCounted: Bool = false) throws(PrimitiveError) -> PrimitiveValue {
        if !isCounted { _ = try self.claim(1, bytesEach: 1) }
        let type = try self.int(UInt8.self)
        switch type {
        case 0: return .null
        case 1: return .bool(try self.int(UInt8.self) != 0)
        case 2: return .byte(try self.int(Int8.self))
        case 3: return .char(try self.int(UInt16.self))
        case 4: return .short(try self.int(Int16.self))
        case 5: return .int(try self.int(Int32.self))
        case 6: return .long(try self.int(Int64.self))
        case 7: return .double(Double(bitPattern: try self.int(UInt64.self)))
        case 8: return .float(Float(bitPattern: try self.int(UInt32.self)))
        case 9: return .string(try self.string(count: Int(self.int(UInt16.self))))
        case 10: return .bytes(Array(try self.take(try self.length())))
        case 11, 12: return try self.container(type: type)
        case 13: return .bigString(try self.string(count: try self.length()))
        default: throw .unknownType(type)
        }
    }

    private mutating func container(type: UInt8) throws(PrimitiveError) -> PrimitiveValue {
        guard self.depth < self.limits.depth else { throw .nestingTooDeep(limit: self.limits.depth) }
        self.depth &+= 1
        defer { self.depth &-= 1 }
        let count = try self.int(Int32.self)
        if type == 11 { return .map(try self.map(count: count)) }
        let elements = try self.claim(count, bytesEach: 1)
        var list: [PrimitiveValue] = []
        list.reserveCapacity(elements)
        for _ in 0..<elements { list.append(try self.value(isCounted: true)) }
        return .list(list)
    }

    /// Checks a claimed number of values against the bytes that remain and against the limit.
    private mutating func claim(_ count: Int32, bytesEach: Int) throws(PrimitiveError) -> Int {
        guard count >= 0 else { throw .negativeCount(count) }
        guard Int(count) <= self.remaining / bytesEach else { throw .truncated }
        guard Int(count) <= self.limits.values &- self.values else { throw .tooManyValues(limit: self.limits.values) }
        self.values &+= Int(count)
        return Int(count)
    }

    private mutating func length() throws(PrimitiveError) -> Int {
        let length = try self.int(Int32.self)
        guard length >= 0 else { throw .negativeCount(length) }
        return Int(length)
    }

    private mutating func string(count: Int) throws(PrimitiveError) -> WireString {
        WireString(modifiedUTF8: try self.take(count))
    }

    private mutating func take(_ count: Int) throws(PrimitiveError) -> UnsafeRawBufferPointer {
        guard count <= self.limits.valueBytes else { throw .valueTooLong(limit: self.limits.valueBytes) }
        guard count <= self.remaining else { throw .truncated }
        defer { self.position &+= count }
        return UnsafeRawBufferPointer(rebasing: self.bytes[self.position..<(self.position &+ count)])
    }
}

private struct PrimitiveWriter {
    private(set) var bytes: [UInt8] = []

    mutating func map(_ map: PrimitiveMap) throws(PrimitiveError) {
        try self.count(map.entries.count)
        for entry in map.entries {
            try self.shortString(entry.key)
            try self.value(entry.value)
        }
    }

    mutating func value(_ value: PrimitiveValue) throws(PrimitiveError) {
        self.bytes.append(value.typeCode)
        switch value {
        case .null: break
        case .bool(let value): self.bytes.append(value ? 1 : 0)
        case .byte(let value): self.int(value)
        case .char(let value): self.int(value)
        case .short(let value): self.int(value)
        case .int(let value): self.int(value)
        case .long(let value): self.int(value)
        case .double(let value): self.int(value.bitPattern)
        case .float(let value): self.int(value.bitPattern)
        case .string(let value): try self.shortString(value)
        case .bytes(let value):
            try self.count(value.count)
            self.bytes.append(contentsOf: value)
        case .map(let value): try self.map(value)
        case .list(let values):
            try self.count(values.count)
            for value in values { try self.value(value) }
        case .bigString(let value):
            try self.count(value.encodedCount)
            value.withModifiedUTF8 { bytes, _ in self.bytes.append(contentsOf: bytes) }
        }
    }

    private mutating func int(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { self.bytes.append(contentsOf: $0) }
    }

    private mutating func count(_ count: Int) throws(PrimitiveError) {
        guard let count = Int32(exactly: count) else { throw .valueTooLong(limit: Int(Int32.max)) }
        self.int(count)
    }

    private mutating func shortString(_ text: WireString) throws(PrimitiveError) {
        guard let count = UInt16(exactly: text.encodedCount) else { throw .valueTooLong(limit: Int(UInt16.max)) }
        self.int(count)
        text.withModifiedUTF8 { bytes, _ in self.bytes.append(contentsOf: bytes) }
    }
}
