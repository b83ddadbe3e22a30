import BrokerCore
import Testing

@testable import STOMP

/// Maps as JSON and XML, in both directions.
struct STOMPMapTests {
    private static let map: PropertyMap = [
        "s": .string("a \"b\" <c> & \n é😀"), "t": .bool(true), "b": .byte(-8), "c": .char(0x20ac), "h": .short(300),
        "i": .int(70_000), "l": .long(1 << 40), "f": .float(1.5), "d": .double(-2.5e100), "n": .null,
        "x": .bytes([0, 255, 16]), "inf": .double(.infinity), "": .string(""),
    ]

    @Test func jsonThereAndBack() throws {
        #expect(try STOMPMapJSON.read(STOMPMapJSON.write(Self.map)) == Self.map)
        #expect(try STOMPMapJSON.read(STOMPMapJSON.write([:])) == [:])
    }

    @Test func xmlThereAndBack() throws {
        #expect(STOMPMapXML.read(STOMPMapXML.write(Self.map)) == Self.map)
        #expect(STOMPMapXML.read(STOMPMapXML.write([:])) == [:])
    }

    @Test(
        arguments: [
            (#"{"map":{"entry":{"string":["a","b"]}}}"#, ["a": .string("b")]),
            (#"{"map":{"entry":[{"string":["a",5]}]}}"#, ["a": .string("5")]),
            (#" {"map" : {"entry" : [ {"string":"a","int":"5"} ] } } "#, ["a": .int(5)]), (#"{"map":""}"#, [:]),
            (#"{"map":{}}"#, [:]), (#"{}"#, [:]), (#"{"a":"\u00e9\ud83d\ude00\n"}"#, ["a": .string("é😀\n")]),
            (
                #"{"a":5000000000,"b":1.5,"c":null,"d":false}"#,
                ["a": .long(5_000_000_000), "b": .double(1.5), "c": .null, "d": .bool(false)]
            ),
        ] as [(String, PropertyMap)])
    func jsonForms(_ json: String, _ map: PropertyMap) throws {
        #expect(try STOMPMapJSON.read(Array(json.utf8)) == map)
    }

    @Test(arguments: [
        ("", STOMPMapError.notJSON), ("{", .notJSON), (#"{"a":1}x"#, .notJSON), (#"{"a":"\q"}"#, .notJSON),
        ("[1]", .notAMap),
        (#"{"map":{"entry":[{"string":["a"]}]}}"#, .notAMap),
        (#"{"map":{"entry":[{"int":1,"string":"a"}]}}"#, .notAMap),
        (#"{"map":{"entry":[{"string":"a","int":"x"}]}}"#, .unknownValue(name: "a")),
        (#"{"map":{"entry":[{"string":"a","java.net.URL":"x"}]}}"#, .unknownValue(name: "a")),
        (#"{"a":{}}"#, .unknownValue(name: "a")), (String(repeating: "[", count: 100), .notJSON),
    ])
    func brokenJSON(_ json: String, _ error: STOMPMapError) {
        #expect(throws: error) { try STOMPMapJSON.read(Array(json.utf8)) }
    }

    @Test(arguments: [
        "", "<map>", "<map></map", "<other/>", "<map><entry/></map>", "<map><entry><string>a</string></entry></map>",
        "<map><entry><string>a</string><url>x</url></entry></map>", "<!DOCTYPE map><map/>", "<map/>x",
        "<map><entry><string>&x;</string><int>1</int></entry></map>",
    ])
    func brokenXML(_ xml: String) {
        #expect(STOMPMapXML.read(Array(xml.utf8)) == nil)
    }

    @Test func xmlForms() {
        let xml = "<map><entry><string>a&#65;&#x42;&lt;</string><null/></entry></map>"
        #expect(STOMPMapXML.read(Array(xml.utf8)) == ["aAB<": .null])
    }

    @Test(arguments: 0...9)
    func base64(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 77) }
        #expect(STOMPValueText.bytes(base64: STOMPValueText.base64(bytes)) == bytes)
    }
}
