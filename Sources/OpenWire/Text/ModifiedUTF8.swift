/// Modified UTF-8, the text form of Java's `DataOutput.writeUTF` (OpenWire reference 1.2).
///
/// Grammar, per UTF-16 code unit:
///
///     U+0001...U+007F   one byte
///     U+0000, ...U+07FF two bytes (U+0000 is C0 80)
///     every other unit  three bytes, surrogates included
///
/// A character beyond U+FFFF is therefore six bytes, its two surrogates, and never a four-byte sequence. Reading
/// is more lenient than writing: four-byte sequences are understood, since clients in other languages send them.
package enum ModifiedUTF8 {
    /// Whether every byte is in 0x01...0x7F, so that the bytes are at once ASCII, UTF-8 and modified UTF-8.
    package static func isPlainASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while bytes.count &- offset >= 8 {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            // A byte with its top bit set, or one that borrows when 1 is taken off: 0x00.
            let zeroes = (word &- 0x0101_0101_0101_0101) & ~word
            if (word | zeroes) & 0x8080_8080_8080_8080 != 0 { return false }
            offset &+= 8
        }
        while offset < bytes.count {
            if bytes[offset] &- 1 >= 0x7F { return false }
            offset &+= 1
        }
        return true
    }

    /// Byte count of well-formed UTF-8 text after recoding.
    package static func encodedCount(ofUTF8 bytes: UnsafeRawBufferPointer) -> Int {
        var count = bytes.count
        for byte in bytes {
            if byte == 0 { count &+= 1 }
            if byte >= 0xF0 { count &+= 2 }
        }
        return count
    }

    /// Recodes well-formed UTF-8 text.
    package static func encode(utf8 bytes: UnsafeRawBufferPointer, onto output: inout [UInt8]) {
        output.reserveCapacity(output.count + self.encodedCount(ofUTF8: bytes))
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == 0 {
                output.append(0xC0)
                output.append(0x80)
                offset &+= 1
            } else if byte >= 0xF0, bytes.count &- offset >= 4 {
                let scalar =
                    UInt32(byte & 0x07) << 18 | UInt32(bytes[offset &+ 1] & 0x3F) << 12
                    | UInt32(bytes[offset &+ 2] & 0x3F) << 6 | UInt32(bytes[offset &+ 3] & 0x3F)
                let plane = scalar &- 0x10000
                self.append(unit: UInt16(truncatingIfNeeded: 0xD800 | plane >> 10), onto: &output)
                self.append(unit: UInt16(truncatingIfNeeded: 0xDC00 | plane & 0x3FF), onto: &output)
                offset &+= 4
            } else {
                output.append(byte)
                offset &+= 1
            }
        }
    }

    /// The text of `bytes`, with U+FFFD in place of whatever is malformed or has no character of its own.
    package static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count)
        var offset = 0
        while offset < bytes.count {
            offset &+= self.decodeSequence(bytes, at: offset, onto: &units)
        }
        return String(decoding: units, as: UTF16.self)
    }

    private static func append(unit: UInt16, onto output: inout [UInt8]) {
        output.append(0xE0 | UInt8(truncatingIfNeeded: unit >> 12))
        output.append(0x80 | UInt8(truncatingIfNeeded: unit >> 6 & 0x3F))
        output.append(0x80 | UInt8(truncatingIfNeeded: unit & 0x3F))
    }

    /// Decodes the sequence at `offset`; returns how many bytes it takes, at least 1.
    private static func decodeSequence(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, onto units: inout [UInt16]
    ) -> Int {
        let lead = bytes[offset]
        let length: Int
        var value: UInt32
        switch lead {
        case 0x00...0x7F: (length, value) = (1, UInt32(lead))
        case 0xC0...0xDF: (length, value) = (2, UInt32(lead & 0x1F))
        case 0xE0...0xEF: (length, value) = (3, UInt32(lead & 0x0F))
        case 0xF0...0xF7: (length, value) = (4, UInt32(lead & 0x07))
        default: (length, value) = (0, 0)
        }
        var isWellFormed = length > 0 && bytes.count &- offset >= length
        if isWellFormed {
            for next in 1..<max(length, 1) {
                let byte = bytes[offset &+ next]
                isWellFormed = isWellFormed && byte & 0xC0 == 0x80
                value = value << 6 | UInt32(byte & 0x3F)
            }
        }
        guard isWellFormed, value <= 0x10FFFF else {
            units.append(0xFFFD)
            return 1
        }
        if value > 0xFFFF {
            let plane = value &- 0x10000
            units.append(UInt16(truncatingIfNeeded: 0xD800 | plane >> 10))
            units.append(UInt16(truncatingIfNeeded: 0xDC00 | plane & 0x3FF))
        } else {
            units.append(UInt16(truncatingIfNeeded: value))
        }
        return length
    }
}
