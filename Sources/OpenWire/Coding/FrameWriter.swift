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
    private var data = ByteSink()
    /// Whole words of the bit stream, and the bits since.
    private var bits = ByteSink()
    private var word: UInt64 = 0
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
    }

    /// Appends the frame of one object to `buffer`, or throws and appends nothing.
    mutating func frame<T: WireObject>(
        _ object: T, maxFrameSize: Int, into buffer: inout ByteBuffer
    ) throws(OpenWireError) {
        self.data.clear()
        self.bits.clear()
        self.word = 0
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
        // Lets go of large bodies and storage now, not with the next frame.
        self.data.clear()
    }

    private func join(type: UInt8, maxFrameSize: Int, into buffer: inout ByteBuffer) throws(OpenWireError) {
        let bitBytes = (self.bitCount + 7) / 8
        let prefix = self.isTight && type != 0 ? try Self.lengthOfBitStream(bitBytes) : 0
        let size = 1 + prefix + bitBytes + self.data.count
        let limit = min(maxFrameSize, Int(Int32.max))
        guard size <= limit else { throw .frameTooLarge(size: size, limit: limit) }
        buffer.reserveCapacity(minimumWritableBytes: size + 4)
        buffer.writeInteger(UInt32(truncatingIfNeeded: size))
        buffer.writeInteger(type)
        switch prefix {
        case 0: break
        case 1: buffer.writeInteger(UInt8(truncatingIfNeeded: bitBytes))
        case 2: buffer.writeInteger(0xC000 | UInt16(truncatingIfNeeded: bitBytes))
        default:
            buffer.writeInteger(UInt8(0x80))
            buffer.writeInteger(UInt16(truncatingIfNeeded: bitBytes))
        }
        self.bits.forEachPiece { _ = buffer.writeBytes($0) }
        var rest = self.word
        for _ in 0..<(bitBytes - self.bits.count) {
            buffer.writeInteger(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
        self.data.forEachPiece { _ = buffer.writeBytes($0) }
    }

    /// Bytes that the length in front of the bit stream takes (4.1). Java reads the longest form as signed.
    private static func lengthOfBitStream(_ bytes: Int) throws(OpenWireError) -> Int {
        switch bytes {
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
        self.data.integer(value)
    }

    mutating func int16(_ value: inout Int16, _ label: StaticString) throws(OpenWireError) {
        self.data.integer(value)
    }

    mutating func int32(_ value: inout Int32, _ label: StaticString) throws(OpenWireError) {
        self.data.integer(value)
    }

    mutating func raw8(_ value: inout UInt64, _ label: StaticString) throws(OpenWireError) {
        self.data.integer(value)
    }

    mutating func long(_ value: inout Int64, _ label: StaticString) throws(OpenWireError) {
        guard self.isTight else {
            self.data.integer(value)
            return
        }
        if value == 0 {
            self.bit(false)
            self.bit(false)
        } else if let short = UInt16(exactly: value) {
            self.bit(false)
            self.bit(true)
            self.data.integer(short)
        } else if let word = UInt32(exactly: value) {
            self.bit(true)
            self.bit(false)
            self.data.integer(word)
        } else {
            self.bit(true)
            self.bit(true)
            self.data.integer(value)
        }
    }

    mutating func string(_ value: inout WireString?, _ label: StaticString) throws(OpenWireError) {
        self.flag(value != nil)
        guard let value else { return }
        let limit = self.stringLimit
        let refused = value.withModifiedUTF8 { bytes, isPlainASCII -> Int? in
            guard bytes.count <= limit else { return bytes.count }
            if self.isTight { self.bit(isPlainASCII) }
            self.data.integer(UInt16(truncatingIfNeeded: bytes.count))
            self.data.bytes(bytes)
            return nil
        }
        if let refused { throw .stringTooLong(bytes: refused, limit: limit) }
    }

    mutating func bytes(_ value: inout [UInt8]?, _ label: StaticString) throws(OpenWireError) {
        self.flag(value != nil)
        guard let value else { return }
        guard let count = Int32(exactly: value.count) else { throw .bytesTooLong(value.count) }
        self.data.integer(count)
        self.data.array(value)
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
            self.data.integer(index)
            return
        }
        self.flag(true)
        if self.isTight {
            // The object takes its slot after those nested in it, but the index goes in front of them.
            let place = self.data.place
            self.data.integer(Int16(-1))
            try self.object(&value, label)
            self.data.set(self.cache.add(entry), at: place)
        } else {
            self.data.integer(self.cache.add(entry))
            try self.object(&value, label)
        }
    }

    mutating func objects<T: WireObject>(_ value: inout [T?]?, _ label: StaticString) throws(OpenWireError) {
        self.flag(value != nil)
        guard let value else { return }
        guard let count = Int16(exactly: value.count) else { throw .arrayTooLong(value.count) }
        self.data.integer(count)
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
        self.data.integer(type)
        if self.isTight, type.isMarshalAware { self.bit(false) }
        try object.walk(&self)
        self.ascend()
    }

    private mutating func flag(_ value: Bool) {
        if self.isTight { self.bit(value) } else { self.data.integer(value ? 1 : 0 as UInt8) }
    }

    private mutating func bit(_ value: Bool) {
        // The first bit of the stream is the lowest of its byte, so words go out with their lowest byte first.
        if value { self.word |= 1 &<< UInt64(truncatingIfNeeded: self.bitCount) }
        self.bitCount &+= 1
        if self.bitCount & 63 == 0 {
            self.bits.integer(self.word.byteSwapped)
            self.word = 0
        }
    }
}
