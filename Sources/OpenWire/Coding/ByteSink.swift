/// Bytes of a frame on their way into a buffer.
///
/// A frame is dozens of small writes; this takes each with one bounds check. Large byte arrays are not copied here but
/// kept by reference until the frame is joined.
struct ByteSink {
    /// From this size on an array is kept by reference.
    private static let largeArray = 2048
    /// Largest storage kept from one frame to the next: every connection has one.
    private static let keptStorage = 8192

    private var storage: [UInt8] = []
    /// Bytes of `storage` in use.
    private var used = 0
    private var arrays: [(offset: Int, bytes: [UInt8])] = []
    private var arrayBytes = 0

    /// Bytes in all.
    var count: Int { self.used + self.arrayBytes }

    /// The place of the next small write, for ``set(_:at:)``.
    var place: Int { self.used }

    mutating func clear() {
        self.used = 0
        if self.arrayBytes > 0 {
            self.arrays.removeAll()
            self.arrayBytes = 0
        }
        if self.storage.count > Self.keptStorage { self.storage = [] }
    }

    mutating func integer<I: FixedWidthInteger>(_ value: I) {
        let start = self.advance(MemoryLayout<I>.size)
        self.storage.withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: start, as: I.self) }
    }

    /// Overwrites an integer at a place where one of the same size was written.
    mutating func set<I: FixedWidthInteger>(_ value: I, at place: Int) {
        guard place >= 0, place + MemoryLayout<I>.size <= self.used else {
            assertionFailure("nothing was written at \(place)")
            return
        }
        self.storage.withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: place, as: I.self) }
    }

    mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        let start = self.advance(bytes.count)
        self.storage.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[start...]).copyMemory(from: bytes)
        }
    }

    mutating func array(_ bytes: [UInt8]) {
        if bytes.count < Self.largeArray {
            bytes.withUnsafeBytes { self.bytes($0) }
        } else {
            self.arrays.append((self.used, bytes))
            self.arrayBytes += bytes.count
        }
    }

    /// Hands out everything in order, in as many pieces as it has.
    func forEachPiece(_ body: (UnsafeRawBufferPointer) -> Void) {
        self.storage.withUnsafeBytes { storage in
            var start = 0
            for array in self.arrays {
                body(UnsafeRawBufferPointer(rebasing: storage[start..<array.offset]))
                array.bytes.withUnsafeBytes(body)
                start = array.offset
            }
            body(UnsafeRawBufferPointer(rebasing: storage[start..<self.used]))
        }
    }

    /// Makes `count` more bytes part of the storage; returns where they begin.
    private mutating func advance(_ count: Int) -> Int {
        let start = self.used
        if self.storage.count - start < count {
            let growth = max(count, self.storage.count, 256)
            self.storage.append(contentsOf: repeatElement(0, count: growth))
        }
        self.used = start + count
        return start
    }
}
