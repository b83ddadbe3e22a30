import Testing

@testable import OpenWire

/// Reference 2.2 and 2.3.
struct WireFormatTests {
    private static func settings(_ change: (inout WireFormatSettings) -> Void) -> WireFormatSettings {
        var settings = WireFormatSettings()
        change(&settings)
        return settings
    }

    /// What a 5.17 Java client announces.
    private static let java = Self.settings {
        $0.stackTraceEnabled = true
        $0.maxFrameSize = .max
    }

    @Test(arguments: [(Int32(12), Int32(12)), (5, 5), (1, 1), (13, 12), (.max, 12), (0, 12), (-1, 12), (.min, 12)])
    func version(peer: Int32, result: Int32) {
        let format = WireFormat.negotiated(WireFormatSettings(), Self.settings { $0.version = peer })
        #expect(format.version == result)
        #expect(WireFormat.negotiated(Self.settings { $0.version = peer }, WireFormatSettings()) == format)
    }

    @Test func withoutAnyVersionItIsTheNewest() {
        let none = Self.settings { $0.version = 0 }
        #expect(WireFormat.negotiated(none, none).version == 12)
    }

    @Test(arguments: [false, true], [false, true])
    func flagsHoldWhereBothWantThem(a: Bool, b: Bool) {
        let flags: [(WritableKeyPath<WireFormatSettings, Bool>, KeyPath<WireFormat, Bool>)] = [
            (\.tightEncodingEnabled, \.tightEncodingEnabled), (\.cacheEnabled, \.cacheEnabled),
            (\.stackTraceEnabled, \.stackTraceEnabled), (\.tcpNoDelayEnabled, \.tcpNoDelayEnabled),
        ]
        for (setting, result) in flags {
            let format = WireFormat.negotiated(
                Self.settings { $0[keyPath: setting] = a }, Self.settings { $0[keyPath: setting] = b })
            #expect(format[keyPath: result] == (a && b))
        }
    }

    @Test(arguments: [
        (Int32(1024), Int32(1024), 1024), (1024, 50, 50), (20_000, 30_000, 20_000), (1024, 0, 16_383),
        (.max, .max, 32_767),
    ])
    func cacheSize(a: Int32, b: Int32, result: Int) {
        let format = WireFormat.negotiated(Self.settings { $0.cacheSize = a }, Self.settings { $0.cacheSize = b })
        #expect(format.cacheEnabled)
        #expect(format.cacheSize == result)
    }

    @Test func aNegativeCacheSizeMakesNoCache() {
        #expect(!WireFormat.negotiated(WireFormatSettings(), Self.settings { $0.cacheSize = -1 }).cacheEnabled)
    }

    @Test(arguments: [
        (Int64(100), Int64(200), 100), (.max, 104_857_600, 104_857_600), (0, 500, 500), (500, -1, 500), (0, 0, Int.max),
        (.min, .min, Int.max),
    ])
    func maxFrameSize(a: Int64, b: Int64, result: Int) {
        let format = WireFormat.negotiated(Self.settings { $0.maxFrameSize = a }, Self.settings { $0.maxFrameSize = b })
        #expect(format.maxFrameSize == result)
    }

    @Test(arguments: [
        (Int64(30_000), Int64(30_000), Int64(30_000)), (30_000, 5_000, 5_000), (30_000, 0, 0), (30_000, -7, 0),
    ])
    func inactivity(a: Int64, b: Int64, result: Int64) {
        let format = WireFormat.negotiated(
            Self.settings {
                $0.maxInactivityDuration = a; $0.maxInactivityDurationInitialDelay = b
            },
            Self.settings {
                $0.maxInactivityDuration = b; $0.maxInactivityDurationInitialDelay = a
            })
        #expect(format.maxInactivityDuration == result)
        #expect(format.maxInactivityDurationInitialDelay == result)
    }

    /// Reference 2.3: an empty map and a null one ask for loose encoding without cache and without keep-alive.
    @Test(arguments: [[UInt8]?.none, [0, 0, 0, 0], [255, 255, 255, 255]])
    func nothingAnnouncedIsNothingWanted(_ properties: [UInt8]?) throws {
        let peer = try WireFormatSettings(WireFormatInfo(version: 10, marshalledProperties: properties))
        let format = WireFormat.negotiated(Self.java, peer)
        #expect(format == WireFormat(version: 10, cacheSize: 16_383, tcpNoDelayEnabled: false))
    }

    @Test func announcementsAreReadBack() throws {
        let settings = Self.settings {
            $0.version = 9
            $0.cacheSize = 77
            $0.maxFrameSize = 1 << 40
            $0.providerName = "Lockkeeper"
            $0.providerVersion = "1"
            $0.host = String(repeating: "h", count: 600)
        }
        let info = try settings.info()
        var expected = settings
        // 6.x readers refuse longer values.
        expected.host = String(repeating: "h", count: 512)
        #expect(try WireFormatSettings(info) == expected)
        #expect(info.version == 9)
    }

    @Test(arguments: [
        ("TightEncodingEnabled", PrimitiveValue.int(1)), ("CacheSize", .long(1)), ("MaxFrameSize", .int(1)),
        ("MaxInactivityDuration", .string("30000")), ("Host", .bool(true)),
    ])
    func valuesOfTheWrongTypeAreRefused(key: String, value: PrimitiveValue) throws {
        let info = WireFormatInfo(version: 1, marshalledProperties: try ([key: value] as PrimitiveMap).encode())
        #expect(throws: OpenWireError.handshakePropertyOfWrongType(name: key)) { try WireFormatSettings(info) }
    }

    private static let immodest: [(PrimitiveMap, PrimitiveError)] = [
        (
            PrimitiveMap(entries: (0..<65).map { .init(key: "\($0)", value: .null) }),
            PrimitiveError.tooManyValues(limit: 64)
        ),
        (["k": .string(WireString(String(repeating: "x", count: 513)))], .valueTooLong(limit: 512)),
        (["k": .map([:])], .nestingTooDeep(limit: 0)),
    ]

    @Test(arguments: Self.immodest)
    func immodestAnnouncementsAreRefused(_ map: PrimitiveMap, _ error: PrimitiveError) throws {
        let info = WireFormatInfo(version: 1, marshalledProperties: try map.encode())
        #expect(throws: OpenWireError.invalidHandshakeProperties(error)) { try WireFormatSettings(info) }
    }
}
