@testable import BrokerCore

/// Values with their binary form (type and payload) and their text form; each determines the others.
struct PropertyRow: Sendable, CustomStringConvertible {
    let value: PropertyValue
    let hex: String
    let json: String

    init(_ value: PropertyValue, _ hex: String, _ json: String) {
        self.value = value
        self.hex = hex
        self.json = json
    }

    var description: String { "\(json) \(hex)" }

    static let all: [PropertyRow] = [
        PropertyRow(.null, "00", "null"),
        PropertyRow(.bool(true), "0101", "true"),
        PropertyRow(.bool(false), "0100", "false"),
        PropertyRow(.byte(-5), "02fb", #"{"byte":-5}"#),
        PropertyRow(.byte(.min), "0280", #"{"byte":-128}"#),
        PropertyRow(.char(0x41), "030041", #"{"char":"A"}"#),
        PropertyRow(.char(0), "030000", #"{"char":"\u0000"}"#),
        PropertyRow(.char(0x22), "030022", #"{"char":"\""}"#),
        PropertyRow(.char(0x4e2d), "034e2d", #"{"char":"中"}"#),
        PropertyRow(.char(0xd83d), "03d83d", #"{"char":"\ud83d"}"#),
        PropertyRow(.char(0xdfff), "03dfff", #"{"char":"\udfff"}"#),
        PropertyRow(.char(0xffff), "03ffff", "{\"char\":\"\u{ffff}\"}"),
        PropertyRow(.short(-300), "04fed4", #"{"short":-300}"#),
        PropertyRow(.int(0), "0500000000", "0"),
        PropertyRow(.int(-70_000), "05fffeee90", "-70000"),
        PropertyRow(.int(.min), "0580000000", "-2147483648"),
        PropertyRow(.int(.max), "057fffffff", "2147483647"),
        PropertyRow(.long(7), "060000000000000007", #"{"long":7}"#),
        PropertyRow(.long(9_007_199_254_740_993), "060020000000000001", #"{"long":9007199254740993}"#),
        PropertyRow(.long(.max), "067fffffffffffffff", #"{"long":9223372036854775807}"#),
        PropertyRow(.long(.min), "068000000000000000", #"{"long":-9223372036854775808}"#),
        PropertyRow(.double(-2.25), "07c002000000000000", "-2.25"),
        PropertyRow(.double(1), "073ff0000000000000", "1.0"),
        PropertyRow(.double(0), "070000000000000000", "0.0"),
        PropertyRow(.double(-0.0), "078000000000000000", "-0.0"),
        PropertyRow(.double(0.1), "073fb999999999999a", "0.1"),
        PropertyRow(.double(1e300), "077e37e43c8800759c", "1e+300"),
        PropertyRow(.double(.leastNonzeroMagnitude), "070000000000000001", "5e-324"),
        PropertyRow(.double(.greatestFiniteMagnitude), "077fefffffffffffff", "1.7976931348623157e+308"),
        PropertyRow(.double(.nan), "077ff8000000000000", #"{"double":"NaN"}"#),
        PropertyRow(
            .double(Double(bitPattern: 0xfff8_0000_0000_0001)), "07fff8000000000001",
            #"{"double":"NaN:fff8000000000001"}"#),
        PropertyRow(.double(.infinity), "077ff0000000000000", #"{"double":"Infinity"}"#),
        PropertyRow(.double(-.infinity), "07fff0000000000000", #"{"double":"-Infinity"}"#),
        PropertyRow(.float(1.5), "083fc00000", #"{"float":1.5}"#),
        PropertyRow(.float(0.1), "083dcccccd", #"{"float":0.1}"#),
        PropertyRow(.float(-0.0), "0880000000", #"{"float":-0.0}"#),
        PropertyRow(.float(.leastNonzeroMagnitude), "0800000001", #"{"float":1e-45}"#),
        PropertyRow(.float(.nan), "087fc00000", #"{"float":"NaN"}"#),
        PropertyRow(.float(Float(bitPattern: 0x7fc0_0abc)), "087fc00abc", #"{"float":"NaN:7fc00abc"}"#),
        PropertyRow(.float(-.infinity), "08ff800000", #"{"float":"-Infinity"}"#),
        PropertyRow(.string(""), "090000", #""""#),
        PropertyRow(.string("plain"), "090005706c61696e", #""plain""#),
        PropertyRow(.string("a\"b\\c/d"), "0900076122625c632f64", #""a\"b\\c/d""#),
        PropertyRow(
            .string("\u{8}\t\n\u{c}\r\u{1f}\u{7f}"), "09000708090a0c0d1f7f", "\"\\b\\t\\n\\f\\r\\u001f\u{7f}\""),
        PropertyRow(.string("nul\0end"), "0900086e756cc080656e64", #""nul\u0000end""#),
        PropertyRow(
            .string("caf\u{e9} \u{4e2d}\u{1f600}"), "09000f636166c3a920e4b8adeda0bdedb880",
            "\"caf\u{e9} \u{4e2d}\u{1f600}\""),
        PropertyRow(
            .string(PropertyText(encoded: bytes(hex: "61edb880eda0bd62"))), "09000861edb880eda0bd62",
            #""a\ude00\ud83db""#),
        PropertyRow(
            .string(PropertyText(encoded: bytes(hex: "eda0bdeda0bdedb880"))), "090009eda0bdeda0bdedb880",
            "\"\\ud83d\u{1f600}\""),
        PropertyRow(.bytes([]), "0a00000000", #"{"bytes":""}"#),
        PropertyRow(.bytes([1, 0xab, 0xff]), "0a0000000301abff", #"{"bytes":"01abff"}"#),
        PropertyRow(.map([:]), "0b00000000", #"{"map":{}}"#),
        PropertyRow(
            .map(["i": .int(7), "k": .string("v"), "m": .map(["l": .long(1)])]),
            "0b00000003 000169 0500000007 00016b 09000176 00016d 0b00000001 00016c 060000000000000001",
            #"{"map":{"i":7,"k":"v","m":{"map":{"l":{"long":1}}}}}"#),
        PropertyRow(.list([]), "0c00000000", "[]"),
        PropertyRow(
            .list([.string("a"), .int(1), .long(2), .null, .list([.bool(true)])]),
            "0c00000005 09000161 0500000001 060000000000000002 00 0c00000001 0101", #"["a",1,{"long":2},null,[true]]"#),
        PropertyRow(.bigString(""), "0d00000000", #"{"bigString":""}"#),
        PropertyRow(.bigString("long\0"), "0d00000006 6c6f6e67c080", #"{"bigString":"long\u0000"}"#),
    ]
}
