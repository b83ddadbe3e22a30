/// The text encoding of Java's `DataOutput.writeUTF`: NUL as `C0 80`, characters beyond U+FFFF as two surrogates of
/// three bytes each, and surrogates without a partner as they are.
///
/// Reading never fails: real UTF-8 (which other clients write) is understood, overlong forms are what they spell, as in
/// Java, and anything else is U+FFFD per byte. These are "not canonical": the text written again has other bytes.
package enum ModifiedUTF8 {
    /// The text; surrogates without a partner become U+FFFD.
    package static func decode(_ bytes: Span<UInt8>) -> String {
        decode(bytes, in: 0..<bytes.count)
    }

    package static func decode(_ bytes: [UInt8]) -> String {
        decode(bytes.span)
    }

    package static func encode(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        append(text, to: &bytes)
        return bytes
    }

    package static func append(_ text: String, to bytes: inout [UInt8]) {
        guard text.utf8.contains(where: needsOwnForm) else {
            bytes.append(contentsOf: text.utf8)
            return
        }
        for unit in text.utf16 { append(unit, to: &bytes) }
    }

    /// True if `bytes` is just what `encode` (of Java's text, with its lone surrogates) gives.
    package static func isCanonical(_ bytes: Span<UInt8>) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let piece = piece(of: bytes, at: offset, before: bytes.count)
            guard piece.isCanonical else { return false }
            offset += piece.length
        }
        return true
    }

    package static func isCanonical(_ bytes: [UInt8]) -> Bool {
        isCanonical(bytes.span)
    }

    // MARK: In the module

    /// One character, or what stands in its place.
    struct Piece {
        enum Content: Equatable {
            case scalar(Unicode.Scalar)
            case loneSurrogate(UInt16)
            case malformed
        }

        let content: Content
        /// In bytes, at least 1.
        let length: Int
        let isCanonical: Bool
    }

    static func decode(_ bytes: Span<UInt8>, in range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.reserveCapacity(range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let piece = piece(of: bytes, at: offset, before: range.upperBound)
            if case .scalar(let scalar) = piece.content {
                text.append(scalar)
            } else {
                text.append("\u{fffd}")
            }
            offset += piece.length
        }
        return String(text)
    }

    /// The piece at `offset`, which is less than `end`.
    static func piece(of bytes: Span<UInt8>, at offset: Int, before end: Int) -> Piece {
        let lead = bytes[offset]
        if lead < 0x80 {
            return Piece(content: .scalar(Unicode.Scalar(lead)), length: 1, isCanonical: lead != 0)
        }
        let malformed = Piece(content: .malformed, length: 1, isCanonical: false)
        guard let length = sequenceLength(of: lead), end - offset >= length else { return malformed }
        var value = UInt32(lead) & (0x7f >> UInt32(length))
        for index in (offset + 1)..<(offset + length) {
            guard bytes[index] & 0xc0 == 0x80 else { return malformed }
            value = value << 6 | UInt32(bytes[index] & 0x3f)
        }
        if let scalar = Unicode.Scalar(value) {
            let isShortest = length == 3 ? value >= 0x800 : length == 2 && (value >= 0x80 || value == 0)
            return Piece(content: .scalar(scalar), length: length, isCanonical: isShortest)
        }
        guard length == 3, let high = UInt16(exactly: value) else { return malformed }
        if high < 0xdc00, end - offset >= 6, let low = lowSurrogate(in: bytes, at: offset + 3) {
            let combined = 0x10000 + (UInt32(high - 0xd800) << 10 | UInt32(low - 0xdc00))
            guard let scalar = Unicode.Scalar(combined) else { return malformed }
            return Piece(content: .scalar(scalar), length: 6, isCanonical: true)
        }
        return Piece(content: .loneSurrogate(high), length: 3, isCanonical: true)
    }

    /// Writes one UTF-16 code unit.
    static func append(_ unit: UInt16, to bytes: inout [UInt8]) {
        switch unit {
        case 0x01..<0x80:
            bytes.append(UInt8(truncatingIfNeeded: unit))
        case 0, 0x80..<0x800:
            bytes.append(0xc0 | UInt8(truncatingIfNeeded: unit >> 6))
            bytes.append(0x80 | UInt8(truncatingIfNeeded: unit & 0x3f))
        default:
            bytes.append(0xe0 | UInt8(truncatingIfNeeded: unit >> 12))
            bytes.append(0x80 | UInt8(truncatingIfNeeded: (unit >> 6) & 0x3f))
            bytes.append(0x80 | UInt8(truncatingIfNeeded: unit & 0x3f))
        }
    }

    /// True of the bytes of UTF-8 that are written otherwise here: NUL, and the leads of four-byte sequences.
    static func needsOwnForm(_ byte: UInt8) -> Bool {
        byte == 0 || byte >= 0xf0
    }

    // MARK: Private

    private static func sequenceLength(of lead: UInt8) -> Int? {
        switch lead {
        case 0xc0..<0xe0: 2
        case 0xe0..<0xf0: 3
        case 0xf0..<0xf8: 4
        default: nil
        }
    }

    private static func lowSurrogate(in bytes: Span<UInt8>, at offset: Int) -> UInt16? {
        let (first, second, third) = (bytes[offset], bytes[offset + 1], bytes[offset + 2])
        guard first == 0xed, second & 0xf0 == 0xb0, third & 0xc0 == 0x80 else { return nil }
        return 0xd000 | UInt16(second & 0x3f) << 6 | UInt16(third & 0x3f)
    }
}

/// Text of a property exactly as its sender wrote it, even where Swift's `String` could not hold it.
package struct PropertyText: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Modified UTF-8, not necessarily canonical.
    package let encoded: [UInt8]

    package init(encoded: [UInt8]) {
        self.encoded = encoded
    }

    package init(_ text: String) {
        self.encoded = ModifiedUTF8.encode(text)
    }

    package init(stringLiteral text: String) {
        self.init(text)
    }

    /// For people and selectors: what a `String` cannot hold is U+FFFD.
    package var string: String {
        ModifiedUTF8.decode(encoded)
    }

    package var description: String {
        string
    }
}
