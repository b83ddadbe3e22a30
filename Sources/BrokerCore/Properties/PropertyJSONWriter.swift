// The text form, for the store and its operators:
//
//     {"region":"north","count":7,"price":1.5,"paid":true,"note":null,"sizes":[1,2],"id":{"long":7}}
//
// A JSON string is a string, a number with point or exponent a double, one without an int, an array a list. All other
// types are an object of one member, which names the type:
//
//     {"byte":1} {"short":1} {"long":1} {"float":1.5} {"char":"A"} {"bytes":"00ff"} {"map":{…}} {"bigString":"…"}
//     {"double":"NaN"} {"float":"-Infinity"}       also "Infinity", and "NaN:" with the bits in hexadecimal
//
// Names keep their order and may stand twice. Surrogates without a partner are written as \ud800 to \udfff.

extension PropertyMap {
    /// Appends the text form of properties in the binary form.
    ///
    /// - Returns: whether `decodeJSON` of the text gives the very same bytes. If not (strings that are not canonical
    ///   modified UTF-8, odd booleans, a null map), the text still reads well; the bytes have to be kept beside it.
    /// - Throws: what reading the binary form throws; `json` is then as it was.
    package static func encodeJSON(
        of bytes: Span<UInt8>, into json: inout [UInt8], limits: PropertyLimits = .default
    ) throws(PropertyError) -> Bool {
        guard bytes.count <= limits.length else { throw .tooLong(limit: limits.length) }
        let start = json.count
        var writer = PropertyJSONWriter(limits: limits)
        do throws(PropertyError) {
            try writer.writeMap(bytes, depth: limits.depth, into: &json)
            guard writer.offset == bytes.count else { throw .trailingBytes(offset: writer.offset) }
        } catch {
            json.removeSubrange(start...)
            throw error
        }
        return writer.isExact
    }

    package static func encodeJSON(
        of bytes: [UInt8], into json: inout [UInt8], limits: PropertyLimits = .default
    ) throws(PropertyError) -> Bool {
        try encodeJSON(of: bytes.span, into: &json, limits: limits)
    }

    /// Appends the text form; see the static function.
    package func encodeJSON(into json: inout [UInt8]) throws(PropertyError) -> Bool {
        try PropertyMap.encodeJSON(of: try encoded(), into: &json)
    }
}

/// Turns the binary form into the text form in one pass, without building values between them.
struct PropertyJSONWriter {
    private let limits: PropertyLimits
    private(set) var offset = 0
    private(set) var isExact = true

    init(limits: PropertyLimits) {
        self.limits = limits
    }

    /// The map at the offset.
    mutating func writeMap(_ bytes: Span<UInt8>, depth: Int, into json: inout [UInt8]) throws(PropertyError) {
        guard depth > 0 else { throw .tooDeep(limit: limits.depth) }
        guard let count = try bytes.propertyCount(at: &offset, least: Span<UInt8>.leastEntry) else {
            isExact = false
            json += "{}".utf8
            return
        }
        json.append(UInt8(ascii: "{"))
        for index in 0..<count {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            writeText(bytes, in: try bytes.propertyShortText(at: &offset), into: &json)
            json.append(UInt8(ascii: ":"))
            try writeValue(bytes, depth: depth, into: &json)
        }
        json.append(UInt8(ascii: "}"))
    }

    private mutating func writeValue(
        _ bytes: Span<UInt8>, depth: Int, into json: inout [UInt8]
    ) throws(PropertyError) {
        let type = try bytes.propertyType(at: &offset)
        switch type {
        case .null: json += "null".utf8
        case .bool:
            let byte: UInt8 = try bytes.propertyInteger(at: &offset)
            if byte > 1 { isExact = false }
            json += byte == 0 ? "false".utf8 : "true".utf8
        case .int: json.appendDecimal(Int64(try bytes.propertyInteger(at: &offset, as: Int32.self)))
        case .double:
            let double = Double(bitPattern: try bytes.propertyInteger(at: &offset))
            if double.isFinite {
                json += double.description.utf8
            } else {
                json += "{\"double\":".utf8
                json.appendSpecial(double)
                json.append(UInt8(ascii: "}"))
            }
        case .string: writeText(bytes, in: try bytes.propertyShortText(at: &offset), into: &json)
        case .list: try writeList(bytes, depth: depth - 1, into: &json)
        case .byte, .char, .short, .long, .float, .bytes, .map, .bigString:
            try writeTagged(type, bytes, depth: depth, into: &json)
        }
    }

    private mutating func writeTagged(
        _ type: PropertyType, _ bytes: Span<UInt8>, depth: Int, into json: inout [UInt8]
    ) throws(PropertyError) {
        let start = json.count
        json += "{\"".utf8
        json += type.tag.utf8
        json += "\":".utf8
        switch type {
        case .byte: json.appendDecimal(Int64(try bytes.propertyInteger(at: &offset, as: Int8.self)))
        case .short: json.appendDecimal(Int64(try bytes.propertyInteger(at: &offset, as: Int16.self)))
        case .long: json.appendDecimal(try bytes.propertyInteger(at: &offset))
        case .char:
            json.append(UInt8(ascii: "\""))
            json.appendJSON(unit: try bytes.propertyInteger(at: &offset))
            json.append(UInt8(ascii: "\""))
        case .float:
            let float = Float(bitPattern: try bytes.propertyInteger(at: &offset))
            if float.isFinite {
                json += float.description.utf8
            } else {
                json.appendSpecial(float)
            }
        case .bytes:
            json.append(UInt8(ascii: "\""))
            for index in try bytes.propertyLongText(at: &offset) { json.appendHexadecimal(bytes[index]) }
            json.append(UInt8(ascii: "\""))
        case .bigString: writeText(bytes, in: try bytes.propertyLongText(at: &offset), into: &json)
        case .map:
            guard depth > 1 else { throw .tooDeep(limit: limits.depth) }
            var ahead = offset
            guard try bytes.propertyInteger(at: &ahead, as: Int32.self) != -1 else {
                offset = ahead
                isExact = false
                json.removeSubrange(start...)
                json += "null".utf8
                return
            }
            try writeMap(bytes, depth: depth - 1, into: &json)
        case .null, .bool, .int, .double, .string, .list: break
        }
        json.append(UInt8(ascii: "}"))
    }

    private mutating func writeList(
        _ bytes: Span<UInt8>, depth: Int, into json: inout [UInt8]
    ) throws(PropertyError) {
        guard depth > 0 else { throw .tooDeep(limit: limits.depth) }
        guard let count = try bytes.propertyCount(at: &offset, least: Span<UInt8>.leastElement) else {
            isExact = false
            json += "null".utf8
            return
        }
        json.append(UInt8(ascii: "["))
        for index in 0..<count {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            try writeValue(bytes, depth: depth, into: &json)
        }
        json.append(UInt8(ascii: "]"))
    }

    /// A JSON string of modified UTF-8.
    private mutating func writeText(_ bytes: Span<UInt8>, in range: Range<Int>, into json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
                json.append(byte)
                index += 1
                continue
            }
            let piece = ModifiedUTF8.piece(of: bytes, at: index, before: range.upperBound)
            if !piece.isCanonical { isExact = false }
            switch piece.content {
            case .scalar(let scalar) where scalar.value < 0x80:
                json.appendJSON(unit: UInt16(truncatingIfNeeded: scalar.value))
            case .scalar(let scalar): json += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            case .loneSurrogate(let unit): json.appendJSON(unit: unit)
            case .malformed: json += UTF8.encodedReplacementCharacter
            }
            index += piece.length
        }
        json.append(UInt8(ascii: "\""))
    }
}

extension [UInt8] {
    /// One UTF-16 code unit inside a JSON string.
    fileprivate mutating func appendJSON(unit: UInt16) {
        switch unit {
        case 0x22: self += "\\\"".utf8
        case 0x5c: self += "\\\\".utf8
        case 0x08: self += "\\b".utf8
        case 0x09: self += "\\t".utf8
        case 0x0a: self += "\\n".utf8
        case 0x0c: self += "\\f".utf8
        case 0x0d: self += "\\r".utf8
        default:
            if unit >= 0x20, let scalar = Unicode.Scalar(unit) {
                self += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            } else {
                self += "\\u".utf8
                appendHexadecimal(UInt8(truncatingIfNeeded: unit >> 8))
                appendHexadecimal(UInt8(truncatingIfNeeded: unit))
            }
        }
    }

    fileprivate mutating func appendDecimal(_ value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = count
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }

    fileprivate mutating func appendHexadecimal(_ byte: UInt8) {
        for digit in [byte >> 4, byte & 0xf] {
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
        }
    }

    /// An infinity or a NaN, as a JSON string.
    fileprivate mutating func appendSpecial<Value: BinaryFloatingPoint & SpecialBits>(_ value: Value) {
        append(UInt8(ascii: "\""))
        if value.isInfinite {
            self += (value < 0 ? "-Infinity" : "Infinity").utf8
        } else {
            self += "NaN".utf8
            if value.bits != Value.nan.bits {
                append(UInt8(ascii: ":"))
                var shift = Value.width
                while shift > 0 {
                    shift -= 8
                    appendHexadecimal(UInt8(truncatingIfNeeded: value.bits >> shift))
                }
            }
        }
        append(UInt8(ascii: "\""))
    }
}

/// The bits of a floating-point number, whatever its width.
protocol SpecialBits {
    static var width: Int { get }
    var bits: UInt64 { get }
    init(bits: UInt64)
}

extension Double: SpecialBits {
    static var width: Int { 64 }
    var bits: UInt64 { bitPattern }
    init(bits: UInt64) { self.init(bitPattern: bits) }
}

extension Float: SpecialBits {
    static var width: Int { 32 }
    var bits: UInt64 { UInt64(bitPattern) }
    init(bits: UInt64) { self.init(bitPattern: UInt32(truncatingIfNeeded: bits)) }
}
