// Reading and changing single properties in the binary form, without decoding the others.

extension PropertyMap {
    /// The first value of that name in the binary form. Reads only as far as that value.
    package static func value(
        of name: String, in bytes: Span<UInt8>, limits: PropertyLimits = .default
    ) throws(PropertyError) -> PropertyValue? {
        guard var offset = try bytes.propertyOffset(of: name, limits: limits) else { return nil }
        return try bytes.propertyValue(at: &offset, depth: limits.depth, limits: limits)
    }

    package static func value(
        of name: String, in bytes: [UInt8], limits: PropertyLimits = .default
    ) throws(PropertyError) -> PropertyValue? {
        try value(of: name, in: bytes.span, limits: limits)
    }

    /// The first value of that name as a selector sees it, which does not ask what is in arrays, maps and lists.
    /// A property behind malformed bytes is missing: a message cannot be refused any more when it is selected.
    package static func selectorValue(
        of name: String, in bytes: Span<UInt8>, limits: PropertyLimits = .default
    ) -> SelectorValue? {
        do throws(PropertyError) {
            guard var offset = try bytes.propertyOffset(of: name, limits: limits) else { return nil }
            let start = offset
            switch try bytes.propertyType(at: &offset) {
            case .char, .bytes, .map, .list: return .opaque
            default: offset = start
            }
            return try bytes.propertyValue(at: &offset, depth: limits.depth, limits: limits).selectorValue
        } catch {
            return nil
        }
    }

    package static func selectorValue(
        of name: String, in bytes: [UInt8], limits: PropertyLimits = .default
    ) -> SelectorValue? {
        selectorValue(of: name, in: bytes.span, limits: limits)
    }

    /// The binary form without any property of that name or of `others`, and with a new last one unless `value` is nil.
    /// All others keep their bytes and their order. The null map counts as empty.
    package static func setting(
        _ name: String, to value: PropertyValue?, removing others: [String] = [], in bytes: [UInt8],
        limits: PropertyLimits = .default
    ) throws(PropertyError) -> [UInt8] {
        let key = ModifiedUTF8.encode(name)
        let removed = [key] + others.map(ModifiedUTF8.encode)
        let old = bytes.span
        guard old.count <= limits.length else { throw .tooLong(limit: limits.length) }
        var offset = 0
        var kept: UInt32 = 0
        let count = try old.propertyCount(at: &offset, least: Span<UInt8>.leastEntry) ?? 0
        var result: [UInt8] = [0, 0, 0, 0]
        result.reserveCapacity(bytes.count + key.count + 16)
        for _ in 0..<count {
            let start = offset
            let name = try old.propertyShortText(at: &offset)
            try old.skipPropertyValue(at: &offset, depth: limits.depth, limits: limits)
            if old.holds(anyOf: removed, in: name) { continue }
            kept += 1
            result.append(old, start..<offset)
        }
        guard offset == old.count else { throw .trailingBytes(offset: offset) }
        if let value {
            kept += 1
            try result.appendShortText(key)
            try value.encode(into: &result)
        }
        for index in 0..<4 { result[index] = UInt8(truncatingIfNeeded: kept >> (24 - 8 * index)) }
        return result
    }

    package static func removing(
        _ name: String, from bytes: [UInt8], limits: PropertyLimits = .default
    ) throws(PropertyError) -> [UInt8] {
        try setting(name, to: nil, in: bytes, limits: limits)
    }
}

extension Span<UInt8> {
    /// Where the type byte of the first value of that name is.
    fileprivate func propertyOffset(of name: String, limits: PropertyLimits) throws(PropertyError) -> Int? {
        // Nearly every name is the same in UTF-8 and in modified UTF-8.
        let key = name.utf8.contains(where: ModifiedUTF8.needsOwnForm) ? ModifiedUTF8.encode(name) : nil
        var offset = 0
        guard let count = try propertyCount(at: &offset, least: Self.leastEntry) else { return nil }
        for _ in 0..<count {
            let range = try propertyShortText(at: &offset)
            if let key {
                if holds(key, in: range) { return offset }
            } else if holds(name.utf8, in: range) {
                return offset
            }
            try skipPropertyValue(at: &offset, depth: limits.depth, limits: limits)
        }
        return nil
    }

    fileprivate func skipPropertyValue(
        at offset: inout Int, depth: Int, limits: PropertyLimits
    ) throws(PropertyError) {
        let type = try propertyType(at: &offset)
        if let length = type.fixedLength {
            _ = try propertyRange(at: &offset, length: length)
            return
        }
        switch type {
        case .string: _ = try propertyShortText(at: &offset)
        case .map, .list:
            guard depth > 1 else { throw .tooDeep(limit: limits.depth) }
            let least = type == .map ? Self.leastEntry : Self.leastElement
            for _ in 0..<(try propertyCount(at: &offset, least: least) ?? 0) {
                if type == .map { _ = try propertyShortText(at: &offset) }
                try skipPropertyValue(at: &offset, depth: depth - 1, limits: limits)
            }
        default: _ = try propertyLongText(at: &offset)
        }
    }

    fileprivate func holds(anyOf names: [[UInt8]], in range: Range<Int>) -> Bool {
        for name in names where self.holds(name, in: range) { return true }
        return false
    }

    fileprivate func holds(_ name: some Collection<UInt8>, in range: Range<Int>) -> Bool {
        guard name.count == range.count else { return false }
        var index = range.lowerBound
        for byte in name {
            guard self[index] == byte else { return false }
            index += 1
        }
        return true
    }
}
