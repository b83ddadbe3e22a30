/// Reads the fields of one frame, loose or tight (reference 3 and 4).
///
/// Every count is checked against what is left of the frame before memory is taken for it, and all memory against
/// ``WireLimits/memory(forFrameOf:)``. Valid only while `bytes` are.
struct FrameReader: WireCoder {
    static var reads: Bool { true }

    let version: Int32
    let carriesStackTraces: Bool
    private let isTight: Bool
    private let usesCache: Bool
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// The bit stream, as bit offsets from the start of `bytes`.
    private var bitPosition = 0
    private var bitEnd = 0
    private var depth = 0
    private let memoryLimit: Int
    /// Memory claimed so far, in bytes.
    private(set) var memory = 0
    /// The connection's cache, lent for this frame.
    var cache = ReceivingCache(size: 0)

    /// - Parameter bytes: the frame without its size field.
    init(_ bytes: UnsafeRawBufferPointer, format: WireFormat) {
        self.bytes = bytes
        self.version = format.version
        self.carriesStackTraces = format.stackTraceEnabled
        self.isTight = format.tightEncodingEnabled
        self.usesCache = format.cacheEnabled
        self.memoryLimit = WireLimits.memory(forFrameOf: bytes.count)
    }

    /// Reads the whole frame as one command.
    mutating func command() throws(OpenWireError) -> OpenWireCommand {
        let type = try self.integer(UInt8.self)
        if self.isTight, type != 0 { try self.openBitStream() }
        let command = try OpenWireCommand.build(type: type, with: &self)
        guard self.position == self.bytes.count else { throw .leftoverBytes(self.bytes.count &- self.position) }
        guard self.bitEnd &- self.bitPosition < 8 else { throw .leftoverBits(self.bitEnd &- self.bitPosition) }
        return command
    }

    /// Reads the length in front of the bit stream (4.1) and steps over the bits.
    private mutating func openBitStream() throws(OpenWireError) {
        let first = try self.integer(UInt8.self)
        let count: Int
        switch first {
        case 0..<64: count = Int(first)
        case 0xC0: count = Int(try self.integer(UInt8.self))
        case 0x80: count = Int(try self.integer(UInt16.self))
        default: throw .invalidBitStream
        }
        self.bitPosition = try self.skip(count) &* 8
        self.bitEnd = self.position &* 8
    }

    // MARK: Fields

    mutating func bool(_ value: inout Bool, _ label: StaticString) throws(OpenWireError) {
        value = try self.flag()
    }

    mutating func int8(_ value: inout Int8, _ label: StaticString) throws(OpenWireError) {
        value = try self.integer(Int8.self)
    }

    mutating func int16(_ value: inout Int16, _ label: StaticString) throws(OpenWireError) {
        value = try self.integer(Int16.self)
    }

    mutating func int32(_ value: inout Int32, _ label: StaticString) throws(OpenWireError) {
        value = try self.integer(Int32.self)
    }

    mutating func raw8(_ value: inout UInt64, _ label: StaticString) throws(OpenWireError) {
        value = try self.integer(UInt64.self)
    }

    mutating func long(_ value: inout Int64, _ label: StaticString) throws(OpenWireError) {
        guard self.isTight else {
            value = try self.integer(Int64.self)
            return
        }
        switch (try self.bit(), try self.bit()) {
        case (false, false): value = 0
        case (false, true): value = Int64(try self.integer(UInt16.self))
        case (true, false): value = Int64(try self.integer(UInt32.self))
        case (true, true): value = try self.integer(Int64.self)
        }
    }

    mutating func string(_ value: inout WireString?, _ label: StaticString) throws(OpenWireError) {
        guard try self.flag() else {
            value = nil
            return
        }
        // Whether the sender calls it ASCII makes no difference to the bytes.
        if self.isTight { _ = try self.bit() }
        let count = Int(try self.integer(UInt16.self))
        let start = try self.skip(count)
        try self.claim(count)
        value = WireString(modifiedUTF8: UnsafeRawBufferPointer(rebasing: self.bytes[start..<(start &+ count)]))
    }

    mutating func bytes(_ value: inout [UInt8]?, _ label: StaticString) throws(OpenWireError) {
        guard try self.flag() else {
            value = nil
            return
        }
        let length = try self.integer(Int32.self)
        guard length >= 0 else { throw .negativeLength(length) }
        let start = try self.skip(Int(length))
        try self.claim(Int(length))
        value = Array(self.bytes[start..<(start &+ Int(length))])
    }

    mutating func object<T: WireObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError) {
        value = try self.flag() ? try self.nested(T.self) : nil
    }

    mutating func cached<T: CacheableObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError) {
        guard self.usesCache else {
            try self.object(&value, label)
            return
        }
        let isNew = try self.flag()
        let index = try self.integer(Int16.self)
        if isNew {
            try self.object(&value, label)
            try self.cache.store(value?.cacheEntry ?? .null, at: index)
            return
        }
        let entry = try self.cache.entry(at: index)
        if case .null = entry {
            value = nil
        } else if let object = T.cached(entry) {
            value = object
        } else {
            throw .cacheSlotOfWrongType(index)
        }
    }

    mutating func objects<T: WireObject>(_ value: inout [T?]?, _ label: StaticString) throws(OpenWireError) {
        guard try self.flag() else {
            value = nil
            return
        }
        let count = try self.integer(Int16.self)
        try self.claim(elements: count, stride: MemoryLayout<T?>.stride)
        var elements: [T?] = []
        elements.reserveCapacity(Int(count))
        for _ in 0..<count {
            elements.append(try self.flag() ? try self.nested(T.self) : nil)
        }
        value = elements
    }

    // MARK: Bounds

    mutating func descend() throws(OpenWireError) {
        guard self.depth < WireLimits.nesting else { throw .nestingTooDeep(limit: WireLimits.nesting) }
        self.depth &+= 1
    }

    mutating func ascend() { self.depth &-= 1 }

    mutating func claim(elements count: Int16, stride: Int) throws(OpenWireError) {
        guard count >= 0 else { throw .negativeLength(Int32(count)) }
        // The shortest element is a null: one bit in tight, one byte in loose encoding.
        let left = self.isTight ? self.bitEnd &- self.bitPosition : self.bytes.count &- self.position
        guard Int(count) <= left else { throw .truncated }
        try self.claim(Int(count) &* stride)
    }

    /// Counts memory that is about to be taken.
    private mutating func claim(_ size: Int) throws(OpenWireError) {
        guard size <= self.memoryLimit &- self.memory else { throw .memoryLimitExceeded(limit: self.memoryLimit) }
        self.memory &+= size
    }

    // MARK: Pieces

    /// Reads type byte and fields of an object that is not null.
    private mutating func nested<T: WireObject>(_: T.Type) throws(OpenWireError) -> T {
        try self.descend()
        let type = try self.integer(UInt8.self)
        if self.isTight, type.isMarshalAware, try self.bit() { throw .preMarshalledObject }
        let object = try T.build(type: type, with: &self)
        self.ascend()
        return object
    }

    /// A truth value in its place of the encoding. As in Java, any byte but 0 is true.
    private mutating func flag() throws(OpenWireError) -> Bool {
        self.isTight ? try self.bit() : try self.integer(UInt8.self) != 0
    }

    private mutating func bit() throws(OpenWireError) -> Bool {
        guard self.bitPosition < self.bitEnd else { throw .truncated }
        let byte = self.bytes[self.bitPosition &>> 3]
        let mask: UInt8 = 1 &<< UInt8(truncatingIfNeeded: self.bitPosition & 7)
        self.bitPosition &+= 1
        return byte & mask != 0
    }

    private mutating func integer<I: FixedWidthInteger>(_: I.Type) throws(OpenWireError) -> I {
        let start = try self.skip(MemoryLayout<I>.size)
        return I(bigEndian: self.bytes.loadUnaligned(fromByteOffset: start, as: I.self))
    }

    /// Steps over `count` bytes that are there; returns where they begin.
    private mutating func skip(_ count: Int) throws(OpenWireError) -> Int {
        guard count <= self.bytes.count &- self.position else { throw .truncated }
        let start = self.position
        self.position &+= count
        return start
    }
}
