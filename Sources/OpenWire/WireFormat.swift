/// What one side says of itself in its WireFormatInfo (reference 2.2).
///
/// The defaults are what a broker of this kind announces: every version, tight encoding and the cache.
package struct WireFormatSettings: Hashable, Sendable {
    package static let newestVersion: Int32 = 12

    package var version: Int32 = newestVersion
    package var tightEncodingEnabled = true
    package var cacheEnabled = true
    /// Slots of the object cache; 0 stands for 16,383.
    package var cacheSize: Int32 = 1024
    package var stackTraceEnabled = false
    package var tcpNoDelayEnabled = true
    /// Must stay false: frames without size fields are not handled.
    package var sizePrefixDisabled = false
    /// In milliseconds; 0 turns the inactivity monitor off.
    package var maxInactivityDuration: Int64 = 30_000
    /// In milliseconds.
    package var maxInactivityDurationInitialDelay: Int64 = 10_000
    /// In bytes after the size field.
    package var maxFrameSize = Int64(WireLimits.defaultFrameSize)
    package var maxFrameSizeEnabled = true
    package var host: String?
    package var providerName: String?
    package var providerVersion: String?
    package var platformDetails: String?

    package init() {}

    /// Reads what a peer announced. A missing key reads as false, 0 or null, as it does in Java.
    /// - Throws: where the property map is malformed or a value is of another type than the reference states.
    package init(_ info: WireFormatInfo) throws(OpenWireError) {
        var properties = PrimitiveMap()
        if let bytes = info.marshalledProperties {
            do throws(PrimitiveError) {
                properties = try PrimitiveMap.decode(bytes, limits: .handshake) ?? PrimitiveMap()
            } catch {
                throw .invalidHandshakeProperties(error)
            }
        }
        self.version = info.version
        self.tightEncodingEnabled = try Self.bool("TightEncodingEnabled", in: properties)
        self.cacheEnabled = try Self.bool("CacheEnabled", in: properties)
        self.cacheSize = try Self.int("CacheSize", in: properties)
        self.stackTraceEnabled = try Self.bool("StackTraceEnabled", in: properties)
        self.tcpNoDelayEnabled = try Self.bool("TcpNoDelayEnabled", in: properties)
        self.sizePrefixDisabled = try Self.bool("SizePrefixDisabled", in: properties)
        self.maxInactivityDuration = try Self.long("MaxInactivityDuration", in: properties)
        self.maxInactivityDurationInitialDelay = try Self.long("MaxInactivityDurationInitalDelay", in: properties)
        self.maxFrameSize = try Self.long("MaxFrameSize", in: properties)
        self.maxFrameSizeEnabled = try Self.bool("MaxFrameSizeEnabled", in: properties)
        self.host = try Self.text("Host", in: properties)
        self.providerName = try Self.text("ProviderName", in: properties)
        self.providerVersion = try Self.text("ProviderVersion", in: properties)
        self.platformDetails = try Self.text("PlatformDetails", in: properties)
    }

    /// The announcement of these settings. Texts are cut at what 6.x readers accept.
    package func info() throws(PrimitiveError) -> WireFormatInfo {
        var map: PrimitiveMap = [
            "TightEncodingEnabled": .bool(self.tightEncodingEnabled),
            "CacheEnabled": .bool(self.cacheEnabled),
            "CacheSize": .int(self.cacheSize),
            "StackTraceEnabled": .bool(self.stackTraceEnabled),
            "TcpNoDelayEnabled": .bool(self.tcpNoDelayEnabled),
            "SizePrefixDisabled": .bool(self.sizePrefixDisabled),
            "MaxInactivityDuration": .long(self.maxInactivityDuration),
            "MaxInactivityDurationInitalDelay": .long(self.maxInactivityDurationInitialDelay),
            "MaxFrameSize": .long(self.maxFrameSize),
            "MaxFrameSizeEnabled": .bool(self.maxFrameSizeEnabled),
        ]
        let texts = [
            ("Host", self.host), ("ProviderName", self.providerName), ("ProviderVersion", self.providerVersion),
            ("PlatformDetails", self.platformDetails),
        ]
        for (key, text) in texts {
            guard let text else { continue }
            map[key] = .string(WireString(text).prefix(maxEncodedCount: PrimitiveLimits.handshake.valueBytes))
        }
        return WireFormatInfo(version: self.version, marshalledProperties: try map.encode())
    }

    private static func bool(_ key: String, in map: PrimitiveMap) throws(OpenWireError) -> Bool {
        switch map[key] {
        case nil, .null: false
        case .bool(let value): value
        default: throw .handshakePropertyOfWrongType(name: key)
        }
    }

    private static func int(_ key: String, in map: PrimitiveMap) throws(OpenWireError) -> Int32 {
        switch map[key] {
        case nil, .null: 0
        case .int(let value): value
        default: throw .handshakePropertyOfWrongType(name: key)
        }
    }

    private static func long(_ key: String, in map: PrimitiveMap) throws(OpenWireError) -> Int64 {
        switch map[key] {
        case nil, .null: 0
        case .long(let value): value
        default: throw .handshakePropertyOfWrongType(name: key)
        }
    }

    private static func text(_ key: String, in map: PrimitiveMap) throws(OpenWireError) -> String? {
        switch map[key] {
        case nil, .null: nil
        case .some(let value):
            if let text = value.text { text } else { throw .handshakePropertyOfWrongType(name: key) }
        }
    }
}

/// What holds for both directions after the handshake (reference 2.3). Both sides compute it from the two
/// announcements; nothing is confirmed.
package struct WireFormat: Hashable, Sendable {
    /// 1 to 12; fields of later versions do not travel.
    package var version: Int32
    package var tightEncodingEnabled: Bool
    package var cacheEnabled: Bool
    /// Slots of the object cache per direction.
    package var cacheSize: Int
    package var stackTraceEnabled: Bool
    package var tcpNoDelayEnabled: Bool
    /// In milliseconds; 0 turns the inactivity monitor off.
    package var maxInactivityDuration: Int64
    /// In milliseconds.
    package var maxInactivityDurationInitialDelay: Int64
    /// In bytes after the size field; `Int.max` for no limit.
    package var maxFrameSize: Int

    package init(
        version: Int32 = WireFormatSettings.newestVersion, tightEncodingEnabled: Bool = false,
        cacheEnabled: Bool = false, cacheSize: Int = 1024, stackTraceEnabled: Bool = false,
        tcpNoDelayEnabled: Bool = true, maxInactivityDuration: Int64 = 0,
        maxInactivityDurationInitialDelay: Int64 = 0, maxFrameSize: Int = .max
    ) {
        self.version = version
        self.tightEncodingEnabled = tightEncodingEnabled
        self.cacheEnabled = cacheEnabled
        self.cacheSize = cacheSize
        self.stackTraceEnabled = stackTraceEnabled
        self.tcpNoDelayEnabled = tcpNoDelayEnabled
        self.maxInactivityDuration = maxInactivityDuration
        self.maxInactivityDurationInitialDelay = maxInactivityDurationInitialDelay
        self.maxFrameSize = maxFrameSize
    }

    /// The form of the handshake itself: loose, uncached, and the same in every version (2.1).
    package static let handshake = WireFormat(version: 1)

    /// The common settings of two sides, whichever of them is asked.
    package static func negotiated(_ a: WireFormatSettings, _ b: WireFormatSettings) -> WireFormat {
        let version =
            self.lowerOfPositive(Int64(a.version), Int64(b.version)) ?? Int64(WireFormatSettings.newestVersion)
        let cacheSize = min(a.cacheSize, b.cacheSize)
        let maxFrameSize = self.lowerOfPositive(a.maxFrameSize, b.maxFrameSize) ?? .max
        return WireFormat(
            version: Int32(clamping: min(version, Int64(WireFormatSettings.newestVersion))),
            tightEncodingEnabled: a.tightEncodingEnabled && b.tightEncodingEnabled,
            // A negative size makes no cache; nobody sends one.
            cacheEnabled: a.cacheEnabled && b.cacheEnabled && cacheSize >= 0,
            // Indexes are signed 16-bit numbers.
            cacheSize: cacheSize <= 0 ? 16_383 : min(Int(cacheSize), Int(Int16.max)),
            stackTraceEnabled: a.stackTraceEnabled && b.stackTraceEnabled,
            tcpNoDelayEnabled: a.tcpNoDelayEnabled && b.tcpNoDelayEnabled,
            maxInactivityDuration: max(0, min(a.maxInactivityDuration, b.maxInactivityDuration)),
            maxInactivityDurationInitialDelay: max(
                0, min(a.maxInactivityDurationInitialDelay, b.maxInactivityDurationInitialDelay)),
            maxFrameSize: Int(maxFrameSize))
    }

    private static func lowerOfPositive(_ a: Int64, _ b: Int64) -> Int64? {
        switch (a > 0, b > 0) {
        case (true, true): min(a, b)
        case (true, false): a
        case (false, true): b
        case (false, false): nil
        }
    }
}
