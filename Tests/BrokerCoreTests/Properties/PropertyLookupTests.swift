import Testing

@testable import BrokerCore

struct PropertyLookupTests {
    private let recorded = bytes(hex: RecordedProperties.headersHex)

    @Test func findsEveryRecordedProperty() throws {
        for entry in RecordedProperties.headers.entries {
            #expect(try PropertyMap.value(of: entry.name.string, in: recorded) == entry.value)
            #expect(RecordedProperties.headers[entry.name.string] == entry.value)
        }
        for name in ["", "p", "pLis", "pLists", "PList", "i", "k", "pStr\0"] {
            #expect(try PropertyMap.value(of: name, in: recorded) == nil)
        }
    }

    @Test(arguments: PropertyRow.all)
    func findsBehindEveryType(row: PropertyRow) throws {
        let encoded = bytes(hex: "00000002 000178" + row.hex + "000179 0500000007")
        #expect(try PropertyMap.value(of: "y", in: encoded) == .int(7))
        #expect(try PropertyMap.value(of: "x", in: encoded) == row.value)
        #expect(PropertyMap.selectorValue(of: "x", in: encoded) == row.value.selectorValue || row.json.contains("NaN"))
    }

    @Test func asSelectorsSeeThem() throws {
        let expected: [(String, SelectorValue?)] = [
            ("pList", .opaque), ("pMap", .opaque), ("pLong", .long(1_234_567_890_123)), ("pFloat", .float(1.5)),
            ("pNull", nil),
            ("pByte", .int(-5)), ("pShort", .int(-300)), ("pInt", .int(-70_000)), ("pDouble", .double(-2.25)),
            ("pBool", .bool(true)),
            ("pStr", .string("plain")), ("missing", nil),
        ]
        for (name, value) in expected { #expect(PropertyMap.selectorValue(of: name, in: recorded) == value, "\(name)") }
        #expect(PropertyMap.selectorValue(of: "x", in: bytes(hex: "00000001 000178 0a00000000")) == .opaque)
        #expect(PropertyMap.selectorValue(of: "x", in: bytes(hex: "00000001 000178 030041")) == .opaque)
        #expect(PropertyMap.selectorValue(of: "x", in: bytes(hex: "00000001 000178 0d0000000161")) == .string("a"))
    }

    @Test func namesBeyondPlainText() throws {
        let map: PropertyMap = [
            "\0": .int(1), "\u{1f600}": .int(2), "\u{e9}": .int(3), "e\u{301}": .int(4), "": .int(5),
        ]
        let encoded = try map.encoded()
        for (name, value) in [("\0", 1), ("\u{1f600}", 2), ("\u{e9}", 3), ("e\u{301}", 4), ("", 5)] as [(String, Int32)]
        {
            #expect(try PropertyMap.value(of: name, in: encoded) == .int(value))
            #expect(map[name] == .int(value))
        }
    }

    @Test func firstOfTwo() throws {
        let encoded = bytes(hex: "00000002 000178 0101 000178 0100")
        #expect(try PropertyMap.value(of: "x", in: encoded) == .bool(true))
        #expect(try PropertyMap(decoding: encoded)["x"] == .bool(true))
        #expect(try PropertyMap.removing("x", from: encoded) == bytes(hex: "00000000"))
    }

    @Test func malformedMeansMissingToSelectors() throws {
        let broken = bytes(hex: "00000002 000178 0500000007 000179 0900ff")
        #expect(PropertyMap.selectorValue(of: "x", in: broken) == .int(7))
        #expect(PropertyMap.selectorValue(of: "y", in: broken) == nil)
        #expect(PropertyMap.selectorValue(of: "x", in: []) == nil)
        #expect(throws: PropertyError.truncated(offset: 18)) { try PropertyMap.value(of: "y", in: broken) }
        #expect(throws: PropertyError.truncated(offset: 18)) { try PropertyMap.removing("x", from: broken) }
    }

    @Test func settingAndRemoving() throws {
        var map = RecordedProperties.headers
        var encoded = recorded
        for (name, value) in [
            ("pInt", .int(1)), ("new", .string("v")), ("pList", nil), ("absent", nil), ("pMap", .list([.null])),
            ("\0", .bool(true)),
            ("\0", nil),
        ] as [(String, PropertyValue?)] {
            map[name] = value
            encoded = try PropertyMap.setting(name, to: value, in: encoded)
            #expect(try encoded == map.encoded(), "\(name)")
            #expect(try PropertyMap.value(of: name, in: encoded) == value)
        }
    }

    @Test func settingKeepsOddBytes() throws {
        let odd = bytes(hex: "00000001 000178 0105")
        #expect(try PropertyMap.setting("y", to: .null, in: odd) == bytes(hex: "00000002 000178 0105 000179 00"))
        #expect(try PropertyMap.setting("y", to: .null, in: bytes(hex: "ffffffff")) == bytes(hex: "00000001 000179 00"))
        #expect(throws: PropertyError.trailingBytes(offset: 9)) {
            try PropertyMap.setting("y", to: .null, in: odd[...] + [0])
        }
        #expect(throws: PropertyError.textTooLong(bytes: 65_536)) {
            try PropertyMap.setting(String(repeating: "x", count: 65_536), to: .null, in: odd)
        }
    }

    @Test func selectorsReadEncodedProperties() throws {
        struct Encoded: SelectorSource {
            let properties: [UInt8]
            func selectorValue(of identifier: Selector.Identifier) -> SelectorValue? {
                guard case .property(let name) = identifier else { return nil }
                return PropertyMap.selectorValue(of: name, in: properties)
            }
        }
        let selector = try Selector(
            parsing: """
                pStr = 'plain' AND pInt < 0 AND pByte = -5 AND pNull IS NULL AND pMap IS NOT NULL
                AND pUni LIKE 'caf_ %'
                """)
        #expect(selector.matches(Encoded(properties: recorded)))
    }
}
