import NIOCore

/// Header texts on the wire.
///
/// - 1.0 knows no escapes: values are trimmed, as ActiveMQ does, and taken literally. A line break that a value holds
///   all the same (a JMS property, say) is written `\n`, since anything else would end the header.
/// - 1.1 knows `\n`, `\c` and `\\`, 1.2 also `\r`. What else follows a backslash stays as it is, backslash included: the
///   standard lets a server refuse it, ActiveMQ does not, and its clients send paths.
/// - CONNECT and CONNECTED are read and written as in 1.0 in all versions (STOMP 1.2, "Value Encoding"), except that
///   values are trimmed.
enum STOMPHeaderText {
    static let backslash = UInt8(ascii: "\\")
    static let newline = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let colon = UInt8(ascii: ":")

    /// The text that `bytes` spell.
    static func decode(_ bytes: UnsafeRawBufferPointer.SubSequence, escapes version: STOMPVersion) -> String {
        guard version > .v10, bytes.contains(self.backslash) else { return String(decoding: bytes, as: UTF8.self) }
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            guard byte == self.backslash, index < bytes.endIndex,
                let meant = self.meaning(of: bytes[index], version)
            else {
                plain.append(byte)
                continue
            }
            plain.append(meant)
            index += 1
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func meaning(of byte: UInt8, _ version: STOMPVersion) -> UInt8? {
        switch byte {
        case UInt8(ascii: "n"): self.newline
        case UInt8(ascii: "c"): self.colon
        case self.backslash: self.backslash
        case UInt8(ascii: "r") where version >= .v12: self.carriageReturn
        default: nil
        }
    }

    /// Appends `text` so that a reader of that version finds it again and no reader is led to believe that the header
    /// ends within it.
    static func write(_ text: String, escapes version: STOMPVersion, into buffer: inout ByteBuffer) {
        guard text.utf8.contains(where: { self.needsEscape($0, version) }) else {
            buffer.writeString(text)
            return
        }
        for byte in text.utf8 {
            guard self.needsEscape(byte, version) else {
                buffer.writeInteger(byte)
                continue
            }
            let letter: UInt8
            switch byte {
            case self.newline: letter = UInt8(ascii: "n")
            case self.colon: letter = UInt8(ascii: "c")
            case self.carriageReturn: letter = UInt8(ascii: "r")
            case 0: letter = UInt8(ascii: "0")
            default: letter = self.backslash
            }
            buffer.writeInteger(self.backslash)
            buffer.writeInteger(letter)
        }
    }

    private static func needsEscape(_ byte: UInt8, _ version: STOMPVersion) -> Bool {
        switch byte {
        // No version has an escape for NUL, which would end the frame for readers that look for it first.
        case self.newline, 0: true
        case self.colon, self.backslash: version > .v10
        case self.carriageReturn: version != .v11
        default: false
        }
    }
}
