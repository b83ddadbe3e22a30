/// CRC-32 as in IEEE 802.3, zlib and PNG: recognises torn and altered records, not an attack.
package enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
    }

    package static func of(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xffff_ffff
        for byte in bytes { value = Self.table[Int((value ^ UInt32(byte)) & 0xff)] ^ (value >> 8) }
        return value ^ 0xffff_ffff
    }

    /// Eight lower-case digits.
    package static func hexadecimal(of bytes: [UInt8]) -> String {
        let digits = String(Self.of(bytes), radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}

/// Percent-encoding of everything that is not printable ASCII, or that would end a word or a line.
package enum PercentCoding {
    package static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                let digits = String(byte, radix: 16)
                bytes += Array((digits.utf8.count == 1 ? "0" + digits : digits).utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nil for a percent sign without two hexadecimal digits.
    package static func decode(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
