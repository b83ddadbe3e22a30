/// Text as it travelled in modified UTF-8.
///
/// Holds a Swift string where that says everything, and the received bytes beside it where it does not (lone
/// surrogates, overlong and four-byte sequences, malformed bytes): ``withModifiedUTF8(_:)`` always gives back exactly
/// the bytes that were read. Two values are equal when their bytes are, as in Java, so texts that differ only in
/// Unicode normalisation are different names.
package struct WireString: Sendable {
    private enum Storage: Sendable {
        case text(String)
        /// Bytes that no Swift string encodes to.
        case raw(RawText)
    }

    private final class RawText: Sendable {
        let text: String
        let bytes: [UInt8]

        init(text: String, bytes: [UInt8]) {
            self.text = text
            self.bytes = bytes
        }
    }

    private let storage: Storage

    package init(_ text: String) {
        self.storage = .text(text)
    }

    /// Reads text from its wire form. Every byte sequence is accepted and kept.
    package init(modifiedUTF8 bytes: UnsafeRawBufferPointer) {
        if ModifiedUTF8.isPlainASCII(bytes) {
            self.storage = .text(String(decoding: bytes, as: UTF8.self))
            return
        }
        let text = ModifiedUTF8.decode(bytes)
        if Self.encodes(text, to: bytes) {
            self.storage = .text(text)
        } else {
            self.storage = .raw(RawText(text: text, bytes: Array(bytes)))
        }
    }

    /// The text; where the wire bytes are no text, with U+FFFD in place of what is wrong.
    package var text: String {
        switch self.storage {
        case .text(let text): text
        case .raw(let raw): raw.text
        }
    }

    /// Whether ``text`` alone stands for the wire bytes.
    package var isExact: Bool {
        if case .text = self.storage { true } else { false }
    }

    /// Calls `body` with the wire bytes and whether they are all in 0x01...0x7F.
    package func withModifiedUTF8<Result>(_ body: (UnsafeRawBufferPointer, _ isPlainASCII: Bool) -> Result) -> Result {
        switch self.storage {
        case .raw(let raw):
            return raw.bytes.withUnsafeBytes { body($0, false) }
        case .text(var text):
            return text.withUTF8 { utf8 in
                let bytes = UnsafeRawBufferPointer(utf8)
                if ModifiedUTF8.isPlainASCII(bytes) { return body(bytes, true) }
                if ModifiedUTF8.encodedCount(ofUTF8: bytes) == bytes.count { return body(bytes, false) }
                var recoded: [UInt8] = []
                ModifiedUTF8.encode(utf8: bytes, onto: &recoded)
                return recoded.withUnsafeBytes { body($0, false) }
            }
        }
    }

    /// Number of bytes in the wire form.
    package var encodedCount: Int { self.withModifiedUTF8 { bytes, _ in bytes.count } }

    /// This text, or as many of its leading characters as fit into `limit` bytes.
    package func prefix(maxEncodedCount limit: Int) -> WireString {
        self.withModifiedUTF8 { bytes, _ in
            guard bytes.count > limit else { return self }
            var end = max(limit, 0)
            while end > 0, bytes[end] & 0xC0 == 0x80 { end &-= 1 }
            // The second half of a surrogate pair may have been cut off: drop the first half too.
            if end >= 3, bytes[end &- 3] == 0xED, bytes[end &- 2] & 0xF0 == 0xA0 { end &-= 3 }
            return WireString(modifiedUTF8: UnsafeRawBufferPointer(rebasing: bytes[0..<end]))
        }
    }

    /// Whether this is exactly `text`, byte for byte.
    package func isText(_ text: String) -> Bool {
        guard case .text(let own) = self.storage else { return false }
        return Self.sameBytes(own, text)
    }

    private static func encodes(_ text: String, to bytes: UnsafeRawBufferPointer) -> Bool {
        WireString(text).withModifiedUTF8 { encoded, _ in encoded.elementsEqual(bytes) }
    }

    private static func sameBytes(_ a: String, _ b: String) -> Bool {
        // `==` on strings is canonical equivalence: necessary, but not enough.
        a == b && a.utf8.elementsEqual(b.utf8)
    }
}

extension WireString: Hashable {
    package static func == (a: WireString, b: WireString) -> Bool {
        switch (a.storage, b.storage) {
        case (.text(let a), .text(let b)): sameBytes(a, b)
        case (.raw(let a), .raw(let b)): a === b || a.bytes == b.bytes
        // Raw bytes are kept only where no text encodes to them.
        case (.text, .raw), (.raw, .text): false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self.storage {
        case .text(var text):
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        case .raw(let raw):
            raw.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
        hasher.combine(UInt8(0xFF))
    }
}

extension WireString: ExpressibleByStringInterpolation, CustomStringConvertible {
    package init(stringLiteral text: String) { self.init(text) }

    package var description: String { self.text }
}
