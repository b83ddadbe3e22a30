extension PropertyMap {
    /// The binary form of properties in the text form (its grammar stands above `encodeJSON`).
    ///
    /// Strict: JSON as in RFC 8259 with the types named there, nothing else, and each number within its type.
    package static func decodeJSON(
        _ json: Span<UInt8>, limits: PropertyLimits = .default
    ) throws(PropertyError) -> [UInt8] {
        let (longest, overflow) = limits.length.multipliedReportingOverflow(by: 8)
        guard overflow || json.count <= longest else { throw .tooLong(limit: longest) }
        var reader = PropertyJSONReader(limits: limits)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(json.count)
        reader.skipSpace(json)
        try reader.readMap(json, depth: limits.depth, into: &bytes)
        reader.skipSpace(json)
        guard reader.offset == json.count else { throw reader.expected("the end") }
        guard bytes.count <= limits.length else { throw .tooLong(limit: limits.length) }
        return bytes
    }

    package static func decodeJSON(
        _ json: [UInt8], limits: PropertyLimits = .default
    ) throws(PropertyError) -> [UInt8] {
        try decodeJSON(json.span, limits: limits)
    }

    /// Properties in the text form.
    package init(json: [UInt8], limits: PropertyLimits = .default) throws(PropertyError) {
        try self.init(decoding: try PropertyMap.decodeJSON(json, limits: limits), limits: limits)
    }
}

/// Turns the text form into the binary form in one pass.
struct PropertyJSONReader {
    private let limits: PropertyLimits
    private(set) var offset = 0

    init(limits: PropertyLimits) {
        self.limits = limits
    }

    func expected(_ what: String) -> PropertyError {
        .malformedJSON(expected: what, offset: offset)
    }

    mutating func skipSpace(_ json: Span<UInt8>) {
        while offset < json.count {
            switch json[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            default: return
            }
        }
    }

    /// Appends count and entries of the object at the offset.
    mutating func readMap(_ json: Span<UInt8>, depth: Int, into bytes: inout [UInt8]) throws(PropertyError) {
        guard depth > 0 else { throw .tooDeep(limit: limits.depth) }
        try take("{", json)
        let place = bytes.count
        bytes.appendBigEndian(UInt32(0))
        var count: UInt32 = 0
        var more = !takeIf("}", json)
        while more {
            skipSpace(json)
            try readShortText(json, into: &bytes)
            try take(":", json)
            try readValue(json, depth: depth, into: &bytes)
            count &+= 1
            more = takeIf(",", json)
            if !more { try take("}", json) }
        }
        bytes.putBigEndian(count, at: place)
    }

    // MARK: Values

    /// Appends type and payload of the value after any space.
    private mutating func readValue(
        _ json: Span<UInt8>, depth: Int, into bytes: inout [UInt8]
    ) throws(PropertyError) {
        skipSpace(json)
        switch peek(json) {
        case UInt8(ascii: "\""):
            bytes.append(PropertyType.string.rawValue)
            try readShortText(json, into: &bytes)
        case UInt8(ascii: "t"):
            try takeWord("true", json)
            bytes += [PropertyType.bool.rawValue, 1]
        case UInt8(ascii: "f"):
            try takeWord("false", json)
            bytes += [PropertyType.bool.rawValue, 0]
        case UInt8(ascii: "n"):
            try takeWord("null", json)
            bytes.append(PropertyType.null.rawValue)
        case UInt8(ascii: "["): try readList(json, depth: depth - 1, into: &bytes)
        case UInt8(ascii: "{"): try readTagged(json, depth: depth, into: &bytes)
        case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
            try readNumber(json, into: &bytes)
        default: throw expected("a value")
        }
    }

    private mutating func readList(
        _ json: Span<UInt8>, depth: Int, into bytes: inout [UInt8]
    ) throws(PropertyError) {
        guard depth > 0 else { throw .tooDeep(limit: limits.depth) }
        try take("[", json)
        bytes.append(PropertyType.list.rawValue)
        let place = bytes.count
        bytes.appendBigEndian(UInt32(0))
        var count: UInt32 = 0
        var more = !takeIf("]", json)
        while more {
            try readValue(json, depth: depth, into: &bytes)
            count &+= 1
            more = takeIf(",", json)
            if !more { try take("]", json) }
        }
        bytes.putBigEndian(count, at: place)
    }

    private mutating func readNumber(_ json: Span<UInt8>, into bytes: inout [UInt8]) throws(PropertyError) {
        let start = offset
        let (text, isInteger) = try number(json)
        if isInteger {
            guard let value = Int32(text) else { throw .malformedJSON(expected: "an int", offset: start) }
            bytes.append(PropertyType.int.rawValue)
            bytes.appendBigEndian(value)
        } else {
            guard let value = Double(text), value.isFinite else {
                throw .malformedJSON(expected: "a finite double", offset: start)
            }
            bytes.append(PropertyType.double.rawValue)
            bytes.appendBigEndian(value.bitPattern)
        }
    }

    private mutating func readTagged(
        _ json: Span<UInt8>, depth: Int, into bytes: inout [UInt8]
    ) throws(PropertyError) {
        try take("{", json)
        skipSpace(json)
        let start = offset
        let tag = try plainText(json)
        try take(":", json)
        skipSpace(json)
        switch tag {
        case "byte": try readInteger(Int8.self, .byte, json, into: &bytes)
        case "short": try readInteger(Int16.self, .short, json, into: &bytes)
        case "long": try readInteger(Int64.self, .long, json, into: &bytes)
        case "float":
            let value: Float = try floatingPoint(json)
            bytes.append(PropertyType.float.rawValue)
            bytes.appendBigEndian(value.bitPattern)
        case "double":
            let value: Double = try floatingPoint(json)
            bytes.append(PropertyType.double.rawValue)
            bytes.appendBigEndian(value.bitPattern)
        case "char":
            bytes.append(PropertyType.char.rawValue)
            bytes.appendBigEndian(try char(json))
        case "bytes": try readBytes(json, into: &bytes)
        case "bigString":
            bytes.append(PropertyType.bigString.rawValue)
            let place = bytes.count
            bytes.appendBigEndian(UInt32(0))
            try readText(json, into: &bytes)
            bytes.putBigEndian(UInt32(truncatingIfNeeded: bytes.count - place - 4), at: place)
        case "map":
            bytes.append(PropertyType.map.rawValue)
            try readMap(json, depth: depth - 1, into: &bytes)
        default:
            throw .malformedJSON(
                expected: "byte, short, long, float, double, char, bytes, bigString or map", offset: start)
        }
        try take("}", json)
    }

    private mutating func readInteger<Value: FixedWidthInteger>(
        _: Value.Type, _ type: PropertyType, _ json: Span<UInt8>, into bytes: inout [UInt8]
    ) throws(PropertyError) {
        let start = offset
        let (text, isInteger) = try number(json)
        guard isInteger, let value = Value(text) else {
            throw .malformedJSON(expected: "a number of type \(type.tag)", offset: start)
        }
        bytes.append(type.rawValue)
        bytes.appendBigEndian(value)
    }

    /// A finite number, or a string that names another one.
    private mutating func floatingPoint<Value: BinaryFloatingPoint & LosslessStringConvertible & SpecialBits>(
        _ json: Span<UInt8>
    ) throws(PropertyError) -> Value {
        let start = offset
        guard peek(json) == UInt8(ascii: "\"") else {
            guard let value = Value(try number(json).text), value.isFinite else {
                throw .malformedJSON(expected: "a finite number", offset: start)
            }
            return value
        }
        let text = try plainText(json)
        switch text {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default:
            let digits = text.utf8.dropFirst(4)
            if text.hasPrefix("NaN:"), digits.count == Value.width / 4, let bits = UInt64(text.dropFirst(4), radix: 16)
            {
                let value = Value(bits: bits)
                if value.isNaN { return value }
            }
            throw .malformedJSON(expected: "NaN, NaN: with bits, Infinity or -Infinity", offset: start)
        }
    }

    private mutating func readBytes(_ json: Span<UInt8>, into bytes: inout [UInt8]) throws(PropertyError) {
        bytes.append(PropertyType.bytes.rawValue)
        let place = bytes.count
        bytes.appendBigEndian(UInt32(0))
        guard peek(json) == UInt8(ascii: "\"") else { throw expected("a string of hexadecimal digits") }
        offset += 1
        while peek(json) != UInt8(ascii: "\"") {
            let high = try hexadecimalDigit(json)
            bytes.append(UInt8(truncatingIfNeeded: high << 4 | (try hexadecimalDigit(json))))
        }
        offset += 1
        bytes.putBigEndian(UInt32(truncatingIfNeeded: bytes.count - place - 4), at: place)
    }

    private mutating func char(_ json: Span<UInt8>) throws(PropertyError) -> UInt16 {
        let start = offset
        var text: [UInt8] = []
        try readText(json, into: &text)
        let piece = text.isEmpty ? nil : ModifiedUTF8.piece(of: text.span, at: 0, before: text.count)
        if let piece, piece.length == text.count {
            switch piece.content {
            case .scalar(let scalar):
                if let unit = UInt16(exactly: scalar.value) { return unit }
            case .loneSurrogate(let unit): return unit
            case .malformed: break
            }
        }
        throw .malformedJSON(expected: "a string of one UTF-16 unit", offset: start)
    }
}

// MARK: - Tokens

extension PropertyJSONReader {
    private func peek(_ json: Span<UInt8>) -> UInt8? {
        offset < json.count ? json[offset] : nil
    }

    private mutating func takeIf(_ sign: Unicode.Scalar, _ json: Span<UInt8>) -> Bool {
        skipSpace(json)
        guard peek(json) == UInt8(ascii: sign) else { return false }
        offset += 1
        return true
    }

    private mutating func take(_ sign: Unicode.Scalar, _ json: Span<UInt8>) throws(PropertyError) {
        guard takeIf(sign, json) else { throw expected("'\(sign)'") }
    }

    private mutating func takeWord(_ word: StaticString, _ json: Span<UInt8>) throws(PropertyError) {
        for byte in "\(word)".utf8 {
            guard peek(json) == byte else { throw expected("\(word)") }
            offset += 1
        }
    }

    /// A number by JSON's grammar. No longer than any that is written here needs.
    private mutating func number(_ json: Span<UInt8>) throws(PropertyError) -> (text: String, isInteger: Bool) {
        let start = offset
        var isInteger = true
        if peek(json) == UInt8(ascii: "-") { offset += 1 }
        if peek(json) == UInt8(ascii: "0") {
            offset += 1
        } else {
            try takeDigits(json)
        }
        if peek(json) == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try takeDigits(json)
        }
        if peek(json) == UInt8(ascii: "e") || peek(json) == UInt8(ascii: "E") {
            isInteger = false
            offset += 1
            if peek(json) == UInt8(ascii: "+") || peek(json) == UInt8(ascii: "-") { offset += 1 }
            try takeDigits(json)
        }
        guard offset - start <= 64 else { throw .malformedJSON(expected: "a shorter number", offset: start) }
        var text = ""
        for index in start..<offset { text.unicodeScalars.append(Unicode.Scalar(json[index])) }
        if isInteger, text == "-0" { throw .malformedJSON(expected: "a number", offset: start) }
        return (text, isInteger)
    }

    private mutating func takeDigits(_ json: Span<UInt8>) throws(PropertyError) {
        let start = offset
        while let byte = peek(json), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        guard offset > start else { throw expected("a digit") }
    }

    /// A short string as Swift text, for tags.
    private mutating func plainText(_ json: Span<UInt8>) throws(PropertyError) -> String {
        var text: [UInt8] = []
        try readText(json, into: &text)
        return ModifiedUTF8.decode(text)
    }

    private mutating func readShortText(_ json: Span<UInt8>, into bytes: inout [UInt8]) throws(PropertyError) {
        let place = bytes.count
        bytes.appendBigEndian(UInt16(0))
        try readText(json, into: &bytes)
        let length = bytes.count - place - 2
        guard let short = UInt16(exactly: length) else { throw .textTooLong(bytes: length) }
        bytes.putBigEndian(short, at: place)
    }

    /// Appends the string at the offset as modified UTF-8.
    private mutating func readText(_ json: Span<UInt8>, into bytes: inout [UInt8]) throws(PropertyError) {
        guard peek(json) == UInt8(ascii: "\"") else { throw expected("a string") }
        offset += 1
        while let byte = peek(json) {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return
            case UInt8(ascii: "\\"):
                offset += 1
                ModifiedUTF8.append(try escaped(json), to: &bytes)
            case 0x20..<0x80:
                bytes.append(byte)
                offset += 1
            case 0x80...: try readWideCharacter(json, into: &bytes)
            default: throw expected("an escape in place of a control character")
            }
        }
        throw expected("'\"' to end the string")
    }

    /// A character of two to four bytes, in valid UTF-8.
    private mutating func readWideCharacter(_ json: Span<UInt8>, into bytes: inout [UInt8]) throws(PropertyError) {
        let piece = ModifiedUTF8.piece(of: json, at: offset, before: json.count)
        guard case .scalar(let scalar) = piece.content, UTF8.width(scalar) == piece.length else {
            throw expected("valid UTF-8")
        }
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter { ModifiedUTF8.append(unit, to: &bytes) }
        offset += piece.length
    }

    /// The UTF-16 unit of an escape, behind its backslash.
    private mutating func escaped(_ json: Span<UInt8>) throws(PropertyError) -> UInt16 {
        let sign = peek(json)
        offset += 1
        switch sign {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(sign ?? 0)
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "n"): return 0x0a
        case UInt8(ascii: "f"): return 0x0c
        case UInt8(ascii: "r"): return 0x0d
        case UInt8(ascii: "u"):
            var unit: UInt16 = 0
            for _ in 0..<4 { unit = unit << 4 | (try hexadecimalDigit(json)) }
            return unit
        default:
            offset -= 1
            throw expected("an escape")
        }
    }

    private mutating func hexadecimalDigit(_ json: Span<UInt8>) throws(PropertyError) -> UInt16 {
        let digit: UInt8
        switch peek(json) {
        case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): digit = byte - UInt8(ascii: "0")
        case let byte? where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte):
            digit = byte - UInt8(ascii: "a") + 10
        case let byte? where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte):
            digit = byte - UInt8(ascii: "A") + 10
        default: throw expected("a hexadecimal digit")
        }
        offset += 1
        return UInt16(digit)
    }
}

extension [UInt8] {
    /// Overwrites what `appendBigEndian` left at `place`.
    fileprivate mutating func putBigEndian(_ value: some FixedWidthInteger, at place: Int) {
        for index in 0..<(value.bitWidth / 8) {
            self[place + index] = UInt8(truncatingIfNeeded: value >> (value.bitWidth - 8 - 8 * index))
        }
    }
}
