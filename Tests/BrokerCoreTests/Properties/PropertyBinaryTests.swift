import Testing

@testable import BrokerCore

struct PropertyBinaryTests {
    @Test(arguments: PropertyRow.all)
    func bothDirections(row: PropertyRow) throws {
        let encoded = bytes(hex: "00000001 000178" + row.hex)
        #expect(try PropertyMap(decoding: encoded) == ["x": row.value])
        #expect(try PropertyMap(dictionaryLiteral: ("x", row.value)).encoded() == encoded)
    }

    @Test(arguments: PropertyRow.all)
    func everyPrefixIsTruncated(row: PropertyRow) {
        let encoded = bytes(hex: "00000001 000178" + row.hex)
        for count in 0..<encoded.count {
            #expect(throws: PropertyError.self) { try PropertyMap(decoding: Array(encoded.prefix(count))) }
        }
        #expect(throws: PropertyError.trailingBytes(offset: encoded.count)) { try PropertyMap(decoding: encoded + [0]) }
    }

    @Test(arguments: [
        ("", PropertyError.truncated(offset: 0)), ("000000", .truncated(offset: 0)),
        ("00000001", .truncated(offset: 0)),
        ("7fffffff 000178 00", .truncated(offset: 0)), ("fffffffe", .negativeLength(offset: 0)),
        ("80000000", .negativeLength(offset: 0)), ("00000001 ffff78 0000", .truncated(offset: 6)),
        ("00000001 000178 0e", .unknownType(14, offset: 7)), ("00000001 000178 ff", .unknownType(255, offset: 7)),
        ("00000001 000178 0a7fffffff 00", .truncated(offset: 12)),
        ("00000001 000178 0affffffff", .negativeLength(offset: 12)),
        ("00000001 000178 0d80000000", .negativeLength(offset: 12)),
        ("00000001 000178 0c7fffffff 00", .truncated(offset: 8)),
        ("00000001 000178 0b7fffffff 00", .truncated(offset: 8)),
        ("00000001 000178 0cfffffffe", .negativeLength(offset: 8)),
        ("00000001 000178 0900056162", .truncated(offset: 10)), ("00000000 00", .trailingBytes(offset: 4)),
    ])
    func malformed(hex: String, error: PropertyError) {
        #expect(throws: error, "\(hex)") { try PropertyMap(decoding: bytes(hex: hex)) }
        var json: [UInt8] = [1, 2]
        #expect(throws: error, "\(hex)") { try PropertyMap.encodeJSON(of: bytes(hex: hex), into: &json) }
        #expect(json == [1, 2], "nothing is left of a failed attempt")
    }

    @Test(arguments: ["0b", "0c"])
    func depthIsBounded(type: String) throws {
        func nested(_ levels: Int) -> [UInt8] {
            let step = type == "0b" ? "0b00000001 000178" : "0c00000001"
            return bytes(hex: "00000001 000178" + String(repeating: step, count: levels - 1) + "00")
        }
        let deep = nested(32)
        #expect(try PropertyMap(decoding: deep).encoded() == deep)
        var json: [UInt8] = []
        #expect(try PropertyMap.encodeJSON(of: deep, into: &json))
        #expect(try PropertyMap.decodeJSON(json) == deep)
        #expect(try PropertyMap.value(of: "y", in: deep) == nil)
        for levels in [33, 5_000] {
            #expect(throws: PropertyError.tooDeep(limit: 32)) { try PropertyMap(decoding: nested(levels)) }
            #expect(throws: PropertyError.tooDeep(limit: 32)) {
                try PropertyMap.encodeJSON(of: nested(levels), into: &json)
            }
            #expect(throws: PropertyError.tooDeep(limit: 32)) { try PropertyMap.value(of: "y", in: nested(levels)) }
            #expect(throws: PropertyError.tooDeep(limit: 32)) { try PropertyMap.value(of: "x", in: nested(levels)) }
            #expect(throws: PropertyError.tooDeep(limit: 32)) { try PropertyMap.removing("y", from: nested(levels)) }
        }
    }

    @Test func lengthIsBounded() {
        var limits = PropertyLimits()
        limits.length = 8
        #expect(throws: PropertyError.tooLong(limit: 8)) {
            try PropertyMap(decoding: bytes(hex: "00000001 000178 0101"), limits: limits)
        }
    }

    @Test func shortFormsHoldAtMost65535Bytes() throws {
        let fits = String(repeating: "x", count: 65_535)
        #expect(
            try PropertyMap(dictionaryLiteral: (fits, .string(PropertyText(fits)))).encoded().count == 4 + 2
                * (2 + 65_535) + 1)
        #expect(throws: PropertyError.textTooLong(bytes: 65_536)) {
            try PropertyMap(dictionaryLiteral: (fits + "x", .null)).encoded()
        }
        #expect(throws: PropertyError.textTooLong(bytes: 65_536)) {
            try PropertyMap(dictionaryLiteral: ("x", .string(PropertyText(fits + "x")))).encoded()
        }
    }

    @Test func nullMapsAreEmptyOrNull() throws {
        #expect(try PropertyMap(decoding: bytes(hex: "ffffffff")).isEmpty)
        #expect(
            try PropertyMap(decoding: bytes(hex: "00000002 000178 0bffffffff 000179 0cffffffff")) == [
                "x": .null, "y": .null,
            ])
    }

    @Test func longTextsTakeTheLongForm() {
        #expect(
            PropertyValue.text(String(repeating: "x", count: 8_190))
                == .string(PropertyText(String(repeating: "x", count: 8_190))))
        #expect(
            PropertyValue.text(String(repeating: "x", count: 8_191))
                == .bigString(PropertyText(String(repeating: "x", count: 8_191))))
    }

    /// The properties of a recorded message of the Java client: every type it lets an application set.
    @Test func recordedProperties() throws {
        let map = try PropertyMap(decoding: bytes(hex: RecordedProperties.headersHex))
        #expect(try map.encoded() == bytes(hex: RecordedProperties.headersHex))
        #expect(map == RecordedProperties.headers)
        let body = try PropertyMap(decoding: bytes(hex: RecordedProperties.mapBodyHex))
        #expect(try body.encoded() == bytes(hex: RecordedProperties.mapBodyHex))
        #expect(body == RecordedProperties.mapBody)
    }
}
