import NIOCore

/// Writes the fields of one frame, loose or tight (reference 3 and 4), in one pass: bits and bytes go to two buffers
/// that are joined at the end (4.1).
struct FrameWriter: WireCoder {
    static var reads: Bool { false }

    let version: Int32
    let carriesStackTraces: Bool
    private let isTight: Bool
    private let usesCache: Bool
    private let stringLimit: Int
    private var data: ByteBuffer
    private var bits: [UInt8] = []
    private var bitCount = 0
    private var depth = 0
    private var cache: SendingCache

    init(format: WireFormat) {
        self.version = format.version
        self.carriesStackTraces = format.stackTraceEnabled
        self.isTight = format.tightEncodingEnabled
        self.usesCache = format.cacheEnabled
        self.stringLimit = WireLimits.stringBytes(tight: format.tightEncodingEnabled)
        self.cache = SendingCache(size: format.cacheEnabled ? format.cacheSize : 0)
        self.data = ByteBuffer()
    }

    /// Appends the frame of one object to `buffer`, or throws and appends nothing.
    mutating func frame<T: WireObject>(
        _ object: T, maxFrameSize: Int, into buffer: inout ByteBuffer
    ) throws(OpenWireError) {
        self.data.clear()
        self.bits.removeAll(keepingCapacity: true)
        self.bitCount = 0
        self.depth = 0
        if self.usesCache { self.cache.beginFrame() }
        let type = object.typeCode
        do {
            try object.walk(&self)
            try self.join(type: type, maxFrameSize: maxFrameSize, into: &buffer)
        } catch {
            if self.usesCache { self.cache.abandonFrame() }
            throw error
        }
        // One large message shall not keep its size for the life of the connection.
        if self.data.storageCapacity > 262_144 { self.data = ByteBuffer() }
    }

    private func join(type: UInt8, maxFrameSize: Int, into buffer: inout ByteBuffer) throws(OpenWireError) {
        let prefix = self.isTight && type != 0 ? try self.bitStreamLength() : 0
        let size = 1 + prefix + self.bits.count + self.data.readableBytes
        let limit = min(maxFrameSize, Int(Int32.max))
        guard size <= limit else { throw .frameTooLarge(size: size, limit: limit) }
        buffer.reserveCapacity(minimumWritableBytes: size + 4)
        buffer.writeInteger(UInt32(truncatingIfNeeded: size))
        buffer.writeInteger(type)
        if prefix > 0 {
            let count = self.bits.count
            switch prefix {
            case 1: buffer.writeInteger(UInt8(truncatingIfNeeded: count))
            case 2: buffer.writeInteger(0xC000 | UInt16(truncatingIfNeeded: count))
            default:
                buffer.writeInteger(UInt8(0x80))
                buffer.writeInteger(UInt16(truncatingIfNeeded: count))
            }
            buffer.writeBytes(self.bits)
        }
        buffer.writeImmutableBuffer(self.data)
    }

    /// Bytes that the length in front of the bit stream takes (4.1). Java reads the longest form as signed.
    private func bitStreamLength() throws(OpenWireError) -> Int {
        switch self.bits.count {
        case 0..<64: 1
        case 64..<256: 2
        case 256...Int(Int16.max): 3
        default: throw .invalidBitStream
        }
    }

    // MARK: Fields

    mutating func bool(_ value: inout Bool, _ label: StaticString) throws(OpenWireError) {
        self.flag(value)
    }

    mutating func int8(_ value: inout Int8, _ label: StaticString) throws(OpenWireError) {
        self.data.writeInteger(value)
    }

    mutating func int16(_ value: inout Int16, _ label: StaticString) throws(OpenWireError) {
        self.data.writeInteger(value)
    }

    mutating func int32(_ value: inout Int32, _ label: StaticString) throws(OpenWireError) {
        self.data.writeInteger(value)
    }

    mutating func raw8(_ value: inout UInt64, _ label: StaticString) throws(OpenWireError) {
        self.data.writeInteger(value)
    }

    mutating func long(_ value: inout Int64, _ label: StaticString) throws(OpenWireError) {
        guard self.isTight else {
            self.data.writeInteger(value)
            return
        }
        if value == 0 {
            self.bit(false)
            self.bit(false)
        } else if let short = UInt16(exactly: value) {
            self.bit(false)
            self.bit(true)
            self.data.writeInteger(short)
        } else if let word = UInt32(exactly: value) {
            self.bit(true)
            self.bit(false)
            self.data.writeInteger(word)
        } else {
            self.bit(true)
            self.bit(true)
            self.data.writeInteger(value)
        }
    }

    mutating func string(_ value: inout WireString?, _ label: StaticString) throws(OpenWireError) {
        self.flag(value != nil)
        guard let value else { return }
        let limit = self.stringLimit
        let refused = value.withModifiedUTF8 { bytes, isPlainASCII -> Int? in
            guard bytes.count <= limit else { return bytes.count }
            if self.isTight { self.bit(isPlainASCII) }
            self.data.writeInteger(UInt16(truncatingIfNeeded: bytes.count))
            self.data.writeBytes(bytes)
            return nil
        }
        if let refused { throw .stringTooLong(bytes: refused, limit: limit) }
    }

    mutating func bytes(_ value: inout [UInt8]?, _ label: StaticString) throws(OpenWireError) {
        self.flag(value != nil)
        guard let value else { return }
        guard let count = Int32(exactly: value.count) else { throw .bytesTooLong(value.count) }
        self.data.writeInteger(count)
        self.data.writeBytes(value)
    }

    mutating func object<T: WireObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError) {
        self.flag(value != nil)
        if let value { try self.nested(value) }
    }

    mutating func cached<T: CacheableObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError) {
        guard self.usesCache else {
            try self.object(&value, label)
            return
        }
        let entry = value?.cacheEntry ?? .null
        if let index = self.cache.index(of: entry) {
            self.flag(false)
            self.data.writeInteger(index)
            return
        }
        self.flag(true)
        if self.isTight {
            // The object takes its slot after those nested in it, but the index goes in front of them.
            let place = self.data.writerIndex
            self.data.writeInteger(Int16(-1))
            try self.object(&value, label)
            self.data.setInteger(self.cache.add(entry), at: place)
        } else {
            self.data.writeInteger(self.cache.add(entry))
            try self.object(&value, label)
        }
    }

    mutating func objects<T: WireObject>(_ value: inout [T?]?, _ label: StaticString) throws(OpenWireError) {
        self.flag(value != nil)
        guard let value else { return }
        guard let count = Int16(exactly: value.count) else { throw .arrayTooLong(value.count) }
        self.data.writeInteger(count)
        for element in value {
            self.flag(element != nil)
            if let element { try self.nested(element) }
        }
    }

    // MARK: Bounds

    mutating func descend() throws(OpenWireError) {
        guard self.depth < WireLimits.nesting else { throw .nestingTooDeep(limit: WireLimits.nesting) }
        self.depth &+= 1
    }

    mutating func ascend() { self.depth &-= 1 }

    mutating func claim(elements count: Int16, stride: Int) throws(OpenWireError) {}

    func fitting(_ text: WireString?) -> WireString? { text?.prefix(maxEncodedCount: self.stringLimit) }

    // MARK: Pieces

    private mutating func nested<T: WireObject>(_ object: T) throws(OpenWireError) {
        try self.descend()
        let type = object.typeCode
        self.data.writeInteger(type)
        if self.isTight, type.isMarshalAware { self.bit(false) }
        try object.walk(&self)
        self.ascend()
    }

    private mutating func flag(_ value: Bool) {
        if self.isTight { self.bit(value) } else { self.data.writeInteger(value ? 1 : 0, as: UInt8.self) }
    }

    private mutating func bit(_ value: Bool) {
        let mask: UInt8 = value ? 1 &<< UInt8(truncatingIfNeeded: self.bitCount & 7) : 0
        if self.bitCount & 7 == 0 {
            self.bits.append(mask)
        } else {
            self.bits[self.bits.count - 1] |= mask
        }
        self.bitCount &+= 1
    }
}
