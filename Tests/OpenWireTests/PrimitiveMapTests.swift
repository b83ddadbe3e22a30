import Testing

@testable import OpenWire

struct PrimitiveMapTests {
    /// Reference 7.1 and A.4: one entry of each type, and the bytes of its value.
    static let values: [(PrimitiveValue, String)] = [
        (.null, "00"), (.bool(true), "0101"), (.bool(false), "0100"), (.byte(-5), "02fb"), (.char(0x63), "030063"),
        (.char(0xD800), "03d800"), (.short(-300), "04fed4"), (.int(-70_000), "05fffeee90"),
        (.long(1_234_567_890_123), "060000011f71fb04cb"), (.double(-2.25), "07c002000000000000"),
        (.double(.signalingNaN), "077ff4000000000000"), (.float(1.5), "083fc00000"), (.float(-0.0), "0880000000"),
        (.string("plain"), "090005706c61696e"), (.string(""), "090000"), (.string("\u{0}"), "090002c080"),
        (.bytes([1, 2]), "0a000000020102"), (.bytes([]), "0a00000000"),
        (.map(["i": .int(7), "k": .string("v")]), "0b00000002000169050000000700016b09000176"),
        (.list([.string("a"), .int(1), .long(2), .null]), "0c0000000409000161050000000106000000000000000200"),
        (.bigString("big"), "0d00000003626967"),
    ]

    @Test(arguments: Self.values)
    func valuesOfEveryType(_ value: PrimitiveValue, _ hex: String) throws {
        let bytes = try #require([UInt8](hex: "000000010001" + "78" + hex))
        let map: PrimitiveMap = ["x": value]
        #expect(try map.encode() == bytes)
        let read = try #require(try PrimitiveMap.decode(bytes))
        #expect(read == map)
        #expect(read["x"] == value)
        let twice = Array(bytes[7...]) + Array(bytes[7...])
        #expect(try PrimitiveValue.encodeSequence([value, value]) == twice)
        #expect(try PrimitiveValue.decodeSequence(twice) == [value, value])
    }

    /// The properties and bodies of every recorded message come out as they went in, type 9 and type 13 kept apart.
    @Test func everyRecordedMapSurvives() throws {
        let maps = try PrimitiveSamples.maps()
        #expect(maps.count > 500)
        var bigStrings = 0
        for bytes in maps {
            let map = try #require(try PrimitiveMap.decode(bytes))
            #expect(try map.encode() == bytes)
            bigStrings += map.entries.count { if case .bigString = $0.value { true } else { false } }
        }
        #expect(bigStrings > 0)
    }

    @Test func orderAndDuplicatesAreKept() throws {
        let map = PrimitiveMap(entries: [
            .init(key: "b", value: .int(1)), .init(key: "a", value: .int(2)), .init(key: "b", value: .int(3)),
        ])
        let read = try #require(try PrimitiveMap.decode(try map.encode()))
        #expect(read == map)
        #expect(read["b"] == .int(3))
        #expect(read["c"] == nil)
    }

    @Test func settingReplacesAppendsAndRemoves() {
        var map: PrimitiveMap = ["a": .int(1), "b": .int(2)]
        map["a"] = .int(3)
        map["c"] = .null
        #expect(map == ["a": .int(3), "b": .int(2), "c": .null])
        map["b"] = nil
        #expect(map == ["a": .int(3), "c": .null])
    }

    /// Java writes type 13 from 8191 UTF-16 units on.
    @Test func longTextsAreBigStrings() {
        #expect(PrimitiveValue.text(String(repeating: "x", count: 8190)).typeCode == 9)
        #expect(PrimitiveValue.text(String(repeating: "x", count: 8191)).typeCode == 13)
        #expect(PrimitiveValue.text("x").text == "x")
        #expect(PrimitiveValue.int(1).text == nil)
    }

    @Test func theNullMapIsNil() throws {
        #expect(try PrimitiveMap.decode([255, 255, 255, 255]) == nil)
        #expect(throws: PrimitiveError.leftoverBytes(1)) { try PrimitiveMap.decode([255, 255, 255, 255, 0]) }
    }

    @Test(arguments: [
        ("", PrimitiveError.truncated), ("000000", .truncated), ("fffffffe", .negativeCount(-2)),
        ("00000001", .truncated), ("7fffffff", .truncated), ("00000000 00", .leftoverBytes(1)),
        ("00000001 0001 78", .truncated), ("00000001 ffff 78", .truncated), ("00000001 0001 78 0e", .unknownType(14)),
        ("00000001 0001 78 05 0000", .truncated), ("00000001 0001 78 09 0002 61", .truncated),
        ("00000001 0001 78 0a ffffffff", .negativeCount(-1)), ("00000001 0001 78 0a 7fffffff 00", .truncated),
        ("00000001 0001 78 0d 80000000", .negativeCount(.min)), ("00000001 0001 78 0b ffffffff", .negativeCount(-1)),
        ("00000001 0001 78 0c 00000002 00", .truncated), ("00000001 0001 78 0c 7fffffff 00", .truncated),
        ("00000002 0001 78 00", .truncated),
    ])
    func brokenMaps(_ hex: String, _ error: PrimitiveError) throws {
        let bytes = try #require([UInt8](hex: hex))
        #expect(throws: error) { try PrimitiveMap.decode(bytes) }
    }

    @Test func limitsHold() throws {
        let bytes = try (["a": .list([.int(1), .list([.int(2)])]), "b": .string("four")] as PrimitiveMap).encode()
        var limits = PrimitiveLimits(depth: 2, values: 5, valueBytes: 4)
        #expect(try PrimitiveMap.decode(bytes, limits: limits) != nil)
        limits.depth = 1
        #expect(throws: PrimitiveError.nestingTooDeep(limit: 1)) { try PrimitiveMap.decode(bytes, limits: limits) }
        limits = PrimitiveLimits(depth: 2, values: 4, valueBytes: 4)
        #expect(throws: PrimitiveError.tooManyValues(limit: 4)) { try PrimitiveMap.decode(bytes, limits: limits) }
        limits = PrimitiveLimits(depth: 2, values: 5, valueBytes: 3)
        #expect(throws: PrimitiveError.valueTooLong(limit: 3)) { try PrimitiveMap.decode(bytes, limits: limits) }
    }

    @Test func nestingWithoutEndIsRefused() throws {
        var bytes: [UInt8] = [0, 0, 0, 1, 0, 0]
        for _ in 0..<100_000 { bytes += [12, 0, 0, 0, 1] }
        bytes += [0]
        #expect(throws: PrimitiveError.nestingTooDeep(limit: 32)) { try PrimitiveMap.decode(bytes) }
    }

    @Test func tooLongStringsAreRefusedOnWriting() {
        let long = String(repeating: "x", count: 65_536)
        #expect(throws: PrimitiveError.valueTooLong(limit: 65_535)) {
            try (["k": .string(WireString(long))] as PrimitiveMap).encode()
        }
        #expect(throws: PrimitiveError.valueTooLong(limit: 65_535)) { try ([long: .null] as PrimitiveMap).encode() }
        #expect(throws: Never.self) { try (["k": .bigString(WireString(long))] as PrimitiveMap).encode() }
    }

    /// Chance bytes and chance damage: a map or a typed error, and what is read is written back in a form that reads
    /// the same.
    @Test(arguments: [UInt64(1), 2, 3])
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let maps = try PrimitiveSamples.maps().filter { $0.count < 2000 }
        for _ in 0..<1500 {
            var bytes = maps.randomElement(using: &random) ?? []
            Mutation.apply(to: &bytes, from: 0, using: &random)
            do throws(PrimitiveError) {
                guard let map = try PrimitiveMap.decode(bytes) else { continue }
                let again = try PrimitiveMap.decode(try map.encode())
                #expect(again == map, "seed \(seed): \(bytes.hex)")
            } catch {
                continue
            }
        }
    }
}
