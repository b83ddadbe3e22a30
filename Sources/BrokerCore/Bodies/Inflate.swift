/// Reads compressed bodies (RFC 1950 and 1951), never beyond a limit of output.
struct Inflate {
    private let input: [UInt8]
    private let limit: Int
    private var next: Int
    private var bits: UInt32 = 0
    private var bitCount = 0
    private var output: [UInt8] = []

    /// The content of a zlib stream. Its checksum is not looked at: what a damaged body says is its reader's to judge.
    static func zlib(_ bytes: ArraySlice<UInt8>, limit: Int) throws(BodyError) -> [UInt8] {
        guard bytes.count >= 2 else { throw .malformedCompression }
        let (first, second) = (bytes[bytes.startIndex], bytes[bytes.startIndex + 1])
        guard first & 0x0f == 8, (UInt(first) << 8 | UInt(second)).isMultiple(of: 31), second & 0x20 == 0 else {
            throw .malformedCompression
        }
        var inflate = Inflate(Array(bytes.dropFirst(2)), limit: limit)
        try inflate.run()
        return inflate.output
    }

    private init(_ input: [UInt8], limit: Int) {
        self.input = input
        self.limit = limit
        self.next = 0
    }

    private mutating func run() throws(BodyError) {
        var isLast = false
        while !isLast {
            isLast = try self.take(1) == 1
            switch try self.take(2) {
            case 0: try self.stored()
            case 1: try self.codes(.fixedLengths, .fixedDistances)
            case 2:
                let (lengths, distances) = try self.dynamicTables()
                try self.codes(lengths, distances)
            default: throw .malformedCompression
            }
        }
    }

    private mutating func take(_ count: Int) throws(BodyError) -> Int {
        while self.bitCount < count {
            guard self.next < self.input.count else { throw .malformedCompression }
            self.bits |= UInt32(self.input[self.next]) << UInt32(self.bitCount)
            self.next += 1
            self.bitCount += 8
        }
        let value = self.bits & ((1 << UInt32(count)) - 1)
        self.bits >>= UInt32(count)
        self.bitCount -= count
        return Int(value)
    }

    private mutating func stored() throws(BodyError) {
        self.bits = 0
        self.bitCount = 0
        guard self.next + 4 <= self.input.count else { throw .malformedCompression }
        let length = Int(self.input[self.next]) | Int(self.input[self.next + 1]) << 8
        let check = Int(self.input[self.next + 2]) | Int(self.input[self.next + 3]) << 8
        self.next += 4
        guard length ^ 0xffff == check, self.next + length <= self.input.count else { throw .malformedCompression }
        guard self.output.count + length <= self.limit else { throw .tooLong(limit: self.limit) }
        self.output += self.input[self.next..<(self.next + length)]
        self.next += length
    }

    private mutating func codes(_ lengths: HuffmanTable, _ distances: HuffmanTable) throws(BodyError) {
        while true {
            let symbol = try self.symbol(lengths)
            if symbol < 256 {
                guard self.output.count < self.limit else { throw .tooLong(limit: self.limit) }
                self.output.append(UInt8(truncatingIfNeeded: symbol))
                continue
            }
            if symbol == 256 { return }
            guard symbol - 257 < Self.lengthBases.count else { throw .malformedCompression }
            let length = Self.lengthBases[symbol - 257] + (try self.take(Self.lengthBits[symbol - 257]))
            let code = try self.symbol(distances)
            guard code < Self.distanceBases.count else { throw .malformedCompression }
            let distance = Self.distanceBases[code] + (try self.take(Self.distanceBits[code]))
            guard distance <= self.output.count else { throw .malformedCompression }
            guard self.output.count + length <= self.limit else { throw .tooLong(limit: self.limit) }
            // Source and target may overlap: that is how runs are written.
            var from = self.output.count - distance
            for _ in 0..<length {
                self.output.append(self.output[from])
                from += 1
            }
        }
    }

    /// Walks the code bit by bit: codes of one length are consecutive numbers.
    private mutating func symbol(_ table: HuffmanTable) throws(BodyError) -> Int {
        var (code, first, index) = (0, 0, 0)
        for length in 1...HuffmanTable.longest {
            code |= try self.take(1)
            let count = table.counts[length]
            if code - count < first { return table.symbols[index + code - first] }
            index += count
            first = (first + count) << 1
            code <<= 1
        }
        throw .malformedCompression
    }

    private mutating func dynamicTables() throws(BodyError) -> (HuffmanTable, HuffmanTable) {
        let lengthCount = try self.take(5) + 257
        let distanceCount = try self.take(5) + 1
        let codeCount = try self.take(4) + 4
        guard lengthCount <= 286, distanceCount <= 30 else { throw .malformedCompression }
        var lengths = [Int](repeating: 0, count: 19)
        for index in 0..<codeCount { lengths[Self.codeOrder[index]] = try self.take(3) }
        let table = try HuffmanTable(lengths[...])
        lengths = []
        while lengths.count < lengthCount + distanceCount {
            let symbol = try self.symbol(table)
            switch symbol {
            case ..<16: lengths.append(symbol)
            case 16:
                guard let previous = lengths.last else { throw .malformedCompression }
                lengths += [Int](repeating: previous, count: 3 + (try self.take(2)))
            case 17: lengths += [Int](repeating: 0, count: 3 + (try self.take(3)))
            default: lengths += [Int](repeating: 0, count: 11 + (try self.take(7)))
            }
        }
        guard lengths.count == lengthCount + distanceCount else { throw .malformedCompression }
        return (try HuffmanTable(lengths[..<lengthCount]), try HuffmanTable(lengths[lengthCount...]))
    }

    private static let codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577,
    ]
    private static let distanceBits = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]
}

/// A canonical Huffman code: how many codes each length has, and the symbols in the order of their codes.
private struct HuffmanTable {
    static let longest = 15

    var counts: [Int]
    var symbols: [Int]

    /// - Throws: where the lengths describe more codes than there is room for.
    init(_ lengths: ArraySlice<Int>) throws(BodyError) {
        self.counts = [Int](repeating: 0, count: Self.longest + 1)
        for length in lengths { self.counts[length] += 1 }
        var left = 1
        for length in 1...Self.longest {
            left = left << 1 - self.counts[length]
            guard left >= 0 else { throw .malformedCompression }
        }
        var offsets = [Int](repeating: 0, count: Self.longest + 2)
        for length in 1...Self.longest { offsets[length + 1] = offsets[length] + self.counts[length] }
        self.symbols = [Int](repeating: 0, count: lengths.count)
        for (symbol, length) in lengths.enumerated() where length > 0 {
            self.symbols[offsets[length]] = symbol
            offsets[length] += 1
        }
        self.counts[0] = 0
    }

    private init(counts: [Int], symbols: [Int]) {
        self.counts = counts
        self.symbols = symbols
    }

    static let fixedLengths: HuffmanTable = {
        var counts = [Int](repeating: 0, count: longest + 1)
        counts[7] = 24
        counts[8] = 152
        counts[9] = 112
        return HuffmanTable(
            counts: counts, symbols: Array(256...279) + Array(0...143) + Array(280...287) + Array(144...255))
    }()

    static let fixedDistances: HuffmanTable = {
        var counts = [Int](repeating: 0, count: longest + 1)
        counts[5] = 30
        return HuffmanTable(counts: counts, symbols: Array(0...29))
    }()
}
