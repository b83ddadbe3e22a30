import Testing

@testable import BrokerCore

struct PropertyJSONTests {
    @Test(arguments: PropertyRow.all)
    func bothDirections(row: PropertyRow) throws {
        let encoded = bytes(hex: "00000001 000178" + row.hex)
        var json: [UInt8] = []
        #expect(try PropertyMap.encodeJSON(of: encoded, into: &json))
        #expect(String(decoding: json, as: UTF8.self) == "{\"x\":\(row.json)}")
        #expect(try hex(PropertyMap.decodeJSON(json)) == hex(encoded))
        #expect(try PropertyMap(json: json) == ["x": row.value])
    }

    @Test func recordedProperties() throws {
        for (hexadecimal, map, text) in [
            (RecordedProperties.headersHex, RecordedProperties.headers, RecordedProperties.headersJSON),
            (RecordedProperties.mapBodyHex, RecordedProperties.mapBody, RecordedProperties.mapBodyJSON),
        ] {
            var json: [UInt8] = []
            #expect(try PropertyMap.encodeJSON(of: bytes(hex: hexadecimal), into: &json))
            #expect(String(decoding: json, as: UTF8.self) == text)
            #expect(try PropertyMap.decodeJSON(json) == bytes(hex: hexadecimal))
            var again: [UInt8] = []
            #expect(try map.encodeJSON(into: &again))
            #expect(again == json)
        }
    }

    @Test func appends() throws {
        var json = Array("[".utf8)
        #expect(try PropertyMap(dictionaryLiteral: ("a", .int(1))).encodeJSON(into: &json))
        #expect(String(decoding: json, as: UTF8.self) == #"[{"a":1}"#)
    }

    @Test func orderAndDoubleNamesAreKept() throws {
        let text = #"{"b":1,"a":2,"b":{"long":3},"":4,"\u0000\ud800":5}"#
        let encoded = try PropertyMap.decodeJSON(Array(text.utf8))
        let map = try PropertyMap(decoding: encoded)
        #expect(map.entries.map(\.name.encoded) == [[0x62], [0x61], [0x62], [], [0xc0, 0x80, 0xed, 0xa0, 0x80]])
        var json: [UInt8] = []
        #expect(try PropertyMap.encodeJSON(of: encoded, into: &json))
        #expect(String(decoding: json, as: UTF8.self) == text)
    }

    /// Text that reads well, but whose bytes have to be kept beside it.
    @Test(arguments: [
        ("ffffffff", "{}"), ("00000001 000178 0102", #"{"x":true}"#), ("00000001 000178 01ff", #"{"x":true}"#),
        ("00000001 000178 0bffffffff", #"{"x":null}"#), ("00000001 000178 0cffffffff", #"{"x":null}"#),
        ("00000001 000178 090004f09f9880", "{\"x\":\"\u{1f600}\"}"), ("00000001 000178 090002c181", #"{"x":"A"}"#),
        ("00000001 000178 09000100", #"{"x":"\u0000"}"#), ("00000001 000178 0d00000001ff", "{\"x\":\"\u{fffd}\"}"),
        ("00000001 000178 090003e08080", #"{"x":"\u0000"}"#), ("00000001 000100 00", #"{"\u0000":null}"#),
        ("00000001 000178 0c00000001 0103", #"{"x":[true]}"#), ("00000001 000178 090002c0a2", #"{"x":"\""}"#),
    ])
    func notExact(hex: String, text: String) throws {
        var json: [UInt8] = []
        #expect(try !PropertyMap.encodeJSON(of: bytes(hex: hex), into: &json))
        let expected = text.replacing("\"\u{fffd}\"", with: "{\"bigString\":\"\u{fffd}\"}")
        #expect(String(decoding: json, as: UTF8.self) == expected)
        #expect(try PropertyMap.decodeJSON(json) != bytes(hex: hex))
    }

    @Test(arguments: [
        (" { \"x\" : 1 , \"y\" : [ 1 , 2 ] } ", #"{"x":1,"y":[1,2]}"#), ("\t\r\n{}\n", "{}"),
        (#"{"x":{ "map" : { } }}"#, #"{"x":{"map":{}}}"#), (#"{"\u0061":"\u0062\/\u00e9\u4e2d"}"#, #"{"a":"b/é中"}"#),
        (#"{"x":"\ud83d\ude00"}"#, "{\"x\":\"\u{1f600}\"}"), (#"{"x":1E2}"#, #"{"x":100.0}"#),
        (#"{"x":{"double":1.5}}"#, #"{"x":1.5}"#),
        (#"{"x":{"double":2}}"#, #"{"x":2.0}"#), (#"{"x":{"float":2}}"#, #"{"x":{"float":2.0}}"#),
        (#"{"x":{"bytes":"AbCd"}}"#, #"{"x":{"bytes":"abcd"}}"#),
        (#"{"x":1e-400}"#, #"{"x":0.0}"#), (#"{"x":{"\u006cong":1}}"#, #"{"x":{"long":1}}"#),
    ])
    func otherSpellings(text: String, written: String) throws {
        var json: [UInt8] = []
        #expect(try PropertyMap.encodeJSON(of: PropertyMap.decodeJSON(Array(text.utf8)), into: &json))
        #expect(String(decoding: json, as: UTF8.self) == written)
    }

    @Test(arguments: [
        ("", "'{'", 0), ("[]", "'{'", 0), ("null", "'{'", 0), ("{", "a string", 1), ("{}x", "the end", 2),
        ("{}{}", "the end", 2),
        (#"{"x"}"#, "':'", 4), (#"{"x":}"#, "a value", 5), (#"{"x":1,}"#, "a string", 7), (#"{"x":1 "y":2}"#, "'}'", 7),
        (#"{x:1}"#, "a string", 1),
        (#"{"x":tru}"#, "true", 8), (#"{"x":nul"#, "null", 8), (#"{"x":01}"#, "'}'", 6), (#"{"x":-}"#, "a digit", 6),
        (#"{"x":1.}"#, "a digit", 7),
        (#"{"x":.5}"#, "a value", 5), (#"{"x":1e}"#, "a digit", 7), (#"{"x":+1}"#, "a value", 5),
        (#"{"x":-0}"#, "a number", 5),
        (#"{"x":NaN}"#, "a value", 5), (#"{"x":2147483648}"#, "an int", 5), (#"{"x":1e999}"#, "a finite double", 5),
        (#"{"x":{"byte":128}}"#, "a number of type byte", 13), (#"{"x":{"short":1.0}}"#, "a number of type short", 14),
        (#"{"x":{"long":9223372036854775808}}"#, "a number of type long", 13), (#"{"x":{"long":"1"}}"#, "a digit", 13),
        (#"{"x":{"float":1e39}}"#, "a finite number", 14),
        (#"{"x":{"float":"inf"}}"#, "NaN, NaN: with bits, Infinity or -Infinity", 14),
        (#"{"x":{"double":"NaN:7ff0000000000000"}}"#, "NaN, NaN: with bits, Infinity or -Infinity", 15),
        (#"{"x":{"double":"NaN:7ff8"}}"#, "NaN, NaN: with bits, Infinity or -Infinity", 15),
        (#"{"x":{"double":"NaN:+ff8000000000000"}}"#, "NaN, NaN: with bits, Infinity or -Infinity", 15),
        (#"{"x":{"char":""}}"#, "a string of one UTF-16 unit", 13),
        (#"{"x":{"char":"ab"}}"#, "a string of one UTF-16 unit", 13),
        ("{\"x\":{\"char\":\"\u{1f600}\"}}", "a string of one UTF-16 unit", 13),
        (#"{"x":{"char":65}}"#, "a string", 13),
        (#"{"x":{"bytes":"abc"}}"#, "a hexadecimal digit", 18), (#"{"x":{"bytes":"0g"}}"#, "a hexadecimal digit", 16),
        (#"{"x":{"bytes":1}}"#, "a string of hexadecimal digits", 14), (#"{"x":{"map":[]}}"#, "'{'", 12),
        (#"{"x":{"int":7}}"#, "byte, short, long, float, double, char, bytes, bigString or map", 6),
        (#"{"x":{}}"#, "a string", 6),
        (#"{"x":{"long":1,"long":2}}"#, "'}'", 14), (#"{"x":"a"#, "'\"' to end the string", 7),
        (#"{"x":"\x"}"#, "an escape", 7),
        (#"{"x":"\u12g4"}"#, "a hexadecimal digit", 10),
        ("{\"x\":\"\n\"}", "an escape in place of a control character", 6),
        ("{\"x\":[1,2", "']'", 9), ("{\"x\":[,]}", "a value", 6),
    ])
    func malformed(text: String, expected: String, offset: Int) {
        #expect(throws: PropertyError.malformedJSON(expected: expected, offset: offset), "\(text)") {
            try PropertyMap.decodeJSON(Array(text.utf8))
        }
    }

    @Test(arguments: ["ff", "c3", "c080", "c181", "e08080", "eda080", "eda0bdedb880", "f08080af", "f4908080", "80"])
    func textMustBeUTF8(hex: String) {
        #expect(throws: PropertyError.malformedJSON(expected: "valid UTF-8", offset: 6), "\(hex)") {
            try PropertyMap.decodeJSON(Array("{\"x\":\"".utf8) + bytes(hex: hex) + Array("\"}".utf8))
        }
    }

    @Test func boundsOfText() throws {
        let deep = #"{"x":"# + String(repeating: "[", count: 31) + String(repeating: "]", count: 31) + "}"
        _ = try PropertyMap.decodeJSON(Array(deep.utf8))
        for text in [
            #"{"x":"# + String(repeating: "[", count: 100_000), String(repeating: #"{"x":{"map":"#, count: 50_000),
        ] {
            #expect(throws: PropertyError.tooDeep(limit: 32)) { try PropertyMap.decodeJSON(Array(text.utf8)) }
        }
        var limits = PropertyLimits()
        limits.length = 12
        #expect(throws: PropertyError.tooLong(limit: 96)) {
            try PropertyMap.decodeJSON([UInt8](repeating: 0x20, count: 97), limits: limits)
        }
        #expect(throws: PropertyError.tooLong(limit: 12)) {
            try PropertyMap.decodeJSON(Array(#"{"x":"1234567890"}"#.utf8), limits: limits)
        }
        let long = String(repeating: "é", count: 32_768)
        #expect(throws: PropertyError.textTooLong(bytes: 65_536)) {
            try PropertyMap.decodeJSON(Array("{\"x\":\"\(long)\"}".utf8))
        }
        #expect(throws: PropertyError.textTooLong(bytes: 65_536)) {
            try PropertyMap.decodeJSON(Array("{\"\(long)\":1}".utf8))
        }
        #expect(throws: PropertyError.malformedJSON(expected: "a shorter number", offset: 5)) {
            try PropertyMap.decodeJSON(Array(#"{"x":\#(String(repeating: "1", count: 65))}"#.utf8))
        }
    }
}
