/// What a body that cannot be read is missing.
package enum BodyError: Error, Hashable, Sendable {
    case malformedCompression
    case tooLong(limit: Int)
    /// A text's length does not agree with its bytes.
    case malformedText
    case malformedValues(PropertyError)
}

/// The content of bodies as JMS clients write them, for protocols that write it otherwise:
///
///     text    length:int32 modified-UTF-8
///     map     the binary form of `PropertyMap`
///     stream  { type:uint8 payload }            as the values of a map
///     bytes   as they are; compressed: length:int32 zlib
///
/// All but bytes are compressed as a whole. The stored message keeps its own bytes; this is only ever a view.
package struct MessageBody: Sendable {
    /// As ActiveMQ's `maxInflatedDataSize`, in bytes.
    package static let defaultInflatedLimit = 104_857_600

    private let message: Message
    private let inflatedLimit: Int

    package init(of message: Message, inflatedLimit: Int = Self.defaultInflatedLimit) {
        self.message = message
        self.inflatedLimit = inflatedLimit
    }

    /// The bytes without compression; for a text or map still in its own encoding.
    package func content() throws(BodyError) -> [UInt8]? {
        guard let body = self.message.body, self.message.isCompressed else { return self.message.body }
        guard self.message.bodyKind == .bytes else { return try Inflate.zlib(body[...], limit: self.inflatedLimit) }
        guard body.count >= 4 else { throw .malformedCompression }
        let length = body[..<4].reduce(0) { $0 << 8 | Int($1) }
        // Java compresses the whole of its buffer, of which the message may be only the beginning.
        return Array(try Inflate.zlib(body[4...], limit: self.inflatedLimit).prefix(length))
    }

    /// A text in UTF-8; nil for the null text.
    package func text() throws(BodyError) -> [UInt8]? {
        guard let content = try self.content(), !content.isEmpty else { return nil }
        guard content.count >= 4 else { throw .malformedText }
        let length = content[..<4].reduce(0) { $0 << 8 | UInt32($1) }
        if length == UInt32.max { return nil }
        guard Int(length) <= content.count - 4 else { throw .malformedText }
        let text = content[4..<(4 + Int(length))]
        // What Java writes otherwise than UTF-8 begins with one of these: NUL, and surrogates.
        guard text.contains(where: { $0 == 0xc0 || $0 == 0xed }) else { return Array(text) }
        return Array(ModifiedUTF8.decode(Array(text)).utf8)
    }

    package func map() throws(BodyError) -> PropertyMap {
        guard let content = try self.content(), !content.isEmpty else { return PropertyMap() }
        do throws(PropertyError) {
            return try PropertyMap(decoding: content)
        } catch {
            throw .malformedValues(error)
        }
    }

    package func stream() throws(BodyError) -> [PropertyValue] {
        guard let content = try self.content() else { return [] }
        let limits = PropertyLimits.default
        var values: [PropertyValue] = []
        var offset = 0
        do throws(PropertyError) {
            while offset < content.count {
                values.append(try content.span.propertyValue(at: &offset, depth: limits.depth, limits: limits))
            }
        } catch {
            throw .malformedValues(error)
        }
        return values
    }

    /// The body of a text message.
    package static func encoded(text utf8: [UInt8]) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(4 + utf8.count)
        body += [0, 0, 0, 0]
        if utf8.contains(where: ModifiedUTF8.needsOwnForm) {
            ModifiedUTF8.append(String(decoding: utf8, as: UTF8.self), to: &body)
        } else {
            body += utf8
        }
        let length = UInt32(truncatingIfNeeded: body.count - 4)
        for index in 0..<4 { body[index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index)) }
        return body
    }
}
