@testable import BrokerCore

/// Recorded from the ActiveMQ Java client 5.17.2: the property map of a message, and the body of a MapMessage.
enum RecordedProperties {
    static let headersHex = """
        0000000e
        0005704c697374 0c00000003090001610500000001060000000000000002
        0005704c6f6e67 060000011f71fb04cb
        000670456d707479 090000
        000670466c6f6174 083fc00000
        000a4a4d5358557365724944 09000869676e6f7265643f
        000470496e74 05fffeee90
        00067053686f7274 04fed4
        00057042797465 02fb
        000570426f6f6c 0101
        000470556e69 09001c636166c3a920e4b8ade6968720eda0bdedb880206e756cc080656e64
        000470537472 090005706c61696e
        000770446f75626c65 07c002000000000000
        0005704e756c6c 00
        0004704d6170 0b00000002000169050000000700016b09000176
        """

    static let headers: PropertyMap = [
        "pList": .list([.string("a"), .int(1), .long(2)]), "pLong": .long(1_234_567_890_123), "pEmpty": .string(""),
        "pFloat": .float(1.5), "JMSXUserID": .string("ignored?"), "pInt": .int(-70_000), "pShort": .short(-300),
        "pByte": .byte(-5), "pBool": .bool(true), "pUni": .string("caf\u{e9} \u{4e2d}\u{6587} \u{1f600} nul\0end"),
        "pStr": .string("plain"), "pDouble": .double(-2.25), "pNull": .null,
        "pMap": .map(["i": .int(7), "k": .string("v")]),
    ]

    static let headersJSON = """
        {"pList":["a",1,{"long":2}],"pLong":{"long":1234567890123},"pEmpty":"","pFloat":{"float":1.5},\
        "JMSXUserID":"ignored?","pInt":-70000,"pShort":{"short":-300},"pByte":{"byte":-5},"pBool":true,\
        "pUni":"café 中文 \u{1f600} nul\\u0000end","pStr":"plain","pDouble":-2.25,"pNull":null,\
        "pMap":{"map":{"i":7,"k":"v"}}}
        """

    static let mapBodyHex = """
        0000000c0003737472090001730003756e6909001c636166c3a920e4b8ade6968720eda0bdedb880206e756cc080656e64000162
        010100017304000200016303006300016407401800000000000000036e756c000001660840a00000000562797465730a00000002
        0102000262790201000169050000000300016c060000000000000004
        """

    static let mapBody: PropertyMap = [
        "str": .string("s"), "uni": .string("caf\u{e9} \u{4e2d}\u{6587} \u{1f600} nul\0end"), "b": .bool(true),
        "s": .short(2), "c": .char(0x63), "d": .double(6), "nul": .null, "f": .float(5), "bytes": .bytes([1, 2]),
        "by": .byte(1), "i": .int(3), "l": .long(4),
    ]

    static let mapBodyJSON = """
        {"str":"s","uni":"café 中文 \u{1f600} nul\\u0000end","b":true,"s":{"short":2},"c":{"char":"c"},"d":6.0,\
        "nul":null,"f":{"float":5.0},"bytes":{"bytes":"0102"},"by":{"byte":1},"i":3,"l":{"long":4}}
        """
}
